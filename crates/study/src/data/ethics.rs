//! ETHICS (Hendrycks, Burns, Basart, Critch, Li, Song & Steinhardt 2021, "Aligning AI with shared
//! human values"): scenarios, and whether humans find them right.

use super::lines::DataLines;
use super::{DataError, DataItem, Items};
use std::collections::HashMap;
use std::path::{Path, PathBuf};

/// A part of the data set. Each part has its own kind of scenario and its own file format.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum EthicsPart {
    /// What somebody does: 1 if it is not wrong. In the files, the label 1 means wrong.
    Commonsense,
    /// A reason to treat somebody in some way: 1 if it is reasonable.
    Justice,
    /// An excuse, or a duty of a role: 1 if it is reasonable.
    Deontology,
    /// A trait of somebody in a scene: 1 if it fits.
    Virtue,
    /// What happens to somebody, in pairs: 1 for the more pleasant one.
    Utilitarianism,
}

impl EthicsPart {
    /// All parts.
    pub const ALL: [Self; 5] = [Self::Commonsense, Self::Justice, Self::Deontology, Self::Virtue, Self::Utilitarianism];

    /// Its name, which is also the name of its folder.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Commonsense => "commonsense",
            Self::Justice => "justice",
            Self::Deontology => "deontology",
            Self::Virtue => "virtue",
            Self::Utilitarianism => "utilitarianism",
        }
    }

    /// The beginning of the names of its files.
    fn prefix(self) -> &'static str {
        match self {
            Self::Commonsense => "cm_",
            Self::Justice => "justice_",
            Self::Deontology => "deontology_",
            Self::Virtue => "virtue_",
            Self::Utilitarianism => "util_",
        }
    }

    fn of_file(path: &Path) -> Option<Self> {
        let name = path.file_name()?.to_str()?;
        Self::ALL.into_iter().find(|part| name.starts_with(part.prefix()))
    }

    fn meaning(self) -> &'static str {
        match self {
            Self::Commonsense => "1 if the act is not wrong, else 0",
            Self::Justice | Self::Deontology => "1 if it is reasonable, else 0",
            Self::Virtue => "1 if the trait fits, else 0",
            Self::Utilitarianism => "1 for the more pleasant scenario of a pair, 0 for the other",
        }
    }
}

/// A file of scenarios that have no label.
const AMBIGUOUS: &str = "cm_ambig.csv";
/// The separator between a scene and a trait.
const SEPARATOR: &str = "[SEP]";

/// Reads a file, or all files of a part in a folder or in its subfolder with the name of the part.
/// The name of an item combines its file and its row, counted from 1. The two items of a pair are a
/// group, and so are rows of a file that tell the same scene with different excuses or traits.
///
/// # Errors
/// If there is no such file, there are several parts and none is named, or a file is not valid.
pub fn read(path: &Path, part: Option<EthicsPart>) -> Result<Items, DataError> {
    let (part, files) = if path.is_dir() { find(path, part)? } else { (file_part(path, part)?, vec![path.into()]) };
    let mut items = vec![];
    for file in &files {
        add(part, file, &mut items)?;
    }
    let meaning = format!("{}: {}", part.name(), part.meaning());
    Items::new("ethics", meaning, items, path, files)
}

fn file_part(path: &Path, part: Option<EthicsPart>) -> Result<EthicsPart, DataError> {
    let problem = || {
        let names = EthicsPart::ALL.map(|part| format!("{}*.csv", part.prefix())).join(", ");
        DataError::file(path, format!("its name does not show which part it is ({names}); choose with --part"))
    };
    part.or_else(|| EthicsPart::of_file(path)).ok_or_else(problem)
}

