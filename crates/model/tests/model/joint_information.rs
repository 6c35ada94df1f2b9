//! What the user could know at most when agents observe different signals.

use suasion_model::{AgentSignals, Family, Information, Instance, Labels, Matrix, Party, PriorPath, Shape, World};

/// Two states that no agent can tell apart alone. Each agent sees a fair coin, and the state is
/// whether the coins agree. In the second half of the cases there is only one state, and the user
/// knows this.
fn coins() -> Instance {
    let world = |probability: f64, state: usize, user: usize, signals: [usize; 2]| World {
        probability,
        state,
        user,
        agents: AgentSignals::PerAgent(signals.to_vec()),
    };
    let party = |name: &str, utility: Vec<f64>| Party { name: name.into(), utility: Matrix::new(2, 2, utility) };
    Instance {
        name: "coins".into(),
        source: None,
        states: Labels::Count(2),
        actions: Labels::Count(2),
        information: Information::Worlds {
            types: vec!["in the dark".into(), "sure".into()],
            signals: vec!["heads".into(), "tails".into()],
            worlds: vec![
                world(0.125, 1, 0, [0, 0]),
                world(0.125, 1, 0, [1, 1]),
                world(0.125, 0, 0, [0, 1]),
                world(0.125, 0, 0, [1, 0]),
                world(0.5, 0, 1, [0, 0]),
                world(0.0, 1, 1, [0, 0]),
            ],
        },
        user: party("user", vec![1.0, 0.0, 0.0, 1.0]),
        agents: vec![party("one", vec![1.0, 1.0, 0.0, 0.0]), party("other", vec![0.0, 0.0, 1.0, 1.0])],
        protocol: None,
    }
}

#[test]
fn together_they_know_all() {
    let game = coins();
    assert_eq!(game.silent_value(0).unwrap(), 0.75);
    for agent in 0..2 {
        assert_eq!(game.typed_view(0, agent).unwrap().full_information(), 0.75);
    }
    assert_eq!(game.joint_full_information(0).unwrap(), 1.0);
    assert!(game.joint_full_information(1).unwrap_err().to_string().contains("there is no prior 1"));
}

/// If the agents share their information, together they know what one of them knows.
#[test]
fn one_of_them_knows_all() {
    let shape = Shape { states: 4, actions: 3, agents: 2, priors: 2 };
    let game = Family::Uniform.generate(shape, PriorPath::Independent, 5).unwrap();
    for prior in 0..2 {
        let view = game.view(prior, 0).unwrap();
        assert!((game.joint_full_information(prior).unwrap() - view.full_information()).abs() < 1e-15);
        assert!((game.silent_value(prior).unwrap() - view.no_information().1).abs() < 1e-15);
    }
    let mut coins = coins();
    if let Information::Worlds { worlds, .. } = &mut coins.information {
        for world in worlds {
            world.agents = AgentSignals::Shared(world.agents.of(0));
        }
    }
    assert_eq!(coins.joint_full_information(0).unwrap(), 0.75);
}
