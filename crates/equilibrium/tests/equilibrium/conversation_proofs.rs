//! Attacks on the bound that a tree proves for an agent's best conversation rule: no rule has a
//! higher value. Also, `HiGHS` alone solves the same program.

use crate::common::generated;
use crate::common::plans::{best_value, conversations};
use crate::common::typed::{Size, typed};
use proptest::prelude::*;
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;
use suasion_certificate::{ProofError, ReplyNode, ReplyProgram, reply_upper_bound};
use suasion_equilibrium::Ties;
use suasion_lp::{LpOptions, Model, Sense, Sparse, Stop};
use suasion_model::{ConversationRule, Family, Information, Instance, Matrix, Opening, Protocol};
use suasion_persuasion::{Settings, make_plausible};

const CLOSE: f64 = 2e-7;

/// A rule with many answers of probability zero.
fn sparse_rule(protocol: &Protocol, observations: usize, rng: &mut ChaCha8Rng) -> ConversationRule {
    let mut rule = ConversationRule::silence(protocol, observations);
    for row in rule.rounds.iter_mut().flat_map(|round| round.chunks_mut(protocol.agent_alphabet())) {
        row.fill_with(|| if rng.random_bool(0.3) { 0.0 } else { -rng.random::<f64>().ln() });
        make_plausible(row);
    }
    rule
}

/// The agents' rules: random, no information, full information, or a mix.
fn profile(instance: &Instance, protocol: &Protocol, rng: &mut ChaCha8Rng) -> Vec<ConversationRule> {
    let n = instance.observations();
    let rule = |_| match rng.random_range(0..4) {
        0 => ConversationRule::silence(protocol, n),
        1 => ConversationRule::revelation(protocol, &(0..n).collect::<Vec<usize>>()),
        _ => sparse_rule(protocol, n, rng),
    };
    (0..instance.agents.len()).map(rule).collect()
}

/// A game with unusual features: a user who dislikes everything, a type without mass, a signal that
/// nobody observes, an agent with nothing to gain, a prior above one.
fn odd(size: Size, seed: u64, rng: &mut ChaCha8Rng) -> Instance {
    let mut instance = typed(size, rng.random(), seed);
    let shift =
        |utility: &Matrix, by: f64| Matrix::from_fn(utility.rows(), utility.columns(), |a, y| utility[(a, y)] - by);
    if rng.random() {
        instance.user.utility = shift(&instance.user.utility, 7.0);
    }
    if rng.random_bool(0.2) {
        instance.agents[0].utility = Matrix::from_fn(size.actions, 3, |_, _| -1.5);
    }
    if rng.random_bool(0.2) {
        // A user who always gets the maximum.
        instance.user.utility = Matrix::from_fn(size.actions, 3, |a, _| f64::from(u8::from(a == 0)));
    }
    let Information::Worlds { types, signals, worlds } = &mut instance.information else { return instance };
    if rng.random_bool(0.3) {
        types.insert(0, "nobody".into());
        for world in &mut *worlds {
            world.user += 1;
        }
    }
    if rng.random_bool(0.3) {
        signals.push("nothing".into());
    }
    if rng.random_bool(0.3) {
        worlds[0].probability = (worlds[0].probability + 1e-9).min(1.0);
    }
    instance
}

/// No rule that is drawn, searched for or found has a value above the bound. If nothing stopped an
/// exact search, one rule attains it.
fn attack(seed: u64, size: Size, protocol: &Protocol) -> Result<bool, TestCaseError> {
    let mut rng = ChaCha8Rng::seed_from_u64(seed);
    let instance = odd(size, seed, &mut rng);
    let rules = profile(&instance, protocol, &mut rng);
    let program = match ReplyProgram::new(&instance, 0, protocol, 0, &rules) {
        // Larger ones take too long for a test.
        Ok(program) if program.columns.len() <= 2000 => program,
        Ok(_) | Err(ProofError::TooLarge { .. }) => return Ok(false),
        Err(other) => panic!("{other}"),
    };
    let game = conversations(&instance, protocol);
    let reply = game.reply(0, &rules, &Settings { nodes: Some(40), ..Settings::default() }).unwrap();
    let proved = reply_upper_bound(&program, &reply.tree).unwrap();
    let what = format!("{size:?} {protocol:?} seed {seed}");
    prop_assert!(reply.value <= proved + CLOSE, "{what}: found {} > {proved}", reply.value);
    let searched = game.reply_by_search(0, &rules).unwrap().value;
    prop_assert!(searched <= proved + CLOSE, "{what}: searched {searched} > {proved}");
    if reply.exact && reply.stopped.is_none() {
        prop_assert!(proved <= reply.value + CLOSE, "{what}: found {}, proved {proved}", reply.value);
    }
    // Other multipliers prove a weaker bound, or one that is hardly tighter if the solver left a
    // tolerance.
    for _ in 0..3 {
        let mut tree = reply.tree.clone();
        for node in &mut tree {
            if let ReplyNode::Leaf(multipliers) = node {
                for (_, y) in multipliers {
                    *y *= rng.random_range(0.5..1.5);
                }
            }
        }
        let other = reply_upper_bound(&program, &tree).unwrap();
        prop_assert!(reply.value <= other + CLOSE, "{what}: found {} > {other}, proved otherwise", reply.value);
    }
    for _ in 0..30 {
        let mut others = rules.clone();
        others[0] = sparse_rule(protocol, instance.observations(), &mut rng);
        let drawn = game.respond(&others, Ties::For(0)).1.agents[0];
        prop_assert!(drawn <= proved + CLOSE, "{what}: drawn {drawn} > {proved}");
        // A mixture with the best rule is nearly as good, and not better.
        for (row, best) in others[0].rounds.iter_mut().zip(&reply.rule.rounds) {
            for (p, best) in row.iter_mut().zip(best) {
                *p = 0.01 * *p + 0.99 * best;
            }
            for answers in row.chunks_mut(protocol.agent_alphabet()) {
                make_plausible(answers);
            }
        }
        let near = game.respond(&others, Ties::For(0)).1.agents[0];
        prop_assert!(near <= proved + CLOSE, "{what}: near the best {near} > {proved}");
    }
    Ok(true)
}

