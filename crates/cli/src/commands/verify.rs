//! `suasion verify`: a saved result against its instance.
//!
//! Every certificate is checked in exact arithmetic. Then the result is built again from the instance and its certificates alone,
//! and has to be equal to what was saved, so that no number in it is one that nothing proves. What cannot be built again, such as
//! how many starts a search had, is named as not proved. A result that contradicts itself is refused whatever its certificates say.

mod all_agents;
mod check;
mod difference;
mod dynamics;
mod equilibrium;
mod frontier;
mod optimum;
mod reply;
mod stackelberg;

use super::Game;
use crate::arguments::{How, Verify};
use crate::failure::Failure;
use crate::output::{json, line, plain};
use crate::result::{About, Consistent, Measure, Saved};
use crate::session::Session;
use check::Check;
use difference::difference;
use serde_json::{Value, json};
use std::path::{Path, PathBuf};
use suasion_certificate::Rules;
use suasion_model::RepeatedKey;
use suasion_table::{is_parquet, visit_texts};

/// What was proved of a result.
#[derive(Default)]
#[expect(clippy::struct_field_names, reason = "what is not proved is a part of what is")]
struct Proved {
    /// The largest gap between a value and its bound; of what an agent may gain within a slack, what exceeds the slack.
    gap: f64,
    /// What the user gains at most anywhere by not following, or lacks of a floor.
    violation: f64,
    /// What an agent gains at most by another offer or scheme, where the result is about profiles that allow for some.
    regret: Option<f64>,
    /// What the result says that nothing proves.
    not_proved: Vec<String>,
}

impl Proved {
    /// Names what is not proved, once.
    fn leave(&mut self, what: &str) {
        if self.not_proved.iter().all(|named| named != what) {
            self.not_proved.push(what.to_owned());
        }
    }
}

/// What was proved, or why the result is refused.
type Outcome = Result<Proved, String>;

pub fn run(arguments: &Verify, session: &Session) -> Result<bool, Failure> {
    let mut good = true;
    let mut failed: Option<Failure> = None;
    for file in &arguments.results {
        let name = file.display().to_string();
        let bad = |problem: String| Failure::Bad { file: name.clone(), problem };
        let mut count = 0;
        // A record that is no result does not keep the others from being looked at.
        let mut check = |place: String, record: &str| -> Result<(), Failure> {
            count += 1;
            match verify_record(&place, record, file, arguments, session) {
                Ok(yes) => good &= yes,
                Err(Failure::Output(cause)) => return Err(Failure::Output(cause)),
                Err(failure) => {
                    if let Some(earlier) = failed.replace(failure) {
                        eprintln!("error: {}", plain(&earlier.to_string()));
                    }
                }
            }
            Ok(())
        };
        if is_parquet(file) {
            // The certificates of a batch.
            let mut row = 0;
            visit_texts(file, "result", |record| {
                row += 1;
                check(format!("{name}, row {row}"), record)
            })?;
            continue;
        }
        let text = if file.as_os_str() == "-" {
            std::io::read_to_string(std::io::stdin())
        } else {
            std::fs::read_to_string(file)
        };
        let text = text.map_err(|cause| bad(format!("cannot be read: {cause}")))?;
        for (number, record) in text.lines().enumerate().filter(|(_, record)| !record.trim().is_empty()) {
            check(format!("{name}:{}", number + 1), record)?;
        }
        if count == 0 {
            return Err(bad("found no result, expected JSON lines as `suasion --json` prints them".into()));
        }
    }
    failed.map_or(Ok(good), Err)
}

/// Whether a saved result is certified; it is said.
fn verify_record(
    place: &str,
    record: &str,
    file: &Path,
    arguments: &Verify,
    session: &Session,
) -> Result<bool, Failure> {
    let bad = |problem: String| Failure::Bad { file: place.into(), problem };
    let given: Value = serde_json::from_str(record).map_err(|cause| bad(format!("not JSON: {cause}")))?;
    if let Some(twice) = RepeatedKey::find(record) {
        return Err(bad(said_twice(&twice)));
    }
    if given["command"].as_str().is_some_and(|command| command.starts_with("hull")) || given["table"].is_string() {
        let problem = "a fit of data has no certificate; `suasion hull fit` confirms its errors on the rows themselves";
        return Err(bad(problem.into()));
    }
    if given["command"] == "converse" {
        let problem = "what `suasion converse` says has no certificate; the same command says it again";
        return Err(bad(problem.into()));
    }
    let saved: Saved = serde_json::from_value(given.clone())
        .map_err(|cause| bad(format!("not a result that `suasion --json` printed: {cause}")))?;
    let outcome = verify(&saved, &given, file, arguments.instance.as_deref(), session)?;
    report(place, &saved, &outcome, session)?;
    Ok(outcome.is_ok())
}

/// What there is to say of a key that comes twice in a result, which is one line.
pub fn said_twice(twice: &RepeatedKey) -> String {
    let within = if twice.place.is_empty() { String::new() } else { format!("{}: ", twice.place) };
    format!("column {}: {within}{twice}", twice.position.1)
}

