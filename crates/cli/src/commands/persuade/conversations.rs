//! `suasion persuade --rounds`: an agent's best conversation rule against the others'.

use crate::arguments::Persuade;
use crate::commands::Game;
use crate::commands::converse::{Asked, Words, described, tree};
use crate::commands::failed;
use crate::failure::Failure;
use crate::output::{certified, line, number, record};
use crate::session::Session;
use suasion_certificate::{ConversationRulesProof, Proof};
use suasion_equilibrium::BestReply;
use suasion_results::{Replied, ReplyResult};

/// The largest number of nodes of the tree to show.
const SHOWN: usize = 60;
pub fn reply(game: &Game<'_>, arguments: &Persuade, session: &Session) -> Result<bool, Failure> {
    let agent = game.agent(arguments.one.agent.as_deref())?;
    let against = arguments.against.as_deref().unwrap_or("silence");
    let mut all_certified = true;
    for prior in game.priors.clone() {
        let asked = Asked::read(against, 1, game)?;
        let talking = arguments.talking.request();
        let protocol = asked.protocol(against, &talking, game)?;
        let talk = game.conversations(prior, &protocol, &talking, session)?;
        let (rules, _) = asked.profile(&talk);
        let mut rules = talk.checked(rules).map_err(|cause| failed(game, cause))?;
        let best = talk.best_reply(agent, &rules, arguments.quick, &session.settings);
        let BestReply { reply, tree, relaxed, heuristic, stopped } = best.map_err(|cause| failed(game, cause))?;
        let replied = Replied { against: against.to_owned(), relaxed, heuristic, stopped };
        rules[agent] = reply.rule;
        let mut replies = vec![vec![]; rules.len()];
        replies[agent] = tree;
        let proof = ConversationRulesProof { prior, slack: 0.0, protocol, rules, plan: reply.plan, replies };
        let (certificate, verdict) = game.proved(proof.certify(&game.instance))?;
        let proof = &certificate.proof;
        let transcript = talk.transcript(&proof.rules, &proof.plan, SHOWN).map_err(|cause| failed(game, cause))?;
        let words = Words { instance: &game.instance, protocol: &proof.protocol };
        let more = "save the result with --json, and `suasion converse --profile` prints the whole tree";
        let lines = tree::indented(&game.instance, &words.tree(transcript), more);
        let (about, kept) = (game.about(prior), session.certificates);
        let result = ReplyResult::new(about, &game.instance, agent, (certificate, &verdict), replied, kept);
        game.sound(&result)?;
        all_certified &= result.certified;
        if session.json {
            record(result)?;
        } else {
            show(&result, &lines)?;
        }
        if session.interrupted() {
            break;
        }
    }
    Ok(all_certified && !session.interrupted())
}

fn show(result: &ReplyResult, lines: &[String]) -> Result<(), Failure> {
    let ReplyResult { about, agent, protocol, against, .. } = result;
    let others = match (result.values.len(), against.as_str()) {
        (1, _) => String::new(),
        (_, "silence") => ", while the others are silent".into(),
        (_, "revelation") => ", while the others reveal everything".into(),
        (_, file) => format!(", while the others answer as in {file}"),
    };
    let what = if result.heuristic { "a good conversation rule" } else { "the best conversation rule" };
    line(&format!("{} (prior {}): {what} of {agent}{others}", about.name, about.prior))?;
    line(&format!("conversations of {}", described(protocol)))?;
    lines.iter().try_for_each(|text| line(text))?;
    let gap = result.upper_bound - result.agent_value;
    let bound = match (result.heuristic, result.relaxed) {
        (true, _) => "found by a heuristic; at most",
        (false, true) => "with more messages, at most",
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
