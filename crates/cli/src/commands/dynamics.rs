//! `suasion dynamics`.

use super::Game;
use super::communication::manner;
use super::equilibria::{check_sensitivity, quantal};
use super::failed;
use crate::arguments::Dynamics;
use crate::failure::Failure;
use crate::output::{certified, line, number, record, table};
use crate::session::Session;
use rayon::prelude::*;
use std::ops::Range;
use suasion_certificate::ProfileProof;
use suasion_equilibrium::{BestAgentGame, Dynamics as Simulation, Ended, Order, Payoffs, Run, Start};
use suasion_persuasion::Sender;
use suasion_results::{
    CommunicationName, DynamicsResult, FirstOffers, HowEnded, MoveOrder, MoveResult, ProfileResult, Recorded,
};

/// The number of runs, or of moves in a run, to show.
const SHOWN: usize = 40;

pub fn run(arguments: &Dynamics, session: &Session) -> Result<bool, Failure> {
    check(arguments)?;
    let game = Game::read_at(&arguments.file, arguments.prior)?;
    let priors = game.priors.clone();
    let bar = crate::progress::bar(priors.len() * arguments.starts as usize, "runs");
    let done = || bar.inc(1);
    let asked = arguments.simulation(&game);
    let solve = |prior| simulated(&game, &asked, (prior, 0..arguments.starts), (session, session.certificates), &done);
    let results: Result<Vec<Vec<DynamicsResult>>, Failure> = priors.into_par_iter().map(solve).collect();
    bar.finish_and_clear();
    let results: Vec<DynamicsResult> = results?.into_iter().flatten().collect();
    results.iter().try_for_each(|result| game.sound(result))?;
    let all_certified = results.iter().all(|result| result.profile.certified);
    if session.json {
        for result in results {
            record(result)?;
        }
    } else {
        show(&game, &results)?;
    }
    Ok(all_certified && !session.interrupted())
}

/// Refuses options that make no sense.
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

/// A simulation, without the prior and its number.
#[derive(Clone, Debug)]
pub struct Simulated {
    pub communication: CommunicationName,
    pub eta: Option<f64>,
    pub order: MoveOrder,
    pub start: FirstOffers,
    pub increment: f64,
    pub rounds: usize,
    pub seed: u64,
    pub trace: bool,
}

impl Dynamics {
    fn simulation(&self, game: &Game<'_>) -> Simulated {
        Simulated {
            communication: game.communication(self.how.conversation, self.quantal),
            eta: self.quantal,
            order: self.order.order(),
            start: self.start.first_offers(),
            increment: self.increment,
            rounds: self.rounds,
            seed: self.seed,
            trace: self.trace,
        }
    }
}

impl Simulated {
    /// The simulation of a result: it ended by itself within its rounds, or at the last of them.
    fn of(result: &DynamicsResult) -> Self {
        Self {
            communication: result.communication,
            eta: result.eta,
            order: result.order,
            start: result.start,
            increment: result.increment,
            rounds: result.rounds,
            seed: result.seed,
            trace: result.trace.is_some(),
        }
    }

    fn dynamics(&self) -> Simulation {
        Simulation {
            order: match self.order {
                MoveOrder::RoundRobin => Order::RoundRobin,
                MoveOrder::Random => Order::Random,
                MoveOrder::Simultaneous => Order::Simultaneous,
            },
            start: match self.start {
                FirstOffers::Monopoly => Start::Monopoly,
                FirstOffers::Uninformative => Start::Uninformative,
                FirstOffers::Full => Start::Full,
                FirstOffers::Random => Start::Random,
            },
            increment: self.increment,
            rounds: self.rounds,
            seed: self.seed,
            trace: self.trace,
        }
    }
}

/// Repeats the simulation of a result, with its certificate.
pub fn replayed(
    game: &Game<'_>,
    result: &DynamicsResult,
    session: &Session,
) -> Result<Option<DynamicsResult>, Failure> {
    let runs = result.run..result.run.saturating_add(1);
    Ok(simulated(game, &Simulated::of(result), (result.about.prior, runs), (session, true), &|| ())?.pop())
}

/// The simulations with these numbers at a prior.
fn simulated(
    game: &Game<'_>,
    asked: &Simulated,
    (prior, runs): (usize, Range<u64>),
    (session, keep): (&Session, bool),
    done: &(dyn Fn() + Sync),
) -> Result<Vec<DynamicsResult>, Failure> {
    let settings = &session.settings;
    let simulations = Simulations { game, simulated: asked, prior, runs, keep, done };
    let refused = |cause| failed(game, cause);
    match (asked.eta, asked.communication) {
        (Some(eta), _) => {
            let best_agent = BestAgentGame::quantal(&game.instance, prior, eta, settings).map_err(refused)?;
            simulations.simulate(&best_agent.payoffs().map_err(refused)?)
        }
        (None, CommunicationName::Direct | CommunicationName::Quantal) => {
            let best_agent = BestAgentGame::new(&game.instance, prior, settings).map_err(refused)?;
            simulations.simulate(&best_agent.payoffs().map_err(refused)?)
        }
        (None, CommunicationName::Experiment) => {
            let best_agent = BestAgentGame::experiments(&game.instance, prior, settings).map_err(refused)?;
            simulations.simulate(&best_agent.payoffs().map_err(refused)?)
        }
        (None, CommunicationName::Mechanism) => {
            let best_agent = BestAgentGame::mechanisms(&game.instance, prior, settings).map_err(refused)?;
            simulations.simulate(&best_agent.payoffs().map_err(refused)?)
        }
    }
}

