//! Which weights of many agents' scores fit a human's best? Reads a table of any length once.
//!
//! `cargo run -p suasion --features tables --example fit_a_table`

use suasion::regression::{ColumnRoles, Missing, Monitor, fit, reduce};
use suasion::table::Table;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let table = Table::open(&["instances/ratings.csv".into()])?;
    let columns = ColumnRoles {
        target: "human".into(),
        agents: (1..=12).map(|number| format!("agent_{number:02}")).collect(),
        ..ColumnRoles::default()
    };

    let reader = table.select(&columns.numbers(), &columns.labels())?;
    let reduction = reduce(&reader, &columns, 1, Missing::Refuse, &Monitor::default())?;
    println!("{} rows", reduction.rows());

    for factor in reduction.cells.values() {
        let found = fit(factor, false)?;
        let best = found.best_single();
        println!("the best agent alone, {}: mean squared error {:.6}", columns.agents[best], found.singles[best].mse);
        println!("all agents' mean: {:.6}", found.mean.mse);
        println!("the best convex combination: {:.6}", found.simplex.mse);
        for (agent, weight) in columns.agents.iter().zip(&found.simplex.weights).filter(|(_, weight)| **weight > 0.0) {
            println!("  {agent}: weight {weight:.4}");
        }
    }
    Ok(())
}
