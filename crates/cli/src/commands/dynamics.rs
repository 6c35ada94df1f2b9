//! `suasion dynamics`.

use super::Game;
use super::equilibria::{check_sensitivity, failed, quantal};
use super::typed::manner;
use crate::arguments::{Dynamics, OrderName, StartName};
use crate::failure::Failure;
use crate::output::{certified, json, line, number, table};
use crate::result::{DynamicsResult, MoveResult, Offers, ProfileResult, Saved};
use crate::session::Session;
use clap::ValueEnum;
use rayon::prelude::*;
use std::ops::Range;
use suasion_certificate::Rules;
use suasion_equilibrium::{
    BestAgentGame, Compete, Dynamics as Simulation, Ended, Order, Payoffs, Run, Start, TalkGame,
};
use suasion_persuasion::{Conversations, Menus};

/// How many runs, and moves of one, are shown.
const SHOWN: usize = 40;

pub fn run(arguments: &Dynamics, session: &Session) -> Result<bool, Failure> {
    check(arguments)?;
    let game = Game::read(&arguments.file)?;
    let priors = game.priors(arguments.prior)?;
    let bar = crate::progress::bar(priors.len() * arguments.starts as usize, "runs");
    let done = || bar.inc(1);
    let solve =
        |prior| simulated(&game, arguments, (prior, 0..arguments.starts), (session, session.certificates), &done);
    let results: Result<Vec<Vec<DynamicsResult>>, Failure> = priors.into_par_iter().map(solve).collect();
    bar.finish_and_clear();
    let results: Vec<DynamicsResult> = results?.into_iter().flatten().collect();
    results.iter().try_for_each(|result| game.sound(result.about.prior, result))?;
    let all_certified = results.iter().all(|result| result.profile.certified);
    if session.json {
        for result in results {
            json(&Saved::Dynamics(result))?;
        }
    } else {
        show(&game, &results)?;
    }
    Ok(all_certified && !session.interrupted())
}

/// Refuses options that mean nothing.
pub fn check(arguments: &Dynamics) -> Result<(), Failure> {
    if !(arguments.increment.is_finite() && arguments.increment > 0.0) {
        let problem = format!("--increment: found {}, expected a finite number above 0", arguments.increment);
        return Err(Failure::Usage(problem));
    }
    if arguments.starts == 0 {
        return Err(Failure::Usage("--starts: found 0, expected at least 1".into()));
    }
    check_sensitivity(arguments.quantal)
}

/// One simulation again, with its certificate.
pub fn replayed(
    game: &Game<'_>,
    arguments: &Dynamics,
    (prior, run): (usize, u64),
    session: &Session,
) -> Result<Option<DynamicsResult>, Failure> {
    let runs = run..run.saturating_add(1);
    Ok(simulated(game, arguments, (prior, runs), (session, true), &|| ())?.pop())
}

/// Simulations at a prior, by their numbers.
fn simulated(
    game: &Game<'_>,
    arguments: &Dynamics,
    (prior, runs): (usize, Range<u64>),
    (session, keep): (&Session, bool),
    done: &(dyn Fn() + Sync),
) -> Result<Vec<DynamicsResult>, Failure> {
    let dynamics = Simulation {
        order: match arguments.order {
            OrderName::RoundRobin => Order::RoundRobin,
            OrderName::Random => Order::Random,
            OrderName::Simultaneous => Order::Simultaneous,
        },
        start: match arguments.start {
            StartName::Monopoly => Start::Monopoly,
            StartName::Uninformative => Start::Uninformative,
            StartName::Full => Start::Full,
            StartName::Random => Start::Random,
        },
        increment: arguments.increment,
        rounds: arguments.rounds,
        seed: arguments.seed,
        trace: arguments.trace,
    };
    let asked = Asked { game, arguments, dynamics, prior, runs, keep, done };
    match (arguments.quantal, game.rules(&arguments.how)) {
        (Some(eta), _) => {
            let talk = TalkGame::quantal(&game.instance, prior, eta, &session.settings);
            let talk = talk.map_err(|cause| failed(game, cause))?;
            asked.simulate(&talk.payoffs())
        }
        (None, None) => {
            let best_agent = BestAgentGame::new(&game.instance, prior, &session.settings);
            let best_agent = best_agent.map_err(|cause| failed(game, cause))?;
            let payoffs = best_agent.payoffs().map_err(|cause| failed(game, cause))?;
            asked.simulate(&payoffs)
        }
        (None, Some(Rules::Menu)) => {
            let talk = game.talk_game::<Menus>(prior, &session.settings).map_err(|cause| failed(game, cause))?;
            asked.simulate(&talk.payoffs())
        }
        (None, Some(Rules::Conversation)) => {
            let talk = game.talk_game::<Conversations>(prior, &session.settings);
            let talk = talk.map_err(|cause| failed(game, cause))?;
            asked.simulate(&talk.payoffs())
        }
    }
}

