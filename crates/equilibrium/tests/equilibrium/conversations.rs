//! Conversations: best responses against brute force, closed forms and games of one message; the
//! values of a quantal user.

use crate::common::typed::{Size, typed};
use proptest::prelude::*;
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;
use suasion_equilibrium::{
    AllAgentsGame, ConversationGame, ConversationWorth, Ties, TranscriptNode, TranscriptStep, UserRule,
};
use suasion_model::{ConversationPlan, ConversationRule, Instance, Opening, Protocol, SignalScheme, Step};
use suasion_persuasion::Settings;

fn game<'a>(instance: &'a Instance, protocol: &Protocol) -> ConversationGame<'a> {
    let most = ConversationGame::MOST_NODES;
    ConversationGame::new(instance, 0, protocol, most, &Settings::default()).unwrap()
}

/// A rule whose probabilities are multiples of 1/8, some of them 0, by the seed.
fn random_rule(protocol: &Protocol, observations: usize, rng: &mut ChaCha8Rng) -> ConversationRule {
    let answers = protocol.agent_alphabet();
    let round = |round: usize, rng: &mut ChaCha8Rng| {
        let rows = observations * protocol.questions(round);
        let mut numbers = vec![0.0; rows * answers];
        for row in numbers.chunks_mut(answers) {
            for _ in 0..8 {
                row[rng.random_range(0..answers)] += 0.125;
            }
            if rng.random_bool(0.3) {
                row.fill(0.0);
                row[rng.random_range(0..answers)] = 1.0;
            }
        }
        numbers
    };
    ConversationRule { rounds: (0..protocol.rounds).map(|r| round(r, rng)).collect() }
}

fn random_rules(protocol: &Protocol, instance: &Instance, seed: u64) -> Vec<ConversationRule> {
    let mut rng = ChaCha8Rng::seed_from_u64(seed);
    instance.agents.iter().map(|_| random_rule(protocol, instance.observations(), &mut rng)).collect()
}

fn close(left: f64, right: f64) -> bool {
    (left - right).abs() <= 1e-9 * (1.0 + left.abs())
}

fn same(left: &ConversationWorth, right: &ConversationWorth) -> bool {
    close(left.user, right.user) && left.agents.iter().zip(&right.agents).all(|(l, r)| close(*l, *r))
}

/// The values of all plans of one type from a round on, from the rules alone: every combination of
/// messages, and every way to continue upon every combination of answers.
fn brute(instance: &Instance, protocol: &Protocol, rules: &[ConversationRule]) -> f64 {
    let worlds = instance.situations(0);
    let best = |t: usize| {
        let own: Vec<(usize, f64)> =
            (0..worlds.len()).filter(|&w| worlds[w].user == t).map(|w| (w, worlds[w].probability)).collect();
        let values = plans(instance, protocol, rules, 0, &vec![0; rules.len()], &own);
        values.into_iter().fold(f64::NEG_INFINITY, f64::max)
    };
    (0..instance.types()).map(best).filter(|value| value.is_finite()).sum()
}

fn vectors(agents: usize, alphabet: usize) -> Vec<Vec<usize>> {
    (0..agents).fold(vec![vec![]], |vectors, _| {
        vectors.iter().flat_map(|v| (0..alphabet).map(move |m| [&v[..], &[m]].concat())).collect()
    })
}

/// The value of every deterministic plan from here on to the user: all sums of one plan per
/// combination of answers. This does not use the principle of optimality, so there are many.
fn plans(
    instance: &Instance,
    protocol: &Protocol,
    rules: &[ConversationRule],
    round: usize,
    histories: &[usize],
    weights: &[(usize, f64)],
) -> Vec<f64> {
    let worlds = instance.situations(0);
    if round == protocol.rounds {
        let of = |a: usize| weights.iter().map(|&(w, p)| p * instance.user.utility[(a, worlds[w].state)]).sum();
        return (0..instance.actions.len()).map(of).collect();
    }
    let (agents, asked, answers) = (rules.len(), protocol.user_alphabet(round), protocol.agent_alphabet());
    let mut all = Vec::new();
    for messages in vectors(agents, asked) {
        let mut sums = vec![0.0];
        for heard in vectors(agents, answers) {
            let question = |i: usize| histories[i] * asked + messages[i];
            let likely = |&(w, p): &(usize, f64)| {
                let said = (0..agents)
                    .map(|i| rules[i].answers(protocol, round, worlds[w].observations[i], question(i))[heard[i]]);
                (w, p * said.product::<f64>())
            };
            let next: Vec<(usize, f64)> = weights.iter().map(likely).collect();
            let own: Vec<usize> = (0..agents).map(|i| question(i) * answers + heard[i]).collect();
            let then = plans(instance, protocol, rules, round + 1, &own, &next);
            sums = sums.iter().flat_map(|sum| then.iter().map(move |value| sum + value)).collect();
        }
        all.extend(sums);
    }
    all
}

