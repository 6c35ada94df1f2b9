//! Whether a result contradicts itself.
//!
//! Every command asks this before it prints a result, and `suasion verify` of what was saved. What
//! contradicts itself by more than rounding is a fault of this program, or forged, whatever
//! certificates say.

use super::{
    AlignResult, AlignmentPart, ConversationResult, DynamicsResult, EquilibriaResult, EquilibriumResult,
    FrontierResult, GameResult, JointEquilibria, JointResult, MenuResult, PersuadeResult, QuantalResult, Reference,
    ReplyResult, Saved, SolveResult, StackelbergResult,
};
use suasion_certificate::{Yardstick, leader_allowance};
use suasion_model::{Instance, StackelbergGame};

/// A fraction of a number that is rounding.
const ROUNDING: f64 = 1e-9;

/// What results are measured by: how much is at stake for the user and for every agent at their
/// prior.
pub struct Measure<'a> {
    instance: &'a Instance,
    sticks: Vec<Yardstick>,
}

impl<'a> Measure<'a> {
    /// None, where there is no such prior.
    pub fn new(instance: &'a Instance, prior: usize) -> Option<Self> {
        Some(Self { instance, sticks: Yardstick::all(instance, prior)? })
    }

    /// By how much values of a party (the user is 0, then agents) may differ by rounding.
    pub fn allowance(&self, party: usize, values: &[f64]) -> f64 {
        self.sticks.get(party).map_or(0.0, |stick| stick.allowance(values))
    }

    /// That a party's `least` is not above its `most`, if it is not.
    fn ordered(&self, party: usize, (low, least): (&str, f64), (high, most): (&str, f64)) -> Result<(), String> {
        if least - most <= self.allowance(party, &[least, most]) {
            return Ok(());
        }
        Err(format!("{low} is {least}, and {high} only {most}"))
    }

    /// That a rational user gets no less than with no information.
    fn rational(&self, what: &str, value: f64) -> Result<(), String> {
        self.ordered(0, ("the user's value with no information", self.sticks[0].none), (what, value))
    }

    /// That an agent gets no more than its upper bound.
    fn bounded(&self, agent: usize, value: f64, bound: f64) -> Result<(), String> {
        let Some(party) = self.instance.agents.get(agent) else { return Ok(()) };
        let what = format!("the value of {}", party.name);
        self.ordered(agent + 1, (&what, value), ("its upper bound", bound))
    }

    /// The same of an agent by its name, and that a rational user gets what she can.
    fn optimum(&self, agent: &str, (value, bound): (f64, f64), user: f64) -> Result<(), String> {
        self.rational("the user's value", user)?;
        self.instance.agent(agent).map_or(Ok(()), |agent| self.bounded(agent, value, bound))
    }
}

