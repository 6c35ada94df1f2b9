//! Profiles of conversation rules: claims against a plain computation in rationals, what was
//! changed is refused with the reason, and no multipliers make a bound too small.

use crate::common::{exact, judge_with_a_hunch, nearest, party, survives};
use dashu::rational::RBig;
use proptest::prelude::*;
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;
use suasion_certificate::{
    Certificate, ConversationRulesProof, Proof, ProofError, ReplyNode, ReplyProgram, reply_upper_bound,
};
use suasion_model::{
    AgentSignals, ConversationPlan, ConversationRule, Information, Instance, Labels, Matrix, Protocol, RuleError,
    Situation, Step,
};

type ConversationRulesCertificate = Certificate<ConversationRulesProof>;

/// The judge with a hunch, and one agent or two: a prosecutor, and one who likes what the judge
/// likes.
fn judge(agents: usize) -> Instance {
    let all = [Matrix::new(2, 2, vec![0.0, 0.0, 1.0, 1.0]), Matrix::new(2, 2, vec![2.0, 0.0, -1.0, 1.0])];
    let agents = all.into_iter().take(agents).map(|utility| party("agent", utility)).collect();
    judge_with_a_hunch("conversations", agents)
}

/// A rule in eighths, with many answers of no probability.
fn rule(protocol: &Protocol, rng: &mut ChaCha8Rng) -> ConversationRule {
    let mut rule = ConversationRule::silence(protocol, 2);
    for row in rule.rounds.iter_mut().flat_map(|round| round.chunks_mut(protocol.agent_alphabet())) {
        row.fill(0.0);
        for _ in 0..8 {
            row[rng.random_range(0..protocol.agent_alphabet())] += 0.125;
            if rng.random_bool(0.2) {
                let left = 1.0 - row.iter().sum::<f64>();
                row[0] += left;
                break;
            }
        }
    }
    rule
}

/// Everything that a walk needs.
struct Talk<'a> {
    instance: &'a Instance,
    protocol: &'a Protocol,
    rules: &'a [ConversationRule],
    worlds: Vec<Situation>,
}

/// The value of a plan to the user and to every agent.
type Worth = Vec<RBig>;

/// What she does upon all answers that may come.
type Upon = Vec<(Vec<usize>, Step)>;

impl<'a> Talk<'a> {
    fn new(instance: &'a Instance, protocol: &'a Protocol, rules: &'a [ConversationRule]) -> Self {
        Self { instance, protocol, rules, worlds: instance.situations(0) }
    }

    fn agents(&self) -> usize {
        self.rules.len()
    }

    /// All tuples of numbers below `most`, one for each agent, in increasing order.
    fn tuples(&self, most: usize) -> Vec<Vec<usize>> {
        let agents = self.agents() as u32;
        let digits = |k: usize| (0..agents).rev().map(|i| k / most.pow(i) % most).collect();
        (0..most.pow(agents)).map(digits).collect()
    }

    fn start(&self, t: usize) -> Vec<RBig> {
        let of = |world: &Situation| if world.user == t { exact(world.probability) } else { RBig::ZERO };
        self.worlds.iter().map(of).collect()
    }

    /// The weights of all worlds, and every agent's history, when it has answered.
    fn after(
        &self,
        round: usize,
        weights: &[RBig],
        histories: &[usize],
        messages: &[usize],
        answers: &[usize],
    ) -> (Vec<RBig>, Vec<usize>) {
        let question = |i: usize| histories[i] * self.protocol.user_alphabet(round) + messages[i];
        let answered = |i: usize, world: &Situation| {
            exact(self.rules[i].answers(self.protocol, round, world.observations[i], question(i))[answers[i]])
        };
        let weight = |(weight, world): (&RBig, &Situation)| {
            (0..self.agents()).fold(weight.clone(), |weight, i| weight * answered(i, world))
        };
        let told = (0..self.agents()).map(|i| question(i) * self.protocol.agent_alphabet() + answers[i]).collect();
        (weights.iter().zip(&self.worlds).map(weight).collect(), told)
    }

