//! Optimal schemes for a user with quantal response.
//!
//! *Problem.* With sensitivity `eta`, type `t` of the user plays action `a` after a message with
//! probability proportional to `exp(eta E u(a, .))`. A message that leads to posterior `q` over
//! observations has value `W(q)` to the objective, which is smooth and not concave. Choose
//! posteriors that average to the prior so that their average value is maximal: the concave closure
//! of `W` at the prior (Kamenica & Gentzkow, American Economic Review 2011; quantal response:
//! McKelvey & Palfrey, Games and Economic Behavior 1995).
//!
//! *Units.* Only what is at stake counts. Utilities are reduced by functions of the state alone,
//! and full revelation has value zero. A message is measured by its value when it is sent with the
//! highest possible probability, so that rare observations are treated like others.
//!
//! *Method.* Column generation. A master with one row per observation chooses among the posteriors
//! found so far. New ones maximize `W(q) - lambda q` at its prices `lambda`, by Newton's method
//! from many starting points (`ascent`). If the user is sensitive, the messages for a rational user
//! are among the starting points. With up to four observations, the branch and bound of
//! `suasion-certificate` looks for messages that all climbs missed. At the end, messages that have
//! a higher value as one message are merged.
//!
//! *Guarantee.* With up to four observations, `suasion-certificate` bounds the value of any scheme
//! from the prices, and usually proves the optimum. With more observations there is no guarantee:
//! the search may have missed a better message. The scheme is exactly plausible, and has at most as
//! many messages as there are observations with mass.

mod ascent;
mod master;
mod worth;

use crate::PersuadeError;
use crate::experiment::experiment;
use crate::optimum::{Effort, Optimum};
use crate::typed::make_exact;
use ascent::Ascent;
use master::Master;
use rand::RngExt;
use rand_chacha::{ChaCha8Rng, rand_core::SeedableRng};
use suasion_certificate::{MOST_OBSERVATIONS, Quantal, QuantalArrays, QuantalPrices, QuantalSearch, quantal_bound};
use suasion_lp::{Settings, Stopped};
use suasion_model::{Matrix, Objective, SignalScheme, TypedView};
use worth::{Derivatives, Worth};

/// The result of a search against a quantal user.
pub(crate) struct Found {
    /// The scheme, exactly plausible.
    pub scheme: SignalScheme,
    /// The price of each observation, `[observations]`, in units of the objective per unit of mass.
    /// Prices exclude the part that the reduction subtracts from the objective (the value of the
    /// user's best action in every state). They are 0 where there is no mass.
    prices: Vec<f64>,
    /// The amount by which the prices may be too low in total, in units of the objective, if the
    /// search missed no better message.
    missed: f64,
    /// The number of times that the restricted master was solved.
    rounds: usize,
    /// The limit that stopped the computation early, if any.
    pub stopped: Option<Stopped>,
}

/// The tolerance of a certificate, relative to what is at stake; the same as in
/// `suasion-certificate`.
const ALLOWED: f64 = 1e-7;
/// What is at stake is at least this fraction of the difference between the values of the user's
/// possible actions and of her best action.
const COINCIDENCE: f64 = 1e-5;
/// A message whose reduced value is at least this fraction of the tolerance enters.
const WORTH: f64 = 1e-4;
/// Branch and bound does not look for a message that improves by less than this fraction of the
/// tolerance.
const MISSED: f64 = 0.25;
/// Differences up to this many rounding errors are ignored.
const NOISE: f64 = 8.0;
/// Messages that differ by less are equal.
const SAME: f64 = 1e-12;
/// With more observations, climbs start from a vertex only while it is sent.
const MOST_VERTICES: usize = 1_000;
/// The maximum number of times that the master is solved.
const ROUNDS: usize = 500;
/// The search for a missed message ends after this many cells, times types, times actions.
const CELLS: usize = 2_000_000;
/// If differences of `eta` times utility exceed this, the user's response is nearly deterministic,
/// and the messages for a rational user are useful.
const SENSITIVE: f64 = 8.0;
/// The largest game, in types times observations times actions, for which these messages are
/// computed.
const RATIONAL: usize = 5000;

