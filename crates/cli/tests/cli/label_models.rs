//! Which model answers: labels of two models are never mixed, and labels that may be from another
//! model are withdrawn.
#![cfg(target_os = "linux")]

use crate::common::labelling::{assert_right, gets_all, run, set, signal, start, wait, why};
use crate::common::{succeeds, told};
use serde_json::{Value, json};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::time::{Duration, Instant};
use suasion_testkit::llm::{Answer, Server, Study, list, status};

#[test]
fn a_model_that_is_swapped_ends_the_run() {
    type Fault = fn() -> Answer;
    // The model gives its name in its answers.
    let study = Study::new(2, 5);
    let calls = AtomicUsize::new(0);
    let server = Server::start(move |call| {
        if !call.is_list() && calls.fetch_add(1, Ordering::SeqCst) >= 6 { Answer::By("other") } else { Answer::Model }
    });
    let (code, summary, _) = run(&study, &server.url(), &["--concurrency", "1"]);
    assert!(code == 1 && why(&summary).contains("found other, expected small"), "{summary}");
    assert_right(&study, 6);
    // The same later, with an existing set.
    let other = Server::start(|call| if call.is_list() { Answer::Model } else { Answer::By("other") });
    let (code, summary, _) = run(&study, &other.url(), &[]);
    assert!(code == 1 && summary["done"] == 0 && why(&summary).contains("found other"), "{summary}");
    assert_right(&study, 6);
    // Another model comes back after a broken connection or a requested wait. Its name or only its
    // size shows that.
    let cut = || Answer::Cut;
    let wait = || Answer::Status(429, vec![("Retry-After", "1".into())], String::new());
    let swaps: [(_, _, Fault, _); 3] =
        [("large", 1, cut, "found large"), ("small", 2, cut, "n_params 2"), ("small", 2, wait, "n_params 2")];
    for (model, size, fault, expected) in swaps {
        let study = Study::new(2, 5);
        let (calls, swapped) = (AtomicUsize::new(0), AtomicUsize::new(0));
        let server = Server::start(move |call| match call.is_list() {
            true if swapped.load(Ordering::SeqCst) == 1 => Answer::Json(list(model, Some(size))),
            true => Answer::Json(list("small", Some(1))),
            false if calls.fetch_add(1, Ordering::SeqCst) == 3 => {
                swapped.store(1, Ordering::SeqCst);
                fault()
            }
            false => Answer::Model,
        });
        let (code, summary, _) = run(&study, &server.url(), &["--concurrency", "1"]);
        assert!(code == 1 && why(&summary).contains(expected), "{summary}");
        // The moment of the swap is unknown, so labels since the last check are not trusted.
        assert!(why(&summary).contains("3 labels") && summary["taken_back"] == 3 && summary["done"] == 0, "{summary}");
        assert_right(&study, 0);
        assert_eq!(server.asked().len(), 4);
        // The next start does not mistake it for the set's model either.
        let (code, _, err) = run(&study, &server.url(), &["--model", "small"]);
        assert!(code == 2 && err.contains("--model"), "{err}");
        assert_eq!(server.asked().len(), 4);
    }
}

#[test]
fn names_that_a_server_tells_steer_no_terminal() {
    const NAME: &str = "\u{1b}[2Jsmall";
    let study = Study::new(1, 3);
    let calls = AtomicUsize::new(0);
    let server = Server::start(move |call| match call.is_list() {
        true => Answer::Json(list(NAME, None)),
        false if calls.fetch_add(1, Ordering::SeqCst) == 0 => Answer::By("small"),
        false => Answer::By(NAME),
    });
    let arguments = study.arguments(&server.url(), &["--concurrency", "1"]);
    let (code, out, err) = told(&arguments.iter().map(String::as_str).collect::<Vec<_>>());
    assert!(code == 1 && err.contains("ended early") && err.contains("found \\u{1b}[2Jsmall"), "{err}");
    let sets = succeeds(&["label", "sets", &study.at("labels")]);
    for text in [out, err, sets] {
        assert!(text.contains("[2Jsmall") && !text.contains('\u{1b}'), "{text:?}");
    }
}