    fn acted(&self, weights: &[RBig], action: usize) -> Worth {
        let parties = std::iter::once(&self.instance.user).chain(&self.instance.agents);
        let worth = |utility: &Matrix| {
            let of = |(weight, world): (&RBig, &Situation)| weight * exact(utility[(action, world.state)]);
            weights.iter().zip(&self.worlds).map(of).fold(RBig::ZERO, |sum, next| sum + next)
        };
        parties.map(|party| worth(&party.utility)).collect()
    }

    /// All plans from a point on: the values of each, and each as a step.
    fn plans(&self, round: usize, weights: &[RBig], histories: &[usize]) -> Vec<(Worth, Step)> {
        if round == self.protocol.rounds {
            return (0..self.instance.actions.len()).map(|a| (self.acted(weights, a), Step::Act(a))).collect();
        }
        let mut plans = vec![];
        for messages in self.tuples(self.protocol.user_alphabet(round)) {
            let mut begun: Vec<(Worth, Upon)> = vec![(vec![RBig::ZERO; self.agents() + 1], vec![])];
            for answers in self.tuples(self.protocol.agent_alphabet()) {
                let (after, told) = self.after(round, weights, histories, &messages, &answers);
                if after.iter().all(|weight| *weight == RBig::ZERO) {
                    continue;
                }
                let next = self.plans(round + 1, &after, &told);
                let longer = |(worth, then): &(Worth, Upon)| {
                    let with = |(more, step): &(Worth, Step)| {
                        let worth = worth.iter().zip(more).map(|(l, r)| l + r).collect();
                        let mut then = then.clone();
                        then.push((answers.clone(), step.clone()));
                        (worth, then)
                    };
                    next.iter().map(with).collect::<Vec<_>>()
                };
                begun = begun.iter().flat_map(longer).collect();
            }
            let ask = |(worth, then)| (worth, Step::Ask { messages: messages.clone(), then });
            plans.extend(begun.into_iter().map(ask));
        }
        plans
    }

    /// All plans of a type.
    fn of_type(&self, t: usize) -> Vec<(Worth, Step)> {
        self.plans(0, &self.start(t), &vec![0; self.agents()])
    }

    /// What an agent gets where the user breaks ties in its favor.
    fn favored(&self, agent: usize) -> RBig {
        let best = |t| {
            let plans = self.of_type(t);
            let best = plans.iter().map(|(worth, _)| (&worth[0], &worth[agent + 1])).max().unwrap();
            best.1.clone()
        };
        (0..self.instance.types()).map(best).fold(RBig::ZERO, |sum, next| sum + next)
    }
}

/// A drawn profile with a drawn plan, and no trees.
fn drawn(instance: &Instance, protocol: &Protocol, rng: &mut ChaCha8Rng) -> ConversationRulesProof {
    let rules: Vec<_> = instance.agents.iter().map(|_| rule(protocol, rng)).collect();
    let talk = Talk::new(instance, protocol, &rules);
    let types = (0..instance.types()).map(|t| {
        let plans = talk.of_type(t);
        Some(plans[rng.random_range(0..plans.len())].1.clone())
    });
    let plan = ConversationPlan { types: types.collect() };
    let replies = vec![vec![]; rules.len()];
    ConversationRulesProof { prior: 0, slack: 5.0, protocol: protocol.clone(), rules, plan, replies }
}

const SIZES: [(usize, [usize; 3]); 3] = [(1, [1, 2, 3]), (2, [1, 2, 2]), (1, [2, 2, 2])];

/// The tiny trees on which all plans can be written out: agents, and rounds with alphabets.
fn sized(k: usize) -> (Instance, Protocol) {
    let (agents, [rounds, asked, answers]) = SIZES[k % SIZES.len()];
    (judge(agents), Protocol::new(rounds, asked, answers))
}

