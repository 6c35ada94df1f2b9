//! Finishes in whole numbers what floating point leaves open: moves the best profile's mixture into
//! the interior of its region by as little as rounding requires, and divides every leaf whose bound
//! is not tight enough by branch and bound.

use super::profile::{Profile, Solved, Value, listed};
use super::reduce::Reduced;
use super::whole::{Whole, meant};
use dashu::integer::IBig;
use dashu::rational::RBig;
use std::cmp::Ordering;
use std::collections::HashSet;
use suasion_certificate::{Node, ProofError, ResponseMultiplier, StackelbergAssessment, StackelbergProof, TOLERANCE};
use suasion_lp::{Settings, Stopped};
use suasion_model::StackelbergGame;

/// The fraction of what is at stake by which the bounds of leaves may exceed the value.
const SHARE: f64 = 0.1 * TOLERANCE;
/// The margins of mixtures from the borders of their region, in the order of attempts, as powers of
/// one half relative to what is at stake.
const MARGINS: [usize; 8] = [53, 52, 51, 49, 46, 42, 36, 30];
/// The maximum number of passes over the leaves. A better mixture makes another pass necessary.
const ROUNDS: usize = 4;
/// The maximum number of programs.
const MOST: usize = 50_000;

/// The remaining responses of a node.
#[derive(Clone)]
struct Sets {
    /// For each type, the undominated responses.
    kept: Vec<Vec<usize>>,
    /// For each type, whether the dominated responses remain as well.
    whole: Vec<bool>,
}

impl Sets {
    fn choose(&self, t: usize, response: usize) -> Self {
        let mut chosen = self.clone();
        chosen.kept[t].retain(|&j| j == response);
        chosen.whole[t] = false;
        chosen
    }

    fn exclude(&self, t: usize, response: usize) -> Self {
        let mut excluded = self.clone();
        excluded.kept[t].retain(|&j| j != response);
        excluded
    }
}

/// Replaces a mixture by the best pure commitment if that is at least as good, and returns how far
/// the proof is from its goal.
pub(super) fn assessed(
    proof: &mut StackelbergProof,
    game: &StackelbergGame,
    margin: f64,
) -> Result<StackelbergAssessment, ProofError> {
    let first = proof.assess(game, SHARE, margin)?;
    match first.pure {
        Some((action, responses)) if proof.strategy.len() > 1 => {
            proof.strategy = vec![(action, 1.0)];
            proof.responses = responses;
            proof.assess(game, SHARE, margin)
        }
        _ => Ok(first),
    }
}

pub(super) struct Finish<'a> {
    reduced: &'a Reduced<'a>,
    game: Whole,
    settings: &'a Settings,
    /// The best profile so far, and the value of its best mixture.
    best: Option<(Vec<usize>, Value)>,
    /// The bound that every leaf must reach.
    enough: Option<Value>,
    tried: HashSet<Vec<usize>>,
    solved: usize,
    pub stopped: Option<Stopped>,
}

impl<'a> Finish<'a> {
    pub(super) fn new(reduced: &'a Reduced<'a>, settings: &'a Settings) -> Self {
        let game = Whole::new(reduced.game);
        Self { reduced, game, settings, best: None, enough: None, tried: HashSet::new(), solved: 0, stopped: None }
    }

    /// Makes the proof exact: always the strategy and the responses, and the tree if requested.
    pub(super) fn finish(&mut self, proof: StackelbergProof, prove: bool) -> StackelbergProof {
        let mut proof = proof;
        self.consider(proof.responses.clone());
        let answers = self.answers(&proof.strategy);
        self.consider(answers);
        for _ in 0..ROUNDS {
            let Some((profile, _)) = self.best.clone() else { break };
            if let Some((strategy, responses)) = self.polished(&profile) {
                (proof.strategy, proof.responses) = (strategy, responses);
            }
            if !prove || self.stopped.is_some() {
                break;
            }
            let Ok(assessed) = assessed(&mut proof, self.reduced.game, 0.0) else { break };
            if assessed.open.is_empty() {
                break;
            }
            self.allow(SHARE * assessed.spread);
            let tree = self.divided(&proof.tree, &assessed.open);
            let same = tree == proof.tree;
            proof.tree = tree;
            if same && self.best.as_ref().is_some_and(|best| best.0 == profile) {
                break;
            }
        }
        proof
    }

