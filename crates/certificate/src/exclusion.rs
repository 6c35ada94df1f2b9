//! A proof that every equilibrium of the best-agent game gives the user at least some value.
//!
//! *Claim.* In an equilibrium with outcome `pi`, no agent gains more than the slack by outbidding:
//! `U_i(pi) >= V_i(u(pi)) - slack`, where `V_i(v)` is the most that agent `i` gets from a scheme
//! that gives the user at least `v` (Collina et al., arXiv 2509.15090, Theorem 3).
//!
//! *Proof.* On a piece of user values, weights `y >= 0` of the agents and a weight `s` of the user
//! define a line: by weak duality every scheme has `sum_i y_i U_i + s u <= B`. At both ends `v` of
//! the piece, mixtures of given schemes that give the user at least `v` give the agents `W_i <=
//! V_i(v)`. Suppose that `sum_i y_i (W_i - slack) + s v > B` at both ends. Since `V_i` is concave,
//! the same holds with `V_i` at every `v` between. An outcome with `u(pi) = v` has `sum_i y_i
//! U_i(pi) <= B - s v < sum_i y_i (V_i(v) - slack)`, so some agent gains by outbidding.

use crate::communication::{Communication, Rational, SchemeOutcome};
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
    /// The weights. Those of agents are at least 0; the user's has any sign.
    pub objective: Objective,
    /// What bounds all schemes.
    pub bound: C::Bound,
}

/// A mixture of two schemes by index: the second has probability `share`. Written as `[left, right,
/// share]`.
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

/// A range of user values without an equilibrium, and the reason.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Piece {
    /// Its lower end.
    pub from: f64,
    /// Its upper end.
    pub to: f64,
    /// The line, as an index of [`ExclusionProof::lines`].
    pub line: usize,
    /// For each agent in the line's objective, in its order, the mixtures by which it would outbid
    /// at the two ends.
    pub deviations: Vec<[Mixture; 2]>,
}

/// The proof that every equilibrium gives the user at least some value.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, bound = "")]
pub struct ExclusionProof<C: Communication> {
    /// How agents communicate.
    pub communication: C,
    /// The number of the prior; 0 for an instance with worlds.
    pub prior: usize,
    /// The slack: what an agent may gain by another offer, at most, in the unit of utilities.
    pub slack: f64,
    /// Schemes by which agents could outbid; `None` is full information, as in an
    /// [`Offer`](crate::Offer).
    pub schemes: Vec<Option<C::Scheme>>,
    /// Lines above all outcomes.
    pub lines: Vec<Line<C>>,
    /// The pieces, from the user's lowest value upward, without gaps.
    pub pieces: Vec<Piece>,
}

/// The claims of an exclusion.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ExclusionClaims {
    /// No equilibrium gives the user less: the upper end of the last piece, or her value under no
    /// information.
    pub lower_bound: f64,
    /// The most that she could gain in total by not following one of the schemes, in the unit of
    /// her utility.
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

/// The check refuses agents that do not share their information, pieces that leave a gap, and
/// pieces that do not exclude an equilibrium.
impl<C: Rational> Proof for ExclusionProof<C> {
    type Game = Instance;
    type Claims = ExclusionClaims;

    fn order(&mut self) {
        self.schemes.iter_mut().flatten().for_each(C::sort_scheme);
        self.lines.iter_mut().for_each(|line| C::sort_bound(&mut line.bound));
    }

    fn evaluate(&self, instance: &Instance, _: &dyn Fn() -> bool) -> Result<(ExclusionClaims, Verdict), ProofError> {
        exclusion(self, instance)
    }
}

/// A scheme's values, each as the sum of two numbers, rounded down: the user's, then the agents'.
type Values = Vec<[f64; 2]>;

/// The claims that an exclusion supports.
fn exclusion<C: Rational>(
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
            || Ok(SchemeOutcome::of_full_information(&game, &estimates)),
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
        bounds.push(C::bound_exactly(&line.bound, 0.0, &game, &estimates)?);
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

/// The pieces of an exclusion, for every way to communicate.
struct Cover<'a> {
    slack: f64,
    /// Whether there is only one agent.
    monopoly: bool,
    pieces: &'a [Piece],
    /// The weights of each line and its bound, `[lines]`.
    objectives: &'a [&'a Objective],
    bounds: &'a [Sum],
    /// The values of each scheme, `[schemes]`.
    values: &'a [Values],
}

impl Cover<'_> {
    /// The claims that they support. `none` and `full` are the user's values under no and full
    /// information. `disobedience` is what she could gain by not following one of the schemes.
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
        // Full information is an equilibrium, because nobody can outbid it.
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
                // A monopolist has nobody to outbid.
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
