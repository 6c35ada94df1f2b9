//! The all-agents game: known answers, brute force, and properties.

use crate::common::{generated, instance};
use proptest::prelude::*;
use rand::RngExt;
use rand_chacha::{ChaCha8Rng, rand_core::SeedableRng};
use suasion_equilibrium::{AllAgentsGame, AllAgentsSearch, Found, FoundProfile};

use suasion_certificate::{AllAgentsCertificate, AllAgentsProof, Certificate, Experiment, promised_value};
use suasion_lp::{Program, Sense};
use suasion_model::{AgentSignals, Family, Information, Instance, Labels, Matrix, Party, SignalScheme, World};
use suasion_persuasion::Settings;

/// The distance of the user from the agents' hull at given weights, with the best offset per state.
fn alignment_error(game: &Instance, weights: &[f64]) -> f64 {
    let residual = |a: usize, y: usize| {
        let mixed: f64 = game.agents.iter().zip(weights).map(|(agent, w)| w * agent.utility[(a, y)]).sum();
        mixed - game.user.utility[(a, y)]
    };
    let of_state = |y: usize| {
        let all = (0..game.actions.len()).map(|a| residual(a, y));
        let (low, high) = all.fold((f64::INFINITY, f64::NEG_INFINITY), |(l, h), r| (l.min(r), h.max(r)));
        0.5 * (high - low)
    };
    (0..game.states.len()).map(of_state).fold(0.0, f64::max)
}

fn all_agents(game: &Instance) -> AllAgentsGame<'_> {
    AllAgentsGame::new(game, 0, &Settings::default()).unwrap()
}

fn searched(game: &Instance, search: &AllAgentsSearch) -> Found {
    all_agents(game).search(search, &|| {}).unwrap()
}

fn with_starts(starts: usize) -> AllAgentsSearch {
    AllAgentsSearch { starts, ..AllAgentsSearch::default() }
}

/// The certificate of a profile with a rational user.
fn exact(found: &FoundProfile) -> &Certificate<AllAgentsProof<Experiment>> {
    match &found.certificate {
        AllAgentsCertificate::Rational(certificate) => certificate,
        _ => panic!("a rational user"),
    }
}

/// Each agent's value if the user observes everything.
fn full_payoffs(game: &Instance) -> Vec<f64> {
    let Information::Priors(priors) = &game.information else { panic!("a prior") };
    let best = |y: usize| {
        (0..game.actions.len())
            .max_by(|&a, &b| game.user.utility[(a, y)].total_cmp(&game.user.utility[(b, y)]))
            .unwrap()
    };
    let value = |utility: &Matrix| (0..game.states.len()).map(|y| priors[(0, y)] * utility[(best(y), y)]).sum();
    game.agents.iter().map(|agent| value(&agent.utility)).collect()
}

/// A game whose agents observe different parts of a state, and whose user has private information.
fn partial(seed: u64) -> Instance {
    let mut rng = ChaCha8Rng::seed_from_u64(seed);
    let mut worlds = Vec::new();
    for state in 0..4 {
        for user in 0..2 {
            let agents = AgentSignals::PerAgent(vec![state / 2, state % 2]);
            worlds.push(World { probability: rng.random_range(0.1..1.0), state, user, agents });
        }
    }
    let total: f64 = worlds.iter().map(|world| world.probability).sum();
    for world in &mut worlds {
        world.probability /= total;
    }
    let mut party =
        |name: &str| Party { name: name.into(), utility: Matrix::from_fn(3, 4, |_, _| rng.random_range(0.0..1.0)) };
    Instance {
        name: "partial".into(),
        source: None,
        states: Labels::Count(4),
        actions: Labels::Count(3),
        user: party("user"),
        agents: vec![party("rows"), party("columns")],
        information: Information::Worlds {
            types: vec!["low".into(), "high".into()],
            signals: vec!["0".into(), "1".into()],
            worlds,
        },
        protocol: None,
    }
}

