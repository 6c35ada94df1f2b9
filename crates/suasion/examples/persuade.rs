//! Which scheme is best for an agent? Reads a game, solves it, and proves the answer.
//!
//! `cargo run -p suasion --example persuade [FILE]`

use std::path::PathBuf;
use suasion::{Instance, Objective, Proof, Settings, persuade};

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let file = std::env::args_os().nth(1).map_or("instances/prosecutor.json".into(), PathBuf::from);
    let game = Instance::read(&file)?;
    let view = game.view(0, 0)?;

    let optimum = persuade(&view, &Objective::agent(0), None, &Settings::default())?;
    println!("{}, as {} likes it best:", game.name, game.agents[0].name);
    for entry in &optimum.scheme.entries {
        let (state, action) = (game.states.name(entry.state), game.actions.name(entry.action));
        println!("  if {state}, recommend {action} with probability {:.4}", entry.probability);
    }

    let (certificate, verdict) = optimum.proof().certify(&game)?;
    let claims = certificate.claims;
    println!(
        "{} gets {:.6}, and no scheme gives it more than {:.6}",
        game.agents[0].name, claims.objective_value, claims.upper_bound
    );
    println!("{} gets {:.6}", game.user.name, claims.user_value);
    println!("proved: {}", verdict.certified());
    Ok(())
}
