//! A conversation with the proof that no other is worth more.
//!
//! **The claim.** A user of several types reports her type and is then recommended an action; and by how much she could do better by other
//! reports and actions (nothing, where she is truthful and obedient). By the revelation principle (Myerson 1982) this stands for
//! conversations of any length.
//!
//! **The bound.** With `s >= 0` of the floor `f`, `sigma_tr >= 0` of type `t`'s truth against report `r`, and `tau_trab >= 0` such that
//! `sum_b tau_trab <= sigma_tr` for `t != r`, no such conversation that leaves the user at least `f` is worth more than
//!
//! ```text
//! sum_{t,x} max_a C(t, x, a)  -  s f,
//! C(t, x, a) = P_v[t][x][a] + s P_u[t][x][a] + sum_b tau_ttab (P_u[t][x][a] - P_u[t][x][b])
//!            + sum_{r != t} sigma_tr P_u[t][x][a]
//!            - sum_{r != t} [ sigma_rt P_u[r][x][a] + sum_b tau_rtab (P_u[r][x][b] - P_u[r][x][a]) ].
//! ```
//!
//! For type `t` gains nothing by reporting `r` and taking, where `a` is recommended, each `b` with probability `tau_trab / sigma_tr` and `a` with
//! what is left; nor by taking `b` for `a` after telling the truth; and the user gets `f`. Times the multipliers and added up, these are what the
//! `C` have more than `P_v`; and the recommendations of a report and an observation are a distribution over actions.

use crate::Floor;
use crate::claims::{Claims, Outcome};
use crate::contest::{Judge, compare};
use crate::exact::Sum;
use crate::game::{Estimates, TypedGame, USER};
use crate::obedience::Disobedience;
use crate::refusal::{Place, Refusal, check_finite, check_index, check_nonnegative, check_probability};
use crate::serial::{ObjectiveForm, conversation_form};
use crate::verdict::{TOLERANCE, Verdict, nearest};
use serde::{Deserialize, Serialize};
use std::cmp::Ordering;
use suasion_model::{Conversation, Instance, Objective};

/// The multiplier of a type's truthfulness against one report: `(type, report, value)`, what the objective would gain per unit by which
/// that type may gain by that report.
pub type TruthMultiplier = (usize, usize, f64);

/// How a multiplier is spread over what a type does: `(type, report, recommended, alternative, value)`. Where the report is another type,
/// the values of one recommendation sum to at most the multiplier of truth.
pub type TemptationMultiplier = (usize, usize, usize, usize, f64);

/// A conversation, and the multipliers that bound every other.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ConversationProof {
    /// The number of the prior; 0 for an instance with worlds.
    pub prior: usize,
    /// The agent that converses: with worlds, the observations are its signals.
    pub agent: usize,
    /// What the conversation maximises.
    #[serde(with = "ObjectiveForm")]
    pub objective: Objective,
    /// What the user is to get at least, if anything is asked.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub floor: Option<Floor>,
    /// The conversation, as a list of `[reported type, observation, action, probability]`.
    #[serde(with = "conversation_form")]
    pub conversation: Conversation,
    /// The multipliers of truth, in increasing order, none against the truth itself.
    pub truth: Vec<TruthMultiplier>,
    /// The multipliers of temptations, in increasing order.
    pub temptations: Vec<TemptationMultiplier>,
}

/// A proof with what it is claimed to come to.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ConversationCertificate {
    /// The proof.
    pub proof: ConversationProof,
    /// What it comes to.
    pub claims: Claims,
}

impl ConversationProof {
    /// Works out, in exact arithmetic, what this proof comes to.
    ///
    /// # Errors
    /// If this is no proof: an index is out of range, something comes twice or out of order, a number is not finite, a probability or a multiplier is
    /// negative, probabilities do not sum to one exactly, or the multipliers of temptations exceed that of truth.
    pub fn certify(self, instance: &Instance) -> Result<(ConversationCertificate, Verdict), Refusal> {
        let (claims, verdict) = self.evaluate(instance, TOLERANCE)?;
        Ok((ConversationCertificate { proof: self, claims }, verdict))
    }

    /// What no such conversation that leaves the user at least `floor` exceeds, as the multipliers prove: exact but for one rounding to nearest.
    ///
    /// # Errors
    /// As [`ConversationProof::certify`].
    pub fn bound_at(&self, instance: &Instance, floor: f64) -> Result<f64, Refusal> {
        let game = TypedGame::new(instance, self.prior, self.agent, &self.objective)?;
        let multiplier = self.floor.map_or(0.0, |floor| floor.multiplier);
        let bound = self.bound(&game, Some(Floor { value: floor, multiplier }))?;
        nearest(&bound, Place::alone("the upper bound"))
    }

