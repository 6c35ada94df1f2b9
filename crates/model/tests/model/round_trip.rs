//! An instance that is written and read again is the same game, bit for bit.

use proptest::prelude::*;
use std::path::Path;
use suasion_model::{
    AgentSignals, Family, Information, Instance, Labels, Numbers, PriorPath, Shape, StackelbergGame, World,
};

fn family() -> impl Strategy<Value = Family> {
    prop_oneof![
        Just(Family::Uniform),
        (0.0..1.0).prop_map(|eps| Family::Hull { eps }),
        Just(Family::Opposed),
        Just(Family::Quadratic),
        Just(Family::Integer),
    ]
}

prop_compose! {
    fn instances()(
        family in family(),
        states in 1_usize..6,
        actions in 1_usize..5,
        agents in 1_usize..4,
        priors in 1_usize..4,
        named in any::<bool>(),
        worlds in 0_usize..3,
        seed in any::<u64>(),
        source in proptest::option::of(".{1,20}"),
    ) -> Instance {
        let shape = Shape { states, actions, agents, priors };
        let mut game = family.generate(shape, PriorPath::Independent, seed).unwrap();
        game.source = source;
        if named {
            game.states = Labels::Names((0..states).map(|y| format!("state \"{y}\" \u{3b1}\n")).collect());
        }
        if worlds > 0 {
            // Types and signals are numbered in the order in which they appear.
            let Information::Priors(priors) = &game.information else { unreachable!() };
            let list = priors.row(0).iter().enumerate().map(|(state, &probability)| World {
                probability,
                state,
                user: state.min(1),
                agents: if worlds == 1 {
                    AgentSignals::Shared(state)
                } else {
                    AgentSignals::PerAgent((0..agents).map(|agent| state * agents + agent).collect())
                },
            });
            let signals = if worlds == 1 { states } else { states * agents };
            game.information = Information::Worlds {
                types: (0..states.min(2)).map(|t| format!("type {t}")).collect(),
                signals: (0..signals).map(|x| format!("signal {x}")).collect(),
                worlds: list.collect(),
            };
        }
        game
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]

    #[test]
    fn instance(game in instances()) {
        let directory = tempfile::tempdir().unwrap();
        let file = directory.path().join("game.json");
        for numbers in [Numbers::Inline, Numbers::Npy, Numbers::Auto] {
            game.write(&file, numbers).unwrap();
            let read = Instance::read(&file).unwrap();
            prop_assert_eq!(&read, &game);
            prop_assert_eq!(read.digest(), game.digest());
        }
        let mut other = game.clone();
        other.user.utility = suasion_model::Matrix::from_fn(game.actions.len(), game.states.len(), |a, y| {
            let u = game.user.utility[(a, y)];
            if a + y == 0 { u.next_up() } else { u }
        });
        prop_assert_ne!(other.digest(), game.digest());
    }

    #[test]
    fn stackelberg(leader in 1_usize..5, follower in 1_usize..5, types in 1_usize..4, seed in any::<u64>()) {
        let game = StackelbergGame::generate(leader, follower, types, seed).unwrap();
        let directory = tempfile::tempdir().unwrap();
        let file = directory.path().join("game.json");
        for numbers in [Numbers::Inline, Numbers::Npy] {
            game.write(&file, numbers).unwrap();
            prop_assert_eq!(&StackelbergGame::read(&file).unwrap(), &game);
        }
    }
}

/// Every file that ships is valid, and it stays the same game when it is written again.
#[test]
fn shipped() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../instances");
    let mut count = 0;
    for entry in std::fs::read_dir(folder).unwrap() {
        let file = entry.unwrap().path();
        let directory = tempfile::tempdir().unwrap();
        let copy = directory.path().join("copy.json");
        if file.extension().is_none_or(|extension| extension != "json") {
            continue;
        }
        count += 1;
        if file.to_string_lossy().contains("stackelberg") {
            let game = StackelbergGame::read(&file).unwrap();
            game.write(&copy, Numbers::Inline).unwrap();
            assert_eq!(StackelbergGame::read(&copy).unwrap(), game);
        } else {
            let game = Instance::read(&file).unwrap();
            game.write(&copy, Numbers::Npy).unwrap();
            assert_eq!(Instance::read(&copy).unwrap(), game);
        }
    }
    assert!(count >= 12, "{count}");
}

/// With more than 100,000 numbers, the arrays go into files beside the document.
#[test]
fn large_instances_go_beside() {
    let shape = Shape { states: 400, actions: 300, agents: 1, priors: 1 };
    let game = Family::Uniform.generate(shape, PriorPath::Independent, 1).unwrap();
    let directory = tempfile::tempdir().unwrap();
    let file = directory.path().join("large.json");
    game.write(&file, Numbers::Auto).unwrap();
    assert!(directory.path().join("large.user.npy").exists() && directory.path().join("large.agent-1.npy").exists());
    assert!(std::fs::metadata(&file).unwrap().len() < 1000);
    assert_eq!(Instance::read(&file).unwrap(), game);
}
