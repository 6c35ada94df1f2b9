//! Describes the results in words.

use super::{Comparison, JudgeMethod, JudgesFindings, JudgesVerdict, MethodResult};

impl JudgesFindings {
    /// The results of a method.
    ///
    /// # Panics
    /// Never: there is one result for each method.
    #[must_use]
    pub fn method(&self, method: JudgeMethod) -> &MethodResult {
        &self.methods[method as usize]
    }

    /// The comparison of a method with another, if there is one.
    #[must_use]
    pub fn comparison(&self, method: JudgeMethod, rival: JudgeMethod) -> Option<&Comparison> {
        self.comparisons.iter().find(|found| found.method == method && found.rival == rival)
    }

    /// The findings, in words that follow from the numbers, one sentence per line.
    #[must_use]
    pub fn finding(&self) -> Vec<String> {
        let pairs = [
            (JudgeMethod::Simplex, JudgeMethod::BestSingle),
            (JudgeMethod::Nnls, JudgeMethod::BestSingle),
            (JudgeMethod::NnlsIntercept, JudgeMethod::BestCalibrated),
            (JudgeMethod::NnlsIntercept, JudgeMethod::CalibratedMean),
            (JudgeMethod::SimplexIntercept, JudgeMethod::CalibratedMean),
        ];
        let mut lines: Vec<String> = pairs
            .into_iter()
            .filter_map(|(method, rival)| self.comparison(method, rival))
            .map(|c| self.describe(c))
            .collect();
        lines.push(self.explained());
        lines.push(self.distances_in_words());
        lines
    }

    fn describe(&self, found: &Comparison) -> String {
        let verdict = match found.verdict() {
            JudgesVerdict::Better => "beats",
            JudgesVerdict::Worse => "is beaten by",
            JudgesVerdict::Even => "does not differ significantly from",
        };
        let (own, other) = (self.method(found.method).held_out.mse, self.method(found.rival).held_out.mse);
        let less = if found.gain >= 0.0 { "less" } else { "more" };
        let bootstrap = found
            .bootstrap
            .map_or(String::new(), |band| format!(", by bootstrap [{}, {}]", short(band.low), short(band.high)));
        format!(
            "out of sample, the {} {verdict} the {}: error {} against {}, {:.1} % {less} (difference {}, over folds [{}, {}]{bootstrap}; better in {:.0} % of the folds)",
            found.method.title(),
            found.rival.title(),
            short(own),
            short(other),
            100.0 * found.share.abs(),
            short(found.gain),
            short(found.interval.low),
            short(found.interval.high),
            100.0 * found.wins,
        )
    }

    /// Whether any method beats the mean of the human.
    fn explained(&self) -> String {
        let beat = |method: JudgeMethod| {
            self.comparison(method, JudgeMethod::Constant).is_some_and(|found| found.verdict() == JudgesVerdict::Better)
        };
        let best = |only: &dyn Fn(JudgeMethod) -> bool| {
            let all = self.methods.iter().filter(|found| found.method != JudgeMethod::Constant && only(found.method));
            all.min_by(|a, b| a.held_out.mse.total_cmp(&b.held_out.mse))
        };
        let sure = best(&beat);
        let Some(found) = sure.or_else(|| best(&|_| true)) else { return String::new() };
        let explained = format!(
            "the {} removes {:.1} % of the error of the mean of the human",
            found.method.title(),
            100.0 * found.held_out.r2
        );
        let area = found.held_out.auc.map_or(String::new(), |auc| format!(" (area under the ROC curve {auc:.3})"));
        match sure {
            Some(_) => {
                format!("out of sample, {explained}, the most of all significant improvements{area}")
            }
            None if found.held_out.r2 > 0.0 => {
                format!("out of sample, nothing beats the mean of the human significantly: {explained}{area}")
            }
            None => format!("out of sample, nothing beats the mean of the human{area}"),
        }
    }

    /// The distances of agents and human from each other.
    fn distances_in_words(&self) -> String {
        let middle = |get: &dyn Fn(&super::AgentDistance) -> Option<f64>| {
            let mut values: Vec<f64> = self.distances.iter().filter_map(get).collect();
            values.sort_by(f64::total_cmp);
            (!values.is_empty()).then(|| crate::stats::quantile(&values, 0.5))
        };
        let nearest = self.distances.iter().min_by(|a, b| a.human.total_cmp(&b.human));
        let nearest = nearest.map_or(String::new(), |agent| {
            format!("{} is the nearest agent, at {}; ", agent.agent, short(agent.human))
        });
        let own = middle(&|agent| agent.others).map_or(String::new(), |own| {
            format!("; the median distance of an agent from the hull of the others is {}", short(own))
        });
        format!(
            "distances (root mean squares): the human is at {} from the hull of all agents; {nearest}the median distance of an agent is {}{own}",
            short(self.hull_distance),
            middle(&|agent| Some(agent.human)).map_or(String::new(), short),
        )
    }
}

/// A number in readable form.
#[must_use]
pub fn short(x: f64) -> String {
    if x != 0.0 && (x.abs() < 1e-4 || x.abs() >= 1e4) { format!("{x:.2e}") } else { format!("{x:.5}") }
}
