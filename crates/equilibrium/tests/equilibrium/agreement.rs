//! Independent formulations of the set of equilibria: a linear program per interval, written out in
//! full; brute force over all profiles of a discretized game; and the effect of slack on the set.

use crate::common::{FAMILIES, beyond, distance, generated, union};
use suasion_certificate::Direct;
use suasion_equilibrium::{BestAgentGame, ValueInterval};
use suasion_lp::{LpAnswer, Program, Sense};
use suasion_model::{Family, Instance, Objective, View};
use suasion_persuasion::{Frontier, Settings, frontier};

/// An edge of all frontiers at once: `V_i(v) = heights[i] - slopes[i] * v` from one user value to
/// another.
struct Edge {
    from: f64,
    to: f64,
    heights: Vec<f64>,
    slopes: Vec<f64>,
}

/// The ranges of user values between neighboring vertices of the frontiers, from no information to
/// full information.
fn edges(view: &View<'_>, frontiers: &[Frontier<Direct>]) -> Vec<Edge> {
    let (silent, full) = (view.no_information().1, view.full_information());
    let vertices = frontiers.iter().flat_map(|frontier| &frontier.vertices).map(|vertex| vertex.user_value);
    let mut ends: Vec<f64> = vertices.filter(|&v| v > silent + 1e-9 && v < full - 1e-9).collect();
    ends.extend([silent, full]);
    ends.sort_by(f64::total_cmp);
    ends.dedup_by(|next, kept| *next - *kept < 1e-9);
    // Reads the vertices point by point, without the engine's own look-ups.
    let value = |frontier: &Frontier<Direct>, v: f64| {
        let vertices = &frontier.vertices;
        let above = vertices.iter().position(|vertex| vertex.user_value >= v);
        match above {
            Some(0) => vertices[0].objective_value,
            None => vertices[vertices.len() - 1].objective_value,
            Some(i) => {
                let (l, r) = (&vertices[i - 1], &vertices[i]);
                let rise = (r.objective_value - l.objective_value) / (r.user_value - l.user_value);
                l.objective_value + rise * (v - l.user_value)
            }
        }
    };
    let edge = |pair: &[f64]| {
        let (from, to) = (pair[0], pair[1]);
        let lines = frontiers.iter().map(|frontier| {
            let (l, r) = (value(frontier, from), value(frontier, to));
            let slope = (l - r) / (to - from);
            (l + slope * from, slope)
        });
        let (heights, slopes) = lines.unzip();
        Edge { from, to, heights, slopes }
    };
    ends.windows(2).map(edge).collect()
}

/// The least (or greatest) user value of a plausible, obedient outcome on an edge, in which no
/// agent gains more than `slack`.
fn extreme(view: &View<'_>, edge: &Edge, slack: f64, sense: Sense) -> Option<f64> {
    let (n, m) = (view.observations(), view.actions());
    let mut program = Program::new("equilibria on an edge", sense);
    let cells: Vec<(usize, usize)> = (0..m).flat_map(|a| (0..n).map(move |y| (a, y))).collect();
    for &(a, y) in &cells {
        program.add_column(view.user[(a, y)], 0.0, f64::INFINITY);
    }
    for y in 0..n {
        program.add_row(view.prior[y], view.prior[y], (0..m).map(|a| (a * n + y, 1.0)));
    }
    for a in 0..m {
        for b in (0..m).filter(|&b| b != a) {
            let gains = (0..n).map(|y| (a * n + y, view.user[(a, y)] - view.user[(b, y)]));
            program.add_row(0.0, f64::INFINITY, gains);
        }
    }
    for (i, agent) in view.agents.iter().enumerate() {
        let worth = cells.iter().map(|&(a, y)| (a * n + y, agent[(a, y)] + edge.slopes[i] * view.user[(a, y)]));
        program.add_row(edge.heights[i] - slack, f64::INFINITY, worth);
    }
    let user = cells.iter().map(|&(a, y)| (a * n + y, view.user[(a, y)]));
    program.add_row(edge.from, edge.to, user);
    match program.solve_direct().unwrap() {
        LpAnswer::Optimal(solution) => Some(solution.objective),
        LpAnswer::Infeasible => None,
        LpAnswer::Unbounded => panic!("masses are bounded"),
    }
}

