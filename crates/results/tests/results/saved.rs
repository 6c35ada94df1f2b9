//! A result with a proof made by hand.

use std::path::Path;
use suasion_certificate::{Direct, Multiplier, OptimumProof, Proof};
use suasion_model::{Instance, Objective, Scheme, SchemeEntry};
use suasion_results::{About, OptimumCertificate, PersuadeResult, Record};

/// The shipped instance.
pub const FILE: &str = "instances/prosecutor.json";

pub fn root() -> std::path::PathBuf {
    suasion_testkit::root()
}

pub fn prosecutor() -> Instance {
    Instance::read(&root().join(FILE)).unwrap()
}

/// The prosecutor's optimum: all of the guilty are convicted, and three in seven of the innocent.
pub fn persuade() -> Record {
    let instance = prosecutor();
    let entry = |state, action, probability| SchemeEntry { state, action, probability };
    let innocent = 3.0 / 7.0;
    let scheme = Scheme::new(vec![entry(0, 0, 1.0 - innocent), entry(0, 1, innocent), entry(1, 1, 1.0)]);
    let proof = OptimumProof {
        communication: Direct,
        prior: 0,
        agent: 0,
        objective: Objective::agent(0),
        floor: None,
        scheme,
        // The judge is indifferent when told to convict. Relaxing this by one unit of her utility
        // would give the agent one unit.
        bound: vec![Multiplier { recommended: 1, alternative: 0, value: 1.0 }],
    };
    let (certificate, verdict) = proof.certify(&instance).unwrap();
    assert!(verdict.certified(), "{verdict:?}");
    let about = About {
        instance: root().join(Path::new(FILE)).display().to_string(),
        name: instance.name.clone(),
        digest: instance.digest(),
        prior: 0,
    };
    let certificate = OptimumCertificate::Direct(certificate);
    let about = (about, "prosecutor".to_owned(), None);
    let result = PersuadeResult::new(about, &instance, certificate, &verdict, (None, true)).unwrap();
    Record::new(result.into())
}

/// Its printed form.
pub fn text() -> String {
    serde_json::to_string(&persuade()).unwrap()
}
