//! Best-response dynamics: their ends, their certified regrets, and their reproducibility.

use crate::common::{FAMILIES, beyond, distance, generated, instance, solved};
use suasion_certificate::Proof;
use suasion_equilibrium::{BestAgentGame, Dynamics, Ended, EquilibriumError, Order, Payoffs, Run, Start};
use suasion_model::{AgentSignals, Family, Information, Instance, Matrix, View, World};
use suasion_persuasion::Settings;

const ORDERS: [Order; 3] = [Order::RoundRobin, Order::Random, Order::Simultaneous];
const STARTS: [Start; 4] = [Start::Monopoly, Start::Uninformative, Start::Full, Start::Random];

/// The most that a bid can cost compared to the lowest bid that wins: the increment along the
/// steepest edge of the agent's frontier.
fn reach(solver: &BestAgentGame<'_, View<'_>>, agent: usize, increment: f64) -> f64 {
    let vertices = &solver.frontier(agent).unwrap().vertices;
    vertices.windows(2).map(|pair| pair[0].slopes.1).fold(0.0, f64::max) * increment
}

fn largest(regrets: &[f64]) -> f64 {
    regrets.iter().copied().fold(0.0, f64::max)
}

/// The certified regrets of the final profile of a run.
fn certified(solver: &Payoffs<'_, View<'_>>, run: &Run, game: &Instance, place: &str) -> Vec<f64> {
    let (certificate, verdict) = solver.proof(run).certify(game).unwrap_or_else(|why| panic!("{place}: {why}"));
    assert!(verdict.certified(), "{place}: {verdict:?}");
    assert!((certificate.claims.user_value - run.user_value).abs() < 1e-9, "{place}: {certificate:?}");
    for (claimed, found) in certificate.claims.agent_values.iter().zip(&run.agent_values) {
        assert!((claimed - found).abs() < 1e-7, "{place}: {:?}, {:?}", certificate.claims, run.agent_values);
    }
    // If agents observe different signals, rivals may tie up to rounding. Then one of them is the
    // best in exact arithmetic, and it need not be the rival to which the agent would prefer to
    // lose. In that case the agent gains less.
    let shared = game.agents_share_information();
    for (claimed, found) in certificate.claims.regrets.iter().zip(&run.regrets) {
        let equal = (claimed - found).abs() < 1e-7 || !shared && claimed < found;
        assert!(equal, "{place}: {:?}, {:?}", certificate.claims, run.regrets);
    }
    certificate.claims.regrets
}

/// If agents take turns, all dynamics converge, from every start, to a profile in which no agent
/// gains more by a deviation than the value of its last increment. The accepted offer is an
/// equilibrium within that slack.
#[test]
fn everything_converges() {
    for family in FAMILIES {
        for seed in 0..30_usize {
            let game = generated(family, 2 + seed % 4, 2 + seed / 4 % 4, 1 + seed / 3 % 4, 40 + seed as u64);
            let solver = BestAgentGame::new(&game, 0, &Settings::default()).unwrap();
            let payoffs = solver.payoffs().unwrap();
            for order in ORDERS {
                for start in STARTS {
                    let dynamics = Dynamics { order, start, seed: seed as u64, ..Dynamics::default() };
                    let run = payoffs.run(&dynamics, 1);
                    let place = format!("{} {seed} {order:?} {start:?}", family.name());
                    let regrets = certified(&payoffs, &run, &game, &place);
                    if order == Order::Simultaneous && run.ended != Ended::Converged {
                        continue;
                    }
                    assert_eq!(run.ended, Ended::Converged, "{place}");
                    for (agent, regret) in regrets.iter().enumerate() {
                        let most = reach(&solver, agent, dynamics.increment) + 1e-7;
                        assert!(*regret <= most, "{place}: agent {agent} regrets {regret}, at most {most}");
                    }
                    let equilibria = solver.equilibria(largest(&regrets) + 1e-9).unwrap().intervals;
                    assert!(distance(run.user_value, &equilibria) < 1e-7, "{place}: {run:?}, {equilibria:?}");
                }
            }
        }
    }
}

