//! A quantal user: closed forms, grids, the limit of a rational user, and properties.

use crate::common::{FAMILIES, Valued, generated, instance, typed};
use proptest::prelude::*;
use suasion_certificate::{Enclosed, OptimumClaims, Proof, Quantal, ToleranceViolation, Verdict};
use suasion_lp::{Program, Sense};
use suasion_model::{Family, Information, Instance, Matrix, Objective, SignalScheme, TypedView};
use suasion_persuasion::{
    ExperimentSender, PersuadeError, QuantalSender, Sender, Settings, Values, experiment, quantal,
};

fn solved(view: &TypedView, objective: &Objective, eta: f64) -> Valued<Quantal> {
    let optimum = quantal(view, objective, eta, &Settings::default()).unwrap();
    let values = optimum.scheme.values(view, eta);
    let mass = |x: usize| (0..view.types()).map(|t| view.mass()[(t, x)]).sum::<f64>();
    let paid: f64 = optimum.bound.prices.iter().enumerate().map(|(x, price)| mass(x) * price).sum();
    Valued {
        objective_value: Values { user: values.user, agents: values.agents }.of(objective),
        user_value: values.user,
        upper_bound: objective.reduced_utility(view).unwrap().1.plus(paid),
        optimum,
    }
}

/// Agent 0's optimum with the claims of its certificate.
fn certified(game: &Instance, objective: &Objective, eta: f64) -> (Valued<Quantal>, OptimumClaims<Enclosed>, Verdict) {
    let found = solved(&game.typed_view(0, 0).unwrap(), objective, eta);
    let (certificate, verdict) = found.optimum.clone().proof().certify(game).unwrap();
    assert_eq!(certificate.check(game).unwrap(), verdict);
    (found, certificate.claims, verdict)
}

/// An independent formula for the value of a message that is sent with probability `r[x]` at
/// observation `x`.
fn worth(view: &TypedView, objective: &[Matrix], eta: f64, r: &[f64]) -> f64 {
    let mut total = 0.0;
    for t in 0..view.types() {
        let mass: f64 = r.iter().enumerate().map(|(x, r)| r * view.mass()[(t, x)]).sum();
        if mass == 0.0 {
            continue;
        }
        let of = |matrix: &Matrix, a: usize| r.iter().enumerate().map(|(x, r)| r * matrix[(a, x)]).sum::<f64>();
        let utility: Vec<f64> = (0..view.actions()).map(|a| eta * of(&view.user()[t], a) / mass).collect();
        let most = utility.iter().copied().fold(f64::NEG_INFINITY, f64::max);
        let parts: Vec<f64> = utility.iter().map(|utility| (utility - most).exp()).collect();
        let sum: f64 = parts.iter().sum();
        total += parts.iter().enumerate().map(|(a, part)| part / sum * of(&objective[t], a)).sum::<f64>();
    }
    total
}

/// The concave closure at the prior of the values of posteriors on a grid, by linear programming.
/// Each posterior is given by the probabilities of its message at the observations.
fn on_grid(view: &TypedView, objective: &[Matrix], eta: f64, posteriors: &[Vec<f64>]) -> f64 {
    let n = view.observations();
    let masses: Vec<f64> = (0..n).map(|x| (0..view.types()).map(|t| view.mass()[(t, x)]).sum()).collect();
    let sent: Vec<Vec<f64>> =
        posteriors.iter().map(|q| q.iter().zip(&masses).map(|(q, mass)| q / mass).collect()).collect();
    let mut program = Program::new("grid", Sense::Maximise);
    for r in &sent {
        program.add_column(worth(view, objective, eta, r), 0.0, f64::INFINITY);
    }
    for x in 0..n {
        program.add_row(1.0, 1.0, sent.iter().enumerate().map(|(k, r)| (k, r[x])));
    }
    program.solve_direct().unwrap().optimal().unwrap().objective
}

