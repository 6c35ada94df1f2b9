//! The scripts of jobs: templates, and the values that fill them.

use super::{SlurmOptions, check};
use crate::{BatchError, Store};
use std::fmt::Write;
use std::path::Path;

const ARRAY: &str = include_str!("array.sh");
const MERGE: &str = include_str!("merge.sh");

/// The script of the array.
pub(super) fn array(store: &Store, folder: &Path, options: &SlurmOptions) -> Result<String, BatchError> {
    check(store, options)?;
    let SlurmOptions { shards, at_once, cpus, .. } = options;
    let at_once = at_once.map(|most| format!("%{most}")).unwrap_or_default();
    let mut run = String::new();
    if let Some(mebibytes) = mebibytes(options) {
        let _ = write!(run, " --memory {mebibytes}M");
    }
    if let Some(limit) = options.instance_time_limit {
        let _ = write!(run, " --instance-time-limit {}", limit.as_secs_f64());
    }
    for (option, given) in
        [("retry", options.retry), ("no-certificates", options.no_certificates), ("verbose", options.verbose)]
    {
        if given {
            let _ = write!(run, " --{option}");
        }
    }
    // Use the copy of the plan in the output folder, which nobody replaces.
    let plan = std::path::absolute(store.path()).map_err(BatchError::read(&store.path()))?;
    fill(
        ARRAY,
        &[
            ("ARRAY", format!("1-{shards}{at_once}")),
            ("CPUS", cpus.to_string()),
            ("LOG", log(folder, "%A_%a.log")?),
            ("OPTIONS", directives(options)?),
            ("OUTPUT", output(store)?),
            ("PLAN", shell(text(&plan)?)),
            ("PROGRAM", shell(text(&options.program)?)),
            ("RUN", run),
            ("SHARDS", shards.to_string()),
        ],
    )
}

/// The script of the merging job.
pub(super) fn merge(store: &Store, folder: &Path, options: &SlurmOptions) -> Result<String, BatchError> {
    fill(
        MERGE,
        &[
            ("LOG", log(folder, "merge-%j.log")?),
            ("OPTIONS", directives(options)?),
            ("OUTPUT", output(store)?),
            ("PROGRAM", shell(text(&options.program)?)),
        ],
    )
}

fn output(store: &Store) -> Result<String, BatchError> {
    let output = std::path::absolute(store.folder()).map_err(BatchError::read(store.folder()))?;
    Ok(shell(text(&output)?))
}

/// Replaces each `@NAME@` by its value, in one pass: values that contain `@` stay as they are.
fn fill(template: &str, values: &[(&str, String)]) -> Result<String, BatchError> {
    let mut filled = String::new();
    let mut rest = template;
    while let Some((before, after)) = rest.split_once('@') {
        filled.push_str(before);
        let known = values.iter().find_map(|(name, value)| Some((value, after.strip_prefix(name)?.strip_prefix('@')?)));
        let Some((value, left)) = known else {
            return Err(BatchError::bad(
                Path::new("crates/batch/src/slurm"),
                format!("found {after:?}, expected a name"),
            ));
        };
        filled.push_str(value);
        rest = left;
    }
    filled.push_str(rest);
    Ok(filled)
}

/// The directives of both jobs, one per line.
fn directives(options: &SlurmOptions) -> Result<String, BatchError> {
    let mut lines = vec![];
    let mut ask = |option: &str, value: String| -> Result<(), BatchError> {
        lines.push(format!("#SBATCH {}\n", directive(option, &value)?));
        Ok(())
    };
    if let Some(partition) = &options.partition {
        ask("--partition", format!("--partition={partition}"))?;
    }
    if let Some(time) = &options.time {
        ask("--time", format!("--time={time}"))?;
    }
    if let Some(mebibytes) = mebibytes(options) {
        ask("--memory", format!("--mem={mebibytes}M"))?;
    }
    for option in &options.sbatch {
        if !option.starts_with('-') {
            return Err(BatchError::option(
                "--sbatch",
                &format!("{option:?}"),
                "an option, as in --sbatch=--account=a",
            ));
        }
        if option.starts_with("--array") || option.starts_with("-a") {
            return Err(BatchError::option("--sbatch", &format!("{option:?}"), "--shards and --at-once instead"));
        }
        ask("--sbatch", option.clone())?;
    }
    Ok(lines.concat())
}

