//! A worker, as the process that started it sees it.

use crate::BatchError;
use crate::record::{Head, Record};
use crate::worker::{Job, READY, Setup};
use std::io::{BufRead, BufReader, Read, Write};
use std::process::{Child, ChildStdin, Command, ExitStatus, Stdio};
use std::sync::mpsc::{Receiver, RecvTimeoutError, channel};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

/// How long a worker may take to begin.
const BEGIN: Duration = Duration::from_secs(60);
/// How long a worker that says no more may take to end.
const DYING: Duration = Duration::from_secs(5);
/// How often one looks whether to go on waiting.
const GLANCE: Duration = Duration::from_millis(100);
/// So much of what a worker says on standard error is kept.
const SAID: u64 = 16 << 10;

/// A process that works.
pub(crate) struct Process {
    child: Child,
    input: ChildStdin,
    answers: Receiver<Record>,
    /// The units that it was told of and has not answered.
    told: Vec<u64>,
    said: Option<JoinHandle<String>>,
}

/// How waiting for a record ended.
pub(crate) enum Waited {
    /// With a record.
    Record(Record),
    /// The worker took too long, and was ended.
    TooLong,
    /// One was told to wait no longer; the worker was ended.
    Stopped,
    /// The worker ended.
    Died(Death),
}

/// How a worker ended.
pub(crate) struct Death {
    status: Option<ExitStatus>,
    said: String,
}

impl Death {
    /// Whether it wanted more memory than there is for it.
    pub(crate) fn of_memory(&self) -> bool {
        ["memory allocation of", "bad_alloc", "Cannot allocate memory", "capacity overflow"]
            .iter()
            .any(|sign| self.said.contains(sign))
    }

    /// What is known of it.
    pub(crate) fn reason(&self) -> String {
        let status = self.status.map_or_else(|| "it ended".into(), |status| status.to_string());
        match self.said.lines().map(str::trim).rfind(|line| !line.is_empty() && !line.starts_with("note:")) {
            Some(last) => format!("{status}: {last}"),
            None => status,
        }
    }
}

impl Process {
    /// Starts a worker, and waits until it is ready.
    pub(crate) fn start(mut command: Command, setup: &Setup) -> Result<Self, BatchError> {
        let failed = |cause: &dyn std::fmt::Display| BatchError::Worker(cause.to_string());
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        // What interrupts this process from a terminal is to end it, not them: it lets them finish.
        #[cfg(unix)]
        std::os::unix::process::CommandExt::process_group(&mut command, 0);
        let mut child = command.spawn().map_err(|cause| failed(&cause))?;
        let (Some(input), Some(output), Some(errors)) = (child.stdin.take(), child.stdout.take(), child.stderr.take())
        else {
            return Err(failed(&"it has no standard input and output"));
        };
        let said = std::thread::spawn(move || tail(errors));
        let (ready, is_ready) = channel();
        let (send, answers) = channel();
        std::thread::spawn(move || {
            let mut lines = BufReader::with_capacity(1 << 16, output).lines();
            if !matches!(lines.next(), Some(Ok(line)) if line == READY) || ready.send(()).is_err() {
                return;
            }
            while let Some(record) = next(&mut lines) {
                if send.send(record).is_err() {
                    return;
                }
            }
        });
        let mut process = Self { child, input, answers, told: vec![], said: Some(said) };
        process.tell(setup);
        if is_ready.recv_timeout(BEGIN).is_err() {
            let death = process.bury(DYING);
            return Err(failed(&death.reason()));
        }
        Ok(process)
    }

    fn tell(&mut self, what: &impl serde::Serialize) {
        // If it cannot be told, it is dead, which is seen when it does not answer.
        if let Ok(mut line) = serde_json::to_vec(what) {
            line.push(b'\n');
            let _ = self.input.write_all(&line);
        }
    }

    /// Lets it do a job, and waits for the record: until `deadline`, and as long as `go_on` says so. It is told of the job that comes after, so that it
    /// need not wait itself.
    pub(crate) fn work(
        mut self,
        job: &Job,
        after: Option<&Job>,
        deadline: Option<Instant>,
        go_on: &dyn Fn() -> bool,
    ) -> (Option<Self>, Waited) {
        for job in [Some(job), after].into_iter().flatten() {
            if !self.told.contains(&job.unit) {
                self.told.push(job.unit);
                self.tell(job);
            }
        }
        loop {
            let left =
                deadline.map_or(GLANCE, |deadline| deadline.saturating_duration_since(Instant::now()).min(GLANCE));
            match self.answers.recv_timeout(left) {
                Ok(record) => {
                    self.told.retain(|&unit| unit != record.head.unit);
                    if record.head.unit == job.unit {
                        return (Some(self), Waited::Record(record));
                    }
                }
                Err(RecvTimeoutError::Disconnected) => return (None, Waited::Died(self.bury(DYING))),
                Err(RecvTimeoutError::Timeout) => {
                    if deadline.is_some_and(|deadline| Instant::now() >= deadline) {
                        return (None, Waited::TooLong);
                    }
                    if !go_on() {
                        return (None, Waited::Stopped);
                    }
                }
            }
        }
    }

    /// Ends it, and says how it ended: by itself, if it does so within `patience`.
    fn bury(mut self, patience: Duration) -> Death {
        let end = Instant::now() + patience;
        let mut status = self.child.try_wait().ok().flatten();
        while status.is_none() && Instant::now() < end {
            std::thread::sleep(Duration::from_millis(2));
            status = self.child.try_wait().ok().flatten();
        }
        let _ = self.child.kill();
        let status = status.or_else(|| self.child.wait().ok());
        let said = self.said.take().and_then(|said| said.join().ok()).unwrap_or_default();
        Death { status, said }
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn next(lines: &mut impl Iterator<Item = std::io::Result<String>>) -> Option<Record> {
    let head: Head = serde_json::from_str(&lines.next()?.ok()?).ok()?;
    let results = (0..head.results).map(|_| lines.next()?.ok()).collect::<Option<Vec<String>>>()?;
    Some(Record { head, results })
}

/// The end of what there is to read.
fn tail(mut from: impl Read) -> String {
    let mut all = vec![];
    let mut some = [0; 1 << 12];
    while let Ok(count @ 1..) = from.read(&mut some) {
        all.extend_from_slice(&some[..count]);
        if all.len() as u64 > 2 * SAID {
            all.drain(..all.len() - SAID as usize);
        }
    }
    String::from_utf8_lossy(&all).into_owned()
}
