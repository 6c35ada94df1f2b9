//! `suasion converse`.

mod profile;
pub mod tree;
mod words;

use super::Game;
use super::equilibria::check_sensitivity;
use super::failed;
use crate::arguments::{Converse, UserRuleName};
use crate::failure::Failure;
use crate::output::{json, line, number, table};
use crate::session::Session;
use clap::ValueEnum;

pub use profile::{Asked, described};
use suasion_equilibrium::{ConversationGame, EquilibriumError, Ties};
use suasion_model::{ConversationPlan, ConversationRule, Protocol};
use suasion_results::{Format, Reference};
pub use words::Words;
use words::{Conversation, ConverseResult, Drawn, Tree, Values};

/// The largest number of conversations to draw.
const MOST_SAMPLES: usize = 1_000_000_000;

pub fn run(arguments: &Converse, session: &Session) -> Result<bool, Failure> {
    let game = Game::read_at(&arguments.file, arguments.prior)?;
    let priors = game.priors.clone();
    check_sensitivity(arguments.quantal)?;
    if !(1..=MOST_SAMPLES).contains(&arguments.samples) {
        let problem = format!("--samples: found {}, expected from 1 to {MOST_SAMPLES}", arguments.samples);
        return Err(Failure::Usage(problem));
    }
    if arguments.tree_nodes == 0 {
        return Err(Failure::Usage("--tree-nodes: found 0, expected at least 1".into()));
    }
    let asked = Asked::read(&arguments.profile, arguments.which, &game)?;
    let protocol = asked.protocol(&arguments.profile, &arguments.talking.request(), &game)?;
    for prior in priors {
        let talk = game.conversations(prior, &protocol, &arguments.talking.request(), session)?;
        let (rules, plan) = asked.profile(&talk);
        let refused = |cause| match cause {
            EquilibriumError::Plan { .. } | EquilibriumError::Rule { .. } => {
                Failure::Bad { file: arguments.profile.clone(), problem: cause.to_string() }
            }
            cause => failed(&game, cause),
        };
        let rules = talk.checked(rules).map_err(refused)?;
        let result = result(&game, arguments, prior, &talk, &protocol, &rules, plan).map_err(refused)?;
        if session.json {
            json(&result)?;
        } else {
            show(&game, arguments, &result)?;
        }
        if session.interrupted() {
            return Ok(false);
        }
    }
    Ok(true)
}

fn result(
    game: &Game<'_>,
    arguments: &Converse,
    prior: usize,
    talk: &ConversationGame<'_>,
    protocol: &Protocol,
    rules: &[ConversationRule],
    plan: Option<ConversationPlan>,
) -> Result<ConverseResult, EquilibriumError> {
    let words = Words { instance: &game.instance, protocol };
    let user_rule = arguments.user_rule.unwrap_or(UserRuleName::Silent);
    let word = user_rule.to_possible_value().map(|value| value.get_name().to_owned());
    let mut result = ConverseResult {
        format: Format,
        kind: "converse",
        about: game.about(prior),
        protocol: protocol.clone(),
        profile: arguments.profile.clone(),
        eta: arguments.quantal,
        user_rule: arguments.quantal.and(word),
        user_value: Reference::new(talk.no_information(), talk.full_information()),
        exact: Values { user: 0.0, agents: vec![] },
        best_response: None,
        sample: None,
        tree: None,
    };
    if let Some(eta) = arguments.quantal {
        result.exact = talk.quantal_worth(rules, user_rule.rule(), eta)?.into();
        return Ok(result);
    }
    let (best, worth) = talk.respond(rules, Ties::First);
    result.best_response = Some(worth.user);
    result.exact = plan.as_ref().map_or(Ok(worth), |plan| talk.worth(rules, plan))?.into();
    let plan = plan.unwrap_or(best);
    if arguments.tree || arguments.dot {
        result.tree = Some(words.tree(talk.transcript(rules, &plan, arguments.tree_nodes)?));
    }
    if !arguments.dot {
        let sample = talk.sample(rules, &plan, arguments.seed, arguments.samples, arguments.show)?;
        result.sample = Some(words.drawn(&sample, arguments.seed));
    }
    Ok(result)
}