#[test]
fn a_swap_that_nothing_betrays_is_seen_when_the_run_ends() {
    // All answers arrive under the right name, and no connection breaks.
    for ends in ["by itself", "as it is interrupted"] {
        let study = Study::new(3, 10);
        let size = AtomicU64::new(1);
        let server = Server::start(move |call| {
            if call.is_list() {
                return Answer::Json(list("small", Some(size.load(Ordering::SeqCst))));
            }
            if call.label() == (1, 5) {
                size.store(2, Ordering::SeqCst);
            }
            let is_last = call.label() == (2, 5);
            Answer::Slow(Duration::from_millis(if is_last { 600 } else { 1 }), Box::new(Answer::Model))
        });
        let url = server.url();
        // Labels of an earlier run are not affected.
        study.write_items(2, "");
        gets_all(&study, &url, &[]);
        study.write_items(10, "");
        let child = start(&study, &url, &["--concurrency", "1"]);
        if ends != "by itself" {
            wait("the last ones", || server.counts().contains_key(&(2, 5)));
            signal(&child, "INT");
        }
        let output = child.wait_with_output().unwrap();
        let summary: Value = serde_json::from_slice(&output.stdout).unwrap();
        assert_eq!(
            (output.status.code(), &summary["before"], &summary["done"]),
            (Some(1), &json!(6), &json!(0)),
            "{summary}"
        );
        let taken_back = server.asked().len() - 6;
        assert_eq!(summary["taken_back"], taken_back, "{ends}: {summary}");
        assert!(
            why(&summary).contains("n_params 2") && why(&summary).contains(&format!("{taken_back} labels")),
            "{summary}"
        );
        assert_right(&study, 6);
        // When the right model is back, they are requested again.
        let back =
            Server::start(|call| if call.is_list() { Answer::Json(list("small", Some(1))) } else { Answer::Model });
        gets_all(&study, &back.url(), &[]);
        assert_eq!(back.asked().len(), 24);
    }
}

#[test]
fn a_model_whose_sizes_are_not_told_yet() {
    // The list tells no sizes while the model is loaded.
    let loading = |from: usize, until: usize, size: u64| {
        let looks = AtomicUsize::new(0);
        Server::start(move |call| {
            if !call.is_list() {
                return Answer::Model;
            }
            let look = looks.fetch_add(1, Ordering::SeqCst);
            Answer::Json(list("small", (!(from..until).contains(&look)).then_some(size)))
        })
    };
    // At the start of the run: the set learns the sizes later, so another model is noticed.
    let study = Study::new(1, 4);
    gets_all(&study, &loading(0, 1, 7).url(), &[]);
    assert_eq!(set(&study)["build"], "n_params 7");
    study.write_items(6, "");
    let (code, _, err) = run(&study, &loading(0, 0, 8).url(), &[]);
    assert!(
        code == 2 && err.contains("n_params 8") && err.contains("n_params 7") && err.contains("another store"),
        "{err}"
    );
    // At the start of a later run: it waits for the sizes and makes no mistake.
    let other = loading(0, 2, 8);
    let (code, _, err) = run(&study, &other.url(), &[]);
    assert!(code == 2 && err.contains("n_params 8") && other.asked().is_empty(), "{err}");
    gets_all(&study, &loading(0, 2, 7).url(), &[]);
    // The sizes never come.
    let never = loading(0, 99, 7);
    let (code, _, err) = run(&study, &never.url(), &["--retries", "2"]);
    assert!(code == 1 && err.contains("no sizes of small, expected n_params 7") && err.contains("3 tries"), "{err}");
    // During a run, after a broken connection.
    let study = Study::new(1, 6);
    let (calls, looks) = (AtomicUsize::new(0), AtomicUsize::new(0));
    let server = Server::start(move |call| match call.is_list() {
        true => Answer::Json(list("small", (!(1..3).contains(&looks.fetch_add(1, Ordering::SeqCst))).then_some(7))),
        false if calls.fetch_add(1, Ordering::SeqCst) == 2 => Answer::Cut,
        false => Answer::Model,
    });
    gets_all(&study, &server.url(), &["--concurrency", "1"]);
}