fn random_schemes(agents: usize, observations: usize, signals: usize, seed: u64) -> Vec<SignalScheme> {
    let mut rng = ChaCha8Rng::seed_from_u64(seed);
    let mut scheme = || {
        let mut sent = vec![vec![]; signals];
        for x in 0..observations {
            let mut left = 1.0;
            for signal in sent.iter_mut().skip(1) {
                let p = f64::from(rng.random_range(0..=8u32)) / 8.0 / (signals - 1) as f64;
                let p = (p * 1024.0).floor() / 1024.0;
                if p > 0.0 {
                    signal.push((x, p));
                    left -= p;
                }
            }
            if left > 0.0 {
                sent[0].push((x, left));
            }
        }
        sent.retain(|signal| !signal.is_empty());
        SignalScheme { signals: sent }
    };
    (0..agents).map(|_| scheme()).collect()
}

/// Full information by everyone is an equilibrium, because nobody can change anything (Milgrom &
/// Roberts 1986; Gentzkow & Kamenica 2017, proposition 2).
#[test]
fn two_who_tell_all_are_an_equilibrium() {
    for family in [Family::Uniform, Family::Opposed, Family::Hull { eps: 0.1 }, Family::Quadratic, Family::Threshold] {
        for seed in 0..3 {
            let game = generated(family, 4, 4, 2, seed);
            let schemes = vec![SignalScheme::full_information(4); 2];
            let found = all_agents(&game).certify(schemes, 0.0).unwrap();
            let claims = &exact(&found).claims;
            assert!(found.is_equilibrium(), "{family:?} {seed}: {claims:?}");
            let full = all_agents(&game).full_information();
            assert!((claims.user_value - full).abs() < 1e-12);
            for (value, expected) in claims.agent_values.iter().zip(full_payoffs(&game)) {
                assert!((value - expected).abs() < 1e-12, "{family:?} {seed}");
            }
        }
    }
}

/// Each of two opposed agents can secure its full-information value by full information, and the
/// sum of their values is constant. So each gets exactly that value in every equilibrium (compare
/// Gentzkow & Kamenica, "Competition in persuasion", Rev. Econ. Stud. 2017, section 5).
#[test]
fn opposed_agents_get_what_full_information_gives_them() {
    let mut equilibria = 0;
    for seed in 0..12 {
        let game = generated(Family::Opposed, 3, 3, 2, seed);
        let expected = full_payoffs(&game);
        for found in searched(&game, &with_starts(40)).equilibria() {
            equilibria += 1;
            for (value, expected) in exact(found).claims.agent_values.iter().zip(&expected) {
                assert!((value - expected).abs() < 1e-6, "seed {seed}: {value} and not {expected}");
            }
        }
    }
    assert!(equilibria >= 12, "{equilibria}");
}

/// In the hull, with one best action in every state: by Theorem 1, full information is the only
/// outcome.
#[test]
fn in_the_hull_all_is_told() {
    for seed in 0..10 {
        let game = generated(Family::Hull { eps: 0.0 }, 4, 4, 3, seed);
        let full = all_agents(&game).full_information();
        let found = searched(&game, &with_starts(30));
        assert!(found.equilibria().next().is_some(), "seed {seed}");
        for profile in found.equilibria() {
            assert!((exact(profile).claims.user_value - full).abs() < 1e-6, "seed {seed}: {full}");
        }
    }
}

/// A single agent is a monopolist: the prosecutor of Kamenica & Gentzkow (2011), who gets 0.6.
#[test]
fn a_lone_agent_is_a_monopolist() {
    let judge = Matrix::new(2, 2, vec![1.0, 0.0, 0.0, 1.0]);
    let prosecutor = Matrix::new(2, 2, vec![0.0, 0.0, 1.0, 1.0]);
    let game = instance(vec![0.7, 0.3], judge, vec![prosecutor]);
    let found = searched(&game, &with_starts(8));
    let values: Vec<f64> = found.equilibria().map(|found| exact(found).claims.agent_values[0]).collect();
    assert_eq!(values.len(), 1);
    assert!((values[0] - 0.6).abs() < 1e-9, "{values:?}");
}