#[test]
fn brute_force_over_all_plans() {
    for seed in 0..12 {
        let agents = if seed % 2 == 0 { 1 } else { 2 };
        let instance = typed(Size { types: 2, signals: 2, actions: 2, agents }, false, seed);
        let protocols: &[Protocol] = if agents == 1 {
            &[Protocol::new(1, 3, 2), Protocol::new(2, 2, 2), Protocol::new(1, 2, 3)]
        } else {
            &[Protocol::new(1, 2, 2), Protocol::new(2, 1, 2)]
        };
        for protocol in protocols {
            let game = game(&instance, protocol);
            let rules = random_rules(protocol, &instance, seed);
            let (plan, worth) = game.respond(&rules, Ties::First);
            let expected = brute(&instance, protocol, &rules);
            assert!(close(worth.user, expected), "{seed} {protocol:?}: {} {expected}", worth.user);
            assert!(same(&game.worth(&rules, &plan).unwrap(), &worth));
        }
    }
}

/// Kamenica & Gentzkow (2011): the prosecutor says "guilty" for all who are guilty, and for three
/// in seven of those who are not. The judge is then indifferent.
#[test]
fn the_prosecutor() {
    let text = include_str!("../../../../instances/prosecutor.json");
    let instance = Instance::from_json(text, std::path::Path::new("prosecutor.json")).unwrap();
    let protocol = Protocol::new(1, 2, 2);
    let game = game(&instance, &protocol);
    let p = 3.0 / 7.0;
    let mut rule = ConversationRule::silence(&protocol, 2);
    for question in 0..2 {
        rule.rounds[0][question * 2..][..2].copy_from_slice(&[1.0 - p, p]);
        rule.rounds[0][(2 + question) * 2..][..2].copy_from_slice(&[0.0, 1.0]);
    }
    let rules = game.checked(vec![rule]).unwrap();
    let (_, kind) = game.respond(&rules, Ties::For(0));
    assert!(close(kind.user, 0.7) && close(kind.agents[0], 0.6), "{kind:?}");
    let (_, cruel) = game.respond(&rules, Ties::Against(0));
    assert!(close(cruel.user, 0.7) && close(cruel.agents[0], 0.0), "{cruel:?}");
    let (plan, _) = game.respond(&game.revelation(), Ties::First);
    let Some(Step::Ask { messages, then }) = &plan.types[0] else { panic!("{plan:?}") };
    assert_eq!(messages, &[0]);
    assert_eq!(then, &[(vec![0], Step::Act(0)), (vec![1], Step::Act(1))]);
    assert!(close(game.no_information(), 0.7) && close(game.full_information(), 1.0));
}

/// An agent answers only if she asks. She needs one fact from each agent, and only asking reveals
/// it.
#[test]
fn she_asks_where_only_that_tells() {
    let instance = typed(Size { types: 1, signals: 3, actions: 3, agents: 2 }, true, 4);
    let protocol = Protocol::new(2, 2, 3);
    let game = game(&instance, &protocol);
    // In the first round both send no information. In the second round the first agent answers only
    // message 1, and only if that was its observation.
    let telling = ConversationRule::certain(&protocol, 3, |round, x, question| {
        let (history, message) = (question / 2, question % 2);
        let before = history / 3;
        if round == 1 && message == 1 && before == 1 { x } else { 0 }
    });
    let rules = game.checked(vec![telling, ConversationRule::silence(&protocol, 3)]).unwrap();
    let (plan, worth) = game.respond(&rules, Ties::First);
    assert!(close(worth.user, game.full_information()) && worth.user > game.no_information() + 1e-3, "{worth:?}");
    let Some(Step::Ask { messages, then }) = &plan.types[0] else { panic!("{plan:?}") };
    assert_eq!((messages, then.len()), (&vec![1, 0], 1));
    let Step::Ask { messages, then } = &then[0].1 else { panic!("{plan:?}") };
    assert_eq!((messages, then.len()), (&vec![1, 0], 3));
}