#[test]
fn claims_are_what_all_plans_written_out_say() {
    for seed in 0..24 {
        let (instance, protocol) = sized(seed as usize);
        let proof = drawn(&instance, &protocol, &mut ChaCha8Rng::seed_from_u64(seed));
        let talk = Talk::new(&instance, &protocol, &proof.rules);
        let mut values = vec![RBig::ZERO; talk.agents() + 1];
        let mut best = RBig::ZERO;
        for (t, step) in proof.plan.types.iter().enumerate() {
            let plans = talk.of_type(t);
            let (worth, _) = plans.iter().find(|(_, plan)| Some(plan) == step.as_ref()).unwrap();
            for (sum, value) in values.iter_mut().zip(worth) {
                *sum += value;
            }
            best += plans.iter().map(|(worth, _)| &worth[0]).max().unwrap();
        }
        let (certificate, verdict) = proof.clone().certify(&instance).unwrap();
        let claims = &certificate.claims;
        assert_eq!(claims.user_value, nearest(&values[0]), "seed {seed}");
        assert_eq!(claims.violation, nearest(&(best - &values[0])), "seed {seed}");
        assert_eq!(claims.agent_values, values[1..].iter().map(nearest).collect::<Vec<_>>());
        // Without trees, regrets are counted from every agent's best action in every world.
        let most = [RBig::ONE, exact(2.0 * 11.0 / 16.0 + 5.0 / 16.0)];
        for (agent, regret) in claims.regrets.iter().enumerate() {
            assert_eq!(*regret, nearest(&(&most[agent] - &values[agent + 1])), "seed {seed}");
        }
        assert_eq!(certificate.check(&instance).unwrap(), verdict);
        survives(proof, &instance);
    }
}

/// Any multipliers of the signs that they may have, on a few rows.
fn multipliers(program: &ReplyProgram, scale: f64, rng: &mut ChaCha8Rng) -> Vec<(usize, f64)> {
    let mut found = vec![];
    for row in 0..program.rows() {
        let (low, high) = program.row_bounds(row);
        if rng.random_bool(0.4) {
            let y = scale * rng.random_range(-1.0..1.0);
            if if y > 0.0 { high } else { low }.is_finite() {
                found.push((row, y));
            }
        }
    }
    found
}

/// A tree that splits at random.
fn tree(program: &ReplyProgram, scale: f64, free: &[usize], rng: &mut ChaCha8Rng) -> Vec<ReplyNode> {
    if free.is_empty() || rng.random_bool(0.4) {
        return vec![ReplyNode::Leaf(multipliers(program, scale, rng))];
    }
    let (column, rest) = (free[0], &free[1..]);
    let mut nodes = vec![ReplyNode::Split(column)];
    nodes.extend(tree(program, scale, rest, rng));
    nodes.extend(tree(program, scale, rest, rng));
    nodes
}

fn binary(program: &ReplyProgram) -> Vec<usize> {
    (0..program.columns.len()).filter(|&column| program.is_binary(column)).collect()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(60))]

    #[test]
    fn no_multipliers_make_the_bound_too_small(seed in any::<u64>(), k in 0..3usize, digits in 0..5i32) {
        let mut rng = ChaCha8Rng::seed_from_u64(seed);
        let (instance, protocol) = sized(k);
        let mut rules: Vec<_> = instance.agents.iter().map(|_| rule(&protocol, &mut rng)).collect();
        let agent = rng.random_range(0..rules.len());
        let program = ReplyProgram::new(&instance, 0, &protocol, agent, &rules).unwrap();
        let mut free = binary(&program);
        let skip = rng.random_range(0..free.len());
        free.rotate_left(skip);
        free.truncate(4);
        let bounds: Vec<f64> = (0..8)
            .map(|_| reply_upper_bound(&program, &tree(&program, 0.1_f64.powi(digits), &free, &mut rng)).unwrap())
            .collect();
        let least = bounds.into_iter().fold(f64::INFINITY, f64::min);
        for _ in 0..3 {
            rules[agent] = rule(&protocol, &mut rng);
            let value = nearest(&Talk::new(&instance, &protocol, &rules).favored(agent));
            prop_assert!(value <= least, "{value} > {least}");
        }
    }
}

