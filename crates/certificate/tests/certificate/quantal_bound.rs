//! The bound against a quantal user, and her certificates: never below what there is, whatever the
//! prices; what was changed is refused.

use crate::common::{prosecutor, survives};
use proptest::prelude::*;
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;
use suasion_certificate::{
    Certificate, Enclosure, Floor, OptimumProof, Proof, ProofError, Quantal, QuantalArrays, QuantalPrices,
    QuantalSearch, ToleranceViolation, quantal_bound,
};
use suasion_model::{Instance, Matrix, Objective, SignalScheme};

type QuantalProof = OptimumProof<Quantal>;
type QuantalCertificate = Certificate<QuantalProof>;

/// Arrays per type, some pairs without mass.
struct Game {
    mass: Matrix,
    user: Vec<Matrix>,
    objective: Vec<Matrix>,
}

impl Game {
    fn random(types: usize, n: usize, m: usize, rng: &mut ChaCha8Rng) -> Self {
        let mass = Matrix::from_fn(types, n, |_, _| match rng.random_range(0..8) {
            0 => 0.0,
            1 => 1e-6 * rng.random::<f64>(),
            _ => rng.random_range(0.05..1.0),
        });
        let integer = rng.random_range(0..3) == 0;
        let mut arrays = || -> Vec<Matrix> {
            let mut utility =
                || if integer { f64::from(rng.random_range(-1..2_i8)) } else { rng.random_range(-1.0..1.0) };
            (0..types).map(|t| Matrix::from_fn(m, n, |_, x| mass[(t, x)] * utility())).collect()
        };
        let (user, objective) = (arrays(), arrays());
        Self { mass, user, objective }
    }