/// All posteriors whose probabilities are multiples of `1 / steps`.
fn grid(n: usize, steps: usize) -> Vec<Vec<f64>> {
    let mut counts = vec![vec![]];
    for _ in 1..n {
        let longer = |counts: &Vec<usize>| {
            let left = steps - counts.iter().sum::<usize>();
            (0..=left).map(|next| [&counts[..], &[next]].concat()).collect::<Vec<_>>()
        };
        counts = counts.iter().flat_map(longer).collect();
    }
    let posterior = |counts: &Vec<usize>| {
        let last = steps - counts.iter().sum::<usize>();
        counts.iter().chain([&last]).map(|&count| count as f64 / steps as f64).collect()
    };
    counts.iter().map(posterior).collect()
}

/// The judge convicts with the logit probability at `eta (2 q - 1)`, where `q` is the probability
/// of guilt. The prosecutor's best convicting message is at the point where the line from `q = 0`
/// touches the sigmoid: `q W'(q) = W(q) - W(0)` with `W' = 2 eta W (1 - W)`. Below that point, the
/// optimal value is on that line.
#[test]
fn the_prosecutor_in_closed_form() {
    for (prior, eta) in
        [(0.3, 1.0), (0.3, 5.0), (0.3, 40.0), (0.1, 5.0), (0.55, 3.0), (0.9, 3.0), (0.9, 100.0), (0.05, 1000.0)]
    {
        let game = instance(
            vec![1.0 - prior, prior],
            Matrix::new(2, 2, vec![1.0, 0.0, 0.0, 1.0]),
            Matrix::new(2, 2, vec![0.0, 0.0, 1.0, 1.0]),
        );
        let sigmoid = |q: f64| 1.0 / (1.0 + (-eta * (2.0 * q - 1.0)).exp());
        let beyond = |q: f64| sigmoid(q) - sigmoid(0.0) - q * 2.0 * eta * sigmoid(q) * (1.0 - sigmoid(q));
        // The function is negative on the convex part, which ends at one half. The line touches
        // beyond it, or not at all.
        let (mut low, mut high) = (0.5, 1.0);
        for _ in 0..200 {
            let middle = 0.5 * (low + high);
            *(if beyond(middle) < 0.0 { &mut low } else { &mut high }) = middle;
        }
        let touch = high;
        let expected = if prior >= touch {
            sigmoid(prior)
        } else {
            sigmoid(0.0) + prior / touch * (sigmoid(touch) - sigmoid(0.0))
        };
        let (found, claims, verdict) = certified(&game, &Objective::agent(0), eta);
        assert!(verdict.certified(), "{prior} {eta}: {verdict:?}");
        assert!((found.objective_value - expected).abs() < 2e-9, "{prior} {eta}: {found:?}, by hand {expected}");
        assert!(claims.objective_value.low <= expected + 1e-12 && claims.upper_bound.unwrap() >= expected - 1e-14);
        assert_eq!(found.scheme.signals.len(), if prior >= touch || touch == 1.0 && prior == 1.0 { 1 } else { 2 });
        let view = game.typed_view(0, 0).unwrap();
        let [uninformed, informed] = [SignalScheme::no_information(2), SignalScheme::full_information(2)]
            .map(|scheme| scheme.values(&view, eta).user);
        let convicted = sigmoid(prior);
        assert!((uninformed - (prior * convicted + (1.0 - prior) * (1.0 - convicted))).abs() < 1e-14);
        assert!((informed - sigmoid(1.0)).abs() < 1e-14);
    }
}

/// The user ignores messages: every action has the same probability, and one message is enough.
#[test]
fn insensitive() {
    for seed in 0..20 {
        let game = if seed % 2 == 0 { typed(2, 3, 3, seed) } else { generated(Family::Uniform, 6, 4, 1, seed) };
        let view = game.typed_view(0, 0).unwrap();
        let (found, _, verdict) = certified(&game, &Objective::agent(0), 0.0);
        let sum: f64 = view.agents()[0].iter().flat_map(Matrix::as_slice).sum();
        assert!((found.objective_value - sum / view.actions() as f64).abs() < 1e-14, "{seed}: {found:?}");
        assert_eq!(found.scheme, SignalScheme::no_information(view.observations()), "{seed}");
        assert_eq!(verdict.certified(), view.observations() <= 4, "{seed}: {verdict:?}");
    }
}