/// Finds a scheme that maximizes `objective` against a user who plays actions with probabilities
/// proportional to `exp(eta * expected utility)`. The search may miss the optimum.
///
/// # Errors
/// If `eta` is negative or not a finite number, the objective names an agent that does not exist,
/// or the solver fails. Stopping at a limit of `settings` is not an error: see
/// [`Optimum::stopped`].
pub fn quantal(
    view: &TypedView,
    objective: &Objective,
    eta: f64,
    settings: &Settings,
) -> Result<Optimum<Quantal>, PersuadeError> {
    let Found { scheme, prices, rounds, stopped, .. } = Found::new(view, objective, eta, settings, true)?;
    Ok(Optimum {
        communication: Quantal { eta },
        seat: view.seat(),
        objective: objective.clone(),
        scheme,
        bound: QuantalPrices { prices, hurried: false },
        floor: None,
        effort: Effort { rounds, ..Effort::default() },
        stopped,
        unique: false,
    })
}

/// Finds a scheme by search alone, from fewer starting points and without branch and bound. It is
/// usually as good. The prices bound the value of all other schemes if the search missed no better
/// message.
///
/// # Errors
/// As for [`quantal()`]; and if a limit stopped it ([`PersuadeError::Stopped`]).
pub fn quantal_by_search(
    view: &TypedView,
    objective: &Objective,
    eta: f64,
    settings: &Settings,
) -> Result<(SignalScheme, QuantalPrices), PersuadeError> {
    let found = Found::new(view, objective, eta, settings, false)?;
    if let Some(stopped) = found.stopped {
        return Err(PersuadeError::Stopped(stopped));
    }
    let masses = masses(view);
    // Each observation with mass gets an equal part of the possible shortfall.
    let raise = found.missed / masses.iter().filter(|&&mass| mass > 0.0).count() as f64;
    let raised = |(price, &mass): (&f64, &f64)| if mass > 0.0 { price + raise / mass } else { *price };
    let prices = found.prices.iter().zip(&masses).map(raised).collect();
    Ok((found.scheme, QuantalPrices { prices, hurried: false }))
}

/// The mass of each observation, `[observations]`.
pub(crate) fn masses(view: &TypedView) -> Vec<f64> {
    let of = |x: usize| (0..view.types()).map(|t| view.mass()[(t, x)]).sum();
    (0..view.observations()).map(of).collect()
}

impl Found {
    /// Finds the best scheme that it can. If `thorough`, it uses more starting points and branch
    /// and bound.
    ///
    /// # Errors
    /// As for [`quantal()`].
    pub(crate) fn new(
        view: &TypedView,
        objective: &Objective,
        eta: f64,
        settings: &Settings,
        thorough: bool,
    ) -> Result<Self, PersuadeError> {
        if !(eta >= 0.0 && eta.is_finite()) {
            return Err(PersuadeError::BadSensitivity(eta));
        }
        let n = view.observations() as f64;
        // The master's columns and posteriors, with as many further messages as there are
        // observations, and the inverse of its basis.
        PersuadeError::unless_it_fits((view.observations(), view.actions()), 8.0 * 8.0 * n * n, settings)?;
        let (reduced, _) = objective.reduced_utility(view)?;
        let worth = Worth::new(view, &reduced, eta);
        let game = Game { view, objective: &reduced, eta };
        if let Some(stopped) = settings.stopped() {
            // Prices are measured relative to the value of full information.
            let scheme = SignalScheme::full_information(view.observations());
            let prices = worth.true_prices(view.observations(), &vec![0.0; worth.states()]);
            return Ok(Self { scheme, prices, missed: 0.0, rounds: 0, stopped: Some(stopped) });
        }
        let mut generation = Generation::new(&worth, settings, thorough);
        let mut stopped = None;
        let rational = if thorough { rational_posteriors(view, objective, eta, &worth, settings) } else { Ok(vec![]) };
        let ended = rational.and_then(|rational| generation.run(&game, rational));
        match ended {
            Ok(()) => {}
            Err(PersuadeError::Stopped(cause)) => stopped = Some(cause),
            Err(other) => return Err(other),
        }
        let messages = merged(&worth, generation.messages(), generation.tolerance(WORTH), settings);
        Ok(Self {
            scheme: assembled(&worth, view.observations(), &messages),
            prices: worth.true_prices(view.observations(), &generation.master.prices()),
            missed: generation.missed.max(0.0) * worth.true_unit(),
            rounds: generation.rounds,
            stopped,
        })
    }
}

