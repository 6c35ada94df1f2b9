//! `suasion persuade --rounds`: an agent's best conversation rule against the others'.

use crate::arguments::Persuade;
use crate::commands::Game;
use crate::commands::converse::{Asked, described, tree};
use crate::commands::equilibria::failed;
use crate::failure::Failure;
use crate::output::{certified, json, line, number};
use crate::result::{Replied, ReplyResult, Saved, Words};
use crate::session::Session;
use suasion_certificate::{ConversationRulesProof, ProofError, ReplyNode};
use suasion_equilibrium::{ConversationGame, EquilibriumError, HeuristicReply};
use suasion_model::ConversationRule;

/// So many nodes of what is said are shown.
const SHOWN: usize = 60;
/// The heuristic has so many random starts at most, and fewer where all of them together would look at more nodes than this.
const STARTS: usize = 20;
const LOOKED_AT: f64 = 400_000.0;

pub fn reply(game: &Game<'_>, arguments: &Persuade, session: &Session) -> Result<bool, Failure> {
    let agent = game.agent(&arguments.one)?;
    let against = arguments.against.as_deref().unwrap_or("silence");
    let mut all_certified = true;
    for prior in game.priors(arguments.one.prior)? {
        let asked = Asked::read(against, 1, game)?;
        let protocol = asked.protocol(against, &arguments.talking, game)?;
        let talk = game.conversations(prior, &protocol, &arguments.talking, session)?;
        let (rules, _) = asked.profile(&talk);
        let mut rules = talk.checked(rules).map_err(|cause| failed(game, cause))?;
        let (best, tree, replied) =
            best(&talk, agent, &rules, (against, arguments.quick), game.instance.types(), session)
                .map_err(|cause| failed(game, cause))?;
        rules[agent] = best.rule;
        let mut replies = vec![vec![]; rules.len()];
        replies[agent] = tree;
        let proof = ConversationRulesProof { prior, slack: 0.0, protocol, rules, plan: best.plan, replies };
        let (certificate, verdict) = game.proved(proof.certify(&game.instance))?;
        let proof = &certificate.proof;
        let transcript = talk.transcript(&proof.rules, &proof.plan, SHOWN).map_err(|cause| failed(game, cause))?;
        let words = Words { instance: &game.instance, protocol: &proof.protocol };
        let more = "saved with --json, `suasion converse --profile` tells all";
        let lines = tree::indented(&game.instance, &words.tree(transcript), more);
        let (about, kept) = (game.about(prior), session.certificates);
        let result = ReplyResult::new(about, &game.instance, agent, (certificate, &verdict), replied, kept);
        game.sound(prior, &result)?;
        all_certified &= result.certified;
        if session.json {
            json(&Saved::Reply(result))?;
        } else {
            show(&result, &lines)?;
        }
        if session.interrupted() {
            break;
        }
    }
    Ok(all_certified && !session.interrupted())
}

/// The best rule, with what bounds all others: nothing, where a heuristic was asked for, or the program would be too large.
fn best(
    talk: &ConversationGame<'_>,
    agent: usize,
    rules: &[ConversationRule],
    (against, quick): (&str, bool),
    types: usize,
    session: &Session,
) -> Result<(HeuristicReply, Vec<ReplyNode>, Replied), EquilibriumError> {
    let against = against.to_owned();
    let by_search = |stopped| {
        let nodes = talk.protocol().size(rules.len(), types).nodes;
        let starts = ((LOOKED_AT / nodes) as usize).min(STARTS);
        let found = talk.reply_from_starts(agent, rules, starts, 0)?;
        Ok((found, vec![], Replied { against: against.clone(), relaxed: true, heuristic: true, stopped }))
    };
    if quick {
        return by_search(None);
    }
    match talk.reply(agent, rules, &session.settings) {
        Ok(reply) => {
            let stopped = reply.stopped.map(|stopped| stopped.to_string());
            let heuristic = reply.tree.is_empty();
            let replied = Replied { against: against.clone(), relaxed: !reply.exact, heuristic, stopped };
            let (rule, plan, value) = (reply.rule, reply.plan, reply.value);
            Ok((HeuristicReply { rule, plan, value }, reply.tree, replied))
        }
        Err(EquilibriumError::Refused(refusal @ ProofError::TooLarge { .. })) => by_search(Some(refusal.to_string())),
        Err(other) => Err(other),
    }
}

fn show(result: &ReplyResult, lines: &[String]) -> Result<(), Failure> {
    let ReplyResult { about, agent, protocol, against, .. } = result;
    let others = match (result.values.len(), against.as_str()) {
        (1, _) => String::new(),
        (_, "silence") => ", while the others are silent".into(),
        (_, "revelation") => ", while the others tell all".into(),
        (_, file) => format!(", while the others answer as in {file}"),
    };
    let what = if result.heuristic { "a good conversation rule" } else { "the best conversation rule" };
    line(&format!("{} (prior {}): {what} of {agent}{others}", about.name, about.prior))?;
    line(&format!("conversations of {}", described(protocol)))?;
    lines.iter().try_for_each(|text| line(text))?;
    let gap = result.upper_bound - result.agent_value;
    let bound = match (result.heuristic, result.relaxed) {
        (true, _) => "found by a heuristic; at most",
        (false, true) => "if it could say more, at most",
        (false, false) => "at most",
    };
    line(&format!(
        "{agent} gets {} ({bound} {}{}), the user {}; certified: {}",
        number(result.agent_value),
        number(result.upper_bound),
        if result.certified { String::new() } else { format!(", a gap of {}", number(gap)) },
        number(result.user_value),
        certified(result.certified)
    ))?;
    result.stopped.as_ref().map_or(Ok(()), |stopped| line(&format!("stopped early: {stopped}")))
}
