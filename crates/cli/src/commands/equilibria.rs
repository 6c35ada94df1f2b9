//! `suasion equilibria`, and the equilibria within `suasion solve`.

pub mod all_agents;
pub mod quantal;

use super::Game;
use super::typed::{Typed, manner};
use crate::arguments::{Equilibria, PlayedName, Search};
use crate::failure::Failure;
use crate::output::{beside, certified, json, line, number, table};
use crate::result::{
    AlignmentPart, BelowCertificate, EquilibriaResult, EquilibriumResult, Offers, ProfileResult, Reference, Saved,
    below,
};
use crate::session::Session;
use indicatif::ProgressBar;
use rayon::prelude::*;
use suasion_certificate::{Rules, Verdict};
use suasion_equilibrium::{
    BestAgentGame, Compete, Dynamics, EquilibriumError, Interval, Payoffs, Run, Start, TalkGame, bound, stakes,
};
use suasion_persuasion::{Conversations, Menus};

/// What means nothing in the all-agents game, and what is meant.
pub const ONE_MESSAGE: &str = "--conversation is for --game best-agent; in the all-agents game every agent sends one message, or with `equilibria --rounds` they converse in rounds";
/// How many intervals are shown.
const SHOWN: usize = 12;
/// Relative to what is at stake for the user: an error of alignment below this is rounding.
const EXACT: f64 = 1e-12;
/// And so is what a promise lacks of her value without information.
const PROMISED: f64 = 1e-9;
/// How many random starts there are where equilibria are looked for by dynamics.
const RANDOM_STARTS: u64 = 16;

pub fn run(arguments: &Equilibria, session: &Session) -> Result<bool, Failure> {
    check(arguments)?;
    let game = Game::read(&arguments.file)?;
    match arguments.game {
        PlayedName::AllAgents => all_agents::run(&game, arguments, session),
        PlayedName::BestAgent => {
            let bar = crate::progress::bar(game.priors(arguments.prior)?.len(), "priors");
            let found = best_agent(&game, arguments, session, &bar)?;
            bar.finish_and_clear();
            tell(&game, found, session)
        }
    }
}

/// Refuses options that mean nothing together.
pub fn check(arguments: &Equilibria) -> Result<(), Failure> {
    if !(arguments.slack.is_finite() && arguments.slack >= 0.0) {
        let problem = format!("--slack: found {}, expected a finite number of at least 0", arguments.slack);
        return Err(Failure::Usage(problem));
    }
    check_sensitivity(arguments.quantal)?;
    match arguments.game {
        PlayedName::AllAgents if arguments.how.conversation => Err(Failure::Usage(ONE_MESSAGE.into())),
        PlayedName::AllAgents => all_agents::rules(&arguments.search, arguments.slack).map(drop),
        PlayedName::BestAgent => {
            refuse_search(&arguments.search)?;
            arguments.talking.refuse("in --game all-agents")
        }
    }
}

/// Everything that `equilibria` says of an instance.
pub fn saved(game: &Game<'_>, arguments: &Equilibria, session: &Session) -> Result<Vec<Saved>, Failure> {
    let bar = ProgressBar::hidden();
    if arguments.game == PlayedName::BestAgent {
        let results = best_agent(game, arguments, session, &bar)?.whole()?;
        return Ok(results.into_iter().map(|result| Saved::Equilibria(Box::new(result))).collect());
    }
    let mut results = vec![];
    all_agents::each(game, arguments, session, &bar, &mut |_, result| {
        results.push(Saved::AllAgents(result));
        Ok(())
    })?;
    Ok(results)
}

/// What is found at some priors, and what is not, since a limit ended the work or the user did.
pub struct AtPriors {
    results: Vec<EquilibriaResult>,
    /// The priors that are missing, in increasing order, and why.
    missing: Vec<(usize, Failure)>,
}

impl AtPriors {
    /// Puts together what came of each prior. What failed for another reason fails as a whole.
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

    /// All results, if there are all.
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
    arguments: &Equilibria,
    session: &Session,
    bar: &ProgressBar,
) -> Result<AtPriors, Failure> {
    if let Some(eta) = arguments.quantal {
        return quantal::results(game, arguments, eta, session, bar);
    }
    let priors = game.priors(arguments.prior)?;
    let rules = game.rules(&arguments.how);
    // Where agents observe different signals, nothing is promised within a slack.
    let within = if game.instance.agents_share_information() { arguments.slack } else { 0.0 };
    let alignment = game.alignment(within, session)?;
    let solve = |prior| {
        let solved = match rules {
            None => BestAgentGame::new(&game.instance, prior, &session.settings)
                .map_err(|cause| failed(game, cause))
                .and_then(|best_agent| equilibrium(game, &best_agent, arguments.slack, &alignment, session)),
            Some(Rules::Menu) => game
                .talk_game::<Menus>(prior, &session.settings)
                .map_err(|cause| failed(game, cause))
                .and_then(|talk| typed_equilibrium(game, &talk, arguments.slack, &alignment, session)),
            Some(Rules::Conversation) => game
                .talk_game::<Conversations>(prior, &session.settings)
                .map_err(|cause| failed(game, cause))
                .and_then(|talk| typed_equilibrium(game, &talk, arguments.slack, &alignment, session)),
        };
        bar.inc(1);
        Ok(EquilibriaResult {
            about: game.about(prior),
            rules,
            user_value: game.reference(prior)?,
            alignment: alignment.clone(),
            equilibrium: solved?,
        })
    };
    AtPriors::gathered(priors.into_par_iter().map(|prior| (prior, solve(prior))).collect())
}

