//! Finds the optimum in floating point: solves the restricted program, adds the rows that it lacks,
//! and repeats.

use crate::error::AlignError;
use crate::master::{Master, Point, Solved};
use crate::measure::measure;
use crate::options::AlignOptions;
use crate::presolve::Reduced;
use crate::residuals::{Extremes, Residuals};
use suasion_certificate::{Measure, Offset};
use suasion_lp::{Settings, Stopped};

/// A cut is new if its violation exceeds this, in scaled units.
const THRESHOLD: f64 = 1e-10;
/// The most cuts that a round adds per agent. More cuts mean fewer rounds of longer solves.
const PER_AGENT: usize = 2;
/// The most cuts that a round adds if there are few agents.
const AT_LEAST: usize = 64;

/// The result of a search.
pub(crate) struct Found {
    /// The best weights, in scaled units.
    pub(crate) weights: Vec<f64>,
    /// The measure, with a total mass of about one.
    pub(crate) measure: Measure,
    /// How many times the restricted program was solved.
    pub(crate) rounds: usize,
    /// The number of simplex iterations.
    pub(crate) iterations: u64,
    /// Why the search ended early, if it did.
    pub(crate) stopped: Option<Stopped>,
}

/// The best weights of a reduced problem up to rounding, and the measure that bounds all others.
pub(crate) fn search(reduced: &Reduced<'_>, options: &AlignOptions, settings: &Settings) -> Result<Found, AlignError> {
    let agents = &reduced.agents;
    let per_round = (PER_AGENT * agents.len()).max(AT_LEAST);
    let residuals = Residuals::new(&reduced.user, agents, 2 * per_round);
    let mut master = Master::new(reduced, options, settings)?;
    let mut weights = vec![0.0; agents.len()];
    if options.simplex {
        weights.fill(1.0);
        reduced.sum_to_one(&mut weights);
    }
    let mut point = Point { weights, offset: 0.0, error: f64::NEG_INFINITY, objective: f64::NEG_INFINITY };
    let mut best = Evaluated { objective: f64::INFINITY, weights: Vec::new(), error: f64::INFINITY };
    let mut bound = Measure::zero(options.offset);
    let (mut rounds, mut stopped) = (0, None);
    loop {
        let survey = residuals.survey(&point.weights);
        let evaluated = Evaluated::new(&survey.states, &point.weights, options.offset, &reduced.prices);
        if evaluated.objective < best.objective {
            best = evaluated;
        }
        let gap = best.objective - point.objective;
        if rounds > 0 {
            master.drop_slack(point.objective, gap)?;
        }
        let found = master.add(&survey, &point, per_round, THRESHOLD)?;
        if settings.verbose {
            eprintln!(
                "align: round {rounds}, {} rows, {found} of them new, {} iterations, error {} of the unit, gap {gap:.1e}",
                master.cuts().len(),
                master.iterations,
                best.error
            );
        }
        if found == 0 {
            break;
        }
        stopped = settings.stopped();
        if stopped.is_some() {
            break;
        }
        match master.solve()? {
            Solved::Optimal(next) => point = next,
            Solved::Stuck => break,
            Solved::Stopped(why) => {
                stopped = Some(why);
                break;
            }
        }
        if options.simplex {
            reduced.sum_to_one(&mut point.weights);
        }
        bound = measure(options.offset, master.cuts(), &master.multipliers()?);
        rounds += 1;
    }
    let weights = if best.weights.is_empty() { point.weights } else { best.weights };
    Ok(Found { weights, measure: bound, rounds, iterations: master.iterations, stopped })
}

/// Weights that the search evaluated.
struct Evaluated {
    objective: f64,
    weights: Vec<f64>,
    error: f64,
}

impl Evaluated {
    /// Evaluates weights, given the extremes of their residuals at every state.
    fn new(states: &[Extremes], weights: &[f64], offset: Offset, prices: &[f64]) -> Self {
        let low = states.iter().map(|state| state.low.value).fold(f64::INFINITY, f64::min);
        let high = states.iter().map(|state| state.high.value).fold(f64::NEG_INFINITY, f64::max);
        let error = match offset {
            Offset::None => high.max(-low),
            Offset::Constant => 0.5 * (high - low),
            Offset::PerState => {
                states.iter().map(|state| 0.5 * (state.high.value - state.low.value)).fold(0.0, f64::max)
            }
        };
        let price: f64 = prices.iter().zip(weights).map(|(price, weight)| price * weight).sum();
        let objective = error + price;
        Self { objective, weights: weights.to_vec(), error }
    }
}
