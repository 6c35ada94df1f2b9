//! Games of every shape: many states and few actions, few states and many actions.

use crate::common::{FAMILIES, generated, solved};
use std::time::{Duration, Instant};
use suasion_certificate::{Direct, Proof};
use suasion_model::{Family, Instance, Matrix, Objective, Seat};
use suasion_persuasion::{
    Frontier, PersuadeError, Settings, Stopped, experiment, frontier, frontier_within, persuade, quantal, solve_direct,
};

/// The certified optimum equals that of the direct program. If a share is given, there is a floor
/// between no and full information.
fn agrees(game: &Instance, share: Option<f64>, place: &str) {
    let view = game.view(0, 0).unwrap();
    let floor = share.map(|share| (1.0 - share) * view.no_information().1 + share * view.full_information());
    let direct = solve_direct(&view, &view.agents[0], floor).unwrap().unwrap();
    let (certificate, verdict) = solved(game, floor);
    let claims = &certificate.claims;
    assert!(verdict.certified(), "{place}: {verdict:?}");
    let error = (claims.objective_value - direct.objective_value).abs();
    assert!(error < 1e-8, "{place}: {claims:?}, direct {direct:?}");
    assert!(claims.upper_bound >= direct.objective_value - 1e-8, "{place}: {claims:?}, direct {direct:?}");
    // No optimum leaves the user more than the best one.
    assert!(claims.user_value >= direct.user_value - 1e-6, "{place}: {claims:?}, direct {direct:?}");
}

#[test]
fn many_states_and_the_direct_program() {
    for family in FAMILIES {
        for seed in 0..40 {
            let (states, actions) = (301 + 7 * seed as usize % 50, 2 + seed as usize % 4);
            let game = generated(family, states, actions, 1, seed);
            let share = (seed % 5 == 4).then_some(0.6);
            agrees(&game, share, &format!("{} {seed}: {states} x {actions}, {share:?}", family.name()));
        }
    }
}

/// Games with so many states that they go to the interior-point method instead of the one for small
/// games.
#[test]
fn many_more_states_and_the_direct_program() {
    for family in FAMILIES {
        for (seed, (states, actions)) in [(1000, 3), (1700, 5), (3000, 2), (900, 3)].into_iter().enumerate() {
            let game = generated(family, states, actions, 1, seed as u64);
            agrees(&game, (seed == 3).then_some(0.6), &format!("{} {seed}: {states} x {actions}", family.name()));
        }
    }
}

#[test]
fn few_states_and_the_direct_program() {
    for family in FAMILIES.into_iter().filter(|family| *family != Family::Threshold) {
        for seed in 0..10 {
            let (states, actions) = (2 + seed as usize % 4, 61 + seed as usize);
            let game = generated(family, states, actions, 1, seed);
            let share = (seed % 5 == 4).then_some(0.6);
            agrees(&game, share, &format!("{} {seed}: {states} x {actions}, {share:?}", family.name()));
        }
    }
}

/// A game in which the agent's interests are opposed to the user's to some degree.
fn mixed(family: Family, states: usize, actions: usize, opposition: f64, seed: u64) -> Instance {
    let mut game = generated(family, states, actions, 1, seed);
    let (user, own) = (game.user.utility.clone(), game.agents[0].utility.clone());
    game.agents[0].utility =
        Matrix::from_fn(user.rows(), states, |a, y| (1.0 - opposition) * own[(a, y)] - opposition * user[(a, y)]);
    game
}

/// The method for small games begins at full or at no information, and may have to begin again.
#[test]
fn small_games_and_the_direct_program() {
    for family in [Family::Uniform, Family::Quadratic, Family::Integer] {
        for (k, opposition) in [0.0, 0.2, 0.4, 0.6, 0.8, 1.0].into_iter().enumerate() {
            for (states, actions) in [(12, 12), (20, 8), (6, 30), (16, 24), (70, 4)] {
                let game = mixed(family, states, actions, opposition, 7 * k as u64 + states as u64);
                agrees(&game, None, &format!("{} {opposition}: {states} x {actions}", family.name()));
            }
        }
    }
}

/// Larger games, including those that are easy for the method for small games and those that it
/// gives up.
#[test]
fn mixed_interests_are_certified() {
    for family in [Family::Uniform, Family::Quadratic, Family::Integer] {
        for opposition in [0.3, 0.7, 1.0] {
            for (states, actions) in [(45, 45), (15, 60), (90, 70)] {
                let (_, verdict) = solved(&mixed(family, states, actions, opposition, 1), None);
                assert!(verdict.certified(), "{} {opposition}: {states} x {actions}: {verdict:?}", family.name());
            }
        }
    }
}

