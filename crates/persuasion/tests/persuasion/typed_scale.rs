//! Irrelevant changes to a game with a user of several types: units, functions of the state alone,
//! actions that no type takes, worlds without mass, split worlds, and the order of everything. The
//! tests combine them, with and without rare worlds, for experiments, mechanisms, floors and
//! frontiers. All numbers are binary fractions, so a disguised game is exactly equivalent to the
//! original one. `GAMES` sets the number of games.

use crate::common::typed;
use rand::RngExt;
use rand_chacha::{ChaCha8Rng, rand_core::SeedableRng};
use suasion_certificate::Proof;
use suasion_model::{
    AgentSignals, ExperimentScheme, Information, Instance, Labels, Matrix, MechanismEntry, MechanismScheme, Message,
    Objective, TypedView, World,
};
use suasion_persuasion::{
    ExperimentSender, MechanismSender, Sender, Settings, Vertex, experiment, frontier, mechanism,
};

/// The number of games: the default, or the value of the environment variable.
fn games(few: u64) -> u64 {
    std::env::var("GAMES").ok().and_then(|text| text.parse().ok()).unwrap_or(few)
}

/// A game of binary fractions, in which some worlds may be rare.
fn plain(seed: u64) -> Instance {
    let mut rng = ChaCha8Rng::seed_from_u64(seed);
    let (types, signals, actions) = (2 + seed as usize % 2, 2 + seed as usize / 2 % 3, 2 + seed as usize / 6 % 2);
    let mut game = typed(types, signals, actions, seed);
    let coarse = |number: f64, steps: f64| (number * steps).round() / steps;
    for party in std::iter::once(&mut game.user).chain(&mut game.agents) {
        let utility = party.utility.clone();
        party.utility = Matrix::from_fn(utility.rows(), 3, |a, y| coarse(utility[(a, y)], 64.0));
    }
    let Information::Worlds { worlds, .. } = &mut game.information else { unreachable!("there are types") };
    let rare = seed % 4 == 3;
    for world in worlds.iter_mut() {
        let unlikely = rare && rng.random_bool(0.3);
        world.probability =
            coarse(world.probability, 1024.0).max(1.0 / 1024.0) * if unlikely { 2_f64.powi(-24) } else { 1.0 };
    }
    game
}

/// A game in disguise: its units, and the original action of each action that some type may take.
struct Disguised {
    game: Instance,
    units: Vec<f64>,
    actions: Vec<Option<usize>>,
}

fn disguised(plain: &Instance, seed: u64, levels: i32) -> Disguised {
    let mut rng = ChaCha8Rng::seed_from_u64(seed ^ 0xd15);
    let mut game = plain.clone();
    let (m, n) = (plain.actions.len(), 3);
    let unused = rng.random_range(0..3);
    let mut actions: Vec<Option<usize>> = (0..m).map(Some).chain((0..unused).map(|_| None)).collect();
    for k in (1..actions.len()).rev() {
        actions.swap(k, rng.random_range(0..=k));
    }
    let parties = std::iter::once(&mut game.user).chain(&mut game.agents).enumerate();
    let mut units = Vec::new();
    for (k, party) in parties {
        let unit = 2_f64.powi(rng.random_range(-40..=40));
        let level: Vec<f64> =
            (0..=n).map(|_| f64::from(rng.random_range(-1..=1)) * 2_f64.powi(rng.random_range(0..=levels))).collect();
        let penalty = 2_f64.powi(rng.random_range(20..=40));
        let utility = party.utility.clone();
        // An action that no type takes may have any value to the agents.
        let useless = |a: usize| if k == 0 || a.is_multiple_of(2) { -penalty } else { penalty };
        party.utility = Matrix::from_fn(actions.len(), n + 1, |a, y| {
            let own = match actions[a] {
                Some(own) if y < n => utility[(own, y)],
                Some(own) => 64.0 - own as f64,
                None => useless(a),
            };
            unit * (own + level[y])
        });
        units.push(unit);
    }
    game.actions = Labels::Count(actions.len());
    game.states = Labels::Count(n + 1);
    let Information::Worlds { worlds, .. } = &mut game.information else { unreachable!("there are types") };
    let split = rng.random_range(0..worlds.len());
    worlds[split].probability *= 0.5;
    worlds.push(worlds[split].clone());
    worlds.push(World { probability: 0.0, state: n, user: 0, agents: AgentSignals::PerAgent(vec![0, 0]) });
    worlds.rotate_left(rng.random_range(0..3));
    Disguised { game, units, actions }
}

