//! A text is read as a certificate of each kind and checked against a small instance.
//!
//! A certificate is a proof with its claims. The target looks for them in the places where the
//! results of commands keep them.
#![no_main]

use libfuzzer_sys::fuzz_target;
use serde::de::DeserializeOwned;
use serde_json::Value;
use std::path::Path;
use std::sync::LazyLock;
use suasion_certificate::{
    AlignmentCertificate, AllAgentsCertificate, Certificate, ConversationCertificate, ConversationRulesCertificate,
    ExclusionCertificate, MenuCertificate, ProfileCertificate, QuantalCertificate, StackelbergCertificate,
    TypedExclusionCertificate, TypedProfileCertificate,
};
use suasion_model::{Instance, StackelbergGame};

static PROSECUTOR: LazyLock<Instance> = LazyLock::new(|| {
    let text = include_str!("../../instances/prosecutor.json");
    Instance::from_json(text, Path::new("prosecutor.json")).expect("the instance that ships is valid")
});

static HUNCH: LazyLock<Instance> = LazyLock::new(|| {
    let text = include_str!("../../instances/hunch.json");
    Instance::from_json(text, Path::new("hunch.json")).expect("the instance that ships is valid")
});

static COMMITMENT: LazyLock<StackelbergGame> = LazyLock::new(|| {
    let text = include_str!("../../instances/stackelberg-conitzer-sandholm.json");
    StackelbergGame::from_json(text, Path::new("commitment.json")).expect("the game that ships is valid")
});

/// The certificate in a result, if it has the form of `C`.
fn certificate<C: DeserializeOwned>(result: &Value) -> Option<C> {
    let places = ["/certificate", "/worst/certificate", "/exclusion", "/profiles/0/certificate", ""];
    places.iter().find_map(|place| C::deserialize(result.pointer(place)?).ok())
}

fuzz_target!(|text: &str| {
    let Ok(result) = serde_json::from_str::<Value>(text) else { return };
    macro_rules! check {
        ($($kind:ty),*) => {
            $(if let Some(certificate) = certificate::<$kind>(&result) {
                let _ = certificate.check(&PROSECUTOR);
                let _ = certificate.check(&HUNCH);
            })*
        };
    }
    check!(
        AlignmentCertificate,
        AllAgentsCertificate,
        Certificate,
        ConversationCertificate,
        ConversationRulesCertificate,
        ExclusionCertificate,
        MenuCertificate,
        ProfileCertificate,
        QuantalCertificate,
        TypedExclusionCertificate,
        TypedProfileCertificate
    );
    if let Some(certificate) = certificate::<StackelbergCertificate>(&result) {
        let _ = certificate.check(&COMMITMENT);
    }
});