    /// Allows leaves to exceed the best value by this amount.
    fn allow(&mut self, slack: f64) {
        let Some((_, value)) = &self.best else { return };
        let slack = RBig::try_from(slack).unwrap_or(RBig::ZERO);
        let (numerator, denominator) = slack.into_parts();
        let denominator = IBig::from(denominator);
        let unit = self.game.lead_unit;
        let up = |x: IBig, by: i32| x << by.max(0) as usize;
        let (numerator, denominator) = (up(numerator, -unit), up(denominator, unit));
        self.enough = Some(Value {
            numerator: &value.numerator * &denominator + numerator * &value.denominator,
            denominator: &value.denominator * denominator,
        });
    }

    /// Updates the best profile if the best mixture for this profile is better.
    fn consider(&mut self, profile: Vec<usize>) {
        let sets: Vec<Vec<usize>> = profile.iter().map(|&j| vec![j]).collect();
        if !self.tried.insert(self.decisive(&profile)) {
            return;
        }
        self.solved += 1;
        if let Some(value) = self.program(&sets, &[]).value() {
            self.improve(profile, value);
        }
    }

    fn program(&self, sets: &[Vec<usize>], guide: &[ResponseMultiplier]) -> Profile<'a> {
        Profile::new((self.reduced, &self.game), sets, guide, self.settings)
    }

    /// The relevant part of a profile.
    fn decisive(&self, profile: &[usize]) -> Vec<usize> {
        profile.iter().zip(&self.reduced.matters).map(|(&j, matters)| if *matters { j } else { 0 }).collect()
    }

    fn improve(&mut self, profile: Vec<usize>, value: Value) {
        if self.best.as_ref().is_none_or(|(_, best)| value.exceeds(best)) {
            if self.enough.as_ref().is_none_or(|enough| value.exceeds(enough)) {
                self.enough = Some(value.clone());
            }
            self.best = Some((profile, value));
        }
    }

    /// Every type's exact best response to a strategy. Ties are broken for the leader.
    fn answers(&self, strategy: &[(usize, f64)]) -> Vec<usize> {
        self.best_responses(&meant(strategy).0)
    }

    fn best_responses(&self, mixture: &[(usize, IBig)]) -> Vec<usize> {
        let columns = self.game.columns;
        let worth = |utility: &[IBig], j: usize| {
            mixture.iter().fold(IBig::ZERO, |sum, (i, x)| sum + x * &utility[i * columns + j])
        };
        let answer = |t: usize| {
            let kept = self.reduced.kept[t].iter();
            let worths = kept.map(|&j| (worth(&self.game.follower[t], j), j));
            let best = worths.reduce(|best, next| match next.0.cmp(&best.0) {
                Ordering::Less => best,
                Ordering::Greater => next,
                Ordering::Equal => {
                    let leader = |j: usize| worth(&self.game.lead[t], j);
                    if leader(next.1) > leader(best.1) { next } else { best }
                }
            });
            best.map_or(0, |best| best.1)
        };
        (0..self.game.lead.len()).map(answer).collect()
    }

    /// The best mixture for a profile in the form of a certificate, such that as many types as
    /// possible obey exactly; and the responses to it.
    fn polished(&self, profile: &[usize]) -> Option<(Vec<(usize, f64)>, Vec<usize>)> {
        let sets: Vec<Vec<usize>> = profile.iter().map(|&j| vec![j]).collect();
        let program = self.program(&sets, &[]);
        let list = |by: Option<usize>| {
            let (mixture, denominator) = program.inner(by)?;
            let list = listed(&mixture, &denominator);
            let kept = program.is_kept(&meant(&list).0);
            Some((list, kept))
        };
        let plain = list(None)?;
        let mut found = plain.0;
        if !plain.1 {
            for by in MARGINS {
                let Some((inner, kept)) = list(Some(by)) else { break };
                if kept {
                    found = inner;
                    break;
                }
            }
        }
        let answers = self.answers(&found);
        let obeyed = program.is_kept(&meant(&found).0);
        let responses = profile.iter().zip(answers).zip(&self.reduced.matters);
        let responses = responses.map(|((&given, best), matters)| if *matters && !obeyed { given } else { best });
        Some((found, responses.collect()))
    }

    /// The tree after its open leaves are divided.
    fn divided(&mut self, tree: &[Node], open: &[usize]) -> Vec<Node> {
        let types = self.reduced.game.types.len();
        let mut waiting = vec![Sets { kept: self.reduced.kept.clone(), whole: vec![true; types] }];
        let mut nodes = Vec::with_capacity(tree.len());
        let mut count = 0;
        for node in tree {
            let Some(sets) = waiting.pop() else { break };
            match node {
                &Node::Split(t, response) => {
                    waiting.push(sets.exclude(t, response));
                    waiting.push(sets.choose(t, response));
                    nodes.push(node.clone());
                }
                Node::Leaf(multipliers) => {
                    let is_left = (0..types).all(|t| sets.whole[t] && !self.is_all(t) || !sets.kept[t].is_empty());
                    if is_left && open.binary_search(&count).is_ok() {
                        let kept = |t: usize, j: usize| self.reduced.kept[t].contains(&j);
                        let guide = multipliers.iter().filter(|(t, j, ..)| kept(*t, *j));
                        let guide: Vec<ResponseMultiplier> = guide.copied().collect();
                        self.refine(&sets, &guide, &mut nodes);
                    } else {
                        nodes.push(node.clone());
                    }
                    count += usize::from(is_left);
                }
            }
        }
        nodes
    }

    /// Whether a type has all of its responses.
    fn is_all(&self, t: usize) -> bool {
        self.reduced.kept[t].len() == self.game.columns
    }

    fn leaf(&self, sets: &Sets, mut multipliers: Vec<ResponseMultiplier>, nodes: &mut Vec<Node>) {
        self.reduced.price_out(&sets.kept, &sets.whole, &mut multipliers);
        multipliers.sort_by_key(|&(kind, response, alternative, _)| (kind, response, alternative));
        nodes.push(Node::Leaf(multipliers));
    }

    /// Divides a node until the bound of every leaf is low enough.
    fn refine(&mut self, sets: &Sets, guide: &[ResponseMultiplier], nodes: &mut Vec<Node>) {
        if self.stopped.is_none() {
            self.stopped = self.settings.stopped();
        }
        let undecided: Vec<usize> =
            (0..sets.kept.len()).filter(|&t| self.reduced.matters[t] && sets.kept[t].len() > 1).collect();
        let guiding = || guide.iter().filter(|(t, ..)| undecided.contains(t)).copied();
        if self.stopped.is_some() || self.solved >= MOST || sets.kept.iter().any(Vec::is_empty) {
            return self.leaf(sets, guide.to_vec(), nodes);
        }
        let program = self.program(&sets.kept, guide);
        // A better mixture found on the way may suffice.
        for _ in 0..3 {
            let Some(enough) = self.enough.clone() else { break };
            self.solved += 1;
            let (mixture, value) = match program.solve(&enough) {
                Solved::Proved(multipliers) => {
                    return self.leaf(sets, multipliers.into_iter().chain(guiding()).collect(), nodes);
                }
                Solved::Stuck => return self.leaf(sets, guide.to_vec(), nodes),
                Solved::Open { mixture, value } => (mixture, value),
            };
            if undecided.is_empty() {
                self.improve(sets.kept.iter().map(|set| set[0]).collect(), value);
                continue;
            }
            let mixture: Vec<(usize, IBig)> = mixture.into_iter().enumerate().collect();
            let answers = self.best_responses(&mixture);
            self.consider(answers.clone());
            if self.enough.as_ref().is_some_and(|better| better.exceeds(&enough)) {
                continue;
            }
            let (t, response) = self.branch(sets, &undecided, &mixture, &answers);
            self.refine(&Self::record(nodes, t, response, sets), guide, nodes);
            return self.refine(&sets.exclude(t, response), guide, nodes);
        }
        self.leaf(sets, guide.to_vec(), nodes);
    }

    fn record(nodes: &mut Vec<Node>, t: usize, response: usize, sets: &Sets) -> Sets {
        nodes.push(Node::Split(t, response));
        sets.choose(t, response)
    }

    /// The undecided type whose best response to a mixture is the furthest below the leader's
    /// favorite, and the response to divide by.
    fn branch(&self, sets: &Sets, undecided: &[usize], mixture: &[(usize, IBig)], answers: &[usize]) -> (usize, usize) {
        let columns = self.game.columns;
        let worth = |t: usize, j: usize| {
            mixture.iter().fold(IBig::ZERO, |sum, (i, x)| sum + x * &self.game.lead[t][i * columns + j])
        };
        let short = |t: usize| {
            let most = mixture.iter().fold(IBig::ZERO, |sum, (i, x)| {
                let lead = sets.kept[t].iter().map(|&j| self.game.lead(t, *i, j)).max();
                sum + x * lead.unwrap_or(&IBig::ZERO)
            });
            most - worth(t, answers[t])
        };
        let t = undecided.iter().copied().max_by_key(|&t| short(t)).unwrap_or(0);
        let response = if sets.kept[t].contains(&answers[t]) {
            answers[t]
        } else {
            sets.kept[t].iter().copied().max_by_key(|&j| worth(t, j)).unwrap_or(sets.kept[t][0])
        };
        (t, response)
    }
}
