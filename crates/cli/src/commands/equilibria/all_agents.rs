//! `suasion equilibria --game all-agents`, with one message from each agent or with conversations,
//! and the same in `suasion solve`.

use super::{near, promised, range, told};
use crate::commands::Game;
use crate::commands::converse::{Words, described, tree};
use crate::commands::failed;
use crate::commands::joint::{JointGame, starts};
use crate::failure::Failure;
use crate::output::{beside, certified, line, number, record, table};
use crate::session::Session;
use indicatif::ProgressBar;
use std::collections::BTreeMap;
use suasion_certificate::AllAgentsCertificate;
use suasion_equilibrium::{AllAgentsGame, AllAgentsSearch, ConversationGame, Found, FoundProfile};
use suasion_model::stakes;
use suasion_results::{
    AlignmentPart, AllAgentsEquilibria, EquilibriaRequest, EquilibriaResult, GameEquilibria, HeardProfile, Met,
    Provable, Reference, SearchRequest, Searched, observation,
};

/// The number of equilibria to show.
const SHOWN: usize = 12;
/// The largest number of rows of schemes to show.
const ROWS: usize = 40;

pub fn run(game: &Game<'_>, request: &EquilibriaRequest, session: &Session) -> Result<bool, Failure> {
    let search = rules(&request.search, request.slack)?;
    let bar = crate::progress::bar(game.priors.len() * search.starts, "starts");
    let mut all_certified = true;
    each(game, request, session, &bar, &mut |joint, result| {
        game.sound(&result)?;
        all_certified &= result.certified();
        bar.suspend(|| if session.json { record(result) } else { show(game, joint, &result) })
    })?;
    bar.finish_and_clear();
    Ok(all_certified && !session.interrupted())
}

/// Calls `tell` with the result at each prior.
pub fn each(
    game: &Game<'_>,
    request: &EquilibriaRequest,
    session: &Session,
    bar: &ProgressBar,
    tell: &mut dyn FnMut(&JointGame<'_>, EquilibriaResult) -> Result<(), Failure>,
) -> Result<(), Failure> {
    let search = rules(&request.search, request.slack)?;
    let protocol = game.protocol(&request.protocol)?;
    let for_whom = [
        (request.eta.is_some(), "0 with --quantal: such a user breaks no ties"),
        (protocol.is_some(), "0 in conversations"),
    ];
    if let Some((_, expected)) = for_whom.iter().find(|(given, _)| *given && search.margin > 0.0) {
        return Err(Failure::Usage(format!("--margin: found {}, expected {expected}", search.margin)));
    }
    if request.eta.is_some() && protocol.is_some() {
        let problem = "--quantal: equilibria of conversations are only for a rational user; `suasion converse --quantal` computes the values of given rules";
        return Err(Failure::Usage(problem.into()));
    }
    let alignment = game.alignment(request.slack, session)?;
    for prior in game.priors.clone() {
        let joint = match &protocol {
            Some(protocol) => {
                JointGame::conversations(prior, game.conversations(prior, protocol, &request.protocol, session)?)
            }
            None => once(game, prior, request.eta, session)?,
        };
        let found = equilibria(game, &joint, &search, &alignment, session, bar)?;
        let result = EquilibriaResult {
            about: game.about(prior),
            communication: None,
            user_value: game.heard_reference(prior, joint.eta())?,
            equilibrium: GameEquilibria::AllAgents(Box::new(found)),
            alignment: alignment.clone(),
        };
        tell(&joint, result)?;
        if session.interrupted() {
            break;
        }
    }
    Ok(())
}

/// The game with one message from each agent.
pub fn once<'a>(
    game: &'a Game<'_>,
    prior: usize,
    eta: Option<f64>,
    session: &Session,
) -> Result<JointGame<'a>, Failure> {
    let once = AllAgentsGame::new(&game.instance, prior, &session.settings);
    let once = once.and_then(|once| match eta {
        Some(eta) => once.quantal(eta),
        None => Ok(once),
    });
    once.map(|once| JointGame::once(prior, once)).map_err(|cause| failed(game, cause))
}

/// The search that the arguments request.
pub fn rules(search: &SearchRequest, slack: f64) -> Result<AllAgentsSearch, Failure> {
    let usual = AllAgentsSearch::default();
    let margin = search.margin.unwrap_or(usual.margin);
    if !(margin.is_finite() && margin >= 0.0) {
        let problem = format!("--margin: found {margin}, expected a finite number of at least 0");
        return Err(Failure::Usage(problem));
    }
    let starts = search.starts.unwrap_or(usual.starts);
    if starts == 0 {
        return Err(Failure::Usage("--starts: found 0, expected at least 1".into()));
    }
    Ok(AllAgentsSearch { starts, seed: search.seed.unwrap_or(usual.seed), slack, margin, ..usual })
}

