//! Published and closed-form answers.

use crate::common::{FAMILIES, Solved, generated, instance, solved};
use suasion_lp::{Program, Sense};
use suasion_model::{Family, Instance, Matrix};

fn matching() -> Matrix {
    Matrix::new(2, 2, vec![1.0, 0.0, 0.0, 1.0])
}

/// One agent is a monopolist: the prosecutor of Kamenica & Gentzkow (2011) gives the judge 0.7. Two
/// equal agents are no better (Collina et al., arXiv 2509.15090: without diversity there is nothing
/// to gain). With another agent that is paid for acquittals, everything is revealed.
#[test]
fn prosecutors() {
    let prosecutor = || Matrix::new(2, 2, vec![0.0, 0.0, 1.0, 1.0]);
    let defender = Matrix::new(2, 2, vec![1.0, 1.0, 0.0, 0.0]);
    for agents in [vec![prosecutor()], vec![prosecutor(), prosecutor()]] {
        let lone = agents.len() == 1;
        let found = solved(&instance(vec![0.7, 0.3], matching(), agents), 0.0);
        assert!((found.worst.claims.user_value - 0.7).abs() < 1e-12);
        assert!((found.worst.claims.agent_values[0] - 0.6).abs() < 1e-12);
        assert!(found.below.claims.lower_bound > 0.7 - 1e-9);
        // Any outcome on the common frontier is an equilibrium outcome of two agents.
        let intervals = &found.equilibria.intervals;
        assert_eq!(intervals.len(), 1);
        assert!((intervals[0].to - if lone { 0.7 } else { 1.0 }).abs() < 1e-12, "{intervals:?}");
    }
    let found = solved(&instance(vec![0.7, 0.3], matching(), vec![prosecutor(), defender]), 0.0);
    assert!((found.worst.claims.user_value - 1.0).abs() < 1e-12, "{:?}", found.equilibria.intervals);
}

/// Theorem 3 of Collina et al. (arXiv 2509.15090) with eps = 0: if the user is a convex combination
/// of the agents, every equilibrium gives her full information.
#[test]
fn within_the_hull_all_is_revealed() {
    for seed in 0..200 {
        let (states, actions, agents) = (2 + seed as usize % 7, 2 + seed as usize / 7 % 6, 2 + seed as usize % 5);
        let found = solved(&generated(Family::Hull { eps: 0.0 }, states, actions, agents, seed), 0.0);
        let worst = found.worst.claims.user_value;
        assert!((worst - found.full).abs() < 1e-8, "{seed}: {worst}, {}, {:?}", found.full, found.equilibria.intervals);
        assert!(found.below.claims.lower_bound > found.full - 1e-5, "{seed}: {}", found.below.claims.lower_bound);
    }
}

/// Agents with the same utility: the worst equilibrium is the worst optimum of a monopolist.
#[test]
fn identical_agents() {
    for family in FAMILIES {
        for seed in 0..15 {
            let game = generated(family, 2 + seed as usize % 5, 2 + seed as usize % 4, 1, seed);
            let alone = solved(&game, 0.0);
            let mut three = game.clone();
            for i in 0..2 {
                let mut twin = game.agents[0].clone();
                twin.name = format!("twin {i}");
                three.agents.push(twin);
            }
            let together = solved(&three, 0.0);
            let (alone, together) = (&alone.equilibria, &together.equilibria);
            let place = format!("{} {seed}: {:?} {:?}", family.name(), alone.intervals, together.intervals);
            assert!((alone.worst.user_value - together.worst.user_value).abs() < 1e-8, "{place}");
            // With a rival, every point of the frontier is an equilibrium.
            assert_eq!(together.intervals.len(), 1, "{place}");
        }
    }
}