/// A monopolist reaches its optimum in one move, from every start.
#[test]
fn a_lone_agent_takes_its_monopoly() {
    for family in FAMILIES {
        for seed in 0..10_usize {
            let game = generated(family, 2 + seed % 4, 2 + seed / 4 % 4, 1, 80 + seed as u64);
            let solver = BestAgentGame::new(&game, 0, &Settings::default()).unwrap();
            let payoffs = solver.payoffs().unwrap();
            for start in STARTS {
                let dynamics = Dynamics { start, trace: true, ..Dynamics::default() };
                let run = payoffs.run(&dynamics, 0);
                let place = format!("{} {seed} {start:?}: {run:?}", family.name());
                let most = solver.frontier(0).unwrap().vertices[0].objective_value;
                assert!(run.ended == Ended::Converged && run.moves <= 1, "{place}");
                assert!((run.agent_values[0] - most).abs() < 1e-8, "{place}, monopoly {most}");
                assert!(largest(&certified(&payoffs, &run, &game, &place)) < 1e-7, "{place}");
                // Then it starts from full information, and not from its optimum under another
                // name.
                if start == Start::Full {
                    let view = game.view(0, 0).unwrap();
                    let revealing = Dynamics { rounds: 0, ..dynamics };
                    let full = payoffs.run(&revealing, 0);
                    assert!((full.user_value - view.full_information()).abs() < 1e-12, "{place}");
                    let (certificate, _) = payoffs.proof(&full).certify(&game).unwrap();
                    assert!((certificate.claims.user_value - full.user_value).abs() < 1e-12, "{place}");
                    assert!((certificate.claims.agent_values[0] - full.agent_values[0]).abs() < 1e-12, "{place}");
                }
            }
        }
    }
}

/// Agents with the same utility never compete. They keep their common monopoly scheme, reach it
/// from no information and from random offers, and cannot move only if all offer full information.
#[test]
fn identical_agents() {
    for family in FAMILIES {
        for seed in 0..10_usize {
            let mut game = generated(family, 2 + seed % 4, 2 + seed / 4 % 4, 3, 60 + seed as u64);
            for i in 1..3 {
                game.agents[i].utility = game.agents[0].utility.clone();
            }
            let solver = BestAgentGame::new(&game, 0, &Settings::default()).unwrap();
            let payoffs = solver.payoffs().unwrap();
            let monopoly = &solver.frontier(0).unwrap().vertices[0];
            for order in ORDERS {
                for start in STARTS {
                    let run = payoffs.run(&Dynamics { order, start, ..Dynamics::default() }, 5);
                    let place = format!("{} {seed} {order:?} {start:?}: {run:?}", family.name());
                    assert_eq!(run.ended, Ended::Converged, "{place}");
                    if start == Start::Full {
                        assert!((run.user_value - solver.full_information()).abs() < 1e-9, "{place}");
                        continue;
                    }
                    // If the information has no value to the user, nobody can outbid anybody, not
                    // even no information, however she breaks ties.
                    if game.view(0, 0).unwrap().no_information().1 > solver.full_information() - 1e-9 {
                        continue;
                    }
                    let lost = monopoly.objective_value - run.agent_values[0];
                    // An agent that outbids a monopolist's offer of no information pays an
                    // increment.
                    assert!(lost < reach(&solver, 0, 1e-3) + 1e-8, "{place}: {lost}, {monopoly:?}");
                }
            }
        }
    }
}

