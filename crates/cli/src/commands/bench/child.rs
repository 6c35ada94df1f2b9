//! A point in a process of its own.

use crate::session::Session;
use std::io::Read;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};
use suasion_study::scaling::{ScalingOutcome, ScalingTask};

/// The interval between looks at a process, short at first and then longer.
const SOONEST: Duration = Duration::from_millis(2);
const LATEST: Duration = Duration::from_millis(50);

/// A child process that is killed when this value is dropped.
struct Ends(Child);

impl Drop for Ends {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// Measures a point in a process; `None` if the whole run is to end.
pub fn measure(task: &ScalingTask, session: &Session) -> Option<ScalingOutcome> {
    if session.settings.stopped().is_some() {
        return None;
    }
    match begin(task) {
        Ok(child) => wait(child, task, session),
        Err(problem) => Some(ScalingOutcome::Failed(problem)),
    }
}

fn begin(task: &ScalingTask) -> Result<Ends, String> {
    let program = std::env::current_exe().map_err(|cause| format!("this program is not found: {cause}"))?;
    let text = serde_json::to_string(task).map_err(|cause| cause.to_string())?;
    let mut command = Command::new(program);
    command.args(["bench", "point", &text, "--threads", &task.point.threads.to_string()]);
    // If this process is killed, the child ends by itself.
    command.args(["--time-limit", &(2.0 * task.seconds + 10.0).to_string()]);
    command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
    command.spawn().map(Ends).map_err(|cause| format!("its process cannot be started: {cause}"))
}

fn wait(mut child: Ends, task: &ScalingTask, session: &Session) -> Option<ScalingOutcome> {
    let begun = Instant::now();
    let limit = Duration::from_secs_f64(task.seconds);
    let out = read(child.0.stdout.take());
    let err = read(child.0.stderr.take());
    let mut pause = SOONEST;
    let status = loop {
        match child.0.try_wait() {
            Ok(Some(status)) => break status,
            Ok(None) => {}
            Err(cause) => return Some(ScalingOutcome::Crashed(cause.to_string())),
        }
        if session.settings.stopped().is_some() {
            return None;
        }
        if begun.elapsed() > limit {
            return Some(ScalingOutcome::TimedOut);
        }
        std::thread::sleep(pause);
        pause = (2 * pause).min(LATEST);
    };
    // A signal from the terminal goes to both processes.
    if session.settings.stopped().is_some() && !status.success() {
        return None;
    }
    Some(outcome(status, &text(out), &text(err)))
}

fn outcome(status: ExitStatus, out: &str, err: &str) -> ScalingOutcome {
    if status.success() {
        let measured = serde_json::from_str(out);
        return measured.map_or_else(
            |cause| ScalingOutcome::Failed(format!("its process said {out:?}: {cause}")),
            ScalingOutcome::Measured,
        );
    }
    let said = err.lines().find_map(|line| line.strip_prefix("error: "));
    if let (Some(_), Some(problem)) = (status.code(), said) {
        return ScalingOutcome::Failed(problem.into());
    }
    let last = err.lines().last().map(|last| format!(": {last}")).unwrap_or_default();
    ScalingOutcome::Crashed(format!("{status}{last}"))
}

/// Reads a pipe while the process runs, since a full pipe would block it.
fn read(pipe: Option<impl Read + Send + 'static>) -> Option<JoinHandle<String>> {
    let mut pipe = pipe?;
    Some(std::thread::spawn(move || {
        let mut bytes = vec![];
        let _ = pipe.read_to_end(&mut bytes);
        String::from_utf8_lossy(&bytes).into_owned()
    }))
}

fn text(reader: Option<JoinHandle<String>>) -> String {
    reader.and_then(|reader| reader.join().ok()).unwrap_or_default()
}

#[cfg(all(test, unix))]
mod tests {
    use super::*;
    use std::os::unix::process::ExitStatusExt;

    #[test]
    fn ends() {
        let exit = |code| ExitStatus::from_raw(code << 8);
        let told = "note: x\nerror: the answer is not certified: y\n";
        assert_eq!(outcome(exit(1), "", told), ScalingOutcome::Failed("the answer is not certified: y".into()));
        let measured = outcome(exit(0), r#"{"seconds": [0.5], "runs": 1, "memory": null}"#, "");
        assert!(matches!(measured, ScalingOutcome::Measured(found) if found.seconds == [0.5]));
        assert!(matches!(outcome(exit(0), "", ""), ScalingOutcome::Failed(_)));
        // Killed, perhaps for lack of memory; then a panic.
        assert_eq!(outcome(ExitStatus::from_raw(9), "", ""), ScalingOutcome::Crashed("signal: 9 (SIGKILL)".into()));
        let panicked = outcome(exit(101), "", "thread panicked\nnote: run with a backtrace\n");
        assert_eq!(panicked, ScalingOutcome::Crashed("exit status: 101: note: run with a backtrace".into()));
    }
}