/// Ties, duplicates and opposed interests, in every shape.
#[test]
fn every_family_is_certified_in_every_shape() {
    for family in FAMILIES {
        let many = [(5000, 2), (2000, 3), (1500, 5), (4000, 10), (300, 12), (1000, 10), (500, 20), (150, 30)];
        let others = [(60, 60), (100, 50), (70, 70), (2, 500), (3, 2000), (10, 300), (30, 200), (60, 120)];
        for (states, actions) in many.into_iter().chain(others) {
            let game = generated(family, states, actions, 1, 7);
            let (certificate, verdict) = solved(&game, None);
            assert!(verdict.certified(), "{} {states} x {actions}: {verdict:?}", family.name());
            let view = game.view(0, 0).unwrap();
            assert!(certificate.claims.user_value >= view.no_information().1 - 1e-9);
        }
    }
}

/// Every vertex has a valid proof.
fn certified(found: &Frontier<Direct>, game: &Instance, place: &str) {
    for vertex in &found.vertices {
        let (_, verdict) = vertex.proof(Direct, Seat::default(), Objective::agent(0)).certify(game).unwrap();
        assert!(verdict.certified(), "{place}: {verdict:?}");
    }
}

#[test]
fn frontiers_of_both_shapes() {
    for (family, states, actions) in
        [(Family::Uniform, 320, 3), (Family::Integer, 310, 2), (Family::Uniform, 3, 70), (Family::Quadratic, 4, 61)]
    {
        let game = generated(family, states, actions, 1, 3);
        let view = game.view(0, 0).unwrap();
        let found = frontier(&view, &Objective::agent(0), &Settings::default()).unwrap();
        for vertex in &found.vertices {
            let (_, verdict) = vertex.proof(Direct, Seat::default(), Objective::agent(0)).certify(&game).unwrap();
            assert!(verdict.certified(), "{} {states} x {actions}: {verdict:?}", family.name());
        }
        for share in [0.2, 0.5, 0.9] {
            let floor = (1.0 - share) * view.no_information().1 + share * view.full_information();
            let direct = solve_direct(&view, &view.agents[0], Some(floor)).unwrap().unwrap();
            assert!((found.value(floor) - direct.objective_value).abs() < 1e-7);
        }
    }
}

/// Near full information, little is at stake. The search separates vertices as finely as their
/// certificates require.
#[test]
fn every_vertex_of_a_large_frontier() {
    let game = generated(Family::Uniform, 400, 4, 1, 1);
    let view = game.view(0, 0).unwrap();
    let found = frontier(&view, &Objective::agent(0), &Settings::default()).unwrap();
    assert!(found.vertices.len() > 300, "{}", found.vertices.len());
    for (i, vertex) in found.vertices.iter().enumerate() {
        let (_, verdict) = vertex.proof(Direct, Seat::default(), Objective::agent(0)).certify(&game).unwrap();
        assert!(verdict.certified(), "{i} of {}: {verdict:?}", found.vertices.len());
    }
}

/// The parametric method and the search between vertices find the same frontier, whichever method
/// solves single programs.
#[test]
fn frontiers_walked_and_searched() {
    for (family, states, actions) in [
        (Family::Uniform, 90, 90),
        (Family::Uniform, 300, 12),
        (Family::Quadratic, 80, 60),
        (Family::Integer, 60, 70),
        (Family::Opposed, 80, 80),
        (Family::Uniform, 1200, 3),
        (Family::Uniform, 8, 400),
    ] {
        let place = format!("{} {states} x {actions}", family.name());
        let game = generated(family, states, actions, 1, 2);
        let view = game.view(0, 0).unwrap();
        let settings = Settings::default();
        let walked = frontier(&view, &Objective::agent(0), &settings).unwrap();
        let stake = walked.vertices[0].objective_value - walked.vertices.last().unwrap().objective_value;
        certified(&walked, &game, &place);
        // With a negligible error, the search runs between vertices.
        let searched = frontier_within(&view, &Objective::agent(0), 1e-6 * stake, &settings).unwrap();
        for vertex in &searched.vertices {
            let below = vertex.objective_value - walked.value(vertex.user_value);
            assert!(below.abs() < 1e-7, "{place}: {below:e}");
        }
    }
}

