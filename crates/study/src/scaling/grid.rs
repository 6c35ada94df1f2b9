//! The points of the grid.

use super::{Along, Scaling, ScalingPoint, Work};
use suasion_model::Family;

/// Points that differ in one direction, in increasing order.
#[derive(Clone, Debug, PartialEq)]
pub struct ScalingSeries {
    /// The workload.
    pub work: Work,
    /// The direction.
    pub along: Along,
    /// The points.
    pub points: Vec<ScalingPoint>,
    /// Whether all other directions are at their base, as they are unless the grid is full.
    /// Pictures show these series.
    pub at_base: bool,
}

impl ScalingSeries {
    /// The size of all points in some direction. `None` if it differs between points, or the
    /// workload has no such direction.
    #[must_use]
    pub fn same(&self, along: Along) -> Option<usize> {
        let first = along.of(self.points.first()?);
        (first > 0 && self.points.iter().all(|point| along.of(point) == first)).then_some(first)
    }
}

/// A direction of a workload's grid.
struct Direction {
    along: Along,
    values: Vec<usize>,
    /// Its value while other directions vary.
    base: usize,
}

impl Direction {
    /// The base is a third of the way up: a larger base would make all other directions slow.
    fn new(along: Along, values: &[usize]) -> Self {
        let mut values = values.to_vec();
        values.sort_unstable();
        values.dedup();
        let base = values.get(values.len().saturating_sub(1) / 3).copied().unwrap_or(1);
        Self { along, values, base }
    }

    fn at(self, base: usize) -> Self {
        Self { base, ..self }
    }

    /// Its value while `along` varies. Threads have the most work to share when games and tables
    /// are largest.
    fn beside(&self, along: Along) -> usize {
        let grows = matches!(self.along, Along::Size | Along::States | Along::Actions | Along::Rows);
        match self.values.last() {
            Some(&largest) if grows && along == Along::Threads => largest,
            _ => self.base,
        }
    }
}

/// The default sizes of the kernel.
const KERNEL: [usize; 9] = [10, 20, 40, 60, 80, 120, 160, 240, 320];
/// The default sizes of the best-agent game.
const EQUILIBRIA: [usize; 8] = [10, 20, 30, 40, 60, 80, 120, 160];
const AGENTS: [usize; 5] = [2, 4, 8, 16, 32];
/// Small numbers of actions while states grow, and of states while actions grow.
const FEW: [usize; 3] = [2, 5, 10];
/// The numbers that grow beside them.
const MANY: [usize; 7] = [100, 300, 1000, 3000, 10_000, 30_000, 100_000];
const PRIORS: [usize; 6] = [1, 3, 10, 30, 100, 300];
/// The default numbers of rows of tables.
const ROWS: [usize; 7] = [10_000, 20_000, 50_000, 100_000, 200_000, 500_000, 1_000_000];
const COLUMNS: [usize; 6] = [10, 20, 50, 100, 200, 500];

/// One and its doubles, up to the number of cores.
pub(super) fn threads() -> Vec<usize> {
    let cores = std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
    let doubles = std::iter::successors(Some(1), |threads| Some(2 * threads)).take_while(|threads| *threads < cores);
    doubles.chain([cores]).collect()
}

impl Scaling {
    fn directions(&self, work: Work) -> Vec<Direction> {
        let chosen = |list: &Option<Vec<usize>>, or: &[usize]| list.clone().unwrap_or_else(|| or.to_vec());
        let mut directions = vec![];
        let sizes: &[usize] = if work == Work::Kernel { &KERNEL } else { &EQUILIBRIA };
        match (work, &self.actions, self.family) {
            (Work::Hull, ..) => directions.push(Direction::new(Along::Rows, &chosen(&self.rows, &ROWS))),
            (_, None, Family::Threshold) => {
                directions.push(Direction::new(Along::States, &chosen(&self.states, sizes)));
                directions.push(Direction::new(Along::Actions, &[2]));
            }
            (_, None, _) => directions.push(Direction::new(Along::Size, &chosen(&self.states, sizes))),
            (_, Some(actions), _) => {
                directions.push(Direction::new(Along::States, &chosen(&self.states, sizes)));
                directions.push(Direction::new(Along::Actions, actions));
            }
        }
        match work {
            Work::Kernel => {
                let priors = Direction::new(Along::Priors, &chosen(&self.priors, &PRIORS));
                let least = priors.values.first().copied().unwrap_or(1);
                directions.push(priors.at(least));
            }
            Work::Equilibria => directions.push(Direction::new(Along::Agents, &chosen(&self.agents, &AGENTS))),
            Work::Hull => directions.push(Direction::new(Along::Agents, &chosen(&self.agents, &COLUMNS))),
        }
        let threads = Direction::new(Along::Threads, &chosen(&self.threads, &threads()));
        directions.push(threads.at(self.base_threads));
        directions
    }