/// A profile of two agents in one round, in which everything may happen, with a tree for each.
fn good() -> (Instance, ConversationRulesCertificate) {
    let (instance, protocol) = (judge(2), Protocol::new(1, 2, 2));
    let mut proof = drawn(&instance, &protocol, &mut ChaCha8Rng::seed_from_u64(1));
    for rule in &mut proof.rules {
        rule.rounds[0] = [[0.25, 0.75], [0.5, 0.5]].concat().repeat(2);
    }
    let then = |action| (0..4).map(|k| (vec![k / 2, k % 2], Step::Act(action))).collect();
    let step = |action| Some(Step::Ask { messages: vec![0, 1], then: then(action) });
    proof.plan = ConversationPlan { types: vec![step(0), step(1)] };
    let column = binary(&ReplyProgram::new(&instance, 0, &protocol, 0, &proof.rules).unwrap())[0];
    let leaf = || ReplyNode::Leaf(vec![]);
    proof.replies = vec![vec![leaf()], vec![ReplyNode::Split(column), leaf(), leaf()]];
    let certificate = proof.certify(&instance).unwrap().0;
    (instance, certificate)
}

fn refused(change: impl FnOnce(&mut ConversationRulesCertificate)) -> ProofError {
    let (instance, mut certificate) = good();
    change(&mut certificate);
    certificate.check(&instance).unwrap_err()
}

#[test]
fn changed_claims_are_refused() {
    let (instance, certificate) = good();
    certificate.check(&instance).unwrap();
    let changes: [fn(&mut ConversationRulesCertificate) -> &mut f64; 4] = [
        |c| &mut c.claims.user_value,
        |c| &mut c.claims.agent_values[1],
        |c| &mut c.claims.regrets[0],
        |c| &mut c.claims.violation,
    ];
    for claim in changes {
        for by in [f64::next_up, f64::next_down] {
            let refusal = refused(|c| *claim(c) = by(*claim(c)));
            assert!(matches!(refusal, ProofError::FalseClaim { .. } | ProofError::BadNumber { .. }), "{refusal}");
        }
    }
    assert!(matches!(refused(|c| c.claims.regrets.truncate(1)), ProofError::ClaimCount { .. }));
    assert!(matches!(refused(|c| c.claims.agent_values.push(0.0)), ProofError::ClaimCount { .. }));
}

#[test]
fn changed_rules_and_protocols_are_refused() {
    let cause = |refusal| match refusal {
        ProofError::Rule { agent: 1, cause } => cause,
        other => panic!("{other}"),
    };
    assert!(matches!(cause(refused(|c| c.proof.rules[1].rounds[0][0] = 0.5)), RuleError::Sum { round: 1, .. }));
    assert!(matches!(cause(refused(|c| c.proof.rules[1].rounds[0][0] = f64::NAN)), RuleError::Probability { .. }));
    assert!(matches!(cause(refused(|c| c.proof.rules[1].rounds[0][0] = -0.25)), RuleError::Probability { .. }));
    assert!(matches!(cause(refused(|c| c.proof.rules[1].rounds[0].truncate(3))), RuleError::Length { .. }));
    assert!(matches!(cause(refused(|c| c.proof.rules[1].rounds.clear())), RuleError::Rounds { found: 0, .. }));
    assert!(matches!(refused(|c| c.proof.rules.truncate(1)), ProofError::ClaimCount { list: "the rules", .. }));
    assert!(matches!(refused(|c| c.proof.replies.truncate(1)), ProofError::ClaimCount { list: "the replies", .. }));
    assert!(matches!(refused(|c| c.proof.protocol.rounds = 0), ProofError::Empty("rounds")));
    assert!(matches!(refused(|c| c.proof.protocol.agent_messages = Labels::Count(0)), ProofError::Empty(_)));
    assert!(matches!(refused(|c| c.proof.protocol.user_messages = Labels::Count(0)), ProofError::Empty(_)));
    for absurd in [65, usize::MAX] {
        assert!(matches!(refused(|c| c.proof.protocol.rounds = absurd), ProofError::TooLarge { what: "rounds", .. }));
    }
    for absurd in [100_000_000, usize::MAX] {
        let refusal = refused(|c| c.proof.protocol.user_messages = Labels::Count(absurd));
        assert!(matches!(refusal, ProofError::TooLarge { .. }), "{refusal}");
    }
    for slack in [-1.0, f64::NAN, f64::INFINITY] {
        assert!(matches!(refused(|c| c.proof.slack = slack), ProofError::BadNumber { .. }));
    }
    assert!(matches!(refused(|c| c.proof.prior = 1), ProofError::OutOfRange { set: "prior", .. }));
}

