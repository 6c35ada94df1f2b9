//! Changes that must not matter: positive affine maps, functions of the state alone, actions that
//! nobody takes, states without mass, permutations and duplicates do not change the equilibria of
//! the best-agent game, up to the map.
//!
//! `SUASION_GAMES` sets the number of games.

#![allow(clippy::redundant_closure_call, clippy::format_push_string, clippy::manual_is_multiple_of)]

use crate::common::{beyond, instance};
use rand::seq::SliceRandom;
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;
use rayon::prelude::*;
use suasion_certificate::Proof;
use suasion_equilibrium::{BestAgentGame, Dynamics, EquilibriumError, Start, ValueInterval};
use suasion_model::{Information, Instance, Matrix};
use suasion_persuasion::Settings;

fn games() -> u64 {
    std::env::var("SUASION_GAMES").ok().and_then(|count| count.parse().ok()).unwrap_or(200)
}

/// A small game with few digits per number. Agents are alike, opposed to the user, or random.
fn base(rng: &mut ChaCha8Rng) -> Instance {
    let (actions, states) = (rng.random_range(2..5), rng.random_range(2..5));
    let draw =
        |rng: &mut ChaCha8Rng| Matrix::from_fn(actions, states, |_, _| f64::from(rng.random_range(-64..64i32)) / 64.0);
    let (user, first) = (draw(rng), draw(rng));
    let kind = rng.random_range(0..3);
    let agents = (0..rng.random_range(1..4)).map(|_| match kind {
        0 => first.clone(),
        1 => Matrix::from_fn(actions, states, |a, y| -user[(a, y)]),
        _ => draw(rng),
    });
    let agents: Vec<Matrix> = agents.collect();
    let masses: Vec<f64> = (0..states).map(|_| f64::from(rng.random_range(1..9u8))).collect();
    let total: f64 = masses.iter().sum();
    instance(masses.into_iter().map(|mass| mass / total).collect(), user, agents)
}

fn masses(game: &Instance) -> Vec<f64> {
    let Information::Priors(priors) = &game.information else { unreachable!() };
    priors.row(0).to_vec()
}

/// A game that must have the same equilibria: the user's values are `scale * v + shift`.
struct Changed {
    game: Instance,
    scale: f64,
    shift: f64,
    /// The last digit of a value.
    digit: f64,
    /// Each agent's last digit.
    scales: Vec<f64>,
    what: String,
}

/// The kinds of change.
const KINDS: [&str; 7] = ["scales", "levels", "unused", "no mass", "duplicates", "permuted", "all"];

fn changed(game: &Instance, kind: &str, rng: &mut ChaCha8Rng) -> Changed {
    let (mut user, mut prior) = (game.user.utility.clone(), masses(game));
    let mut agents: Vec<Matrix> = game.agents.iter().map(|agent| agent.utility.clone()).collect();
    let is = |name: &str| kind == name || kind == "all";
    let mut what = kind.to_owned();
    let power = |rng: &mut ChaCha8Rng, low: i32, high: i32| 10f64.powi(rng.random_range(low..=high));
    if is("unused") {
        // An action that is worse than the first one in every state, but that the agents may like.
        let penalty = power(rng, 6, 12);
        let liked = power(rng, 0, 9);
        let add = |utility: &Matrix, last: &dyn Fn(usize) -> f64| {
            Matrix::from_fn(utility.rows() + 1, utility.columns(), |a, y| {
                if a == utility.rows() { last(y) } else { utility[(a, y)] }
            })
        };
        what += &format!(", penalty {penalty:e}, liked {liked:e}");
        user = add(&user, &|_| -penalty);
        agents = agents.iter().map(|utility| add(utility, &|y| if y == 0 { liked } else { -liked })).collect();
    }
    if is("duplicates") {
        let twin = rng.random_range(0..user.rows());
        let add = |utility: &Matrix| {
            Matrix::from_fn(utility.rows() + 1, utility.columns(), |a, y| {
                utility[(if a == utility.rows() { twin } else { a }, y)]
            })
        };
        user = add(&user);
        agents = agents.iter().map(add).collect();
    }
    if is("no mass") {
        let worth: Vec<f64> = (0..user.rows()).map(|_| rng.random_range(-1e9..1e9)).collect();
        let add = |utility: &Matrix| {
            Matrix::from_fn(utility.rows(), utility.columns() + 1, |a, y| {
                if y == utility.columns() { worth[a] } else { utility[(a, y)] }
            })
        };
        user = add(&user);
        agents = agents.iter().map(add).collect();
        prior.push(0.0);
    }
    let (mut scale, mut shift, mut digit) = (1.0, 0.0, 0.0);
    let mut scales = vec![1.0; agents.len()];
    if is("scales") {
        let draw = |rng: &mut ChaCha8Rng| 2f64.powi(rng.random_range(-40..=40));
        scale = draw(rng);
        scales.iter_mut().for_each(|scale| *scale = draw(rng));
        let times = |utility: &Matrix, scale: f64| {
            Matrix::from_fn(utility.rows(), utility.columns(), |a, y| scale * utility[(a, y)])
        };
        user = times(&user, scale);
        agents = agents.iter().zip(&scales).map(|(utility, &scale)| times(utility, scale)).collect();
    }
    if is("levels") {
        let most = power(rng, 3, 9);
        what += &format!(", levels {most:e}");
        let level = |utility: &Matrix, most: f64, rng: &mut ChaCha8Rng| {
            let levels: Vec<f64> =
                (0..utility.columns()).map(|_| (rng.random_range(-1.0..1.0f64) * most).round()).collect();
            let lifted = Matrix::from_fn(utility.rows(), utility.columns(), |a, y| utility[(a, y)] + levels[y]);
            (lifted, levels)
        };
        // With levels that are whole multiples of the unit, nothing is rounded.
        let lift = |utility: &Matrix, scale: f64, rng: &mut ChaCha8Rng| {
            let (lifted, levels) =
                level(&Matrix::from_fn(utility.rows(), utility.columns(), |a, y| utility[(a, y)] / scale), most, rng);
            let back = Matrix::from_fn(lifted.rows(), lifted.columns(), |a, y| lifted[(a, y)] * scale);
            (back, levels)
        };
        let (lifted, levels) = lift(&user, scale, rng);
        user = lifted;
        let mean: f64 = levels.iter().zip(&prior).map(|(level, p)| level * p).sum();
        shift = scale * mean;
        digit = 8.0 * scale * most * f64::EPSILON;
        agents = agents.iter().zip(&scales).map(|(utility, &scale)| lift(utility, scale, rng).0).collect();
    }
    if is("permuted") {
        let mut order: Vec<usize> = (0..user.rows()).collect();
        let mut states: Vec<usize> = (0..user.columns()).collect();
        order.shuffle(rng);
        states.shuffle(rng);
        let move_ = |utility: &Matrix| {
            Matrix::from_fn(utility.rows(), utility.columns(), |a, y| utility[(order[a], states[y])])
        };
        user = move_(&user);
        agents = agents.iter().map(move_).collect();
        prior = states.iter().map(|&y| prior[y]).collect();
    }
    Changed { game: instance(prior, user, agents), scale, shift, digit, scales, what }
}