/// The posteriors of an optimal scheme for a rational user, if the user is sensitive and the game
/// is small enough for that to be quick.
fn rational_posteriors(
    view: &TypedView,
    objective: &Objective,
    eta: f64,
    worth: &Worth,
    settings: &Settings,
) -> Result<Vec<Vec<f64>>, PersuadeError> {
    let size = worth.types * worth.states() * worth.actions;
    if worth.constant || worth.sensitivity() < SENSITIVE || eta == 0.0 || size > RATIONAL || worth.types > 3 {
        return Ok(vec![]);
    }
    let optimum = experiment(view, objective, None, settings)?;
    let posterior = |message: &suasion_model::Message| {
        let mut posterior: Vec<f64> = vec![0.0; worth.states()];
        for &(x, probability) in &message.probabilities {
            if let Ok(i) = worth.observations.binary_search(&x) {
                posterior[i] = probability * worth.mass[i];
            }
        }
        let total: f64 = posterior.iter().sum();
        for q in &mut posterior {
            *q /= total;
        }
        (total > 0.0).then_some(posterior)
    };
    Ok(optimum.scheme.messages.iter().filter_map(posterior).collect())
}

/// The reduced game in true units, for the exhaustive search.
struct Game<'a> {
    view: &'a TypedView,
    objective: &'a [Matrix],
    eta: f64,
}

/// Column generation.
struct Generation<'a> {
    worth: &'a Worth,
    settings: &'a Settings,
    /// Whether to search more widely when a climb finds nothing.
    thorough: bool,
    master: Master,
    ascent: Ascent<'a>,
    scratch: Derivatives,
    random: ChaCha8Rng,
    rounds: usize,
    /// The values of the master's last scheme and of no information.
    worths: (f64, f64),
    /// The largest reduced value of a message at the last prices, if it is sent with the highest
    /// possible probability, as a sum over observations.
    missed: f64,
}

impl<'a> Generation<'a> {
    fn new(worth: &'a Worth, settings: &'a Settings, thorough: bool) -> Self {
        Self {
            worth,
            settings,
            thorough,
            master: Master::new(&worth.mass, &worth.balance),
            ascent: Ascent::new(worth, settings),
            scratch: Derivatives::default(),
            random: ChaCha8Rng::seed_from_u64(0),
            rounds: 0,
            worths: (0.0, 0.0),
            missed: 0.0,
        }
    }

    fn add(&mut self, posterior: Vec<f64>) {
        let worth = self.worth.value(&posterior, &mut self.scratch);
        self.master.add(posterior, worth);
    }

    /// A part of the tolerance plus some rounding errors, in a unit in which full revelation has
    /// value zero.
    fn tolerance(&self, part: f64) -> f64 {
        let (own, uninformed) = self.worths;
        let spread = own.max(uninformed).max(0.0) - own.min(uninformed).min(0.0);
        part * ALLOWED * spread.max(COINCIDENCE * self.worth.local) + NOISE * self.worth.noise
    }

