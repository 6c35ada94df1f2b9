//! Experiments and mechanisms: the sums against plain rationals, proofs by hand, and what is
//! refused.

use crate::common::{exact, judge_with_a_hunch, message, nearest, party, survives};
use dashu::rational::RBig;
use proptest::prelude::*;
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;
use suasion_certificate::{
    Certificate, Experiment, Floor, Mechanism, MechanismMultipliers, Node, OptimumProof, Proof, ResponseMultiplier,
};
use suasion_model::{
    AgentSignals, ExperimentScheme, Information, Instance, Labels, Matrix, MechanismEntry, MechanismScheme, Message,
    Objective, World,
};

type ExperimentProof = OptimumProof<Experiment>;
type MechanismProof = OptimumProof<Mechanism>;

fn hunch() -> Instance {
    judge_with_a_hunch("hunch", vec![party("prosecutor", Matrix::new(2, 2, vec![0.0, 0.0, 1.0, 1.0]))])
}

/// No information: the uneasy judge convicts.
fn silent_experiment() -> ExperimentProof {
    OptimumProof {
        communication: Experiment,
        prior: 0,
        agent: 0,
        objective: Objective::agent(0),
        floor: None,
        scheme: ExperimentScheme { messages: vec![message(&[0, 1], &[(0, 1.0), (1, 1.0)])] },
        bound: vec![Node::Split(0, 1), Node::Leaf(vec![(0, 1, 0, 1.0)]), Node::Leaf(vec![(1, 1, 0, 1.0)])],
    }
}

fn silent_mechanism() -> MechanismProof {
    let entry = |report, observation| MechanismEntry { report, observation, action: report, probability: 1.0 };
    OptimumProof {
        communication: Mechanism,
        prior: 0,
        agent: 0,
        objective: Objective::agent(0),
        floor: None,
        scheme: MechanismScheme::new(vec![entry(0, 0), entry(0, 1), entry(1, 0), entry(1, 1)]),
        bound: MechanismMultipliers {
            truth: vec![(0, 1, 0.5)],
            double_deviations: vec![(0, 0, 1, 0, 1.0), (0, 1, 1, 0, 0.25), (1, 1, 1, 0, 1.0)],
        },
    }
}

/// By hand. If the calm convicts, the multiplier 1 takes off the innocent and doubles the guilty:
/// nothing and 2/16 for the calm, and the uneasy at most 2/16 and 4/16. If she acquits, the uneasy
/// is worth nothing and 8/16. At the innocent the first leaf is above, at the guilty the second:
/// `2/16 + 8/16`.
#[test]
fn experiments_by_hand() {
    let (certificate, verdict) = silent_experiment().certify(&hunch()).unwrap();
    let claims = &certificate.claims;
    assert_eq!((claims.objective_value, claims.user_value, claims.violation), (6.0 / 16.0, 13.0 / 16.0, 0.0));
    assert_eq!(claims.upper_bound, 10.0 / 16.0);
    assert_eq!(verdict.gap, 4.0 / 16.0);
    assert!(!verdict.certified());
    // Told to acquit, the uneasy one gains 4/16 - 2/16 by convicting; told to convict, the calm one
    // 9/16 - 1/16 by acquitting.
    let mut disobeyed = silent_experiment();
    disobeyed.scheme.messages[0].menu = vec![1, 0];
    assert_eq!(disobeyed.certify(&hunch()).unwrap().0.claims.violation, 10.0 / 16.0);
    // One leaf, and the floor's multiplier 1 at the floor 13/16. Objective and user together: at
    // the innocent 9/16 and 2/16 either way; at the guilty 2/16 and 8/16.
    let mut floored = silent_experiment();
    floored.floor = Some(Floor { value: 13.0 / 16.0, multiplier: 1.0 });
    floored.bound = vec![Node::Leaf(vec![])];
    let (certificate, verdict) = floored.certify(&hunch()).unwrap();
    assert_eq!(certificate.claims.upper_bound, 21.0 / 16.0 - 13.0 / 16.0);
    assert_eq!(verdict.shortfall, 0.0);
}