    fn arrays(&self, error: f64) -> QuantalArrays<'_> {
        let Self { mass, user, objective } = self;
        QuantalArrays { mass, user, user_rest: &[], objective, error, user_error: error }
    }

    /// The total mass of an observation.
    fn total(&self, x: usize) -> f64 {
        (0..self.user.len()).map(|t| self.mass[(t, x)]).sum()
    }

    /// Whether two observations differ in nothing but their mass.
    fn are_twins(&self, x: usize, y: usize) -> bool {
        let per_mass = |matrix: &Matrix, row: usize, x: usize| matrix[(row, x)] / self.total(x);
        let is_same = |matrix: &Matrix| {
            (0..matrix.rows()).all(|row| (per_mass(matrix, row, x) - per_mass(matrix, row, y)).abs() < 1e-12)
        };
        is_same(&self.mass) && self.user.iter().chain(&self.objective).all(is_same)
    }

    /// The observations with mass, twins together.
    fn groups(&self) -> Vec<Vec<usize>> {
        let mut groups: Vec<Vec<usize>> = vec![];
        for x in (0..self.mass.columns()).filter(|&x| self.total(x) > 0.0) {
            match groups.iter_mut().find(|group| self.are_twins(group[0], x)) {
                Some(group) => group.push(x),
                None => groups.push(vec![x]),
            }
        }
        groups
    }

    /// By how much prices have to be raised for a message: at a posterior.
    fn raise(&self, posterior: &[f64], prices: &[f64], eta: f64) -> f64 {
        let groups = self.groups();
        let sum = |group: &Vec<usize>, of: &dyn Fn(usize) -> f64| group.iter().map(|&x| of(x)).sum::<f64>();
        let sent: f64 = groups.iter().map(|group| sum(group, &|x| posterior[x]) / sum(group, &|x| self.total(x))).sum();
        self.price(posterior, prices, eta) / sent * groups.len() as f64
    }

    /// The value of a scheme with two messages, of which one leads to a posterior as often as
    /// possible.
    fn scheme(&self, posterior: &[f64], eta: f64) -> f64 {
        let share = |x: usize| if self.total(x) > 0.0 { posterior[x] / self.total(x) } else { 0.0 };
        let most = (0..posterior.len()).map(share).fold(0.0, f64::max);
        let sent: Vec<f64> = posterior.iter().map(|q| q / most).collect();
        let rest: Vec<f64> = sent.iter().enumerate().map(|(x, sent)| (self.total(x) - sent).max(0.0)).collect();
        let free = vec![0.0; posterior.len()];
        self.price(&sent, &free, eta) + self.price(&rest, &free, eta)
    }

    /// Whether the user almost never plays some action. Without it, observations may be twins that
    /// are none in the whole game.
    fn has_beaten(&self, eta: f64) -> bool {
        let m = self.user[0].rows();
        let pairs = (0..self.mass.columns()).flat_map(|x| (0..self.user.len()).map(move |t| (t, x)));
        let present: Vec<(usize, usize)> = pairs.filter(|&pair| self.mass[pair] > 0.0).collect();
        let ahead = |a: usize, b: usize, (t, x): (usize, usize)| {
            eta * (self.user[t][(b, x)] - self.user[t][(a, x)]) / self.mass[(t, x)] > 10.0
        };
        (0..m).any(|a| (0..m).any(|b| present.iter().all(|&pair| ahead(a, b, pair))))
    }

    /// The value of a message per unit of mass at a posterior, less its price.
    fn price(&self, posterior: &[f64], prices: &[f64], eta: f64) -> f64 {
        let (types, n, m) = (self.user.len(), self.mass.columns(), self.user[0].rows());
        let total = |x: usize| (0..types).map(|t| self.mass[(t, x)]).sum::<f64>();
        let r: Vec<f64> = (0..n).map(|x| if total(x) > 0.0 { posterior[x] / total(x) } else { 0.0 }).collect();
        let mut worth = 0.0;
        for t in 0..types {
            let of = |matrix: &Matrix, a: usize| (0..n).map(|x| r[x] * matrix[(a, x)]).sum::<f64>();
            let mass: f64 = (0..n).map(|x| r[x] * self.mass[(t, x)]).sum();
            if mass > 0.0 {
                let utility: Vec<f64> = (0..m).map(|a| eta * of(&self.user[t], a) / mass).collect();
                let most = utility.iter().copied().fold(f64::NEG_INFINITY, f64::max);
                let sum: f64 = utility.iter().map(|utility| (utility - most).exp()).sum();
                worth += (0..m).map(|a| (utility[a] - most).exp() / sum * of(&self.objective[t], a)).sum::<f64>();
            }
        }
        worth - (0..n).map(|x| posterior[x] * prices[x]).sum::<f64>()
    }

    /// A posterior over observations with mass: a vertex, a point of an edge, or any.
    fn posterior(&self, rng: &mut ChaCha8Rng) -> Option<Vec<f64>> {
        let (types, n) = (self.user.len(), self.mass.columns());
        let sparse = rng.random_range(0..3);
        let draw = |x: usize, rng: &mut ChaCha8Rng| {
            let some = (0..types).any(|t| self.mass[(t, x)] > 0.0) && rng.random_range(0..=sparse) == 0;
            if some { rng.random::<f64>().powi(1 + 3 * sparse) } else { 0.0 }
        };
        let weights: Vec<f64> = (0..n).map(|x| draw(x, rng)).collect();
        let total: f64 = weights.iter().sum();
        (total > 0.0).then(|| weights.iter().map(|weight| weight / total).collect())
    }
}