/// Searches for equilibria.
pub fn equilibria(
    game: &Game<'_>,
    joint: &JointGame<'_>,
    search: &AllAgentsSearch,
    alignment: &AlignmentPart,
    session: &Session,
    bar: &ProgressBar,
) -> Result<AllAgentsEquilibria, Failure> {
    let found = joint.search(search, &|| bar.inc(1)).map_err(|cause| failed(game, cause))?;
    let Found { profiles, starts: count, unsettled, too_large, nearest, stopped } = found;
    let full = game.heard_reference(joint.prior(), joint.eta())?.full_information;
    let profile = |found: FoundProfile| {
        let switched = joint.switched(&found.certificate).map_err(|cause| failed(game, cause))?;
        let met = Met { switched, starts: starts(&found.starts), relaxed: !found.exact };
        let proved = (found.certificate, &found.verdict);
        Ok(HeardProfile::new(&game.instance, full, proved, alignment, met, session.certificates))
    };
    let profiles = profiles.into_iter().map(profile).collect::<Result<_, Failure>>()?;
    let searched = Searched {
        eta: joint.eta(),
        protocol: joint.protocol().cloned(),
        slack: search.slack,
        margin: search.margin,
        seed: search.seed,
        starts: count,
        unsettled,
        too_large,
        nearest,
        stopped: stopped.map(|stopped| stopped.to_string()),
    };
    Ok(AllAgentsEquilibria::new(searched, profiles))
}

/// A summary of equilibria in words.
pub fn summary(result: &AllAgentsEquilibria, alignment: &AlignmentPart, reference: &Reference) -> Vec<String> {
    let stake = reference.stake();
    let number = |x: f64| beside(stake, x);
    let within = if result.slack > 0.0 { format!(" within {}", number(result.slack)) } else { String::new() };
    let count = result.profiles.iter().filter(|profile| profile.certified).count();
    let mut lines = Vec::new();
    match (result.worst_user_value, result.best_user_value) {
        (Some(worst), Some(best)) => lines.push(format!(
            "found {count} equilibri{}{within} from {} starts (there may be others): the user gets {}",
            if count == 1 { "um" } else { "a" },
            result.starts,
            range(stake, worst, best)
        )),
        _ => lines.push(format!("no equilibrium{within} was found from {} starts", result.starts)),
    }
    if result.unsettled > 0 {
        let nearest = result.nearest.map_or_else(String::new, |nearest| {
            format!("; in the nearest profile, some agent gains {} by another scheme", number(nearest))
        });
        lines
            .push(format!("{} starts led to no equilibrium: the dynamics ended in a cycle{nearest}", result.unsettled));
    }
    if result.too_large > 0 {
        lines.push(format!("{} starts were given up: there were too many combinations of signals", result.too_large));
    }
    let unproved = result.profiles.len() - count;
    if unproved > 0 {
        lines.push(format!("{unproved} more profiles may be equilibria, but this is not proved"));
    }
    if result.profiles.iter().any(|profile| profile.relaxed && !profile.certified) {
        lines
            .push("the bounds on the agents' gains are relaxed: they allow agents more messages than they have".into());
    }
    let promise = result.bound.map_or_else(String::new, |bound| {
        format!(", which promises her {} in each of them", promised(bound, reference))
    });
    lines.push(format!("the user is {} the agents' hull{promise}", near(alignment, stake)));
    if count > 0 {
        let identical = result.profiles.iter().filter(|profile| profile.certified).all(|profile| profile.identical);
        lines.push(if identical {
            "whichever agent alone switches to full information, the outcome is exactly full information".into()
        } else {
            "if one agent alone switches to full information, the outcome is not always full information".into()
        });
    }
    lines.extend(result.stopped.iter().map(|stopped| format!("stopped early: {stopped}")));
    lines
}

