//! Conversations: best responses against brute force, closed forms and games of one message; what a quantal user gets.

mod common;

use common::typed::{Size, typed};
use proptest::prelude::*;
use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;
use suasion_equilibrium::{AllAgentsGame, ConversationGame, ConversationWorth, Ties, UserRule};
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

/// All values of all plans of one type from a round on, by rules alone: every combination of messages, and upon every combination of answers every way to go on.
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

/// What every deterministic plan from here on is worth to the user: the values of all sums of one plan per combination of answers. Without any use of the principle of
/// optimality, so there are many.
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

/// Kamenica & Gentzkow (2011): the prosecutor says guilty to all who are, and to three in seven of those who are not; the judge is then indifferent.
#[test]
fn the_prosecutor() {
    let text = include_str!("../../../instances/prosecutor.json");
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

/// Who asks is answered, and who does not is not; she wants to know one thing of each agent, and only asking tells.
#[test]
fn she_asks_where_only_that_tells() {
    let instance = typed(Size { types: 1, signals: 3, actions: 3, agents: 2 }, true, 4);
    let protocol = Protocol::new(2, 2, 3);
    let game = game(&instance, &protocol);
    // In the first round both say nothing. In the second the first agent answers message 1 alone, and only if that was what it heard before.
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
        let worth_of = |game: &AllAgentsGame<'_>| game.certified_worth(&schemes);
        let _ = &worth_of;
        for protocol in [Protocol::new(1, 1, 3), Protocol::new(2, 2, 3)] {
            let game = game(&instance, &protocol);
            let rules = schemes.iter().map(|scheme| ConversationRule::of_scheme(&protocol, 3, scheme).unwrap());
            let rules = game.checked(rules.collect()).unwrap();
            let (_, worth) = game.respond(&rules, Ties::First);
            assert!(close(worth.user, 0.0), "{worth:?}");
        }
        assert!(close(one.full_information(), game(&instance, &Protocol::new(1, 1, 1)).full_information()));
    }
}