/// Theorem 3 of Collina et al. (arXiv 2509.15090) with eps = 0 and weights that sum to one: the
/// user's loss is at most the agents' regret, and hence at most the value of an increment to them.
#[test]
fn within_the_hull_they_reveal_all() {
    for seed in 0..60_usize {
        let game = generated(Family::Hull { eps: 0.0 }, 2 + seed % 5, 2 + seed / 5 % 4, 2 + seed % 3, seed as u64);
        let solver = BestAgentGame::new(&game, 0, &Settings::default()).unwrap();
        let payoffs = solver.payoffs().unwrap();
        for order in ORDERS {
            for start in STARTS {
                let dynamics = Dynamics { order, start, increment: 1e-4, seed: 3, ..Dynamics::default() };
                let run = payoffs.run(&dynamics, seed as u64);
                let place = format!("{seed} {order:?} {start:?}: {run:?}");
                let regrets = certified(&payoffs, &run, &game, &place);
                let full = solver.full_information();
                assert!(run.user_value >= full - largest(&regrets) - 1e-7, "{place}, full information {full}");
                if run.ended == Ended::Converged {
                    let most = (0..solver.agents()).map(|agent| reach(&solver, agent, 1e-4)).fold(0.0, f64::max);
                    assert!(run.user_value >= full - most - 1e-7, "{place}, full information {full}");
                }
            }
        }
    }
}

/// The seed and the stream determine everything, with and without a trace.
#[test]
fn runs_can_be_repeated() {
    let mut differ = 0;
    for seed in 0..20_usize {
        let game = generated(Family::Uniform, 5, 4, 3, 900 + seed as u64);
        let solver = BestAgentGame::new(&game, 0, &Settings::default()).unwrap();
        let again = BestAgentGame::new(&game, 0, &Settings::default()).unwrap();
        for order in ORDERS {
            let dynamics = Dynamics { order, start: Start::Random, seed: 7, trace: true, ..Dynamics::default() };
            let run = |solver: &BestAgentGame<'_, View<'_>>, dynamics, stream| {
                solver.payoffs().unwrap().run(&dynamics, stream)
            };
            let (one, two) = (run(&solver, dynamics, 4), run(&again, dynamics, 4));
            assert_eq!(one.trace, two.trace);
            assert_eq!((one.ended, one.user_value.to_bits()), (two.ended, two.user_value.to_bits()));
            let silent = run(&solver, Dynamics { trace: false, ..dynamics }, 4);
            assert!(silent.trace.is_empty());
            assert_eq!((silent.moves, silent.rounds, &silent.agent_values), (one.moves, one.rounds, &one.agent_values));
            differ += usize::from(run(&solver, dynamics, 5).trace != one.trace);
            differ += usize::from(run(&solver, Dynamics { seed: 8, ..dynamics }, 4).trace != one.trace);
        }
    }
    assert!(differ > 60, "{differ} of 120");
}

/// A trace is accurate: every move gains, the best bid is accepted, and the last move is the end.
#[test]
fn traces() {
    for family in FAMILIES {
        for seed in 0..20_usize {
            let game = generated(family, 2 + seed % 4, 2 + seed / 4 % 4, 2 + seed % 3, 20 + seed as u64);
            let solver = BestAgentGame::new(&game, 0, &Settings::default()).unwrap();
            let payoffs = solver.payoffs().unwrap();
            for order in [Order::RoundRobin, Order::Random] {
                for start in STARTS {
                    let dynamics = Dynamics { order, start, trace: true, ..Dynamics::default() };
                    let run = payoffs.run(&dynamics, 2);
                    let place = format!("{} {seed} {order:?} {start:?}", family.name());
                    assert_eq!(run.trace.len(), run.moves, "{place}");
                    let before = payoffs.run(&Dynamics { rounds: 0, ..dynamics }, 2);
                    let (mut values, mut round, mut movers) = (before.agent_values, 1, vec![]);
                    let mut bids = vec![None; solver.agents()];
                    for step in &run.trace {
                        let place = format!("{place}: {step:?}, before {values:?}");
                        assert!(step.round == round || step.round == round + 1, "{place}");
                        if step.round > round {
                            movers.clear();
                        }
                        assert!(!movers.contains(&step.agent), "{place}");
                        movers.push(step.agent);
                        round = step.round;
                        assert!(step.agent_values[step.agent] > values[step.agent], "{place}");
                        bids[step.agent] = Some(step.bid);
                        // The accepted bid is known once its agent has moved, and no bid is above
                        // it.
                        assert!(bids[step.accepted].is_none_or(|bid| bid == step.user_value), "{place}");
                        assert!(bids.iter().flatten().all(|&bid| bid <= step.user_value), "{place}");
                        values.clone_from(&step.agent_values);
                    }
                    if let Some(last) = run.trace.last() {
                        assert_eq!((last.accepted, last.user_value), (run.accepted, run.user_value), "{place}");
                    }
                    assert_eq!(values, run.agent_values, "{place}");
                }
            }
        }
    }
}

