//! A worker, as the process that started it sees it.

use crate::BatchError;
use crate::record::Record;
use crate::worker::{Job, READY, Setup};
use std::collections::VecDeque;
use std::io::{BufRead, BufReader, Read, Write};
use std::process::{Child, ChildStdin, ChildStdout, Command, ExitStatus, Stdio};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

/// How long a worker may take to begin.
const BEGIN: Duration = Duration::from_secs(60);
/// How long a worker that says no more may take to end.
const DYING: Duration = Duration::from_secs(5);
/// So much of what a worker says on standard error is kept.
const SAID: u64 = 16 << 10;

/// A process that works.
pub(crate) struct Process {
    life: Arc<Life>,
    input: ChildStdin,
    output: BufReader<ChildStdout>,
    /// The units that it was told of and has not answered.
    told: VecDeque<u64>,
    said: Option<JoinHandle<String>>,
}

/// The life of a process: whoever waits for what it says does nothing else meanwhile, so another
/// thread is to end it where it must be ended.
pub(crate) struct Life {
    child: Mutex<Child>,
    fate: Mutex<Fate>,
}

struct Fate {
    /// Until when it is to answer.
    deadline: Option<Instant>,
    /// Why it was ended, if it was.
    ended: Option<Ended>,
}

/// Why a process was ended.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Ended {
    /// It took too long.
    TooLong,
    /// One was told to wait no longer.
    Stopped,
}

/// How waiting for a record ended.
pub(crate) enum Waited {
    /// With a record.
    Record(Record),
    /// With the end of the worker, which was ended for a reason.
    Ended(Ended),
    /// The worker ended by itself.
    Died(Death),
}

/// How a worker ended.
pub(crate) struct Death {
    status: Option<ExitStatus>,
    said: String,
}

/// What a mutex has, whoever panicked with it.
pub(crate) fn locked<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Life {
    /// Until when there is to be an answer.
    fn expect(&self, deadline: Option<Instant>) {
        locked(&self.fate).deadline = deadline;
    }

    /// Ends the process, if it is to be stopped, or has a deadline that is over.
    pub(crate) fn look(&self, stop: bool) {
        let mut fate = locked(&self.fate);
        let late = fate.deadline.is_some_and(|deadline| Instant::now() >= deadline);
        if fate.ended.is_none() && (stop || late) {
            fate.ended = Some(if stop { Ended::Stopped } else { Ended::TooLong });
            let _ = locked(&self.child).kill();
        }
    }
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
    /// Starts a worker, and waits until it is ready. `register` is given its life before, and there
    /// is none if that is stopped meanwhile.
    pub(crate) fn start(
        mut command: Command,
        setup: &Setup,
        register: &dyn Fn(Arc<Life>),
    ) -> Result<Option<Self>, BatchError> {
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
        let fate = Fate { deadline: Some(Instant::now() + BEGIN), ended: None };
        let life = Arc::new(Life { child: Mutex::new(child), fate: Mutex::new(fate) });
        register(life.clone());
        let said = std::thread::spawn(move || tail(errors));
        let output = BufReader::with_capacity(1 << 16, output);
        let mut process = Self { life, input, output, told: VecDeque::new(), said: Some(said) };
        process.tell(&[setup]);
        let mut line = String::new();
        match process.output.read_line(&mut line) {
            Ok(_) if line.trim_end() == READY => Ok(Some(process)),
            _ => match process.ended() {
                Some(Ended::Stopped) => Ok(None),
                _ => Err(failed(&process.bury(DYING).reason())),
            },
        }
    }

    fn tell(&mut self, what: &[impl serde::Serialize]) {
        let mut lines = vec![];
        for one in what {
            // Jobs are always representable.
            if serde_json::to_writer(&mut lines, one).is_ok() {
                lines.push(b'\n');
            }
        }
        // If it cannot be told, it is dead, which is seen when it does not answer.
        let _ = self.input.write_all(&lines);
    }

    fn ended(&self) -> Option<Ended> {
        locked(&self.life.fate).ended
    }

    /// Waits for the record of the first of some jobs, until `deadline`. It is told of all of them,
    /// so that it need not wait itself.
    pub(crate) fn work(mut self, jobs: &VecDeque<Job>, deadline: Option<Instant>) -> (Option<Self>, Waited) {
        // Those that it was told of before are the first of them.
        let more: Vec<&Job> = jobs.iter().skip(self.told.len()).collect();
        if !more.is_empty() {
            self.told.extend(more.iter().map(|job| job.unit));
            self.tell(&more);
        }
        self.life.expect(deadline);
        let record = Record::read(&mut self.output);
        self.life.expect(None);
        match record {
            Some(record) if self.told.pop_front() == Some(record.head.unit) => {
                // It may have been ended just when it answered.
                let alive = self.ended().is_none().then_some(self);
                (alive, Waited::Record(record))
            }
            _ => match self.ended() {
                Some(why) => (None, Waited::Ended(why)),
                None => (None, Waited::Died(self.bury(DYING))),
            },
        }
    }

    /// Ends it, and says how it ended: by itself, if it does so within `patience`.
    fn bury(mut self, patience: Duration) -> Death {
        let end = Instant::now() + patience;
        let status = || locked(&self.life.child).try_wait().ok().flatten();
        let mut found = status();
        while found.is_none() && Instant::now() < end {
            std::thread::sleep(Duration::from_millis(2));
            found = status();
        }
        let status = found.or_else(|| {
            let mut child = locked(&self.life.child);
            let _ = child.kill();
            child.wait().ok()
        });
        let said = self.said.take().and_then(|said| said.join().ok()).unwrap_or_default();
        Death { status, said }
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        let mut child = locked(&self.life.child);
        let _ = child.kill();
        let _ = child.wait();
    }
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
