//! Faults while labels are requested: all answers are kept.
#![cfg(target_os = "linux")]

use crate::common::labelling::{assert_right, gets_all, run, set, signal, start, wait, well_after, why};
use crate::common::{suasion, succeeds};
use serde_json::{Value, json};
use std::net::TcpListener;
use std::process::Command;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};
use suasion_testkit::llm::{Answer, Server, Study, status};

#[test]
fn a_server_that_is_not_there() {
    let study = Study::new(2, 3);
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap().to_string();
    drop(listener);
    let url = format!("http://{address}/v1");
    let (code, _, err) = run(&study, &url, &["--retries", "2"]);
    assert!(code == 1 && err.contains(&url) && err.contains("does not answer") && err.contains("3 tries"), "{err}");
    assert!(!study.path("labels").exists());
    let (code, _, err) = run(&study, "http://no-such-host.invalid/v1", &["--retries", "1"]);
    assert!(code == 1 && err.contains("no-such-host.invalid"), "{err}");
    // The server comes back while the call is retried.
    let mut child = start(&study, &url, &["--first-wait", "0.1"]);
    std::thread::sleep(Duration::from_millis(300));
    let _server = Server::at(&address, |_| Answer::Model);
    assert!(child.wait().unwrap().success());
    assert_right(&study, 6);
}

#[test]
fn a_server_that_goes_away() {
    let study = Study::new(4, 5);
    let server = Server::start(|call| {
        if call.is_list() || call.persona() < 2 {
            Answer::Model
        } else {
            Answer::Slow(Duration::from_secs(60), Box::new(Answer::Cut))
        }
    });
    let (address, url) = (server.address.to_string(), server.url());
    let child = start(&study, &url, &["--retries", "2"]);
    wait("the third persona", || server.counts().keys().any(|(persona, _)| *persona == 2));
    drop(server);
    let output = child.wait_with_output().unwrap();
    let summary: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(output.status.code(), Some(1));
    assert!(why(&summary).contains("does not answer"), "{summary}");
    // An unanswered call is not a failure; it is made again when the server is back.
    assert_eq!((&summary["done"], &summary["failed"]), (&json!(10), &json!(0)));
    let server = Server::at(&address, |_| Answer::Model);
    gets_all(&study, &url, &[]);
    assert_eq!(server.asked().len(), 10);
}

#[test]
fn a_server_that_is_slow() {
    let study = Study::new(1, 4);
    let slow = || Answer::Slow(Duration::from_secs(3), Box::new(Answer::Model));
    let server = well_after(3, slow);
    let begun = Instant::now();
    gets_all(&study, &server.url(), &["--timeout", "0.3"]);
    assert!(begun.elapsed() < Duration::from_secs(3) && server.asked().len() == 7);
    let study = Study::new(2, 4);
    let (code, summary, _) = run(&study, &well_after(9999, slow).url(), &["--timeout", "0.1", "--retries", "1"]);
    assert_eq!((code, &summary["done"], &summary["failed"]), (1, &json!(0), &json!(0)));
    assert!(why(&summary).contains("the answer took too long"), "{summary}");
}

#[test]
fn a_server_that_is_busy() {
    for is_date in [false, true] {
        let study = Study::new(1, 6);
        let calls = AtomicUsize::new(0);
        let server = Server::start(move |call| {
            if call.is_list() || calls.fetch_add(1, Ordering::SeqCst) > 0 {
                return Answer::Slow(Duration::from_millis(400), Box::new(Answer::Model));
            }
            let value = if is_date { http_date(SystemTime::now() + Duration::from_secs(2)) } else { "1".into() };
            Answer::Status(429, vec![("Retry-After", value)], json!({"error": {"message": "too many"}}).to_string())
        });
        gets_all(&study, &server.url(), &["--concurrency", "2"]);
        let asked = server.asked();
        assert_eq!(asked.len(), 7);
        // Except for a call in progress, no thread calls until the wait is over.
        let waited = asked[2].at - asked[0].at;
        assert!(waited > Duration::from_millis(950), "{waited:?}");
    }
    let study = Study::new(1, 2);
    let busy = Server::start(|call| if call.is_list() { Answer::Model } else { status(429) });
    let (code, summary, _) = run(&study, &busy.url(), &["--retries", "2"]);
    assert!(code == 1 && why(&summary).contains("429") && summary["failed"] == 0, "{summary}");
    let tomorrow = || Answer::Status(429, vec![("Retry-After", "86400".into())], String::new());
    let later = Server::start(move |call| if call.is_list() { Answer::Model } else { tomorrow() });
    let (code, summary, _) = run(&study, &later.url(), &[]);
    assert!(code == 1 && why(&summary).contains("86400 s"), "{summary}");
}

