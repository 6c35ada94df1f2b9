//! The restricted master: which of the posteriors found so far to bring about, and how often.
//!
//! One column per posterior, one row per observation: the posteriors average to the prior.

use crate::PersuadeError;
use crate::limited::solve_feasible;
use suasion_lp::{Method, Model, Options, Sense, Settings, Sparse};

const TOLERANCE: f64 = 1e-10;

pub(super) struct Master {
    model: Model,
    posteriors: Vec<Vec<f64>>,
    /// How much of each posterior there is, by the last solve, `[columns]`; before the first one, full revelation.
    weights: Vec<f64>,
    prices: Vec<f64>,
}

impl Master {
    pub(super) fn new(mass: &[f64], settings: &Settings) -> Result<Self, PersuadeError> {
        let options = Options {
            method: Method::PrimalSimplex,
            scaling: false,
            primal_tolerance: TOLERANCE,
            dual_tolerance: TOLERANCE,
            interrupt: Some(settings.interrupt.clone()),
            ..Options::default()
        };
        let mut model = Model::new("posteriors, restricted master", Sense::Maximise, options)?;
        model.add_rows(mass, mass, &Sparse::empty(mass.len()))?;
        Ok(Self { model, posteriors: vec![], weights: mass.to_vec(), prices: vec![0.0; mass.len()] })
    }

    /// Adds a posterior that is worth so much.
    pub(super) fn add(&mut self, posterior: Vec<f64>, worth: f64) -> Result<(), PersuadeError> {
        let mut entries = Sparse::new();
        entries.add(posterior.iter().copied().enumerate().filter(|&(_, q)| q != 0.0));
        self.model.add_columns(&[worth], &[0.0], &[f64::INFINITY], &entries)?;
        self.posteriors.push(posterior);
        Ok(())
    }

    /// Whether nearly this posterior is there already.
    pub(super) fn has(&self, posterior: &[f64], near: f64) -> bool {
        self.posteriors.iter().any(|own| own.iter().zip(posterior).all(|(p, q)| (p - q).abs() <= near))
    }

    /// The best objective with these posteriors.
    pub(super) fn solve(&mut self, settings: &Settings) -> Result<f64, PersuadeError> {
        let outcome = solve_feasible(&mut self.model, settings)?;
        self.model.read_primal(&mut self.weights)?;
        self.model.read_duals(&mut self.prices)?;
        Ok(outcome.objective)
    }

    /// The multipliers of the observations, per unit of scaled mass.
    pub(super) fn prices(&self) -> &[f64] {
        &self.prices
    }

    /// The posteriors that are brought about, with their mass.
    pub(super) fn sent(&self) -> impl Iterator<Item = (&[f64], f64)> {
        let all = self.posteriors.iter().map(Vec::as_slice).zip(self.weights.iter().copied());
        all.filter(|&(_, weight)| weight > 0.0)
    }
}
