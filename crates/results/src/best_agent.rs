//! Equilibria of the best-agent game.

use crate::verify::Check;
use crate::{AlignmentPart, BelowCertificate, OffersCertificate, Reference, ResultScale, SchemeRows};
use serde::{Deserialize, Serialize};
use suasion_certificate::Verdict;
use suasion_model::Instance;

/// A profile of the best-agent game: the accepted offer, and the agents' regrets.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ProfileResult {
    /// The user's value.
    pub user_value: f64,
    /// The agents' values of the accepted offer, in the order of the instance.
    pub values: Vec<f64>,
    /// An upper bound of each agent's gain by another offer; `None` if there is no bound, which
    /// happens with a quantal user and many observations.
    pub regrets: Vec<Option<f64>>,
    /// The accepted offer.
    pub scheme: SchemeRows,
    /// Whether it is proved to be an equilibrium within the slack.
    pub certified: bool,
    /// The certificate.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub certificate: Option<OffersCertificate>,
}

impl ProfileResult {
    /// The profile of a certificate, which is kept if `keep` is set.
    #[must_use]
    pub fn new(instance: &Instance, certificate: OffersCertificate, verdict: &Verdict, keep: bool) -> Self {
        Self {
            user_value: certificate.user_value(),
            values: certificate.agent_values(),
            regrets: certificate.regrets(),
            scheme: certificate.rows(instance),
            certified: verdict.certified(),
            certificate: keep.then_some(certificate),
        }
    }

    /// The agents' regrets, if all of them have bounds.
    #[must_use]
    pub fn bounded_regrets(&self) -> Option<Vec<f64>> {
        self.regrets.iter().copied().collect()
    }
}

/// The equilibria of the best-agent game, by the worst and the best of them.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct BestAgentEquilibria {
    /// Whether these are all equilibria; otherwise, a search found them, and there may be others.
    pub exact: bool,
    /// The user's sensitivity, if she is quantal.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub eta: Option<f64>,
    /// The slack: the most that an agent may gain by another offer.
    pub slack: f64,
    /// An upper bound of any agent's gain by another offer, in the worst of them and in the best;
    /// `None` if there is no bound.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub regret: Option<f64>,
    /// The user's value in the worst equilibrium: of all equilibria if they are exact, otherwise of
    /// those that were found.
    pub worst_user_value: f64,
    /// The user's value in the best.
    pub best_user_value: f64,
    /// The value that Theorem 3 promises the user in every equilibrium, given the alignment. It
    /// requires agents who share their information.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub bound: Option<f64>,
    /// No equilibrium leaves the user less than this.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub lower_bound: Option<f64>,
    /// The user's values in equilibrium. They are computed; only the two ends are proved.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub intervals: Option<Vec<(f64, f64)>>,
    /// The worst equilibrium for the user.
    pub worst: ProfileResult,
    /// The best equilibrium for the user.
    pub best: ProfileResult,
    /// The certificate that no equilibrium leaves her less.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub exclusion: Option<BelowCertificate>,
    /// Whether everything is proved.
    pub certified: bool,
}

impl BestAgentEquilibria {
    /// The result of the worst and the best of all equilibria; `full` is the user's value with full
    /// information.
    #[must_use]
    pub fn exact(full: f64, slack: f64, worst: ProfileResult, best: ProfileResult, alignment: &AlignmentPart) -> Self {
        let promised = alignment.promise(full, &vec![slack; worst.regrets.len()]);
        let found = Self { exact: true, bound: Some(promised), ..Self::found(slack, worst, best) };
        // An equilibrium below the promise would be a bug in this program.
        Self { certified: found.certified && !found.falls_short(alignment), ..found }
    }

    /// The result of the worst and the best of the profiles that dynamics end in, if agents observe
    /// different signals. There is no bound, since it requires that all agents can reveal the same.
    #[must_use]
    pub fn found(slack: f64, worst: ProfileResult, best: ProfileResult) -> Self {
        Self {
            exact: false,
            eta: None,
            slack,
            regret: largest_regret([&worst, &best]),
            worst_user_value: worst.user_value,
            best_user_value: best.user_value,
            bound: None,
            lower_bound: None,
            intervals: None,
            certified: worst.certified && best.certified,
            worst,
            best,
            exclusion: None,
        }
    }