/// An answer that is almost never given, after which she loses almost nothing by the agent's
/// favorite action: not a tie.
#[test]
fn what_nearly_ties_is_no_tie() {
    let size = Size { types: 2, signals: 1, actions: 2, agents: 1 };
    assert!(attack(19_708_663_845_727_039, size, &Protocol::new(2, 1, 2)).unwrap());
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]

    #[test]
    fn no_rule_passes_the_bound(
        seed in any::<u64>(),
        (types, signals, actions, agents) in (1..4usize, 1..4usize, 2..4usize, 1..4usize),
        (rounds, asked, answers) in (1..3usize, 1..4usize, 1..4usize),
        unasked in any::<bool>(),
    ) {
        let opening = if unasked { Opening::Agents } else { Opening::User };
        let protocol = Protocol { opening, ..Protocol::new(rounds, asked, answers) };
        attack(seed, Size { types, signals, actions, agents }, &protocol)?;
    }
}

/// The user's alphabet is too small to report all that she observed, or there are too many action
/// profiles to list: the bound is that of a relaxation.
#[test]
fn no_rule_passes_the_bound_of_a_relaxation() {
    let mut attacked = 0;
    for seed in 0..6 {
        for (types, actions, agents, protocol) in [
            (3, 2, 1, Protocol::new(1, 2, 2)),
            (3, 3, 2, Protocol::new(1, 2, 2)),
            (2, 3, 3, Protocol::new(1, 1, 3)),
            (1, 3, 2, Protocol::new(1, 2, 6)),
            (1, 2, 2, Protocol::new(2, 2, 3)),
            (2, 2, 3, Protocol { opening: Opening::Agents, ..Protocol::new(2, 1, 2) }),
        ] {
            let size = Size { types, signals: 2, actions, agents };
            attacked += usize::from(attack(seed, size, &protocol).unwrap());
        }
    }
    assert!(attacked >= 24, "only {attacked} were small enough");
}

/// The optimum of the program by the branch and cut of `HiGHS`, with all binary columns integer.
fn highs_alone(program: &ReplyProgram) -> f64 {
    let options = LpOptions { primal_tolerance: 1e-9, dual_tolerance: 1e-9, ..LpOptions::default() };
    let mut model = Model::new("best conversation rule", Sense::Maximise, options).unwrap();
    let columns = program.columns.len();
    let costs: Vec<f64> = (0..columns).map(|column| program.cost(column)).collect();
    let upper: Vec<f64> = (0..columns).map(|column| program.upper(column)).collect();
    model.add_columns(&costs, &vec![0.0; columns], &upper, &Sparse::empty(columns)).unwrap();
    let (lower, above): (Vec<f64>, Vec<f64>) = (0..program.rows()).map(|row| program.row_bounds(row)).unzip();
    let mut entries = Sparse::new();
    for row in 0..program.rows() {
        entries.add(program.row(row));
    }
    model.add_rows(&lower, &above, &entries).unwrap();
    model.set_integer(&(0..columns).filter(|&column| program.is_binary(column)).collect::<Vec<_>>()).unwrap();
    let outcome = model.solve().unwrap();
    assert_eq!(outcome.stop, Stop::Optimal);
    outcome.objective
}

/// The plain sequence-form program, all at once.
#[test]
fn highs_alone_finds_the_same_optimum() {
    let protocol = Protocol::new(2, 2, 2);
    for (states, seed) in (0..6).flat_map(|seed| [(2, seed), (3, seed)]) {
        let instance = generated(Family::Uniform, states, 2, 2, seed);
        let mut rng = ChaCha8Rng::seed_from_u64(seed);
        let rules: Vec<_> = (0..2).map(|_| sparse_rule(&protocol, states, &mut rng)).collect();
        let reply = conversations(&instance, &protocol).reply(0, &rules, &Settings::default()).unwrap();
        let program = ReplyProgram::new(&instance, 0, &protocol, 0, &rules).unwrap();
        let alone = highs_alone(&program);
        assert!((reply.bound - reply.value).abs() < CLOSE);
        assert!((alone - reply.value).abs() < 1e-5, "{} states, seed {seed}: {alone} and {}", states, reply.value);
    }
    // If brute force is feasible, it decides which is right.
    let protocol = Protocol::new(1, 2, 2);
    for seed in 0..4 {
        let instance = generated(Family::Uniform, 2, 2, 2, seed);
        let mut rng = ChaCha8Rng::seed_from_u64(seed);
        let rules: Vec<_> = (0..2).map(|_| sparse_rule(&protocol, 2, &mut rng)).collect();
        let program = ReplyProgram::new(&instance, 0, &protocol, 0, &rules).unwrap();
        let expected = best_value(&instance, &protocol, 0, &rules);
        assert!((highs_alone(&program) - expected).abs() < 1e-5);
    }
}