/// Two prosecutors are no better for the judge than one. One agent's scheme with no information
/// from the other is an equilibrium, and so is full information.
#[test]
fn two_prosecutors_agree() {
    let judge = Matrix::new(2, 2, vec![1.0, 0.0, 0.0, 1.0]);
    let prosecutor = Matrix::new(2, 2, vec![0.0, 0.0, 1.0, 1.0]);
    let game = instance(vec![0.7, 0.3], judge, vec![prosecutor.clone(), prosecutor]);
    let found = searched(&game, &with_starts(40));
    let values: Vec<f64> = found.equilibria().map(|found| exact(found).claims.user_value).collect();
    assert!((values[0] - 0.7).abs() < 1e-9, "the optimum of both: {values:?}");
    assert!((values.last().unwrap() - 1.0).abs() < 1e-12, "{values:?}");
    assert_eq!(found.unsettled, 0);
}

/// The most that an agent gets against given schemes of the others: the program over all action
/// profiles of all extended types, built here from the worlds.
fn best_deviation(game: &Instance, schemes: &[SignalScheme], agent: usize) -> f64 {
    let n = match &game.information {
        Information::Priors(priors) => priors.columns(),
        Information::Worlds { signals, .. } => signals.len(),
    };
    let worlds: Vec<(f64, usize, usize, Vec<usize>)> = match &game.information {
        Information::Priors(priors) => (0..n).map(|y| (priors[(0, y)], y, 0, vec![y; game.agents.len()])).collect(),
        Information::Worlds { worlds, .. } => worlds
            .iter()
            .map(|w| (w.probability, w.state, w.user, (0..game.agents.len()).map(|i| w.agents.of(i)).collect()))
            .collect(),
    };
    let other = 1 - agent;
    assert_eq!(game.agents.len(), 2, "written for two agents");
    let said = schemes[other].dense(n);
    let types = game.types();
    let kinds: Vec<(usize, usize)> =
        (0..types).flat_map(|t| (0..schemes[other].signals.len()).map(move |s| (t, s))).collect();
    let m = game.actions.len();
    // [kind][x][a], for the user and the agent.
    let fold = |utility: &Matrix| {
        let mut arrays = vec![vec![vec![0.0; m]; n]; kinds.len()];
        for (p, y, t, x) in &worlds {
            for (k, kind) in kinds.iter().enumerate().filter(|(_, kind)| kind.0 == *t) {
                for a in 0..m {
                    arrays[k][x[agent]][a] += p * said[kind.1 * n + x[other]] * utility[(a, *y)];
                }
            }
        }
        arrays
    };
    let (user, own) = (fold(&game.user.utility), fold(&game.agents[agent].utility));
    let menus: Vec<Vec<usize>> =
        (0..m.pow(kinds.len() as u32)).map(|f| (0..kinds.len()).map(|k| f / m.pow(k as u32) % m).collect()).collect();
    let mut program = Program::new("deviations", Sense::Maximise);
    for menu in &menus {
        for x in 0..n {
            program.add_column((0..kinds.len()).map(|k| own[k][x][menu[k]]).sum(), 0.0, f64::INFINITY);
        }
    }
    for x in 0..n {
        program.add_row(1.0, 1.0, (0..menus.len()).map(|f| (f * n + x, 1.0)));
    }
    for (f, menu) in menus.iter().enumerate() {
        for (k, &a) in menu.iter().enumerate() {
            for b in (0..m).filter(|&b| b != a) {
                program.add_row(0.0, f64::INFINITY, (0..n).map(|x| (f * n + x, user[k][x][a] - user[k][x][b])));
            }
        }
    }
    program.solve_direct().unwrap().optimal().unwrap().objective
}