/// Two agents with opposed interests: each could offer full information, and their values have a
/// constant sum, so each gets its full-information value (compare Gentzkow & Kamenica, "Competition
/// in persuasion", 2017).
#[test]
fn opposed_agents() {
    for seed in 0..60 {
        let game = generated(Family::Opposed, 2 + seed as usize % 6, 2 + seed as usize / 6 % 5, 2, seed);
        let found = solved(&game, 0.0);
        let view = game.view(0, 0).unwrap();
        for agent in 0..2 {
            let revealed: f64 = (0..view.observations())
                .map(|y| {
                    let best =
                        (0..view.actions()).max_by(|&a, &b| view.user[(a, y)].total_cmp(&view.user[(b, y)])).unwrap();
                    view.prior[y] * view.agents[agent][(best, y)]
                })
                .sum();
            assert!((found.worst.claims.agent_values[agent] - revealed).abs() < 1e-8, "{seed}");
        }
        // Generic utilities: full information is the only equilibrium.
        assert!((found.worst.claims.user_value - found.full).abs() < 1e-8, "{seed}: {:?}", found.equilibria.intervals);
    }
}

/// The least `eps` with `|sum_i w_i U_i(a, y) + c(y) - u(a, y)| <= eps` for some `w >= 0` and `c`.
fn alignment(game: &Instance) -> f64 {
    let (n, m, k) = (game.states.len(), game.actions.len(), game.agents.len());
    let mut program = Program::new("alignment", Sense::Minimise);
    for _ in 0..k {
        program.add_column(0.0, 0.0, f64::INFINITY);
    }
    for _ in 0..n {
        program.add_column(0.0, f64::NEG_INFINITY, f64::INFINITY);
    }
    let error = program.add_column(1.0, 0.0, f64::INFINITY);
    for a in 0..m {
        for y in 0..n {
            let parts = || {
                let agents = game.agents.iter().enumerate().map(move |(i, agent)| (i, agent.utility[(a, y)]));
                agents.chain([(k + y, 1.0)])
            };
            let wanted = game.user.utility[(a, y)];
            program.add_row(wanted, f64::INFINITY, parts().chain([(error, 1.0)]));
            program.add_row(f64::NEG_INFINITY, wanted, parts().chain([(error, -1.0)]));
        }
    }
    program.solve_direct().unwrap().optimal().unwrap().objective
}

/// A shipped instance whose user is not within the agents' hull, and its equilibria.
fn shipped(name: &str, intervals: &[(f64, f64)]) -> (Instance, Solved) {
    let file = format!("{}/../../instances/{name}.json", env!("CARGO_MANIFEST_DIR"));
    let game = Instance::read(file.as_ref()).unwrap();
    let found = solved(&game, 0.0);
    let place = format!("{name}: {:?}", found.equilibria.intervals);
    assert_eq!(found.equilibria.intervals.len(), intervals.len(), "{place}");
    for (found, expected) in found.equilibria.intervals.iter().zip(intervals) {
        assert!((found.from - expected.0).abs() < 1e-9 && (found.to - expected.1).abs() < 1e-9, "{place}");
    }
    assert!((found.below.claims.lower_bound - intervals[0].0).abs() < 1e-9, "{place}");
    // By Theorem 3, the user loses at most twice the error.
    let lacks = found.full - found.worst.claims.user_value;
    let error = alignment(&game);
    assert!(error > 0.1 && lacks > 0.1 && lacks <= 2.0 * error + 1e-9, "{place}: error {error}");
    (game, found)
}

/// Outside of the hull the user loses something, but not everything.
#[test]
fn a_gap() {
    let (_, found) = shipped("gap-two-agents", &[(1.8, 2.0)]);
    assert!((found.silent - 1.6).abs() < 1e-12 && (found.full - 2.0).abs() < 1e-12);
}

/// Both agents gain most under no information, and then nobody reveals anything: 0.7 * 7 + 0.3 * 5.
/// With any other information short of full information, one of them would prefer to reveal more.
#[test]
fn silence() {
    let (game, found) = shipped("silence-is-an-equilibrium", &[(6.4, 6.4), (7.7, 7.7)]);
    assert!((found.worst.claims.user_value - found.silent).abs() < 1e-9);
    let compromise: Vec<f64> =
        game.agents.iter().map(|agent| 0.7 * agent.utility[(2, 0)] + 0.3 * agent.utility[(2, 1)]).collect();
    for (claimed, expected) in found.worst.claims.agent_values.iter().zip(compromise) {
        assert!((claimed - expected).abs() < 1e-9, "{:?}", found.worst.claims);
    }
}

#[test]
fn two_intervals() {
    shipped("two-intervals", &[(4.2, 5.0), (5.8, 5.8)]);
}
