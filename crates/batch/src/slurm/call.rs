//! Calls of Slurm's commands.

use crate::BatchError;
use std::io::Read;
use std::process::{Command, Stdio};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

/// The time limit of a command, which itself retries for a while if the server does not answer.
const PATIENCE: Duration = Duration::from_secs(60);

/// The standard output of a command that succeeds.
pub(super) fn call(command: &mut Command) -> Result<String, BatchError> {
    let name = command.get_program().to_string_lossy().into_owned();
    let failed = |problem: String| BatchError::Scheduler(format!("{name}: {problem}"));
    let child = command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn();
    let mut child = child.map_err(|cause| match cause.kind() {
        std::io::ErrorKind::NotFound => {
            failed("was not found; Slurm's commands are on machines that belong to a cluster".into())
        }
        _ => failed(format!("cannot be started: {cause}")),
    })?;
    let (said, errors) = (read(child.stdout.take()), read(child.stderr.take()));
    let end = Instant::now() + PATIENCE;
    let status = loop {
        match child.try_wait() {
            Ok(Some(status)) => break status,
            Ok(None) if Instant::now() < end => std::thread::sleep(Duration::from_millis(5)),
            Ok(None) => {
                let _ = child.kill();
                let _ = child.wait();
                return Err(failed(format!("has not answered within {} s", PATIENCE.as_secs())));
            }
            Err(cause) => return Err(failed(cause.to_string())),
        }
    };
    let [said, errors] = [said, errors].map(|each| each.join().unwrap_or_default());
    if status.success() {
        return Ok(said);
    }
    // Each line begins with `sbatch: error: `, which adds nothing.
    let (prefix, error) = (format!("{name}: "), "error: ");
    let strip = |line: &str| {
        let line = line.strip_prefix(&prefix).unwrap_or(line);
        line.strip_prefix(error).unwrap_or(line).trim().to_owned()
    };
    let errors: Vec<String> = errors.lines().map(strip).filter(|line| !line.is_empty()).collect();
    Err(failed(if errors.is_empty() { status.to_string() } else { errors.join("; ") }))
}

fn read(from: Option<impl Read + Send + 'static>) -> JoinHandle<String> {
    std::thread::spawn(move || {
        let mut bytes = vec![];
        if let Some(mut from) = from {
            let _ = from.read_to_end(&mut bytes);
        }
        String::from_utf8_lossy(&bytes).into_owned()
    })
}