/// A date in HTTP format.
fn http_date(time: SystemTime) -> String {
    let seconds = time.duration_since(UNIX_EPOCH).unwrap().as_secs().to_string();
    let output = Command::new("date")
        .args(["-u", "-d", &format!("@{seconds}"), "+%a, %d %b %Y %H:%M:%S GMT"])
        .env("LC_ALL", "C")
        .output();
    String::from_utf8(output.unwrap().stdout).unwrap().trim().into()
}

#[test]
fn answers_that_are_none() {
    let faults: [fn() -> Answer; 7] = [
        || status(500),
        || status(503),
        || status(408),
        || Answer::Cut,
        || Answer::Status(200, vec![], "<html>busy</html>".into()),
        || Answer::Json(json!({"error": {"message": "overloaded"}})),
        || Answer::Json(json!({"choices": [{"index": 0}]})),
    ];
    for fault in faults {
        // The waits end ...
        let study = Study::new(2, 4);
        let server = well_after(3, fault);
        let summary = gets_all(&study, &server.url(), &[]);
        assert!(server.asked().len() == 11 && summary["tries"] == 11, "{summary}");
        // ... or not: then the run ends, and no label counts as failed.
        let study = Study::new(2, 4);
        let server = well_after(5, || Answer::Model);
        let url = server.url();
        let (code, ..) = run(&study, &url, &["--concurrency", "1", "--time-limit", "60"]);
        assert_eq!(code, 0);
        study.write_items(8, "");
        let broken = Server::start(move |call| if call.is_list() { Answer::Model } else { fault() });
        let (code, summary, err) = run(&study, &broken.url(), &["--retries", "1"]);
        assert_eq!(
            (code, &summary["before"], &summary["done"], &summary["failed"]),
            (1, &json!(8), &json!(0), &json!(0))
        );
        assert!(why(&summary).contains("no proper answer for 5 labels in a row"), "{summary}{err}");
        assert_right(&study, 8);
    }
}

#[test]
fn a_broken_server_makes_no_failures_of_the_last_labels() {
    let study = Study::new(1, 5);
    gets_all(&study, &Server::good().url(), &[]);
    study.write_items(8, "");
    let broken = Server::start(|call| if call.is_list() { Answer::Model } else { status(500) });
    for _ in 0..2 {
        let (code, summary, _) = run(&study, &broken.url(), &["--retries", "1"]);
        assert_eq!(
            (code, &summary["before"], &summary["failed"], &summary["failed_before"]),
            (1, &json!(5), &json!(0), &json!(0))
        );
        assert!(why(&summary).contains("no proper answer for the 3 labels that were left"), "{summary}");
        assert!(why(&summary).contains("told 500"), "{summary}");
    }
    assert_eq!(set(&study)["failed"], 0);
    gets_all(&study, &Server::good().url(), &[]);
}

#[test]
fn one_label_that_breaks_the_server_is_its_own_failure() {
    let study = Study::new(2, 6);
    let server =
        Server::start(|call| if !call.is_list() && call.label() == (0, 2) { status(500) } else { Answer::Model });
    let (code, summary, _) = run(&study, &server.url(), &["--retries", "2"]);
    assert_eq!((code, &summary["done"], &summary["failed"], why(&summary)), (1, &json!(11), &json!(1), ""));
    assert_eq!(server.counts()[&(0, 2)], 3);
    assert_right(&study, 11);
}

#[test]
fn without_probabilities_the_answer_is_read() {
    let study = Study::new(1, 3);
    let server = Server::start(|call| match (call.is_list(), call.is_list() || call.item() == 0) {
        (true, _) => Answer::Model,
        (_, true) => Answer::Text("**Rating: 4/5**"),
        _ => Answer::Text("2"),
    });
    let (code, summary, err) = run(&study, &server.url(), &[]);
    assert_eq!((code, &summary["parsed"], &summary["logprobs"]), (0, &json!(3), &json!(0)), "{err}");
    assert!(summary["mean_mass"].is_null());
    let table = study.at("check.csv");
    succeeds(&["label", "export", &study.at("labels"), "-o", &table]);
    assert_eq!(std::fs::read_to_string(table).unwrap(), "item,p0\nm0,0.75\nm1,0.25\nm2,0.25\n");
    assert_eq!(set(&study)["parsed"], 3);
    // Probabilities are not requested if they are not needed.
    run(&study, &server.url(), &["--top", "0"]);
    assert!(server.asked().last().unwrap().body.get("logprobs").is_none());
}

