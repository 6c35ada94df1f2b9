//! `suasion verify`: checks saved results against their instances. Parts that no certificate proves
//! are run again if possible.

use super::Game;
use super::dynamics::replayed;
use super::equilibria::all_agents::once;
use super::joint::JointGame;
use crate::arguments::Verify;
use crate::failure::Failure;
use crate::output::{json, line, plain};
use crate::session::Session;
use std::path::Path;
use suasion_certificate::AllAgentsCertificate;
use suasion_equilibrium::ConversationGame;
use suasion_model::Instance;
use suasion_results::{DynamicsResult, Engine, EngineError, RecordError, Switched, verify_record};
#[cfg(feature = "full")]
use suasion_table::{is_parquet, visit_texts};

pub fn run(arguments: &Verify, session: &Session) -> Result<bool, Failure> {
    let mut good = true;
    let mut failed: Option<Failure> = None;
    for file in &arguments.results {
        let name = file.display().to_string();
        let bad = |problem: String| Failure::Bad { file: name.clone(), problem };
        let mut count = 0;
        // A record that is not a result does not prevent the check of the others.
        let mut check = |place: String, record: &str| -> Result<(), Failure> {
            count += 1;
            match verify(&place, record, file, arguments, session) {
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
        #[cfg(feature = "full")]
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

/// Verifies a saved result, prints the outcome, and returns whether it is certified.
fn verify(place: &str, record: &str, file: &Path, arguments: &Verify, session: &Session) -> Result<bool, Failure> {
    let engine = Again { session };
    let verified = verify_record(record, file, arguments.instance.as_deref(), Some(&engine));
    let verified = verified.map_err(|problem| match problem {
        RecordError::Read(cause) => Failure::Read(cause),
        RecordError::Engine(cause) => match cause.downcast::<Failure>() {
            Ok(failure) => *failure,
            Err(cause) => Failure::Bad { file: place.into(), problem: cause.to_string() },
        },
        problem => Failure::Bad { file: place.into(), problem: problem.to_string() },
    })?;
    if session.json {
        json(&verified.json(place))?;
    } else {
        line(&verified.line(place))?;
    }
    Ok(verified.certified())
}

/// Runs again the parts that no certificate proves.
struct Again<'a> {
    session: &'a Session,
}

impl Engine for Again<'_> {
    fn replayed(&self, instance: &Instance, result: &DynamicsResult) -> Result<Option<DynamicsResult>, EngineError> {
        let file = Path::new(&result.about.instance);
        Ok(replayed(&Game::new(file, instance.clone()), result, self.session)?)
    }

    fn switched(
        &self,
        instance: &Instance,
        prior: usize,
        certificate: &AllAgentsCertificate,
    ) -> Result<Vec<Switched>, EngineError> {
        let game = Game::new(Path::new(""), instance.clone());
        let joint = match certificate.protocol() {
            // The limit must be at least that of the original run.
            Some(protocol) => {
                let settings = &self.session.settings;
                let talk = ConversationGame::new(&game.instance, prior, protocol, usize::MAX, settings)?;
                JointGame::conversations(prior, talk)
            }
            None => once(&game, prior, certificate.eta(), self.session)?,
        };
        Ok(joint.switched(certificate)?)
    }
}