    fn run(&mut self, game: &Game<'_>, first: Vec<Vec<f64>>) -> Result<(), PersuadeError> {
        self.worths.1 = self.worth.value(&self.worth.mass, &mut self.scratch);
        self.add(self.worth.mass.clone());
        for posterior in first {
            self.add(posterior);
        }
        while self.rounds < ROUNDS {
            if let Some(stopped) = self.settings.stopped() {
                return Err(PersuadeError::Stopped(stopped));
            }
            self.rounds += 1;
            self.worths.0 = self.master.solve(self.settings);
            let tolerance = self.tolerance(WORTH);
            let prices = self.master.prices();
            let mut found = self.climb(&prices, if self.thorough { 8 } else { 4 });
            if self.thorough && found.iter().all(|own| own.0 <= tolerance) {
                // Before the last round, search more widely.
                found = self.climb(&prices, 64);
            }
            if self.thorough && found.iter().all(|own| own.0 <= tolerance) {
                found.extend(self.look_everywhere(game, &prices));
            }
            self.missed = found.iter().map(|own| own.0).fold(0.0, f64::max) * self.worth.states() as f64;
            if self.settings.verbose {
                let (value, missed) = (self.worths.0, self.missed);
                eprintln!("round {}: {value:.10} above full information, {missed:.3e} missed", self.rounds);
            }
            let mut added = 0;
            for (gain, posterior) in found {
                if gain > tolerance && !self.master.has(&posterior, SAME) {
                    self.add(posterior);
                    added += 1;
                }
            }
            // A search that a limit stopped may have missed messages.
            if let Some(stopped) = self.settings.stopped() {
                return Err(PersuadeError::Stopped(stopped));
            }
            if added == 0 {
                return Ok(());
            }
        }
        Ok(())
    }

    /// The posteriors at the ends of climbs, best first and without duplicates, each with its
    /// reduced value if it is sent with the highest possible probability. Climbs start from all
    /// posteriors that are sent, and from `more` others.
    fn climb(&mut self, prices: &[f64], more: usize) -> Vec<(f64, Vec<f64>)> {
        let mut starts: Vec<Vec<f64>> = self.master.sent().map(|(posterior, _)| posterior.to_vec()).collect();
        let mut others: Vec<(f64, Vec<f64>)> = Vec::new();
        for posterior in self.others(16 * more) {
            if self.settings.stopped().is_some() {
                break;
            }
            others.push((self.ascent.price(&posterior, prices) * self.master.mass_of(&posterior), posterior));
        }
        others.sort_by(|left, right| right.0.total_cmp(&left.0));
        starts.extend(others.into_iter().take(more).map(|(_, posterior)| posterior));
        let mut found: Vec<(f64, Vec<f64>)> = Vec::new();
        for mut posterior in starts {
            if self.settings.stopped().is_some() {
                break;
            }
            let gain = self.ascent.climb(&mut posterior, prices) * self.master.mass_of(&posterior);
            if !found.iter().any(|own| self.master.apart(&own.1, &posterior) < 1e-7) {
                found.push((gain, posterior));
            }
        }
        found.sort_by(|left, right| right.0.total_cmp(&left.0));
        found
    }

    /// Looks for a message that all climbs missed. Returns `None` if there is none, or if there are
    /// too many observations to know.
    fn look_everywhere(&mut self, game: &Game<'_>, prices: &[f64]) -> Option<(f64, Vec<f64>)> {
        let worth = self.worth;
        if worth.states() > MOST_OBSERVATIONS || worth.constant {
            return None;
        }
        let all = worth.true_prices(game.view.observations(), prices);
        let arrays = QuantalArrays {
            mass: game.view.mass(),
            user: game.view.reduced_user(),
            user_rest: &[],
            objective: game.objective,
            error: 0.0,
            user_error: 0.0,
        };
        let unit = self.tolerance(MISSED) * worth.true_unit();
        let search = QuantalSearch {
            target: 0.5 * unit,
            cells: CELLS,
            enough: unit,
            going: &|| self.settings.stopped().is_none(),
        };
        // The certificate will report any error here.
        let bound = quantal_bound(&arrays, game.eta, &all, &search).ok()??;
        if bound.message.1 <= unit {
            return None;
        }
        let mut posterior = worth.own_terms(&bound.message.0);
        let gain = self.ascent.climb(&mut posterior, prices) * self.master.mass_of(&posterior);
        Some((gain, posterior))
    }