fn show(game: &Game<'_>, arguments: &Converse, result: &ConverseResult) -> Result<(), Failure> {
    if let Some(tree) = result.tree.as_ref().filter(|_| arguments.dot) {
        return line(&tree::graphviz(&game.instance, tree));
    }
    let ConverseResult { about, user_value, .. } = result;
    line(&format!("{} (prior {}): conversations of {}", about.name, about.prior, described(&result.protocol)))?;
    line(&format!(
        "the user gets {} with no information and {} with full information",
        number(user_value.no_information),
        number(user_value.full_information)
    ))?;
    values(game, result)?;
    if let (Some(eta), Some(rule)) = (result.eta, &result.user_rule) {
        line(&format!("she is quantal: she speaks by the rule {rule} and acts with eta = {}", number(eta)))?;
    }
    if let Some(best) = result.best_response.filter(|best| *best > result.exact.user + 1e-9 * (1.0 + best.abs())) {
        line(&format!("her plan is not optimal: the best plan would give her {}", number(best)))?;
    }
    show_tree(game, result.tree.as_ref())?;
    match &result.sample {
        Some(sample) if result.tree.is_none() => conversations(game, sample),
        _ => Ok(()),
    }
}

/// Prints the values of all parties, exactly and as averages.
fn values(game: &Game<'_>, result: &ConverseResult) -> Result<(), Failure> {
    let row = |name: String, values: &Values| {
        let numbers = std::iter::once(values.user).chain(values.agents.iter().copied());
        std::iter::once(name).chain(numbers.map(number)).collect::<Vec<String>>()
    };
    let mut rows = vec![row("exactly".into(), &result.exact)];
    if let Some(sample) = &result.sample {
        rows.push(row(format!("mean of {}", sample.count), &sample.mean));
        rows.push(row("standard error".into(), &sample.standard_error));
    }
    let instance = &game.instance;
    let names = std::iter::once(&instance.user).chain(&instance.agents).map(|party| party.name.as_str());
    let header: Vec<&str> = std::iter::once("value").chain(names).collect();
    line(&table(&header, rows).to_string())
}

fn show_tree(game: &Game<'_>, tree: Option<&Tree>) -> Result<(), Failure> {
    let lines = tree
        .map(|tree| tree::indented(&game.instance, tree, "--tree-nodes says how many are printed"))
        .unwrap_or_default();
    lines.iter().try_for_each(|text| line(text))
}

/// Prints some conversations in full.
fn conversations(game: &Game<'_>, sample: &Drawn) -> Result<(), Failure> {
    for (number, conversation) in sample.conversations.iter().enumerate() {
        show_conversation(game, number + 1, conversation)?;
    }
    Ok(())
}

fn show_conversation(game: &Game<'_>, count: usize, conversation: &Conversation) -> Result<(), Failure> {
    let (instance, user) = (&game.instance, &game.instance.user.name);
    let known = conversation.of.as_ref().map(|of| format!("{user} knows {of}"));
    let sees = instance.agents.iter().zip(&conversation.observations).map(|(a, seen)| format!("{} {seen}", a.name));
    let sees = format!("observed: {}", sees.collect::<Vec<_>>().join(", "));
    let all = std::iter::once(format!("the state is {}", conversation.state)).chain(known).chain([sees]);
    line(&format!("conversation {count}: {}", all.collect::<Vec<_>>().join("; ")))?;
    for (number, round) in conversation.rounds.iter().enumerate() {
        line(&format!("  round {}", number + 1))?;
        for (i, agent) in instance.agents.iter().enumerate() {
            if let Some(messages) = &round.messages {
                line(&format!("    {user} to {}: {}", agent.name, messages[i]))?;
            }
            line(&format!("    {} to {user}: {}", agent.name, round.answers[i]))?;
        }
    }
    let gets = std::iter::once(&conversation.utility.user).chain(&conversation.utility.agents).map(|&u| number(u));
    let names = std::iter::once(&instance.user).chain(&instance.agents);
    let gets = names.zip(gets).map(|(party, gets)| format!("{} {gets}", party.name)).collect::<Vec<_>>();
    line(&format!("  {user} does {}; utilities: {}", conversation.action, gets.join(", ")))
}