/// The set of user values in equilibrium, one pair of programs per edge.
fn by_programs(view: &View<'_>, slack: f64) -> Vec<ValueInterval> {
    let settings = Settings::default();
    let of = |agent: usize| frontier(view, &Objective::agent(agent), &settings).unwrap();
    let frontiers: Vec<Frontier<Direct>> = (0..view.agents.len()).map(of).collect();
    let full = view.full_information();
    let mut found = vec![ValueInterval { from: full, to: full }];
    for edge in edges(view, &frontiers) {
        if let Some(from) = extreme(view, &edge, slack, Sense::Minimise) {
            let to = extreme(view, &edge, slack, Sense::Maximise).unwrap_or(from);
            found.push(ValueInterval { from, to: to.max(from) });
        }
    }
    union(found, 1e-8)
}

fn by_engine(game: &Instance, slack: f64) -> Vec<ValueInterval> {
    BestAgentGame::new(game, 0, &Settings::default()).unwrap().equilibria(slack).unwrap().intervals
}

/// Both sets agree, in both directions. The programs allow 1e-9 more than the slack, because
/// without it their feasible sets have no interior.
#[test]
fn programs_edge_by_edge() {
    let (mut compared, mut partial) = (0, 0);
    for family in FAMILIES {
        for seed in 0..25_usize {
            let game = generated(family, 2 + seed % 3, 2 + seed / 3 % 3, 2 + seed / 9 % 3, 300 + seed as u64);
            let view = game.view(0, 0).unwrap();
            for slack in [0.0, 0.01, 0.1] {
                let engine = by_engine(&game, slack);
                let programs = by_programs(&view, slack + 1e-9);
                let place = format!("{} {seed}, slack {slack}: {engine:?}, {programs:?}", family.name());
                assert!(beyond(&engine, &programs) < 1e-6, "{place}");
                assert!(beyond(&programs, &engine) < 1e-6, "{place}");
                compared += 1;
                partial += usize::from(engine[0].from < view.full_information() - 1e-6);
            }
        }
    }
    // The comparison is not trivial: full information is not the only equilibrium.
    assert!(compared == 450 && partial > 200, "{partial} of {compared}");
}

/// A game of two states and two agents in which only finitely many outcomes can be offered.
struct Discrete {
    /// The values of the user and the two agents, in increasing user value.
    points: Vec<[f64; 3]>,
    /// For each point, the first point that the user prefers.
    above: Vec<usize>,
    /// For each agent, its best value from a point on.
    best: [Vec<f64>; 2],
}

/// The number of steps from one extreme outcome to another.
const STEPS: u32 = 20;
/// User values closer than this count as equal.
const TIE: f64 = 1e-11;
/// Smaller gains are the engine's rounding.
const GAIN: f64 = 1e-7;

impl Discrete {
    /// The outcomes of all splits of the prior into two of the posteriors at which the user's best
    /// action changes, and mixtures of pairs of them: at this many steps, and wherever the user's
    /// value is one of `marks`.
    fn new(view: &View<'_>, marks: &[f64]) -> Self {
        let extreme = extreme_outcomes(view);
        let mut points = extreme.clone();
        for (i, a) in extreme.iter().enumerate() {
            for b in &extreme[..i] {
                let (low, high) = (a[0].min(b[0]), a[0].max(b[0]));
                let at = |v: f64| (v - a[0]) / (b[0] - a[0]);
                let marked = marks.iter().filter(|&&v| v > low + TIE && v < high - TIE).map(|&v| at(v));
                let steps = (1..STEPS).map(|step| f64::from(step) / f64::from(STEPS));
                points.extend(
                    steps.chain(marked).map(|share| [0, 1, 2].map(|party| a[party] + share * (b[party] - a[party]))),
                );
            }
        }
        points.sort_by(|a, b| a[0].total_cmp(&b[0]));
        let above = points.iter().map(|point| points.partition_point(|other| other[0] <= point[0] + TIE)).collect();
        let best = [1, 2].map(|party: usize| {
            let mut best = vec![f64::NEG_INFINITY; points.len() + 1];
            for (i, point) in points.iter().enumerate().rev() {
                best[i] = best[i + 1].max(point[party]);
            }
            best
        });
        Self { points, above, best }
    }