#[test]
fn changed_plans_are_refused() {
    fn first(c: &mut ConversationRulesCertificate) -> (&mut Vec<usize>, &mut Upon) {
        match &mut c.proof.plan.types[0] {
            Some(Step::Ask { messages, then }) => (messages, then),
            other => panic!("{other:?}"),
        }
    }
    let decisions = |change: fn(&mut ConversationRulesCertificate)| {
        let refusal = refused(change);
        assert!(matches!(refusal, ProofError::Decisions(_)), "{refusal}");
    };
    // What happens lacks a step, first, in the middle and last; what does not has one; and one
    // comes twice, or too early.
    decisions(|c| drop(first(c).1.remove(0)));
    decisions(|c| drop(first(c).1.remove(1)));
    decisions(|c| drop(first(c).1.pop()));
    decisions(|c| first(c).1.push((vec![1, 2], Step::Act(0))));
    decisions(|c| first(c).1.push((vec![1, 1], Step::Act(0))));
    decisions(|c| first(c).1.swap(0, 1));
    // Of what an agent never says there is nothing to decide.
    decisions(|c| c.proof.rules[0].rounds[0] = [1.0, 0.0].repeat(4));
    // She acts before the last message, or asks after it.
    decisions(|c| c.proof.plan.types[0] = Some(Step::Act(0)));
    decisions(|c| first(c).1[3].1 = Step::Ask { messages: vec![0, 0], then: vec![] });
    // A message too few or too many, and types that are not there.
    decisions(|c| first(c).0.truncate(1));
    decisions(|c| first(c).0.push(0));
    decisions(|c| c.proof.plan.types[1] = None);
    assert!(matches!(refused(|c| c.proof.plan.types.truncate(1)), ProofError::Length { found: 1, expected: 2, .. }));
    assert!(matches!(refused(|c| c.proof.plan.types.push(None)), ProofError::Length { found: 3, expected: 2, .. }));
    assert!(matches!(refused(|c| first(c).0[1] = 2), ProofError::OutOfRange { set: "message", index: 2, .. }));
    assert!(matches!(refused(|c| first(c).1[2].1 = Step::Act(2)), ProofError::OutOfRange { set: "action", .. }));
}

#[test]
fn changed_trees_are_refused() {
    let (instance, certificate) = good();
    let proof = &certificate.proof;
    let program = ReplyProgram::new(&instance, 0, &proof.protocol, 1, &proof.rules).unwrap();
    let other = (0..program.columns.len()).find(|&column| !program.is_binary(column)).unwrap();
    let side =
        |finite: fn((f64, f64)) -> bool| (0..program.rows()).find(|&row| finite(program.row_bounds(row))).unwrap();
    let (most, least) = (side(|(low, _)| low == f64::NEG_INFINITY), side(|(_, high)| high == f64::INFINITY));
    let columns = program.columns.len();
    let ReplyNode::Split(column) = proof.replies[1][0] else { panic!("a split") };
    let leaf = || ReplyNode::Leaf(vec![]);
    let with = |nodes: Vec<ReplyNode>| refused(|c| c.proof.replies[1] = nodes);
    assert!(matches!(with(vec![ReplyNode::Split(column), leaf()]), ProofError::UnfinishedTree));
    assert!(matches!(with(vec![ReplyNode::Split(column)]), ProofError::UnfinishedTree));
    assert!(matches!(with(vec![leaf(), leaf()]), ProofError::OvergrownTree(1)));
    assert!(matches!(with(vec![ReplyNode::Split(column), leaf(), leaf(), leaf()]), ProofError::OvergrownTree(3)));
    let twice = vec![ReplyNode::Split(column), ReplyNode::Split(column), leaf(), leaf(), leaf()];
    assert!(matches!(with(twice), ProofError::OutOfOrder { .. }));
    assert!(matches!(with(vec![ReplyNode::Split(other), leaf(), leaf()]), ProofError::OutOfOrder { .. }));
    assert!(matches!(
        with(vec![ReplyNode::Split(columns), leaf(), leaf()]),
        ProofError::OutOfRange { set: "column", .. }
    ));
    let of = |multipliers| with(vec![ReplyNode::Leaf(multipliers)]);
    assert!(matches!(of(vec![(program.rows(), 1.0)]), ProofError::OutOfRange { set: "row", .. }));
    assert!(matches!(of(vec![(most, -1.0)]), ProofError::BadNumber { .. }));
    assert!(matches!(of(vec![(least, 1.0)]), ProofError::BadNumber { .. }));
    assert!(matches!(of(vec![(most, 1.0), (most, 1.0)]), ProofError::OutOfOrder { .. }));
    assert!(matches!(of(vec![(program.rows() - 1, 0.0), (0, 0.0)]), ProofError::OutOfOrder { .. }));
    for bad in [f64::NAN, f64::INFINITY, f64::NEG_INFINITY] {
        assert!(matches!(of(vec![(0, bad)]), ProofError::BadNumber { .. }));
    }
    // Numbers whose consequences overflow are refused, in any row.
    for row in 0..program.rows() {
        let (low, _) = program.row_bounds(row);
        let largest = if low.is_finite() { -f64::MAX } else { f64::MAX };
        assert!(matches!(of(vec![(row, largest)]), ProofError::Overflow(_) | ProofError::FalseClaim { .. }));
    }
}