/// What is simulated.
struct Asked<'a> {
    game: &'a Game<'a>,
    arguments: &'a Dynamics,
    dynamics: Simulation,
    prior: usize,
    runs: Range<u64>,
    /// Whether results keep their certificates.
    keep: bool,
    done: &'a (dyn Fn() + Sync),
}

impl Asked<'_> {
    /// All simulations at a prior.
    fn simulate<T: Compete>(&self, payoffs: &Payoffs<'_, T>) -> Result<Vec<DynamicsResult>, Failure>
    where
        T::Proof: Offers,
    {
        let one = |stream| {
            let run = payoffs.run(&self.dynamics, stream);
            let result = self.result(stream, payoffs.proof(&run), &run);
            (self.done)();
            result
        };
        self.runs.clone().into_par_iter().map(one).collect()
    }

    fn result(&self, stream: u64, proof: impl Offers, run: &Run) -> Result<DynamicsResult, Failure> {
        let (game, arguments) = (self.game, self.arguments);
        let (certificate, verdict) = game.proved(proof.certified(&game.instance))?;
        let name = |agent: usize| game.instance.agents[agent].name.clone();
        let word =
            |value: Option<clap::builder::PossibleValue>| value.map_or_else(String::new, |v| v.get_name().to_owned());
        let moves = run.trace.iter().map(|step| MoveResult {
            round: step.round,
            agent: name(step.agent),
            bid: step.bid,
            standing: name(step.standing),
            user_value: step.user_value,
            values: step.agent_values.clone(),
        });
        Ok(DynamicsResult {
            about: game.about(self.prior),
            rules: game.rules(&arguments.how),
            eta: arguments.quantal,
            order: word(arguments.order.to_possible_value()),
            start: word(arguments.start.to_possible_value()),
            increment: arguments.increment,
            seed: arguments.seed,
            run: stream,
            ended: match run.ended {
                Ended::Converged => "converged",
                Ended::Cycle { .. } => "cycle",
                Ended::Limit => "limit",
            }
            .into(),
            cycle: match run.ended {
                Ended::Cycle { length } => Some(length),
                _ => None,
            },
            rounds: run.rounds,
            moves: run.moves,
            standing: name(run.standing),
            profile: ProfileResult::new(&game.instance, certificate, &verdict, self.keep),
            trace: arguments.trace.then(|| moves.collect()),
        })
    }
}

fn show(game: &Game<'_>, results: &[DynamicsResult]) -> Result<(), Failure> {
    let Some(first) = results.first() else { return Ok(()) };
    let how = format!("{}{}", manner(first.rules), quantal::sensitive(first.eta));
    line(&format!("{}: best-response dynamics, {} from {}{how}", first.about.name, first.order, first.start))?;
    if let Some(trace) = &first.trace {
        let rows = trace.iter().take(SHOWN).map(|step| {
            let mut row = vec![step.round.to_string(), step.agent.clone(), number(step.bid), step.standing.clone()];
            row.push(number(step.user_value));
            row.extend(step.values.iter().map(|&value| number(value)));
            row
        });
        let names: Vec<&str> = game.instance.agents.iter().map(|agent| agent.name.as_str()).collect();
        let header = [&["round", "moves", "bids", "stands", "user"][..], &names].concat();
        line(&table(&header, rows.collect()).to_string())?;
        if trace.len() > SHOWN {
            line(&format!("... {} moves in all; --json prints every one", trace.len()))?;
        }
    }
    let rows = results.iter().take(SHOWN).map(|result| {
        let ended = match result.cycle {
            Some(length) => format!("cycle of {length}"),
            None => result.ended.clone(),
        };
        let regret = result.profile.regrets.iter().copied().try_fold(0.0, |most: f64, next| next.map(|r| most.max(r)));
        vec![
            format!("{}.{}", result.about.prior, result.run),
            ended,
            result.rounds.to_string(),
            result.moves.to_string(),
            result.standing.clone(),
            number(result.profile.user_value),
            regret.map_or_else(|| "no bound".into(), number),
            certified(result.profile.certified).into(),
        ]
    });
    let header = ["prior.run", "ended", "rounds", "moves", "stands", "user's value", "largest regret", "certified"];
    line(&table(&header, rows.collect()).to_string())?;
    if results.len() > SHOWN {
        let converged = results.iter().filter(|result| result.ended == "converged").count();
        let values = || results.iter().map(|result| result.profile.user_value);
        line(&format!(
            "... {} runs in all, {converged} converged; the user's value at their ends lies between {} and {}",
            results.len(),
            number(values().fold(f64::INFINITY, f64::min)),
            number(values().fold(f64::NEG_INFINITY, f64::max))
        ))?;
    }
    Ok(())
}