/// Prints results, and says whether all of them are there and certified.
fn tell(game: &Game<'_>, found: AtPriors, session: &Session) -> Result<bool, Failure> {
    if found.results.is_empty() {
        return found.whole().map(|_| true);
    }
    let AtPriors { results, missing } = found;
    let (done, mut all_certified) = (results.len(), missing.is_empty());
    for result in results {
        game.sound(result.about.prior, &result)?;
        let result = Saved::Equilibria(Box::new(result));
        all_certified &= result.certified();
        if session.json {
            json(&result)?;
        } else if let Saved::Equilibria(result) = &result {
            show(game, result)?;
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

/// Whether a user may be so sensitive.
pub fn check_sensitivity(eta: Option<f64>) -> Result<(), Failure> {
    match eta.filter(|eta| !(eta.is_finite() && *eta >= 0.0)) {
        Some(eta) => Err(Failure::Usage(format!("--quantal: found {eta}, expected a finite number of at least 0"))),
        None => Ok(()),
    }
}

/// The options of a search mean nothing in the best-agent game.
pub fn refuse_search(search: &Search) -> Result<(), Failure> {
    let given = [
        ("--starts", search.starts.is_some()),
        ("--seed", search.seed.is_some()),
        ("--margin", search.margin.is_some()),
    ];
    match given.into_iter().find(|(_, given)| *given) {
        Some((option, _)) => Err(Failure::Usage(format!(
            "{option} is for --game all-agents; equilibria of the best-agent game are not looked for from starts of choice"
        ))),
        None => Ok(()),
    }
}

pub fn failed(game: &Game<'_>, cause: EquilibriumError) -> Failure {
    match cause {
        EquilibriumError::View(cause) => Failure::View { file: game.file.into(), cause },
        cause => Failure::Equilibrium { file: game.file.into(), cause },
    }
}

/// All equilibria within a slack; where agents observe different signals, those that dynamics end in.
pub fn equilibrium(
    game: &Game<'_>,
    best_agent: &BestAgentGame<'_>,
    slack: f64,
    alignment: &AlignmentPart,
    session: &Session,
) -> Result<EquilibriumResult, Failure> {
    match best_agent.equilibria(slack) {
        Ok(found) => {
            let (exclusion, verdict) = game.proved(found.exclusion.certify(&game.instance))?;
            let (worst, best) = (profile(game, found.worst.proof, session)?, profile(game, found.best.proof, session)?);
            let result = assembled(best_agent.full_information(), slack, worst, best, alignment);
            Ok(bounded(result, BelowCertificate::Plain(exclusion), &verdict, &found.intervals, session))
        }
        Err(EquilibriumError::DifferentSignals) => {
            simulated(game, &best_agent.payoffs().map_err(|cause| failed(game, cause))?, slack, session)
        }
        Err(cause) => Err(failed(game, cause)),
    }
}

/// The same against a user who knows something by herself.
pub fn typed_equilibrium<T: Typed>(
    game: &Game<'_>,
    talk: &TalkGame<'_, T>,
    slack: f64,
    alignment: &AlignmentPart,
    session: &Session,
) -> Result<EquilibriumResult, Failure> {
    match talk.equilibria(slack) {
        Ok(found) => {
            let (worst, best) = (profile(game, found.worst.proof, session)?, profile(game, found.best.proof, session)?);
            let (exclusion, verdict) = game.proved(found.exclusion.certify(&game.instance))?;
            let result = assembled(talk.rational_full_information(), slack, worst, best, alignment);
            Ok(bounded(result, BelowCertificate::Typed(exclusion), &verdict, &found.intervals, session))
        }
        Err(EquilibriumError::DifferentSignals) => simulated(game, &talk.payoffs(), slack, session),
        Err(cause) => Err(failed(game, cause)),
    }
}

fn profile(game: &Game<'_>, proof: impl Offers, session: &Session) -> Result<ProfileResult, Failure> {
    let (certificate, verdict) = game.proved(proof.certified(&game.instance))?;
    Ok(ProfileResult::new(&game.instance, certificate, &verdict, session.certificates))
}

/// Adds that there is no equilibrium below, and all that there are.
fn bounded(
    mut result: EquilibriumResult,
    exclusion: BelowCertificate,
    verdict: &Verdict,
    intervals: &[Interval],
    session: &Session,
) -> EquilibriumResult {
    result.certified &= verdict.certified();
    result.lower_bound = Some(exclusion.claims().lower_bound);
    result.exclusion = session.certificates.then_some(exclusion);
    result.intervals = Some(intervals.iter().map(|interval| (interval.from, interval.to)).collect());
    result
}

/// The worst and the best of what dynamics end in.
fn simulated<T: Compete>(
    game: &Game<'_>,
    payoffs: &Payoffs<'_, T>,
    slack: f64,
    session: &Session,
) -> Result<EquilibriumResult, Failure>
where
    T::Proof: Offers,
{
    let starts = [(Start::Monopoly, 1), (Start::Uninformative, 1), (Start::Full, 1), (Start::Random, RANDOM_STARTS)];
    let runs: Vec<Run> = starts
        .into_iter()
        .flat_map(|(start, runs)| (0..runs).map(move |run| (start, run)))
        .map(|(start, run)| payoffs.run(&Dynamics { start, ..Dynamics::default() }, run))
        .collect();
    let by_value = |l: &&Run, r: &&Run| l.user_value.total_cmp(&r.user_value);
    let (Some(worst), Some(best)) = (runs.iter().min_by(by_value), runs.iter().max_by(by_value)) else {
        return Err(failed(game, EquilibriumError::DifferentSignals));
    };
    let gained = slack.max(payoffs.slack(worst)).max(payoffs.slack(best));
    let (worst, best) = (payoffs.proof(worst), payoffs.proof(best));
    Ok(found_by_dynamics(gained, profile(game, worst, session)?, profile(game, best, session)?))
}

/// What follows from the worst and the best of some equilibria.
pub fn assembled(
    full: f64,
    slack: f64,
    worst: ProfileResult,
    best: ProfileResult,
    alignment: &AlignmentPart,
) -> EquilibriumResult {
    let regrets = vec![slack; worst.regrets.len()];
    let promised = bound(full, alignment.alignment.error, &alignment.alignment.weights, &regrets);
    // That an equilibrium falls short of it would be a fault of this program.
    let kept = !falls_short(promised, slack, &worst, alignment);
    EquilibriumResult {
        game: "best-agent".into(),
        exact: true,
        eta: None,
        slack,
        regret: largest_regret([&worst, &best]),
        worst_user_value: worst.user_value,
        best_user_value: best.user_value,
        bound: Some(promised),
        lower_bound: None,
        intervals: None,
        certified: worst.certified && best.certified && kept,
        worst,
        best,
        exclusion: None,
    }
}

/// The largest regret of two profiles; none where one is not bounded.
fn largest_regret(profiles: [&ProfileResult; 2]) -> Option<f64> {
    let regrets: Option<Vec<f64>> = profiles.into_iter().flat_map(|profile| profile.regrets.iter().copied()).collect();
    regrets.map(|regrets| regrets.into_iter().fold(0.0, f64::max))
}

/// Whether a profile leaves the user less than the hull promises within a slack. Agents may gain a little more than the slack, as far as is allowed, and the
/// promise is less by that.
fn falls_short(promised: f64, slack: f64, profile: &ProfileResult, alignment: &AlignmentPart) -> bool {
    let more = |regret: &Option<f64>| regret.map_or(f64::INFINITY, |regret| (regret - slack).max(0.0));
    let weights = &alignment.alignment.weights;
    let over: f64 = profile.regrets.iter().zip(weights).filter(|(_, w)| **w > 0.0).map(|(r, w)| w * more(r)).sum();
    below(profile.user_value, promised - over, &profile.values, alignment)
}

/// What follows from the worst and the best of the profiles that dynamics end in, where agents observe different signals: no bound, since
/// it rests on every agent's being able to reveal the same.
pub fn found_by_dynamics(slack: f64, worst: ProfileResult, best: ProfileResult) -> EquilibriumResult {
    EquilibriumResult {
        game: "best-agent".into(),
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

/// What there is to say of equilibria in words.
pub fn summary(result: &EquilibriumResult, alignment: &AlignmentPart, reference: &Reference) -> Vec<String> {
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
    if result.exact && result.bound.is_some_and(|bound| falls_short(bound, result.slack, &result.worst, alignment)) {
        lines.push("the worst equilibrium is below what the hull promises, which is a fault of this program".into());
    }
    lines
}

/// What the user gets without and with information.
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

/// A promise, in words: less than what she gets without any information is none.
fn promised(bound: f64, reference: &Reference) -> String {
    let stake = reference.stake();
    if bound < reference.no_information - PROMISED * stake {
        "no more than no information".to_owned()
    } else {
        format!("at least {}", beside(stake, bound))
    }
}

/// Where the user is, as seen from the agents' hull.
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
    let how = manner(result.rules);
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