    /// Further starting points: vertices, unless there are very many, the prior, points of edges,
    /// and random points of faces. They are spaced in terms of probabilities, and in terms in which
    /// the user's response changes in the middle.
    fn others(&mut self, count: usize) -> Vec<Vec<f64>> {
        let n = self.worth.states();
        let vertices = if n <= MOST_VERTICES { n } else { 0 };
        let mut all: Vec<Vec<f64>> = (0..vertices).map(|i| vertex(n, i)).collect();
        all.push(self.worth.mass.clone());
        if n <= 8 {
            for i in 0..n {
                for j in i + 1..n {
                    for k in 1..8 {
                        let mut point = vec![0.0; n];
                        (point[i], point[j]) = (f64::from(k) / 8.0, 1.0 - f64::from(k) / 8.0);
                        all.push(self.worth.balanced(&point));
                        all.push(point);
                    }
                }
            }
        }
        for k in 0..count {
            let mut point = vec![0.0; n];
            let corners = self.random.random_range(1..=n.min(6));
            for _ in 0..corners {
                point[self.random.random_range(0..n)] -= f64::ln(self.random.random_range(1e-9..1.0));
            }
            let total: f64 = point.iter().sum();
            if total > 0.0 {
                point.iter_mut().for_each(|q| *q /= total);
                all.push(if k % 4 == 3 { point } else { self.worth.balanced(&point) });
            }
        }
        all
    }

    /// The messages that are sent, each with its masses, `[n]`.
    fn messages(&self) -> Vec<Vec<f64>> {
        let message = |(posterior, weight): (&[f64], f64)| posterior.iter().map(|q| weight * q).collect();
        self.master.sent().map(message).collect()
    }
}

fn vertex(n: usize, i: usize) -> Vec<f64> {
    (0..n).map(|k| f64::from(u8::from(k == i))).collect()
}

/// Merges pairs of messages as long as two have no less value as one, up to `noise`.
fn merged(worth: &Worth, mut messages: Vec<Vec<f64>>, noise: f64, settings: &Settings) -> Vec<Vec<f64>> {
    let mut scratch = Derivatives::default();
    let mut values: Vec<f64> = messages.iter().map(|message| worth.value(message, &mut scratch)).collect();
    let sum = |left: &[f64], right: &[f64]| left.iter().zip(right).map(|(l, r)| l + r).collect::<Vec<f64>>();
    let mut k = 0;
    while k < messages.len() && settings.stopped().is_none() {
        let gain = |l: usize, scratch: &mut Derivatives| {
            let both = worth.value(&sum(&messages[k], &messages[l]), scratch);
            (both - values[k] - values[l], l)
        };
        let best =
            (k + 1..messages.len()).map(|l| gain(l, &mut scratch)).max_by(|left, right| left.0.total_cmp(&right.0));
        match best {
            Some((gain, l)) if gain >= -noise => {
                messages[k] = sum(&messages[k], &messages[l]);
                messages.remove(l);
                values.remove(l);
                values[k] = worth.value(&messages[k], &mut scratch);
                // Pairs that did not merge with the old message may merge with the new one.
                k = 0;
            }
            _ => k += 1,
        }
    }
    messages
}

/// The scheme in terms of the view's observations, with probabilities that sum to one exactly.
fn assembled(worth: &Worth, observations: usize, messages: &[Vec<f64>]) -> SignalScheme {
    let mut signals: Vec<Vec<(usize, f64)>> = vec![vec![]; messages.len().max(1)];
    // By observation, the messages that are sent.
    let mut sent: Vec<Vec<(usize, f64)>> = vec![vec![]; worth.states()];
    for (k, message) in messages.iter().enumerate() {
        message.iter().zip(&mut sent).filter(|(mass, _)| **mass > 0.0).for_each(|(&mass, sent)| sent.push((k, mass)));
    }
    for x in 0..observations {
        let sent = worth.observations.binary_search(&x).map_or(&[][..], |i| &sent[i]);
        let mut shares: Vec<f64> = sent.iter().map(|&(_, mass)| mass).collect();
        // A tiny share of a frequent observation may be half of a message about a rare one.
        make_exact(&mut shares, 0.0);
        for (&(k, _), &share) in sent.iter().zip(&shares).filter(|(_, share)| **share > 0.0) {
            signals[k].push((x, share));
        }
        if sent.is_empty() {
            // The observation has no mass, so any message will do.
            signals[0].push((x, 1.0));
        }
    }
    signals.retain(|signal| !signal.is_empty());
    SignalScheme { signals }
}
