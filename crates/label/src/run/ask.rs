//! What a thread does: one label after another.

use super::RunOptions;
use crate::endpoint::{Endpoint, Fault};
use crate::reply::{Reply, short};
use crate::retry::{Given, Retry};
use crate::score::score;
use crate::store::Record;
use crate::watch::Watch;
use std::cell::Cell;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc::SyncSender;
use std::time::{Duration, Instant};

/// What all threads share.
pub(super) struct Asker<'a> {
    pub endpoint: &'a Endpoint,
    pub options: &'a RunOptions<'a>,
    pub retry: &'a Retry<'a>,
    pub watch: Watch,
    pub model: String,
    /// The labels that are wanted: agent and item.
    pub left: &'a [(usize, usize)],
    /// The next of them.
    pub next: AtomicUsize,
}

/// What a thread brings.
pub(super) enum Heard {
    /// A label, or the failure of one.
    Record(Record),
    /// A label without a proper answer in all its tries.
    NoAnswer(Record),
    /// What goes wrong at the moment.
    Trouble(String),
}

/// What is said of a fault that did not pass.
pub(super) fn away(fault: &Fault, tries: u64) -> String {
    let tries = if tries == 1 { "1 try".into() } else { format!("{tries} tries") };
    match fault {
        Fault::Absent(problem) => format!("does not answer ({problem}), in {tries}"),
        Fault::Busy(problem, _) => format!("has too much to do ({problem}), in {tries}"),
        Fault::Broken(problem, _) => format!("gives no proper answer ({problem}), in {tries}"),
        Fault::Refused(problem) | Fault::Fatal(problem) => problem.clone(),
    }
}

impl Asker<'_> {
    /// Asks for labels until none is left or the run is to end.
    pub fn work(&self, heard: &SyncSender<Heard>) {
        while self.retry.pace.ended().is_none() {
            let Some(&(agent, item)) = self.left.get(self.next.fetch_add(1, Ordering::Relaxed)) else { return };
            // Nobody hears any more only where nothing can be stored.
            if self.label(agent, item, heard).is_some_and(|message| heard.send(message).is_err()) {
                return;
            }
        }
    }

    /// Asks for a label; none if the run is to end before there is an answer.
    fn label(&self, agent: usize, item: usize, heard: &SyncSender<Heard>) -> Option<Heard> {
        let (persona, item) = (&self.options.personas.all[agent], &self.options.items[item]);
        let body = self.options.asking.body(&self.model, persona, &item.text);
        let troubled = |problem: &str| {
            let _ = heard.send(Heard::Trouble(problem.into()));
        };
        let seconds = Cell::new(Duration::ZERO);
        let (answer, tries) = self.retry.call(&troubled, || {
            let start = Instant::now();
            let answer = self.try_once(&body);
            seconds.set(start.elapsed());
            answer
        });
        let record = |outcome, reply: Option<&Reply>| Record {
            agent: persona.name.clone(),
            item: item.name.clone(),
            hash: item.hash.clone(),
            outcome,
            tokens_in: reply.map_or(0, |reply| reply.tokens_in),
            tokens_out: reply.map_or(0, |reply| reply.tokens_out),
            tries,
            seconds: seconds.get().as_secs_f64(),
            answered: reply.and_then(|reply| reply.model.clone()),
        };
        match answer {
            Ok(reply) => {
                let none = || format!("no answer that counts in {:?}", short(&reply.text));
                Some(Heard::Record(record(score(&reply, &persona.answers).ok_or_else(none), Some(&reply))))
            }
            Err(Given::Up) => None,
            Err(Given::Fault(fault)) => match &fault {
                Fault::Refused(problem) => Some(Heard::Record(record(Err(problem.clone()), None))),
                Fault::Broken(..) => Some(Heard::NoAnswer(record(Err(away(&fault, tries)), None))),
                Fault::Absent(_) | Fault::Busy(..) | Fault::Fatal(_) => {
                    self.retry.pace.end(format!("{}: {}", self.endpoint.base(), away(&fault, tries)));
                    None
                }
            },
        }
    }

    fn try_once(&self, body: &serde_json::Value) -> Result<Reply, Fault> {
        self.watch.look(self.endpoint)?;
        let answer = self.endpoint.ask(self.options.asking.way, body);
        if matches!(answer, Err(Fault::Absent(_) | Fault::Broken(..))) {
            // Who comes back may be another.
            self.watch.doubt();
        }
        let reply = answer?;
        self.watch.answered(reply.model.as_deref())?;
        Ok(reply)
    }
}