    /// The result of the worst and the best of the equilibria that were found with a user of
    /// sensitivity `eta`; `full` is her value with full information.
    #[must_use]
    pub fn quantal(
        instance: &Instance,
        full: f64,
        (eta, slack): (f64, f64),
        worst: ProfileResult,
        best: ProfileResult,
        alignment: &AlignmentPart,
    ) -> Self {
        // An agent who reveals everything wins, unless the user already has as much. This requires
        // that all agents can reveal the same, and that there is a rival.
        let shared = instance.agents_share_information() && instance.agents.len() > 1;
        let promised = |profile: &ProfileResult| Some(alignment.promise(full, &profile.bounded_regrets()?));
        let falls_short = |profile: &ProfileResult| {
            promised(profile).is_some_and(|least| alignment.falls_short(profile.user_value, least, &profile.values))
        };
        // An equilibrium below the promise would be a bug in this program.
        let kept = !shared || !(falls_short(&worst) || falls_short(&best));
        let bounded = shared && promised(&worst).is_some() && promised(&best).is_some();
        let bound = bounded.then(|| alignment.promise(full, &vec![slack; instance.agents.len()]));
        let found = Self::found(slack, worst, best);
        Self { eta: Some(eta), bound, certified: found.certified && kept, ..found }
    }

    /// Adds the certificate that no equilibrium leaves the user less, which is kept if `keep` is
    /// set, and all intervals of her values.
    #[must_use]
    pub fn bounded(
        mut self,
        (exclusion, verdict): (BelowCertificate, &Verdict),
        intervals: Vec<(f64, f64)>,
        keep: bool,
    ) -> Self {
        self.certified &= verdict.certified();
        self.lower_bound = Some(exclusion.claims().lower_bound);
        self.exclusion = keep.then_some(exclusion);
        self.intervals = Some(intervals);
        self
    }

    /// Whether the worst equilibrium leaves the user less than the hull promises within the slack.
    /// Agents may gain slightly more than the slack, within the tolerance, which lowers the
    /// promise.
    #[must_use]
    pub fn falls_short(&self, alignment: &AlignmentPart) -> bool {
        let Some(bound) = self.bound else { return false };
        let more = |regret: &Option<f64>| regret.map_or(f64::INFINITY, |regret| (regret - self.slack).max(0.0));
        let weights = &alignment.alignment.weights;
        let regrets = self.worst.regrets.iter().zip(weights);
        let over: f64 = regrets.filter(|(_, w)| **w > 0.0).map(|(regret, w)| w * more(regret)).sum();
        alignment.falls_short(self.worst.user_value, bound - over, &self.worst.values)
    }

    /// Checks that its numbers agree with each other.
    pub(crate) fn consistent(&self, measure: &ResultScale<'_>) -> Result<(), String> {
        let (worst, best) = (self.worst_user_value, self.best_user_value);
        measure.ordered(0, ("the user's value in the worst equilibrium", worst), ("in the best", best))?;
        if self.eta.is_none() {
            measure.rational("her value in the worst equilibrium", worst)?;
        }
        for (name, bound) in [("the proved lower bound", self.lower_bound), ("what the hull promises", self.bound)] {
            if let Some(bound) = bound {
                measure.ordered(0, (name, bound), ("her value in the worst equilibrium", worst))?;
            }
        }
        Ok(())
    }
}

/// The largest regret in some profiles; `None` if one has no bound.
pub(crate) fn largest_regret<'p>(profiles: impl IntoIterator<Item = &'p ProfileResult>) -> Option<f64> {
    let regrets: Option<Vec<f64>> = profiles.into_iter().flat_map(|profile| profile.regrets.iter().copied()).collect();
    regrets.map(|regrets| regrets.into_iter().fold(0.0, f64::max))
}

