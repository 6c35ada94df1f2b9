//! A line of a file of results.

use super::{Engine, EngineError, Proved};
use crate::{About, FORMAT, Record};
use serde_json::{Value, json};
use std::path::{Path, PathBuf};
use suasion_model::{ReadError, RepeatedKey};

/// Messages for results without certificates.
const CONVERSED: &str = "results of `suasion converse` have no certificate; run the same command again";
const FITTED: &str = "a fit of data has no certificate; `suasion hull fit` confirms its errors on the rows themselves";

/// Why a record cannot be verified.
#[derive(Debug, thiserror::Error)]
pub enum RecordError {
    /// It is not JSON, or cannot be written as JSON.
    #[error("not JSON: {0}")]
    Json(#[from] serde_json::Error),
    /// A key occurs twice.
    #[error("column {}: {}{repeated}", repeated.position.1, within(repeated))]
    Twice {
        /// The key and its position.
        repeated: RepeatedKey,
    },
    /// It is a result of another version.
    #[error(
        "found a result of the format {found:?}, which another version of suasion wrote; expected {FORMAT:?}: make it again"
    )]
    Version {
        /// The format that it names.
        found: String,
    },
    /// It is a result without a certificate.
    #[error("{0}")]
    Unproved(&'static str),
    /// It is something else.
    #[error("not a result that `suasion --json` printed: {0}")]
    Other(serde_json::Error),
    /// Its instance cannot be read.
    #[error(transparent)]
    Read(#[from] ReadError),
    /// The engine could not run a part of it again.
    #[error("{0}")]
    Engine(EngineError),
}

fn within(repeated: &RepeatedKey) -> String {
    if repeated.place.is_empty() { String::new() } else { format!("{}: ", repeated.place) }
}

impl Record {
    /// Reads a record.
    ///
    /// # Errors
    /// If it is not a result of this version, or a key occurs twice.
    pub fn read(text: &str) -> Result<Self, RecordError> {
        Self::of_value(text, &serde_json::from_str(text)?)
    }

    fn of_value(text: &str, given: &Value) -> Result<Self, RecordError> {
        if let Some(repeated) = RepeatedKey::find(text) {
            return Err(RecordError::Twice { repeated });
        }
        // The first version had no such field and named the command instead.
        let old = given["format"].is_null() && (given["command"].is_string() || given["table"].is_string());
        let found = if old { Some("suasion-result/1") } else { given["format"].as_str() };
        match (found, given["kind"].as_str()) {
            (Some(found), _) if found != FORMAT && found.starts_with("suasion-result/") => {
                Err(RecordError::Version { found: found.into() })
            }
            (_, Some("converse")) => Err(RecordError::Unproved(CONVERSED)),
            (_, Some(kind)) if kind.starts_with("hull_") => Err(RecordError::Unproved(FITTED)),
            _ => serde_json::from_value(given.clone()).map_err(RecordError::Other),
        }
    }
}

/// The outcome of a verification.
#[derive(Clone, Debug, PartialEq)]
pub struct Verified {
    /// What it is about.
    pub about: About,
    /// What is proved, or why the result is refused.
    pub outcome: Result<Proved, String>,
}

/// Verifies a record of the file `file` against the instance `instance` or, without one, against
/// the instance that the record names. `engine` runs again what no certificate proves.
///
/// # Errors
/// If it is not a result that can be proved, or its instance cannot be read. A refused result is
/// not an error.
pub fn verify_record(
    text: &str,
    file: &Path,
    instance: Option<&Path>,
    engine: Option<&dyn Engine>,
) -> Result<Verified, RecordError> {
    let given: Value = serde_json::from_str(text)?;
    let record = Record::of_value(text, &given)?;
    let about = record.result.about().clone();
    let place = instance.map_or_else(|| instance_of(&about.instance, file), Path::to_path_buf);
    let outcome = record.result.verify(&given, &place, engine)?;
    Ok(Verified { about, outcome })
}

/// The path of the instance that a result names; if there is no such file, the path next to the
/// file of the result.
#[must_use]
pub fn instance_of(instance: &str, result: &Path) -> PathBuf {
    let file = PathBuf::from(instance);
    match result.parent() {
        Some(directory) if !file.exists() && directory.join(&file).exists() => directory.join(file),
        _ => file,
    }
}

impl Verified {
    /// Whether it is certified.
    #[must_use]
    pub fn certified(&self) -> bool {
        self.outcome.is_ok()
    }

    /// The outcome as JSON; `place` is the record's position.
    #[must_use]
    pub fn json(&self, place: &str) -> Value {
        let proved = self.outcome.as_ref().ok();
        json!({
            "result": place, "instance": self.about.instance, "prior": self.about.prior, "certified": proved.is_some(),
            "gap": proved.map(|proved| proved.gap), "violation": proved.map(|proved| proved.violation),
            "regret": proved.and_then(|proved| proved.regret),
            "not_proved": proved.map(|proved| &proved.not_proved), "reason": self.outcome.as_ref().err(),
        })
    }

    /// The outcome as a line of text; `place` is the record's position.
    #[must_use]
    pub fn line(&self, place: &str) -> String {
        let what = format!("{place}: {} (prior {})", self.about.name, self.about.prior);
        match &self.outcome {
            Ok(proved) => format!("{what}: {}", said(proved)),
            Err(reason) => format!("{what}: REFUSED: {reason}"),
        }
    }
}

/// What was proved, in words. A gain within a slack is regret, not a gap of a proof.
fn said(Proved { gap, violation, regret, not_proved }: &Proved) -> String {
    let small = |x: f64| if x == 0.0 { "0".to_owned() } else { format!("{x:.1e}") };
    let regret = regret.map_or_else(String::new, |regret| format!(", no agent gains more than {}", small(regret)));
    let rest = if not_proved.is_empty() { String::new() } else { format!("; not proved: {}", not_proved.join(", ")) };
    format!("certified, largest gap {}, largest violation {}{regret}{rest}", small(*gap), small(*violation))
}