/// As the user becomes more sensitive, she approaches the rational user. At a posterior where the
/// best action leads by `ln(m eta) / eta`, she errs with probability `1 / eta`. Moving that far
/// inside a region costs as much again, in proportion to how narrow the regions are.
#[test]
fn nearly_rational() {
    for seed in 0..30 {
        let game = if seed % 3 == 0 {
            typed(2, 3, 3, 1 + seed)
        } else {
            generated(Family::Uniform, 2 + seed as usize % 3, 4, 1, seed)
        };
        let view = game.typed_view(0, 0).unwrap();
        let rational = experiment(&view, &Objective::agent(0), None, &Settings::default()).unwrap();
        let rational = Valued::new(&ExperimentSender { view: view.clone() }, rational);
        for eta in [1e3, 1e5, 1e7] {
            let found = solved(&view, &Objective::agent(0), eta);
            let away = (found.objective_value - rational.objective_value).abs();
            assert!(away < 50.0 * f64::ln(4.0 * eta) / eta, "{seed}, {eta}: {away} of {}", rational.objective_value);
        }
    }
}

/// Two states: the upper hull of a fine grid, by a scan from left to right (Andrew 1979).
#[test]
fn two_states_on_a_fine_grid() {
    for seed in 0..60 {
        let eta = [0.5, 3.0, 20.0, 200.0][seed as usize % 4];
        let game = generated(FAMILIES[seed as usize % 6], 2, 2 + seed as usize % 4, 1, seed);
        let view = game.typed_view(0, 0).unwrap();
        let Information::Priors(priors) = &game.information else { panic!() };
        let prior = priors.row(0)[1];
        let (_, claims, verdict) = certified(&game, &Objective::agent(0), eta);
        let mut hull: Vec<(f64, f64)> = vec![];
        for k in 0..=100_000 {
            let q = f64::from(k) / 1e5;
            let next = (q, worth(&view, &view.agents()[0], eta, &[(1.0 - q) / (1.0 - prior), q / prior]));
            let above =
                |(x0, y0): (f64, f64), (x1, y1): (f64, f64)| (y1 - y0) * (next.0 - x0) <= (next.1 - y0) * (x1 - x0);
            while hull.len() > 1 && above(hull[hull.len() - 2], hull[hull.len() - 1]) {
                hull.pop();
            }
            hull.push(next);
        }
        let right = hull.partition_point(|point| point.0 < prior).max(1);
        let ((x0, y0), (x1, y1)) = (hull[right - 1], hull[right]);
        let expected = y0 + (y1 - y0) * (prior - x0) / (x1 - x0);
        let bound = claims.upper_bound.unwrap();
        assert!(verdict.certified(), "{seed}: {verdict:?}");
        assert!(bound >= expected - 1e-15, "{seed}: {claims:?}, on the grid {expected}");
        let value = claims.objective_value.low;
        assert!(value >= expected - 2e-9 && value <= expected + 1e-5, "{seed}: {claims:?}, on the grid {expected}");
    }
}

/// More states and types: the linear program over a grid is nowhere above the bound, and not far
/// below the value.
#[test]
fn grids() {
    for seed in 0..40 {
        let eta = [0.5, 3.0, 12.0, 60.0][seed as usize / 2 % 4];
        let (types, n) = (1 + seed as usize % 3, 3 + seed as usize % 2);
        let game = typed(types, n, 2 + seed as usize % 3, seed);
        let view = game.typed_view(0, 0).unwrap();
        if (0..n).any(|x| (0..types).all(|t| view.mass()[(t, x)] == 0.0)) {
            continue;
        }
        let objective =
            Objective { user: f64::from(u8::from(seed % 5 == 0)) * 0.5, agents: vec![(0, 1.0), (1, -0.25)] };
        let (_, claims, verdict) = certified(&game, &objective, eta);
        let expected =
            on_grid(&view, &objective.typed_utility(&view).unwrap(), eta, &grid(n, if n == 3 { 60 } else { 20 }));
        let place = format!("{seed}: {claims:?}, on the grid {expected}");
        assert!(verdict.certified(), "{place}: {verdict:?}");
        assert!(claims.upper_bound.unwrap() >= expected - 1e-12, "{place}");
        assert!(claims.objective_value.low >= expected - 1e-6, "{place}");
        assert!(claims.objective_value.low <= expected + 0.1, "{place}");
    }
}