/// By hand. Report calm: acquittal is worth `1/2 P_0`, so 9/32 and 0; conviction `P_v + 1/2 P_0 +
/// (P_0[convict] - P_0[acquit])`, so 9/16 - 9/16 and 1/16 + 1/32 + 1/16: in sum 9/32 + 5/32. Report
/// uneasy: acquittal is worth `-1/2 P_0`, so -9/32 and 0; conviction `P_v - 1/2 P_0 + 1/4
/// (P_0[convict] - P_0[acquit]) + P_1[convict] - P_1[acquit]`, so 2/16 - 9/64 - 2/16 and 4/16 -
/// 1/32 + 1/64 + 4/16: in sum -9/64 + 31/64.
#[test]
fn mechanisms_by_hand() {
    let (certificate, verdict) = silent_mechanism().certify(&hunch()).unwrap();
    let claims = &certificate.claims;
    assert_eq!((claims.objective_value, claims.user_value, claims.violation), (6.0 / 16.0, 13.0 / 16.0, 0.0));
    assert_eq!(claims.upper_bound, 14.0 / 32.0 + 22.0 / 64.0);
    assert!(!verdict.certified());
    // A report that reveals the state tempts the calm, who gains 1/16; the uneasy, who would be
    // told the truth, gains nothing.
    let mut tempting = silent_mechanism();
    tempting.scheme.entries[2].action = 0;
    assert_eq!(tempting.certify(&hunch()).unwrap().0.claims.violation, 1.0 / 16.0);
}

struct Case {
    game: Instance,
    experiment: ExperimentProof,
    mechanism: MechanismProof,
}

/// Probabilities that sum to one exactly, as multiples of 1/64, none of them zero, for some of
/// `count` things.
fn shares(rng: &mut ChaCha8Rng, count: usize) -> Vec<(usize, f64)> {
    let mut parts = vec![0_u8; count];
    for _ in 0..64 {
        parts[rng.random_range(0..count)] += 1;
    }
    let all = parts.into_iter().enumerate().map(|(k, part)| (k, f64::from(part) / 64.0));
    all.filter(|&(_, share)| share > 0.0).collect()
}

fn tree(rng: &mut ChaCha8Rng, left: Vec<Vec<usize>>, m: usize, depth: usize, nodes: &mut Vec<Node>) {
    let t = rng.random_range(0..left.len());
    if depth == 0 || left[t].len() < 2 {
        let mut multipliers: Vec<ResponseMultiplier> = Vec::new();
        for t in 0..left.len() {
            for j in 0..m {
                for k in (0..m).filter(|&k| k != j) {
                    if rng.random() {
                        multipliers.push((t, j, k, rng.random::<f64>() * 2.0));
                    }
                }
            }
        }
        nodes.push(Node::Leaf(multipliers));
        return;
    }
    let response = left[t][rng.random_range(0..left[t].len())];
    nodes.push(Node::Split(t, response));
    let (mut chosen, mut excluded) = (left.clone(), left);
    chosen[t] = vec![response];
    excluded[t].retain(|&j| j != response);
    tree(rng, chosen, m, depth - 1, nodes);
    tree(rng, excluded, m, depth - 1, nodes);
}

/// A random game with a random experiment and mechanism (both seldom obedient), tree and
/// multipliers.
fn case(seed: u64) -> Case {
    let rng = &mut ChaCha8Rng::seed_from_u64(seed);
    let (types, n, m, states) =
        (rng.random_range(1..4), rng.random_range(1..4), rng.random_range(1..4), rng.random_range(1..4));
    let integer = rng.random();
    let entry = |rng: &mut ChaCha8Rng| {
        if integer { f64::from(rng.random_range(-2..3_i8)) } else { rng.random::<f64>() - 0.3 }
    };
    let mut utility = |name: &str| party(name, Matrix::from_fn(m, states, |_, _| entry(rng)));
    let (user, agents) = (utility("user"), vec![utility("one"), utility("two")]);
    let worlds: Vec<World> = (0..rng.random_range(1..10))
        .map(|_| World {
            probability: rng.random::<f64>() / 10.0,
            state: rng.random_range(0..states),
            user: rng.random_range(0..types),
            agents: AgentSignals::PerAgent(vec![rng.random_range(0..n), rng.random_range(0..n)]),
        })
        .collect();
    let names = |count: usize| (0..count).map(|k| k.to_string()).collect();
    let information = Information::Worlds { types: names(types), signals: names(n), worlds };
    let objective = Objective { user: rng.random::<f64>() - 0.5, agents: vec![(0, 1.0), (1, rng.random())] };
    let floor = rng.random::<bool>().then(|| Floor { value: rng.random(), multiplier: rng.random() });
    let mut messages: Vec<Message> = (0..3)
        .map(|_| Message { menu: (0..types).map(|_| rng.random_range(0..m)).collect(), probabilities: vec![] })
        .collect();
    for x in 0..n {
        for (k, share) in shares(rng, 3) {
            messages[k].probabilities.push((x, share));
        }
    }
    let mut nodes = Vec::new();
    tree(rng, vec![(0..m).collect(); types], m, 4, &mut nodes);
    let mut entries = Vec::new();
    for report in 0..types {
        for observation in 0..n {
            let all = shares(rng, m).into_iter();
            entries.extend(all.map(|(action, probability)| MechanismEntry {
                report,
                observation,
                action,
                probability,
            }));
        }
    }
    let (mut truth, mut double_deviations) = (Vec::new(), Vec::new());
    for t in 0..types {
        for r in 0..types {
            if t != r && rng.random() {
                truth.push((t, r, 1.0 + rng.random::<f64>()));
            } else if t != r {
                continue;
            }
            for a in 0..m {
                for b in (0..m).filter(|&b| b != a) {
                    double_deviations.push((t, r, a, b, 0.5 * rng.random::<f64>()));
                }
            }
        }
    }
    let game = Instance {
        name: "case".into(),
        source: None,
        states: Labels::Count(states),
        actions: Labels::Count(m),
        information,
        user,
        agents,
        protocol: None,
    };
    let agent = rng.random_range(0..2);
    Case {
        game,
        experiment: OptimumProof {
            communication: Experiment,
            prior: 0,
            agent,
            objective: objective.clone(),
            floor,
            scheme: ExperimentScheme { messages },
            bound: nodes,
        },
        mechanism: OptimumProof {
            communication: Mechanism,
            prior: 0,
            agent,
            objective,
            floor,
            scheme: MechanismScheme::new(entries),
            bound: MechanismMultipliers { truth, double_deviations },
        },
    }
}