    fn origin(&self, work: Work) -> ScalingPoint {
        let counts = match work {
            Work::Kernel => (1, 1),
            Work::Equilibria => (2, 1),
            Work::Hull => (1, 0),
        };
        let Self { family, base_threads: threads, seed, .. } = *self;
        ScalingPoint { work, family, states: 0, actions: 0, agents: counts.0, priors: counts.1, rows: 0, threads, seed }
    }

    /// The number of points of a full grid in its series, saturating on overflow.
    pub(super) fn extent(&self) -> u128 {
        let extent = |work: &Work| {
            let directions = self.directions(*work);
            let all: u128 = directions.iter().map(|direction| direction.values.len() as u128).product();
            if self.full {
                all * directions.len() as u128
            } else {
                directions.iter().map(|direction| direction.values.len() as u128).sum()
            }
        };
        let beside = |work: &Work| self.beside_few(*work).map_or(0, |(few, many)| 2 * few.len() * many.len());
        self.works.iter().map(|work| extent(work) + beside(work) as u128).sum()
    }

    /// The series, workload by workload. A point may be in several series.
    #[must_use]
    pub fn series(&self) -> Vec<ScalingSeries> {
        self.works.iter().flat_map(|&work| self.series_of(work)).collect()
    }

    fn series_of(&self, work: Work) -> Vec<ScalingSeries> {
        let directions = self.directions(work);
        let varied: Vec<&Direction> = directions.iter().filter(|direction| direction.values.len() > 1).collect();
        let beside_few = self.series_beside_few(work, &directions);
        // A grid with a single point is a series, too.
        let alone = varied.is_empty() && beside_few.is_empty();
        let varied = if alone { directions.iter().take(1).collect() } else { varied };
        let mut series = vec![];
        for direction in varied {
            let along = direction.along;
            let mut base = self.origin(work);
            for other in &directions {
                other.along.set(&mut base, other.beside(along));
            }
            let mut starts = vec![base];
            if self.full {
                for other in directions.iter().filter(|other| other.along != along) {
                    let at = |start: &ScalingPoint, value| {
                        let mut start = *start;
                        other.along.set(&mut start, value);
                        start
                    };
                    starts =
                        starts.iter().flat_map(|start| other.values.iter().map(|&value| at(start, value))).collect();
                }
            }
            for start in starts {
                let at = |&value: &usize| {
                    let mut point = start;
                    along.set(&mut point, value);
                    point
                };
                let points = direction.values.iter().map(at).collect();
                series.push(ScalingSeries { work, along, points, at_base: start == base });
            }
        }
        series.extend(beside_few);
        series
    }

    /// The small numbers of actions or states, and the numbers that grow beside them. `None` if the
    /// grid has no such series.
    fn beside_few(&self, work: Work) -> Option<(Vec<usize>, Vec<usize>)> {
        let asked = self.few.is_some() || self.many.is_some();
        let apart = asked || (self.states.is_none() && self.actions.is_none());
        let list = |list: &Option<Vec<usize>>, or: &[usize]| {
            let mut list = list.clone().unwrap_or_else(|| or.to_vec());
            list.sort_unstable();
            list.dedup();
            list
        };
        let suits = work == Work::Kernel && self.family != Family::Threshold;
        (suits && apart).then(|| (list(&self.few, &FEW), list(&self.many, &MANY)))
    }

    /// Series of states with few actions, then of actions with few states, with all other
    /// directions at their base.
    fn series_beside_few(&self, work: Work, directions: &[Direction]) -> Vec<ScalingSeries> {
        let Some((few, many)) = self.beside_few(work) else { return vec![] };
        let mut base = self.origin(work);
        for direction in directions {
            direction.along.set(&mut base, direction.base);
        }
        let families = [(Along::States, Along::Actions), (Along::Actions, Along::States)];
        let pairs = families.into_iter().flat_map(|family| few.iter().map(move |&few| (family, few)));
        let series = |((along, beside), few): ((Along, Along), usize)| {
            let at = |&value: &usize| {
                let mut point = base;
                beside.set(&mut point, few);
                along.set(&mut point, value);
                point
            };
            ScalingSeries { work, along, points: many.iter().map(at).collect(), at_base: true }
        };
        pairs.map(series).collect()
    }
}
