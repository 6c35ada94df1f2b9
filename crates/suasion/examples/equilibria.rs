//! What does the user get when agents compete? She talks with the agent whose scheme is best for
//! her, and here are all her values in equilibrium, with proofs about the worst one.
//!
//! `cargo run -p suasion --example equilibria [FILE]`

use std::path::PathBuf;
use suasion::{BestAgentGame, Instance, Proof, Settings};

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let file = std::env::args_os().nth(1).map_or("instances/two-intervals.json".into(), PathBuf::from);
    let instance = Instance::read(&file)?;
    let game = BestAgentGame::new(&instance, 0, &Settings::default())?;

    let equilibria = game.equilibria(0.0)?;
    println!("{}: the user's values in equilibrium", instance.name);
    for interval in &equilibria.intervals {
        println!("  from {:.6} to {:.6}", interval.from, interval.to);
    }
    println!("with full information she would get {:.6}", game.full_information());

    let (_, verdict) = equilibria.worst.proof.certify(&instance)?;
    println!("the worst is proved to be an equilibrium: {}", verdict.certified());
    let (_, verdict) = equilibria.exclusion.certify(&instance)?;
    println!("it is proved that none is worse: {}", verdict.certified());
    Ok(())
}