impl Disguised {
    /// Converts a scheme to the original game.
    fn experiment(&self, scheme: &ExperimentScheme) -> ExperimentScheme {
        let message = |message: &Message| Message {
            menu: message.menu.iter().map(|&a| self.actions[a].expect("an action that some type takes")).collect(),
            probabilities: message.probabilities.clone(),
        };
        ExperimentScheme { messages: scheme.messages.iter().map(message).collect() }
    }

    fn mechanism(&self, scheme: &MechanismScheme) -> MechanismScheme {
        let entry = |entry: &MechanismEntry| MechanismEntry {
            action: self.actions[entry.action].expect("an action that some type takes"),
            ..*entry
        };
        MechanismScheme::new(scheme.entries.iter().map(entry).collect())
    }
}

/// A scheme's values to agent 0 and the user, and the user's gain from deviating.
fn worth(view: &TypedView, value: impl Fn(&[Matrix]) -> f64) -> [f64; 2] {
    [value(view.reduced_agent(0)), value(view.reduced_user())]
}

#[test]
fn what_must_not_matter() {
    let (objective, settings) = (Objective::agent(0), Settings::default());
    let (mut uncertified, mut all) = (0, 0);
    for seed in 0..games(120) {
        let plain = plain(seed);
        let Disguised { game, .. } = &disguised(&plain, seed, 38);
        let disguise = disguised(&plain, seed, 38);
        let (view, other) = (plain.typed_view(0, 0).unwrap(), game.typed_view(0, 0).unwrap());
        let (before, after) =
            (experiment(&view, &objective, None, &settings), experiment(&other, &objective, None, &settings));
        let (before, after) = (before.unwrap(), after.unwrap());
        let known = worth(&view, |utility| before.scheme.value(utility));
        let scheme = disguise.experiment(&after.scheme);
        let found = worth(&view, |utility| scheme.value(utility));
        assert!((known[0] - found[0]).abs() < 1e-8, "{seed}: {known:?} {found:?}");
        assert!(scheme.violation(&view) < 1e-15, "{seed}: {scheme:?}");
        for (game, optimum) in [(&plain, before), (game, after)] {
            let (_, verdict) = optimum.proof().certify(game).unwrap();
            uncertified += u64::from(!verdict.certified());
        }
        let (before, after) =
            (mechanism(&view, &objective, None, &settings), mechanism(&other, &objective, None, &settings));
        let (before, after) = (before.unwrap(), after.unwrap());
        let known = worth(&view, |utility| before.scheme.value(utility));
        let scheme = disguise.mechanism(&after.scheme);
        let found = worth(&view, |utility| scheme.value(utility));
        assert!((known[0] - found[0]).abs() < 1e-8, "{seed}: {known:?} {found:?}");
        assert!(scheme.violation(&view) < 1e-14, "{seed}: {scheme:?}");
        for (game, optimum) in [(&plain, before), (game, after)] {
            let (_, verdict) = optimum.proof().certify(game).unwrap();
            uncertified += u64::from(!verdict.certified());
        }
        all += 4;
    }
    assert!(uncertified * 100 <= all, "{uncertified} of {all} are not certified");
}