fn random_scheme(observations: usize, signals: usize, rng: &mut ChaCha8Rng) -> SignalScheme {
    let mut scheme = SignalScheme { signals: vec![vec![]; signals] };
    for x in 0..observations {
        let (first, p) = (rng.random_range(0..signals - 1), f64::from(rng.random_range(1..8_u8)) / 8.0);
        scheme.signals[first].push((x, p));
        scheme.signals[first + 1].push((x, 1.0 - p));
    }
    scheme
}

#[test]
fn one_message_as_in_the_all_agents_game() {
    for seed in 0..20 {
        let instance = typed(Size { types: 2, signals: 3, actions: 3, agents: 2 }, seed % 2 == 0, seed);
        let mut rng = ChaCha8Rng::seed_from_u64(seed);
        let schemes: Vec<SignalScheme> = (0..2).map(|_| random_scheme(3, 3, &mut rng)).collect();
        let one = AllAgentsGame::new(&instance, 0, &Settings::default()).unwrap();
        let certificate = one.certify(schemes.clone(), 0.0).unwrap().certificate;
        for protocol in [Protocol::new(1, 1, 3), Protocol::new(2, 2, 3)] {
            let game = game(&instance, &protocol);
            let rules = schemes.iter().map(|scheme| ConversationRule::of_scheme(&protocol, 3, scheme).unwrap());
            let rules = game.checked(rules.collect()).unwrap();
            let (_, worth) = game.respond(&rules, Ties::First);
            assert!(close(worth.user, certificate.user_value()), "{seed}: {worth:?}");
            // With integer utilities there are ties. Both games break them by order, except between
            // merged messages.
            if seed % 3 != 0 {
                assert!(
                    worth.agents.iter().zip(&certificate.agent_values()).all(|(l, r)| close(*l, *r)),
                    "{seed}: {worth:?}"
                );
            }
            assert!(close(one.full_information(), game.full_information()));
            assert!(close(one.no_information(), game.no_information()));
        }
    }
}

#[test]
fn ties_go_as_they_are_told() {
    for seed in (0..30).step_by(3) {
        let instance = typed(Size { types: 1, signals: 2, actions: 3, agents: 2 }, true, seed);
        let protocol = Protocol::new(2, 2, 2);
        let game = game(&instance, &protocol);
        for rules in [game.silence(), game.revelation(), random_rules(&protocol, &instance, seed)] {
            for agent in 0..2 {
                let [(_, least), (_, first), (_, most)] =
                    [Ties::Against(agent), Ties::First, Ties::For(agent)].map(|ties| game.respond(&rules, ties));
                assert!(close(least.user, most.user) && close(first.user, most.user));
                assert!(least.agents[agent] <= first.agents[agent] + 1e-9, "{least:?} {first:?}");
                assert!(first.agents[agent] <= most.agents[agent] + 1e-9, "{first:?} {most:?}");
            }
        }
    }
}

/// Two types who know nothing about two states, and want to name the state.
const MATCHING: &str = r#"{ "format": "suasion/1", "states": 2, "actions": 2,
  "worlds": [
    { "probability": 0.25, "state": 0, "user": "left", "agents": "zero" },
    { "probability": 0.25, "state": 1, "user": "left", "agents": "one" },
    { "probability": 0.25, "state": 0, "user": "right", "agents": "zero" },
    { "probability": 0.25, "state": 1, "user": "right", "agents": "one" }
  ],
  "user": { "utility": [[1, 0], [0, 1]] },
  "agents": [ { "utility": [[0, 0], [1, 1]] }, { "utility": [[1, 1], [0, 0]] } ] }"#;

