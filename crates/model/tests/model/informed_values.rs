//! What a user gets who knows her type alone, or all that any agent observes.

use std::path::Path;
use suasion_model::{ConversationRule, Instance, Objective, Protocol};

fn read(name: &str) -> Instance {
    Instance::read(&Path::new(env!("CARGO_MANIFEST_DIR")).join("../../instances").join(name)).unwrap()
}

const ALL: [&str; 6] = [
    "prosecutor.json",
    "laboratories.json",
    "conversation-beats-menu.json",
    "twenty-priors-npy.json",
    "interview.json",
    "second-opinion.json",
];

/// A rational user gets what her views say.
#[test]
fn rational() {
    for name in ALL {
        let game = read(name);
        for prior in 0..game.priors() {
            let (none, full) = game.informed_values(prior, None).unwrap();
            assert!((none - game.silent_value(prior).unwrap()).abs() < 1e-12, "{name}");
            assert!((full - game.joint_full_information(prior).unwrap()).abs() < 1e-12, "{name}");
        }
        assert!(game.informed_values(game.priors(), None).is_err());
    }
}

/// A user who does not care plays every action alike; one who cares much is nearly rational.
#[test]
fn quantal() {
    for name in ALL {
        let game = read(name);
        let utility = &game.user.utility;
        let worth = |state| (0..utility.rows()).map(|a| utility[(a, state)]).sum::<f64>() / utility.rows() as f64;
        let careless: f64 = game.situations(0).iter().map(|s| s.probability * worth(s.state)).sum();
        let (none, full) = game.informed_values(0, Some(0.0)).unwrap();
        assert!((none - careless).abs() < 1e-9 && (full - careless).abs() < 1e-9, "{name}: {none} {full} {careless}");
        let (none, full) = game.informed_values(0, Some(1e7)).unwrap();
        let (least, most) = game.informed_values(0, None).unwrap();
        assert!((none - least).abs() < 1e-4 && (full - most).abs() < 1e-4, "{name}");
    }
}

/// Types who know what the agent observes do what is best for them, and then for the objective.
#[test]
fn informed_actions() {
    let game = read("conversation-beats-menu.json");
    let view = game.typed_view(0, 0).unwrap();
    let actions = view.informed_actions(&Objective::agent(0));
    assert_eq!((actions.len(), actions[0].len()), (view.types(), view.observations()));
    for (t, (user, chosen)) in view.user().iter().zip(&actions).enumerate() {
        for (x, &action) in chosen.iter().enumerate() {
            let most = (0..user.rows()).map(|a| user[(a, x)]).fold(f64::NEG_INFINITY, f64::max);
            assert!(user[(action, x)] >= most - 1e-9, "type {t}, observation {x}");
        }
    }
}

/// The rule of full information tells observations that the agent may make apart.
#[test]
fn rules_of_full_information() {
    let game = read("second-opinion.json");
    let protocol = Protocol::new(1, 1, 2);
    let rule = ConversationRule::of_full_information(&protocol, &game, 0, 0);
    rule.check(&protocol, game.observations()).unwrap();
    assert_ne!(rule, ConversationRule::silence(&protocol, game.observations()));
}
