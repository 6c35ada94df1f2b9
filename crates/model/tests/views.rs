//! Worlds folded into an agent's view, by hand.

use std::path::Path;
use suasion_model::{Instance, ViewError};

fn shipped(name: &str) -> Instance {
    Instance::read(&Path::new(env!("CARGO_MANIFEST_DIR")).join("../../instances").join(name)).unwrap()
}

/// The producer's test is good in 0.54 + 0.06 of 0.6 safe and 0.04 of 0.4 harmful cases.
#[test]
fn signals_take_the_place_of_states() {
    let game = shipped("laboratories.json");
    let view = game.view(0, game.agent("producer").unwrap()).unwrap();
    let close = |found: f64, expected: f64| assert!((found - expected).abs() < 1e-12, "{found} and {expected}");
    // good: 0.432 + 0.108 safe, 0.008 + 0.032 harmful.
    close(view.prior[0], 0.58);
    close(view.prior[1], 0.42);
    close(view.user[(0, 0)], 0.54 / 0.58);
    close(view.user[(1, 0)], 0.04 / 0.58);
    close(view.user[(0, 1)], 0.06 / 0.42);
    close(view.agents[1][(0, 0)], 0.5 * 0.54 / 0.58);
    close(view.no_information().1, 0.6);
    close(view.full_information(), 0.54 + 0.36);
    let other = game.view(0, game.agent("regulator").unwrap()).unwrap();
    // The regulator's signal is good in 0.48 safe and 0.08 harmful cases.
    close(other.prior[0], 0.56);
    close(other.full_information(), 0.48 + 0.32);
}

#[test]
fn a_user_who_knows_something_has_no_such_view() {
    assert_eq!(shipped("hunch.json").view(0, 0).unwrap_err(), ViewError::PrivatelyInformedUser(2));
}
