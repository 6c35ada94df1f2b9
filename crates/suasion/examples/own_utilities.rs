//! How do I make a game of arrays of my own? A doctor recommends a treatment; utilities and the
//! prior are plain arrays.
//!
//! `cargo run -p suasion --example own_utilities`

use suasion::model::{Information, Labels};
use suasion::{Instance, Matrix, Objective, Party, Settings, persuade};

/// Names of states or actions.
fn names(names: &[&str]) -> Labels {
    Labels::Names(names.iter().map(|&name| name.into()).collect())
}

fn main() -> Result<(), Box<dyn std::error::Error>> {
    // Utilities are actions x states, row by row.
    let patient = [[1.0, 0.2], [0.6, 0.9], [0.0, 1.0]];
    let doctor = [[0.0, 0.0], [0.5, 0.5], [1.0, 1.0]];
    let matrix = |rows: [[f64; 2]; 3]| Matrix::from_fn(3, 2, |action, state| rows[action][state]);

    let game = Instance {
        name: "clinic".into(),
        source: None,
        states: names(&["mild", "severe"]),
        actions: names(&["wait", "drug", "surgery"]),
        information: Information::Priors(Matrix::new(1, 2, vec![0.6, 0.4])),
        user: Party { name: "patient".into(), utility: matrix(patient) },
        agents: vec![Party { name: "doctor".into(), utility: matrix(doctor) }],
        protocol: None,
    };
    // What a file must satisfy holds for arrays, too: this writes the game and reads it back.
    let game = Instance::from_json(&game.to_json()?, "clinic.json".as_ref())?;

    let view = game.view(0, 0)?;
    for share in [0.0, 0.5, 1.0] {
        let (none, full) = (view.no_information().1, view.full_information());
        let floor = none + share * (full - none);
        let optimum = persuade(&view, &Objective::agent(0), Some(floor), &Settings::default())?;
        let value = optimum.scheme.value(&view.prior, &view.agents[0]);
        println!("the patient gets at least {floor:.3}: the doctor gets {value:.3}");
    }
    Ok(())
}