type Folded = Vec<Vec<Vec<RBig>>>;

/// Folded utilities in rationals, `[type][observation][action]`: the user's, the agents', the
/// objective.
fn folded(game: &Instance, agent: usize, objective: &Objective) -> (Folded, Vec<Folded>, Folded) {
    let Information::Worlds { types, signals, worlds } = &game.information else { unreachable!() };
    let m = game.actions.len();
    let fold = |utility: &Matrix| {
        let mut sums = vec![vec![vec![RBig::ZERO; m]; signals.len()]; types.len()];
        for world in worlds {
            for a in 0..m {
                sums[world.user][world.agents.of(agent)][a] +=
                    exact(world.probability) * exact(utility[(a, world.state)]);
            }
        }
        sums
    };
    let user = fold(&game.user.utility);
    let agents: Vec<Folded> = game.agents.iter().map(|party| fold(&party.utility)).collect();
    let mut worth = user.clone();
    for (t, by_type) in worth.iter_mut().enumerate() {
        for (x, row) in by_type.iter_mut().enumerate() {
            for (a, value) in row.iter_mut().enumerate() {
                *value = exact(objective.user) * &user[t][x][a];
                for &(i, weight) in &objective.agents {
                    *value += exact(weight) * &agents[i][t][x][a];
                }
            }
        }
    }
    (user, agents, worth)
}

