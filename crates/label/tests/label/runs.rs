//! Runs under conditions that the command cannot create: frequent looks at the list of models, and
//! a slow store.

use rusqlite::Connection;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::time::Duration;
use suasion_label::{Asking, Endpoint, LabelOptions, LabelState, LabelStore, Personas, Way, read_items, run};
use suasion_testkit::llm::{Answer, Server, Study, list};

const LOOK_EVERY: Duration = Duration::from_millis(100);
const CONCURRENCY: usize = 2;

fn run_to_end(study: &Study, server: &Server) -> LabelState {
    let (items, personas) =
        (read_items(&study.path("items.csv")).unwrap(), Personas::read(&study.path("personas.json")).unwrap());
    let endpoint = Endpoint::new(&server.url(), None, Duration::from_secs(20), CONCURRENCY).unwrap();
    let options = LabelOptions {
        items: &items,
        personas: &personas,
        asking: Asking { way: Way::Chat, top: 20, tokens: 2 },
        model: None,
        concurrency: CONCURRENCY,
        retries: 2,
        first_wait: Duration::from_millis(10),
        per_minute: None,
        retry: false,
        look_every: LOOK_EVERY,
        stop: &|| None,
    };
    run(&study.path("labels"), &endpoint, &options, &mut |_| {}).unwrap()
}

#[test]
fn the_list_is_looked_at_every_so_often() {
    let study = Study::new(2, 50);
    let looks = Arc::new(AtomicUsize::new(0));
    let seen = looks.clone();
    let server = Server::start(move |call| {
        if call.is_list() {
            seen.fetch_add(1, Ordering::SeqCst);
            return Answer::Json(list("small", Some(1)));
        }
        Answer::Slow(Duration::from_millis(10), Box::new(Answer::Model))
    });
    let state = run_to_end(&study, &server);
    assert_eq!((state.done, state.taken_back, state.stopped), (100, 0, None));
    // One look at the start, one at the end, and at least every second of those between.
    let least = 2 + (state.seconds / (2.0 * LOOK_EVERY.as_secs_f64())) as usize;
    assert!(looks.load(Ordering::SeqCst) >= least.max(4), "{looks:?} {}", state.seconds);
}

#[test]
fn what_came_before_the_last_good_look_is_kept() {
    let study = Study::new(4, 100);
    let (size, calls) = (AtomicU64::new(1), AtomicUsize::new(0));
    let server = Server::start(move |call| {
        if call.is_list() {
            return Answer::Json(list("small", Some(size.load(Ordering::SeqCst))));
        }
        // About half a second after the start.
        if calls.fetch_add(1, Ordering::SeqCst) == 100 {
            size.store(2, Ordering::SeqCst);
        }
        Answer::Slow(Duration::from_millis(10), Box::new(Answer::Model))
    });
    let state = run_to_end(&study, &server);
    let stopped = state.stopped.unwrap();
    assert!(stopped.contains("n_params 2, not n_params 1") && stopped.contains("taken back"), "{stopped}");
    assert!(state.done > 0 && state.done <= 101 && state.taken_back > 0, "{} {}", state.done, state.taken_back);
    assert_eq!(state.done + state.taken_back, server.asked().len() as u64);
    assert!(server.asked().len() < 200, "{}", server.asked().len());
    let sets = LabelStore::read(&study.path("labels")).unwrap().sets().unwrap();
    assert_eq!((sets[0].labels, sets[0].failed), (state.done, 0));
}

/// A run that is killed loses at most one call per thread: no thread calls before its label is
/// stored.
#[test]
fn nobody_asks_for_more_before_his_label_is_stored() {
    let study = Study::new(4, 50);
    let server = Server::start(|_| Answer::Slow(Duration::from_millis(2), Box::new(Answer::Model)));
    std::thread::scope(|scope| {
        let run = scope.spawn(|| run_to_end(&study, &server));
        for _ in 0..5 {
            let before = server.asked().len();
            while server.asked().len() < before + 10 {
                assert!(!run.is_finished());
                std::thread::sleep(Duration::from_millis(1));
            }
            // During this time nobody else writes.
            let other = Connection::open(study.path("labels")).unwrap();
            other.busy_timeout(Duration::from_secs(10)).unwrap();
            other.execute_batch("BEGIN IMMEDIATE").unwrap();
            std::thread::sleep(Duration::from_millis(200));
            let stored = LabelStore::read(&study.path("labels")).unwrap().sets().unwrap()[0].labels as usize;
            let asked = server.asked().len();
            assert!(asked <= stored + CONCURRENCY, "{asked} {stored}");
            other.execute_batch("ROLLBACK").unwrap();
        }
        assert_eq!(run.join().unwrap().done, 200);
    });
}
