//! The work of the thread that stores what the others produce.

use super::LabelState;
use super::ask::{Asker, Event};
use crate::LabelError;
use crate::store::{LabelStore, Record, Set};
use std::sync::atomic::Ordering;
use std::sync::mpsc::{Receiver, RecvTimeoutError};
use std::time::{Duration, Instant};

/// The time between two reports of progress.
const REPORT_EVERY: Duration = Duration::from_millis(100);
/// After this many labels in a row without a proper answer in all their tries, the server counts as
/// gone.
const GIVEN_UP: usize = 5;
/// If the first labels of a set all fail, or if labels in a row are refused, the run ends after
/// this many.
const ALL_FAIL: usize = 20;
/// The most further labels in one transaction. If labels arrive faster than they are stored,
/// workers wait.
const MOST_AT_ONCE: usize = 255;

/// A label that counts as a failure only if the server answers a later call.
struct Unsure {
    record: Record,
    received: Instant,
}

impl Unsure {
    fn new(record: Record) -> Self {
        Self { record, received: Instant::now() }
    }
}

/// Stores what the workers produce.
pub(super) struct Keeper<'a> {
    store: &'a mut LabelStore,
    set: &'a Set,
    asker: &'a Asker<'a>,
    /// Whether any answer has arrived.
    answered: bool,
    /// Labels without a proper answer in all their tries, when no later call has been answered yet.
    /// They are failures of their own, unless the server is gone.
    unanswered: Vec<Unsure>,
    /// Labels that the server refused. They are failures of their own, unless the server refuses
    /// everything.
    refused: Vec<Unsure>,
    /// Records that were stored while the model may have been another one.
    doubted: Vec<Record>,
    start: Instant,
}

impl<'a> Keeper<'a> {
    pub fn new(store: &'a mut LabelStore, set: &'a Set, asker: &'a Asker<'a>, start: Instant) -> Self {
        let (unanswered, refused, doubted) = (vec![], vec![], vec![]);
        Self { store, set, asker, answered: false, unanswered, refused, doubted, start }
    }

    /// Stores what arrives until no worker produces anything more.
    pub fn keep(
        &mut self,
        events: &Receiver<Event>,
        state: &mut LabelState,
        watch: &mut dyn FnMut(&LabelState),
    ) -> Result<(), LabelError> {
        let mut reported = None;
        loop {
            let mut open = true;
            let (mut records, mut waiting) = (vec![], vec![]);
            match events.recv_timeout(REPORT_EVERY) {
                Ok(first) => {
                    // Everything that is waiting goes into one transaction.
                    for next in std::iter::once(first).chain(events.try_iter().take(MOST_AT_ONCE)) {
                        match next {
                            Event::Answered(record, asked, stored) => {
                                waiting.push(stored);
                                self.hear_answer(record, asked, state, &mut records);
                            }
                            Event::Refused(record) => self.on_refusal(record, state),
                            Event::NoAnswer(record) => self.on_no_answer(record),
                            Event::Problem(problem) => state.trouble = Some(problem),
                        }
                    }
                }
                Err(RecvTimeoutError::Timeout) => {}
                Err(RecvTimeoutError::Disconnected) => {
                    open = false;
                    self.conclude(&mut records);
                }
            }
            self.write(records, state).inspect_err(|cause| {
                // The workers are still waiting. They must not ask for labels that cannot be
                // stored.
                self.asker.retry.pace.end(cause.to_string());
            })?;
            drop(waiting);
            if reported.is_none_or(|reported: Instant| reported.elapsed() >= REPORT_EVERY) || !open {
                state.seconds = self.start.elapsed().as_secs_f64();
                watch(state);
                reported = Some(Instant::now());
            }
            if !open {
                return Ok(());
            }
        }
    }