fn check_regrets(game: &Instance, schemes: &[SignalScheme], place: &str) {
    let found = all_agents(game).certify(schemes.to_vec(), 10.0).unwrap();
    assert!(found.is_equilibrium(), "{place}: with so much slack everything is one");
    for agent in 0..2 {
        let best = best_deviation(game, schemes, agent);
        let claims = &exact(&found).claims;
        let regret = (best - claims.agent_values[agent]).max(0.0);
        assert!((claims.regrets[agent] - regret).abs() < 1e-7, "{place}, agent {agent}: {regret}, {claims:?}");
    }
    assert!(found.certificate.check(game).unwrap().certified(), "{place}");
}

#[test]
fn regrets_are_those_of_brute_force() {
    for seed in 0..60 {
        let game = if seed % 2 == 0 { partial(seed) } else { generated(Family::Uniform, 3, 2, 2, seed) };
        let observations = if seed % 2 == 0 { 2 } else { 3 };
        check_regrets(&game, &random_schemes(2, observations, 2, seed), &format!("game {seed}"));
    }
}

/// Schemes and plan determine what happens. The claims equal sums over worlds and signals that are
/// computed here.
#[test]
fn values_are_those_of_the_worlds() {
    for seed in 0..20 {
        let game = partial(seed);
        let schemes = random_schemes(2, 2, 3, seed);
        let found = all_agents(&game).certify(schemes.clone(), 10.0).unwrap();
        let Information::Worlds { worlds, .. } = &game.information else { panic!("worlds") };
        let (mut user, mut mass) = (0.0, 0.0);
        for world in worlds {
            for decision in exact(&found).proof.plan.iter().filter(|d| d.user == world.user) {
                let said: f64 = decision
                    .signals
                    .iter()
                    .enumerate()
                    .map(|(i, &s)| schemes[i].dense(2)[s * 2 + world.agents.of(i)])
                    .product();
                mass += world.probability * said;
                user += world.probability * said * game.user.utility[(decision.action, world.state)];
            }
        }
        assert!((mass - 1.0).abs() < 1e-12);
        assert!((user - exact(&found).claims.user_value).abs() < 1e-12);
    }
}

/// Agents that observe different halves of the state: if one switches to full information, the
/// other half stays hidden.
#[test]
fn a_switch_is_not_always_full_information() {
    for seed in 0..10 {
        let game = partial(seed);
        let all = all_agents(&game);
        let untold = all.switches(&[SignalScheme::no_information(2), SignalScheme::no_information(2)]);
        let told = all.switches(&[SignalScheme::full_information(2), SignalScheme::full_information(2)]);
        assert!(told.iter().all(|switch| switch.identical && switch.distance == 0.0));
        // By the definition, for the first agent: the user knows its half and her type.
        let Information::Worlds { worlds, .. } = &game.information else { panic!("worlds") };
        let best = |known: &dyn Fn(&World) -> bool| {
            let value = |a: usize| {
                worlds.iter().filter(|w| known(w)).map(|w| w.probability * game.user.utility[(a, w.state)]).sum::<f64>()
            };
            (0..3).max_by(|&a, &b| value(a).total_cmp(&value(b))).unwrap()
        };
        let mut difference = [[0.0; 3]; 4];
        for world in worlds {
            let half = best(&|w: &World| w.user == world.user && w.agents.of(0) == world.agents.of(0));
            let full = best(&|w: &World| w.user == world.user && w.state == world.state);
            difference[world.state][half] += world.probability;
            difference[world.state][full] -= world.probability;
        }
        let distance = 0.5 * difference.iter().flatten().map(|d| d.abs()).sum::<f64>();
        assert!((untold[0].distance - distance).abs() < 1e-12, "seed {seed}");
        assert_eq!(untold[0].identical, distance == 0.0, "seed {seed}");
    }
}

