//! States that are so rare that their effects lie in the last digits of all values. The whole set
//! of equilibria is proved for these games, too.
//!
//! `SUASION_GAMES` sets the number of games.

use crate::common::instance;
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;
use rayon::prelude::*;
use suasion_certificate::Proof;
use suasion_equilibrium::BestAgentGame;
use suasion_model::{Instance, Matrix};
use suasion_persuasion::Settings;

fn games() -> u64 {
    std::env::var("SUASION_GAMES").ok().and_then(|count| count.parse().ok()).unwrap_or(600)
}

/// A small game of any shape with one rare state, in which the stakes may be as large as the state
/// is rare. Utilities have few digits or many, any unit and any level, and there may be actions
/// that nobody takes.
fn draw(rng: &mut ChaCha8Rng) -> Instance {
    let (states, actions) = (rng.random_range(2..6), rng.random_range(2..6));
    let power = |rng: &mut ChaCha8Rng, low: f64, high: f64| 10f64.powf(rng.random_range(low..high));
    let rare = power(rng, -13.0, -5.0);
    let mut prior: Vec<f64> = (0..states).map(|_| rng.random_range(0.1..1.0)).collect();
    let rest: f64 = prior[1..].iter().sum();
    prior.iter_mut().for_each(|mass| *mass *= (1.0 - rare) / rest);
    prior[0] = rare;
    let unused = rng.random_bool(0.3).then(|| power(rng, 6.0, 12.0));
    let agents = rng.random_range(2..5);
    let mut party = |is_user: bool| {
        let (coarse, huge) = (rng.random_bool(0.5), rng.random_bool(0.4));
        let unit = if rng.random_bool(0.5) { power(rng, -12.0, 12.0) } else { 1.0 };
        let levels: Vec<f64> =
            (0..states).map(|_| if rng.random_bool(0.1) { power(rng, 0.0, 3.0) } else { 0.0 }).collect();
        let table: Vec<f64> = (0..actions * states)
            .map(|_| if coarse { f64::from(rng.random_range(0..8u8)) / 8.0 } else { rng.random_range(-1.0..1.0) })
            .collect();
        Matrix::from_fn(actions + usize::from(unused.is_some()), states, |a, y| {
            let own = if a < actions { table[a * states + y] } else { 0.0 };
            let own = if huge && y == 0 { own / rare } else { own };
            let penalty = if a < actions { 0.0 } else { unused.unwrap_or_default() / rare };
            unit * (own + levels[y] + if is_user { -penalty } else { penalty })
        })
    };
    let user = party(true);
    let agents = (0..agents).map(|_| party(false)).collect();
    instance(prior, user, agents)
}

/// The reason why the worst, the best or the exclusion below the worst is not proved.
fn problem(seed: u64) -> Option<String> {
    let game = draw(&mut ChaCha8Rng::seed_from_u64(seed));
    let solved = BestAgentGame::new(&game, 0, &Settings::default()).and_then(|solver| solver.equilibria(0.0));
    let found = match solved {
        Ok(found) => found,
        Err(cause) => return Some(format!("{seed}: {cause}")),
    };
    for (what, equilibrium) in [("worst", &found.worst), ("best", &found.best)] {
        match equilibrium.proof.clone().certify(&game) {
            Ok((_, verdict)) if verdict.certified() => {}
            Ok((_, verdict)) => return Some(format!("{seed}, {what}: {:?}", verdict.failures)),
            Err(refusal) => return Some(format!("{seed}, {what}: {refusal}")),
        }
    }
    let worst = found.worst.user_value;
    match found.exclusion.certify(&game).map(|(certificate, _)| certificate.claims.lower_bound) {
        // An equilibrium may be one only up to roundings.
        Ok(below) if below <= worst + 1e-13 * worst.abs() => None,
        Ok(below) => Some(format!("{seed}: {below} excluded, {worst} found")),
        Err(refusal) => Some(format!("{seed}, exclusion: {refusal}")),
    }
}

#[test]
fn equilibria_are_proved() {
    let problems: Vec<String> = (0..games()).into_par_iter().filter_map(problem).collect();
    // Only games remain in which the decision depends on less than the last digit of every
    // multiplier.
    assert!(problems.len() as u64 * 100 <= games(), "{} of {}: {problems:#?}", problems.len(), games());
}