fn mebibytes(options: &SlurmOptions) -> Option<u64> {
    options.memory.map(|bytes| bytes.div_ceil(1 << 20))
}

/// The name of a log file, in which Slurm replaces patterns by numbers.
fn log(folder: &Path, name: &str) -> Result<String, BatchError> {
    let folder = text(folder)?;
    if folder.contains('\\') {
        return Err(BatchError::option(
            "--output",
            &format!("{folder:?}"),
            "a name that Slurm accepts for logs, without \\",
        ));
    }
    directive("--output", &format!("{}/{name}", folder.replace('%', "%%")))
}

/// An argument in an `#SBATCH` line: as it is, or in quotes.
fn directive(option: &str, argument: &str) -> Result<String, BatchError> {
    if argument.chars().any(char::is_control) {
        return Err(BatchError::option(option, &format!("{argument:?}"), "something on one line"));
    }
    let plain = |c: char| c.is_ascii_alphanumeric() || "-_=./,:%+@[]*&|()!~^".contains(c);
    if argument.chars().all(plain) {
        return Ok(argument.to_owned());
    }
    Ok(format!("\"{}\"", argument.replace('\\', "\\\\").replace('"', "\\\"")))
}

/// A word for a shell: as it is, or in quotes.
pub(super) fn shell(word: &str) -> String {
    let plain = |c: char| c.is_ascii_alphanumeric() || "-_=./,:%+@".contains(c);
    if !word.is_empty() && word.chars().all(plain) {
        return word.to_owned();
    }
    format!("'{}'", word.replace('\'', r"'\''"))
}

