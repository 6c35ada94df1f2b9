//! Prints the time of the kernels for several types. `TIMES` sets the number of games of each size.

use crate::common::typed;
use std::time::Instant;
use suasion_model::Objective;
use suasion_persuasion::{ExperimentSender, MechanismSender, Settings, experiment, frontier, mechanism};

#[test]
fn times() {
    let count: u64 = std::env::var("TIMES").ok().and_then(|text| text.parse().ok()).unwrap_or(1);
    let (objective, settings) = (Objective::agent(0), Settings::default());
    for (types, signals, actions) in [(2, 3, 3), (3, 4, 3), (3, 6, 6), (4, 8, 5), (3, 20, 6)] {
        let views: Vec<_> =
            (0..count).map(|seed| typed(types, signals, actions, 9000 + seed).typed_view(0, 0).unwrap()).collect();
        let start = Instant::now();
        for view in &views {
            experiment(view, &objective, None, &settings).unwrap();
        }
        let once = start.elapsed();
        let start = Instant::now();
        for view in &views {
            mechanism(view, &objective, None, &settings).unwrap();
        }
        let often = start.elapsed();
        let few = views.iter().take((count as usize).div_ceil(8));
        let start = Instant::now();
        if signals < 10 {
            for view in few {
                frontier(&ExperimentSender { view: view.clone() }, &objective, &settings).unwrap();
                frontier(&MechanismSender { view: view.clone() }, &objective, &settings).unwrap();
            }
        }
        println!(
            "{types} types, {signals} observations, {actions} actions: experiment {:.3?}, mechanism {:.3?}, frontiers {:.3?}",
            once / count as u32,
            often / count as u32,
            start.elapsed() / (count as u32).div_ceil(8)
        );
    }
}
