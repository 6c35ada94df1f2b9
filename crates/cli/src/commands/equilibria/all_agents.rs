//! `suasion equilibria --game all-agents`, and the same within `suasion solve`.

use super::{failed, near, range};
use crate::arguments::{Equilibria, Search};
use crate::commands::Game;
use crate::failure::Failure;
use crate::output::{certified, json, line, number, table};
use crate::result::{AlignmentPart, JointEquilibria, JointProfile, JointResult, Reference, Saved, observation};
use crate::session::Session;
use indicatif::ProgressBar;
use std::collections::BTreeMap;
use suasion_equilibrium::{AllAgentsGame, AllAgentsSearch, Found, FoundProfile, StartKind};

/// How many equilibria are shown.
const SHOWN: usize = 12;
/// Schemes of so many rows are shown.
const ROWS: usize = 40;

pub fn run(arguments: &Equilibria, session: &Session) -> Result<bool, Failure> {
    let game = Game::read(&arguments.file)?;
    let priors = game.priors(arguments.prior)?;
    let search = rules(&arguments.search, arguments.slack)?;
    if arguments.quantal.is_some() && search.margin > 0.0 {
        let problem =
            format!("--margin: found {}, expected 0 with --quantal: such a user breaks no ties", search.margin);
        return Err(Failure::Usage(problem));
    }
    let alignment = game.alignment(arguments.slack, session)?;
    let bar = crate::progress::bar(priors.len() * search.starts, "starts");
    let mut all_certified = true;
    for prior in priors {
        let all_agents = AllAgentsGame::new(&game.instance, prior, &session.settings).and_then(|all_agents| {
            match arguments.quantal {
                Some(eta) => all_agents.quantal(eta),
                None => Ok(all_agents),
            }
        });
        let all_agents = all_agents.map_err(|cause| failed(&game, cause))?;
        let result = JointResult {
            about: game.about(prior),
            user_value: Reference {
                no_information: all_agents.no_information(),
                full_information: all_agents.full_information(),
            },
            equilibria: equilibria(&game, &all_agents, &search, &alignment, session, &bar)?,
            alignment: alignment.clone(),
        };
        all_certified &= result.equilibria.certified && alignment.certified;
        if session.json {
            bar.suspend(|| json(&Saved::AllAgents(result)))?;
        } else {
            bar.suspend(|| show(&game, &result))?;
        }
        if session.interrupted() {
            break;
        }
    }
    bar.finish_and_clear();
    Ok(all_certified && !session.interrupted())
}

/// The search that the arguments ask for.
pub fn rules(search: &Search, slack: f64) -> Result<AllAgentsSearch, Failure> {
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

/// The equilibria that are found.
pub fn equilibria(
    game: &Game<'_>,
    all_agents: &AllAgentsGame<'_>,
    search: &AllAgentsSearch,
    alignment: &AlignmentPart,
    session: &Session,
    bar: &ProgressBar,
) -> Result<JointEquilibria, Failure> {
    let found = all_agents.search(search, &|| bar.inc(1)).map_err(|cause| failed(game, cause))?;
    let Found { profiles, starts, unsettled, too_large, nearest, stopped } = found;
    let profile = |found: FoundProfile| {
        let starts = found.starts.iter().map(|(&kind, &count)| (name(kind).to_owned(), count)).collect();
        let kept = (starts, session.certificates);
        JointProfile::new(&game.instance, all_agents, found.certificate, &found.verdict, alignment, kept)
    };
    let result = JointEquilibria {
        game: "all-agents".into(),
        exact: false,
        eta: all_agents.eta(),
        slack: search.slack,
        margin: search.margin,
        seed: search.seed,
        starts,
        unsettled,
        too_large,
        nearest,
        worst_user_value: None,
        best_user_value: None,
        bound: None,
        profiles: profiles.into_iter().map(profile).collect(),
        certified: false,
        stopped: stopped.map(|stopped| stopped.to_string()),
    };
    Ok(result.assembled())
}

fn name(kind: StartKind) -> &'static str {
    match kind {
        StartKind::Uninformative => "uninformative",
        StartKind::Full => "full",
        StartKind::Monopoly => "monopoly",
        StartKind::Adversarial => "adversarial",
        StartKind::Random => "random",
    }
}

