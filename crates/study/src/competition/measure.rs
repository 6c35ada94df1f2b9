//! Measures a game.

use super::{Competition, Condition, Draw, Setting};
use crate::error::GameError;
use suasion_alignment::{AlignOptions, Alignment, align};
use suasion_certificate::{Proof, promised_value};
use suasion_equilibrium::{
    AllAgentsGame, AllAgentsSearch, BestAgentGame, Dynamics, Ended, EquilibriumError, FoundProfile, StartKind,
};
use suasion_model::{Instance, Matrix};
use suasion_persuasion::{PersuadeError, Settings};
use suasion_table::{Column, Get};

/// A game of the study and its results. Values are in units of the user's utility, which lies in
/// `[0, 1]`.
#[derive(Clone, Debug, PartialEq)]
pub struct CompetitionRow {
    /// The seed.
    pub seed: u64,
    /// Where the user's utility lies.
    pub condition: Condition,
    /// The number of agents.
    pub agents: usize,
    /// The number of states.
    pub states: usize,
    /// The number of actions.
    pub actions: usize,
    /// The user's value with no information.
    pub no_information: f64,
    /// The user's value with full information.
    pub full_information: f64,
    /// The measured distance of her utility from the agents' weighted hull in the sup norm, with an
    /// offset per state.
    pub alignment_error: f64,
    /// The bound of the theorem on her value in every equilibrium (of the best-agent game), or at
    /// least in those that were found.
    pub bound: f64,
    /// Her value in the worst equilibrium, or in the worst one found.
    pub worst_user_value: f64,
    /// A lower bound on her value in every equilibrium, proved in exact arithmetic, if all
    /// equilibria are known.
    pub worst_lower_bound: Option<f64>,
    /// Her value in the best equilibrium, or in the best one found.
    pub best_user_value: f64,
    /// Her value where the dynamics end.
    pub dynamics_user_value: f64,
    /// The bound of the theorem there, given what agents could still gain.
    pub dynamics_bound: f64,
    /// The most that any agent could still gain there by another offer. It is not zero, because
    /// bids move in steps.
    pub dynamics_regret: f64,
    /// The number of rounds until the dynamics end.
    pub dynamics_rounds: usize,
    /// Why the dynamics end.
    pub dynamics_ended: Ended,
}

/// Relative to the range of the user's utility, information below this value counts as worthless to
/// her.
const NO_VALUE: f64 = 1e-9;
/// Rounding may take a value below its bound by this much, in units of utility.
const ROUNDING: f64 = 1e-6;
/// A relative value that falls short of 1 by more than this falls short of full information.
pub const SHORT: f64 = 1e-6;
/// An alignment error below this counts as zero.
pub const ALIGNED: f64 = 1e-9;

impl CompetitionRow {
    fn relative(&self, value: f64) -> Option<f64> {
        let stake = self.full_information - self.no_information;
        // Utilities lie in [0, 1].
        (stake > NO_VALUE).then(|| (value - self.no_information) / stake)
    }

    /// The worst equilibrium on the scale from no information (0) to full information (1). `None`
    /// if information has no value.
    #[must_use]
    pub fn worst(&self) -> Option<f64> {
        self.relative(self.worst_user_value)
    }

    /// The best equilibrium on that scale.
    #[must_use]
    pub fn best(&self) -> Option<f64> {
        self.relative(self.best_user_value)
    }

    /// The end of the dynamics on that scale.
    #[must_use]
    pub fn dynamics(&self) -> Option<f64> {
        self.relative(self.dynamics_user_value)
    }

    /// Whether the worst equilibrium is worse than full information, provided that information has
    /// value.
    #[must_use]
    pub fn is_short(&self) -> bool {
        self.worst().is_some_and(|worst| worst < 1.0 - SHORT)
    }

    /// Whether the hull condition holds exactly.
    #[must_use]
    pub fn is_aligned(&self) -> bool {
        self.alignment_error < ALIGNED
    }
}

const UTILITY: &str = "utility";
const FRACTION: &str = "fraction";

const fn column(
    name: &'static str,
    unit: &'static str,
    meaning: &'static str,
    get: Get<CompetitionRow>,
) -> Column<CompetitionRow> {
    Column { name, unit, meaning, get }
}