    /// The most that an agent gains by another offer. It wins with a strictly better offer for the
    /// user; an agent whose offer is accepted may lose on purpose.
    fn gain(&self, agent: usize, standing: usize, rival: usize, stands: bool) -> f64 {
        let mut best = self.best[agent][self.above[rival]];
        if stands && self.points[0][0] < self.points[rival][0] - TIE {
            best = best.max(self.points[rival][agent + 1]);
        }
        best - self.points[standing][agent + 1]
    }

    /// The user values of all equilibria in pure strategies, over all profiles.
    fn equilibria(&self) -> Vec<f64> {
        let mut found = Vec::new();
        for standing in 0..self.points.len() {
            let stands = |agent: usize| {
                // In a tie, either offer may be accepted.
                let losing = 0..self.above[standing];
                let nobody_gains = |rival: usize| {
                    self.gain(agent, standing, rival, true) <= GAIN
                        && self.gain(1 - agent, standing, standing, false) <= GAIN
                };
                losing.into_iter().any(nobody_gains)
            };
            if stands(0) || stands(1) {
                found.push(self.points[standing][0]);
            }
        }
        found
    }
}

/// The outcomes of the splits of the prior into at most two posteriors. Each posterior is certain
/// or makes the user indifferent, with any of her best actions there. All other outcomes are
/// mixtures of these.
fn extreme_outcomes(view: &View<'_>) -> Vec<[f64; 3]> {
    let prior = view.prior[1];
    let worth = |a: usize, q: f64| (1.0 - q) * view.user[(a, 0)] + q * view.user[(a, 1)];
    let mut posteriors = vec![0.0, 1.0, prior];
    for a in 0..view.actions() {
        for b in 0..a {
            let (left, right) = (view.user[(a, 0)] - view.user[(b, 0)], view.user[(a, 1)] - view.user[(b, 1)]);
            if (left > 0.0) != (right > 0.0) && left != right {
                posteriors.push(left / (left - right));
            }
        }
    }
    let mut advice: Vec<(f64, usize)> = Vec::new();
    for &q in &posteriors {
        let best = (0..view.actions()).map(|a| worth(a, q)).fold(f64::NEG_INFINITY, f64::max);
        advice.extend((0..view.actions()).filter(|&a| worth(a, q) >= best - 1e-12).map(|a| (q, a)));
    }
    let outcome = |(q, a): (f64, usize)| {
        let value = |utility: &suasion_model::Matrix| (1.0 - q) * utility[(a, 0)] + q * utility[(a, 1)];
        [value(&view.user), value(&view.agents[0]), value(&view.agents[1])]
    };
    let mut outcomes: Vec<[f64; 3]> = advice.iter().filter(|(q, _)| *q == prior).map(|&at| outcome(at)).collect();
    for &left in advice.iter().filter(|(q, _)| *q < prior) {
        for &right in advice.iter().filter(|(q, _)| *q > prior) {
            let share = (prior - left.0) / (right.0 - left.0);
            let (l, r) = (outcome(left), outcome(right));
            outcomes.push([0, 1, 2].map(|party| (1.0 - share) * l[party] + share * r[party]));
        }
    }
    outcomes
}

