//! Saved equilibria of the best-agent game.

use super::check::Check;
use crate::commands::equilibria::{assembled, found_by_dynamics, quantal};
use crate::result::{AlignmentPart, EquilibriaResult, EquilibriumResult, ProfileResult, Saved};

impl Check<'_> {
    pub(super) fn equilibria(&mut self, result: &EquilibriaResult) -> Result<Saved, String> {
        let exact = result.equilibrium.eta.is_none() && self.game.instance.agents_share_information();
        let slack = if exact { result.equilibrium.slack } else { 0.0 };
        let alignment = self.alignment(&result.alignment, slack)?;
        let equilibrium = self.equilibrium(&result.equilibrium, &alignment)?;
        Ok(Saved::Equilibria(Box::new(EquilibriaResult {
            about: result.about.clone(),
            rules: self.rules,
            user_value: self.reference(result.equilibrium.eta)?,
            alignment,
            equilibrium,
        })))
    }

    /// The verdict on a profile that allows agents to gain so much.
    pub(super) fn profile(
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
        // To a quantal user there is one way to talk.
        if eta.is_none() {
            self.check_rules(place, certificate.rules())?;
        }
        let (prior, within) = certificate.meant();
        if prior != self.prior || within > slack {
            return Err(format!("{place}: its certificate is for another prior or a larger slack"));
        }
        let verdict = self.sound(place, certificate.check(&self.game.instance))?;
        self.regrets(&certificate.regrets(), within);
        Ok(ProfileResult::new(&self.game.instance, certificate, &verdict, true))
    }

    /// Where agents share their information and the user is rational, these are all equilibria, and that has to be proved; else they are
    /// those that were found, and nothing proves that there are no others.
    pub(super) fn equilibrium(
        &mut self,
        given: &EquilibriumResult,
        alignment: &AlignmentPart,
    ) -> Result<EquilibriumResult, String> {
        let worst = self.profile("equilibrium.worst", &given.worst, given.slack, given.eta)?;
        let best = self.profile("equilibrium.best", &given.best, given.slack, given.eta)?;
        let instance = &self.game.instance;
        if let Some(eta) = given.eta {
            let full = self.reference(given.eta)?.full_information;
            return Ok(quantal::assembled(instance, full, (eta, given.slack), worst, best, alignment));
        }
        if !instance.agents_share_information() {
            return Ok(found_by_dynamics(given.slack, worst, best));
        }
        let full = self.most(0)?;
        let rebuilt = assembled(full, given.slack, worst, best, alignment);
        self.all(given, rebuilt, full)
    }

    /// That no equilibrium is worse than the worst, and none is better than the best.
    fn all(
        &mut self,
        given: &EquilibriumResult,
        mut rebuilt: EquilibriumResult,
        full: f64,
    ) -> Result<EquilibriumResult, String> {
        let instance = &self.game.instance;
        let place = "equilibrium.exclusion";
        let exclusion = given.exclusion.as_ref();
        let exclusion = exclusion
            .ok_or_else(|| format!("{place}: missing, and nothing else proves that there is no worse equilibrium"))?;
        self.check_rules(place, exclusion.rules())?;
        if exclusion.meant() != (self.prior, given.slack) {
            return Err(format!("{place}: its certificate is for another prior or slack"));
        }
        self.sound(place, exclusion.check(instance))?;
        let (lower, worst, best) = (exclusion.claims().lower_bound, rebuilt.worst_user_value, rebuilt.best_user_value);
        let gap = worst - lower;
        if gap > self.measure.allowance(0, &[worst, lower]) {
            return Err(format!("{place}: it ends {gap:e} below the worst equilibrium, so that a worse one may exist"));
        }
        self.proved.gap = self.proved.gap.max(gap);
        rebuilt.lower_bound = Some(lower);
        rebuilt.exclusion = Some(exclusion.clone());
        if instance.agents.len() == 1 {
            self.proved.leave("that no equilibrium is better");
        } else if best < full - self.measure.allowance(0, &[best, full]) {
            return Err(format!(
                "equilibrium.best: found {best}, and full information, which is an equilibrium, leaves the user {full}"
            ));
        }
        // What lies between the ends of the intervals is computed, and not proved.
        let intervals = given.intervals.as_ref().ok_or("equilibrium.intervals: missing")?;
        let ends = intervals.first().zip(intervals.last());
        let near = |value: f64, other: f64| (value - other).abs() <= self.measure.allowance(0, &[value, other]);
        let proved = ends.is_some_and(|(first, last)| near(first.0, worst) && near(last.1, best));
        if !proved || !intervals.iter().flat_map(|&(from, to)| [from, to]).is_sorted() {
            return Err("equilibrium.intervals: they do not begin at the worst equilibrium and end at the best".into());
        }
        if !near(worst, best) {
            self.proved.leave("intervals between their ends");
        }
        rebuilt.intervals = Some(intervals.clone());
        Ok(rebuilt)
    }
}
