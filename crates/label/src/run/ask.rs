//! The work of a thread: it asks for one label after another.

use super::LabelOptions;
use crate::endpoint::{Endpoint, Fault};
use crate::pace::lock;
use crate::reply::ModelReply;
use crate::retry::{CallError, Retry};
use crate::score::score;
use crate::store::Record;
use crate::watch::Watch;
use std::cell::Cell;
use std::collections::VecDeque;
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Sender, SyncSender, channel};
use std::time::{Duration, Instant};

/// The data that all threads share.
pub(super) struct Asker<'a> {
    pub endpoint: &'a Endpoint,
    pub options: &'a LabelOptions<'a>,
    pub retry: &'a Retry<'a>,
    pub watch: Watch,
    pub model: String,
    /// The labels still to ask for: agent and item.
    pub left: Mutex<VecDeque<(usize, usize)>>,
    /// Whether the next ones are taken from the end.
    pub from_end: AtomicBool,
}

/// A message from a worker.
pub(super) enum Event {
    /// A label, or a failure to get one; when it was asked for; and what to drop once it is stored.
    Answered(Record, Instant, Sender<()>),
    /// A label that the server refused.
    Refused(Record),
    /// A label without a proper answer after all tries.
    NoAnswer(Record),
    /// The current problem.
    Problem(String),
}

/// The description of a fault that persisted.
pub(super) fn describe(fault: &Fault, tries: u64) -> String {
    let tries = if tries == 1 { "1 try".into() } else { format!("{tries} tries") };
    match fault {
        Fault::Absent(problem) => format!("does not answer ({problem}), in {tries}"),
        Fault::Busy(problem, _) => format!("is overloaded ({problem}), in {tries}"),
        Fault::Broken(problem, _) => format!("gives no proper answer ({problem}), in {tries}"),
        Fault::Refused(problem) | Fault::Final(problem) => problem.clone(),
    }
}

impl Asker<'_> {
    /// Asks for labels until none is left or the run has ended.
    pub fn work(&self, events: &SyncSender<Event>) {
        while self.retry.pace.ended().is_none() {
            let Some((agent, item)) = self.next() else { return };
            let (stored, is_stored) = channel();
            // The receiver is gone only if nothing can be stored any more.
            if self.label(agent, item, stored, events).is_some_and(|message| events.send(message).is_err()) {
                return;
            }
            // A run that is killed must lose at most one call per thread, so a thread makes no call
            // before its last answer is on the disk.
            let _ = is_stored.recv();
        }
    }

    fn next(&self) -> Option<(usize, usize)> {
        let mut left = lock(&self.left);
        if self.from_end.load(Ordering::Relaxed) { left.pop_back() } else { left.pop_front() }
    }

    /// Asks for a label. Returns `None` if the run ends before there is an answer. `stored` is
    /// dropped when the result is stored, or when there is nothing to store.
    fn label(&self, agent: usize, item: usize, stored: Sender<()>, events: &SyncSender<Event>) -> Option<Event> {
        let (persona, item) = (&self.options.personas.all[agent], &self.options.items[item]);
        let body = self.options.asking.body(&self.model, persona, &item.text);
        let on_problem = |problem: &str| {
            let _ = events.send(Event::Problem(problem.into()));
        };
        let (asked, seconds) = (Cell::new(Instant::now()), Cell::new(Duration::ZERO));
        let (answer, tries) = self.retry.call(&on_problem, || {
            asked.set(Instant::now());
            let answer = self.try_once(&body);
            seconds.set(asked.get().elapsed());
            answer
        });
        let record = |outcome, reply: Option<&ModelReply>| Record {
            agent: persona.name.clone(),
            item: item.name.clone(),
            hash: item.hash.clone(),
            outcome,
            tokens_in: reply.map_or(0, |reply| reply.tokens_in),
            tokens_out: reply.map_or(0, |reply| reply.tokens_out),
            tries,
            seconds: seconds.get().as_secs_f64(),
            answered: reply.and_then(|reply| reply.model.clone()),
            looks: self.watch.looks(),
        };
        match answer {
            Ok(reply) => {
                let none = || format!("no answer that counts in {:?}", self.endpoint.shown(&reply.text));
                let outcome = score(&reply, &persona.answers).ok_or_else(none);
                Some(Event::Answered(record(outcome, Some(&reply)), asked.get(), stored))
            }
            Err(CallError::Ended) => None,
            Err(CallError::Fault(fault)) => match &fault {
                Fault::Refused(problem) => Some(Event::Refused(record(Err(problem.clone()), None))),
                Fault::Broken(..) => Some(Event::NoAnswer(record(Err(describe(&fault, tries)), None))),
                Fault::Absent(_) | Fault::Busy(..) | Fault::Final(_) => {
                    self.retry.pace.end(format!("{}: {}", self.endpoint.base(), describe(&fault, tries)));
                    None
                }
            },
        }
    }

    fn try_once(&self, body: &serde_json::Value) -> Result<ModelReply, Fault> {
        let pace = self.retry.pace;
        self.watch.look(self.endpoint, pace)?;
        let answer = self.endpoint.ask(self.options.asking.way, body);
        match &answer {
            // A server that comes back, or returns after the wait that it asked for, may serve
            // another model.
            Err(Fault::Absent(_)) => self.watch.doubt(Duration::ZERO),
            Err(Fault::Broken(_, wait)) => self.watch.doubt(wait.unwrap_or_default()),
            Err(Fault::Busy(_, Some(wait))) => self.watch.doubt(*wait),
            _ => {}
        }
        let reply = answer?;
        self.watch.answered(reply.model.as_deref())?;
        self.watch.settle(self.endpoint, pace)?;
        Ok(reply)
    }
}