fn search(target: f64, cells: usize) -> QuantalSearch<'static> {
    QuantalSearch { target, cells, enough: f64::INFINITY, going: &|| true }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(250))]

    /// Whatever the prices, the sensitivity, and how long it may search.
    #[test]
    fn nothing_is_above_the_bound(seed in any::<u64>(), types in 1..4_usize, n in 1..5_usize, m in 1..6_usize, scale in -2.0..4.0_f64, cells in 1..20_000_usize) {
        let rng = &mut ChaCha8Rng::seed_from_u64(seed);
        let game = Game::random(types, n, m, rng);
        let eta = 10_f64.powf(scale);
        let prices: Vec<f64> = (0..n).map(|_| rng.random_range(-1.0..1.0)).collect();
        let found = quantal_bound(&game.arrays(0.0), eta, &prices, &search(1e-4, cells)).unwrap().unwrap();
        let (mut best, mut worth) = (f64::NEG_INFINITY, f64::NEG_INFINITY);
        for _ in 0..2000 {
            if let Some(posterior) = game.posterior(rng) {
                best = best.max(game.raise(&posterior, &prices, eta));
                worth = worth.max(game.scheme(&posterior, eta));
            }
        }
        prop_assert!(found.value >= worth - 1e-13, "{found:?}, found {worth}");
        let is_whole = !game.has_beaten(eta);
        prop_assert!(!is_whole || found.raise >= best - 1e-13, "{found:?}, found {best}");
        if is_whole && best > f64::NEG_INFINITY {
            let own = game.raise(&found.message.0, &prices, eta);
            prop_assert!((own - found.message.1).abs() < 1e-7, "{found:?}: {own}");
            if found.complete {
                prop_assert!(found.raise <= found.message.1 + 1.1e-4, "{found:?}");
            }
        }
    }

    /// Observations split into parts of any size are bounded as the whole ones are, however many
    /// parts there are.
    #[test]
    fn twins_are_one(seed in any::<u64>(), types in 1..3_usize, n in 1..4_usize, m in 1..4_usize, parts in 2..4_usize) {
        let rng = &mut ChaCha8Rng::seed_from_u64(seed);
        let game = Game::random(types, n, m, rng);
        let prices: Vec<f64> = (0..n).map(|_| rng.random_range(-1.0..1.0)).collect();
        let shares: Vec<f64> = (0..n * parts).map(|_| 10_f64.powf(rng.random_range(-9.0..0.0))).collect();
        let share = |i: usize| shares[i] / shares[i / parts * parts..][..parts].iter().sum::<f64>();
        let split = |matrix: &Matrix| {
            Matrix::from_fn(matrix.rows(), n * parts, |row, i| matrix[(row, i / parts)] * share(i))
        };
        let split_arrays = |matrices: &[Matrix]| matrices.iter().map(split).collect::<Vec<_>>();
        // As a certificate does, the user's utilities come to twice the precision.
        let rest = |matrix: &Matrix| {
            let lost = |value: f64, share: f64| value.mul_add(share, -(value * share));
            Matrix::from_fn(m, n * parts, |a, i| lost(matrix[(a, i / parts)], share(i)))
        };
        let (user, rests) = (split_arrays(&game.user), game.user.iter().map(rest).collect::<Vec<_>>());
        let arrays = QuantalArrays {
            mass: &split(&game.mass),
            user: &user,
            user_rest: &rests,
            objective: &split_arrays(&game.objective),
            error: f64::EPSILON,
            user_error: f64::EPSILON * f64::EPSILON,
        };
        // One of the twins is cheapest.
        let asked: Vec<f64> =
            (0..n * parts)
                .map(|i| prices[i / parts] + if i % parts == 0 { 0.0 } else { rng.random::<f64>() })
                .collect();
        let whole = quantal_bound(&game.arrays(0.0), 5.0, &prices, &search(1e-4, 100_000)).unwrap().unwrap();
        let found = quantal_bound(&arrays, 5.0, &asked, &search(1e-4, 100_000)).unwrap().unwrap();
        prop_assert!((found.value - whole.value).abs() < 2.1e-4, "{found:?} {whole:?}");
        prop_assert!(found.complete == whole.complete);
    }

    /// An action that she never plays changes no bound, whatever its value to the objective, and
    /// costs nothing to leave out.
    #[test]
    fn actions_never_played(
        seed in any::<u64>(), types in 1..3_usize, n in 1..4_usize, m in 1..4_usize, behind in 3.0..12.0_f64,
    ) {
        let rng = &mut ChaCha8Rng::seed_from_u64(seed);
        let game = Game::random(types, n, m, rng);
        let prices: Vec<f64> = (0..n).map(|_| rng.random_range(-1.0..1.0)).collect();
        let penalty = 10_f64.powf(behind);
        let mut row = |size: f64, base: &Matrix, mass: &[f64]| {
            let worth: Vec<f64> = mass.iter().map(|mass| mass * size * rng.random_range(1.0..2.0)).collect();
            Matrix::from_fn(m + 1, n, |a, x| if a < m { base[(a, x)] } else { worth[x] })
        };
        let mut with = Game { mass: game.mass.clone(), user: vec![], objective: vec![] };
        for t in 0..types {
            let mass: Vec<f64> = (0..n).map(|x| game.mass[(t, x)]).collect();
            with.user.push(row(-penalty, &game.user[t], &mass));
            with.objective.push(row(penalty, &game.objective[t], &mass));
        }
        let found = quantal_bound(&game.arrays(0.0), 5.0, &prices, &search(1e-6, 100_000)).unwrap().unwrap();
        let other = quantal_bound(&with.arrays(0.0), 5.0, &prices, &search(1e-6, 100_000)).unwrap().unwrap();
        // Both are within the target.
        prop_assert!((other.value - found.value).abs() <= 1.1e-6, "{found:?} {other:?}");
        prop_assert!(other.complete == found.complete, "{found:?} {other:?}");
    }

    /// The bound for arrays that are a little wrong holds for the true ones.
    #[test]
    fn errors_of_the_arrays(seed in any::<u64>(), types in 1..3_usize, n in 2..4_usize) {
        let rng = &mut ChaCha8Rng::seed_from_u64(seed);
        let game = Game::random(types, n, 3, rng);
        let (error, eta) = (1e-5, 20.0);
        let mut off = |value: f64| rng.random_range(-0.99..0.99) * error * value;
        let mut wrong = Game { mass: game.mass.clone(), user: vec![], objective: vec![] };
        for (to, from) in [(&mut wrong.user, &game.user), (&mut wrong.objective, &game.objective)] {
            let matrix = |t: usize| Matrix::from_fn(3, n, |a, x| from[t][(a, x)] + off(from[t][(a, x)]));
            *to = (0..types).map(matrix).collect();
        }
        let prices = vec![0.1; n];
        let found = quantal_bound(&wrong.arrays(error), eta, &prices, &search(1e-3, 100_000)).unwrap().unwrap();
        for _ in 0..2000 {
            if let Some(posterior) = game.posterior(rng) {
                let raise = game.raise(&posterior, &prices, eta);
                prop_assert!(game.has_beaten(eta) || found.raise >= raise, "{found:?}, {raise}");
                let worth = game.scheme(&posterior, eta);
                prop_assert!(found.value >= worth - 1e-13, "{found:?}, {worth}");
            }
        }
    }
}