impl Check<'_, Instance> {
    /// Rebuilds a profile with this slack from its certificate.
    pub(crate) fn profile(
        &mut self,
        place: &str,
        given: &ProfileResult,
        slack: f64,
        eta: Option<f64>,
    ) -> Result<ProfileResult, String> {
        let certificate = given.certificate.clone().ok_or_else(|| format!("{place}: it has no certificate"))?;
        if certificate.eta() != eta {
            return Err(format!("{place}: its certificate is for another sensitivity"));
        }
        self.communicates(place, certificate.communication())?;
        let (prior, within) = certificate.meant();
        if prior != self.prior || within > slack {
            return Err(format!("{place}: its certificate is for another prior or a larger slack"));
        }
        let verdict = self.sound(place, certificate.check(self.game))?;
        self.regrets(&certificate.regrets(), within);
        Ok(ProfileResult::new(self.game, certificate, &verdict, true))
    }

    /// Rebuilds the equilibria of the best-agent game. If agents share their information and the
    /// user is rational, these are all equilibria, and that must be proved. Otherwise, a search
    /// found them, and nothing proves that there are no others.
    pub(crate) fn best_agent(
        &mut self,
        given: &BestAgentEquilibria,
        alignment: &AlignmentPart,
    ) -> Result<BestAgentEquilibria, String> {
        let worst = self.profile("equilibrium.worst", &given.worst, given.slack, given.eta)?;
        let best = self.profile("equilibrium.best", &given.best, given.slack, given.eta)?;
        if let Some(eta) = given.eta {
            let full = Reference::heard(self.game, self.prior, Some(eta)).map_err(|cause| cause.to_string())?;
            let (full, asked) = (full.full_information, (eta, given.slack));
            return Ok(BestAgentEquilibria::quantal(self.game, full, asked, worst, best, alignment));
        }
        if !self.game.agents_share_information() {
            return Ok(BestAgentEquilibria::found(given.slack, worst, best));
        }
        let full = self.most(0)?;
        let rebuilt = BestAgentEquilibria::exact(full, given.slack, worst, best, alignment);
        self.all(given, rebuilt, full)
    }

    /// Checks that no equilibrium is worse than the worst or better than the best.
    fn all(
        &mut self,
        given: &BestAgentEquilibria,
        mut rebuilt: BestAgentEquilibria,
        full: f64,
    ) -> Result<BestAgentEquilibria, String> {
        let place = "equilibrium.exclusion";
        let exclusion = given.exclusion.as_ref();
        let exclusion = exclusion
            .ok_or_else(|| format!("{place}: missing, and nothing else proves that there is no worse equilibrium"))?;
        self.communicates(place, exclusion.communication())?;
        if exclusion.meant() != (self.prior, given.slack) {
            return Err(format!("{place}: its certificate is for another prior or slack"));
        }
        self.sound(place, exclusion.check(self.game))?;
        let measure = self.measure()?;
        let (lower, worst, best) = (exclusion.claims().lower_bound, rebuilt.worst_user_value, rebuilt.best_user_value);
        let gap = worst - lower;
        if gap > measure.allowance(0, &[worst, lower]) {
            return Err(format!("{place}: it ends {gap:e} below the worst equilibrium, so that a worse one may exist"));
        }
        self.proved.gap = self.proved.gap.max(gap);
        rebuilt.lower_bound = Some(lower);
        rebuilt.exclusion = Some(exclusion.clone());
        if self.game.agents.len() == 1 {
            self.leave("that no equilibrium is better");
        } else if best < full - measure.allowance(0, &[best, full]) {
            return Err(format!(
                "equilibrium.best: found {best}, and full information, which is an equilibrium, leaves the user {full}"
            ));
        }
        // Between the two ends, the intervals are computed but not proved.
        let intervals = given.intervals.as_ref().ok_or("equilibrium.intervals: missing")?;
        let ends = intervals.first().zip(intervals.last());
        let near = |value: f64, other: f64| (value - other).abs() <= measure.allowance(0, &[value, other]);
        let proved = ends.is_some_and(|(first, last)| near(first.0, worst) && near(last.1, best));
        if !proved || !intervals.iter().flat_map(|&(from, to)| [from, to]).is_sorted() {
            return Err("equilibrium.intervals: they do not begin at the worst equilibrium and end at the best".into());
        }
        if !near(worst, best) {
            self.leave("intervals between their ends");
        }
        rebuilt.intervals = Some(intervals.clone());
        Ok(rebuilt)
    }
}