    /// Checks one last time which model the endpoint serves. If it is another one, takes back the
    /// records that may come from it.
    pub fn end(&mut self, state: &mut LabelState) -> Result<(), LabelError> {
        let watch = &self.asker.watch;
        if self.doubted.iter().any(|record| watch.is_in_doubt(record.looks)) {
            watch.last_look(self.asker.endpoint);
        }
        self.learn()?;
        if watch.swapped().is_some() {
            self.doubted.retain(|record| watch.is_in_doubt(record.looks));
            self.store.take_back(self.set, &self.doubted)?;
            self.doubted.drain(..).for_each(|record| state.take_back(&record));
        }
        Ok(())
    }

    fn learn(&mut self) -> Result<(), LabelError> {
        self.asker.watch.learned().map_or(Ok(()), |build| self.store.learn(self.set, build))
    }

    fn write(&mut self, records: Vec<Record>, state: &mut LabelState) -> Result<(), LabelError> {
        let Some(last) = records.last() else { return Ok(()) };
        // This comes first: labels must not be stored without the sizes by which a later run
        // recognizes their model.
        self.learn()?;
        self.store.write(self.set, &records)?;
        for record in &records {
            state.add(record);
        }
        self.judge(state, last);
        let watch = &self.asker.watch;
        self.doubted.extend(records);
        self.doubted.retain(|record| watch.is_in_doubt(record.looks));
        Ok(())
    }

    fn hear_answer(&mut self, record: Record, asked: Instant, state: &mut LabelState, records: &mut Vec<Record>) {
        // The server answers. So if it did not answer earlier calls, those calls themselves failed.
        // This says nothing about later calls.
        state.trouble = None;
        self.answered = true;
        self.asker.from_end.store(false, Ordering::Relaxed);
        for unsure in [&mut self.unanswered, &mut self.refused] {
            records.extend(unsure.extract_if(.., |unsure| unsure.received <= asked).map(|unsure| unsure.record));
        }
        records.push(record);
    }

    fn on_refusal(&mut self, record: Record, state: &LabelState) {
        self.refused.push(Unsure::new(record));
        if self.refused.len() == ALL_FAIL / 2 {
            // These may all belong to one persona; the last ones belong to another.
            self.asker.from_end.store(true, Ordering::Relaxed);
        }
        if self.refused.len() >= ALL_FAIL {
            let top = self.asker.options.asking.top;
            let hint = if state.before + state.done > 0 || top == 0 {
                String::new()
            } else {
                format!("; if the cause is the request for {top} log-probabilities, --top 0 asks for none")
            };
            self.end_run(
                &format!("{ALL_FAIL} labels in a row were refused"),
                self.refused.last().map(|unsure| &unsure.record),
                &hint,
            );
        }
    }

    fn on_no_answer(&mut self, record: Record) {
        self.unanswered.push(Unsure::new(record));
        if self.unanswered.len() >= GIVEN_UP {
            self.end_run(
                &format!("no proper answer for {GIVEN_UP} labels in a row"),
                self.unanswered.last().map(|unsure| &unsure.record),
                "",
            );
        }
    }

    /// Decides about the last records, after which no answer arrived.
    fn conclude(&mut self, records: &mut Vec<Record>) {
        if self.asker.retry.pace.ended().is_some() {
            return;
        }
        records.extend(self.refused.drain(..).map(|unsure| unsure.record));
        if self.answered {
            records.extend(self.unanswered.drain(..).map(|unsure| unsure.record));
        } else if !self.unanswered.is_empty() {
            let problem = format!("no proper answer for the {} labels that were left", self.unanswered.len());
            self.end_run(&problem, self.unanswered.last().map(|unsure| &unsure.record), "");
        }
    }

    /// Ends a run in which every call fails.
    fn judge(&self, state: &LabelState, last: &Record) {
        if state.before + state.done == 0 && state.failed >= ALL_FAIL as u64 {
            self.end_run(&format!("all of the first {} labels failed", state.failed), Some(last), "");
        }
    }

    fn end_run(&self, problem: &str, last: Option<&Record>, hint: &str) {
        let last = last.and_then(|record| record.outcome.as_ref().err()).map_or("", String::as_str);
        self.asker.retry.pace.end(format!("{problem}; the last: {last}{hint}"));
    }
}