#[test]
fn a_user_who_does_not_choose() {
    let instance = Instance::from_json(MATCHING, std::path::Path::new("matching.json")).unwrap();
    let protocol = Protocol::new(2, 2, 2);
    let game = game(&instance, &protocol);
    let (full, none) = (game.full_information(), game.no_information());
    // Agents that reveal full information whatever they are asked: she learns the state with every
    // choice of messages, and with a high sensitivity acts optimally.
    for user in [UserRule::Silent, UserRule::Uniform, UserRule::Report] {
        let worth = game.quantal_worth(&game.revelation(), user, 1e5).unwrap();
        assert!((worth.user - full).abs() < 1e-6, "{user:?} {worth:?} {full}");
        let worth = game.quantal_worth(&game.silence(), user, 1e5).unwrap();
        assert!((worth.user - none).abs() < 1e-6, "{user:?} {worth:?} {none}");
    }
    // An agent that reveals its observation only to the second type, which she reports in the first
    // round. A user with random messages learns half of it.
    let listening = ConversationRule::certain(&protocol, 2, |round, x, question| {
        let first = question / 4;
        if round == 1 && first == 1 { x } else { 0 }
    });
    let rules = game.checked(vec![listening.clone(), listening]).unwrap();
    let of = |user| game.quantal_worth(&rules, user, 1e5).unwrap().user;
    assert!((of(UserRule::Silent) - none).abs() < 1e-6);
    let (reports, anything) = (of(UserRule::Report), of(UserRule::Uniform));
    assert!((reports - 0.75).abs() < 1e-6 && (anything - 0.875).abs() < 1e-6, "{reports} {anything}");
    // One agent gets the probability of the first action, the other that of the second.
    for (user, eta) in [(UserRule::Silent, 1.0), (UserRule::Uniform, 3.0), (UserRule::Report, 0.0)] {
        for rules in [&rules, &random_rules(&protocol, &instance, 3)] {
            let worth = game.quantal_worth(rules, user, eta).unwrap();
            assert!((worth.agents[0] + worth.agents[1] - 1.0).abs() < 1e-11 && worth.agents[0] > 0.0, "{worth:?}");
        }
    }
    // At sensitivity 0 she plays all actions with the same probability, for every history.
    let blind = [&rules, &game.revelation()].map(|rules| game.quantal_worth(rules, UserRule::Uniform, 0.0).unwrap());
    assert!(same(&blind[0], &blind[1]), "{blind:?}");
    for eta in [-1.0, f64::NAN, f64::INFINITY] {
        assert!(game.quantal_worth(&rules, UserRule::Silent, eta).is_err());
    }
}

#[test]
fn what_is_no_profile_is_refused() {
    let instance = typed(Size { types: 2, signals: 2, actions: 2, agents: 2 }, true, 1);
    let protocol = Protocol::new(2, 2, 2);
    let game = game(&instance, &protocol);
    let message = |error: suasion_equilibrium::EquilibriumError| error.to_string();
    let mut rules = game.silence();
    rules.pop();
    let refused = message(game.checked(rules).unwrap_err());
    assert_eq!(refused, "the number of conversation rules: found 1, expected one per agent");
    let mut rules = game.silence();
    rules[1].rounds[1][0] = 0.5;
    let refused = message(game.checked(rules).unwrap_err());
    let expected = "the conversation rule of \"agent 1\": in round 2 the answers to question 0 at observation 0 sum to 0.5, not to 1";
    assert_eq!(refused, expected);
    let (rules, plan) = (game.revelation(), game.respond(&game.revelation(), Ties::First).0);
    let refused = |types: Vec<Option<Step>>| message(game.worth(&rules, &ConversationPlan { types }).unwrap_err());
    let step = plan.types[0].clone();
    assert_eq!(refused(vec![step.clone()]), "the plan: found 1 types, expected 2");
    assert_eq!(refused(vec![step.clone(), None]), "the plan: it has no step for type 1");
    assert_eq!(
        refused(vec![Some(Step::Act(0)), step.clone()]),
        "the plan: she acts in round 1, expected after the last"
    );
    let asking = |messages: Vec<usize>, then: Vec<(Vec<usize>, Step)>| {
        refused(vec![step.clone(), Some(Step::Ask { messages, then })])
    };
    assert_eq!(asking(vec![0], vec![]), "the plan: found 1 messages in round 1, expected 2");
    assert_eq!(asking(vec![0, 2], vec![]), "the plan: found the message 2 in round 1, expected one below 2");
    assert_eq!(asking(vec![0, 1], vec![]), "the plan: it has no step for the answers [0, 0], which may occur");
    let twice = vec![(vec![0, 0], Step::Act(0)), (vec![0, 0], Step::Act(0))];
    assert_eq!(asking(vec![0, 1], twice), "the plan: answers in round 1 are not in increasing order");
    let deep = (0..3).fold(Step::Act(0), |step, _| {
        let both = vec![(vec![0, 0], step.clone()), (vec![1, 1], step)];
        Step::Ask { messages: vec![0, 0], then: both }
    });
    assert_eq!(
        refused(vec![Some(deep.clone()), Some(deep)]),
        "the plan: she asks after the last round, expected an action"
    );
}