/// Many agents with many answers each: what they may say together is not written out.
#[test]
fn too_many_combinations_are_refused() {
    let mut instance = judge(1);
    instance.agents = vec![instance.agents[0].clone(); 12];
    if let Information::Worlds { worlds, .. } = &mut instance.information {
        for world in worlds {
            world.agents = AgentSignals::Shared(world.state);
        }
    }
    let protocol = Protocol::new(1, 1, 10);
    let rules = vec![ConversationRule::silence(&protocol, 2); 12];
    let then = vec![(vec![0; 12], Step::Act(0))];
    let plan = ConversationPlan { types: vec![Some(Step::Ask { messages: vec![0; 12], then }); 2] };
    let proof = ConversationRulesProof { prior: 0, slack: 0.0, protocol, rules, plan, replies: vec![vec![]; 12] };
    assert!(matches!(proof.certify(&instance), Err(ProofError::TooLarge { .. })));
}

/// A prior that sums to a little more than one leaves room for a user who always gets the most that
/// there is.
#[test]
fn a_prior_above_one_proves_nothing_false() {
    let mut instance = judge(1);
    instance.user.utility = Matrix::new(2, 2, vec![1.0, 1.0, 0.0, 0.0]);
    if let Information::Worlds { types, worlds, .. } = &mut instance.information {
        types.truncate(1);
        for world in &mut *worlds {
            world.user = 0;
        }
        worlds[0].probability += 1e-9;
    }
    let protocol = Protocol::new(1, 2, 2);
    let rules = vec![ConversationRule::silence(&protocol, 2)];
    // The row of the user's value has to leave room for all of it.
    let program = ReplyProgram::new(&instance, 0, &protocol, 0, &rules).unwrap();
    let most = (0..program.columns.len()).filter(|&c| program.columns[c] == suasion_certificate::ReplyColumn::Value);
    assert!(most.map(|column| program.upper(column)).all(|upper| upper >= 1.0 + 1e-9));
}

/// Utilities that are too far apart for their difference to be a number.
#[test]
fn a_range_that_is_no_number_is_refused() {
    let mut instance = judge(2);
    instance.user.utility = Matrix::new(2, 2, vec![f64::MAX, -f64::MAX, 0.0, 1.0]);
    let protocol = Protocol::new(1, 2, 2);
    let rules = vec![ConversationRule::silence(&protocol, 2), ConversationRule::revelation(&protocol, &[0, 1])];
    assert!(matches!(ReplyProgram::new(&instance, 0, &protocol, 0, &rules), Err(ProofError::Overflow(_))));
}

/// A sum in floating point may take for one what is not: it would inflate what an agent gets.
#[test]
fn sums_that_only_floating_point_takes_for_one_are_refused() {
    for power in [54, 60, 100, 1000] {
        let refusal = refused(|c| {
            let answers = c.proof.protocol.agent_alphabet();
            let row = &mut c.proof.rules[0].rounds[0][..answers];
            row.fill(0.5_f64.powi(power));
            row[0] = 1.0;
        });
        assert!(matches!(refusal, ProofError::NotOne { .. }), "{refusal}");
    }
}
