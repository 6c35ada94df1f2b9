//! Is a saved result what it claims to be? Saves an optimum as a line of JSON, checks it against
//! its game without a solver, and then checks one that somebody improved by hand.
//!
//! `cargo run -p suasion --example verify_a_result [FILE]`

use std::path::{Path, PathBuf};
use suasion::results::{About, OptimumCertificate, PersuadeResult, Record};
use suasion::{Instance, Objective, Proof, Settings, persuade, verify_record};

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let file = std::env::args_os().nth(1).map_or("instances/prosecutor.json".into(), PathBuf::from);
    let game = Instance::read(&file)?;
    let optimum = persuade(&game.view(0, 0)?, &Objective::agent(0), None, &Settings::default())?;
    let (certificate, verdict) = optimum.proof().certify(&game)?;

    let instance = file.display().to_string();
    let about = About { instance, name: game.name.clone(), digest: game.digest(), prior: 0 };
    let agent = game.agents[0].name.clone();
    let certificate = OptimumCertificate::from(certificate);
    let result = PersuadeResult::new((about, agent, None), &game, certificate, &verdict, (None, true))?;

    let honest = serde_json::to_string(&Record::new(result.clone().into()))?;
    let improved = PersuadeResult { agent_value: result.agent_value + 0.1, ..result };
    let improved = serde_json::to_string(&Record::new(improved.into()))?;

    for (name, line) in [("as it was saved", honest), ("improved by hand", improved)] {
        let verified = verify_record(&line, Path::new("results.jsonl"), Some(&file), None)?;
        println!("{}", verified.line(name));
    }
    Ok(())
}