#[test]
fn the_limit_of_rounds() {
    // Two agents gain by different actions, and outbid each other step by step.
    let user = Matrix::new(2, 2, vec![1.0, 0.0, 0.0, 1.0]);
    let agents = vec![Matrix::new(2, 2, vec![0.0, 0.0, 1.0, 1.0]), Matrix::new(2, 2, vec![1.0, 1.0, 0.0, 0.0])];
    let game = instance(vec![0.7, 0.3], user, agents);
    let solver = BestAgentGame::new(&game, 0, &Settings::default()).unwrap();
    let payoffs = solver.payoffs().unwrap();
    for rounds in [0, 1, 5, 40] {
        let run = payoffs.run(&Dynamics { rounds, increment: 1e-5, ..Dynamics::default() }, 0);
        assert_eq!((run.ended, run.rounds), (Ended::Limit, rounds));
        assert!(run.moves >= rounds && run.moves <= 2 * rounds);
        certified(&payoffs, &run, &game, &format!("{rounds} rounds"));
    }
}

/// Agents that move simultaneously may cycle forever. A search found this cycle. The run reports it
/// with its length, and the trace repeats.
#[test]
fn cycles() {
    let mut lengths = vec![];
    for seed in 0..60_usize {
        let game = generated(Family::Uniform, 2 + seed % 4, 2 + seed / 4 % 4, 4, 5030 + seed as u64);
        let solver = BestAgentGame::new(&game, 0, &Settings::default()).unwrap();
        let payoffs = solver.payoffs().unwrap();
        let dynamics = Dynamics { order: Order::Simultaneous, trace: true, ..Dynamics::default() };
        let run = payoffs.run(&dynamics, 0);
        let Ended::Cycle { length } = run.ended else { continue };
        let of = |round: usize| {
            let moves = run.trace.iter().filter(|step| step.round == round);
            moves.map(|step| (step.agent, step.bid, step.accepted)).collect::<Vec<_>>()
        };
        for round in run.rounds - length + 1..=run.rounds {
            // After the cycle comes the cycle again.
            let on = payoffs.run(&Dynamics { rounds: run.rounds, ..dynamics }, 0);
            assert_eq!(on.ended, run.ended);
            assert!(!of(round).is_empty(), "{seed}");
        }
        certified(&payoffs, &run, &game, &format!("{seed}"));
        lengths.push(length);
    }
    assert!(!lengths.is_empty() && lengths.iter().all(|&length| length >= 2), "{lengths:?}");
}

/// Random worlds in which each agent observes the state through a noisy channel of its own, or all
/// through the same.
fn worlds(states: usize, actions: usize, agents: usize, seed: u64, shared: bool) -> Instance {
    let mut game = generated(Family::Uniform, states, actions, agents, seed);
    let Information::Priors(prior) = &game.information else { unreachable!() };
    let signals = states - 1;
    // Each observes its state, but takes the last state for another one, which differs from agent
    // to agent.
    let worlds = (0..states).flat_map(|state| {
        let seen = |agent: usize| if state < signals { state } else { agent % signals };
        let right = if shared {
            AgentSignals::Shared(seen(0))
        } else {
            AgentSignals::PerAgent((0..agents).map(seen).collect())
        };
        let probability = 0.8 * prior[(0, state)];
        // Sometimes all make the same error.
        let wrong = AgentSignals::Shared((state + 1) % signals);
        [(probability, right), (prior[(0, state)] - probability, wrong)].map(|(probability, agents)| World {
            probability,
            state,
            user: 0,
            agents,
        })
    });
    game.information = Information::Worlds {
        types: vec!["any".into()],
        signals: (0..signals).map(|x| format!("signal {x}")).collect(),
        worlds: worlds.collect(),
    };
    game
}

