//! Games whose values lie around zero: each of them has a result, and the result is certified.
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

/// The number of games.
fn games() -> u64 {
    std::env::var("SUASION_GAMES").ok().and_then(|count| count.parse().ok()).unwrap_or(300)
}

/// Utilities with few digits around zero. Agents are alike, opposed to the user, or random. Some
/// games have a level by state.
fn around_zero(seed: u64) -> Instance {
    let rng = &mut ChaCha8Rng::seed_from_u64(seed);
    let (actions, states) =
        if rng.random_range(0..4) == 0 { (6, 6) } else { (rng.random_range(2..5), rng.random_range(2..5)) };
    let digits = [1.0, 10.0, 1000.0, 1e15][rng.random_range(0..4)];
    let draw = |rng: &mut ChaCha8Rng| {
        Matrix::from_fn(actions, states, |_, _| (rng.random_range(-1.0..1.0f64) * digits).round() / digits)
    };
    let mut user = draw(rng);
    let kind = rng.random_range(0..3);
    let first = draw(rng);
    let agents: Vec<Matrix> = (0..rng.random_range(1..4))
        .map(|i| match kind {
            0 => first.clone(),
            1 => Matrix::from_fn(actions, states, |a, y| -user[(a, y)] * f64::from(i + 1)),
            _ => draw(rng),
        })
        .collect();
    if rng.random_range(0..3) == 0 {
        // Her best value in each state is zero.
        let most: Vec<f64> =
            (0..states).map(|y| (0..actions).map(|a| user[(a, y)]).fold(f64::NEG_INFINITY, f64::max)).collect();
        user = Matrix::from_fn(actions, states, |a, y| user[(a, y)] - most[y]);
    }
    let masses: Vec<f64> = (0..states).map(|_| f64::from(rng.random_range(1..6u8))).collect();
    let total: f64 = masses.iter().sum();
    instance(masses.into_iter().map(|mass| mass / total).collect(), user, agents)
}

/// The reason why a game has no certified result.
fn problem(game: &Instance, slack: f64) -> Option<String> {
    let found = match BestAgentGame::new(game, 0, &Settings::default()).and_then(|solver| solver.equilibria(slack)) {
        Ok(found) => found,
        Err(cause) => return Some(format!("no result: {cause}")),
    };
    let mut values = vec![];
    for equilibrium in [&found.worst, &found.best] {
        match equilibrium.proof.clone().certify(game) {
            Ok((certificate, verdict)) if verdict.certified() => values.push(certificate.claims.user_value),
            Ok((_, verdict)) => return Some(format!("not certified: {:?}", verdict.failures)),
            Err(cause) => return Some(format!("refused: {cause}")),
        }
    }
    match found.exclusion.clone().certify(game) {
        Ok((certificate, verdict)) if verdict.certified() => {
            let (bound, view) = (certificate.claims.lower_bound, game.view(0, 0).unwrap());
            let spread = (view.full_information() - view.no_information().1).max(0.0);
            let apart = values[0] - bound;
            (!(-1e-12..=1e-7 * spread + 1e-13).contains(&apart)).then(|| {
                format!("the bound {bound} is {apart:e} below the worst, {}; the spread is {spread}", values[0])
            })
        }
        Ok((_, verdict)) => Some(format!("exclusion not certified: {:?}", verdict.failures)),
        Err(cause) => Some(format!("exclusion refused: {cause}")),
    }
}

fn report(problems: &[(u64, String)], games: u64) {
    for (seed, problem) in problems.iter().take(20) {
        eprintln!("{seed}: {problem}");
    }
    assert!(problems.is_empty(), "{} of {games}", problems.len());
}

#[test]
fn every_game_around_zero_has_a_result() {
    let all = (0..games()).into_par_iter();
    let problems: Vec<(u64, String)> =
        all.filter_map(|seed| problem(&around_zero(seed), 0.0).map(|text| (seed, text))).collect();
    report(&problems, games());
}

#[test]
fn and_within_a_slack() {
    let all = (0..games() / 3).into_par_iter();
    let problems: Vec<(u64, String)> =
        all.filter_map(|seed| problem(&around_zero(seed), 0.02).map(|text| (seed, text))).collect();
    report(&problems, games() / 3);
}

/// This game once had no result: the user's values are on both sides of zero.
#[test]
fn on_both_sides_of_zero() {
    let user = Matrix::new(3, 3, vec![-0.6, 0.6, -0.1, -0.3, 0.0, -0.2, -0.7, 0.4, 0.5]);
    for agents in [vec![user.clone(); 2], vec![Matrix::from_fn(3, 3, |a, y| -user[(a, y)]); 2]] {
        let game = instance(vec![0.5, 0.3, 0.2], user.clone(), agents);
        assert_eq!(problem(&game, 0.0), None);
    }
}