/// Nobody's action depends on anything: the value of a message is that of the observation, and the
/// bound is exact up to rounding.
#[test]
fn what_is_linear_is_bounded_at_once() {
    let game = Game {
        mass: Matrix::new(1, 3, vec![0.5, 0.25, 0.25]),
        user: vec![Matrix::new(2, 3, vec![0.0; 6])],
        objective: vec![Matrix::new(2, 3, vec![0.5, 0.25, 0.0, 0.0, 0.25, 0.25])],
    };
    let found = quantal_bound(&game.arrays(0.0), 3.0, &[0.5, 1.0, 0.5], &search(1e-9, 1000)).unwrap().unwrap();
    assert!(found.complete && found.raise.abs() < 1e-12 && (found.value - 0.625).abs() < 1e-12, "{found:?}");
    assert!(found.cells < 10, "{found:?}");
}

/// At every sensitivity, the value of a rational user's best message is at most the bound.
#[test]
fn users_who_are_all_but_rational() {
    for exponent in 0..300 {
        let scale = 10_f64.powi(exponent);
        let game = Game {
            mass: Matrix::new(1, 2, vec![0.75, 0.25]),
            user: vec![Matrix::new(2, 2, vec![0.0, -0.25 * scale, -0.75 * scale, 0.0])],
            objective: vec![Matrix::new(2, 2, vec![0.0, -0.25, 0.75, 0.0])],
        };
        if let Some(found) = quantal_bound(&game.arrays(0.0), 1.0, &[0.0, 0.0], &search(1e-9, 100_000)).unwrap() {
            // At even odds, next to where she wavers: 0.75 of every innocent is gained, sent as
            // often as the guilty are there.
            assert!(found.raise >= 0.375 - 10.0 / scale.sqrt() && found.raise < 0.41, "{exponent}: {found:?}");
        }
    }
}

