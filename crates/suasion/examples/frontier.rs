//! What can an agent get, against what it leaves the user? Prints all vertices of the frontier.
//!
//! `cargo run -p suasion --example frontier [FILE]`

use std::path::PathBuf;
use suasion::{Instance, Objective, Settings, frontier};

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let file = std::env::args_os().nth(1).map_or("instances/hull-three-agents.json".into(), PathBuf::from);
    let game = Instance::read(&file)?;
    let view = game.view(0, 0)?;

    let found = frontier(&view, &Objective::agent(0), &Settings::default())?;
    println!("{:>10}  {:>10}", game.user.name, game.agents[0].name);
    for vertex in &found.vertices {
        println!("{:>10.6}  {:>10.6}", vertex.user_value, vertex.objective_value);
    }

    if let (Some(first), Some(last)) = (found.vertices.first(), found.vertices.last()) {
        let floor = f64::midpoint(first.user_value, last.user_value);
        println!("if {} must get {floor:.6}, {} gets {:.6}", game.user.name, game.agents[0].name, found.value(floor));
    }
    Ok(())
}