/// Agents that observe different signals: there are dynamics, with certified regrets, but no exact
/// set.
#[test]
fn different_signals() {
    let file = concat!(env!("CARGO_MANIFEST_DIR"), "/../../instances/laboratories.json");
    let mut games = vec![Instance::read(file.as_ref()).unwrap()];
    games.extend((0..30).map(|seed| worlds(3 + seed % 3, 2 + seed % 4, 2 + seed % 2, 100 + seed as u64, false)));
    for (number, game) in games.iter().enumerate() {
        assert!(!game.agents_share_information());
        let solver = BestAgentGame::new(game, 0, &Settings::default()).unwrap();
        assert_eq!(solver.equilibria(0.0).unwrap_err(), EquilibriumError::DifferentSignals);
        assert_eq!(solver.equilibria(0.1).unwrap_err(), EquilibriumError::DifferentSignals);
        let payoffs = solver.payoffs().unwrap();
        for order in ORDERS {
            for start in STARTS {
                let run = payoffs.run(&Dynamics { order, start, rounds: 3000, ..Dynamics::default() }, 0);
                let place = format!("{number} {order:?} {start:?}");
                certified(&payoffs, &run, game, &place);
                assert!(run.user_value <= solver.full_information() + 1e-9, "{place}");
            }
        }
    }
}

/// Two laboratories that differ only in where they err, so that their full information has the same
/// value to the user, up to rounding.
#[test]
fn ties_between_different_signals() {
    for seed in 0..40_u32 {
        let error = 0.05 + f64::from(seed) * 0.011;
        let mut game = generated(Family::Opposed, 2, 2, 2, u64::from(seed));
        game.user.utility = Matrix::new(2, 2, vec![1.0, 0.0, 0.0, 1.0]);
        let worlds = [(0, 0, 0), (0, 0, 1), (0, 1, 0), (0, 1, 1), (1, 0, 0), (1, 0, 1), (1, 1, 0), (1, 1, 1)];
        let likely = |state: usize, seen: usize| if state == seen { 1.0 - error } else { error };
        let world = |(state, first, second)| World {
            probability: 0.5 * likely(state, first) * likely(state, second),
            state,
            user: 0,
            agents: AgentSignals::PerAgent(vec![first, second]),
        };
        game.information = Information::Worlds {
            types: vec!["any".into()],
            signals: vec!["low".into(), "high".into()],
            worlds: worlds.into_iter().map(world).collect(),
        };
        let solver = BestAgentGame::new(&game, 0, &Settings::default()).unwrap();
        let payoffs = solver.payoffs().unwrap();
        for order in ORDERS {
            for start in STARTS {
                let run = payoffs.run(&Dynamics { order, start, ..Dynamics::default() }, 0);
                certified(&payoffs, &run, &game, &format!("{seed} {order:?} {start:?}"));
            }
        }
    }
}

/// Agents that all observe the same signal, but not the state: a game with signals in place of
/// states, whose equilibria are the same.
#[test]
fn coarse_signals_that_all_share() {
    for seed in 0..30_usize {
        let game = worlds(3 + seed % 3, 2 + seed % 4, 2 + seed % 2, 100 + seed as u64, true);
        let view = game.view(0, 0).unwrap();
        let folded = instance(
            view.prior.to_vec(),
            view.user.clone().into_owned(),
            view.agents.iter().map(|agent| agent.clone().into_owned()).collect(),
        );
        for slack in [0.0, 0.02] {
            let (found, expected) = (solved(&game, slack), solved(&folded, slack));
            let (found, expected) = (found.equilibria.intervals, expected.equilibria.intervals);
            let apart = beyond(&found, &expected).max(beyond(&expected, &found));
            assert!(apart < 1e-7, "{seed} {slack}: {found:?}, {expected:?}");
        }
    }
}