/// With a margin, agents get what they planned however the user breaks ties, and lose little.
#[test]
fn a_margin_makes_profiles_robust() {
    let judge = Matrix::new(2, 2, vec![1.0, 0.0, 0.0, 1.0]);
    let prosecutor = Matrix::new(2, 2, vec![0.0, 0.0, 1.0, 1.0]);
    let game = instance(vec![0.7, 0.3], judge, vec![prosecutor]);
    let margin = 1e-3;
    let search = AllAgentsSearch { margin, slack: 0.01, ..with_starts(4) };
    let found = searched(&game, &search);
    let profile = found.equilibria().next().unwrap();
    let proof = &exact(profile).proof;
    // She strictly prefers to convict wherever she does.
    for decision in proof.plan.iter().filter(|decision| decision.action == 1) {
        let signal = &proof.schemes[0].signals[decision.signals[0]];
        let mass = |y: usize| [0.7, 0.3][y] * signal.iter().filter(|s| s.0 == y).map(|s| s.1).sum::<f64>();
        assert!(mass(1) - mass(0) >= 0.9 * margin * (mass(0) + mass(1)), "{proof:?}");
    }
    let lost = 0.6 - exact(profile).claims.agent_values[0];
    assert!(lost > 0.0 && lost < 2.0 * margin, "{lost}");
}

#[test]
fn the_number_of_threads_does_not_matter() {
    let game = generated(Family::Threshold, 4, 2, 3, 3);
    let run = |threads: usize| {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
        pool.install(|| searched(&game, &with_starts(24)))
    };
    let (one, three) = (run(1), run(3));
    let claims =
        |found: &Found| found.profiles.iter().map(|p| (p.certificate.clone(), p.starts.clone())).collect::<Vec<_>>();
    assert_eq!(claims(&one), claims(&three));
    assert!(one.profiles.len() > 3);
}

#[test]
fn a_limit_of_time_ends_it() {
    let game = generated(Family::Uniform, 4, 4, 3, 1);
    let settings = Settings::with_time_limit(std::time::Duration::ZERO);
    let all = AllAgentsGame::new(&game, 0, &settings).unwrap();
    let found = all.search(&with_starts(20), &|| {}).unwrap();
    assert!(found.stopped.is_some());
    assert_eq!(found.starts, 0);
}

