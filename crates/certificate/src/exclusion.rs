//! That no equilibrium of the best-agent game leaves the user less than so much.
//!
//! *Claim.* In an equilibrium with outcome `pi`, no agent gains more than the slack by outbidding: `U_i(pi) >= V_i(u(pi)) - slack`, where
//! `V_i(v)` is the most that agent `i` gets from a scheme that leaves the user at least `v` (Collina et al., arXiv 2509.15090, Theorem 3).
//!
//! *Proof.* On a piece of user values, weights `y >= 0` of the agents and a weight `s` of the user make a line: by weak duality every
//! scheme has `sum_i y_i U_i + s u <= B`. At both ends `v` of the piece, mixtures of given schemes, which leave the user at least `v`, give the
//! agents `W_i <= V_i(v)`. If `sum_i y_i (W_i - slack) + s v > B` at both ends, then, `V_i` being concave, the same holds with `V_i` at every `v`
//! between; and an outcome with `u(pi) = v` has `sum_i y_i U_i(pi) <= B - s v < sum_i y_i (V_i(v) - slack)`: some agent gains by outbidding.

use crate::communication::{Communication, Evaluate, Outcome, Rational};
use crate::error::{Place, ProofError, check_finite, check_index, check_mass, check_nonnegative};
use crate::game::{Estimates, USER};
use crate::obedience::Disobedience;
use crate::proof::{Claim, Claims, Proof, Sealed};
use crate::stake::Benchmarks;
use crate::verdict::{Verdict, at_least, nearest, round_down, split_down};
use serde::{Deserialize, Serialize};
use std::cmp::Ordering;
use suasion_exact::{Judge, Sum};
use suasion_model::{Instance, Objective};

/// A line above all outcomes: the weights of the parties, and what bounds their weighted sum.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, bound = "")]
pub struct Line<C: Communication> {
    /// The weights; those of agents at least 0, the user's of any sign.
    pub objective: Objective,
    /// What bounds all schemes.
    pub bound: C::Bound,
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
#[serde(deny_unknown_fields, bound = "")]
pub struct ExclusionProof<C: Communication> {
    /// How agents communicate.
    pub communication: C,
    /// The number of the prior; 0 for an instance with worlds.
    pub prior: usize,
    /// By how much an agent may gain by another offer, at most, in the unit of utilities.
    pub slack: f64,
    /// Schemes by which agents could outbid; none is full information, as in an
    /// [`Offer`](crate::Offer).
    pub schemes: Vec<Option<C::Scheme>>,
    /// Lines above all outcomes.
    pub lines: Vec<Line<C>>,
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

impl<C: Rational> Sealed for ExclusionProof<C> {}

/// Refused: agents who do not share their information, pieces that leave a gap, and pieces that do
/// not exclude an equilibrium.
impl<C: Rational> Proof for ExclusionProof<C> {
    type Game = Instance;
    type Claims = ExclusionClaims;

    fn order(&mut self) {
        self.schemes.iter_mut().flatten().for_each(C::order_scheme);
        self.lines.iter_mut().for_each(|line| C::order_bound(&mut line.bound));
    }

