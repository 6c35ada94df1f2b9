//! The restricted master: which of the messages found so far to send, and how often.
//!
//! One column per message, one row per observation (the masses of the messages sum to its mass) and
//! one for the floor, if there is any.

use crate::PersuadeError;
use crate::limited::solve_feasible;
use suasion_lp::{LpMethod, LpOptions, Model, Sense, Settings, Sparse};

const TOLERANCE: f64 = 1e-9;

/// A message: a menu and a posterior (in scaled mass, `[n]`) at which it is obeyed.
pub(super) struct Column {
    pub menu: Vec<usize>,
    pub posterior: Vec<f64>,
    cost: f64,
    user: f64,
}

pub(super) struct Master {
    model: Model,
    columns: Vec<Column>,
    observations: usize,
    floor: bool,
    /// The mass of each message in the last solution, `[columns]`; before the first solve, full
    /// revelation.
    weights: Vec<f64>,
    duals: Vec<f64>,
}

impl Master {
    pub(super) fn new(mass: &[f64], floor: Option<f64>, settings: &Settings) -> Result<Self, PersuadeError> {
        let options = LpOptions { method: LpMethod::PrimalSimplex, ..LpOptions::scaled(TOLERANCE, settings) };
        let mut model = Model::new("experiment, restricted master", Sense::Maximise, options)?;
        model.add_rows(mass, mass, &Sparse::empty(mass.len()))?;
        if let Some(level) = floor {
            model.add_rows(&[level], &[f64::INFINITY], &Sparse::empty(1))?;
        }
        // The first columns each reveal one observation.
        let (observations, floor) = (mass.len(), floor.is_some());
        let duals = vec![0.0; observations + 1];
        Ok(Self { model, columns: vec![], observations, floor, weights: mass.to_vec(), duals })
    }

    /// Adds a message with value `cost` to the objective and `user` to the user. Returns false if
    /// it is already there.
    pub(super) fn add(
        &mut self,
        menu: Vec<usize>,
        posterior: Vec<f64>,
        cost: f64,
        user: f64,
    ) -> Result<bool, PersuadeError> {
        let same = |column: &Column| {
            let near = |(p, q): (&f64, &f64)| (p - q).abs() < TOLERANCE;
            column.menu == menu && column.posterior.iter().zip(&posterior).all(near)
        };
        if self.columns.iter().any(same) {
            return Ok(false);
        }
        self.add_new(menu, posterior, cost, user)?;
        Ok(true)
    }

    /// Adds a message that is not there yet.
    pub(super) fn add_new(
        &mut self,
        menu: Vec<usize>,
        posterior: Vec<f64>,
        cost: f64,
        user: f64,
    ) -> Result<(), PersuadeError> {
        let mut entries = Sparse::new();
        let floor = self.floor.then_some((self.observations, user));
        entries.add(posterior.iter().copied().enumerate().chain(floor));
        self.model.add_columns(&[cost], &[0.0], &[f64::INFINITY], &entries)?;
        self.columns.push(Column { menu, posterior, cost, user });
        Ok(())
    }

    /// The best objective with these messages.
    pub(super) fn solve(&mut self, settings: &Settings) -> Result<f64, PersuadeError> {
        let outcome = solve_feasible(&mut self.model, settings)?;
        self.model.read_primal(&mut self.weights)?;
        self.model.read_duals(&mut self.duals)?;
        Ok(outcome.objective)
    }

    /// The multipliers of the observations, per unit of scaled mass.
    pub(super) fn prices(&self) -> &[f64] {
        &self.duals[..self.observations]
    }

    /// The multiplier of the floor, at least 0.
    pub(super) fn slope(&self) -> f64 {
        if self.floor { (-self.duals[self.observations]).max(0.0) } else { 0.0 }
    }

    /// The messages that are sent, with their masses.
    pub(super) fn sent(&self) -> impl Iterator<Item = (&Column, f64)> {
        self.columns
            .iter()
            .zip(&self.weights)
            .filter(|(_, weight)| **weight > 0.0)
            .map(|(column, &weight)| (column, weight))
    }

    /// The distinct menus of the messages whose reduced cost is at most `short`.
    pub(super) fn worth_their_price(&self, short: f64) -> Vec<Vec<usize>> {
        let slope = self.slope();
        let price = |column: &Column| {
            let paid: f64 = column.posterior.iter().zip(self.prices()).map(|(q, price)| q * price).sum();
            column.cost + slope * column.user - paid
        };
        let mut menus: Vec<Vec<usize>> =
            self.columns.iter().filter(|column| price(column) >= -short).map(|column| column.menu.clone()).collect();
        menus.sort_unstable();
        menus.dedup();
        menus
    }
}