/// What there is to say of equilibria in words.
pub fn summary(result: &JointEquilibria, alignment: &AlignmentPart) -> Vec<String> {
    let within = if result.slack > 0.0 { format!(" within {}", number(result.slack)) } else { String::new() };
    let count = result.profiles.iter().filter(|profile| profile.certified).count();
    let mut lines = Vec::new();
    match (result.worst_user_value, result.best_user_value) {
        (Some(worst), Some(best)) => lines.push(format!(
            "found {count} equilibri{}{within} from {} starts (there may be others): the user gets {}",
            if count == 1 { "um" } else { "a" },
            result.starts,
            range(worst, best)
        )),
        _ => lines.push(format!("no equilibrium{within} was found from {} starts", result.starts)),
    }
    if result.unsettled > 0 {
        let nearest = result.nearest.map_or_else(String::new, |nearest| {
            format!("; the nearest that they came: some agent gains {} by another scheme", number(nearest))
        });
        lines.push(format!("{} starts led to none: dynamics went round in a cycle{nearest}", result.unsettled));
    }
    if result.too_large > 0 {
        lines.push(format!(
            "{} starts were given up: there were too many combinations of signals to look at",
            result.too_large
        ));
    }
    let unproved = result.profiles.len() - count;
    if unproved > 0 {
        lines.push(format!("{unproved} more profiles may be equilibria, but the proof is not good enough"));
    }
    let promise = result
        .bound
        .map_or_else(String::new, |bound| format!(", which promises her at least {} in each of them", number(bound)));
    lines.push(format!("the user is {} the agents' hull{promise}", near(alignment)));
    if count > 0 {
        let identical = result.profiles.iter().filter(|profile| profile.certified).all(|profile| profile.identical);
        lines.push(if identical {
            "whichever agent alone switches to telling all, what happens is full information exactly".into()
        } else {
            "if one agent alone switches to telling all, what happens is not always full information".into()
        });
    }
    lines.extend(result.stopped.iter().map(|stopped| format!("stopped early: {stopped}")));
    lines
}

fn show(game: &Game<'_>, result: &JointResult) -> Result<(), Failure> {
    let JointResult { about, user_value, alignment, equilibria } = result;
    let whom = equilibria.eta.map_or_else(String::new, |eta| format!(" with a quantal user, eta = {}", number(eta)));
    line(&format!("{} (prior {}): equilibria of the all-agents game{whom}", about.name, about.prior))?;
    line(&format!(
        "the user gets {} with no information and {} with full information",
        number(user_value.no_information),
        number(user_value.full_information)
    ))?;
    let certified_ones = equilibria.profiles.iter().filter(|profile| profile.certified);
    let rows = certified_ones.clone().take(SHOWN).map(|profile| {
        let mut row = vec![number(profile.user_value), profile.bound.map_or_else(|| "-".into(), number)];
        row.extend(profile.values.iter().map(|&value| number(value)));
        row.extend([most_of(profile.regrets.iter().copied().flatten()), most_of(profile.distances.iter().copied())]);
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
            line(&format!("... and {more} more; --json prints every one"))?;
        }
    }
    if let Some(worst) = certified_ones.clone().next() {
        show_schemes(game, worst)?;
    }
    for text in summary(equilibria, alignment) {
        line(&text)?;
    }
    line(&format!("certified: {}", certified(equilibria.certified)))
}

/// The largest of some numbers of at least 0.
fn most_of(numbers: impl Iterator<Item = f64>) -> String {
    number(numbers.fold(0.0, f64::max))
}

/// The schemes of a profile, a row per agent and signal, and the user's plan.
fn show_schemes(game: &Game<'_>, profile: &JointProfile) -> Result<(), Failure> {
    if profile.schemes.len() > ROWS || profile.plan.len() > ROWS {
        return line("its schemes are long; --json prints them");
    }
    line("what agents say where the user gets least:")?;
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
