//! Random games and proofs, good and bad alike, a plain evaluation in rationals, and what tests of
//! several ways to communicate share.

mod documents;
mod kinds;

use dashu::rational::RBig;
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;
use suasion_certificate::{Certificate, Direct, Exact, Floor, Multiplier, OptimumClaims, OptimumProof};
use suasion_model::{
    AgentSignals, Information, Instance, Labels, Matrix, Objective, Party, Scheme, SchemeEntry, World,
};

pub use documents::{accepted, picks, spoiled, survives};
pub(crate) use kinds::each_kind;
pub use kinds::{Kind, message};

pub type DirectProof = OptimumProof<Direct>;
pub type DirectCertificate = Certificate<DirectProof>;

pub fn exact(x: f64) -> RBig {
    RBig::try_from(x).unwrap()
}

fn total(items: impl Iterator<Item = RBig>) -> RBig {
    items.fold(RBig::ZERO, |sum, item| sum + item)
}

pub fn party(name: &str, utility: Matrix) -> Party {
    Party { name: name.into(), utility }
}

/// The judge of `instances/hunch.json`, with probabilities that binary numbers hold: calm in 9/16
/// innocent and 1/16 guilty cases, uneasy in 2/16 and 4/16.
pub fn judge_with_a_hunch(name: &str, agents: Vec<Party>) -> Instance {
    let world = |sixteenths: f64, state: usize, user: usize| World {
        probability: sixteenths / 16.0,
        state,
        user,
        agents: AgentSignals::PerAgent(vec![state; 2]),
    };
    Instance {
        name: name.into(),
        source: None,
        states: Labels::Count(2),
        actions: Labels::Count(2),
        information: Information::Worlds {
            types: vec!["calm".into(), "uneasy".into()],
            signals: vec!["no trace".into(), "trace".into()],
            worlds: vec![world(9.0, 0, 0), world(1.0, 1, 0), world(2.0, 0, 1), world(4.0, 1, 1)],
        },
        user: party("judge", Matrix::new(2, 2, vec![1.0, 0.0, 0.0, 1.0])),
        agents,
        protocol: None,
    }
}

/// The prosecutor and the judge (Kamenica & Gentzkow 2011) at prior `[3/4, 1/4]`, which binary
/// numbers hold.
pub fn prosecutor() -> Instance {
    Instance {
        name: "prosecutor".into(),
        source: None,
        states: Labels::Count(2),
        actions: Labels::Count(2),
        information: Information::Priors(Matrix::new(1, 2, vec![0.75, 0.25])),
        user: party("judge", Matrix::new(2, 2, vec![1.0, 0.0, 0.0, 1.0])),
        agents: vec![party("prosecutor", Matrix::new(2, 2, vec![0.0, 0.0, 1.0, 1.0]))],
        protocol: None,
    }
}

/// A third of the innocent are convicted, up to rounding, with the guilty: half of all, against a
/// bound of one half by the multiplier 1.
pub fn prosecutor_proof() -> DirectProof {
    let entry = |state, action, probability| SchemeEntry { state, action, probability };
    OptimumProof {
        communication: Direct,
        prior: 0,
        agent: 0,
        objective: Objective::agent(0),
        floor: None,
        scheme: Scheme::new(vec![entry(0, 0, 0.6875), entry(0, 1, 0.3125), entry(1, 1, 1.0)]),
        bound: vec![Multiplier { recommended: 1, alternative: 0, value: 1.0 }],
    }
}

pub struct Case {
    pub game: Instance,
    pub proof: DirectProof,
}

/// A random game with a random scheme (seldom obedient) and random multipliers.
pub fn case(seed: u64) -> Case {
    let rng = &mut ChaCha8Rng::seed_from_u64(seed);
    let (n, m, k) = (rng.random_range(1..5), rng.random_range(1..5), rng.random_range(1..4));
    let kind = rng.random_range(0..4);
    let entry = |rng: &mut ChaCha8Rng| match kind {
        0 => rng.random::<f64>(),
        1 => f64::from(rng.random_range(-2..3_i8)),
        // Neighbors that floating point cannot tell apart once they are summed up.
        2 => 1.0 + f64::from(rng.random_range(0..3_u8)) * f64::EPSILON,
        _ => (rng.random::<f64>() - 0.5) * 10_f64.powi(rng.random_range(-20..20)),
    };
    let user = Matrix::from_fn(m, n, |_, _| entry(rng));
    let agents: Vec<Party> =
        (0..k).map(|i| party(&format!("agent {i}"), Matrix::from_fn(m, n, |_, _| entry(rng)))).collect();
    let mut masses: Vec<f64> = (0..n).map(|_| if rng.random_range(0..4) == 0 { 0.0 } else { rng.random() }).collect();
    masses[0] += 0.1;
    let total: f64 = masses.iter().sum();
    for p in &mut masses {
        *p /= total;
    }
    let with_worlds = rng.random();
    let (information, observations) = if with_worlds {
        let signals = rng.random_range(1..4);
        let worlds = masses.iter().enumerate().flat_map(|(state, &p)| [(state, 0.5 * p), (state, 0.5 * p)]);
        let worlds = worlds.map(|(state, probability)| World {
            probability,
            state,
            user: 0,
            agents: if rng.random() {
                AgentSignals::Shared(rng.random_range(0..signals))
            } else {
                AgentSignals::PerAgent((0..k).map(|_| rng.random_range(0..signals)).collect())
            },
        });
        let worlds = worlds.collect();
        let signals_named = (0..signals).map(|x| format!("signal {x}")).collect();
        (Information::Worlds { types: vec!["nothing".into()], signals: signals_named, worlds }, signals)
    } else {
        (Information::Priors(Matrix::new(1, n, masses)), n)
    };
    let mut entries = Vec::new();
    for state in 0..observations {
        let mut left = 1.0;
        for action in 0..m {
            let probability = left * rng.random::<f64>();
            if probability > 0.0 && rng.random() {
                entries.push(SchemeEntry { state, action, probability });
                left -= probability * (1.0 + f64::EPSILON);
            }
        }
    }
    let mut multipliers = Vec::new();
    for recommended in 0..m {
        for alternative in (0..m).filter(|&b| b != recommended) {
            if rng.random() {
                multipliers.push(Multiplier { recommended, alternative, value: rng.random::<f64>() * 2.0 });
            }
        }
    }
    let objective = if rng.random() {
        Objective::agent(rng.random_range(0..k))
    } else {
        Objective { user: rng.random::<f64>() - 0.5, agents: (0..k).map(|i| (i, rng.random::<f64>() - 0.3)).collect() }
    };
    let floor = rng.random::<bool>().then(|| Floor { value: rng.random(), multiplier: rng.random() });
    let game = Instance {
        name: "case".into(),
        source: None,
        states: Labels::Count(n),
        actions: Labels::Count(m),
        information,
        user: party("user", user),
        agents,
        protocol: None,
    };
    Case {
        game,
        proof: OptimumProof {
            communication: Direct,
            prior: 0,
            agent: rng.random_range(0..k),
            objective,
            floor,
            scheme: Scheme::new(entries),
            bound: multipliers,
        },
    }
}

