//! Communication with a quantal user: frontiers against a fine grid of posteriors of two states.

use proptest::prelude::*;
use suasion_model::{Family, Instance, Matrix, Objective, PriorPath, Shape, SignalScheme, quantal_response};
use suasion_persuasion::{QuantalSender, Sender, Settings, frontier, scheme_at};

/// The number of steps in the posterior of the first state.
const GRID: usize = 400;

fn random(states: usize, actions: usize, agents: usize, seed: u64) -> Instance {
    let shape = Shape { states, actions, agents, priors: 1 };
    Family::Uniform.generate(shape, PriorPath::Independent, seed).unwrap()
}

/// The values of a game of two states at every posterior of the grid.
struct Grid {
    prior: f64,
    user: Vec<f64>,
    agent: Vec<f64>,
}

impl Grid {
    fn new(sender: &QuantalSender, eta: f64) -> Self {
        let view = sender.view();
        let masses = [view.mass()[(0, 0)], view.mass()[(0, 1)]];
        let at = |utility: &Matrix, a: usize, q: f64| {
            q * utility[(a, 0)] / masses[0] + (1.0 - q) * utility[(a, 1)] / masses[1]
        };
        let worth = |utility: &Matrix, q: f64| {
            let mut played: Vec<f64> = (0..view.actions()).map(|a| at(&view.user()[0], a, q)).collect();
            quantal_response(&mut played, eta);
            played.iter().enumerate().map(|(a, p)| p * at(utility, a, q)).sum::<f64>()
        };
        let all = |utility| (0..=GRID).map(|k| worth(utility, k as f64 / GRID as f64)).collect();
        Self { prior: masses[0], user: all(&view.user()[0]), agent: all(&view.agents()[0][0]) }
    }

    /// The concave closure of `agent + s user` at the prior.
    fn closure(&self, s: f64) -> f64 {
        let value = |k: usize| self.agent[k] + s * self.user[k];
        let here = self.prior * GRID as f64;
        let mut most = f64::NEG_INFINITY;
        for left in 0..=here.floor() as usize {
            for right in here.ceil() as usize..=GRID {
                let share = if left == right { 0.0 } else { (here - left as f64) / (right - left) as f64 };
                most = most.max((1.0 - share) * value(left) + share * value(right));
            }
        }
        most
    }

    /// An upper bound on the frontier at `v`: a convex function of the multiplier, minimized by
    /// ternary search.
    fn frontier(&self, v: f64) -> f64 {
        let excess = |s: f64| self.closure(s) - s * v;
        let (mut low, mut high) = (0.0, 64.0);
        for _ in 0..40 {
            let (left, right) = (low + (high - low) / 3.0, high - (high - low) / 3.0);
            if excess(left) < excess(right) { high = right } else { low = left }
        }
        excess(0.5 * (low + high))
    }
}

#[test]
fn the_frontier_is_that_of_a_fine_grid() {
    for seed in 0..6 {
        let eta = [1.0, 5.0, 15.0][seed as usize % 3];
        let game = random(2, 3, 1, seed);
        let sender = QuantalSender::new(game.typed_view(0, 0).unwrap(), eta, &Settings::default()).unwrap();
        let frontier = frontier(&sender, &Objective::agent(0), &Settings::default()).unwrap();
        let grid = Grid::new(&sender, eta);
        assert!(frontier.stopped.is_none());
        let (first, last) = (&frontier.vertices[0], frontier.vertices.last().unwrap());
        assert!((last.user_value - sender.most()).abs() < 1e-12);
        assert!((first.objective_value - grid.closure(0.0)).abs() < 1e-4, "seed {seed}");
        // The end may be steep, and the grid's own error matters more there.
        for share in [0.1, 0.35, 0.6, 0.85] {
            let v = first.user_value + share * (last.user_value - first.user_value);
            let (found, expected) = (frontier.value(v), grid.frontier(v));
            assert!((found - expected).abs() < 3e-4, "seed {seed}, eta {eta}, {share}: {found} and {expected}");
            let values = sender.values(&scheme_at(&sender, &frontier, v));
            assert!((values.user - v).abs() < 1e-9 && (values.agents[0] - found).abs() < 1e-9);
        }
    }
}