#[test]
fn bad_schemes_are_refused() {
    let game = generated(Family::Uniform, 3, 3, 2, 1);
    let all = all_agents(&game);
    let half = SignalScheme { signals: vec![vec![(0, 0.5), (1, 1.0), (2, 1.0)]] };
    let outside = SignalScheme { signals: vec![vec![(0, 1.0), (1, 1.0), (3, 1.0)]] };
    let good = SignalScheme::no_information(3);
    for (schemes, expected) in [
        (vec![good.clone()], "the number of schemes: found 1"),
        (vec![good.clone(), half], "the sum of an observation's probabilities: found 0.5"),
        (vec![good.clone(), outside], "an observation: found 3"),
    ] {
        let error = all.certify(schemes, 0.0).unwrap_err().to_string();
        assert!(error.starts_with(expected), "{error}");
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(40))]

    /// For any profile, values are between the references and at least what the hull guarantees,
    /// and the claims pass the check.
    #[test]
    fn profiles_keep_what_the_hull_promises(seed in 0..10_000u64, signals in 2..4usize) {
        let game = if seed % 2 == 0 { partial(seed) } else { generated(Family::Hull { eps: 0.05 }, 3, 3, 2, seed) };
        let observations = if seed % 2 == 0 { 2 } else { 3 };
        let all = all_agents(&game);
        let found = all.certify(random_schemes(2, observations, signals, seed), 10.0).unwrap();
        let claims = &exact(&found).claims;
        let (silent, full) = (all.no_information(), all.full_information());
        prop_assert!(silent - 1e-9 <= claims.user_value && claims.user_value <= full + 1e-9);
        prop_assert!(claims.violation < 1e-9);
        let losses: Vec<f64> = all
            .switches(&exact(&found).proof.schemes)
            .iter()
            .zip(&claims.regrets)
            .zip(&game.agents)
            .map(|((switch, regret), agent)| {
                let (low, high) = agent.utility.range();
                regret + switch.distance * (high - low)
            })
            .collect();
        for weights in [[0.5, 0.5], [1.0, 0.0], [0.2, 0.9]] {
            let promised = promised_value(full, alignment_error(&game, &weights), &weights, &losses);
            prop_assert!(claims.user_value >= promised - 1e-9, "{} below {promised}", claims.user_value);
        }
    }

    /// The order of the agents does not matter.
    #[test]
    fn the_order_of_agents_does_not_matter(seed in 0..10_000u64) {
        let game = partial(seed);
        let mut turned = game.clone();
        turned.agents.reverse();
        if let Information::Worlds { worlds, .. } = &mut turned.information {
            for world in worlds {
                world.agents = AgentSignals::PerAgent(vec![world.agents.of(1), world.agents.of(0)]);
            }
        }
        let schemes = random_schemes(2, 2, 2, seed);
        let there = all_agents(&game).certify(schemes.clone(), 10.0).unwrap();
        let there = exact(&there).claims.clone();
        let back = all_agents(&turned).certify(schemes.into_iter().rev().collect(), 10.0).unwrap();
        let back = exact(&back).claims.clone();
        prop_assert!((there.user_value - back.user_value).abs() < 1e-12);
        for agent in 0..2 {
            prop_assert!((there.agent_values[agent] - back.agent_values[1 - agent]).abs() < 1e-12);
            prop_assert!((there.regrets[agent] - back.regrets[1 - agent]).abs() < 1e-8);
        }
    }
}

/// Any change to a certificate makes the check refuse it.
#[test]
fn tampered_certificates_are_refused() {
    let game = generated(Family::Uniform, 3, 3, 2, 5);
    let good = all_agents(&game).certify(random_schemes(2, 3, 2, 5), 10.0).unwrap();
    let good = exact(&good).clone();
    assert!(good.check(&game).unwrap().certified());
    let tampered = |change: &dyn Fn(&mut Certificate<AllAgentsProof<Experiment>>)| {
        let mut bad = good.clone();
        change(&mut bad);
        bad.check(&game).unwrap_err().to_string()
    };
    let refusals = [
        tampered(&|bad| bad.claims.user_value = bad.claims.user_value.next_up()),
        tampered(&|bad| bad.claims.regrets[1] = 0.0),
        tampered(&|bad| bad.claims.agent_values.clear()),
        tampered(&|bad| bad.proof.schemes[0].signals[0][0].1 *= 0.5),
        tampered(&|bad| bad.proof.schemes[1].signals[0][0].0 = 9),
        tampered(&|bad| bad.proof.schemes.truncate(1)),
        tampered(&|bad| bad.proof.plan.truncate(1)),
        tampered(&|bad| bad.proof.plan[0].action = 7),
        tampered(&|bad| bad.proof.plan.swap(0, 1)),
        tampered(&|bad| bad.proof.plan[0].signals[0] = 5),
        tampered(&|bad| bad.proof.replies[0].truncate(1)),
        tampered(&|bad| bad.proof.replies.truncate(1)),
        tampered(&|bad| bad.proof.slack = -1.0),
        tampered(&|bad| bad.proof.prior = 3),
    ];
    say_what_is_wrong(&refusals);
}

/// Every refusal has its own message.
fn say_what_is_wrong(refusals: &[String]) {
    for expected in [
        "the user's value is",
        "the regret of agent 1 is",
        "the values of the agents holds",
        "do not sum to one",
        "names observation 9",
        "the schemes holds 1 claims",
        "plan lacks a decision",
        "names action 7",
    ] {
        assert!(refusals.iter().any(|refusal| refusal.contains(expected)), "{expected}: {refusals:#?}");
    }
}
