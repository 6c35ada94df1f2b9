//! `suasion equilibria`, and the equilibria in `suasion solve`.

pub mod all_agents;
pub mod quantal;

use super::communication::manner;
use super::talking::refuse_protocol;
use super::{Game, failed};
use crate::arguments::Equilibria;
use crate::failure::Failure;
use crate::output::{beside, certified, line, number, record, table};
use crate::session::Session;
use indicatif::ProgressBar;
use rayon::prelude::*;
use suasion_certificate::{ProfileProof, Proof};
use suasion_equilibrium::{BestAgentGame, EquilibriumError, SimulatedEnds, ValueInterval};
use suasion_model::stakes;
use suasion_persuasion::Sender;
use suasion_results::{
    AlignmentPart, BestAgentEquilibria, CommunicationName, EquilibriaRequest, EquilibriaResult, GameEquilibria,
    GameName, ProfileResult, Provable, Recorded, RecordedBelow, Reference, SearchRequest,
};

/// The message if `--conversation` is given for the all-agents game.
pub const ONE_MESSAGE: &str = "--conversation is for --game best-agent; in the all-agents game every agent sends one message, or with `equilibria --rounds` they converse in rounds";
/// The number of intervals to show.
const SHOWN: usize = 12;
/// An alignment error below this fraction of the user's stake is rounding.
const EXACT: f64 = 1e-12;
/// A promise that is below her value with no information by less than this fraction is rounding.
const PROMISED: f64 = 1e-9;

pub fn run(arguments: &Equilibria, session: &Session) -> Result<bool, Failure> {
    let request = arguments.request();
    check(&request)?;
    let game = Game::read_at(&arguments.file, arguments.prior)?;
    match request.game {
        GameName::AllAgents => all_agents::run(&game, &request, session),
        GameName::BestAgent => {
            let bar = crate::progress::bar(game.priors.len(), "priors");
            let found = best_agent(&game, &request, session, &bar)?;
            bar.finish_and_clear();
            tell(&game, found, session)
        }
    }
}

/// Refuses combinations of options that make no sense.
pub fn check(request: &EquilibriaRequest) -> Result<(), Failure> {
    if !(request.slack.is_finite() && request.slack >= 0.0) {
        let problem = format!("--slack: found {}, expected a finite number of at least 0", request.slack);
        return Err(Failure::Usage(problem));
    }
    check_sensitivity(request.eta)?;
    match request.game {
        GameName::AllAgents if request.mechanism => Err(Failure::Usage(ONE_MESSAGE.into())),
        GameName::AllAgents => all_agents::rules(&request.search, request.slack).map(drop),
        GameName::BestAgent => {
            refuse_search(&request.search)?;
            refuse_protocol(&request.protocol, "in --game all-agents")
        }
    }
}

/// All results of `equilibria` for an instance.
pub fn all(game: &Game<'_>, request: &EquilibriaRequest, session: &Session) -> Result<Vec<EquilibriaResult>, Failure> {
    let bar = ProgressBar::hidden();
    if request.game == GameName::BestAgent {
        return best_agent(game, request, session, &bar)?.whole();
    }
    let mut results = vec![];
    all_agents::each(game, request, session, &bar, &mut |_, result| {
        results.push(result);
        Ok(())
    })?;
    Ok(results)
}

/// Results at some priors. Others may be missing because of a limit or an interruption.
pub struct AtPriors {
    results: Vec<EquilibriaResult>,
    /// The missing priors, in increasing order, with the reasons.
    missing: Vec<(usize, Failure)>,
}

impl AtPriors {
    /// Collects the results of all priors. A failure for any other reason is a failure as a whole.
    pub fn gathered(found: Vec<(usize, Result<EquilibriaResult, Failure>)>) -> Result<Self, Failure> {
        let (mut results, mut missing) = (vec![], vec![]);
        for (prior, result) in found {
            match result {
                Ok(result) => results.push(result),
                Err(why) if why.stopped().is_some() => missing.push((prior, why)),
                Err(other) => return Err(other),
            }
        }
        Ok(Self { results, missing })
    }

    /// All results, if none is missing.
    fn whole(self) -> Result<Vec<EquilibriaResult>, Failure> {
        match self.missing.into_iter().next() {
            Some((_, why)) => Err(why),
            None => Ok(self.results),
        }
    }
}