#[test]
fn more_than_four_observations() {
    let rng = &mut ChaCha8Rng::seed_from_u64(1);
    let mut game = Game::random(1, 5, 2, rng);
    game.mass = Matrix::from_fn(1, 5, |_, _| 1.0);
    assert_eq!(quantal_bound(&game.arrays(0.0), 1.0, &[0.0; 5], &search(1e-6, 1000)).unwrap(), None);
}

#[test]
fn arrays_that_are_refused() {
    let rng = &mut ChaCha8Rng::seed_from_u64(2);
    let game = Game::random(2, 3, 2, rng);
    let run = |arrays: QuantalArrays<'_>, eta: f64, prices: &[f64]| {
        quantal_bound(&arrays, eta, prices, &search(1e-3, 1000)).unwrap_err().to_string()
    };
    assert_eq!(run(game.arrays(0.0), -1.0, &[0.0; 3]), "the sensitivity eta is -1, not a finite number of at least 0");
    assert!(run(game.arrays(0.0), 1.0, &[0.0; 2]).contains("found 2 numbers, expected 3"));
    assert_eq!(run(game.arrays(0.0), 1.0, &[0.0, f64::NAN, 0.0]), "the price of observation 1 is NaN, not finite");
    assert!(run(game.arrays(0.5), 1.0, &[0.0; 3]).contains("the error of the arrays is 0.5"));
    let none = Matrix::from_fn(2, 3, |_, _| 0.0);
    let without = QuantalArrays { mass: &none, ..game.arrays(0.0) };
    assert!(run(without, 1.0, &[0.0; 3]).contains("0, as there is no mass"));
    let rest = QuantalArrays { user_rest: &game.user[..1], ..game.arrays(0.0) };
    assert!(run(rest, 1.0, &[0.0; 3]).contains("found 1 numbers, expected 2"));
    let fewer = QuantalArrays { user: &game.user[..1], ..game.arrays(0.0) };
    assert!(run(fewer, 1.0, &[0.0; 3]).contains("found 1 numbers, expected 2"));
}

/// Where the line from `(0, W(0))` touches the logit at `eta (2 q - 1)`, `eta = 4`: found by
/// bisection, as a dyadic number.
fn good() -> QuantalCertificate {
    let sigmoid = |q: f64| 1.0 / (1.0 + (-4.0 * (2.0 * q - 1.0)).exp());
    let slope = |q: f64| 8.0 * sigmoid(q) * (1.0 - sigmoid(q));
    let (mut low, mut high) = (0.5, 1.0);
    for _ in 0..100 {
        let middle = 0.5 * (low + high);
        *(if sigmoid(middle) - sigmoid(0.0) < middle * slope(middle) { &mut low } else { &mut high }) = middle;
    }
    // All of the guilty, and so many of the innocent that the posterior is there: of 3/4 innocent,
    // 1/4 guilty.
    let innocent: f64 = (1.0 - low) / low / 3.0;
    let innocent = (innocent * 1_048_576.0).round() / 1_048_576.0;
    let scheme = SignalScheme { signals: vec![vec![(0, 1.0 - innocent)], vec![(0, innocent), (1, 1.0)]] };
    // With full information, the guilty are convicted, for a value of one.
    let prices = vec![sigmoid(0.0), sigmoid(0.0) + slope(low) - 1.0];
    let proof = QuantalProof {
        communication: Quantal { eta: 4.0 },
        prior: 0,
        agent: 0,
        objective: Objective::agent(0),
        floor: None,
        scheme,
        bound: QuantalPrices { prices, hurried: false },
    };
    let (certificate, verdict) = proof.certify(&prosecutor()).unwrap();
    assert!(verdict.certified(), "{verdict:?}");
    let value = sigmoid(0.0) + 0.25 * slope(low);
    assert!((certificate.claims.objective_value.low - value).abs() < 1e-9, "{certificate:?}: {value}");
    certificate
}