#[test]
fn an_answer_that_does_not_count_is_a_failure_of_its_own() {
    for refusal in [|| Answer::Text("I cannot say."), || status(400)] {
        let study = Study::new(2, 3);
        let well = Arc::new(AtomicUsize::new(0));
        let asked_well = well.clone();
        let server = Server::start(move |call| {
            let is_bad = !call.is_list() && call.label() == (1, 0) && asked_well.load(Ordering::SeqCst) == 0;
            if is_bad { refusal() } else { Answer::Model }
        });
        let (code, summary, err) = run(&study, &server.url(), &[]);
        assert_eq!((code, &summary["done"], &summary["failed"], why(&summary)), (1, &json!(5), &json!(1), ""), "{err}");
        assert_eq!(set(&study)["failed"], 1);
        assert_right(&study, 5);
        // A failed label is not requested again ...
        let (code, summary, _) = run(&study, &server.url(), &[]);
        assert_eq!((code, &summary["failed_before"], &summary["tries"]), (1, &json!(1), &json!(0)));
        // ... except with `--retry`, or if its text changed.
        let (code, summary, _) = run(&study, &server.url(), &["--retry"]);
        assert_eq!((code, &summary["failed"], server.asked().len()), (1, &json!(1), 7));
        well.store(1, Ordering::SeqCst);
        gets_all(&study, &server.url(), &["--retry"]);
        assert_eq!(set(&study)["failed"], 0);
    }
}

#[test]
fn a_set_in_which_nothing_works_ends_soon() {
    // None of the answers is valid.
    let study = Study::new(4, 50);
    let server = Server::start(|call| if call.is_list() { Answer::Model } else { Answer::Text("Who knows?") });
    let (code, summary, _) = run(&study, &server.url(), &[]);
    assert!(code == 1 && why(&summary).contains("all of the first 2"), "{summary}");
    assert!((20..40).contains(&server.asked().len()));
    // The server refuses everything: these are not failures of labels; perhaps only probabilities
    // are unavailable.
    let study = Study::new(4, 50);
    let server = Server::start(|call| {
        let is_plain = call.body.get("logprobs").is_none();
        if call.is_list() || is_plain { Answer::Model } else { status(400) }
    });
    let (code, summary, _) = run(&study, &server.url(), &[]);
    let why = why(&summary);
    assert!(code == 1 && why.contains("20 labels in a row were refused") && why.contains("told 400"), "{summary}");
    assert!(why.contains("--top 0") && summary["failed"] == 0 && set(&study)["failed"] == 0, "{summary}");
    assert!((20..25).contains(&server.asked().len()));
    let (code, summary, _) = run(&study, &server.url(), &["--top", "0"]);
    assert_eq!((code, &summary["done"]), (0, &json!(200)));
}

#[test]
fn a_server_that_refuses_everything_from_some_moment_on_makes_no_failures() {
    let study = Study::new(4, 25);
    let calls = AtomicUsize::new(0);
    let server = Server::start(move |call| {
        let is_well = call.is_list() || calls.fetch_add(1, Ordering::SeqCst) < 30;
        if is_well { Answer::Model } else { Answer::Status(400, vec![], "credit balance is too low".into()) }
    });
    let (code, summary, _) = run(&study, &server.url(), &[]);
    assert_eq!((code, &summary["done"], &summary["failed"]), (1, &json!(30), &json!(0)));
    assert!(why(&summary).contains("credit balance is too low") && !why(&summary).contains("--top"), "{summary}");
    assert!((50..55).contains(&server.asked().len()));
    // They are requested again without `--retry`.
    gets_all(&study, &Server::good().url(), &[]);
}

#[test]
fn a_persona_that_is_refused_does_not_end_the_run() {
    let study = Study::new(3, 30);
    let server = Server::start(|call| if !call.is_list() && call.persona() == 0 { status(400) } else { Answer::Model });
    let (code, summary, _) = run(&study, &server.url(), &[]);
    assert_eq!(
        (code, &summary["done"], &summary["failed"], why(&summary)),
        (1, &json!(60), &json!(30), ""),
        "{summary}"
    );
    assert_right(&study, 60);
    assert_eq!(server.asked().len(), 90);
}

#[test]
fn refusals_of_everything_end_the_run() {
    for code in [401, 403, 404] {
        let study = Study::new(2, 5);
        let calls = AtomicUsize::new(0);
        let server = Server::start(move |call| {
            if !call.is_list() && calls.fetch_add(1, Ordering::SeqCst) >= 4 { status(code) } else { Answer::Model }
        });
        let (exit, summary, _) = run(&study, &server.url(), &["--concurrency", "1"]);
        assert_eq!((exit, &summary["done"], &summary["failed"]), (1, &json!(4), &json!(0)));
        assert!(why(&summary).contains(&format!("told {code}")) && server.asked().len() == 5, "{summary}");
        assert_right(&study, 4);
    }
}

