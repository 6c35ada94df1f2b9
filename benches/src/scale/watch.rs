//! Plays games on threads that are watched. A game that does not end is given up.

use std::collections::HashMap;
use std::num::NonZeroUsize;
use std::ops::Range;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::mpsc::{RecvTimeoutError, Sender, channel};
use std::thread::available_parallelism;
use std::time::{Duration, Instant};

/// How often the watch looks for games that take too long.
const LOOK_EVERY: Duration = Duration::from_millis(200);

/// A message from a thread: a seed begins, or a seed has a result.
enum Message<T> {
    Begun(u64),
    Done(u64, T),
}

/// The result of every seed, ordered by seed, on as many threads as there are processors. If a seed
/// takes longer than `patience`, its result is that of `given_up`, and its thread is abandoned.
pub fn play_all<T: Send + 'static>(
    seeds: Range<u64>,
    patience: Duration,
    play: impl Fn(u64) -> T + Clone + Send + 'static,
    given_up: impl Fn() -> T,
) -> Vec<(u64, T)> {
    let next = Arc::new(AtomicU64::new(seeds.start));
    let (sender, receiver) = channel();
    let start = |sender: &Sender<Message<T>>| {
        let (next, sender, play, end) = (Arc::clone(&next), sender.clone(), play.clone(), seeds.end);
        std::thread::spawn(move || {
            loop {
                let seed = next.fetch_add(1, Ordering::Relaxed);
                // Once everything else is done, the receiver is gone.
                if seed >= end || sender.send(Message::Begun(seed)).is_err() {
                    return;
                }
                if sender.send(Message::Done(seed, play(seed))).is_err() {
                    return;
                }
            }
        });
    };
    for _ in 0..available_parallelism().map_or(1, NonZeroUsize::get) {
        start(&sender);
    }
    let mut going: HashMap<u64, Instant> = HashMap::new();
    let mut all: Vec<(u64, T)> = vec![];
    let mut lost = std::collections::HashSet::new();
    while all.len() < seeds.clone().count() {
        match receiver.recv_timeout(LOOK_EVERY) {
            Ok(Message::Begun(seed)) => {
                going.insert(seed, Instant::now());
            }
            Ok(Message::Done(seed, done)) => {
                going.remove(&seed);
                if !lost.contains(&seed) {
                    all.push((seed, done));
                }
            }
            Err(RecvTimeoutError::Timeout | RecvTimeoutError::Disconnected) => {}
        }
        let late: Vec<u64> =
            going.iter().filter(|(_, begun)| begun.elapsed() > patience).map(|(&seed, _)| seed).collect();
        for seed in late {
            going.remove(&seed);
            lost.insert(seed);
            all.push((seed, given_up()));
            start(&sender);
        }
    }
    all.sort_by_key(|&(seed, _)| seed);
    all
}
