//! Games for the tests.
pub mod plans;
pub mod typed;

use suasion_certificate::{Certificate, Direct, ExclusionProof, ProfileProof, Proof};
use suasion_equilibrium::{BestAgentGame, Equilibria, Equilibrium, ValueInterval};
use suasion_model::{Family, Information, Instance, Labels, Matrix, Party, PriorPath, Shape};
use suasion_persuasion::Settings;

pub const FAMILIES: [Family; 6] = [
    Family::Uniform,
    Family::Hull { eps: 0.1 },
    Family::Opposed,
    Family::Threshold,
    Family::Quadratic,
    Family::Integer,
];

pub fn instance(prior: Vec<f64>, user: Matrix, agents: Vec<Matrix>) -> Instance {
    let agents = agents.into_iter().enumerate();
    Instance {
        name: "test".into(),
        source: None,
        states: Labels::Count(prior.len()),
        actions: Labels::Count(user.rows()),
        information: Information::Priors(Matrix::new(1, prior.len(), prior)),
        user: Party { name: "user".into(), utility: user },
        agents: agents.map(|(i, utility)| Party { name: format!("agent {i}"), utility }).collect(),
        protocol: None,
    }
}

pub fn generated(family: Family, states: usize, actions: usize, agents: usize, seed: u64) -> Instance {
    let actions = if family == Family::Threshold { 2 } else { actions };
    let shape = Shape { states, actions, agents, priors: 1 };
    family.generate(shape, PriorPath::Independent, seed).unwrap()
}

/// All equilibria, with the certificates of the worst, the best, and the absence of worse ones.
pub struct Solved {
    pub equilibria: Equilibria<Direct>,
    pub worst: Certificate<ProfileProof<Direct>>,
    pub best: Certificate<ProfileProof<Direct>>,
    pub below: Certificate<ExclusionProof<Direct>>,
    pub full: f64,
    pub silent: f64,
}

/// Certifies a proof, or panics.
pub fn solved(game: &Instance, slack: f64) -> Solved {
    let best_agent = BestAgentGame::new(game, 0, &Settings::default()).unwrap();
    let equilibria = best_agent.equilibria(slack).unwrap();
    let profile = |equilibrium: &Equilibrium<Direct>| {
        let (certificate, verdict) = equilibrium.proof.clone().certify(game).unwrap();
        assert!(verdict.certified(), "{}: {:?} {:?}", game.name, verdict, certificate.claims);
        let scale = 1.0 + equilibrium.user_value.abs();
        assert!((certificate.claims.user_value - equilibrium.user_value).abs() < 1e-9 * scale);
        assert!(certificate.check(game).unwrap().certified());
        certificate
    };
    let (below, verdict) = equilibria.exclusion.clone().certify(game).unwrap();
    assert!(verdict.certified(), "{}: {verdict:?}", game.name);
    let view = game.view(0, 0).unwrap();
    Solved {
        worst: profile(&equilibria.worst),
        best: profile(&equilibria.best),
        below,
        full: view.full_information(),
        silent: view.no_information().1,
        equilibria,
    }
}

/// Intervals in increasing order. Intervals within `gap` of each other are joined.
pub fn union(mut intervals: Vec<ValueInterval>, gap: f64) -> Vec<ValueInterval> {
    intervals.sort_by(|a, b| a.from.total_cmp(&b.from));
    let mut joined: Vec<ValueInterval> = Vec::new();
    for next in intervals {
        match joined.last_mut() {
            Some(last) if next.from <= last.to + gap => last.to = last.to.max(next.to),
            _ => joined.push(next),
        }
    }
    joined
}

/// The distance of a value from the nearest interval.
pub fn distance(v: f64, intervals: &[ValueInterval]) -> f64 {
    let to = |interval: &ValueInterval| (interval.from - v).max(v - interval.to).max(0.0);
    intervals.iter().map(to).fold(f64::INFINITY, f64::min)
}

/// How far the first set reaches beyond the second: the greatest distance of one of its values from
/// the second set.
pub fn beyond(these: &[ValueInterval], those: &[ValueInterval]) -> f64 {
    let gaps = those.windows(2).map(|pair| 0.5 * (pair[0].to + pair[1].from));
    let middles = gaps.filter(|&v| distance(v, these) == 0.0);
    let ends = these.iter().flat_map(|interval| [interval.from, interval.to]);
    ends.chain(middles).map(|v| distance(v, those)).fold(0.0, f64::max)
}
