//! Conversation rules: which messages are treated alike, what is revealed, and what is refused.

use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;
use suasion_model::{ConversationRule, Protocol, RuleError, SignalScheme};

/// A rule whose answers all have probability zero or one.
fn random(protocol: &Protocol, observations: usize, seed: u64) -> ConversationRule {
    let mut rng = ChaCha8Rng::seed_from_u64(seed);
    let mut rule = ConversationRule::silence(protocol, observations);
    for row in rule.rounds.iter_mut().flat_map(|round| round.chunks_mut(2)) {
        let rows = [[1.0, 0.0], [0.5, 0.5]];
        row.copy_from_slice(&rows[usize::from(rng.random_bool(0.3))]);
    }
    rule
}

/// Whether two questions of a round are answered alike, then and ever after, by the definition.
fn same(rule: &ConversationRule, protocol: &Protocol, n: usize, round: usize, left: usize, right: usize) -> bool {
    if (0..n).any(|x| rule.answers(protocol, round, x, left) != rule.answers(protocol, round, x, right)) {
        return false;
    }
    let alphabet = if round + 1 < protocol.rounds { protocol.user_alphabet(round + 1) } else { 0 };
    (0..2 * alphabet).all(|k| {
        let next = |question: usize| (question * 2 + k / alphabet) * alphabet + k % alphabet;
        same(rule, protocol, n, round + 1, next(left), next(right))
    })
}

#[test]
fn messages_that_are_answered_alike_are_one() {
    let (mut merged, mut apart) = (0, 0);
    for seed in 0..40 {
        let protocol = Protocol::new(1 + seed as usize % 3, 3, 2);
        let rule = random(&protocol, 2, seed);
        let alike = rule.alike(&protocol, 2);
        for round in 0..protocol.rounds {
            assert_eq!(alike[round].len(), protocol.questions(round));
            for question in 0..protocol.questions(round) {
                let (history, message) = (question / 3, question % 3);
                let first = (0..=message).find(|m| same(&rule, &protocol, 2, round, history * 3 + m, question));
                assert_eq!(Some(alike[round][question]), first, "seed {seed}, round {round}, question {question}");
                merged += usize::from(first != Some(message));
                apart += usize::from(first == Some(message) && message > 0);
            }
        }
    }
    assert!(merged > 50 && apart > 50, "{merged} merged, {apart} apart");
}

/// A million messages that are all answered alike are handled in one pass.
#[test]
fn many_messages_are_compared_at_once() {
    let protocol = Protocol::new(1, 1_000_000, 1);
    let rule = ConversationRule::silence(&protocol, 1);
    assert!(rule.alike(&protocol, 1)[0].iter().all(|first| *first == 0));
}

#[test]
fn what_is_told_is_the_number_of_the_observation_from_its_last_digit() {
    let protocol = Protocol::new(2, 1, 3);
    let rule = ConversationRule::revelation(&protocol, &[0, 5, 7, 12]);
    rule.check(&protocol, 4).unwrap();
    // In base three, 5 is 12 and 7 is 21. 12 is too large and is sent as 8, which is 22.
    for (x, digits) in [(0, [0, 0]), (1, [2, 1]), (2, [1, 2]), (3, [2, 2])] {
        for (round, digit) in digits.into_iter().enumerate() {
            assert_eq!(rule.answers(&protocol, round, x, 0)[digit], 1.0, "observation {x}, round {round}");
        }
    }
    let scheme = SignalScheme { signals: vec![vec![(0, 0.25), (1, 1.0)], vec![(0, 0.75)]] };
    let rule = ConversationRule::of_scheme(&protocol, 2, &scheme).unwrap();
    assert_eq!(rule.answers(&protocol, 1, 0, 2), [0.25, 0.75, 0.0]);
    assert_eq!(ConversationRule::of_scheme(&Protocol::new(1, 1, 1), 2, &scheme), None);
}

#[test]
fn what_is_no_rule_is_refused() {
    let protocol = Protocol::new(2, 2, 2);
    let good = ConversationRule::silence(&protocol, 2);
    assert_eq!(good.check(&protocol, 2), Ok(()));
    assert_eq!(good.check(&Protocol::new(1, 2, 2), 2), Err(RuleError::Rounds { found: 2, expected: 1 }));
    assert_eq!(good.check(&protocol, 3), Err(RuleError::Length { round: 1, found: 8, expected: 12 }));
    let mut bad = good.clone();
    bad.rounds[1][0] = f64::NAN;
    assert!(matches!(bad.check(&protocol, 2), Err(RuleError::Probability { round: 2, .. })));
    bad.rounds[1][0] = 0.5;
    let sum = RuleError::Sum { round: 2, observation: 0, question: 0, found: 0.5 };
    assert_eq!(bad.check(&protocol, 2), Err(sum));
}
