//! A worker process, from the view of the process that started it.

use crate::BatchError;
use crate::record::Record;
use crate::worker::{Job, READY, Setup};
use std::collections::VecDeque;
use std::io::{BufRead, BufReader, Read, Write};
use std::process::{Child, ChildStdin, ChildStdout, Command, ExitStatus, Stdio};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

/// The time limit for the start of a worker.
const BEGIN: Duration = Duration::from_secs(60);
/// The time limit for the end of a worker that closed its output.
const DYING: Duration = Duration::from_secs(5);
/// The number of bytes to keep of a worker's standard error.
const SAID: u64 = 16 << 10;

/// A worker process.
pub(crate) struct Process {
    life: Arc<Life>,
    input: ChildStdin,
    output: BufReader<ChildStdout>,
    /// The units that were sent to it and that it has not answered.
    told: VecDeque<u64>,
    said: Option<JoinHandle<String>>,
}

/// The life of a process. The thread that waits for its answers is blocked, so another thread ends
/// the process when necessary.
pub(crate) struct Life {
    child: Mutex<Child>,
    fate: Mutex<Fate>,
}

struct Fate {
    /// The deadline of its answer.
    deadline: Option<Instant>,
    /// Why it was ended, if it was.
    ended: Option<Ended>,
}

/// Why a process was ended.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Ended {
    /// It took too long.
    TooLong,
    /// The run was stopped.
    Stopped,
}

/// How waiting for a record ended.
pub(crate) enum Waited {
    /// With a record.
    Record(Record),
    /// The worker was ended for this reason.
    Ended(Ended),
    /// The worker ended by itself.
    Died(Death),
}

/// How a worker ended.
pub(crate) struct Death {
    status: Option<ExitStatus>,
    said: String,
}

/// The content of a mutex, even if a thread panicked while holding it.
pub(crate) fn locked<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Life {
    /// Sets the deadline of the answer.
    fn expect(&self, deadline: Option<Instant>) {
        locked(&self.fate).deadline = deadline;
    }

    /// Ends the process if the run is to stop or its deadline has passed.
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
    /// Whether the worker ran out of memory.
    pub(crate) fn of_memory(&self) -> bool {
        ["memory allocation of", "bad_alloc", "Cannot allocate memory", "capacity overflow"]
            .iter()
            .any(|sign| self.said.contains(sign))
    }

    /// What is known about the end, in words.
    pub(crate) fn reason(&self) -> String {
        let status = self.status.map_or_else(|| "it ended".into(), |status| status.to_string());
        match self.said.lines().map(str::trim).rfind(|line| !line.is_empty() && !line.starts_with("note:")) {
            Some(last) => format!("{status}: {last}"),
            None => status,
        }
    }
}

impl Process {
    /// Starts a worker and waits until it is ready. `register` gets its life first; there is no
    /// worker if that is stopped in the meantime.
    pub(crate) fn start(
        mut command: Command,
        setup: &Setup,
        register: &dyn Fn(Arc<Life>),
    ) -> Result<Option<Self>, BatchError> {
        let failed = |cause: &dyn std::fmt::Display| BatchError::Worker(cause.to_string());
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        // An interrupt from the terminal must reach only this process, which lets workers finish.
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
            // Jobs can always be written as JSON.
            if serde_json::to_writer(&mut lines, one).is_ok() {
                lines.push(b'\n');
            }
        }
        // If the write fails, the worker is dead, and its missing answer shows that.
        let _ = self.input.write_all(&lines);
    }

    fn ended(&self) -> Option<Ended> {
        locked(&self.life.fate).ended
    }

    /// Waits for the record of the first of some jobs, until `deadline`. The worker gets all of
    /// them, so that it need not wait for the next one.
    pub(crate) fn work(mut self, jobs: &VecDeque<Job>, deadline: Option<Instant>) -> (Option<Self>, Waited) {
        // The first jobs were sent to it before.
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
                // It may have been ended just as it answered.
                let alive = self.ended().is_none().then_some(self);
                (alive, Waited::Record(record))
            }
            _ => match self.ended() {
                Some(why) => (None, Waited::Ended(why)),
                None => (None, Waited::Died(self.bury(DYING))),
            },
        }
    }

    /// Ends it and returns how it ended: by itself, if it does so within `patience`.
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

/// The last bytes of a stream, as text.
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
