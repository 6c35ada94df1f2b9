//! That no equilibrium of the best-agent game leaves the user less than so much.
//!
//! *Claim.* In an equilibrium with outcome `pi`, no agent gains more than the slack by outbidding: `U_i(pi) >= V_i(u(pi)) - slack`, where
//! `V_i(v)` is the most that agent `i` gets from a scheme that leaves the user at least `v` (Collina et al., arXiv 2509.15090, Theorem 3).
//!
//! *Proof.* On a piece of user values, weights `y >= 0` of the agents and a weight `s` of the user make a line: by weak duality every
//! scheme has `sum_i y_i U_i + s u <= B`. At both ends `v` of the piece, mixtures of given schemes, which leave the user at least `v`, give the
//! agents `W_i <= V_i(v)`. If `sum_i y_i (W_i - slack) + s v > B` at both ends, then, `V_i` being concave, the same holds with `V_i` at every `v`
//! between; and an outcome with `u(pi) = v` has `sum_i y_i U_i(pi) <= B - s v < sum_i y_i (V_i(v) - slack)`: some agent gains by outbidding.

use crate::Multiplier;
use crate::bound::{Bound, bound};
use crate::contest::Judge;
use crate::exact::Sum;
use crate::game::{Estimates, Game, USER};
use crate::obedience::{Disobedience, disobedience};
use crate::profile::full_information;
use crate::refusal::{Place, Refusal, check_finite, check_index, check_mass, check_nonnegative};
use crate::serial::{ObjectiveForm, scheme_forms};
use crate::values::Conduct;
use crate::verdict::{TOLERANCE, Verdict, at_least, check_claim, nearest, round_down, split_down};
use serde::{Deserialize, Serialize};
use std::cmp::Ordering;
use suasion_model::{Instance, Objective, Scheme};

/// A line above all outcomes: the weights of the parties, and the multipliers of obedience that bound their weighted sum.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Line {
    /// The weights; those of agents at least 0, the user's of any sign.
    #[serde(with = "ObjectiveForm")]
    pub objective: Objective,
    /// The multipliers of obedience that are not zero, ordered by (recommended, alternative).
    pub multipliers: Vec<Multiplier>,
}

/// Two schemes by their index, mixed: the second with probability `share`. Written as `[left, right, share]`.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(from = "(usize, usize, f64)", into = "(usize, usize, f64)")]
pub struct Mixture {
    /// The first scheme.
    pub left: usize,
    /// The second scheme.
    pub right: usize,
    /// The probability of the second, between 0 and 1.
    pub share: f64,
}

/// A range of user values at which there is no equilibrium, and why.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Piece {
    /// Its lower end.
    pub from: f64,
    /// Its upper end.
    pub to: f64,
    /// The line, as an index of [`ExclusionProof::lines`].
    pub line: usize,
    /// For each agent in the line's objective, in its order, the mixtures by which it would outbid at the two ends.
    pub deviations: Vec<[Mixture; 2]>,
}

/// What shows that no equilibrium leaves the user less than so much.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ExclusionProof {
    /// The number of the prior; 0 for an instance with worlds.
    pub prior: usize,
    /// By how much an agent may gain by another offer, at most, in the unit of utilities.
    pub slack: f64,
    /// Schemes by which agents could outbid.
    #[serde(with = "scheme_forms")]
    pub schemes: Vec<Scheme>,
    /// Lines above all outcomes.
    pub lines: Vec<Line>,
    /// The pieces, from the least that the user can get upwards, without gaps.
    pub pieces: Vec<Piece>,
}

/// What an exclusion comes to.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ExclusionClaims {
    /// No equilibrium leaves the user less: the upper end of the last piece, or what she gets without information.
    pub lower_bound: f64,
    /// What she could gain in all by not following one of the schemes, at most, in the unit of her utility.
    pub violation: f64,
}

/// An exclusion with what it is claimed to come to.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ExclusionCertificate {
    /// The proof.
    pub proof: ExclusionProof,
    /// What it comes to.
    pub claims: ExclusionClaims,
}

impl From<(usize, usize, f64)> for Mixture {
    fn from((left, right, share): (usize, usize, f64)) -> Self {
        Self { left, right, share }
    }
}

impl From<Mixture> for (usize, usize, f64) {
    fn from(mixture: Mixture) -> Self {
        (mixture.left, mixture.right, mixture.share)
    }
}