fn sum(items: impl Iterator<Item = RBig>) -> RBig {
    items.fold(RBig::ZERO, |total, item| total + item)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(600))]

    /// Every claim is the exact number, correctly rounded; the leaves' bounds are those of their
    /// menus, each looked up on its own.
    #[test]
    fn experiments_are_exact(seed in any::<u64>()) {
        let Case { game, experiment: proof, .. } = case(seed);
        let (user, agents, worth) = folded(&game, proof.agent, &proof.objective);
        let (types, n, m) = (user.len(), user[0].len(), game.actions.len());
        let claims = proof.clone().certify(&game).unwrap().0.claims;
        let value = |utility: &Folded| sum(proof.scheme.messages.iter().flat_map(|message| {
            message.probabilities.iter().flat_map(move |&(x, p)| (0..types).map(move |t| exact(p) * &utility[t][x][message.menu[t]]))
        }));
        prop_assert_eq!(claims.objective_value, nearest(&value(&worth)));
        prop_assert_eq!(claims.user_value, nearest(&value(&user)));
        prop_assert_eq!(claims.agent_values[1], nearest(&value(&agents[1])));
        let violation = sum(proof.scheme.messages.iter().flat_map(|message| {
            let user = &user;
            (0..types).map(move |t| {
                let at = |b: usize| sum(message.probabilities.iter().map(|&(x, p)| exact(p) * &user[t][x][b]));
                (0..m).map(at).max().unwrap() - at(message.menu[t])
            })
        }));
        prop_assert_eq!(claims.violation, nearest(&violation));
        let floor = proof.floor.unwrap_or(Floor { value: 0.0, multiplier: 0.0 });
        let mut most: Vec<Option<RBig>> = vec![None; n];
        for f in 0..m.pow(types as u32) {
            // Down the tree to the leaf of this menu, and what its sets are.
            let menu: Vec<usize> = (0..types).map(|t| f / m.pow(t as u32) % m).collect();
            let mut left = vec![vec![true; m]; types];
            let mut at = 0;
            while let Node::Split(t, a) = proof.bound[at] {
                at += 1;
                if menu[t] == a {
                    left[t] = (0..m).map(|j| j == a).collect();
                } else {
                    left[t][a] = false;
                    // Past the subtree of the split's first child.
                    let mut open = 1;
                    while open > 0 {
                        open = if matches!(proof.bound[at], Node::Split(..)) { open + 1 } else { open - 1 };
                        at += 1;
                    }
                }
            }
            let Node::Leaf(multipliers) = &proof.bound[at] else { unreachable!() };
            for (x, most) in most.iter_mut().enumerate() {
                let g = sum((0..types).map(|t| {
                    let price = |j: usize| {
                        let own = multipliers.iter().filter(|r| (r.0, r.1) == (t, j));
                        &worth[t][x][j] + exact(floor.multiplier) * &user[t][x][j]
                            + sum(own.map(|r| exact(r.3) * (&user[t][x][j] - &user[t][x][r.2])))
                    };
                    (0..m).filter(|&j| left[t][j]).map(price).max().unwrap()
                }));
                if most.as_ref().is_none_or(|most| g > *most) {
                    *most = Some(g);
                }
            }
        }
        let bound = sum(most.into_iter().map(Option::unwrap)) - exact(floor.multiplier) * exact(floor.value);
        prop_assert_eq!(claims.upper_bound, nearest(&bound));
    }

    #[test]
    fn mechanisms_are_exact(seed in any::<u64>()) {
        let Case { game, mechanism: proof, .. } = case(seed);
        let (user, agents, worth) = folded(&game, proof.agent, &proof.objective);
        let (types, n, m) = (user.len(), user[0].len(), game.actions.len());
        let claims = proof.clone().certify(&game).unwrap().0.claims;
        let entries = &proof.scheme.entries;
        let value = |utility: &Folded| sum(entries.iter().map(|e| exact(e.probability) * &utility[e.report][e.observation][e.action]));
        prop_assert_eq!(claims.objective_value, nearest(&value(&worth)));
        prop_assert_eq!(claims.user_value, nearest(&value(&user)));
        prop_assert_eq!(claims.agent_values[0], nearest(&value(&agents[0])));
        let violation = sum((0..types).map(|t| {
            let by = |r: usize, a: usize, b: usize| {
                sum(entries.iter().filter(|e| (e.report, e.action) == (r, a)).map(|e| exact(e.probability) * &user[t][e.observation][b]))
            };
            let truth = sum((0..m).map(|a| by(t, a, a)));
            (0..types).map(|r| sum((0..m).map(|a| (0..m).map(|b| by(r, a, b)).max().unwrap())) - &truth).max().unwrap()
        }));
        prop_assert_eq!(claims.violation, nearest(&violation));
        // Pair by pair, as the constraints are: truth times sigma, less what a mixture of actions
        // would give.
        let floor = proof.floor.unwrap_or(Floor { value: 0.0, multiplier: 0.0 });
        let mut columns = worth.clone();
        for t in 0..types {
            for x in 0..n {
                for a in 0..m {
                    columns[t][x][a] += exact(floor.multiplier) * &user[t][x][a];
                }
            }
        }
        for t in 0..types {
            for r in 0..types {
                let sigma = proof.bound.truth.iter().find(|s| (s.0, s.1) == (t, r)).map_or(RBig::ZERO, |s| exact(s.2));
                for x in 0..n {
                    for a in 0..m {
                        let tau = |b: usize| {
                            let own = proof.bound.double_deviations.iter().filter(|s| (s.0, s.1, s.2, s.3) == (t, r, a, b));
                            sum(own.map(|s| exact(s.4)))
                        };
                        // For the truth itself any multiplier will do.
                        let sigma = if t == r { sum((0..m).map(tau)) } else { sigma.clone() };
                        columns[t][x][a] += &sigma * &user[t][x][a];
                        let honest = &sigma - sum((0..m).map(tau));
                        columns[r][x][a] -= honest * &user[t][x][a] + sum((0..m).map(|b| tau(b) * &user[t][x][b]));
                    }
                }
            }
        }
        let best = columns.iter().flatten().map(|row| row.iter().max().unwrap().clone());
        let bound = sum(best) - exact(floor.multiplier) * exact(floor.value);
        prop_assert_eq!(claims.upper_bound, nearest(&bound));
    }

    #[test]
    fn json(seed in any::<u64>()) {
        let Case { game, experiment, mechanism } = case(seed);
        survives(experiment, &game);
        survives(mechanism, &game);
    }
}