/// A request for simulations.
struct Simulations<'a> {
    game: &'a Game<'a>,
    simulated: &'a Simulated,
    prior: usize,
    runs: Range<u64>,
    /// Whether results keep their certificates.
    keep: bool,
    done: &'a (dyn Fn() + Sync),
}

impl Simulations<'_> {
    /// All simulations at a prior.
    fn simulate<S: Sender<Communication: Recorded>>(
        &self,
        payoffs: &Payoffs<'_, S>,
    ) -> Result<Vec<DynamicsResult>, Failure> {
        let dynamics = self.simulated.dynamics();
        let one = |stream| {
            let run = payoffs.run(&dynamics, stream);
            let result = self.result(stream, payoffs.proof(&run), &run);
            (self.done)();
            result
        };
        self.runs.clone().into_par_iter().map(one).collect()
    }

    fn result<C: Recorded>(&self, stream: u64, proof: ProfileProof<C>, run: &Run) -> Result<DynamicsResult, Failure> {
        let (game, asked) = (self.game, self.simulated);
        let (certificate, verdict) = game.proved(C::offers(proof, &game.instance))?;
        let name = |agent: usize| game.instance.agents[agent].name.clone();
        let moves = run.trace.iter().map(|step| MoveResult {
            round: step.round,
            agent: name(step.agent),
            bid: step.bid,
            accepted: name(step.accepted),
            user_value: step.user_value,
            values: step.agent_values.clone(),
        });
        Ok(DynamicsResult {
            about: game.about(self.prior),
            communication: asked.communication,
            eta: asked.eta,
            order: asked.order,
            start: asked.start,
            increment: asked.increment,
            seed: asked.seed,
            run: stream,
            ended: match run.ended {
                Ended::Converged => HowEnded::Converged,
                Ended::Cycle { .. } => HowEnded::Cycle,
                Ended::Limit => HowEnded::Limit,
            },
            cycle: match run.ended {
                Ended::Cycle { length } => Some(length),
                _ => None,
            },
            rounds: run.rounds,
            moves: run.moves,
            accepted: name(run.accepted),
            profile: ProfileResult::new(&game.instance, certificate, &verdict, self.keep),
            trace: asked.trace.then(|| moves.collect()),
        })
    }
}

fn show(game: &Game<'_>, results: &[DynamicsResult]) -> Result<(), Failure> {
    let Some(first) = results.first() else { return Ok(()) };
    let how = format!("{}{}", manner(first.communication), quantal::sensitive(first.eta));
    line(&format!(
        "{}: best-response dynamics, {} from {}{how}",
        first.about.name,
        first.order.name(),
        first.start.name()
    ))?;
    if let Some(trace) = &first.trace {
        let rows = trace.iter().take(SHOWN).map(|step| {
            let mut row = vec![step.round.to_string(), step.agent.clone(), number(step.bid), step.accepted.clone()];
            row.push(number(step.user_value));
            row.extend(step.values.iter().map(|&value| number(value)));
            row
        });
        let names: Vec<&str> = game.instance.agents.iter().map(|agent| agent.name.as_str()).collect();
        let header = [&["round", "moves", "bids", "accepted", "user"][..], &names].concat();
        line(&table(&header, rows.collect()).to_string())?;
        if trace.len() > SHOWN {
            line(&format!("... {} moves in all; --json prints all of them", trace.len()))?;
        }
    }
    let rows = results.iter().take(SHOWN).map(|result| {
        let ended = match result.cycle {
            Some(length) => format!("cycle of {length}"),
            None => result.ended.name().to_owned(),
        };
        let regret = result.profile.regrets.iter().copied().try_fold(0.0, |most: f64, next| next.map(|r| most.max(r)));
        vec![
            format!("{}.{}", result.about.prior, result.run),
            ended,
            result.rounds.to_string(),
            result.moves.to_string(),
            result.accepted.clone(),
            number(result.profile.user_value),
            regret.map_or_else(|| "no bound".into(), number),
            certified(result.profile.certified).into(),
        ]
    });
    let header = ["prior.run", "ended", "rounds", "moves", "accepted", "user's value", "largest regret", "certified"];
    line(&table(&header, rows.collect()).to_string())?;
    if results.len() > SHOWN {
        let converged = results.iter().filter(|result| result.ended == HowEnded::Converged).count();
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
