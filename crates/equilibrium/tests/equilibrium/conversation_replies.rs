//! An agent's best conversation rule against the other agents' rules: brute force, known answers,
//! and impossible cases.

use crate::common::generated;
use crate::common::plans::{best_value, conversations};
use crate::common::typed::{Size, typed};
use proptest::prelude::*;
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;
use std::path::Path;
use suasion_certificate::{ReplyProgram, reply_upper_bound};
use suasion_equilibrium::{ConversationGame, ConversationReply, Ties};
use suasion_model::{ConversationRule, Family, Instance, Objective, Opening, Protocol};
use suasion_persuasion::{Settings, experiment, make_plausible, mechanism, persuade};

const CLOSE: f64 = 2e-7;

fn random_rule(protocol: &Protocol, observations: usize, rng: &mut ChaCha8Rng) -> ConversationRule {
    let mut rule = ConversationRule::silence(protocol, observations);
    for row in rule.rounds.iter_mut().flat_map(|round| round.chunks_mut(protocol.agent_alphabet())) {
        if rng.random_bool(0.3) {
            continue;
        }
        row.fill_with(|| -rng.random::<f64>().ln());
        make_plausible(row);
    }
    rule
}

fn random_rules(game: &Instance, protocol: &Protocol, seed: u64) -> Vec<ConversationRule> {
    let mut rng = ChaCha8Rng::seed_from_u64(seed);
    (0..game.agents.len()).map(|_| random_rule(protocol, game.observations(), &mut rng)).collect()
}

/// The first agent's best reply, with its bound proved and close to it. The user's plan is a best
/// response.
fn replied(instance: &Instance, protocol: &Protocol, rules: &[ConversationRule]) -> ConversationReply {
    let game = conversations(instance, protocol);
    let reply = game.reply(0, rules, &Settings::default()).unwrap();
    let program = ReplyProgram::new(instance, 0, protocol, 0, rules).unwrap();
    let proved = reply_upper_bound(&program, &reply.tree).unwrap();
    assert!((proved - reply.bound).abs() < CLOSE, "proved {proved}, said {}", reply.bound);
    assert!(reply.value <= proved + CLOSE);
    let mut rules = rules.to_vec();
    rules[0] = reply.rule.clone();
    let rules = game.checked(rules).unwrap();
    let worth = game.worth(&rules, &reply.plan).unwrap();
    assert!((worth.agents[0] - reply.value).abs() < 1e-9);
    let (_, best) = game.respond(&rules, Ties::First);
    assert!(worth.user >= best.user - CLOSE, "she gets {} and could get {}", worth.user, best.user);
    reply
}

/// The result is exact, and equals that of brute force.
fn agrees(instance: &Instance, protocol: &Protocol, seed: u64) {
    let rules = random_rules(instance, protocol, seed);
    let expected = best_value(instance, protocol, 0, &rules);
    let reply = replied(instance, protocol, &rules);
    let what = format!("{} {protocol:?}, seed {seed}, {} nodes", instance.name, reply.nodes);
    assert!(reply.exact, "{what}");
    assert!((reply.bound - expected).abs() < CLOSE, "{what}: bound {}, expected {expected}", reply.bound);
    assert!((reply.value - expected).abs() < CLOSE, "{what}: value {}, expected {expected}", reply.value);
    let game = conversations(instance, protocol);
    let quick = game.reply_by_search(0, &rules).unwrap();
    assert!(quick.value <= expected + CLOSE, "{what}: in a hurry {}, expected {expected}", quick.value);
    let better = game.reply_from_starts(0, &rules, 5, seed).unwrap();
    assert!(better.value <= expected + CLOSE && better.value >= quick.value, "{what}: from starts {}", better.value);
}

#[test]
fn brute_force_over_the_users_plans_agrees() {
    let opened = |protocol: Protocol| Protocol { opening: Opening::Agents, ..protocol };
    for seed in 0..6 {
        for (states, actions, agents, protocol) in [
            (2, 2, 2, Protocol::new(1, 2, 2)),
            (3, 2, 2, Protocol::new(1, 1, 2)),
            (3, 3, 1, Protocol::new(1, 1, 2)),
            (3, 2, 1, Protocol::new(2, 1, 2)),
            (2, 2, 1, Protocol::new(2, 2, 2)),
            (3, 2, 1, opened(Protocol::new(2, 2, 2))),
        ] {
            agrees(&generated(Family::Uniform, states, actions, agents, seed), &protocol, seed);
        }
        // A user with private information, and agents that observe different signals.
        for (size, shared, protocol) in [
            (Size { types: 2, signals: 2, actions: 2, agents: 1 }, true, Protocol::new(1, 2, 2)),
            (Size { types: 2, signals: 2, actions: 2, agents: 1 }, true, opened(Protocol::new(1, 2, 2))),
            (Size { types: 2, signals: 3, actions: 3, agents: 1 }, true, Protocol::new(1, 2, 2)),
            (Size { types: 2, signals: 2, actions: 2, agents: 2 }, false, Protocol::new(1, 1, 2)),
        ] {
            agrees(&typed(size, shared, seed), &protocol, seed);
        }
    }
}