/// Two types should respond differently to a message at a posterior where both are nearly
/// indifferent. Such messages are far from the starting points of all climbs.
#[test]
fn what_climbing_misses() {
    let game = typed(2, 4, 8, 6);
    let objective = Objective { user: 0.5, agents: vec![(0, 1.0)] };
    let (found, _, verdict) = certified(&game, &objective, 300.0);
    assert!(verdict.certified(), "{verdict:?}");
    assert!(found.objective_value > 0.9738, "{found:?}");
}

#[test]
fn many_observations_have_no_bound() {
    let game = generated(Family::Uniform, 8, 5, 1, 3);
    let (found, claims, verdict) = certified(&game, &Objective::agent(0), 10.0);
    assert_eq!(claims.upper_bound, None);
    assert_eq!(verdict.failures, [ToleranceViolation::Unbounded { observations: 8, most: 4 }]);
    assert!(verdict.failures[0].to_string().contains("8 observations"), "{}", verdict.failures[0]);
    let gap = found.upper_bound - found.objective_value;
    assert!(gap.abs() < 1e-8 && found.scheme.signals.len() <= 8, "{found:?}");
    // The prices of a search, which include what it may have missed, do not give a better bound.
    let sender = QuantalSender::new(game.typed_view(0, 0).unwrap(), 10.0, &Settings::default()).unwrap();
    let (_, prices) = sender.maximize(&Objective::agent(0), &Settings::default()).unwrap();
    let gap = sender.bounded(&Objective::agent(0), 0.0, &prices) - found.objective_value;
    assert!(gap.abs() < 1e-8, "{gap:e}");
    // Observations without mass do not count.
    let prior = vec![0.25, 0.0, 0.25, 0.0, 0.0, 0.5];
    let game = instance(prior, game_matrix(3, 6, 1), game_matrix(3, 6, 2));
    let (found, claims, verdict) = certified(&game, &Objective::agent(0), 10.0);
    assert!(verdict.certified() && claims.upper_bound.is_some(), "{verdict:?}");
    assert_eq!(found.bound.prices[1], 0.0);
}

fn game_matrix(actions: usize, states: usize, seed: u64) -> Matrix {
    generated(Family::Uniform, states, actions, 1, seed).user.utility
}

#[test]
fn sensitivities_that_are_none() {
    let game = generated(Family::Uniform, 2, 2, 1, 1);
    let view = game.typed_view(0, 0).unwrap();
    for eta in [-1.0, f64::NAN, f64::INFINITY] {
        let error = quantal(&view, &Objective::agent(0), eta, &Settings::default()).unwrap_err();
        assert!(matches!(error, PersuadeError::BadSensitivity(_)));
        assert!(error.to_string().starts_with("the sensitivity eta must be a finite number of at least 0, found"));
    }
    let error = quantal(&view, &Objective::agent(7), 1.0, &Settings::default()).unwrap_err();
    assert!(matches!(error, PersuadeError::BadObjective(_)), "{error}");
}

/// If time is up, the result is still a scheme.
#[test]
fn stopped_early() {
    let game = generated(Family::Uniform, 12, 12, 1, 1);
    let settings = Settings::with_time_limit(std::time::Duration::ZERO);
    let found = quantal(&game.typed_view(0, 0).unwrap(), &Objective::agent(0), 3.0, &settings).unwrap();
    assert!(found.stopped.is_some());
    assert!(found.proof().certify(&game).is_ok());
}