/// A thousand agents with one message: the tree has few nodes, and conversations are long.
#[test]
fn long_conversations_are_refused() {
    let mut instance = typed(Size { types: 1, signals: 2, actions: 2, agents: 1 }, true, 1);
    instance.agents = vec![instance.agents[0].clone(); 1000];
    let of = |rounds| {
        let protocol = Protocol::new(rounds, 1, 1);
        ConversationGame::new(&instance, 0, &protocol, 1000, &Settings::default())
    };
    let game = of(2).unwrap();
    assert!(close(game.respond(&game.silence(), Ties::Against(0)).1.user, game.no_information()));
    let refused = of(3).err().unwrap().to_string();
    assert_eq!(refused, "there are 3000 answers in a conversation, and at most 2000 are allowed");
}

/// A tree of about a million nodes. With `--nocapture` the test prints the time.
#[test]
fn a_million_nodes() {
    let instance = typed(Size { types: 1, signals: 3, actions: 3, agents: 2 }, true, 7);
    // With one message the plan has as many nodes as the tree; with two messages it has few.
    for protocol in [Protocol::new(5, 2, 2), Protocol::new(10, 1, 2), Protocol::new(3, 5, 2)] {
        let game = game(&instance, &protocol);
        let nodes = protocol.size(2, 1).nodes;
        assert!(nodes > 1e6);
        let rules = random_rules(&protocol, &instance, 7);
        let start = std::time::Instant::now();
        let (plan, worth) = game.respond(&rules, Ties::For(0));
        println!("{nodes} nodes: {:?}", start.elapsed());
        assert!(same(&game.worth(&rules, &plan).unwrap(), &worth));
        assert!(game.no_information() <= worth.user + 1e-9 && worth.user <= game.full_information() + 1e-9);
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    #[test]
    fn properties(seed in 0u64..10_000, rounds in 1usize..3, asked in 1usize..3, answers in 1usize..4, opens in any::<bool>()) {
        let instance = typed(Size { types: 2, signals: 3, actions: 3, agents: 2 }, seed % 2 == 0, seed);
        let opening = if opens { Opening::Agents } else { Opening::User };
        let protocol = Protocol { opening, ..Protocol::new(rounds, asked, answers) };
        let game = game(&instance, &protocol);
        let rules = game.checked(random_rules(&protocol, &instance, seed)).unwrap();
        let (plan, worth) = game.respond(&rules, Ties::First);
        let (none, full) = (game.no_information(), game.full_information());
        prop_assert!(none - 1e-9 <= worth.user && worth.user <= full + 1e-9, "{none} {worth:?} {full}");
        prop_assert!(close(game.respond(&game.silence(), Ties::First).1.user, none));
        // A quantal user gets at most what a rational user gets.
        for user in [UserRule::Silent, UserRule::Uniform, UserRule::Report] {
            prop_assert!(game.quantal_worth(&rules, user, 50.0).unwrap().user <= worth.user + 1e-9);
        }
        // With one message there is no choice of messages, so a very sensitive user gets the same.
        if asked == 1 {
            let sensitive = game.quantal_worth(&rules, UserRule::Silent, 1e6).unwrap();
            prop_assert!((sensitive.user - worth.user).abs() < 1e-5, "{sensitive:?} {worth:?}");
        }
        // An additional round without information changes nothing.
        let longer = Protocol { rounds: rounds + 1, ..protocol.clone() };
        let more: Vec<ConversationRule> = rules.iter().map(|rule| {
            let last = ConversationRule::silence(&longer, instance.observations()).rounds.pop();
            ConversationRule { rounds: rule.rounds.iter().cloned().chain(last).collect() }
        }).collect();
        let long = self::game(&instance, &longer);
        prop_assert!(same(&long.respond(&long.checked(more).unwrap(), Ties::First).1, &worth));
        // Neither does the order of the agents, if it does not break ties.
        {
            let mut other = instance.clone();
            other.agents.reverse();
            if let suasion_model::Information::Worlds { worlds, .. } = &mut other.information {
                for world in worlds {
                    if let suasion_model::AgentSignals::PerAgent(signals) = &mut world.agents {
                        signals.reverse();
                    }
                }
            }
            let reversed: Vec<ConversationRule> = rules.iter().rev().cloned().collect();
            let mirrored = self::game(&other, &protocol);
            for agent in 0..2 {
                let (_, worth) = game.respond(&rules, Ties::For(agent));
                let (_, mirror) = mirrored.respond(&reversed, Ties::For(1 - agent));
                prop_assert!(close(mirror.user, worth.user));
                prop_assert!((mirror.agents[1 - agent] - worth.agents[agent]).abs() < 1e-6, "{mirror:?} {worth:?}");
            }
        }
        prop_assert!(same(&game.worth(&rules, &plan).unwrap(), &worth));
    }
}

/// All nodes of a transcript, with the number of rounds before each.
fn nodes(node: &TranscriptNode, round: usize, visit: &mut impl FnMut(&TranscriptNode, usize)) {
    visit(node, round);
    if let TranscriptStep::Ask { then, .. } = &node.next {
        for reply in then {
            nodes(&reply.node, round + 1, visit);
        }
    }
}

#[test]
fn transcripts_add_up() {
    for seed in 0..10 {
        let instance = typed(Size { types: 2, signals: 3, actions: 3, agents: 2 }, seed % 2 == 0, seed);
        let protocol = Protocol::new(2, 2, 2);
        let game = game(&instance, &protocol);
        let rules = random_rules(&protocol, &instance, seed);
        let (plan, worth) = game.respond(&rules, Ties::First);
        let all = game.transcript(&rules, &plan, usize::MAX).unwrap();
        let (mut levels, mut given, mut user, mut count) = ([0.0; 3], 0.0, 0.0, 0);
        for (_, node) in &all.types {
            nodes(node, 0, &mut |node, round| {
                count += 1;
                levels[round] += node.probability;
                assert!(close(node.belief.iter().sum(), 1.0) && node.probability > 0.0);
                match &node.next {
                    TranscriptStep::Act(action) => {
                        given += node.given_type;
                        let states = node.belief.iter().enumerate();
                        let expected: f64 =
                            states.map(|(state, belief)| belief * instance.user.utility[(*action, state)]).sum();
                        user += node.probability * expected;
                    }
                    TranscriptStep::Ask { expected, then, .. } => {
                        assert!(expected.iter().all(|answers| close(answers.iter().sum(), 1.0)));
                        assert!(close(then.iter().map(|reply| reply.likely).sum(), 1.0));
                    }
                }
            });
        }
        assert!(levels.iter().all(|&level| close(level, 1.0)) && close(given, 2.0), "{levels:?} {given}");
        assert!(close(user, worth.user));
        assert_eq!((count, all.left_out), (all.nodes, 0));
        // With a limit the transcript contains the first nodes, and counts the others.
        let some = game.transcript(&rules, &plan, 5).unwrap();
        assert_eq!((some.nodes, some.left_out), (5, all.nodes - 5));
    }
}

#[test]
fn samples_agree_with_what_is_exact() {
    for seed in 0..6 {
        let instance = typed(Size { types: 2, signals: 3, actions: 3, agents: 2 }, seed % 2 == 0, seed);
        let protocol = Protocol::new(2, 2, 2);
        let game = game(&instance, &protocol);
        let rules = random_rules(&protocol, &instance, seed);
        let (plan, worth) = game.respond(&rules, Ties::First);
        let sample = game.sample(&rules, &plan, seed, 100_000, 3).unwrap();
        assert_eq!((sample.count, sample.conversations.len()), (100_000, 3));
        let exact = std::iter::once(worth.user).chain(worth.agents);
        for (estimate, exact) in std::iter::once(&sample.user).chain(&sample.agents).zip(exact) {
            assert!(estimate.standard_error > 0.0 && estimate.standard_error < 0.01, "{estimate:?}");
            assert!((estimate.mean - exact).abs() <= 5.0 * estimate.standard_error, "{seed}: {estimate:?} {exact}");
        }
        // The same seed gives the same result, on one thread and on several. Another seed gives
        // another sample.
        let pool = |threads| rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
        for threads in [1, 3] {
            let again = pool(threads).install(|| game.sample(&rules, &plan, seed, 100_000, 3)).unwrap();
            assert_eq!(again, sample);
        }
        assert_ne!(game.sample(&rules, &plan, seed + 1, 100_000, 3).unwrap().user, sample.user);
    }
}

#[test]
fn best_responses_are_the_same_on_any_number_of_threads() {
    let instance = typed(Size { types: 3, signals: 3, actions: 3, agents: 2 }, false, 8);
    let protocol = Protocol::new(3, 2, 2);
    let game = game(&instance, &protocol);
    let rules = random_rules(&protocol, &instance, 8);
    let [one, three] = [1, 3].map(|threads| {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
        pool.install(|| game.respond(&rules, Ties::For(1)))
    });
    assert_eq!(one, three);
}