    fn evaluate(&self, instance: &Instance, _: &dyn Fn() -> bool) -> Result<(ExclusionClaims, Verdict), ProofError> {
        C::evaluate_exclusion(self, instance)
    }
}

/// A scheme's values, each as the sum of two numbers, rounded down: the user's, then the agents'.
type Values = Vec<[f64; 2]>;

/// What an exclusion comes to.
pub(crate) fn exclusion<C: Evaluate>(
    proof: &ExclusionProof<C>,
    instance: &Instance,
) -> Result<(ExclusionClaims, Verdict), ProofError> {
    if !instance.agents_share_information() {
        return Err(ProofError::DifferentSignals);
    }
    check_nonnegative(Place::alone("the slack"), proof.slack)?;
    let game = C::game(instance, proof.prior, 0, &Objective { user: 0.0, agents: vec![] })?;
    let estimates = Estimates::new(&game.game, &instance.information);
    let mut values: Vec<Values> = Vec::with_capacity(proof.schemes.len());
    let mut largest = Disobedience::none();
    for scheme in &proof.schemes {
        let outcome = scheme.as_ref().map_or_else(
            || Ok(Outcome::of_full_information(&game, &estimates)),
            |scheme| C::outcome(scheme, &game, &estimates),
        )?;
        let parties = std::iter::once(&outcome.user).chain(&outcome.agents);
        let value = |sum: &Sum| split_down(sum, Place::alone("the value of a scheme"));
        values.push(parties.map(value).collect::<Result<_, _>>()?);
        largest.enter(outcome.disobedience);
    }
    let mut bounds = Vec::with_capacity(proof.lines.len());
    for (k, line) in proof.lines.iter().enumerate() {
        for &(_, weight) in &line.objective.agents {
            check_nonnegative(Place::item("a weight of line", k), weight)?;
        }
        let game = C::game(instance, proof.prior, 0, &line.objective)?;
        let estimates = Estimates::new(&game.game, &instance.information);
        bounds.push(C::bound(&line.bound, 0.0, &game, &estimates)?);
    }
    let objectives: Vec<&Objective> = proof.lines.iter().map(|line| &line.objective).collect();
    let cover = Cover {
        slack: proof.slack,
        monopoly: instance.agents.len() == 1,
        pieces: &proof.pieces,
        objectives: &objectives,
        bounds: &bounds,
        values: &values,
    };
    let benchmarks = Benchmarks::new(&game.game, game.types, &estimates, &mut Judge::new());
    let user = &[(USER, 1.0)];
    let (none, full) = (benchmarks.none_value(&game.game, user), benchmarks.full_value(&game.game, user));
    cover.assess(&none, &full, &largest)
}

/// The pieces of an exclusion, however agents communicate.
struct Cover<'a> {
    slack: f64,
    /// Whether there is one agent only.
    monopoly: bool,
    pieces: &'a [Piece],
    /// The weights of each line, and what it bounds them by, `[lines]`.
    objectives: &'a [&'a Objective],
    bounds: &'a [Sum],
    /// `[schemes]`.
    values: &'a [Values],
}

impl Cover<'_> {
    /// What they come to: `none` and `full` are the user's values without and with full information, `disobedience` is what she could
    /// gain by not following one of the schemes.
    fn assess(
        &self,
        none: &Sum,
        full: &Sum,
        disobedience: &Disobedience,
    ) -> Result<(ExclusionClaims, Verdict), ProofError> {
        let mut covered = round_down(none, Place::alone("the user's value without information"))?;
        for (k, piece) in self.pieces.iter().enumerate() {
            check_finite(Place::item("the lower end of piece", k), piece.from)?;
            check_finite(Place::item("the upper end of piece", k), piece.to)?;
            if piece.from > covered || piece.to <= piece.from {
                return Err(ProofError::Uncovered(k));
            }
            check_index(Place::item("piece", k), "line", piece.line, self.bounds.len())?;
            self.check_piece(k)?;
            covered = piece.to;
        }
        // Full information is an equilibrium, since nobody can outbid it.
        let mut end = Sum::new();
        end.add([covered]);
        if !self.pieces.is_empty() && at_least(&end, full) && !self.monopoly {
            return Err(ProofError::Uncovered(self.pieces.len() - 1));
        }
        let claims = ExclusionClaims {
            lower_bound: covered,
            violation: nearest(&disobedience.total, Place::alone("the violation"))?,
        };
        let mut verdict = Verdict { violation: claims.violation, ..Verdict::default() };
        verdict.failures.extend(disobedience.failure);
        Ok((claims, verdict))
    }

    /// Refuses a piece that does not exclude an equilibrium at one of its ends.
    fn check_piece(&self, k: usize) -> Result<(), ProofError> {
        let piece = &self.pieces[k];
        let (objective, values) = (self.objectives[piece.line], self.values);
        let (claimed, expected) = (piece.deviations.len(), objective.agents.len());
        if claimed != expected {
            return Err(ProofError::ClaimCount { list: "the deviations of a piece", claimed, expected });
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
                // A monopolist need not outbid anybody.
                if user.sign() == Ordering::Less && !self.monopoly {
                    return Err(ProofError::MixtureTooLow { piece: k, agent, at });
                }
                mix(&mut margin, agent + 1, weight);
                margin.subtract([weight, self.slack]);
            }
            if margin.sign() != Ordering::Greater {
                return Err(ProofError::NotExcluded { piece: k, at, lacking: -margin.round() });
            }
        }
        Ok(())
    }
}

impl Sealed for ExclusionClaims {}
impl Claims for ExclusionClaims {
    fn check(&self, found: &Self) -> Result<(), ProofError> {
        self.lower_bound.check(found.lower_bound, Place::alone("the lower bound"))?;
        self.violation.check(found.violation, Place::alone("the violation"))
    }
}