/// Observations in another order, and actions in another order.
fn reordered(game: &Instance) -> Instance {
    let turn = |matrix: &Matrix| {
        let (m, n) = (matrix.rows(), matrix.columns());
        Matrix::from_fn(m, n, |a, y| matrix[((a + 1) % m, (y + 1) % n)])
    };
    let mut other = game.clone();
    other.user.utility = turn(&game.user.utility);
    for (to, from) in other.agents.iter_mut().zip(&game.agents) {
        to.utility = turn(&from.utility);
    }
    if let Information::Priors(priors) = &game.information {
        let n = priors.columns();
        other.information = Information::Priors(Matrix::from_fn(1, n, |_, y| priors[(0, (y + 1) % n)]));
    }
    other
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(60))]

    #[test]
    fn properties(seed in 0..100_000_u64, types in 1..4_usize, n in 1..5_usize, m in 1..6_usize, scale in -1.0..2.0_f64, weight in -0.5..1.0_f64) {
        let eta = 10_f64.powf(scale);
        let game = typed(types, n, m, seed);
        let view = game.typed_view(0, 0).unwrap();
        let objective = Objective { user: weight, agents: vec![(0, 1.0)] };
        let (found, claims, verdict) = certified(&game, &objective, eta);
        prop_assert!(verdict.certified(), "{verdict:?}");
        let with_mass = (0..n).filter(|&x| (0..types).any(|t| view.mass()[(t, x)] > 0.0)).count();
        prop_assert!(found.scheme.signals.len() <= with_mass, "{found:?}");
        for x in 0..n {
            let sum: f64 = found.scheme.signals.iter().flatten().filter(|entry| entry.0 == x).map(|entry| entry.1).sum();
            prop_assert_eq!(sum, 1.0);
        }
        // The certificate's values are those of the kernel, and the bound is above them.
        let value = claims.objective_value;
        prop_assert!(value.low <= found.objective_value + 1e-13 && found.objective_value <= value.high + 1e-13);
        prop_assert!(value.high - value.low < 1e-12 && claims.upper_bound.unwrap() >= value.low);
        prop_assert!((claims.user_value.low - found.user_value).abs() < 1e-12);
        for (own, found) in claims.agent_values.iter().zip(&found.scheme.values(&view, eta).agents) {
            prop_assert!((own.low - found).abs() < 1e-12);
        }
        // The value is at least that of no and of full information, and at most that of the agent's
        // own choice of actions.
        let worth = objective.typed_utility(&view).unwrap();
        let references = [SignalScheme::no_information(n), SignalScheme::full_information(n)].map(|scheme| scheme.value(&view, eta, &worth));
        prop_assert!(references.iter().all(|reference| found.objective_value >= reference - 1e-9));
        // A verdict has the same meaning as for other proofs.
        let spread = found.objective_value - references[0].min(references[1]);
        let range = |t: usize, x: usize| {
            let column = || (0..m).map(|a| worth[t][(a, x)]);
            column().fold(f64::NEG_INFINITY, f64::max) - column().fold(f64::INFINITY, f64::min)
        };
        let local: f64 = (0..types).map(|t| (0..n).map(|x| range(t, x)).sum::<f64>()).sum();
        let coincide = if spread == 0.0 { 1.0 } else { 1e-5 };
        prop_assert!(verdict.gap <= 1.001e-7 * spread.max(coincide * m as f64 * local) + 1e-15, "{verdict:?}, {spread:e}");
        let best = |t: usize, x: usize| (0..m).map(|a| worth[t][(a, x)]).fold(f64::NEG_INFINITY, f64::max);
        let most: f64 = (0..types).map(|t| (0..n).map(|x| best(t, x)).sum::<f64>()).sum();
        prop_assert!(found.objective_value <= most + 1e-12);
    }

    #[test]
    fn order_does_not_matter(seed in 0..100_000_u64, n in 2..5_usize, m in 2..5_usize, scale in -1.0..2.5_f64) {
        let eta = 10_f64.powf(scale);
        let game = generated(Family::Uniform, n, m, 1, seed);
        let objective = Objective::agent(0);
        let (own, other) = (certified(&game, &objective, eta).1, certified(&reordered(&game), &objective, eta).1);
        let (low, high) = (own.objective_value.low, own.upper_bound.unwrap());
        let (other_low, other_high) = (other.objective_value.low, other.upper_bound.unwrap());
        prop_assert!((low - other_low).abs() < 1e-6, "{own:?} {other:?}");
        prop_assert!(low <= other_high && other_low <= high, "{own:?} {other:?}");
    }
}