/// Every equilibrium of the discrete game is an equilibrium of the true game with a slack. The
/// slack is the distance of discrete deviations from the frontier: one step of its steepest edge.
/// The ends of the exact set are offers of the discrete game, and equilibria of it.
#[test]
fn brute_force_over_profiles() {
    let mut inner = 0;
    for family in [Family::Uniform, Family::Integer, Family::Opposed] {
        for seed in 0..40_usize {
            let game = generated(family, 2, 2 + seed % 2, 2, 700 + seed as u64);
            let view = game.view(0, 0).unwrap();
            let solver = BestAgentGame::new(&game, 0, &Settings::default()).unwrap();
            let exact = solver.equilibria(0.0).unwrap().intervals;
            let ends: Vec<f64> = exact.iter().flat_map(|interval| [interval.from, interval.to]).collect();
            let discrete = Discrete::new(&view, &ends);
            let found = discrete.equilibria();
            let fall = |agent: usize| {
                let vertices = &solver.frontier(agent).unwrap().vertices;
                let falls = vertices.windows(2).map(|pair| pair[0].objective_value - pair[1].objective_value);
                falls.fold(0.0, f64::max) / f64::from(STEPS)
            };
            let within = solver.equilibria(fall(0).max(fall(1)) + 2.0 * GAIN).unwrap().intervals;
            for &v in &found {
                assert!(distance(v, &within) < 1e-7, "{} {seed}: {v} is not in {within:?}", family.name());
            }
            for &end in &ends {
                let near = found.iter().map(|v| (v - end).abs()).fold(f64::INFINITY, f64::min);
                assert!(near < 1e-7, "{} {seed}: {end} of {exact:?}, nearest {near:e} away", family.name());
            }
            inner += usize::from(exact[0].from < view.full_information() - 1e-6);
        }
    }
    assert!(inner >= 15, "{inner}");
}

/// More slack gives more equilibria, and with enough slack everything is an equilibrium.
#[test]
fn slack_is_monotone() {
    for family in FAMILIES {
        for seed in 0..20_usize {
            let game = generated(family, 2 + seed % 4, 2 + seed / 4 % 4, 1 + seed % 4, 40 + seed as u64);
            let view = game.view(0, 0).unwrap();
            let solver = BestAgentGame::new(&game, 0, &Settings::default()).unwrap();
            let (silent_action, silent) = view.no_information();
            let lacks = (0..solver.agents()).map(|agent| {
                let most = solver.frontier(agent).unwrap().vertices[0].objective_value;
                let row = view.agents[agent].row(silent_action).iter();
                most - row.zip(&*view.prior).map(|(u, p)| u * p).sum::<f64>()
            });
            let enough = lacks.fold(0.0, f64::max) + 1e-9;
            let mut slacks = vec![0.0, 1e-6, 1e-3, 0.01, 0.1, enough];
            slacks.sort_by(f64::total_cmp);
            let mut last: Option<(f64, Vec<ValueInterval>)> = None;
            for slack in slacks {
                let found = solver.equilibria(slack).unwrap();
                let place = format!("{} {seed}, slack {slack}: {:?}, before {last:?}", family.name(), found.intervals);
                assert!((found.worst.user_value - found.intervals[0].from).abs() < 1e-9, "{place}");
                if slack >= enough {
                    assert!((found.worst.user_value - silent).abs() < 1e-9, "{place}, silent {silent}");
                }
                if let Some((_, before)) = &last {
                    assert!(beyond(before, &found.intervals) < 1e-7, "{place}");
                }
                last = Some((slack, found.intervals));
            }
            let (low, high) = game.agents.iter().fold((f64::INFINITY, f64::NEG_INFINITY), |(low, high), agent| {
                let range = agent.utility.range();
                (low.min(range.0), high.max(range.1))
            });
            let all = solver.equilibria(high - low).unwrap().intervals;
            assert!(all.len() == 1 && (all[0].from - silent).abs() < 1e-9, "{} {seed}: {all:?}", family.name());
            assert!((all[0].to - view.full_information()).abs() < 1e-9, "{} {seed}: {all:?}", family.name());
        }
    }
}