/// The columns of the table of rows.
pub const COLUMNS: &[Column<CompetitionRow>] = &[
    column("seed", "", "the seed of the draw", Get::Integer(|row| row.seed)),
    column(
        "condition",
        "",
        "where the user's utility lies: satisfied, approximate, violated, or alike (violated, by agents that are alike)",
        Get::Text(|row| row.condition.name()),
    ),
    column("agents", "", "the number of agents, the first of the seed's pool", Get::Integer(|row| row.agents as u64)),
    column("states", "", "the number of states", Get::Integer(|row| row.states as u64)),
    column("actions", "", "the number of actions", Get::Integer(|row| row.actions as u64)),
    column("no_information", UTILITY, "the user's value with no information", Get::Number(|row| row.no_information)),
    column(
        "full_information",
        UTILITY,
        "the user's value with full information, as a perfectly aligned agent gives her",
        Get::Number(|row| row.full_information),
    ),
    column(
        "alignment_error",
        UTILITY,
        "measured sup-norm distance of the user's utility from the agents' weighted hull, with an offset per state",
        Get::Number(|row| row.alignment_error),
    ),
    column(
        "bound",
        UTILITY,
        "the bound of the theorem on her value in every equilibrium, or in those that were found",
        Get::Number(|row| row.bound),
    ),
    column(
        "worst_user_value",
        UTILITY,
        "her value in the worst equilibrium, or in the worst one found",
        Get::Number(|row| row.worst_user_value),
    ),
    column(
        "worst_lower_bound",
        UTILITY,
        "a lower bound on her value in every equilibrium, proved in exact arithmetic; none if not all equilibria are known",
        Get::Maybe(|row| row.worst_lower_bound),
    ),
    column(
        "best_user_value",
        UTILITY,
        "her value in the best equilibrium, or in the best one found",
        Get::Number(|row| row.best_user_value),
    ),
    column(
        "dynamics_user_value",
        UTILITY,
        "her value where best-response dynamics end",
        Get::Number(|row| row.dynamics_user_value),
    ),
    column(
        "dynamics_bound",
        UTILITY,
        "the bound of the theorem there, given what agents could still gain",
        Get::Number(|row| row.dynamics_bound),
    ),
    column(
        "dynamics_regret",
        UTILITY,
        "the most that any agent could still gain there, in units of its utility",
        Get::Number(|row| row.dynamics_regret),
    ),
    column(
        "dynamics_rounds",
        "rounds",
        "the number of rounds until the dynamics end",
        Get::Integer(|row| row.dynamics_rounds as u64),
    ),
    column(
        "dynamics_ended",
        "",
        "why they end: converged, cycle or limit",
        Get::Text(|row| match row.dynamics_ended {
            Ended::Converged => "converged",
            Ended::Cycle { .. } => "cycle",
            Ended::Limit => "limit",
        }),
    ),
    column(
        "worst_relative",
        FRACTION,
        "worst_user_value from no (0) to full information (1); none if information has no value",
        Get::Maybe(CompetitionRow::worst),
    ),
    column("best_relative", FRACTION, "best_user_value on that scale", Get::Maybe(CompetitionRow::best)),
    column("dynamics_relative", FRACTION, "dynamics_user_value on that scale", Get::Maybe(CompetitionRow::dynamics)),
];

/// Plays a game.
pub(super) fn row(
    study: &Competition,
    draw: &Draw,
    condition: Condition,
    agents: usize,
    settings: &Settings,
) -> Result<CompetitionRow, GameError> {
    let instance = draw.game(condition, agents);
    let pool: Vec<&Matrix> = instance.agents.iter().map(|agent| &agent.utility).collect();
    let alignment = align(&instance.user.utility, &pool, &AlignOptions::default(), settings)?;
    if let Some(stopped) = alignment.stopped {
        return Err(EquilibriumError::from(PersuadeError::Stopped(stopped)).into());
    }
    let played = match study.game {
        Setting::BestAgent => best_agent(study, &instance, &alignment, settings)?,
        Setting::AllAgents => all_agents(study, draw, &instance, &alignment, settings)?,
    };
    let Played { no_information, full_information, bound, worst, worst_lower_bound, best, dynamics } = played;
    let row = CompetitionRow {
        seed: draw.seed(),
        condition,
        agents,
        states: study.states,
        actions: study.actions,
        no_information,
        full_information,
        alignment_error: alignment.error,
        bound,
        worst_user_value: worst,
        worst_lower_bound,
        best_user_value: best,
        dynamics_user_value: dynamics.user_value,
        dynamics_bound: dynamics.bound,
        dynamics_regret: dynamics.regrets.iter().copied().fold(0.0, f64::max),
        dynamics_rounds: dynamics.rounds,
        dynamics_ended: dynamics.ended,
    };
    let mut theory = vec![
        ("the worst equilibrium", row.worst_user_value, row.bound),
        ("the best equilibrium", row.best_user_value, row.worst_user_value),
    ];
    // In the all-agents game, what agents could still gain is not proved and may be more.
    if study.game == Setting::BestAgent {
        theory.push(("the end of the dynamics", row.dynamics_user_value, row.dynamics_bound));
    }
    theory.extend(row.worst_lower_bound.map(|least| ("the worst equilibrium", row.worst_user_value, least)));
    match theory.into_iter().find(|&(_, found, least)| found < least - ROUNDING) {
        Some((what, found, least)) => Err(GameError::Theory { what, found, least }),
        None => Ok(row),
    }
}

