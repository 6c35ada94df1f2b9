//! Writes a report.

use crate::instance::{Case, page_of};
use crate::markup::Picture;
use crate::overview::overview;
use crate::select::{Chosen, Pages, choose};
use crate::tables::Tables;
use crate::{ReportError, game};
use rayon::prelude::*;
use serde::Serialize;
use std::collections::{HashMap, HashSet};
use std::path::{Path, PathBuf};
use suasion_batch::PartKind;
use suasion_results::{Record, SavedResult};
use suasion_table::{visit_texts, write_file};

/// The number of pages whose results are in memory at a time.
const TOGETHER: usize = 64;

/// The options of a report.
pub struct Options<'a> {
    /// The page of the batch. Pages of instances go to a folder next to it.
    pub output: &'a Path,
    /// The number of pages of instances.
    pub pages: Pages,
    /// A folder that also gets every picture as a file.
    pub pictures: Option<&'a Path>,
    /// Called after every page of an instance, with the numbers of pages written and of all pages.
    pub done: &'a (dyn Fn(usize, usize) + Sync),
}

/// What was written.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Written {
    /// The page of the batch.
    pub page: PathBuf,
    /// Its size in bytes.
    pub bytes: u64,
    /// The number of results in it.
    pub results: usize,
    /// The number of units that failed.
    pub failed: usize,
    /// The folder of the pages of instances, if there are any.
    pub folder: Option<PathBuf>,
    /// The number of pages of instances.
    pub pages: usize,
    /// The number of pictures that were written to files.
    pub pictures: usize,
}

/// Reports a merged batch: a page about all of it, and pages about instances.
///
/// # Errors
/// If the batch is not merged or cannot be read, or a page cannot be written.
pub fn report(batch: &Path, options: &Options<'_>) -> Result<Written, ReportError> {
    let output = options.output;
    let name = |part: Option<&std::ffi::OsStr>| part.and_then(|part| part.to_str()).map(str::to_owned);
    let unnamed = || ReportError::Name { path: output.into() };
    let (file, stem) = (name(output.file_name()).ok_or_else(unnamed)?, name(output.file_stem()).ok_or_else(unnamed)?);
    let tables = Tables::read(batch)?;
    let chosen = choose(&tables, options.pages);
    let folder_name = format!("{stem}-instances");
    let folder = output.with_file_name(&folder_name);
    let (page, drawn) = overview(&tables, &chosen, &encoded(&folder_name))?;
    for made in
        [output.parent().filter(|parent| !parent.as_os_str().is_empty()), options.pictures].into_iter().flatten()
    {
        std::fs::create_dir_all(made).map_err(|cause| ReportError::Write { path: made.into(), cause })?;
    }
    let mut pictures = save(options.pictures, &drawn)?;
    clear(&folder)?;
    if !chosen.is_empty() {
        std::fs::create_dir_all(&folder).map_err(|cause| ReportError::Write { path: folder.clone(), cause })?;
    }
    for (number, together) in chosen.chunks(TOGETHER).enumerate() {
        let results = certificates(&tables, together)?;
        let from = number * TOGETHER;
        let write = |(place, page): (usize, &Chosen)| -> Result<usize, ReportError> {
            let row = page.rows[0];
            let prior = tables.number("prior", row).unwrap_or(0.0) as usize;
            let whole: Vec<&SavedResult> = page.rows.iter().filter_map(|row| results.get(row)).collect();
            let instance = game::instance(&tables, row);
            let case = Case { tables: &tables, chosen: page, results: &whole, instance, prior };
            let at = from + place;
            let before = at.checked_sub(1).map(|before| chosen[before].file.as_str());
            let after = chosen.get(at + 1).map(|after| after.file.as_str());
            let (text, drawn) = page_of(&case, &encoded(&file), (before, after))?;
            write_file(&folder.join(&page.file), text.as_bytes())?;
            let pictures = save(options.pictures, &drawn)?;
            (options.done)(at + 1, chosen.len());
            Ok(pictures)
        };
        let written: Result<Vec<usize>, ReportError> = together.par_iter().enumerate().map(write).collect();
        pictures += written?.into_iter().sum::<usize>();
    }
    // Write the page last, so that its links never lead nowhere.
    write_file(output, page.as_bytes())?;
    Ok(Written {
        page: output.into(),
        bytes: page.len() as u64,
        results: tables.rows(),
        failed: tables.failures.len(),
        folder: (!chosen.is_empty()).then_some(folder),
        pages: chosen.len(),
        pictures,
    })
}

/// The complete results of some pages, by row. Results that cannot be read are left out.
fn certificates(tables: &Tables, together: &[Chosen]) -> Result<HashMap<usize, SavedResult>, ReportError> {
    let wanted: HashSet<usize> = together.iter().flat_map(|page| page.rows.iter().copied()).collect();
    let mut parsed = HashMap::new();
    let mut row = 0;
    visit_texts(&tables.store.merged(PartKind::Certificates), "result", |text| -> Result<(), ReportError> {
        if wanted.contains(&row) {
            parsed.extend(serde_json::from_str::<Record>(text).ok().map(|record| (row, record.result)));
        }
        row += 1;
        Ok(())
    })?;
    Ok(parsed)
}

/// Removes pages of an earlier report.
fn clear(folder: &Path) -> Result<(), ReportError> {
    let Ok(entries) = std::fs::read_dir(folder) else { return Ok(()) };
    for entry in entries.flatten() {
        let name = entry.file_name();
        if name.to_str().is_some_and(|name| {
            name.starts_with("unit-") && Path::new(name).extension().is_some_and(|own| own == "html")
        }) {
            std::fs::remove_file(entry.path()).map_err(|cause| ReportError::Write { path: entry.path(), cause })?;
        }
    }
    Ok(())
}

fn save(folder: Option<&Path>, pictures: &[Picture]) -> Result<usize, ReportError> {
    let Some(folder) = folder else { return Ok(0) };
    for picture in pictures {
        write_file(&folder.join(format!("{}.svg", picture.name)), picture.svg.as_bytes())?;
    }
    Ok(pictures.len())
}

/// A name, encoded for a URL.
fn encoded(name: &str) -> String {
    let plain = |byte: &u8| byte.is_ascii_alphanumeric() || b"-._~".contains(byte);
    name.bytes().map(|byte| if plain(&byte) { char::from(byte).to_string() } else { format!("%{byte:02X}") }).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_in_addresses() {
        assert_eq!(encoded("a b#?<ü>.html"), "a%20b%23%3F%3C%C3%BC%3E.html");
    }
}