fn show(game: &Game<'_>, joint: &JointGame<'_>, result: &EquilibriaResult) -> Result<(), Failure> {
    let EquilibriaResult { about, user_value, alignment, equilibrium, .. } = result;
    let GameEquilibria::AllAgents(equilibria) = equilibrium else { return Ok(()) };
    let whom = equilibria.eta.map_or_else(String::new, |eta| format!(" with a quantal user, eta = {}", number(eta)));
    let what = equilibria
        .protocol
        .as_ref()
        .map_or_else(|| "the all-agents game".into(), |protocol| format!("conversations of {}", described(protocol)));
    line(&format!("{} (prior {}): equilibria of {what}{whom}", about.name, about.prior))?;
    line(&format!("the user gets {}", told(user_value)))?;
    let (stakes, stake) = (stakes(&game.instance, about.prior), user_value.stake());
    let least = stakes.iter().skip(1).copied().fold(f64::INFINITY, f64::min);
    let certified_ones = equilibria.profiles.iter().filter(|profile| profile.certified);
    let rows = certified_ones.clone().take(SHOWN).map(|profile| {
        let user = |x: f64| beside(stake, x);
        let mut row = vec![user(profile.user_value), profile.bound.map_or_else(|| "-".into(), user)];
        row.extend(profile.values.iter().zip(&stakes[1..]).map(|(&value, &stake)| beside(stake, value)));
        let regret = profile.regrets.iter().copied().flatten().fold(0.0, f64::max);
        row.extend([beside(least, regret), most_of(profile.distances.iter().copied())]);
        row.push(profile.starts.values().sum::<usize>().to_string());
        row
    });
    let rows: Vec<Vec<String>> = rows.collect();
    if !rows.is_empty() {
        let names: Vec<&str> = game.instance.agents.iter().map(|agent| agent.name.as_str()).collect();
        let header =
            [&["user's value", "bound"][..], &names, &["regret at most", "delta at most", "starts"][..]].concat();
        line(&table(&header, rows).to_string())?;
        let more = certified_ones.clone().count().saturating_sub(SHOWN);
        if more > 0 {
            line(&format!("... and {more} more; --json prints all of them"))?;
        }
    }
    if let Some(worst) = certified_ones.clone().next() {
        match joint.conversation() {
            None => show_schemes(game, worst)?,
            Some(talk) => show_conversations(game, talk, worst)?,
        }
    }
    for text in summary(equilibria, alignment, user_value) {
        line(&text)?;
    }
    line(&format!("certified: {}", certified(equilibria.certified)))
}

/// The largest of some numbers of at least 0.
fn most_of(numbers: impl Iterator<Item = f64>) -> String {
    number(numbers.fold(0.0, f64::max))
}

/// Prints the schemes of a profile, a row per agent and signal, and the user's plan.
fn show_schemes(game: &Game<'_>, profile: &HeardProfile) -> Result<(), Failure> {
    if profile.schemes.len() > ROWS || profile.plan.len() > ROWS {
        return line("its schemes are too long to show; --json prints them");
    }
    line("the agents' schemes in the profile in which the user gets least:")?;
    let names = (0..game.instance.observations()).map(|x| observation(&game.instance, x));
    let states: Vec<String> = names.filter(|name| profile.schemes.iter().any(|row| row.state == *name)).collect();
    let mut rows: BTreeMap<(usize, usize), Vec<String>> = BTreeMap::new();
    for row in &profile.schemes {
        let agent = game.instance.agent(&row.agent).unwrap_or(0);
        let cells = rows.entry((agent, row.signal)).or_insert_with(|| {
            let mut cells = vec![row.agent.clone(), row.signal.to_string()];
            cells.extend(states.iter().map(|_| String::new()));
            cells
        });
        if let Some(place) = states.iter().position(|state| *state == row.state) {
            cells[2 + place] = number(row.probability);
        }
    }
    let titles: Vec<String> = states.iter().map(|state| format!("in {state}")).collect();
    let header: Vec<&str> = ["agent", "signal"].into_iter().chain(titles.iter().map(String::as_str)).collect();
    line(&table(&header, rows.into_values().collect()).to_string())?;
    let rows = profile.plan.iter().map(|row| {
        let heard: Vec<String> = row.signals.iter().map(ToString::to_string).collect();
        let known = row.of.iter().cloned();
        known.chain([heard.join(", "), row.action.clone()]).collect::<Vec<String>>()
    });
    if profile.plan.is_empty() {
        return Ok(());
    }
    let known = profile.plan.first().is_some_and(|row| row.of.is_some());
    let header: &[&str] = if known { &["she knows", "hears", "does"] } else { &["she hears", "does"] };
    line(&table(header, rows.collect()).to_string())
}

/// Prints the conversations of the profile in which the user gets least.
fn show_conversations(game: &Game<'_>, talk: &ConversationGame<'_>, profile: &HeardProfile) -> Result<(), Failure> {
    let Some(AllAgentsCertificate::Conversations(certificate)) = &profile.certificate else { return Ok(()) };
    let (rules, plan) = (&certificate.proof.rules, &certificate.proof.plan);
    let transcript = talk.transcript(rules, plan, ROWS).map_err(|cause| failed(game, cause))?;
    line("the conversations of the profile in which the user gets least:")?;
    let words = Words { instance: &game.instance, protocol: talk.protocol() };
    let lines = tree::indented(
        &game.instance,
        &words.tree(transcript),
        "save the result with --json, and `suasion converse --profile` prints the whole tree",
    );
    lines.iter().try_for_each(|text| line(text))
}