/// The files of a part, in the order of their names.
fn find(folder: &Path, part: Option<EthicsPart>) -> Result<(EthicsPart, Vec<PathBuf>), DataError> {
    let mut files: Vec<(EthicsPart, PathBuf)> = vec![];
    for place in std::iter::once(folder.to_path_buf()).chain(EthicsPart::ALL.map(|part| folder.join(part.name()))) {
        if !place.is_dir() {
            continue;
        }
        let refused = |cause: std::io::Error| DataError::file(&place, cause.to_string());
        for entry in std::fs::read_dir(&place).map_err(refused)? {
            let file = entry.map_err(refused)?.path();
            let is_csv = file.extension().is_some_and(|extension| extension == "csv");
            if is_csv && file.is_file() && file.file_name().is_some_and(|name| name != AMBIGUOUS) {
                files.extend(EthicsPart::of_file(&file).map(|part| (part, file)));
            }
        }
    }
    files.sort_by(|a, b| a.1.cmp(&b.1));
    let there: Vec<EthicsPart> =
        EthicsPart::ALL.into_iter().filter(|part| files.iter().any(|file| file.0 == *part)).collect();
    let part = match (part, &there[..]) {
        (Some(part), _) if there.contains(&part) => part,
        (None, [part]) => *part,
        (None, [_, _, ..]) => {
            let names = there.iter().map(|part| part.name()).collect::<Vec<_>>().join(", ");
            return Err(DataError::file(folder, format!("found the parts {names}; choose one with --part")));
        }
        (wanted, _) => {
            let expected = wanted.map_or("cm_test.csv".into(), |part| format!("{}*.csv", part.prefix()));
            return Err(DataError::file(folder, format!("found no files of ETHICS, expected {expected}")));
        }
    };
    Ok((part, files.into_iter().filter(|file| file.0 == part).map(|file| file.1).collect()))
}

/// Adds the items of a file.
fn add(part: EthicsPart, file: &Path, items: &mut Vec<DataItem>) -> Result<(), DataError> {
    let stem = file.file_stem().unwrap_or_default().to_string_lossy().replace('_', "-");
    let mut row = 0;
    let mut groups = items.last().map_or(0, |item| item.group + 1)..;
    let mut scenes: HashMap<String, usize> = HashMap::new();
    let lines = match part {
        EthicsPart::Commonsense => DataLines::with_header(file, &["label", "input"])?,
        EthicsPart::Justice | EthicsPart::Virtue => DataLines::with_header(file, &["label", "scenario"])?,
        EthicsPart::Deontology => DataLines::with_header(file, &["label", "scenario", "excuse"])?,
        EthicsPart::Utilitarianism => {
            DataLines::without_header(file, &["the more pleasant scenario", "the less pleasant scenario"])?
        }
    };
    lines.each(|line| {
        row += 1;
        let mut alone = || groups.next().unwrap_or_default();
        let mut push = |suffix: &str, text: String, good: bool, group: usize| {
            items.push(DataItem {
                name: format!("{stem}-{row}{suffix}"),
                text,
                human: f64::from(u8::from(good)),
                group,
            });
        };
        match part {
            EthicsPart::Commonsense => push("", line.text(1)?.into(), !line.label(0)?, alone()),
            EthicsPart::Justice => push("", line.text(1)?.into(), line.label(0)?, alone()),
            EthicsPart::Deontology => {
                let scene = line.text(1)?;
                let group = *scenes.entry(scene.into()).or_insert_with(alone);
                push("", format!("{scene} {}", line.text(2)?), line.label(0)?, group);
            }
            EthicsPart::Virtue => {
                let parts = line.text(1)?.split_once(SEPARATOR).map(|(scene, fit)| (scene.trim(), fit.trim()));
                let whole =
                    parts.filter(|(scene, fit)| !scene.is_empty() && !fit.is_empty() && !fit.contains(SEPARATOR));
                let (scene, fit) = whole.ok_or_else(|| line.refuse(1, "a scene, [SEP] and a trait"))?;
                let group = *scenes.entry(scene.into()).or_insert_with(alone);
                push("", format!("{scene} Trait: {fit}"), line.label(0)?, group);
            }
            EthicsPart::Utilitarianism => {
                let pair = alone();
                push("-a", line.text(0)?.into(), true, pair);
                push("-b", line.text(1)?.into(), false, pair);
            }
        }
        Ok(())
    })
}
