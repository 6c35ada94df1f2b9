//! The families are what their documentation says.

use suasion_model::{Family, GenerateError, Information, Instance, PriorPath, Shape, StackelbergGame};

const SHAPE: Shape = Shape { states: 9, actions: 6, agents: 4, priors: 5 };

fn generate(family: Family, seed: u64) -> Instance {
    let actions = if family == Family::Threshold { 2 } else { SHAPE.actions };
    family.generate(Shape { actions, ..SHAPE }, PriorPath::Independent, seed).unwrap()
}

#[test]
fn a_seed_is_an_instance() {
    for family in [
        Family::Uniform,
        Family::Hull { eps: 0.1 },
        Family::Opposed,
        Family::Threshold,
        Family::Quadratic,
        Family::Integer,
    ] {
        assert_eq!(generate(family, 5), generate(family, 5));
        assert_ne!(generate(family, 5).digest(), generate(family, 6).digest());
        let Information::Priors(priors) = generate(family, 7).information else { unreachable!() };
        for row in 0..5 {
            assert!(
                (priors.row(row).iter().sum::<f64>() - 1.0).abs() < 1e-14 && priors.row(row).iter().all(|&p| p >= 0.0)
            );
        }
        let game = generate(family, 8);
        let (low, high) = game.user.utility.range();
        let most = if family == Family::Integer { 3.0 } else { 1.0 };
        assert!(low >= 0.0 && high <= most, "{low} {high}");
    }
}

/// With one agent, the user's utility is that agent's.
#[test]
fn hull() {
    for eps in [0.0, 0.05] {
        let shape = Shape { agents: 1, ..SHAPE };
        let game = Family::Hull { eps }.generate(shape, PriorPath::Independent, 3).unwrap();
        let pairs = game.user.utility.as_slice().iter().zip(game.agents[0].utility.as_slice());
        let distance = pairs.map(|(u, v)| (u - v).abs()).fold(0.0, f64::max);
        assert!(distance <= eps + 1e-15 && (eps == 0.0 || distance > 0.5 * eps), "{distance}");
    }
    let game = generate(Family::Hull { eps: 0.0 }, 4);
    for (i, &u) in game.user.utility.as_slice().iter().enumerate() {
        let values = game.agents.iter().map(|agent| agent.utility.as_slice()[i]);
        let (low, high) = values.fold((f64::INFINITY, f64::NEG_INFINITY), |(l, h), v| (l.min(v), h.max(v)));
        assert!((low - 1e-12..=high + 1e-12).contains(&u));
    }
}

#[test]
fn opposed() {
    let game = generate(Family::Opposed, 1);
    let sum = |i: usize, j: usize| {
        let pairs = game.agents[i].utility.as_slice().iter().zip(game.agents[j].utility.as_slice());
        pairs.map(|(u, v)| u + v).collect::<Vec<_>>()
    };
    assert!(sum(0, 1).iter().chain(&sum(2, 3)).all(|&s| (s - 1.0).abs() < 1e-15));
    let alone = Family::Opposed.generate(Shape { agents: 1, ..SHAPE }, PriorPath::Independent, 1).unwrap();
    let pairs = alone.user.utility.as_slice().iter().zip(alone.agents[0].utility.as_slice());
    assert!(pairs.into_iter().all(|(u, v)| (u + v - 1.0).abs() < 1e-15));
}

#[test]
fn threshold_and_quadratic_and_integer() {
    let game = generate(Family::Threshold, 2);
    let wants: Vec<bool> = (0..9).map(|y| game.user.utility[(1, y)] > game.user.utility[(0, y)]).collect();
    assert!(wants.is_sorted() && !wants[0] && wants[8]);
    assert!(game.agents.iter().all(|agent| (0..9).all(|y| agent.utility[(1, y)] > agent.utility[(0, y)])));
    let game = Family::Quadratic.generate(Shape { actions: 9, ..SHAPE }, PriorPath::Independent, 2).unwrap();
    assert!((0..9).all(|y| (0..9).all(|a| game.user.utility[(a, y)] <= game.user.utility[(y, y)])));
    let game = generate(Family::Integer, 2);
    assert!(game.user.utility.as_slice().iter().all(|u| [0.0, 1.0, 2.0, 3.0].contains(u)));
}

#[test]
fn walks_take_small_steps() {
    let shape = Shape { priors: 50, ..SHAPE };
    let game = Family::Uniform.generate(shape, PriorPath::Walk { step: 0.05 }, 2).unwrap();
    let Information::Priors(priors) = &game.information else { unreachable!() };
    for row in 1..50 {
        let distance: f64 = priors.row(row).iter().zip(priors.row(row - 1)).map(|(p, q)| (p - q).abs()).sum();
        assert!(distance > 0.0 && distance <= 0.1, "{distance}");
    }
}

#[test]
fn refusals() {
    let family = Family::Uniform;
    let refuse = |family: Family, shape, path| family.generate(shape, path, 0).unwrap_err().to_string();
    let independent = PriorPath::Independent;
    assert_eq!(refuse(family, Shape { states: 0, ..SHAPE }, independent), "found 0 states, expected at least 1");
    assert_eq!(refuse(family, Shape { agents: 0, ..SHAPE }, independent), "found 0 agents, expected at least 1");
    assert_eq!(
        refuse(Family::Threshold, SHAPE, independent),
        "found 6 actions, expected 2, as the family `threshold` has"
    );
    let eps = refuse(Family::Hull { eps: f64::NAN }, SHAPE, independent);
    assert_eq!(eps, "found NaN for eps, expected a number between 0 and 1");
    let step = refuse(family, SHAPE, PriorPath::Walk { step: 2.0 });
    assert_eq!(step, "found 2 for the step, expected a number between 0 and 1");
    assert_eq!(StackelbergGame::generate(1, 0, 1, 0), Err(GenerateError::Zero("actions of the follower")));
}