    fn bound(&self, game: &TypedGame<'_>, floor: Option<Floor>) -> Result<Sum, Refusal> {
        let floor = floor.unwrap_or(Floor { value: 0.0, multiplier: 0.0 });
        check_finite(Place::alone("the floor"), floor.value)?;
        let mut total = bound(&self.truth, &self.temptations, floor.multiplier, game)?;
        total.subtract([floor.multiplier, floor.value]);
        Ok(total)
    }

    fn evaluate(&self, instance: &Instance, tolerance: f64) -> Result<(Claims, Verdict), Refusal> {
        let game = TypedGame::new(instance, self.prior, self.agent, &self.objective)?;
        let estimates = Estimates::new(&game.game, &instance.information);
        check_conversation(&self.conversation, &game)?;
        let entries = &self.conversation.entries;
        let value = |party: usize| {
            let mut sum = Sum::new();
            for e in entries {
                game.add(&mut sum, [e.probability, 1.0], party, e.action, (e.report, e.observation));
            }
            sum
        };
        let mut objective = Sum::new();
        for e in entries {
            game.add_objective(&mut objective, e.probability, e.action, (e.report, e.observation));
        }
        let outcome = Outcome {
            objective,
            user: value(USER),
            agents: (1..=instance.agents.len()).map(value).collect(),
            bound: self.bound(&game, self.floor)?,
            disobedience: disobedience(&self.conversation, &game, &estimates, tolerance),
            played: entries.iter().map(|e| (game.pair(e.report, e.observation), e.action)).collect(),
        };
        outcome.assess(&game.game, game.types, &estimates, self.floor, tolerance)
    }
}

/// Refuses a conversation that is none.
pub(crate) fn check_conversation(conversation: &Conversation, game: &TypedGame<'_>) -> Result<(), Refusal> {
    let mut excess = vec![Sum::new(); game.types * game.observations];
    for sum in &mut excess {
        sum.subtract([1.0]);
    }
    let entries = &conversation.entries;
    for (k, entry) in entries.iter().enumerate() {
        let place = Place::item("conversation entry", k);
        check_index(place, "type", entry.report, game.types)?;
        check_index(place, "observation", entry.observation, game.observations)?;
        check_index(place, "action", entry.action, game.actions())?;
        check_probability(place, entry.probability)?;
        let key = |k: usize| (entries[k].report, entries[k].observation, entries[k].action);
        if k > 0 && key(k - 1) >= key(k) {
            return Err(Refusal::OutOfOrder { place });
        }
        excess[game.pair(entry.report, entry.observation)].add([entry.probability]);
    }
    for (pair, excess) in excess.iter_mut().enumerate() {
        if excess.sign() != Ordering::Equal {
            let place = Place::item("pair of report and observation", pair);
            return Err(Refusal::NotOne { place, excess: excess.round() });
        }
    }
    Ok(())
}

/// Refuses multipliers that bound nothing.
fn check_multipliers(
    truths: &[TruthMultiplier],
    temptations: &[TemptationMultiplier],
    game: &TypedGame<'_>,
) -> Result<(), Refusal> {
    for (k, &(t, r, value)) in truths.iter().enumerate() {
        let place = Place::item("multiplier of truth", k);
        check_index(place, "type", t, game.types)?;
        check_index(place, "type", r, game.types)?;
        check_nonnegative(place, value)?;
        if t == r {
            return Err(Refusal::SelfComparison { place, index: t });
        }
        if k > 0 && (truths[k - 1].0, truths[k - 1].1) >= (t, r) {
            return Err(Refusal::OutOfOrder { place });
        }
    }
    for (k, &(t, r, a, b, value)) in temptations.iter().enumerate() {
        let place = Place::item("multiplier of temptation", k);
        check_index(place, "type", t, game.types)?;
        check_index(place, "type", r, game.types)?;
        check_index(place, "action", a, game.actions())?;
        check_index(place, "action", b, game.actions())?;
        check_nonnegative(place, value)?;
        if a == b {
            return Err(Refusal::SelfComparison { place, index: a });
        }
        let key = |m: &TemptationMultiplier| (m.0, m.1, m.2, m.3);
        if k > 0 && key(&temptations[k - 1]) >= key(&temptations[k]) {
            return Err(Refusal::OutOfOrder { place });
        }
    }
    let mut start = 0;
    for group in temptations.chunk_by(|l, r| (l.0, l.1, l.2) == (r.0, r.1, r.2)) {
        let (t, r, ..) = group[0];
        let mut excess = Sum::new();
        for multiplier in group {
            excess.add([multiplier.4]);
        }
        for &(_, _, value) in truths.iter().filter(|truth| (truth.0, truth.1) == (t, r)) {
            excess.subtract([value]);
        }
        if t != r && excess.sign() == Ordering::Greater {
            let place = Place::item("multiplier of temptation", start);
            return Err(Refusal::Overspread { place, excess: excess.round() });
        }
        start += group.len();
    }
    Ok(())
}