#[test]
fn labels_of_a_model_without_sizes_are_not_mixed_with_others() {
    let study = Study::new(1, 4);
    gets_all(&study, &Server::good().url(), &[]);
    assert!(set(&study)["build"].is_null());
    study.write_items(6, "");
    let sized = Server::start(|call| if call.is_list() { Answer::Json(list("small", Some(7))) } else { Answer::Model });
    let (code, _, err) = run(&study, &sized.url(), &[]);
    assert!(code == 2 && err.contains("n_params 7") && err.contains("have no sizes"), "{err}");
    // It makes no mistake either if sizes appear during a run.
    let looks = AtomicUsize::new(0);
    let later = Server::start(move |call| {
        if !call.is_list() {
            return Answer::Model;
        }
        let is_later = looks.fetch_add(1, Ordering::SeqCst) > 0;
        Answer::Json(list("small", is_later.then_some(7)))
    });
    let (code, summary, _) = run(&study, &later.url(), &[]);
    assert!(code == 1 && why(&summary).contains("have no sizes"), "{summary}");
    assert!(set(&study)["build"].is_null() && set(&study)["labels"] == 4);
    assert_right(&study, 4);
}

#[test]
fn a_list_that_is_refused_is_no_failure_of_a_label() {
    for code in [400, 409, 410, 425] {
        let study = Study::new(1, 30);
        // After a broken connection, the list is refused twice or permanently.
        let server = |times: usize| {
            let (calls, looks) = (AtomicUsize::new(0), AtomicUsize::new(0));
            Server::start(move |call| match call.is_list() {
                true if (1..=times).contains(&looks.fetch_add(1, Ordering::SeqCst)) => status(code),
                true => Answer::Json(list("small", Some(7))),
                false if calls.fetch_add(1, Ordering::SeqCst) == 2 => Answer::Cut,
                false => Answer::Model,
            })
        };
        let (exit, summary, _) = run(&study, &server(9999).url(), &["--concurrency", "1", "--retries", "2"]);
        assert_eq!((exit, &summary["failed"]), (1, &json!(0)), "{summary}");
        assert!(
            why(&summary).contains("the list of models is refused") && why(&summary).contains("5 labels"),
            "{summary}"
        );
        gets_all(&study, &server(2).url(), &["--concurrency", "1"]);
    }
}

#[test]
fn a_list_that_hangs_keeps_nobody_waiting_twice() {
    let study = Study::new(4, 20);
    // After some answers every connection breaks, and then the list hangs.
    let hanging = || {
        let (calls, looks) = (AtomicUsize::new(0), Arc::new(AtomicUsize::new(0)));
        let looked = looks.clone();
        let server = Server::start(move |call| match call.is_list() {
            true if looked.fetch_add(1, Ordering::SeqCst) > 0 => {
                Answer::Slow(Duration::from_secs(90), Box::new(Answer::Cut))
            }
            true => Answer::Json(list("small", Some(7))),
            false if calls.fetch_add(1, Ordering::SeqCst) >= 6 => Answer::Cut,
            false => Answer::Model,
        });
        (server, looks)
    };
    // One of sixteen threads checks, and the others use its result. A second for each of them would
    // take too long.
    let (server, looks) = hanging();
    let (code, summary, _) = run(&study, &server.url(), &["--concurrency", "16", "--timeout", "1", "--retries", "1"]);
    assert!(code == 1 && why(&summary).contains("the answer took too long"), "{summary}");
    assert!(looks.load(Ordering::SeqCst) <= 5, "{looks:?}");
    // No thread checks once the run is to end.
    let (server, looks) = hanging();
    let child = start(&study, &server.url(), &["--concurrency", "8", "--timeout", "3"]);
    wait("a look", || looks.load(Ordering::SeqCst) > 1);
    let begun = Instant::now();
    signal(&child, "INT");
    let output = child.wait_with_output().unwrap();
    assert!(begun.elapsed() < Duration::from_secs(5), "{:?}", begun.elapsed());
    let summary: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert!(output.status.code() == Some(1) && why(&summary).contains("interrupted"), "{summary}");
    assert_eq!((looks.load(Ordering::SeqCst), &summary["failed"]), (2, &json!(0)));
}