/// A scheme's values, each as the sum of two numbers, rounded down: the user's, then the agents'.
pub(crate) type Values = Vec<[f64; 2]>;

impl ExclusionProof {
    /// Works out, in exact arithmetic, what this proof comes to. Multipliers may be in any order and may be zero.
    ///
    /// # Errors
    /// If this is no proof: agents do not share their information, a number or an index is not what it may be, pieces leave a gap, or one of
    /// them does not exclude an equilibrium.
    pub fn certify(mut self, instance: &Instance) -> Result<(ExclusionCertificate, Verdict), Refusal> {
        for line in &mut self.lines {
            line.multipliers.retain(|multiplier| multiplier.value != 0.0);
            line.multipliers.sort_by_key(Multiplier::pair);
        }
        for scheme in &mut self.schemes {
            scheme.entries.sort_by_key(|entry| (entry.state, entry.action));
        }
        let (claims, verdict) = self.evaluate(instance)?;
        Ok((ExclusionCertificate { proof: self, claims }, verdict))
    }

    fn evaluate(&self, instance: &Instance) -> Result<(ExclusionClaims, Verdict), Refusal> {
        if !instance.agents_share_information() {
            return Err(Refusal::DifferentSignals);
        }
        check_nonnegative(Place::alone("the slack"), self.slack)?;
        let game = Game::new(instance, self.prior, 0, &Objective { user: 0.0, agents: vec![] })?;
        let estimates = Estimates::new(&game, &instance.information);
        let judge = &mut Judge::new();
        let full = full_information(&game, &estimates, judge)?;
        let silent = no_information(&game);

        let mut values: Vec<Values> = Vec::with_capacity(self.schemes.len());
        let mut largest = Disobedience::none();
        for scheme in &self.schemes {
            let conduct = Conduct::new(&game, &estimates, &scheme.entries, judge)?;
            let parties = 0..=instance.agents.len();
            values.push(parties.map(|party| value(&conduct, party)).collect::<Result<_, _>>()?);
            largest.enter(disobedience(&game, &estimates, &scheme.entries, TOLERANCE, judge));
        }
        let mut bounds = Vec::with_capacity(self.lines.len());
        for (k, line) in self.lines.iter().enumerate() {
            for &(_, weight) in &line.objective.agents {
                check_nonnegative(Place::item("a weight of line", k), weight)?;
            }
            let game = Game::new(instance, self.prior, 0, &line.objective)?;
            let estimates = Estimates::new(&game, &instance.information);
            bounds.push(bound(&game, &estimates, 0.0, &line.multipliers, judge)?);
        }
        let objectives: Vec<&Objective> = self.lines.iter().map(|line| &line.objective).collect();
        let bounds: Vec<Sum> = bounds.iter().map(|bound: &Bound| bound.exactly_at(0.0)).collect();
        let cover = Cover {
            slack: self.slack,
            lone: instance.agents.len() == 1,
            pieces: &self.pieces,
            objectives: &objectives,
            bounds: &bounds,
            values: &values,
        };
        cover.assess(&silent, &full, &largest)
    }
}

/// The pieces of an exclusion, however agents talk.
pub(crate) struct Cover<'a> {
    pub(crate) slack: f64,
    /// Whether there is one agent only.
    pub(crate) lone: bool,
    pub(crate) pieces: &'a [Piece],
    /// The weights of each line, and what it bounds them by, `[lines]`.
    pub(crate) objectives: &'a [&'a Objective],
    pub(crate) bounds: &'a [Sum],
    /// `[schemes]`.
    pub(crate) values: &'a [Values],
}