/// What may contradict itself.
pub trait Consistent {
    /// Says what contradicts what.
    fn consistent(&self, measure: &Measure<'_>) -> Result<(), String>;
}

impl Consistent for Saved {
    fn consistent(&self, measure: &Measure<'_>) -> Result<(), String> {
        match self {
            Self::Solve(result) => result.consistent(measure),
            Self::Persuade(result) => result.consistent(measure),
            Self::Menu(result) => result.consistent(measure),
            Self::Conversation(result) => result.consistent(measure),
            Self::Quantal(result) => result.consistent(measure),
            Self::Reply(result) => result.consistent(measure),
            Self::Frontier(result) => result.consistent(measure),
            Self::Align(result) => result.consistent(measure),
            Self::Equilibria(result) => result.consistent(measure),
            Self::AllAgents(result) => result.consistent(measure),
            Self::Dynamics(result) => result.consistent(measure),
            // Against other players; see its own check.
            Self::Stackelberg(_) => Ok(()),
        }
    }
}

impl Consistent for SolveResult {
    fn consistent(&self, measure: &Measure<'_>) -> Result<(), String> {
        self.user_value.consistent(measure)?;
        for (i, agent) in self.agents.iter().enumerate() {
            measure.rational(&format!("her value of the optimum of {}", agent.name), agent.monopoly.user_value)?;
            measure.bounded(i, agent.monopoly.agent_value, agent.monopoly.upper_bound)?;
        }
        self.alignment.consistent(measure)?;
        match &self.equilibrium {
            None => Ok(()),
            Some(GameResult::BestAgent(found)) => found.consistent(measure),
            Some(GameResult::AllAgents(found)) => found.consistent(measure),
        }
    }
}

impl Consistent for Reference {
    fn consistent(&self, measure: &Measure<'_>) -> Result<(), String> {
        let what = ("the user's value with no information", self.no_information);
        measure.ordered(0, what, ("with full information", self.full_information))
    }
}

impl Consistent for PersuadeResult {
    fn consistent(&self, measure: &Measure<'_>) -> Result<(), String> {
        let found = &self.optimum;
        measure.optimum(&self.agent, (found.agent_value, found.upper_bound), found.user_value)
    }
}

impl Consistent for MenuResult {
    fn consistent(&self, measure: &Measure<'_>) -> Result<(), String> {
        measure.optimum(&self.agent, (self.worth.agent_value, self.worth.upper_bound), self.worth.user_value)
    }
}

impl Consistent for ConversationResult {
    fn consistent(&self, measure: &Measure<'_>) -> Result<(), String> {
        measure.optimum(&self.agent, (self.worth.agent_value, self.worth.upper_bound), self.worth.user_value)
    }
}

/// A quantal user may be worse off for what she is told.
impl Consistent for QuantalResult {
    fn consistent(&self, measure: &Measure<'_>) -> Result<(), String> {
        let agent = measure.instance.agent(&self.agent);
        agent.zip(self.upper_bound).map_or(Ok(()), |(agent, bound)| measure.bounded(agent, self.agent_value, bound))
    }
}

impl Consistent for ReplyResult {
    fn consistent(&self, measure: &Measure<'_>) -> Result<(), String> {
        measure.optimum(&self.agent, (self.agent_value, self.upper_bound), self.user_value)
    }
}

impl Consistent for FrontierResult {
    fn consistent(&self, measure: &Measure<'_>) -> Result<(), String> {
        for vertex in &self.vertices {
            measure.optimum(&self.agent, (vertex.agent_value, vertex.upper_bound), vertex.user_value)?;
        }
        // Going right leaves the user more, and the agent no more.
        let agent = measure.instance.agent(&self.agent).map_or(0, |agent| agent + 1);
        for pair in self.vertices.windows(2) {
            let (left, right) = (&pair[0], &pair[1]);
            measure.ordered(0, ("the user's value at a vertex", left.user_value), ("at the next", right.user_value))?;
            let what = format!("the value of {} at a vertex", self.agent);
            measure.ordered(agent, (&what, right.agent_value), ("at the one before", left.agent_value))?;
        }
        Ok(())
    }
}

impl Consistent for AlignResult {
    fn consistent(&self, _: &Measure<'_>) -> Result<(), String> {
        aligned((self.alignment.error, &self.alignment.weights), self.slack, self.lower_bound)
    }
}

impl Consistent for AlignmentPart {
    fn consistent(&self, _: &Measure<'_>) -> Result<(), String> {
        // Without its certificate, nothing says what weights cost.
        let slack = self.certificate.as_ref().map(|certificate| certificate.proof.slack);
        slack.map_or(Ok(()), |slack| aligned((self.alignment.error, &self.alignment.weights), slack, self.lower_bound))
    }
}

fn aligned((error, weights): (f64, &[f64]), slack: f64, lower_bound: f64) -> Result<(), String> {
    let objective = error + 0.5 * slack * weights.iter().sum::<f64>();
    if lower_bound <= objective + ROUNDING * objective.abs() {
        return Ok(());
    }
    Err(format!("the lower bound of the error is {lower_bound}, and the error only {objective}"))
}

impl Consistent for EquilibriumResult {
    fn consistent(&self, measure: &Measure<'_>) -> Result<(), String> {
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

impl Consistent for EquilibriaResult {
    fn consistent(&self, measure: &Measure<'_>) -> Result<(), String> {
        if self.equilibrium.eta.is_none() {
            self.user_value.consistent(measure)?;
        }
        self.alignment.consistent(measure)?;
        self.equilibrium.consistent(measure)
    }
}

impl Consistent for JointEquilibria {
    fn consistent(&self, measure: &Measure<'_>) -> Result<(), String> {
        if let (Some(worst), Some(best)) = (self.worst_user_value, self.best_user_value) {
            let (worst, best) = (("the user's value in the worst equilibrium", worst), ("in the best", best));
            measure.ordered(0, worst, best)?;
        }
        for (i, profile) in self.profiles.iter().filter(|profile| profile.certified).enumerate() {
            let what = format!("her value in equilibrium {}", i + 1);
            if self.eta.is_none() {
                measure.rational(&what, profile.user_value)?;
            }
            if let Some(bound) = profile.bound {
                measure.ordered(0, ("what the hull promises", bound), (&what, profile.user_value))?;
            }
        }
        Ok(())
    }
}

impl Consistent for JointResult {
    fn consistent(&self, measure: &Measure<'_>) -> Result<(), String> {
        if self.equilibria.eta.is_none() {
            self.user_value.consistent(measure)?;
        }
        self.alignment.consistent(measure)?;
        self.equilibria.consistent(measure)
    }
}

impl Consistent for DynamicsResult {
    fn consistent(&self, measure: &Measure<'_>) -> Result<(), String> {
        match self.eta {
            Some(_) => Ok(()),
            None => measure.rational("the user's value", self.profile.user_value),
        }
    }
}

impl StackelbergResult {
    /// Says what contradicts what.
    pub fn consistent(&self, game: &StackelbergGame) -> Result<(), String> {
        let (value, bound) = (self.leader_value, self.upper_bound);
        // What is at stake where anything is played.
        let rows: Vec<usize> = self.strategy.iter().filter_map(|row| game.leader_actions.index(&row.action)).collect();
        let mut columns: Vec<usize> =
            self.responses.iter().filter_map(|row| game.follower_actions.index(&row.response)).collect();
        columns.sort_unstable();
        columns.dedup();
        if value - bound <= leader_allowance(game, &rows, &columns, bound) {
            return Ok(());
        }
        Err(format!("the leader's value is {value}, and its upper bound only {bound}"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use suasion_model::Instance;

    /// The user gets 0.7 with no information and 1 with all.
    const GAME: &str = r#"{"format": "suasion/1", "states": ["innocent", "guilty"], "actions": ["acquit", "convict"],
        "prior": [0.7, 0.3], "user": {"utility": [[1, 0], [0, 1]]},
        "agents": [{"name": "prosecutor", "utility": [[0, 0], [1, 1]]}]}"#;

    fn instance() -> Instance {
        Instance::from_json(GAME, std::path::Path::new("game.json")).unwrap()
    }

    /// What a result says, with some numbers in it.
    fn said(text: &str) -> Result<(), String> {
        let about = r#""instance": "game.json", "name": "game", "digest": "", "prior": 0"#;
        let saved: Saved = serde_json::from_str(&text.replace("ABOUT", about)).unwrap();
        let instance = instance();
        saved.consistent(&Measure::new(&instance, 0).unwrap())
    }

    fn persuade(user: f64, agent: f64, bound: f64) -> Result<(), String> {
        said(&format!(
            r#"{{"command": "persuade", ABOUT, "agent": "prosecutor", "scheme": [], "agent_value": {agent:?},
                "user_value": {user:?}, "upper_bound": {bound:?}, "certified": true}}"#
        ))
    }

    #[test]
    fn optima() {
        assert_eq!(persuade(0.7, 0.6, 0.6), Ok(()));
        assert_eq!(persuade(0.7f64.next_down(), 0.6, 0.6f64.next_down()), Ok(()), "rounding is no contradiction");
        let told = persuade(0.6999, 0.6, 0.6).unwrap_err();
        assert_eq!(told, "the user's value with no information is 0.7, and the user's value only 0.6999");
        let told = persuade(0.7, 0.6, 0.5999).unwrap_err();
        assert_eq!(told, "the value of prosecutor is 0.6, and its upper bound only 0.5999");
    }

    #[test]
    fn equilibria() {
        let found = |worst: f64, best: f64, lower: f64, bound: f64| {
            let profile = |value: f64| {
                format!(
                    r#"{{"user_value": {value:?}, "values": [0.0], "regrets": [0.0], "scheme": [], "certified": true}}"#
                )
            };
            said(&format!(
                r#"{{"command": "equilibria", ABOUT, "user_value": {{"no_information": 0.7, "full_information": 1.0}},
                    "alignment": {{"error": 0.1, "weights": [1.0], "offset": [], "lower_bound": 0.1, "certified": true}},
                    "game": "best-agent", "exact": true, "slack": 0.0, "worst_user_value": {worst:?},
                    "best_user_value": {best:?}, "bound": {bound:?}, "lower_bound": {lower:?}, "worst": {},
                    "best": {}, "certified": true}}"#,
                profile(worst),
                profile(best)
            ))
        };
        assert_eq!(found(0.8, 1.0, 0.8, 0.75), Ok(()));
        for (told, what) in [
            (found(0.8, 0.79, 0.7, 0.7), "the user's value in the worst equilibrium is 0.8, and in the best only 0.79"),
            (found(0.69, 1.0, 0.6, 0.6), "with no information is 0.7"),
            (found(0.8, 1.0, 0.81, 0.7), "the proved lower bound is 0.81"),
            (found(0.8, 1.0, 0.8, 0.9), "what the hull promises is 0.9"),
        ] {
            assert!(told.as_ref().is_err_and(|told| told.contains(what)), "{told:?}");
        }
    }

    /// A level of the state, however high, hides no contradiction, as long as numbers still tell
    /// it.
    #[test]
    fn levels() {
        let mut instance = instance();
        let level = [2f64.powi(20), -(2f64.powi(20))];
        let utility = instance.user.utility.clone();
        instance.user.utility = suasion_model::Matrix::from_fn(2, 2, |a, y| utility[(a, y)] + level[y]);
        let silent = 0.7 + 0.4 * level[0];
        let measure = Measure::new(&instance, 0).unwrap();
        assert_eq!(measure.rational("she", silent), Ok(()));
        assert!(measure.rational("she", silent - 1e-4).is_err());
    }
}