#[test]
fn a_run_that_is_killed_loses_only_calls_under_way() {
    const CONCURRENT: usize = 3;
    let study = Study::new(6, 20);
    let server = Server::start(|_| Answer::Slow(Duration::from_millis(8), Box::new(Answer::Model)));
    let mut kills = 0;
    for part in [25, 45, 65, 85] {
        let mut child = start(&study, &server.url(), &["--concurrency", "3"]);
        wait("labels", || server.asked().len() >= part);
        child.kill().unwrap();
        child.wait().unwrap();
        let stored = set(&study)["labels"].as_u64().unwrap() as usize;
        // Each kill loses the calls in progress, whether unanswered or on the way to disk. Each
        // thread has at most one.
        kills += 1;
        let asked = server.asked().len();
        assert!(stored <= asked && asked <= stored + kills * CONCURRENT, "{asked} {stored}");
        assert_right(&study, stored);
    }
    let before: usize = set(&study)["labels"].as_u64().unwrap() as usize;
    let asked = server.asked().len();
    let summary = gets_all(&study, &server.url(), &["--concurrency", "3"]);
    assert_eq!(server.asked().len() - asked, 120 - before);
    assert_eq!(summary["before"], before);
    // Only calls in progress at a kill are repeated.
    let again: usize = server.counts().values().map(|&count| count - 1).sum();
    assert!(again <= kills * CONCURRENT, "{again}");
}

/// If the store is full, no more labels are requested, and the stored ones are kept.
#[test]
fn a_store_that_cannot_be_written_any_more() {
    let study = Study::new(6, 20);
    let server = Server::good();
    // A shell sets the limit on file sizes, in units of 512 bytes. With the signal ignored, a write
    // beyond it fails as on a full disk.
    let mut limited = Command::new("sh");
    limited.args(["-c", "trap '' XFSZ; ulimit -f 300; exec \"$@\"", "sh"]).arg(suasion().get_program());
    limited.args(study.arguments(&server.url(), &["--concurrency", "3"]));
    let output = limited.output().unwrap();
    let err = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(1), "{err}");
    assert!(err.contains(&study.at("labels")) && !err.contains("panicked"), "{err}");
    let stored = set(&study)["labels"].as_u64().unwrap() as usize;
    let asked = server.asked().len();
    assert!((1..120).contains(&stored) && asked <= stored + 3, "{asked} {stored}");
    assert_right(&study, stored);
    gets_all(&study, &server.url(), &[]);
    assert_eq!(server.asked().len(), asked + 120 - stored);
}

#[test]
fn the_second_interruption_ends_at_once() {
    let study = Study::new(2, 4);
    let server = Server::start(|call| {
        let is_quick = call.is_list() || call.item() == 0;
        if is_quick { Answer::Model } else { Answer::Slow(Duration::from_secs(90), Box::new(Answer::Cut)) }
    });
    let mut child = start(&study, &server.url(), &["--concurrency", "1"]);
    wait("the second label", || server.asked().len() == 2);
    signal(&child, "INT");
    std::thread::sleep(Duration::from_millis(400));
    // The first signal waits for the call.
    assert!(child.try_wait().unwrap().is_none());
    let begun = Instant::now();
    signal(&child, "INT");
    let output = child.wait_with_output().unwrap();
    assert!(begun.elapsed() < Duration::from_secs(5) && output.status.code() == Some(1));
    assert!(
        output.stdout.is_empty()
            && String::from_utf8(output.stderr).unwrap().contains("interrupt again to end at once")
    );
    assert_right(&study, 1);
}

#[test]
fn a_run_that_is_interrupted_ends_in_order() {
    let study = Study::new(6, 20);
    let server = Server::start(|_| Answer::Slow(Duration::from_millis(30), Box::new(Answer::Model)));
    let child = start(&study, &server.url(), &[]);
    wait("labels", || server.asked().len() >= 12);
    // During a run, the store can be read, and no other run can write it.
    assert_eq!(set(&study)["agents"], 6);
    let (code, _, err) = run(&study, &server.url(), &[]);
    assert!(code == 2 && err.contains("is being written by process"), "{err}");
    signal(&child, "INT");
    let output = child.wait_with_output().unwrap();
    let summary: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(output.status.code(), Some(1));
    assert!(why(&summary).contains("interrupted"), "{summary}");
    // The run waited for the call in progress.
    assert_eq!(summary["done"], server.asked().len());
    gets_all(&study, &server.url(), &[]);
    assert_eq!(server.asked().len(), 120);
}

#[test]
fn calls_are_no_more_than_so_many_a_minute() {
    let (study, server) = (Study::new(1, 6), Server::good());
    let begun = Instant::now();
    gets_all(&study, &server.url(), &["--per-minute", "600"]);
    assert!(begun.elapsed() >= Duration::from_millis(500));
    let asked = server.asked();
    assert!(asked.windows(2).all(|pair| pair[1].at - pair[0].at >= Duration::from_millis(50)));
}