/// What the user could gain: for every type, what her best report, with her best action upon every recommendation, gains. After the truth
/// every recommendation counts by itself, after another report what happens as a whole; either gain is to be within `tolerance` of what is
/// at stake between what she does and what she should.
pub(crate) fn disobedience(
    conversation: &Conversation,
    game: &TypedGame<'_>,
    estimates: &Estimates,
    tolerance: f64,
) -> Disobedience {
    let mut found = Disobedience::none();
    let (mut judge, mut difference) = (Judge::new(), Sum::new());
    let entries = &conversation.entries;
    // The entries of a report by recommendation, `[types][actions]`.
    let mut told = vec![vec![vec![]; game.actions()]; game.types];
    for entry in entries {
        told[entry.report][entry.action].push((entry.observation, entry.probability));
    }
    for t in 0..game.types {
        let value = |x: usize, action: usize| {
            let pair = game.pair(t, x);
            estimates.weights[pair] * estimates.user.values[(action, pair)]
        };
        let mut honest = Sum::new();
        let mut ranges = vec![(f64::INFINITY, f64::NEG_INFINITY); game.observations];
        let widen = |range: &mut (f64, f64), value: f64| *range = (range.0.min(value), range.1.max(value));
        for entry in entries.iter().filter(|entry| entry.report == t) {
            game.add(&mut honest, [entry.probability, 1.0], USER, entry.action, (t, entry.observation));
            widen(&mut ranges[entry.observation], value(entry.observation, entry.action));
        }
        let mut most = Sum::new();
        for (report, told) in told.iter().enumerate() {
            let (mut gain, mut between) = (Sum::new(), ranges.clone());
            for (told, list) in told.iter().enumerate().filter(|(_, list)| !list.is_empty()) {
                let taken = |sum: &mut Sum, b: usize| {
                    for &(x, probability) in list {
                        game.add(sum, [probability, 1.0], USER, b, (t, x));
                    }
                };
                // The recommended one first, so that it is hers where she is indifferent.
                let actions = std::iter::once(told).chain((0..game.actions()).filter(|&b| b != told));
                let Some((action, best)) = judge.largest(actions, taken) else { continue };
                gain.add_sum(best);
                list.iter().for_each(|&(x, _)| widen(&mut between[x], value(x, action)));
                if report == t && action != told {
                    difference.clone_from(best);
                    for &(x, probability) in list {
                        game.add(&mut difference, [probability, -1.0], USER, told, (t, x));
                    }
                    let stake = list.iter().map(|&(x, p)| p * (value(x, action) - value(x, told)).abs()).sum();
                    found.weigh(&difference, stake, tolerance);
                }
            }
            gain.subtract_sum(&honest);
            if report != t {
                let stake = between.iter().map(|(low, high)| (high - low).max(0.0)).sum();
                found.weigh(&gain, stake, tolerance);
            }
            if compare(&gain, &most, &mut difference) == Ordering::Greater {
                most = gain;
            }
        }
        found.total.add_sum(&most);
    }
    found
}

/// The bound of multipliers on the objective plus `slope` times the user's value.
pub(crate) fn bound(
    truths: &[TruthMultiplier],
    temptations: &[TemptationMultiplier],
    slope: f64,
    game: &TypedGame<'_>,
) -> Result<Sum, Refusal> {
    check_nonnegative(Place::alone("the multiplier of the floor"), slope)?;
    check_multipliers(truths, temptations, game)?;
    let mut total = Sum::new();
    let mut judge = Judge::new();
    for t in 0..game.types {
        // The multipliers that matter to a recommendation upon this report.
        let truth: Vec<&TruthMultiplier> = truths.iter().filter(|m| m.0 == t || m.1 == t).collect();
        let mut tempted = vec![vec![]; game.actions()];
        for &(who, _, a, b, value) in temptations.iter().filter(|temptation| temptation.1 == t) {
            tempted[a].push((who, b, value));
        }
        for x in 0..game.observations {
            let column = |sum: &mut Sum, a: usize| {
                game.add_objective(sum, 1.0, a, (t, x));
                game.add(sum, [slope, 1.0], USER, a, (t, x));
                for &&(who, _, value) in &truth {
                    let sign = if who == t { 1.0 } else { -1.0 };
                    game.add(sum, [value, sign], USER, a, (who, x));
                }
                for &(who, b, value) in &tempted[a] {
                    game.add(sum, [value, 1.0], USER, a, (who, x));
                    game.add(sum, [value, -1.0], USER, b, (who, x));
                }
            };
            if let Some((_, largest)) = judge.largest(0..game.actions(), column) {
                total.add_sum(largest);
            }
        }
    }
    Ok(total)
}

impl ConversationCertificate {
    /// Works everything out again, in exact arithmetic, and compares it with the claims.
    ///
    /// # Errors
    /// If the proof is none (see [`ConversationProof::certify`]), or a claim is not exactly what follows.
    pub fn check(&self, instance: &Instance) -> Result<Verdict, Refusal> {
        let (found, verdict) = self.proof.evaluate(instance, TOLERANCE)?;
        self.claims.check(&found)?;
        Ok(verdict)
    }
}