fn refused(change: impl FnOnce(&mut QuantalCertificate)) -> String {
    let mut certificate = good();
    change(&mut certificate);
    certificate.check(&prosecutor()).unwrap_err().to_string()
}

#[test]
fn a_good_one_survives_its_file() {
    let certificate = good();
    assert!(certificate.check(&prosecutor()).unwrap().certified());
    survives(certificate.proof, &prosecutor());
}

#[test]
fn forged_claims() {
    let above = |value: &mut f64| *value = value.next_up();
    assert!(
        refused(|c| above(&mut c.claims.objective_value.low)).starts_with("the objective's value is claimed to be")
    );
    assert!(
        refused(|c| above(&mut c.claims.objective_value.high)).starts_with("the objective's value is claimed to be")
    );
    assert!(refused(|c| c.claims.user_value.low = 1.0).starts_with("the user's value is claimed to be"));
    assert!(refused(|c| c.claims.agent_values[0].high = f64::NAN).starts_with("the value of agent 0 is claimed"));
    assert!(
        refused(|c| c.claims.agent_values.push(Enclosure { low: 0.0, high: 0.0 })).contains("holds 2 claims, not 1")
    );
    let lower = |c: &mut QuantalCertificate| c.claims.upper_bound = c.claims.upper_bound.map(f64::next_down);
    assert!(refused(|c| c.claims.violation = 1e-9).starts_with("the violation is claimed to be 1e-9"));
    assert!(refused(lower).starts_with("the upper bound is claimed to be"));
    assert!(refused(|c| c.claims.upper_bound = None).starts_with("the upper bound is claimed to be inf"));
}

#[test]
fn forged_proofs() {
    assert!(refused(|c| c.proof.communication.eta = 4.5).contains("is claimed to be"));
    assert!(refused(|c| c.proof.bound.prices[1] += 1e-3).starts_with("the upper bound is claimed"));
    assert!(refused(|c| c.proof.scheme.signals[0][0].1 *= 0.5).contains("do not sum to one"));
    assert_eq!(
        refused(|c| c.proof.communication.eta = -1.0),
        "the sensitivity eta is -1, not a finite number of at least 0"
    );
    assert_eq!(
        refused(|c| c.proof.communication.eta = f64::INFINITY),
        "the sensitivity eta is inf, not a finite number of at least 0"
    );
    assert_eq!(refused(|c| c.proof.bound.prices[0] = f64::NAN), "the price of observation 0 is NaN, not finite");
    assert!(refused(|c| c.proof.bound.prices.push(0.0)).contains("found 3 numbers, expected 2"));
    assert_eq!(refused(|c| c.proof.scheme.signals[1][1].0 = 9), "signal 1 names observation 9, but there are 2");
    assert_eq!(refused(|c| c.proof.scheme.signals[1].swap(0, 1)), "signal 1 does not come after the one before it");
    assert_eq!(refused(|c| c.proof.scheme.signals[1][1].1 = 0.0), "signal 1 is 0, not above 0 and at most 1");
    assert_eq!(
        refused(|c| c.proof.floor = Some(Floor { value: 0.5, multiplier: 0.0 })),
        "a proof against a quantal user has no floor"
    );
    assert_eq!(refused(|c| c.proof.agent = 3), "the certificate names agent 3, but there are 1");
    assert_eq!(refused(|c| c.proof.prior = 1), "the certificate names prior 1, but there are 1");
}

/// Without time, the bound is still valid, and is checked like any other.
#[test]
fn hurried() {
    let proof = good().proof;
    for allowed in [0, 1, 5] {
        let asked = std::cell::Cell::new(0);
        let going = || {
            asked.set(asked.get() + 1);
            asked.get() <= allowed
        };
        let (certificate, verdict) = proof.clone().certify_within(&prosecutor(), &going).unwrap();
        assert!(certificate.proof.bound.hurried && !verdict.certified(), "{verdict:?}");
        let bound = certificate.claims.upper_bound.unwrap();
        assert!(bound >= good().claims.upper_bound.unwrap(), "{bound}");
        let text = serde_json::to_string(&certificate).unwrap();
        let again: QuantalCertificate = serde_json::from_str(&text).unwrap();
        assert_eq!(again.check(&prosecutor()).unwrap(), verdict);
    }
    // What was not hurried may not be said to have been.
    assert!(refused(|c| c.proof.bound.hurried = true).starts_with("the upper bound is claimed"));
}