/// With an error, there are fewer vertices. All are certified, and the frontier between them is at
/// most the error above the lines that join them.
#[test]
fn frontiers_within_an_error() {
    for (family, states, actions) in [
        (Family::Uniform, 150, 3),
        (Family::Opposed, 100, 2),
        (Family::Integer, 35, 35),
        (Family::Uniform, 40, 40),
        (Family::Uniform, 3, 90),
        (Family::Quadratic, 70, 4),
    ] {
        let game = generated(family, states, actions, 1, 4);
        let view = game.view(0, 0).unwrap();
        let exact = frontier(&view, &Objective::agent(0), &Settings::default()).unwrap();
        let ends = |found: &Frontier<Direct>| [found.vertices[0].user_value, found.vertices.last().unwrap().user_value];
        let stake = exact.vertices[0].objective_value - exact.vertices.last().unwrap().objective_value;
        for share in [0.1, 1e-2, 1e-4] {
            let place = format!("{} {states} x {actions}, {share}", family.name());
            let error = share * stake;
            let found = frontier_within(&view, &Objective::agent(0), error, &Settings::default()).unwrap();
            assert!(found.vertices.len() <= exact.vertices.len() + 1, "{place}");
            let apart = ends(&found).iter().zip(ends(&exact)).map(|(l, r)| (l - r).abs()).fold(0.0, f64::max);
            assert!(apart < 1e-8, "{place}: {apart}");
            certified(&found, &game, &place);
            for vertex in &exact.vertices {
                let below = vertex.objective_value - found.value(vertex.user_value);
                assert!((-1e-8..=error + 1e-9).contains(&below), "{place}: {below:e}");
            }
        }
    }
}

/// If the vertices do not fit in memory, the search keeps as many as do.
#[test]
fn vertices_that_do_not_fit_in_memory() {
    let game = generated(Family::Uniform, 3000, 2, 1, 1);
    let view = game.view(0, 0).unwrap();
    let settings = Settings { memory: Some(20 << 20), ..Settings::default() };
    let found = frontier(&view, &Objective::agent(0), &settings).unwrap();
    assert_eq!(found.stopped, Some(Stopped::MemoryLimit));
    assert!((3..200).contains(&found.vertices.len()), "{}", found.vertices.len());
}

#[test]
fn limits_are_kept() {
    for (states, actions) in [(20_000, 8), (60, 1500)] {
        let game = generated(Family::Uniform, states, actions, 1, 1);
        let view = game.view(0, 0).unwrap();
        let start = Instant::now();
        let settings = Settings::with_time_limit(Duration::from_millis(20));
        let optimum = persuade(&view, &Objective::agent(0), None, &settings).unwrap();
        assert_eq!(optimum.stopped, Some(Stopped::TimeLimit));
        assert!(start.elapsed() < Duration::from_secs(2), "{:?}", start.elapsed());
        let settings = Settings { memory: Some(1 << 16), ..Settings::default() };
        let refused = persuade(&view, &Objective::agent(0), None, &settings).unwrap_err();
        assert!(
            matches!(refused, PersuadeError::TooLarge { shortage, .. } if shortage.available == 65536.0),
            "{refused}"
        );
    }
}

/// Experiments and schemes for a quantal user respect limits, too.
#[test]
fn limits_are_kept_by_all_that_is_said() {
    let game = generated(Family::Uniform, 2000, 5, 1, 1);
    let view = game.typed_view(0, 0).unwrap();
    let objective = Objective::agent(0);
    let limited = || Settings::with_time_limit(Duration::from_millis(20));
    let start = Instant::now();
    assert_eq!(quantal(&view, &objective, 3.0, &limited()).unwrap().stopped, Some(Stopped::TimeLimit));
    assert_eq!(experiment(&view, &objective, None, &limited()).unwrap().stopped, Some(Stopped::TimeLimit));
    assert!(start.elapsed() < Duration::from_secs(20), "{:?}", start.elapsed());
    let settings = Settings { memory: Some(1 << 20), ..Settings::default() };
    let refused = quantal(&view, &objective, 3.0, &settings).unwrap_err();
    assert!(matches!(refused, PersuadeError::TooLarge { .. }), "{refused}");
}

/// Results do not depend on the number of threads.
#[test]
fn threads_do_not_matter() {
    for (states, actions) in [(6000, 4), (8, 300)] {
        let game = generated(Family::Uniform, states, actions, 1, 2);
        let run = |threads: usize| {
            let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
            pool.install(|| solved(&game, None).0)
        };
        assert_eq!(run(1), run(3), "{states} x {actions}");
    }
}