fn report(place: &str, saved: &Saved, outcome: &Outcome, session: &Session) -> Result<(), Failure> {
    let about = saved.about();
    if session.json {
        let proved = outcome.as_ref().ok();
        return json(&json!({
            "result": place, "instance": about.instance, "prior": about.prior, "certified": proved.is_some(),
            "gap": proved.map(|proved| proved.gap), "violation": proved.map(|proved| proved.violation),
            "regret": proved.and_then(|proved| proved.regret),
            "not_proved": proved.map(|proved| &proved.not_proved), "reason": outcome.as_ref().err(),
        }));
    }
    let what = format!("{place}: {} (prior {})", about.name, about.prior);
    line(&match outcome {
        Ok(proved) => format!("{what}: {}", told(proved)),
        Err(reason) => format!("{what}: REFUSED: {reason}"),
    })
}

/// What was proved, in words. What agents may gain within a slack is no gap of a proof.
fn told(Proved { gap, violation, regret, not_proved }: &Proved) -> String {
    let small = |x: f64| if x == 0.0 { "0".to_owned() } else { format!("{x:.1e}") };
    let regret = regret.map_or_else(String::new, |regret| format!(", no agent gains more than {}", small(regret)));
    let rest = if not_proved.is_empty() { String::new() } else { format!("; not proved: {}", not_proved.join(", ")) };
    format!("certified, largest gap {}, largest violation {}{regret}{rest}", small(*gap), small(*violation))
}

/// What is proved of a result, or why it is refused.
fn verify(
    saved: &Saved,
    given: &Value,
    result: &Path,
    instance: Option<&Path>,
    session: &Session,
) -> Result<Outcome, Failure> {
    let about = saved.about();
    let file = instance.map_or_else(|| locate(&about.instance, result), Path::to_path_buf);
    if let Saved::Stackelberg(result) = saved {
        return stackelberg::verify(result, given, &file);
    }
    let game = Game::read(&file)?;
    let mut proved = Proved::default();
    if let Err(reason) = named(about, &file, (&game.digest, &game.instance.name), &mut proved) {
        return Ok(Err(reason));
    }
    let Some(measure) = Measure::new(&game.instance, about.prior) else {
        return Ok(Err(format!("prior: found {}, and the instance has {}", about.prior, game.instance.priors())));
    };
    let rules = saved.rules();
    let expected = game.rules(&How { menu: false, conversation: rules == Some(Rules::Conversation) });
    let depends = matches!(saved, Saved::Solve(_) | Saved::Frontier(_) | Saved::Equilibria(_) | Saved::Dynamics(_));
    if depends && rules != expected {
        let problem = if rules.is_some() { "found, and the user knows nothing by herself" } else { "missing" };
        return Ok(Err(format!("rules: {problem}")));
    }
    let mut check = Check { game: &game, prior: about.prior, rules, measure, proved };
    let rebuilt = match saved {
        Saved::Solve(result) => check.solve(result),
        Saved::Persuade(result) => check.persuade(result),
        Saved::Menu(result) => check.menu(result),
        Saved::Conversation(result) => check.conversation(result),
        Saved::Quantal(result) => check.quantal(result),
        Saved::Reply(result) => check.reply(result),
        Saved::Frontier(result) => check.frontier(result),
        Saved::Align(result) => check.align(result),
        Saved::Equilibria(result) => check.equilibria(result),
        Saved::AllAgents(result) => check.all_agents(result),
        Saved::Dynamics(result) => check.dynamics(result, session)?,
        Saved::Stackelberg(_) => unreachable!("verified above"),
    };
    let rebuilt = match rebuilt {
        Ok(rebuilt) => rebuilt,
        Err(reason) => return Ok(Err(reason)),
    };
    let expected = serde_json::to_value(&rebuilt).map_err(|cause| Failure::Output(cause.into()))?;
    if let Some(difference) = difference("", given, &expected) {
        return Ok(Err(difference));
    }
    if let Err(contradiction) = rebuilt.consistent(&check.measure) {
        return Ok(Err(format!("it contradicts itself: {contradiction}")));
    }
    Ok(if rebuilt.certified() {
        Ok(check.proved)
    } else {
        Err("its own certificates do not reach the tolerance".into())
    })
}

/// Whether a result is about the instance in this file, of this digest and name.
fn named(about: &About, file: &Path, (digest, name): (&str, &str), proved: &mut Proved) -> Result<(), String> {
    if digest != about.digest {
        return Err(format!(
            "the instance {} is not the one that was solved (digest {digest}, expected {})",
            file.display(),
            about.digest
        ));
    }
    let elsewhere = file != Path::new(&about.instance);
    if elsewhere {
        proved.leave("instance");
    }
    if about.name == name {
        return Ok(());
    }
    // Without a name of its own, an instance is called like its file, and that may have been another one.
    if elsewhere && file.file_stem().is_some_and(|stem| stem.to_string_lossy() == name) {
        proved.leave("name");
        return Ok(());
    }
    Err(format!("name: found {:?}, and the instance is called {name:?}", about.name))
}

/// The instance where the result says, else beside the result.
fn locate(instance: &str, result: &Path) -> PathBuf {
    let file = PathBuf::from(instance);
    match result.parent() {
        Some(directory) if !file.exists() && directory.join(&file).exists() => directory.join(file),
        _ => file,
    }
}