/// A scheme that is not the best is not certified, whatever its prices.
#[test]
fn a_worse_scheme_has_a_gap() {
    let proof = good().proof;
    for prices in [proof.bound.prices.clone(), vec![0.0, 0.0], vec![1.0, -5.0]] {
        let worse = QuantalProof {
            scheme: SignalScheme::full_information(2),
            bound: QuantalPrices { prices, hurried: false },
            ..proof.clone()
        };
        let (certificate, verdict) = worse.certify(&prosecutor()).unwrap();
        assert!(matches!(verdict.failures[..], [ToleranceViolation::Gap { .. }]), "{verdict:?}");
        assert!(certificate.claims.upper_bound.unwrap() >= good().claims.objective_value.low);
    }
}

/// Numbers at the edge of what there is: refused or bounded, without a panic, and never certified
/// for nothing.
#[test]
fn extremes() {
    let proof = good().proof;
    for scale in [1e-300, 1e-150, 1e150, 1e300] {
        let mut game: Instance = prosecutor();
        for party in std::iter::once(&mut game.user).chain(&mut game.agents) {
            party.utility = Matrix::from_fn(2, 2, |a, y| scale * party.utility[(a, y)]);
        }
        for eta in [0.0, 1e-300, 1.0, 1e300] {
            match (QuantalProof { communication: Quantal { eta }, ..proof.clone() }).certify(&game) {
                Err(refusal) => assert!(matches!(refusal, ProofError::Overflow(_)), "{refusal}"),
                Ok((certificate, _)) => {
                    let claims = certificate.claims;
                    assert!(claims.upper_bound.is_none_or(|bound| bound >= claims.objective_value.low), "{claims:?}");
                    assert!(claims.objective_value.low <= claims.objective_value.high, "{claims:?}");
                }
            }
        }
    }
}

/// The enclosures at a high precision: the same sums in numbers of 200 bits.
#[test]
fn values_at_a_high_precision() {
    use dashu::float::{FBig, round::mode::HalfEven};
    let certificate = good();
    let number = |x: f64| FBig::<HalfEven>::try_from(x).unwrap().with_precision(200).value();
    let prior = [number(0.75), number(0.25)];
    let (mut agent, mut user) = (number(0.0), number(0.0));
    for signal in &certificate.proof.scheme.signals {
        let mut joint = [number(0.0), number(0.0)];
        for &(x, probability) in signal {
            joint[x] = number(probability) * prior[x].clone();
        }
        let mass = joint[0].clone() + joint[1].clone();
        let difference = (joint[0].clone() - joint[1].clone()) / mass.clone();
        let convict = number(1.0) / (number(1.0) + (number(4.0) * difference).exp());
        agent += convict.clone() * mass;
        user += convict.clone() * joint[1].clone() + (number(1.0) - convict) * joint[0].clone();
    }
    for (claimed, value) in [(certificate.claims.objective_value, agent), (certificate.claims.user_value, user)] {
        assert!(number(claimed.low) <= value && value <= number(claimed.high), "{claimed:?}: {value}");
        assert!(claimed.high - claimed.low < 1e-14, "{claimed:?}");
    }
}

#[test]
fn debug_extreme() {
    for scale in [1.0, 1e3, 1e6, 1e20, 1e100, 1e150] {
        let game = Game {
            mass: Matrix::new(1, 2, vec![0.75, 0.25]),
            user: vec![Matrix::new(2, 2, vec![0.0, -0.25 * scale, -0.75 * scale, 0.0])],
            objective: vec![Matrix::new(2, 2, vec![0.0, -0.25, 0.75, 0.0])],
        };
        println!("{scale:e}: {:?}", quantal_bound(&game.arrays(0.0), 1.0, &[0.0, 0.0], &search(1e-9, 100_000)));
    }
}
