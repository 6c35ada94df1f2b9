//! Describes the results in words.

use super::{Cell, CompetitionFindings, CompetitionRow, Condition, Setting};

/// The conditions under which the hull condition fails, in words.
const FAILING: [(Condition, &str); 2] = [
    (Condition::Violated, "where it fails and agents are independent"),
    (Condition::Alike, "where it fails and agents are alike"),
];

/// The games of a condition with rival agents in which information has value.
struct Games<'a>(Vec<&'a CompetitionRow>);

impl Games<'_> {
    fn short(&self) -> usize {
        self.0.iter().filter(|row| row.is_short()).count()
    }

    fn full(&self) -> usize {
        self.0.len() - self.short()
    }

    fn least(&self, get: impl Fn(&CompetitionRow) -> Option<f64>) -> f64 {
        let least = self.0.iter().filter_map(|row| get(row)).fold(f64::INFINITY, f64::min);
        // Rounding may make it slightly negative.
        if least.abs() < 1e-9 { 0.0 } else { least }
    }

    fn mean(&self, get: impl Fn(&CompetitionRow) -> Option<f64>) -> f64 {
        self.0.iter().filter_map(|row| get(row)).sum::<f64>() / self.0.len() as f64
    }
}

impl CompetitionFindings {
    /// The findings, in words that follow from the numbers.
    #[must_use]
    pub fn finding(&self, cells: &[Cell]) -> String {
        let games = |wanted: &dyn Fn(&CompetitionRow) -> bool| {
            Games(self.rows.iter().filter(|row| row.agents >= 2 && row.worst().is_some() && wanted(row)).collect())
        };
        let holds = games(&|row| row.condition == Condition::Satisfied && row.is_aligned());
        let near = games(&|row| row.condition == Condition::Approximate);
        let fails = games(&|row| FAILING.iter().any(|(condition, _)| row.condition == *condition) && !row.is_aligned());
        if holds.0.is_empty() {
            return if self.study.agents == 1 {
                "With one agent there is no competition, and the study says nothing about it.".into()
            } else {
                "Information has no value to the user in these games, so they say nothing about competition.".into()
            };
        }
        let mut items = vec![format!(
            "where the condition holds, {} is full information in {} of {} games, and the dynamics end at {:.4} on average, \
             never below {:.4}",
            self.worst_name(),
            holds.full(),
            holds.0.len(),
            holds.mean(CompetitionRow::dynamics),
            holds.least(CompetitionRow::dynamics),
        )];
        if !near.0.is_empty() {
            items.push(format!(
                "within {} of the hull, {} is full information in {} of {} games, {:.4} on average, never below {:.4}, and \
                 the dynamics end at {:.4} on average",
                self.study.eps,
                self.worst_name(),
                near.full(),
                near.0.len(),
                near.mean(CompetitionRow::worst),
                near.least(CompetitionRow::worst),
                near.mean(CompetitionRow::dynamics),
            ));
        }
        for (condition, what) in FAILING {
            let fails = games(&|row| row.condition == condition && !row.is_aligned());
            if !fails.0.is_empty() {
                items.push(format!(
                    "{what}, {} is full information in {} of {} games, {:.4} on average, and the dynamics end at {:.4}{}",
                    self.worst_name(),
                    fails.full(),
                    fails.0.len(),
                    fails.mean(CompetitionRow::worst),
                    fails.mean(CompetitionRow::dynamics),
                    self.growth(condition, cells),
                ));
            }
        }
        format!(
            "{}\nWith two or more agents, on the scale from no information (0) to full information (1):\n- {}.",
            self.verdict(holds.short(), holds.0.len(), &fails),
            items.join(";\n- ")
        )
    }

    /// Not all equilibria of the all-agents game are known.
    fn worst_name(&self) -> &'static str {
        match self.study.game {
            Setting::BestAgent => "the worst equilibrium",
            Setting::AllAgents => "the worst equilibrium found",
        }
    }

    /// How much more agents help when the condition fails.
    fn growth(&self, condition: Condition, cells: &[Cell]) -> String {
        let worst = |agents: usize| {
            let wanted = |cell: &&Cell| cell.condition == condition.name() && cell.agents == agents;
            cells.iter().find(wanted).and_then(|cell| cell.worst)
        };
        let (Some(alone), Some(two), Some(all)) = (worst(1), worst(2), worst(self.study.agents)) else {
            return String::new();
        };
        let most = self.study.agents;
        let steps = if most > 2 {
            format!("{:.4} with two and {:.4} with {most}", two.mean, all.mean)
        } else {
            format!("{:.4} with two", two.mean)
        };
        let judged = if all.low > alone.high {
            "competition helps on average"
        } else if all.high < alone.low {
            "competition harms on average"
        } else {
            "no significant difference on average"
        };
        format!(" ({}: {:.4} with one agent, {steps}; {judged})", self.worst_name(), alone.mean)
    }

    /// The first sentence. It is a theorem that the hull condition suffices, so the study ends with
    /// an error if it ever sees the condition fail.
    fn verdict(&self, short: usize, games: usize, fails: &Games<'_>) -> String {
        let found = if self.study.game == Setting::AllAgents { " found" } else { "" };
        let reliable = short == 0;
        match (reliable, fails.0.is_empty(), fails.short()) {
            (true, true, _) => {
                "Competition helps reliably where the hull condition holds; it holds in every game here.".into()
            }
            (true, false, 0) => format!(
                "Competition gives the user full information in every equilibrium{found} of every game, whether the hull condition holds or not: these games do \
             not show that it is needed."
            ),
            (true, false, _) => {
                "Competition helps reliably where the hull condition holds, and not always where it fails.".into()
            }
            (false, ..) => format!(
                "Competition does not always help where the hull condition holds: {short} of {games} games have an equilibrium{found} short of full \
             information."
            ),
        }
    }
}
