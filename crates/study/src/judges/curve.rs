//! Errors against the number of agents.

use super::draws::{Kind, draws};
use super::held_out::deal;
use super::{Judges, Scores};
use rand::RngExt;
use suasion_persuasion::Settings;
use suasion_regression::{CurveOptions, ErrorCurve, Factor, Monitor, RegressionError};

/// The number of blocks into which a fold's groups are dealt. The bootstrap of the curve draws
/// blocks.
const BLOCKS: usize = 10;

impl Judges {
    /// The curve of errors against the number of agents. Items are dealt to folds once. `None` if
    /// no curve was requested.
    pub(super) fn curve(
        &self,
        scores: &Scores,
        settings: &Settings,
        done: &(dyn Fn(usize) + Sync),
    ) -> Result<Option<ErrorCurve>, RegressionError> {
        if self.subsets == 0 {
            return Ok(None);
        }
        let options = CurveOptions {
            sizes: sizes(scores.agents.len()),
            subsets: self.subsets,
            folds: self.folds,
            bootstrap: self.curve_bootstrap,
            confidence: self.confidence,
            with_intercept: true,
            seed: draws(self.seed, Kind::Curve, 1).random(),
        };
        let blocks = (BLOCKS * self.folds).min(scores.groups.len());
        let dealt = deal(scores, blocks, draws(self.seed, Kind::Curve, 0));
        let blocks: Vec<Factor> =
            dealt.iter().map(|groups| scores.factor(&scores.items_of(groups))).collect::<Result<_, _>>()?;
        let monitor = Monitor {
            stop: &|| settings.stopped().map(|reason| reason.to_string()),
            progress: &|steps| done(steps as usize),
        };
        suasion_regression::curve(&blocks, &options, &monitor).map(Some)
    }
}

/// Numbers of agents: all up to ten, then with growing gaps.
fn sizes(agents: usize) -> Vec<usize> {
    let mut sizes: Vec<usize> = (1..=agents.min(10)).collect();
    while let Some(&last) = sizes.last().filter(|&&last| last < agents) {
        sizes.push((last + last.div_ceil(5)).min(agents));
    }
    sizes
}