/// What a proof comes to, the plain way.
pub struct Reference {
    pub objective: RBig,
    pub user: RBig,
    pub agents: Vec<RBig>,
    pub bound: RBig,
    pub violation: RBig,
}

/// Everything in rationals: fold the prior in, let the remainders reveal, and sum.
pub fn reference(game: &Instance, proof: &DirectProof) -> Reference {
    let (n, m) = (game.states.len(), game.actions.len());
    let observations = match &game.information {
        Information::Priors(_) => n,
        Information::Worlds { signals, .. } => signals.len(),
    };
    // mass[x][y]
    let mut mass = vec![vec![RBig::ZERO; n]; observations];
    match &game.information {
        Information::Priors(priors) => (0..n).for_each(|y| mass[y][y] = exact(priors[(proof.prior, y)])),
        Information::Worlds { worlds, .. } => {
            for world in worlds {
                mass[world.agents.of(proof.agent)][world.state] += exact(world.probability);
            }
        }
    }
    let fold = |utility: &Matrix| -> Vec<Vec<RBig>> {
        (0..observations)
            .map(|x| (0..m).map(|a| total((0..n).map(|y| &mass[x][y] * exact(utility[(a, y)])))).collect())
            .collect()
    };
    let user = fold(&game.user.utility);
    let agents: Vec<_> = game.agents.iter().map(|agent| fold(&agent.utility)).collect();
    let objective: Vec<Vec<RBig>> = (0..observations)
        .map(|x| {
            let worth = |a: usize| {
                let own = exact(proof.objective.user) * &user[x][a];
                proof.objective.agents.iter().fold(own, |sum, &(i, weight)| sum + exact(weight) * &agents[i][x][a])
            };
            (0..m).map(worth).collect()
        })
        .collect();
    let has_mass = |x: usize| mass[x].iter().any(|p| *p > RBig::ZERO);

    // What is listed, then what reveals.
    let mut conduct: Vec<(usize, usize, RBig)> = Vec::new();
    for x in 0..observations {
        let mut left = RBig::ONE;
        for entry in proof.scheme.entries.iter().filter(|entry| entry.state == x) {
            left -= exact(entry.probability);
            conduct.push((x, entry.action, exact(entry.probability)));
        }
        let mut best = 0;
        for a in 1..m {
            if (&user[x][a], &objective[x][a]) > (&user[x][best], &objective[x][best]) {
                best = a;
            }
        }
        conduct.push((x, best, left));
    }
    let value = |utility: &[Vec<RBig>]| total(conduct.iter().map(|(x, a, p)| p * &utility[*x][*a]));

    let mut violation = RBig::ZERO;
    for a in 0..m {
        let listed: Vec<_> = proof.scheme.entries.iter().filter(|entry| entry.action == a).collect();
        let at = |b: usize| total(listed.iter().map(|entry| exact(entry.probability) * &user[entry.state][b]));
        let own = at(a);
        violation += (0..m).map(|b| at(b) - &own).max().unwrap();
    }

    let floor = proof.floor.unwrap_or(Floor { value: 0.0, multiplier: 0.0 });
    let mut bound = -exact(floor.value) * exact(floor.multiplier);
    for x in (0..observations).filter(|&x| has_mass(x)) {
        let priced = |a: usize| {
            let own = &objective[x][a] + exact(floor.multiplier) * &user[x][a];
            let rows = proof.bound.iter().filter(|multiplier| multiplier.recommended == a);
            rows.fold(own, |sum, r| sum + exact(r.value) * (&user[x][a] - &user[x][r.alternative]))
        };
        bound += (0..m).map(priced).max().unwrap();
    }
    Reference {
        objective: value(&objective),
        user: value(&user),
        agents: agents.iter().map(|agent| value(agent)).collect(),
        bound,
        violation,
    }
}

/// A rational, rounded to nearest.
pub fn nearest(x: &RBig) -> f64 {
    x.to_f64().value()
}

/// The claims that the reference supports.
pub fn claims(reference: &Reference) -> OptimumClaims<Exact> {
    OptimumClaims {
        objective_value: nearest(&reference.objective),
        user_value: nearest(&reference.user),
        agent_values: reference.agents.iter().map(nearest).collect(),
        upper_bound: nearest(&reference.bound),
        violation: nearest(&reference.violation),
    }
}
