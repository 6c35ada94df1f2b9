//! Games on threads that are watched: one that does not end is given up.

use std::collections::HashMap;
use std::num::NonZeroUsize;
use std::ops::Range;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::mpsc::{RecvTimeoutError, Sender, channel};
use std::thread::available_parallelism;
use std::time::{Duration, Instant};

/// How often it is looked whether a game has been going on for too long.
const GLANCE: Duration = Duration::from_millis(200);

/// What a thread tells: that a seed begins, or what came of it.
enum Told<T> {
    Begun(u64),
    Done(u64, T),
}

/// What comes of every seed, by seed, on as many threads as there are processors; of one that takes
/// longer than `patience`, what `given_up` says. Its thread goes on in vain.
pub fn play_all<T: Send + 'static>(
    seeds: Range<u64>,
    patience: Duration,
    play: impl Fn(u64) -> T + Clone + Send + 'static,
    given_up: impl Fn() -> T,
) -> Vec<(u64, T)> {
    let next = Arc::new(AtomicU64::new(seeds.start));
    let (sender, receiver) = channel();
    let start = |sender: &Sender<Told<T>>| {
        let (next, sender, play, end) = (Arc::clone(&next), sender.clone(), play.clone(), seeds.end);
        std::thread::spawn(move || {
            loop {
                let seed = next.fetch_add(1, Ordering::Relaxed);
                // Nobody listens any more, once all else is done.
                if seed >= end || sender.send(Told::Begun(seed)).is_err() {
                    return;
                }
                if sender.send(Told::Done(seed, play(seed))).is_err() {
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
        match receiver.recv_timeout(GLANCE) {
            Ok(Told::Begun(seed)) => {
                going.insert(seed, Instant::now());
            }
            Ok(Told::Done(seed, done)) => {
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