/// Deterministic answers are rules, too: no such rule has a higher value, and with enough answers
/// one comes close.
#[test]
fn no_deterministic_rule_is_worth_more() {
    for seed in 0..4 {
        for protocol in [Protocol::new(1, 2, 2), Protocol::new(2, 1, 2)] {
            let instance = generated(Family::Uniform, 2, 2, 2, seed);
            let rules = random_rules(&instance, &protocol, seed);
            let reply = replied(&instance, &protocol, &rules);
            let game = conversations(&instance, &protocol);
            let questions: Vec<usize> = (0..protocol.rounds).map(|round| 2 * protocol.questions(round)).collect();
            let mut best = f64::NEG_INFINITY;
            for number in 0..1usize << questions.iter().sum::<usize>() {
                let bit = |round: usize, x: usize, question: usize| {
                    let before: usize = questions[..round].iter().sum();
                    number >> (before + x * protocol.questions(round) + question) & 1
                };
                let mut others = rules.clone();
                others[0] = ConversationRule::certain(&protocol, 2, bit);
                best = best.max(game.respond(&others, Ties::For(0)).1.agents[0]);
            }
            assert!(best <= reply.value + CLOSE, "{protocol:?}, seed {seed}: {best} > {}", reply.value);
            assert!(best > f64::NEG_INFINITY);
        }
    }
}

/// Two rounds with another agent that answers questions, too: the user's first question reports
/// what she will learn.
#[test]
fn brute_force_agrees_where_the_agent_listens_twice() {
    for seed in 0..3 {
        let instance = generated(Family::Uniform, 2, 2, 2, seed);
        let protocol = Protocol { opening: Opening::Agents, ..Protocol::new(2, 2, 1) };
        agrees(&instance, &protocol, seed);
    }
}

/// One agent, one round: as many signals as messages (Kamenica & Gentzkow 2011).
#[test]
fn one_agent_in_one_round_is_the_kernel() {
    for family in [Family::Uniform, Family::Opposed, Family::Quadratic, Family::Threshold] {
        for seed in 0..3 {
            let instance = generated(family, 4, 3, 1, seed);
            let view = instance.view(0, 0).unwrap();
            let optimum = persuade(&view, &Objective::agent(0), None, &Settings::default()).unwrap();
            let value = optimum.scheme.value(&view.prior, &instance.agents[0].utility);
            for user_messages in [1, 2] {
                let protocol = Protocol::new(1, user_messages, 4);
                let silence = vec![ConversationRule::silence(&protocol, 4)];
                let reply = replied(&instance, &protocol, &silence);
                assert!((reply.value - value).abs() < CLOSE, "{family:?} {seed}: {} of {value}", reply.value);
                assert!((reply.bound - value).abs() < CLOSE);
            }
        }
    }
}

/// With one agent, alphabets that are large enough attain the value of a mechanism, and no alphabet
/// exceeds it. More rounds or messages never hurt.
#[test]
fn one_agent_reaches_report_and_recommend_and_never_passes_it() {
    for seed in 0..5 {
        let instance = typed(Size { types: 2, signals: 2, actions: 3, agents: 1 }, true, seed);
        let view = instance.typed_view(0, 0).unwrap();
        let most = {
            let most = mechanism(&view, &Objective::agent(0), None, &Settings::default()).unwrap();
            most.scheme.value(&view.agents()[0])
        };
        let once = {
            let once = experiment(&view, &Objective::agent(0), None, &Settings::default()).unwrap();
            once.scheme.value(&view.agents()[0])
        };
        let best = |protocol: &Protocol| {
            let silence = vec![ConversationRule::silence(protocol, instance.observations())];
            let reply = replied(&instance, protocol, &silence);
            assert!(reply.exact);
            assert!(reply.value <= most + CLOSE, "{protocol:?}: {} of {most}", reply.value);
            reply.value
        };
        let agents_open = |rounds, answers| Protocol { opening: Opening::Agents, ..Protocol::new(rounds, 2, answers) };
        // One round without a report: experiments.
        assert!((best(&agents_open(1, 6)) - once).abs() < CLOSE);
        assert!((best(&Protocol::new(1, 2, 3)) - most).abs() < CLOSE);
        assert!((best(&agents_open(2, 3)) - most).abs() < CLOSE);
        assert!((best(&Protocol::new(2, 2, 2)) - most).abs() < CLOSE);
        let grid: Vec<Vec<f64>> = (1..=2).map(|r| (1..=3).map(|a| best(&Protocol::new(r, 2, a))).collect()).collect();
        for row in &grid {
            assert!(row.windows(2).all(|pair| pair[1] >= pair[0] - CLOSE), "{grid:?}");
        }
        for (one, two) in grid[0].iter().zip(&grid[1]) {
            assert!(two >= &(one - CLOSE), "{grid:?}");
        }
        for answers in 1..=3 {
            assert!(best(&Protocol::new(1, 2, answers)) >= best(&Protocol::new(1, 1, answers)) - CLOSE);
        }
    }
}