impl Cover<'_> {
    /// What they come to: `silent` and `full` are the user's values without and with full information, `disobedience` is what she could
    /// gain by not following one of the schemes.
    pub(crate) fn assess(
        &self,
        silent: &Sum,
        full: &Sum,
        disobedience: &Disobedience,
    ) -> Result<(ExclusionClaims, Verdict), Refusal> {
        let mut covered = round_down(silent, Place::alone("the user's value without information"))?;
        for (k, piece) in self.pieces.iter().enumerate() {
            check_finite(Place::item("the lower end of piece", k), piece.from)?;
            check_finite(Place::item("the upper end of piece", k), piece.to)?;
            if piece.from > covered || piece.to <= piece.from {
                return Err(Refusal::Uncovered(k));
            }
            check_index(Place::item("piece", k), "line", piece.line, self.bounds.len())?;
            self.check_piece(k)?;
            covered = piece.to;
        }
        // Full information is an equilibrium, since nobody can outbid it.
        let mut end = Sum::new();
        end.add([covered]);
        if !self.pieces.is_empty() && at_least(&end, full) && !self.lone {
            return Err(Refusal::Uncovered(self.pieces.len() - 1));
        }
        let claims = ExclusionClaims {
            lower_bound: covered,
            violation: nearest(&disobedience.total, Place::alone("the violation"))?,
        };
        let mut verdict =
            Verdict { gap: 0.0, violation: claims.violation, worst: None, shortfall: 0.0, failures: Vec::new() };
        verdict.failures.extend(disobedience.failure);
        Ok((claims, verdict))
    }

    /// Refuses a piece that does not exclude an equilibrium at one of its ends.
    fn check_piece(&self, k: usize) -> Result<(), Refusal> {
        let piece = &self.pieces[k];
        let (objective, values) = (self.objectives[piece.line], self.values);
        let (claimed, expected) = (piece.deviations.len(), objective.agents.len());
        if claimed != expected {
            return Err(Refusal::ClaimCount { list: "the deviations of a piece", claimed, expected });
        }
        for (end, at) in [piece.from, piece.to].into_iter().enumerate() {
            let mut margin = Sum::new();
            margin.add([objective.user, at]);
            margin.subtract_sum(&self.bounds[piece.line]);
            for (&(agent, weight), mixtures) in objective.agents.iter().zip(&piece.deviations) {
                let Mixture { left, right, share } = mixtures[end];
                check_index(Place::item("a mixture of piece", k), "scheme", left, values.len())?;
                check_index(Place::item("a mixture of piece", k), "scheme", right, values.len())?;
                check_mass(Place::item("the share of a mixture of piece", k), share)?;
                let mix = |sum: &mut Sum, party: usize, weight: f64| {
                    for (left, right) in values[left][party].into_iter().zip(values[right][party]) {
                        sum.add([weight, left]);
                        sum.subtract([weight, share, left]);
                        sum.add([weight, share, right]);
                    }
                };
                let mut user = Sum::new();
                mix(&mut user, USER, 1.0);
                user.subtract([at]);
                // A lone agent need not outbid anybody.
                if user.sign() == Ordering::Less && !self.lone {
                    return Err(Refusal::MixtureTooLow { piece: k, agent, at });
                }
                mix(&mut margin, agent + 1, weight);
                margin.subtract([weight, self.slack]);
            }
            if margin.sign() != Ordering::Greater {
                return Err(Refusal::NotExcluded { piece: k, at, lacking: -margin.round() });
            }
        }
        Ok(())
    }
}

fn value(conduct: &Conduct<'_>, party: usize) -> Result<[f64; 2], Refusal> {
    let mut sum = Sum::new();
    conduct.add_value(&mut sum, party, 1.0);
    split_down(&sum, Place::alone("the value of a scheme"))
}

/// The user's value when she knows nothing but the prior: the least that any scheme leaves her.
fn no_information(game: &Game<'_>) -> Sum {
    let silence = |action: usize| {
        let mut sum = Sum::new();
        for state in 0..game.observations {
            for cell in game.cells(state) {
                sum.add([cell.mass, game.utility(USER, action, cell.state)]);
            }
        }
        sum
    };
    (1..game.actions).fold(silence(0), |best, action| {
        let next = silence(action);
        if at_least(&best, &next) { best } else { next }
    })
}

impl ExclusionCertificate {
    /// Works everything out again, in exact arithmetic, and compares it with the claims.
    ///
    /// # Errors
    /// If the proof is none (see [`ExclusionProof::certify`]; here lists must be in order), or a claim is not exactly what follows.
    pub fn check(&self, instance: &Instance) -> Result<Verdict, Refusal> {
        let (found, verdict) = self.proof.evaluate(instance)?;
        self.claims.check(&found)?;
        Ok(verdict)
    }
}

impl ExclusionClaims {
    /// Refuses claims that are not exactly what was found.
    pub(crate) fn check(&self, found: &Self) -> Result<(), Refusal> {
        check_claim(Place::alone("the lower bound"), self.lower_bound, found.lower_bound)?;
        check_claim(Place::alone("the violation"), self.violation, found.violation)
    }
}
