//! An agent's best conversation rule against the others'.

mod common;

use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;
use std::time::Instant;
use suasion_certificate::{ReplyProgram, reply_upper_bound};
use suasion_equilibrium::ConversationGame;
use suasion_model::{ConversationRule, Family, Protocol};
use suasion_persuasion::{Settings, make_plausible};

fn random_rule(protocol: &Protocol, observations: usize, rng: &mut ChaCha8Rng) -> ConversationRule {
    let mut rule = ConversationRule::silence(protocol, observations);
    for round in &mut rule.rounds {
        for row in round.chunks_mut(protocol.agent_alphabet()) {
            row.fill_with(|| -rng.random::<f64>().ln());
            make_plausible(row);
        }
    }
    rule
}

#[test]
#[ignore]
fn explore() {
    for seed in 0..4 {
        let instance = common::generated(Family::Uniform, 3, 3, 2, seed);
        let protocol = Protocol::new(2, 2, 2);
        let settings = Settings { nodes: Some(20000), ..Settings::with_time_limit(std::time::Duration::from_secs(60)) };
        let game =
            ConversationGame::new(&instance, 0, &protocol, ConversationGame::MOST_NODES, &Settings::default()).unwrap();
        let mut rng = ChaCha8Rng::seed_from_u64(seed);
        for kind in ["random", "revelation", "silence"] {
            let rules: Vec<ConversationRule> = match kind {
                "random" => (0..2).map(|_| random_rule(&protocol, 3, &mut rng)).collect(),
                "silence" => game.silence(),
                _ => game.revelation(),
            };
            let start = Instant::now();
            let quick = game.reply_by_search(0, &rules).unwrap();
            let quick_time = start.elapsed();
            let start = Instant::now();
            let reply = game.reply(0, &rules, &settings).unwrap();
            let time = start.elapsed();
            let program = ReplyProgram::new(&instance, 0, &protocol, 0, &rules).unwrap();
            let start = Instant::now();
            let bound = reply_upper_bound(&program, &reply.tree).unwrap_or(f64::NAN);
            eprintln!(
                "{seed} {kind}: {} columns {} rows, quick {:.6} in {quick_time:?}, exact {:.9} bound {:.9} proved {:.9} ({:?}) in {time:?}, {} nodes, {:?}",
                program.columns.len(),
                program.rows(),
                quick.value,
                reply.value,
                reply.bound,
                bound,
                start.elapsed(),
                reply.nodes,
                reply.stopped
            );
        }
    }
}
#[test]
#[ignore]
fn explore_sizes() {
    for (n, m, k, r, u, a) in [
        (3, 3, 2, 2, 3, 3),
        (4, 4, 2, 2, 2, 2),
        (3, 3, 3, 2, 2, 2),
        (5, 5, 2, 2, 2, 2),
        (3, 3, 2, 3, 2, 2),
        (3, 3, 2, 2, 1, 2),
        (6, 4, 2, 1, 2, 3),
        (3, 3, 3, 1, 1, 3),
        (4, 4, 2, 2, 3, 3),
    ] {
        for seed in 0..2 {
            let instance = common::generated(Family::Uniform, n, m, k, seed);
            let protocol = Protocol::new(r, u, a);
            let settings =
                Settings { nodes: Some(20000), ..Settings::with_time_limit(std::time::Duration::from_secs(10)) };
            let game =
                ConversationGame::new(&instance, 0, &protocol, ConversationGame::MOST_NODES, &Settings::default())
                    .unwrap();
            let mut rng = ChaCha8Rng::seed_from_u64(seed);
            for kind in ["random", "revelation"] {
                let rules: Vec<ConversationRule> = match kind {
                    "random" => (0..k).map(|_| random_rule(&protocol, n, &mut rng)).collect(),
                    _ => game.revelation(),
                };
                let start = Instant::now();
                let quick = game.reply_by_search(0, &rules).unwrap();
                let quick_time = start.elapsed();
                let start = Instant::now();
                let reply = match game.reply(0, &rules, &settings) {
                    Ok(r) => r,
                    Err(e) => {
                        eprintln!("{n} {m} {k} R{r} U{u} M{a} {kind}: {e}; quick {:.6} in {quick_time:?}", quick.value);
                        continue;
                    }
                };
                let time = start.elapsed();
                let program = ReplyProgram::new(&instance, 0, &protocol, 0, &rules).unwrap();
                let start = Instant::now();
                let bound = reply_upper_bound(&program, &reply.tree).unwrap_or(f64::NAN);
                eprintln!(
                    "{n}x{m} k{k} R{r} U{u} M{a} {kind}: nodes {:.0} {} columns {} rows, quick {:.6} in {quick_time:?}, value {:.9} bound {:.9} proved {:.9} ({:?}) in {time:?}, {} nodes, {:?} exact {}",
                    protocol.size(k, 1).nodes,
                    program.columns.len(),
                    program.rows(),
                    quick.value,
                    reply.value,
                    reply.bound,
                    bound,
                    start.elapsed(),
                    reply.nodes,
                    reply.stopped,
                    reply.exact
                );
            }
        }
    }
}