/// The published gap between an experiment and a conversation: 1/2 and 3/5.
#[test]
fn two_rounds_beat_one_where_the_seller_has_to_ask() {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../instances/conversation-beats-menu.json");
    let instance = Instance::read(&file).unwrap();
    let value = |rounds| {
        let protocol = Protocol { opening: Opening::Agents, ..Protocol::new(rounds, 2, 2) };
        replied(&instance, &protocol, &[ConversationRule::silence(&protocol, 2)]).value
    };
    assert!((value(1) - 0.5).abs() < CLOSE);
    assert!((value(2) - 0.6).abs() < CLOSE);
}

/// If the user's alphabet is too small to report what she observed, the bound is still valid. The
/// same holds if a limit stops the search.
#[test]
fn bounds_hold_where_the_program_is_a_relaxation_or_the_search_ends_early() {
    for seed in 0..4 {
        let instance = generated(Family::Uniform, 3, 3, 2, seed);
        for (protocol, nodes) in [(Protocol::new(2, 2, 3), 3), (Protocol::new(2, 2, 2), 1)] {
            let rules = random_rules(&instance, &protocol, seed);
            let game = conversations(&instance, &protocol);
            let settings = Settings { nodes: Some(nodes), ..Settings::default() };
            let reply = game.reply(0, &rules, &settings).unwrap();
            assert_eq!(reply.exact, protocol.agent_alphabet() == 2);
            let program = ReplyProgram::new(&instance, 0, &protocol, 0, &rules).unwrap();
            let proved = reply_upper_bound(&program, &reply.tree).unwrap();
            assert!((proved - reply.bound).abs() < CLOSE || reply.stopped.is_some());
            assert!(reply.value <= proved + CLOSE);
            let mut rng = ChaCha8Rng::seed_from_u64(seed);
            for _ in 0..50 {
                let mut others = rules.clone();
                others[0] = random_rule(&protocol, 3, &mut rng);
                let (_, worth) = game.respond(&others, Ties::For(0));
                assert!(worth.agents[0] <= proved + CLOSE, "{} > {proved}", worth.agents[0]);
            }
        }
    }
}

/// A tree that is too large for the program gives an error, and the heuristic still works.
#[test]
fn what_is_too_large_is_refused() {
    let instance = generated(Family::Uniform, 3, 3, 3, 0);
    let protocol = Protocol::new(2, 2, 2);
    let game = conversations(&instance, &protocol);
    let rules = random_rules(&instance, &protocol, 1);
    let error = game.reply(0, &rules, &Settings::default()).unwrap_err();
    assert!(error.to_string().contains("there are more than"), "{error}");
    assert!(game.reply_by_search(0, &rules).is_ok());
    let refused = ConversationGame::new(&instance, 0, &Protocol::new(4, 9, 9), 1_000_000, &Settings::default());
    assert!(refused.err().is_some_and(|error| error.to_string().contains("nodes of the conversation tree")));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    /// No rule has a value above the bound.
    #[test]
    fn no_rule_is_worth_more_than_the_bound(seed in 0..1000u64, rounds in 1..3usize, asked in 1..3usize, answers in 2..3usize) {
        let instance = typed(Size { types: 1 + seed as usize % 2, signals: 3, actions: 3, agents: 2 }, seed % 3 == 0, seed);
        let protocol = Protocol::new(rounds, asked, answers);
        let rules = random_rules(&instance, &protocol, seed);
        let game = conversations(&instance, &protocol);
        let settings = Settings { nodes: Some(30), ..Settings::default() };
        let reply = game.reply(0, &rules, &settings).unwrap();
        let program = ReplyProgram::new(&instance, 0, &protocol, 0, &rules).unwrap();
        let proved = reply_upper_bound(&program, &reply.tree).unwrap();
        prop_assert!(reply.value <= proved + CLOSE);
        let mut rng = ChaCha8Rng::seed_from_u64(seed);
        for _ in 0..20 {
            let mut others = rules.clone();
            others[0] = random_rule(&protocol, instance.observations(), &mut rng);
            let (_, worth) = game.respond(&others, Ties::For(0));
            prop_assert!(worth.agents[0] <= proved + CLOSE, "{} > {}", worth.agents[0], proved);
        }
    }
}