/// The results of a game: values of the user.
struct Played {
    no_information: f64,
    full_information: f64,
    /// The bound of the theorem.
    bound: f64,
    worst: f64,
    worst_lower_bound: Option<f64>,
    best: f64,
    dynamics: End,
}

/// The end of the dynamics.
struct End {
    user_value: f64,
    /// The bound of the theorem there.
    bound: f64,
    /// What each agent could still gain.
    regrets: Vec<f64>,
    rounds: usize,
    ended: Ended,
}

/// The results of the best-agent game.
fn best_agent(
    study: &Competition,
    instance: &Instance,
    alignment: &Alignment,
    settings: &Settings,
) -> Result<Played, GameError> {
    let game = BestAgentGame::new(instance, 0, settings)?;
    let equilibria = game.equilibria(0.0)?;
    let certified = equilibria.exclusion.certify(instance);
    let (below, _) = certified.map_err(|refusal| GameError::Certificate(refusal.to_string()))?;
    let dynamics = Dynamics { increment: study.increment, ..Dynamics::default() };
    let run = game.payoffs()?.run(&dynamics, 0);
    let full_information = game.full_information();
    let promised = |regrets: &[f64]| promised_value(full_information, alignment.error, &alignment.weights, regrets);
    Ok(Played {
        no_information: instance.view(0, 0).map_err(EquilibriumError::from)?.no_information().1,
        full_information,
        bound: promised(&vec![0.0; game.agents()]),
        worst: equilibria.worst.user_value,
        worst_lower_bound: Some(below.claims.lower_bound),
        best: equilibria.best.user_value,
        dynamics: End {
            user_value: run.user_value,
            bound: promised(&run.regrets),
            regrets: run.regrets,
            rounds: run.rounds,
            ended: run.ended,
        },
    })
}

/// The results of the all-agents game.
fn all_agents(
    study: &Competition,
    draw: &Draw,
    instance: &Instance,
    alignment: &Alignment,
    settings: &Settings,
) -> Result<Played, GameError> {
    let game = AllAgentsGame::new(instance, 0, settings)?;
    let game = match study.quantal {
        Some(eta) => game.quantal(eta)?,
        None => game,
    };
    let search = AllAgentsSearch { starts: study.starts, seed: draw.seed(), ..AllAgentsSearch::default() };
    let found = game.search(&search, &|| {})?;
    if let Some(stopped) = found.stopped {
        return Err(EquilibriumError::from(PersuadeError::Stopped(stopped)).into());
    }
    let (Some(worst), Some(best)) = (found.equilibria().next(), found.equilibria().next_back()) else {
        return Err(GameError::NoEquilibrium { starts: study.starts });
    };
    let full_information = game.full_information();
    // Agents observe the state, so any agent can reveal everything alone, and the bound loses
    // nothing to a distance from full information.
    let promised = |losses: &[f64]| promised_value(full_information, alignment.error, &alignment.weights, losses);
    let of_profile = |profile: &FoundProfile| {
        let regrets = profile.certificate.regrets().into_iter().map(|regret| regret.unwrap_or(f64::INFINITY));
        promised(&regrets.collect::<Vec<f64>>())
    };
    let play = game.play(StartKind::Monopoly, &search)?;
    Ok(Played {
        no_information: game.no_information(),
        full_information,
        bound: found.equilibria().map(of_profile).fold(f64::INFINITY, f64::min),
        worst: worst.certificate.user_value(),
        worst_lower_bound: None,
        best: best.certificate.user_value(),
        dynamics: End {
            user_value: play.user_value,
            bound: promised(&play.gains),
            regrets: play.gains,
            rounds: play.rounds,
            ended: play.ended,
        },
    })
}
