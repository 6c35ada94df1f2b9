//! How near is the user's utility to the hull of the agents'? Finds the best weights, and proves
//! that no others come nearer.
//!
//! `cargo run -p suasion --example align [FILE]`

use std::path::PathBuf;
use suasion::{AlignOptions, Instance, Matrix, Proof, Settings, align};

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let file = std::env::args_os().nth(1).map_or("instances/hull-three-agents.json".into(), PathBuf::from);
    let game = Instance::read(&file)?;
    let utilities: Vec<&Matrix> = game.agents.iter().map(|agent| &agent.utility).collect();

    let options = AlignOptions { simplex: true, ..AlignOptions::default() };
    let alignment = align(&game.user.utility, &utilities, &options, &Settings::default())?;
    for (agent, weight) in game.agents.iter().zip(&alignment.weights) {
        println!("{:>10}: weight {weight:.4}", agent.name);
    }
    println!("the largest difference from the user's utility is {:.6}", alignment.error);

    let (_, verdict) = alignment.proof().certify(&game)?;
    println!("it is proved that no other weights come nearer: {}", verdict.certified());
    Ok(())
}