/// The equilibria of the best-agent game at every prior.
fn best_agent(
    game: &Game<'_>,
    request: &EquilibriaRequest,
    session: &Session,
    bar: &ProgressBar,
) -> Result<AtPriors, Failure> {
    if let Some(eta) = request.eta {
        return quantal::results(game, request, eta, session, bar);
    }
    let priors = game.priors.clone();
    let communication = game.communication(request.mechanism, None);
    // If agents observe different signals, the theorem promises nothing within a slack.
    let within = if game.instance.agents_share_information() { request.slack } else { 0.0 };
    let alignment = game.alignment(within, session)?;
    let solve = |prior| {
        let settings = &session.settings;
        let refused = |cause| failed(game, cause);
        let solved = match communication {
            CommunicationName::Direct | CommunicationName::Quantal => {
                let best_agent = BestAgentGame::new(&game.instance, prior, settings).map_err(refused);
                best_agent.and_then(|found| equilibrium(game, &found, request.slack, &alignment, session))
            }
            CommunicationName::Experiment => {
                let best_agent = BestAgentGame::experiments(&game.instance, prior, settings).map_err(refused);
                best_agent.and_then(|found| equilibrium(game, &found, request.slack, &alignment, session))
            }
            CommunicationName::Mechanism => {
                let best_agent = BestAgentGame::mechanisms(&game.instance, prior, settings).map_err(refused);
                best_agent.and_then(|found| equilibrium(game, &found, request.slack, &alignment, session))
            }
        };
        bar.inc(1);
        Ok(EquilibriaResult {
            about: game.about(prior),
            communication: Some(communication),
            user_value: game.reference(prior)?,
            alignment: alignment.clone(),
            equilibrium: GameEquilibria::BestAgent(Box::new(solved?)),
        })
    };
    AtPriors::gathered(priors.into_par_iter().map(|prior| (prior, solve(prior))).collect())
}

/// Prints results and returns whether all of them are there and certified.
fn tell(game: &Game<'_>, found: AtPriors, session: &Session) -> Result<bool, Failure> {
    if found.results.is_empty() {
        return found.whole().map(|_| true);
    }
    let AtPriors { results, missing } = found;
    let (done, mut all_certified) = (results.len(), missing.is_empty());
    for result in results {
        game.sound(&result)?;
        all_certified &= result.certified();
        if session.json {
            record(result)?;
        } else {
            show(game, &result)?;
        }
    }
    if let Some((first, why)) = missing.first() {
        let why = why.stopped().map_or_else(|| why.to_string(), |stopped| stopped.to_string());
        let (last, all) = (missing.last().map_or(*first, |(last, _)| *last), done + missing.len());
        let which =
            if missing.len() == 1 { format!("prior {first}") } else { format!("priors between {first} and {last}") };
        let text = format!("stopped early: {why}; {} of {all} priors are missing: {which}", missing.len());
        // Lines of JSON are results.
        if session.json { eprintln!("{text}") } else { line(&text)? }
    }
    Ok(all_certified && !session.interrupted())
}

/// Refuses a sensitivity that is negative or not finite.
pub fn check_sensitivity(eta: Option<f64>) -> Result<(), Failure> {
    match eta.filter(|eta| !(eta.is_finite() && *eta >= 0.0)) {
        Some(eta) => Err(Failure::Usage(format!("--quantal: found {eta}, expected a finite number of at least 0"))),
        None => Ok(()),
    }
}

/// Refuses options of a search, which make no sense in the best-agent game.
pub fn refuse_search(search: &SearchRequest) -> Result<(), Failure> {
    match search.given() {
        Some(option) => {
            Err(Failure::Usage(format!("{option} is for --game all-agents; the best-agent game has no such option")))
        }
        None => Ok(()),
    }
}

/// All equilibria within a slack; if agents observe different signals, those that dynamics end in.
pub fn equilibrium<S: Sender<Communication: RecordedBelow>>(
    game: &Game<'_>,
    best_agent: &BestAgentGame<'_, S>,
    slack: f64,
    alignment: &AlignmentPart,
    session: &Session,
) -> Result<BestAgentEquilibria, Failure> {
    match best_agent.equilibria(slack) {
        Ok(found) => {
            let (exclusion, verdict) = game.proved(found.exclusion.certify(&game.instance))?;
            let (worst, best) = (profile(game, found.worst.proof, session)?, profile(game, found.best.proof, session)?);
            let exclusion = S::Communication::below(exclusion);
            let result = BestAgentEquilibria::exact(best_agent.full_information(), slack, worst, best, alignment);
            Ok(result.bounded((exclusion, &verdict), pairs(&found.intervals), session.certificates))
        }
        Err(EquilibriumError::DifferentSignals) => {
            let payoffs = best_agent.payoffs().map_err(|cause| failed(game, cause))?;
            let SimulatedEnds { slack, worst, best } = payoffs.simulated_ends(slack);
            Ok(BestAgentEquilibria::found(slack, profile(game, worst, session)?, profile(game, best, session)?))
        }
        Err(cause) => Err(failed(game, cause)),
    }
}

fn profile<C: Recorded>(game: &Game<'_>, proof: ProfileProof<C>, session: &Session) -> Result<ProfileResult, Failure> {
    let (certificate, verdict) = game.proved(C::offers(proof, &game.instance))?;
    Ok(ProfileResult::new(&game.instance, certificate, &verdict, session.certificates))
}

/// Intervals as pairs of end points.
fn pairs(intervals: &[ValueInterval]) -> Vec<(f64, f64)> {
    intervals.iter().map(|interval| (interval.from, interval.to)).collect()
}