#[test]
fn floors_in_disguise() {
    let (objective, settings) = (Objective::agent(0), Settings::default());
    for seed in 0..games(60) {
        let plain = plain(seed);
        let disguise = disguised(&plain, seed, 10);
        let (view, other) = (plain.typed_view(0, 0).unwrap(), disguise.game.typed_view(0, 0).unwrap());
        let share = [0.3, 0.7, 1.0][seed as usize % 3];
        let floor = |view: &TypedView| (1.0 - share) * view.no_information().1 + share * view.full_information();
        let (before, after) = (
            experiment(&view, &objective, Some(floor(&view)), &settings).unwrap(),
            experiment(&other, &objective, Some(floor(&other)), &settings).unwrap(),
        );
        let known = worth(&view, |utility| before.scheme.value(utility));
        let scheme = disguise.experiment(&after.scheme);
        let found = worth(&view, |utility| scheme.value(utility));
        assert!((known[0] - found[0]).abs() < 1e-7, "{seed}: {known:?} {found:?}");
        assert!(view.user_level().plus(found[1]) > floor(&view) - 1e-9, "{seed}: {found:?}");
        let (before, after) = (
            mechanism(&view, &objective, Some(floor(&view)), &settings).unwrap(),
            mechanism(&other, &objective, Some(floor(&other)), &settings).unwrap(),
        );
        let known = worth(&view, |utility| before.scheme.value(utility));
        let scheme = disguise.mechanism(&after.scheme);
        let found = worth(&view, |utility| scheme.value(utility));
        assert!((known[0] - found[0]).abs() < 1e-7, "{seed}: {known:?} {found:?}");
        assert!(view.user_level().plus(found[1]) > floor(&view) - 1e-9, "{seed}: {found:?}");
    }
}

/// The vertices of two frontiers have the same values, up to units and levels.
fn same_frontiers<S: Sender>(one: &S, other: &S, units: &[f64], seed: u64) {
    let (objective, settings) = (Objective::agent(0), Settings::default());
    let found = [one, other].map(|sender| {
        let found = frontier(sender, &objective, &settings).unwrap();
        assert_eq!(found.stopped, None);
        // The reference point of differences depends on the order of equally good actions.
        let full = sender.differences(&sender.full_information(&objective));
        let less = |vertex: &Vertex<S::Communication>| {
            let values = sender.differences(&vertex.scheme);
            (values.user - full.user, values.agents[0] - full.agents[0])
        };
        found.vertices.iter().map(less).collect::<Vec<_>>()
    });
    let value = |frontier: &[(f64, f64)], user: f64| {
        let right = frontier.iter().position(|point| point.0 >= user - 1e-9).unwrap_or(frontier.len() - 1);
        let (r, l) = (frontier[right], frontier[right.saturating_sub(1)]);
        let share = if r.0 > l.0 { ((user - l.0) / (r.0 - l.0)).clamp(0.0, 1.0) } else { 1.0 };
        l.1 + share * (r.1 - l.1)
    };
    let points = |k: usize, units: [f64; 2]| -> Vec<(f64, f64)> {
        found[k].iter().map(|&(user, agent)| (user / units[0], agent / units[1])).collect()
    };
    let (known, disguised) = (points(0, [1.0, 1.0]), points(1, [units[0], units[1]]));
    for &(user, agent) in &known {
        assert!((value(&disguised, user) - agent).abs() < 1e-6, "{seed}: {known:?} {disguised:?}");
    }
    for &(user, agent) in &disguised {
        assert!((value(&known, user) - agent).abs() < 1e-6, "{seed}: {known:?} {disguised:?}");
    }
}

#[test]
fn frontiers_in_disguise() {
    for seed in 0..games(30) {
        let plain = plain(seed);
        let disguise = disguised(&plain, seed, 38);
        let views = || [&plain, &disguise.game].map(|game| game.typed_view(0, 0).unwrap());
        let [view, other] = views();
        same_frontiers(&ExperimentSender { view }, &ExperimentSender { view: other }, &disguise.units, seed);
        let [view, other] = views();
        same_frontiers(&MechanismSender { view }, &MechanismSender { view: other }, &disguise.units, seed);
    }
}