/// The certified results of a game.
struct Results {
    intervals: Vec<ValueInterval>,
    ends: [f64; 2],
    lower_bound: f64,
    /// The end of dynamics.
    dynamics: Vec<f64>,
}

fn results(game: &Instance, slack: f64, increment: f64) -> Result<Results, String> {
    let text = |cause: EquilibriumError| format!("no result: {cause}");
    let solver = BestAgentGame::new(game, 0, &Settings::default()).map_err(text)?;
    let found = solver.equilibria(slack).map_err(text)?;
    let ends = [&found.worst, &found.best].map(|equilibrium| {
        let (certificate, verdict) =
            equilibrium.proof.clone().certify(game).map_err(|cause| format!("refused: {cause}"))?;
        if verdict.certified() {
            Ok(certificate.claims.user_value)
        } else {
            Err(format!("not certified: {:?}", verdict.failures))
        }
    });
    let [worst, best] = ends;
    let (below, verdict) = found.exclusion.certify(game).map_err(|cause| format!("refused: {cause}"))?;
    if !verdict.certified() {
        return Err(format!("exclusion not certified: {:?}", verdict.failures));
    }
    let payoffs = solver.payoffs().map_err(text)?;
    let run = |start| payoffs.run(&Dynamics { start, increment, ..Dynamics::default() }, 0).user_value;
    let dynamics = [Start::Monopoly, Start::Uninformative, Start::Full].map(run).to_vec();
    Ok(Results { intervals: found.intervals, ends: [worst?, best?], lower_bound: below.claims.lower_bound, dynamics })
}

fn problem(seed: u64) -> Option<String> {
    let rng = &mut ChaCha8Rng::seed_from_u64(seed);
    let game = base(rng);
    let kind = KINDS[seed as usize % KINDS.len()];
    let changed = changed(&game, kind, rng);
    // Slacks are in the agents' units, which differ.
    let slack = if changed.scales.iter().all(|scale| *scale == 1.0) && seed % 2 == 0 { 0.03 } else { 0.0 };
    let place = format!("{seed}, {}, slack {slack}", changed.what);
    let expected = match results(&game, slack, 1e-3) {
        Ok(expected) => expected,
        Err(why) => return Some(format!("{place}: the game itself: {why}")),
    };
    let found = match results(&changed.game, slack, 1e-3 * changed.scale) {
        Ok(found) => found,
        Err(why) => return Some(format!("{place}: {why}")),
    };
    let back = |v: f64| (v - changed.shift) / changed.scale;
    let view = game.view(0, 0).unwrap();
    let spread = view.full_information() - view.no_information().1;
    let near = 2e-7 * spread.max(1e-3) + changed.digit / changed.scale;
    let moved: Vec<ValueInterval> = found
        .intervals
        .iter()
        .map(|interval| ValueInterval { from: back(interval.from), to: back(interval.to) })
        .collect();
    let apart = beyond(&moved, &expected.intervals).max(beyond(&expected.intervals, &moved));
    if apart > near {
        return Some(format!("{place}: {moved:?}, expected {:?}", expected.intervals));
    }
    let pairs = found.ends.iter().zip(&expected.ends).map(|(found, expected)| (back(*found), *expected));
    for (found, expected) in pairs.chain([(back(found.lower_bound), expected.lower_bound)]) {
        if (found - expected).abs() > near {
            return Some(format!("{place}: {found}, expected {expected}"));
        }
    }
    for (found, expected) in found.dynamics.iter().zip(&expected.dynamics) {
        if (back(*found) - expected).abs() > near && kind != "permuted" && kind != "all" && kind != "duplicates" {
            return Some(format!("{place}: dynamics end at {}, expected {expected}", back(*found)));
        }
    }
    None
}

#[test]
fn what_must_not_matter() {
    let problems: Vec<String> = (0..games()).into_par_iter().filter_map(problem).collect();
    for problem in problems.iter().take(20) {
        eprintln!("{problem}");
    }
    assert!(problems.is_empty(), "{} of {}", problems.len(), games());
}