/// A summary of equilibria in words.
pub fn summary(result: &BestAgentEquilibria, alignment: &AlignmentPart, reference: &Reference) -> Vec<String> {
    let stake = reference.stake();
    let number = |x: f64| beside(stake, x);
    let within = if result.slack > 0.0 { format!(" within {}", number(result.slack)) } else { String::new() };
    let mut lines = Vec::new();
    if result.exact {
        let values: Vec<String> =
            result.intervals.iter().flatten().take(SHOWN).map(|&(from, to)| range(stake, from, to)).collect();
        let more = result.intervals.as_ref().map_or(0, |all| all.len().saturating_sub(SHOWN));
        let more = if more > 0 { format!(", and {more} more") } else { String::new() };
        lines.push(format!("the user's value in equilibrium{within}: {}{more}", values.join(", ")));
    } else if result.eta.is_some() {
        lines.push(quantal::said(result, stake));
    } else {
        lines.push(format!(
            "the agents observe different signals, so not all equilibria are known; dynamics end between {} and {}, \
             where nobody gains more than {}",
            number(result.worst_user_value),
            number(result.best_user_value),
            number(result.slack)
        ));
    }
    if let Some(lower) = result.lower_bound {
        lines.push(format!("no equilibrium{within} leaves her less than {} (proved)", number(lower)));
    }
    let near = near(alignment, stake);
    let promise = result.bound.map_or_else(String::new, |bound| {
        let least = promised(bound, reference);
        format!(", which promises her {least} in every equilibrium{within}")
    });
    lines.push(format!("the user is {near} the agents' hull{promise}"));
    if result.exact && result.falls_short(alignment) {
        lines.push("the worst equilibrium is below what the hull promises, which is a bug in this program".into());
    }
    lines
}

/// The user's reference values in words.
pub fn told(reference: &Reference) -> String {
    let Reference { no_information, full_information, best_agent_full_information } = *reference;
    let stake = reference.stake();
    let number = |x: f64| beside(stake, x);
    let alone = best_agent_full_information
        .map_or_else(String::new, |most| format!(" (and from one agent alone at most {})", number(most)));
    format!(
        "{} with no information and {} with full information{alone}",
        number(no_information),
        number(full_information)
    )
}

/// A promise in words; less than her value with no information is no promise.
fn promised(bound: f64, reference: &Reference) -> String {
    let stake = reference.stake();
    if bound < reference.no_information - PROMISED * stake {
        "no more than no information".to_owned()
    } else {
        format!("at least {}", beside(stake, bound))
    }
}

/// The user's position relative to the agents' hull.
fn near(alignment: &AlignmentPart, stake: f64) -> String {
    let error = alignment.alignment.error;
    if error <= EXACT * stake { "in".to_owned() } else { format!("within {} of", number(error)) }
}

fn range(stake: f64, from: f64, to: f64) -> String {
    let (low, high) = (beside(stake, from), beside(stake, to));
    if low == high { low } else { format!("{low} to {high}") }
}

fn show(game: &Game<'_>, result: &EquilibriaResult) -> Result<(), Failure> {
    let EquilibriaResult { about, user_value, alignment, equilibrium, .. } = result;
    let GameEquilibria::BestAgent(equilibrium) = equilibrium else { return Ok(()) };
    let how = result.communication.map_or("", manner);
    let user = quantal::sensitive(equilibrium.eta);
    line(&format!("{} (prior {}): equilibria of the best-agent game{how}{user}", about.name, about.prior))?;
    line(&format!("the user gets {}", told(user_value)))?;
    let parties = std::iter::once(("the user".to_owned(), None))
        .chain(game.instance.agents.iter().enumerate().map(|(i, agent)| (agent.name.clone(), Some(i))));
    let stakes = stakes(&game.instance, about.prior);
    let rows = parties.map(|(name, agent)| {
        let stake = agent.map_or_else(|| user_value.stake(), |agent| stakes[agent + 1]);
        let number = |x: f64| beside(stake, x);
        let cell = |profile: &ProfileResult| agent.map_or(profile.user_value, |agent| profile.values[agent]);
        let regret = |profile: &ProfileResult| {
            agent.map_or_else(String::new, |agent| profile.regrets[agent].map_or_else(|| "no bound".into(), number))
        };
        let (worst, best) = (&equilibrium.worst, &equilibrium.best);
        vec![name, number(cell(worst)), regret(worst), number(cell(best)), regret(best)]
    });
    let [worst, best] = if equilibrium.exact {
        ["in the worst", "in the best"]
    } else {
        ["in the lowest found", "in the highest found"]
    };
    let header = ["", worst, "regret at most", best, "regret at most"];
    line(&table(&header, rows.collect()).to_string())?;
    for text in summary(equilibrium, alignment, user_value) {
        line(&text)?;
    }
    line(&format!("certified: {}", certified(equilibrium.certified)))
}
