//! The all-agents game: known answers.

mod common;

use common::{FAMILIES, generated};
use suasion_equilibrium::{AllAgentsGame, AllAgentsSearch, Found};
use suasion_model::Instance;
use suasion_persuasion::Settings;

fn searched(game: &Instance, starts: usize) -> Found {
    let all_agents = AllAgentsGame::new(game, 0, &Settings::default()).unwrap();
    all_agents.search(&AllAgentsSearch { starts, ..AllAgentsSearch::default() }, &|| {}).unwrap()
}

#[test]
fn timing() {
    for seed in 0..4 {
        for family in FAMILIES {
            let game = generated(family, 4, 4, 3, seed);
            let start = std::time::Instant::now();
            let found = searched(&game, 200);
            let full = AllAgentsGame::new(&game, 0, &Settings::default()).unwrap().full_information();
            let values: Vec<f64> = found.equilibria().map(|f| f.certificate.claims.user_value).collect();
            println!(
                "{family:?} {seed}: {:?}, {} profiles, {} equilibria {:?}..{:?}, full {full}, starts that end in one {}, unsettled {} nearest {:?}",
                start.elapsed(),
                found.profiles.len(),
                values.len(),
                values.first(),
                values.last(),
                found.equilibria().flat_map(|f| f.starts.values()).sum::<usize>(),
                found.unsettled,
                found.nearest
            );
            for f in found.profiles.iter().filter(|f| !f.equilibrium).take(3) {
                println!("    not: {:?} {:?}", f.certificate.claims, f.stopped);
            }
        }
    }
}
