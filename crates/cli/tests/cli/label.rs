//! `suasion label` against a small server in this process: scores, sets, tables and refusals.

use crate::common::{suasion, succeeds, told};
use serde_json::{Value, json};
use std::collections::HashMap;
use suasion_table::read_parquet;
use suasion_testkit::llm::{Answer, Server, Study, is_in_files, personas_of, score, status};

fn run(study: &Study, url: &str, more: &[&str]) -> (i32, String, String) {
    let arguments = study.arguments(url, more);
    told(&arguments.iter().map(String::as_str).collect::<Vec<_>>())
}

/// The summary of a run that gets all labels.
fn labelled(study: &Study, url: &str, more: &[&str]) -> Value {
    let (code, out, err) = run(study, url, &[more, &["--json"]].concat());
    assert_eq!(code, 0, "{err}{out}");
    serde_json::from_str(&out).unwrap()
}

fn sets(study: &Study) -> Vec<Value> {
    let out = succeeds(&["label", "sets", &study.at("labels"), "--json"]);
    out.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

fn exported(study: &Study, name: &str, more: &[&str]) -> String {
    let output = study.at(name);
    succeeds(&[&["label", "export", &study.at("labels"), "-o", &output], more].concat());
    output
}

/// Reads a CSV table: for every item and every column, the number.
fn table(file: &str) -> Vec<(String, HashMap<String, Option<f64>>)> {
    let text = std::fs::read_to_string(file).unwrap();
    let mut lines = text.lines();
    let header: Vec<&str> = lines.next().unwrap().split(',').collect();
    let row = |line: &str| {
        let fields: Vec<&str> = line.split(',').collect();
        let numbers = header.iter().zip(&fields).skip(1).map(|(name, field)| ((*name).into(), field.parse().ok()));
        (fields[0].to_owned(), numbers.collect())
    };
    lines.map(row).collect()
}

#[test]
fn scores_are_expected_values() {
    let (study, server) = (Study::new(3, 5), Server::good());
    let summary = labelled(&study, &server.url(), &["--price", "0.5,2"]);
    for (field, expected) in
        [("labels", 15), ("done", 15), ("logprobs", 15), ("parsed", 0), ("failed", 0), ("before", 0)]
    {
        assert_eq!(summary[field], expected, "{field}");
    }
    assert!((summary["mean_mass"].as_f64().unwrap() - 0.8).abs() < 1e-12);
    assert_eq!((&summary["tokens_in"], &summary["tokens_out"]), (&json!(600), &json!(15)));
    assert!((summary["cost"].as_f64().unwrap() - (600.0 * 0.5 + 15.0 * 2.0) / 1e6).abs() < 1e-15);
    let items = study.at("items.csv");
    let rows = table(&exported(&study, "labels.csv", &["--items", &items]));
    assert_eq!(rows.len(), 5);
    for (item, (name, scores)) in rows.iter().enumerate() {
        assert_eq!((name.as_str(), scores.len()), (format!("m{item}").as_str(), 4));
        assert_eq!(scores["human"], Some(item as f64 / 5.0));
        for persona in 0..3 {
            assert!((scores[&format!("p{persona}")].unwrap() - score(persona, item)).abs() < 1e-12);
        }
    }
    // The same table as Parquet, which `hull` reads.
    let parquet = exported(&study, "labels.parquet", &["--items", &items]);
    let mut columns = read_parquet(&parquet).unwrap();
    let about: Value = serde_json::from_str(columns.about("sets").unwrap()).unwrap();
    assert_eq!((&about[0]["set"], &about[0]["model"]), (&summary["set"], &json!("small")));
    let first: Vec<Option<f64>> = columns.take("p0").unwrap();
    assert_eq!(first, rows.iter().map(|(_, scores)| scores["p0"]).collect::<Vec<_>>());
    let fit: Value =
        serde_json::from_str(&succeeds(&["hull", "fit", &parquet, "-t", "human", "-a", "*", "--json"])).unwrap();
    assert_eq!((&fit["rows"], fit["agents"].as_array().unwrap().len()), (&json!(5), 3));
    // Names that look like numbers are still names.
    let text = std::fs::read_to_string(study.at("labels.csv")).unwrap().replace("\nm", "\n");
    std::fs::write(study.path("numbers.csv"), text).unwrap();
    let numbers = study.at("numbers.csv");
    let same: Value =
        serde_json::from_str(&succeeds(&["hull", "fit", &numbers, "-t", "human", "-a", "*", "--json"])).unwrap();
    assert_eq!(same["nnls"], fit["nnls"]);
    // The text table has the same content.
    let (code, out, _) = run(&study, &server.url(), &[]);
    assert!(code == 0 && out.contains("already stored") && out.contains("small"), "{out}");
}

#[test]
fn both_ways_of_asking() {
    let study = Study::new(2, 3);
    let mut personas = personas_of(2);
    personas["examples"] = json!([{"item": "Film number 99, a comedy", "answer": "4"}]);
    study.write_personas(&personas);
    let server = Server::good();
    let chat = labelled(&study, &server.url(), &["--concurrency", "1"]);
    let body = &server.asked()[1].body;
    assert_eq!((&body["temperature"], &body["logprobs"], &body["top_logprobs"]), (&json!(0), &json!(true), &json!(20)));
    let expected = [
        ("system", "You are persona 0."),
        ("user", "Film number 99, a comedy\nRating:"),
        ("assistant", "4"),
        ("user", "Film number 1, a drama\nRating:"),
    ];
    let expected: Vec<Value> = expected.iter().map(|(role, text)| json!({"role": role, "content": text})).collect();
    assert_eq!(body["messages"], json!(expected));
    let text = labelled(&study, &server.url(), &["--way", "completions", "--concurrency", "1"]);
    let body = &server.asked()[7].body;
    let expected = "You are persona 0.\n\nFilm number 99, a comedy\nRating: 4\n\nFilm number 1, a drama\nRating:";
    assert_eq!((&body["prompt"], &body["logprobs"]), (&json!(expected), &json!(20)));
    // There are two sets with the same scores.
    let ids = [chat["set"].as_str().unwrap(), text["set"].as_str().unwrap()];
    assert_ne!(ids[0], ids[1]);
    assert_eq!(sets(&study).len(), 2);
    let [a, b] = ids.map(|id| std::fs::read(exported(&study, &format!("{id}.csv"), &["--set", &id[..8]])).unwrap());
    assert!(a == b && !a.is_empty());
    // Two agents with the same name and model cannot be in one table.
    let (code, _, err) = told(&["label", "export", &study.at("labels"), "-o", &study.at("all.csv")]);
    assert!(code == 2 && err.contains("p0@small") && !study.path("all.csv").exists(), "{err}");
}

#[test]
fn the_order_is_by_agent_and_the_result_depends_on_no_order() {
    let server = Server::good();
    let tables = ["1", "7"].map(|concurrency| {
        let study = Study::new(4, 9);
        let before = server.asked().len();
        labelled(&study, &server.url(), &["--concurrency", concurrency]);
        let asked: Vec<_> = server.asked()[before..].iter().map(suasion_testkit::llm::Asked::label).collect();
        if concurrency == "1" {
            assert_eq!(asked, (0..4).flat_map(|p| (0..9).map(move |item| (p, item))).collect::<Vec<_>>());
        }
        assert_eq!(asked.len(), 36);
        std::fs::read(exported(&study, "labels.parquet", &[])).unwrap()
    });
    assert!(tables[0] == tables[1]);
}

#[test]
fn only_what_is_new_is_asked_for() {
    let study = Study::new(2, 3);
    let server = Server::start(|call| {
        if call.is_list() {
            Answer::Json(json!({"data": [{"id": "small"}, {"id": "large"}]}))
        } else if call.body["model"] == "large" {
            Answer::By("large")
        } else {
            Answer::Model
        }
    });
    let asked = |more: &[&str]| {
        let before = server.asked().len();
        let summary = labelled(&study, &server.url(), more);
        (server.asked().len() - before, summary["set"].as_str().unwrap().to_owned())
    };
    let small = ["--model", "small"];
    let (count, first) = asked(&small);
    assert_eq!(count, 6);
    assert_eq!(asked(&small), (0, first.clone()));
    // Add items and change a text.
    study.write_items(4, "");
    assert_eq!(asked(&small), (2, first.clone()));
    study.write_items(4, " in colour");
    // Labels of another text do not count for this one.
    let rows = table(&exported(&study, "stale.csv", &["--items", &study.at("items.csv")]));
    assert!(rows.len() == 4 && rows.iter().all(|(_, scores)| scores["p0"].is_none()));
    assert_eq!(asked(&small), (8, first.clone()));
    assert_eq!(asked(&small), (0, first.clone()));
    // Data outside the prompt changes nothing; everything else makes another set.
    let mut personas = personas_of(2);
    personas["about"] = json!("Other words.");
    personas["personas"][0]["group"] = json!("taste");
    study.write_personas(&personas);
    assert_eq!(asked(&small), (0, first.clone()));
    let mut ids = vec![first];
    let mut another = |count: usize, more: &[&str]| {
        let (asked, id) = asked(more);
        assert!(asked == count && !ids.contains(&id), "{asked} {id}");
        ids.push(id);
    };
    another(8, &["--model", "large"]);
    another(8, &["--model", "small", "--tokens", "1"]);
    another(8, &["--model", "small", "--top", "5"]);
    personas["answers"]["5"] = json!(0.9);
    study.write_personas(&personas);
    another(8, &small);
    personas["personas"][1]["question"] = json!("{item}\nStars:");
    study.write_personas(&personas);
    another(8, &small);
    let all = sets(&study);
    assert_eq!(all.len(), 6);
    // The first set has labels of both texts.
    assert_eq!(all.iter().map(|set| set["labels"].as_u64().unwrap()).collect::<Vec<_>>(), [16, 8, 8, 8, 8, 8]);
    assert!(all.iter().all(|set| set["agents"] == 2));
    // Sets of two models are exported together.
    let two = ["--set", &ids[0], "--set", &ids[1], "--items", &study.at("items.csv")];
    let table = table(&exported(&study, "two.csv", &two));
    let mut names: Vec<_> = table[0].1.keys().cloned().collect();
    names.retain(|name| name != "human");
    names.sort_unstable();
    assert_eq!(names, ["p0@large", "p0@small", "p1@large", "p1@small"]);
}

/// Two files of items with the same names: neither replaces the other.
#[test]
fn labels_of_several_texts_stand_side_by_side() {
    let study = Study::new(2, 3);
    // The answer depends on the text.
    let server = Server::start(|call| {
        if call.is_list() {
            Answer::Model
        } else if call.prompt().contains("in colour") {
            Answer::Text("5")
        } else {
            Answer::Text("1")
        }
    });
    let export = |more: &[&str]| {
        let output = study.at("texts.csv");
        told(&[&["label", "export", &study.at("labels"), "-o", &output, "--json"], more].concat())
    };
    labelled(&study, &server.url(), &[]);
    assert_eq!(export(&[]).0, 0);
    study.write_items(3, " in colour");
    let set = labelled(&study, &server.url(), &["--model", "small"])["set"].clone();
    study.write_items(3, "");
    assert_eq!(labelled(&study, &server.url(), &[])["before"], 6);
    assert_eq!(
        (server.asked().len(), &sets(&study)[0]["labels"], &sets(&study)[0]["items"]),
        (12, &json!(12), &json!(3))
    );
    // The table of items says which text to use; without it, nothing is written.
    std::fs::remove_file(study.path("texts.csv")).unwrap();
    for more in [&[][..], &["--set", set.as_str().unwrap()]] {
        let (code, out, err) = export(more);
        assert!(
            code == 2 && out.is_empty() && err.contains("--items") && err.contains("several texts of \"m0\""),
            "{err}"
        );
        assert!(!study.path("texts.csv").exists());
    }
    let items = study.at("items.csv");
    for (more, score) in [("", 0.0), (" in colour", 1.0), (" in sepia", f64::NAN)] {
        study.write_items(3, more);
        let (code, out, err) = export(&["--items", &items]);
        assert_eq!(code, 0, "{err}");
        let done: Value = serde_json::from_str(&out).unwrap();
        let missing = if score.is_nan() { 6 } else { 0 };
        assert_eq!((&done["missing"], &done["stale"]), (&json!(missing), &json!(missing)));
        let rows = table(&study.at("texts.csv"));
        let expected = Some(score).filter(|score| !score.is_nan());
        assert!(rows.len() == 3 && rows.iter().all(|(_, scores)| scores["p0"] == expected && scores["p1"] == expected));
    }
}

#[test]
fn a_dry_run_asks_nothing() {
    let (study, server) = (Study::new(2, 3), Server::good());
    let dry = |more: &[&str]| -> Value {
        let out = labelled(&study, &server.url(), &[&["--dry-run", "--price", "1,10"], more].concat());
        assert!(out["cost"].as_f64().unwrap() >= 0.0);
        out
    };
    let plan = dry(&[]);
    assert_eq!((&plan["labels"], &plan["stored"], &plan["calls"]), (&json!(6), &json!(0), &json!(6)));
    let prompt = plan["prompt"].as_str().unwrap();
    assert_eq!(prompt, "system: You are persona 0.\nuser: Film number 0, a drama\nRating:");
    assert!((20.0..300.0).contains(&plan["tokens_in"].as_f64().unwrap()));
    assert!(server.asked().is_empty() && !study.path("labels").exists());
    labelled(&study, &server.url(), &[]);
    study.write_items(5, "");
    let plan = dry(&[]);
    assert_eq!((&plan["stored"], &plan["calls"]), (&json!(6), &json!(4)));
    // By now, the length of prompts is known.
    assert_eq!((plan["tokens_in"].as_f64(), plan["tokens_out"].as_f64()), (Some(160.0), Some(4.0)));
    assert!((plan["cost"].as_f64().unwrap() - 200e-6).abs() < 1e-12);
    assert_eq!(server.asked().len(), 6);
    // A dry run needs no endpoint.
    let (items, personas, labels) = (study.at("items.csv"), study.at("personas.json"), study.at("labels"));
    succeeds(&["label", &items, "--personas", &personas, "-o", &labels, "--dry-run"]);
}

#[test]
fn a_key_is_sent_and_kept_nowhere() {
    let (study, server) = (
        Study::new(1, 2),
        Server::start(|call| match call.key.as_deref() {
            Some("Bearer sesame-4711") => Answer::Model,
            _ => status(401),
        }),
    );
    let call = |more: &[&str], variables: &[(&str, &str)]| {
        let mut command = suasion();
        let output =
            command.args(study.arguments(&server.url(), more)).envs(variables.iter().copied()).output().unwrap();
        let text = String::from_utf8([output.stdout, output.stderr].concat()).unwrap();
        assert!(!text.contains("sesame"), "{text}");
        (output.status.code().unwrap(), text)
    };
    let (code, text) = call(&[], &[]);
    assert!(code == 1 && text.contains("401") && text.contains("SUASION_API_KEY"), "{text}");
    assert!(!study.path("labels").exists());
    let (code, text) = call(&["--key-from", "OTHER_KEY"], &[]);
    assert!(code == 2 && text.contains("OTHER_KEY"), "{text}");
    assert_eq!(call(&["--key-from", "OTHER_KEY"], &[("OTHER_KEY", "sesame-4711")]).0, 0);
    assert_eq!(call(&["-v"], &[("SUASION_API_KEY", "sesame-4711")]).0, 0);
    assert!(is_in_files(&study.path("labels"), b"p0") && !is_in_files(&study.path("labels"), b"sesame"));
    // The texts of items do not appear either.
    assert!(!is_in_files(&study.path("labels"), b"a drama"));
}

#[test]
fn a_key_that_a_server_says_again_is_kept_nowhere() {
    const KEY: &str = "sesame/4711-abcdefgh";
    type Says = fn(String) -> Answer;
    // The server's answer, and how it is shown.
    let told_again: [(Says, &str); 7] = [
        (|key| Answer::Status(403, vec![], json!({"error": {"message": format!("bad {key}")}}).to_string()), "bad ..."),
        (|key| Answer::Status(422, vec![], format!("<p>{key}</p>")), "<p>...</p>"),
        (|key| Answer::Status(400, vec![], format!("{}{key}", "x".repeat(150))), "x..."),
        (|key| Answer::Status(200, vec![], format!("\"{}", key.replace('/', "\\/"))), "no JSON"),
        (|key| Answer::Json(json!({"error": format!("who is {key}?")})), "who is ...?"),
        (|key| Answer::Json(json!({"choices": [{"text": format!("{key}, you say")}]})), "..., you say"),
        (|key| Answer::Json(json!({"model": key, "choices": [{"text": "4"}]})), "found ..., expected small"),
    ];
    for (answer, shown) in told_again {
        let study = Study::new(2, 4);
        let server = Server::start(move |call| {
            let key = call.key.clone().unwrap().replace("Bearer ", "");
            if call.is_list() || call.label() == (0, 0) { Answer::Model } else { answer(key) }
        });
        let more = ["--way", "completions", "--concurrency", "1", "--retries", "0", "--json"];
        let mut command = suasion();
        let output = command.args(study.arguments(&server.url(), &more)).env("SUASION_API_KEY", KEY).output().unwrap();
        assert_eq!(output.status.code(), Some(1));
        let text = String::from_utf8([output.stdout, output.stderr].concat()).unwrap();
        assert!(!text.contains("sesame") && !is_in_files(&study.path("labels"), b"sesame"), "{text}");
        assert!(text.contains(shown) || is_in_files(&study.path("labels"), shown.as_bytes()), "{shown}: {text}");
    }
    // An address does not show its secret parts either.
    let study = Study::new(1, 1);
    for base in ["http://me:sesame@127.0.0.1:1/v1", "http://127.0.0.1:1/v1?key=sesame"] {
        let (code, _, err) = run(&study, base, &[]);
        assert!(code == 2 && err.contains("--endpoint") && !err.contains("sesame"), "{err}");
    }
}

#[test]
fn bad_input_is_refused_before_anything_is_asked() {
    let (study, server) = (Study::new(2, 2), Server::good());
    let refused = |more: &[&str], expected: &[&str]| {
        let (code, out, err) = run(&study, &server.url(), more);
        assert!(code == 2 && out.is_empty(), "{more:?}: {code} {out}{err}");
        assert!(expected.iter().all(|part| err.contains(part)), "{expected:?} in {err}");
        assert!(server.asked().is_empty() && !study.path("labels").exists());
    };
    let items = |text: &str| std::fs::write(study.path("items.csv"), text).unwrap();
    for (text, expected) in [
        ("item,title\na,b\n", &["items.csv", "text", "no such column"][..]),
        ("text\na\n", &["items.csv", "item", "no such column"]),
        ("item,text\na,x\na,y\n", &["items.csv, row 2", "\"a\", which is already the name of row 1"]),
        ("item,text\na,x\nb,\n", &["items.csv, row 2", "text", "found nothing"]),
        ("item,text\na,x\n,y\n", &["items.csv, row 2", "item", "found nothing"]),
        ("item,text,human\na,x,4.5\n", &["items.csv, row 1", "human", "4.5", "from 0 to 1"]),
        ("item,text\n", &["items.csv", "no items"]),
    ] {
        items(text);
        refused(&[], expected);
    }
    std::fs::remove_file(study.path("items.csv")).unwrap();
    refused(&[], &["items.csv"]);
    study.write_items(2, "");
    let personas = |place: &str, value: Value, expected: &[&str]| {
        let mut personas = personas_of(2);
        let (parent, key) = place.rsplit_once('/').unwrap();
        personas.pointer_mut(parent).unwrap()[key] = value;
        study.write_personas(&personas);
        refused(&[], &[&["personas.json"], expected].concat());
    };
    personas("/format", json!("suasion-personas/9"), &["format", "suasion-personas/9"]);
    personas("/colour", json!("red"), &["unknown field `colour`"]);
    personas("/personas/1/colour", json!("red"), &["personas[1]", "unknown field `colour`"]);
    std::fs::write(study.path("personas.json"), personas_of(2).to_string().replace("\"p1\"", "\"p0\"")).unwrap();
    refused(&[], &["personas.json", "personas[1].name", "\"p0\"", "personas[0]"]);
    std::fs::write(study.path("personas.json"), personas_of(2).to_string().replace("\"p1\"", "\"P 1\"")).unwrap();
    refused(&[], &["personas[1].name", "lowercase"]);
    personas("/question", json!("What?"), &["personas[0] (p0)", "question", "{item} 0 times"]);
    personas("/personas/1/question", json!("{item} {item}"), &["personas[1] (p1)", "{item} 2 times"]);
    personas("/answers", json!({"1": 0.0, "5": 1.5}), &["answers", "1.5"]);
    personas("/answers", json!({"1": 0.0}), &["answers", "at least two"]);
    personas("/answers", json!({"Yes": 1, "yes": 0}), &["answers", "same answer"]);
    personas("/answers", json!({"1": 0, " 2": 1}), &["answers", "spaces"]);
    // Characters that are easy to overlook, or that look like another answer.
    personas("/answers", json!({"Not wrong": 1, "Wrong": 0}), &["answers", "\"Not wrong\"", "one word"]);
    personas("/answers", json!({"-1": 0, "1": 1}), &["answers", "\"-1\"", "one word"]);
    personas("/answers", json!({"Yes.": 0, "No": 1}), &["answers", "\"Yes.\"", "one word"]);
    personas("/examples", json!([{"item": "x", "answer": "6"}]), &["examples[0].answer", "\"6\""]);
    personas("/personas", json!([]), &["personas", "found none"]);
    std::fs::write(study.path("personas.json"), "{").unwrap();
    refused(&[], &["personas.json", "line 1"]);
    study.write_personas(&personas_of(2));
    refused(&["--price", "1"], &["--price", "\"1\""]);
    refused(&["--concurrency", "0"], &["--concurrency", "found 0"]);
    refused(&["--per-minute", "0"], &["--per-minute", "found 0"]);
    refused(&["--timeout", "-1"], &["--timeout", "-1"]);
    refused(&["--model", "large"], &["--model", "found large", "small"]);
    let (code, _, err) = run(&study, "127.0.0.1:1", &[]);
    assert!(code == 2 && err.contains("--endpoint"), "{err}");
    let (items, file, labels) = (study.at("items.csv"), study.at("personas.json"), study.at("labels"));
    let output = suasion()
        .args(["label", &items, "--personas", &file, "-o", &labels])
        .env_remove("SUASION_ENDPOINT")
        .output()
        .unwrap();
    let err = String::from_utf8(output.stderr).unwrap();
    assert!(output.status.code() == Some(2) && err.contains("SUASION_ENDPOINT"), "{err}");
}

#[test]
fn one_of_many_models_is_to_be_named() {
    let study = Study::new(1, 1);
    let models = json!({"data": [{"id": "small"}, {"id": "large"}]});
    let server = Server::start(move |call| if call.is_list() { Answer::Json(models.clone()) } else { Answer::Model });
    let (code, _, err) = run(&study, &server.url(), &[]);
    assert!(code == 2 && err.contains("--model") && err.contains("small, large"), "{err}");
    // An endpoint without a list of models accepts any name.
    let server = Server::start(|call| if call.is_list() { status(404) } else { Answer::By("anything") });
    let (code, _, err) = run(&study, &server.url(), &[]);
    assert!(code == 2 && err.contains("lists no models"), "{err}");
    labelled(&study, &server.url(), &["--model", "mine"]);
    let set = &sets(&study)[0];
    assert_eq!((&set["model"], &set["answered"]), (&json!("mine"), &json!("anything")));
}

#[test]
fn a_store_of_another_kind_is_refused() {
    let (study, server) = (Study::new(1, 1), Server::good());
    labelled(&study, &server.url(), &[]);
    let path = study.path("labels");
    let good = std::fs::read(&path).unwrap();
    // SQLite stores the user version at byte 60 and the application id at byte 68, most significant
    // byte first.
    for (at, value, expected) in [
        (60, 1_u32, "version 1, expected version 2"),
        (60, 7, "version 7, expected version 2"),
        (68, 0x1234, "another kind of database"),
    ] {
        let mut bytes = good.clone();
        bytes[at..at + 4].copy_from_slice(&value.to_be_bytes());
        std::fs::write(&path, &bytes).unwrap();
        let labels = study.at("labels");
        for (code, out, err) in [
            run(&study, &server.url(), &[]),
            told(&["label", "sets", &labels]),
            told(&["label", "export", &labels, "-o", &study.at("out.csv")]),
        ] {
            assert!(code == 2 && out.is_empty() && err.contains("labels") && err.contains(expected), "{err}");
        }
        assert!(std::fs::read(&path).unwrap() == bytes);
    }
    std::fs::write(&path, "item,text\nnot,a store of labels at all\n".repeat(200)).unwrap();
    let (code, _, err) = run(&study, &server.url(), &[]);
    assert!(code == 2 && err.contains("not a store of labels"), "{err}");
    assert_eq!(server.asked().len(), 1);
    std::fs::remove_file(&path).unwrap();
    let (code, _, err) = told(&["label", "sets", &study.at("labels")]);
    assert!(code == 2 && err.contains("labels") && !path.exists(), "{err}");
}

#[test]
fn names_that_mean_something_to_sqlite_are_names_of_files() {
    let (study, server) = (Study::new(1, 2), Server::good());
    for (name, asked) in [(":memory:", 2), ("file:labels?mode=memory", 4)] {
        for before in [0, 2] {
            let mut arguments = study.arguments(&server.url(), &["--json"]);
            *arguments.iter_mut().find(|argument| **argument == study.at("labels")).unwrap() = name.into();
            let output = suasion().args(arguments).current_dir(study.folder.path()).output().unwrap();
            let summary: Value = serde_json::from_slice(&output.stdout).unwrap();
            assert_eq!((&summary["before"], server.asked().len()), (&json!(before), asked));
        }
        assert!(study.path(name).exists());
    }
}

#[test]
fn what_cannot_be_exported_is_refused() {
    let (study, server) = (Study::new(1, 2), Server::good());
    labelled(&study, &server.url(), &[]);
    let refused = |more: &[&str], expected: &str| {
        let (code, _, err) = told(&[&["label", "export", &study.at("labels")], more].concat());
        assert!(code == 2 && err.contains(expected), "{err}");
    };
    refused(&["-o", &study.at("out.xlsx")], ".parquet or .csv");
    refused(&["-o", &study.at("out.csv"), "--set", "zz"], "--set");
    refused(&["-o", &study.at("labels")], "labels");
    refused(&["-o", &study.at("none/out.csv")], "out.csv");
    let items = study.at("items.csv");
    refused(&["-o", &items, "--items", &items], "expected another file");
}