/// Why what was changed is refused.
fn refused<P: Proof<Game = Instance>>(proof: P, change: fn(&mut Certificate<P>)) -> String {
    let mut certificate = proof.certify(&hunch()).unwrap().0;
    change(&mut certificate);
    certificate.check(&hunch()).unwrap_err().to_string()
}

#[test]
fn experiments_tampered_with() {
    let refused = |change| refused(silent_experiment(), change);
    assert_eq!(refused(|c| c.claims.upper_bound = 0.5), "the upper bound is claimed to be 0.5, but it is 0.625");
    assert_eq!(refused(|c| c.claims.violation = 1e-9), "the violation is claimed to be 1e-9, but it is 0.0");
    assert_eq!(
        refused(|c| c.proof.scheme.messages[0].menu = vec![1]),
        "the actions of a message: found 1 numbers, expected 2"
    );
    assert_eq!(refused(|c| c.proof.scheme.messages[0].menu[0] = 2), "message 0 names action 2, but there are 2");
    assert_eq!(
        refused(|c| c.proof.scheme.messages[0].probabilities[1].1 = 0.5),
        "the probabilities of observation 1 do not sum to one, but exceed it by -5e-1"
    );
    assert_eq!(
        refused(|c| c.proof.scheme.messages[0].probabilities.swap(0, 1)),
        "message 0 does not come after the one before it"
    );
    assert_eq!(
        refused(|c| c.proof.scheme.messages[0].probabilities[0].1 = f64::NAN),
        "message 0 is NaN, not above 0 and at most 1"
    );
    assert!(refused(|c| c.proof.bound.truncate(2)).contains("the tree ends before"));
    assert_eq!(refused(|c| c.proof.bound.push(Node::Leaf(vec![]))), "the tree is complete before node 3");
    assert!(refused(|c| c.proof.bound[1] = Node::Leaf(vec![(0, 1, 0, -1.0)])).contains("-1, not a finite number"));
    assert!(
        refused(|c| c.proof.bound[1] = Node::Leaf(vec![])).starts_with("the upper bound is claimed to be 0.625, but")
    );
    assert!(
        refused(|c| c.proof.floor = Some(Floor { value: 0.0, multiplier: -1.0 })).starts_with("the multiplier of the")
    );
}

#[test]
fn mechanisms_tampered_with() {
    let refused = |change| refused(silent_mechanism(), change);
    assert_eq!(refused(|c| c.claims.upper_bound = 0.78), "the upper bound is claimed to be 0.78, but it is 0.78125");
    assert_eq!(
        refused(|c| c.proof.scheme.entries[1].probability = 0.5),
        "the probabilities of pair of report and observation 1 do not sum to one, but exceed it by -5e-1"
    );
    assert!(refused(|c| c.proof.scheme.entries.swap(0, 1)).contains("does not come after"));
    assert_eq!(refused(|c| c.proof.scheme.entries[3].action = 4), "mechanism entry 3 names action 4, but there are 2");
    assert_eq!(refused(|c| c.proof.scheme.entries[3].report = 2), "mechanism entry 3 names type 2, but there are 2");
    // A mixture that takes acquittal for conviction more often than always is no mixture.
    assert_eq!(
        refused(|c| c.proof.bound.double_deviations[1].4 = 0.75),
        "the multipliers of one recommendation from multiplier of double deviation 1 on exceed the truth-telling multiplier by 2.5e-1"
    );
    assert!(refused(|c| c.proof.bound.truth.clear()).contains("exceed the truth-telling multiplier by 2.5e-1"));
    assert_eq!(refused(|c| c.proof.bound.truth[0].1 = 0), "truth-telling multiplier 0 compares 0 with itself");
    assert_eq!(
        refused(|c| c.proof.bound.truth[0].2 = -0.5),
        "truth-telling multiplier 0 is -0.5, not a finite number of at least 0"
    );
    assert_eq!(
        refused(|c| c.proof.bound.double_deviations[0].3 = 1),
        "multiplier of double deviation 0 compares 1 with itself"
    );
    assert!(refused(|c| c.proof.bound.double_deviations.swap(0, 1)).contains("does not come after"));
    assert!(refused(|c| c.proof.prior = 1).contains("names prior 1, but there are 1"));
}