/// No scheme leaves the user more than her best scheme. Full information may leave her less.
#[test]
fn most_is_the_closure_of_her_own_value() {
    let mut better = 0;
    for seed in 0..24 {
        let eta = [1.0, 4.0, 20.0][seed as usize % 3];
        let mut game = random(2, 4, 1, seed);
        if seed % 4 == 3 {
            // One action is best in either state, and its lead is larger on average than in the
            // second state.
            game.user.utility = Matrix::new(4, 2, vec![2.0, 2.0, 0.0, 1.0, 0.0, 1.0, 0.0, 1.0]);
        }
        let sender = QuantalSender::new(game.typed_view(0, 0).unwrap(), eta, &Settings::default()).unwrap();
        let mut grid = Grid::new(&sender, eta);
        grid.agent.fill(0.0);
        let most = grid.closure(1.0);
        assert!((sender.most() - most).abs() < 1e-4, "seed {seed}: {} {most}", sender.most());
        let full = SignalScheme::full_information(2).value(sender.view(), eta, sender.view().user());
        assert!(sender.most() >= full - 1e-12);
        better += usize::from(sender.most() > full + 1e-6);
    }
    assert!(better > 0, "full information is best for the user in every game");
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(40))]

    #[test]
    fn mixtures_are_worth_what_their_parts_are(seed in 0..1000_u64, share in 0.01..0.99f64, eta in 0.0..20.0f64) {
        let game = random(3, 3, 2, seed);
        let sender = QuantalSender::new(game.typed_view(0, 0).unwrap(), eta, &Settings::default()).unwrap();
        let (one, _) = sender.maximize(&Objective::agent(0), &Settings::default()).unwrap();
        let two = sender.no_information();
        let mixed = sender.mix(&[(share, &one), (1.0 - share, &two)]);
        let (left, right, found) = (sender.values(&one), sender.values(&two), sender.values(&mixed));
        let between = |l: f64, r: f64| share * l + (1.0 - share) * r;
        prop_assert!((found.user - between(left.user, right.user)).abs() < 1e-9);
        for agent in 0..2 {
            prop_assert!((found.agents[agent] - between(left.agents[agent], right.agents[agent])).abs() < 1e-9);
        }
        for x in 0..3 {
            let total: f64 = mixed.signals.iter().flatten().filter(|(y, _)| *y == x).map(|(_, p)| p).sum();
            prop_assert_eq!(total, 1.0);
        }
    }

    /// The bound from prices is not below the value, with or without branch and bound.
    #[test]
    fn bounds_are_above_values(seed in 0..1000_u64, weight in 0.0..30.0f64, eta in 0.0..20.0f64) {
        let game = random(3, 3, 2, seed);
        let sender = QuantalSender::new(game.typed_view(0, 0).unwrap(), eta, &Settings::default()).unwrap();
        let objective = Objective { user: weight, ..Objective::agent(1) };
        let (scheme, prices) = sender.maximize(&objective, &Settings::default()).unwrap();
        let careful = sender.persuade(&objective, None, &Settings::default()).unwrap();
        let (quick, slow) = (sender.values(&scheme).of(&objective), sender.values(&careful.scheme).of(&objective));
        let scale = 1.0 + weight;
        prop_assert!(slow >= quick - 1e-7 * scale);
        for (value, prices) in [(quick, &prices), (slow, &careful.bound)] {
            let bound = sender.bounded(&Objective::agent(1), weight, prices);
            prop_assert!(bound >= value - 1e-12 * scale && bound <= value + 1e-6 * scale, "{value} {bound}");
        }
    }
}