/// A path as text.
fn text(path: &Path) -> Result<&str, BatchError> {
    path.to_str().ok_or_else(|| BatchError::bad(path, "found a name that is not UTF-8, expected UTF-8"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::plan::{Plan, Unit};
    use suasion_results::{Request, SolveRequest};

    fn store(folder: &Path) -> Store {
        let unit = Unit { file: 0, line: 0, offset: 0, length: 1, fingerprint: 0, first: 0, priors: 1, cost: 1.0 };
        let request = Request::Solve(SolveRequest::default());
        let plan = Plan { request, folder: folder.into(), files: vec!["a.json".into()], units: vec![unit; 9] };
        Store { folder: folder.into(), plan }
    }

    fn options(program: &Path) -> SlurmOptions {
        SlurmOptions {
            program: program.into(),
            shards: 4,
            at_once: None,
            partition: None,
            time: None,
            memory: None,
            cpus: 1,
            instance_time_limit: None,
            retry: false,
            no_certificates: false,
            verbose: false,
            sbatch: vec![],
        }
    }

    #[test]
    fn people_read_the_scripts() {
        let store = store(Path::new("/data/out"));
        let full = SlurmOptions {
            at_once: Some(2),
            partition: Some("short".into()),
            time: Some("4:00:00".into()),
            memory: Some(4 << 30),
            cpus: 8,
            instance_time_limit: Some(std::time::Duration::from_millis(1500)),
            retry: true,
            sbatch: vec!["--account=games".into(), "--comment=a \"b\" # c".into()],
            ..options(Path::new("/opt/suasion"))
        };
        assert_eq!(
            array(&store, Path::new("/data/out/slurm"), &full).unwrap(),
            r#"#!/bin/sh
# Each task runs one shard of a batch. `suasion batch submit --slurm` fills this in.
#SBATCH --job-name=suasion
#SBATCH --array=1-4%2
#SBATCH --nodes=1
#SBATCH --ntasks=1
#SBATCH --cpus-per-task=8
#SBATCH --output=/data/out/slurm/%A_%a.log
# A task whose node dies starts again and continues with the remaining units.
#SBATCH --requeue
#SBATCH --open-mode=append
#SBATCH --partition=short
#SBATCH --time=4:00:00
#SBATCH --mem=4096M
#SBATCH --account=games
#SBATCH "--comment=a \"b\" # c"

exec /opt/suasion batch run /data/out/plan.parquet --output /data/out \
  --shard "$SLURM_ARRAY_TASK_ID/4" --threads "$SLURM_CPUS_PER_TASK" --log json --quiet --memory 4096M --instance-time-limit 1.5 --retry
"#
        );
        let merged = merge(&store, Path::new("/data/out/slurm"), &options(Path::new("/opt/suasion"))).unwrap();
        assert!(merged.contains("#SBATCH --output=/data/out/slurm/merge-%j.log\n"), "{merged}");
        assert!(
            merged.ends_with("#SBATCH --open-mode=append\n\nexec /opt/suasion batch merge /data/out\n"),
            "{merged}"
        );
    }

    /// A shell passes names to the command unchanged, whatever characters they contain.
    #[cfg(unix)]
    #[test]
    fn names_survive_the_shell() {
        use std::os::unix::fs::PermissionsExt;
        let outer = tempfile::tempdir().unwrap();
        let folder = outer.path().join("it's \"5%\" of $HOME; `rm` @PLAN@ é");
        std::fs::create_dir(&folder).unwrap();
        let program = folder.join("tell");
        std::fs::write(&program, "#!/bin/sh\nfor each; do echo \"$each\"; done\n").unwrap();
        std::fs::set_permissions(&program, std::fs::Permissions::from_mode(0o755)).unwrap();
        let text = array(&store(&folder), &folder, &options(&program)).unwrap();
        let mut shell = std::process::Command::new("sh");
        shell.args(["-c", &text]).env("SLURM_ARRAY_TASK_ID", "3").env("SLURM_CPUS_PER_TASK", "1");
        let said = String::from_utf8(shell.output().unwrap().stdout).unwrap();
        let said: Vec<&str> = said.lines().collect();
        let (plan, output) = (folder.join("plan.parquet"), folder.display().to_string());
        assert_eq!(said[..5], ["batch", "run", plan.to_str().unwrap(), "--output", output.as_str()]);
        assert_eq!(said[5..9], ["--shard", "3/4", "--threads", "1"]);
    }

    #[test]
    fn what_makes_no_sense_is_refused() {
        let good = options(Path::new("/opt/suasion"));
        let of = |options: SlurmOptions, folder: &str| {
            array(&store(Path::new("/out")), Path::new(folder), &options).unwrap_err().to_string()
        };
        assert_eq!(
            of(SlurmOptions { shards: 0, ..good.clone() }, "/out/slurm"),
            "--shards: found 0, expected from 1 to 9, as the plan has 9 units"
        );
        assert!(of(SlurmOptions { shards: 10, ..good.clone() }, "/out/slurm").starts_with("--shards: found 10"));
        assert!(of(SlurmOptions { at_once: Some(0), ..good.clone() }, "/out/slurm").starts_with("--at-once"));
        assert!(of(SlurmOptions { memory: Some(1 << 20), ..good.clone() }, "/out/slurm").starts_with("--memory"));
        let line = SlurmOptions { partition: Some("a\n#SBATCH --array=1".into()), ..good.clone() };
        assert!(of(line, "/out/slurm").starts_with("--partition: found"));
        for option in ["account=a", "--array=1-2", "-a1"] {
            let sbatch = vec![option.into()];
            assert!(
                of(SlurmOptions { sbatch, ..good.clone() }, "/out/slurm").starts_with("--sbatch: found"),
                "{option}"
            );
        }
        assert!(of(good, "/back\\slash").starts_with("--output: found"));
    }
}
