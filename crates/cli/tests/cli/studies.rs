//! `suasion study items`, `movielens`, `ethics` and `moral-strength`, from files to files.

use crate::common::{succeeds, told};
use serde_json::Value;
use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use suasion_table::{ColumnValues, NamedColumn, Table};

struct Place(tempfile::TempDir);

impl Place {
    fn new() -> Self {
        Self(tempfile::tempdir().unwrap())
    }

    fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    fn text(&self, name: &str) -> String {
        self.path(name).display().to_string()
    }

    fn write(&self, name: &str, content: &str) -> String {
        let path = self.path(name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, content).unwrap();
        self.text(name)
    }
}

/// Pseudorandom numbers from 0 to 1.
fn chance(a: usize, b: usize) -> f64 {
    let mut x = (a as u64 + 1).wrapping_mul(0x9e37_79b9_7f4a_7c15) ^ (b as u64 + 7).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    x = (x ^ (x >> 30)).wrapping_mul(0x94d0_49bb_1331_11eb);
    x = (x ^ (x >> 27)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    ((x ^ (x >> 31)) >> 11) as f64 / (1_u64 << 53) as f64
}

const FILMS: usize = 40;

/// Forty films, each with the average rating of two of the agents.
fn movielens(place: &Place) -> (String, String) {
    let stars = |film: usize| (1 + film % 10, 1 + film * 3 % 10);
    let mut ratings = String::from("userId,movieId,rating,timestamp\n");
    let mut movies = String::from("movieId,title,genres\n");
    let mut labels = String::from("item,first,second,noise-1,noise-2\n");
    for film in 0..FILMS {
        let (one, two) = stars(film);
        for user in 0..20 {
            writeln!(ratings, "{user},{film},{},0", 0.5 * (if user % 2 == 0 { one } else { two }) as f64).unwrap();
        }
        writeln!(movies, "{film},\"Film {film}, The (1999)\",Drama|War").unwrap();
        let scaled = |half: usize| (half - 1) as f64 / 9.0;
        writeln!(labels, "{film},{},{},{},{}", scaled(one), scaled(two), chance(film, 1), chance(film, 2)).unwrap();
    }
    ratings += "1,99,5.0,0\n";
    movies += "99,Rarely rated (2000),War\n";
    place.write("ml/ratings.csv", &ratings);
    place.write("ml/movies.csv", &movies);
    (place.text("ml"), place.write("labels.csv", &labels))
}

const QUICK: [&str; 8] = ["--repeats", "2", "--bootstrap", "10", "--subsets", "3", "--curve-bootstrap", "2"];

fn run(arguments: &[&str]) -> String {
    succeeds(&[arguments, &QUICK].concat())
}

#[test]
fn items() {
    let place = Place::new();
    let (data, _) = movielens(&place);
    let (all, some) = (place.text("all.csv"), place.text("some.parquet"));
    let out = succeeds(&["study", "items", "movielens", &data, "-o", &all]);
    assert!(out.starts_with("40 of 40 items; human: mean rating, from 0.5 stars (0) to 5 (1)"), "{out}");
    let written = std::fs::read_to_string(&all).unwrap();
    assert_eq!(written.lines().count(), 41);
    assert!(written.starts_with("item,text,human\n0,\"Film 0, The (1999). Genres: Drama, War\",0.0\n"), "{written}");
    let out = succeeds(&["study", "items", "movielens", &data, "-o", &some, "--most", "7", "--seed", "3", "--json"]);
    let told: Value = serde_json::from_str(&out).unwrap();
    assert_eq!((&told["found"], &told["items"], &told["set"]), (&40.into(), &7.into(), &"movielens".into()));
    assert!(std::fs::read(&some).unwrap().starts_with(b"PAR1"));
    let rare = succeeds(&["study", "items", "movielens", &data, "-o", &all, "--least-ratings", "1"]);
    assert!(rare.starts_with("41 of 41 items"), "{rare}");
}

#[test]
fn films_whose_human_is_in_the_hull() {
    let place = Place::new();
    let (data, labels) = movielens(&place);
    let folder = place.text("results");
    let out = run(&["study", "movielens", &data, "--labels", &labels, "-o", &folder]);
    assert!(out.contains("movielens: 40 items, 4 agents"), "{out}");
    assert!(out.contains("out of sample, the convex combination beats the best single agent"), "{out}");
    assert!(out.contains("certified: yes"), "{out}");
    let names = ["fits", "comparisons", "curve", "weights", "agents", "predictions"];
    for name in names {
        assert!(place.path(&format!("results/{name}.csv")).is_file());
        assert!(std::fs::read(place.path(&format!("results/{name}.parquet"))).unwrap().starts_with(b"PAR1"));
    }
    for name in ["methods", "weights", "fitted", "curve"] {
        assert!(std::fs::read_to_string(place.path(&format!("results/{name}.svg"))).unwrap().contains("<svg"));
        assert!(std::fs::read(place.path(&format!("results/{name}.png"))).unwrap().starts_with(b"\x89PNG"));
    }
    let weighted = ["study", "movielens", &data, "--labels", &labels, "--json", "--players", "weighted", "-o", &folder];
    let found: Value = serde_json::from_str(&run(&weighted)).unwrap();
    assert!(found["methods"][7]["held_out"]["mse"].as_f64().unwrap() < 1e-20, "{}", found["methods"]);
    let weight = |agent: &str| {
        let all = found["weights"].as_array().unwrap();
        let own = all.iter().find(|weight| weight["agent"] == agent && weight["method"] == "simplex").unwrap();
        own["weight"].as_f64().unwrap()
    };
    assert!((weight("first") - 0.5).abs() < 1e-9 && weight("noise-1") < 1e-9);
    // The user is in the hull of the two agents with weights, so every equilibrium gives her full
    // information.
    let game = &found["game"]["solution"];
    assert_eq!(found["game"]["agents"], serde_json::json!(["first", "second"]));
    let full = game["user_value"]["full_information"].as_f64().unwrap();
    assert!((game["equilibrium"]["worst_user_value"].as_f64().unwrap() - full).abs() < 1e-9);
    assert!(game["alignment"]["error"].as_f64().unwrap() < 1e-9);
    assert_eq!(game["certified"], true);
    // The written game is the one that was solved.
    let again: Value =
        serde_json::from_str(&succeeds(&["solve", "--json", &place.text("results/instance.json")])).unwrap();
    assert_eq!(again["equilibrium"]["worst_user_value"], game["equilibrium"]["worst_user_value"]);
    assert_eq!(again["digest"], game["digest"]);
}

#[test]
fn the_same_on_any_number_of_threads() {
    let place = Place::new();
    let (data, labels) = movielens(&place);
    let arguments = ["study", "movielens", &data, "--labels", &labels, "--json", "--seed", "5", "--no-game"];
    assert_eq!(
        run(&[&arguments[..], &["--threads", "1"]].concat()),
        run(&[&arguments[..], &["--threads", "3"]].concat())
    );
}

#[test]
fn scenarios_and_words() {
    let place = Place::new();
    let (mut scenarios, mut labels) = (String::from("label,input,is_short,edited\n"), String::from("item,a,b,c\n"));
    for i in 0..60 {
        let wrong = usize::from(chance(i, 9) < 0.4);
        writeln!(scenarios, "{wrong},I did it {i} times.,True,False").unwrap();
        let (good, noise) = ((1 - wrong) as f64, chance(i, 5));
        writeln!(labels, "cm-test-{},{},{},{}", i + 1, 0.3 + 0.3 * good + 0.2 * noise, chance(i, 6), 0.5).unwrap();
    }
    place.write("ethics/commonsense/cm_test.csv", &scenarios);
    let labels = place.write("labels.csv", &labels);
    let out = run(&["study", "ethics", &place.text("ethics"), "--labels", &labels]);
    assert!(out.contains("ethics: 60 items, 3 agents; human: commonsense: 1 if the act is not wrong, else 0"), "{out}");
    assert!(out.contains("AUC"), "{out}");
    let graded = ["--actions", "score", "--states", "6", "--players", "all", "--group-by", "quantiles", "--json"];
    let found = run(&[&["study", "ethics", &place.text("ethics"), "--labels", &labels][..], &graded].concat());
    let found: Value = serde_json::from_str(&found).unwrap();
    assert_eq!(found["binary"], true);
    assert_eq!(found["game"]["agents"].as_array().unwrap().len(), 3);
    assert_eq!(found["methods"][2]["held_out"]["auc"], 1.0);
    assert_eq!(found["game"]["solution"]["certified"], true);
    let words: Vec<String> = (0..30).map(|i| format!("w{i},care,{}\n", 1.0 + 8.0 * chance(i, 3))).collect();
    let words = place.write("words.csv", &format!("lemma,foundation,rating\n{}", words.concat()));
    let rows: Vec<String> = (0..30).map(|i| format!("care-{},{},{}\n", i + 1, chance(i, 3), chance(i, 4))).collect();
    let labels = place.write("words-labels.csv", &format!("item,a,b\n{}", rows.concat()));
    let out = run(&["study", "moral-strength", &words, "--labels", &labels, "--no-game"]);
    assert!(out.contains("moral-strength: 30 items, 2 agents"), "{out}");
}

/// Labels in the form of an export: null if there is none.
#[test]
fn labels_as_parquet() {
    let place = Place::new();
    let (data, _) = movielens(&place);
    let path = place.path("labels.parquet");
    let scores = |agent: usize, gap: Option<usize>| {
        let score = |film| Some(chance(film, agent)).filter(|_| Some(film) != gap);
        ColumnValues::Maybe((0..FILMS).map(score).collect())
    };
    let columns: [NamedColumn; 4] = [
        ("item", ColumnValues::Texts((0..FILMS).map(|film| film.to_string()).collect())).into(),
        ("human", ColumnValues::Maybe(vec![None; FILMS])).into(),
        ("strict@small", scores(1, Some(7))).into(),
        ("lenient@small", scores(2, None)).into(),
    ];
    suasion_table::write_parquet(&path, &columns, &[]).unwrap();
    let out = run(&["study", "movielens", &data, "--labels", &path.display().to_string(), "--no-game"]);
    assert!(out.contains("movielens: 39 items, 2 agents"), "{out}");
    assert!(out.contains("left out; items without the score of an agent: 1"), "{out}");
    assert!(out.contains("strict@small"), "{out}");
}

/// The shipped labels: a score of every agent for every item, and nothing else; agents are the
/// shipped personas, in their order.
#[test]
fn labels_that_ship() {
    let instances = suasion_testkit::root().join("instances");
    for (domain, agents, items) in [("movielens", 100, 150), ("ethics", 100, 150), ("moral-strength", 50, 100)] {
        let personas = std::fs::read(instances.join(format!("personas/{domain}.json"))).unwrap();
        let personas: Value = serde_json::from_slice(&personas).unwrap();
        let personas = personas["personas"].as_array().unwrap();
        assert_eq!(personas.len(), 100);
        let table = Table::open(&[instances.join(format!("labels/{domain}.parquet"))]).unwrap();
        let names: Vec<String> = table.columns().iter().skip(1).map(|column| column.name.clone()).collect();
        assert_eq!((table.columns()[0].name.as_str(), names.len()), ("item", agents));
        let place = |name: &String| personas.iter().position(|one| one["name"] == name.as_str()).unwrap();
        assert!(names.iter().map(place).is_sorted());
        let reader = table.select(&names, &["item".into()]).unwrap();
        let mut rows = 0;
        for part in reader.parts(1000) {
            let check = |batch: &suasion_table::Batch| -> Result<(), suasion_table::TableError> {
                rows += batch.rows();
                let all = |agent| batch.numbers(agent).iter().all(|score| (0.0..=1.0).contains(score));
                assert!((0..agents).all(all));
                Ok(())
            };
            reader.read(&part, check).unwrap();
        }
        assert_eq!(rows, items);
    }
}

#[test]
fn what_is_refused() {
    let place = Place::new();
    let (data, labels) = movielens(&place);
    let target = place.text("refused");
    let refused = |arguments: &[&str], expected: &str| {
        let (code, out, err) = told(arguments);
        assert_eq!((code, out.as_str()), (2, ""), "{arguments:?}: {err}");
        assert!(err.contains(expected), "{arguments:?}: {err}");
        assert!(!Path::new(&target).exists(), "{arguments:?}");
    };
    let study = |more: &[&str], expected: &str| {
        refused(&[&["study", "movielens", &data, "--labels", &labels, "-o", &target], more].concat(), expected);
    };
    study(&["--folds", "1"], "the number of folds: found 1, expected from 2 to 100000");
    study(&["--folds", "30"], "the number of items in common: found 40");
    study(&["--confidence", "nan"], "the confidence: found NaN");
    study(&["--threshold", "2"], "the threshold: found 2, expected a number from 0 to 1");
    study(&["--scores", "3"], "--scores is for --actions score");
    study(&["--actions", "score", "--scores", "1"], "the number of scores: found 1");
    study(&["--states", "0"], "the number of states: found 0");
    study(&["--agents", "nobody*"], "nobody*: matches no column");
    study(&["--players", "nobody"], "found no agent \"nobody\"");
    study(&["--user", "77"], "found no ratings of user 77");
    let strange = place.write("strange.csv", "item,a\nx,0.5\ny,0.2\n");
    refused(
        &["study", "movielens", &data, "--labels", &strange, "-o", &target],
        "found items that are not in the data",
    );
    refused(&["study", "movielens", &place.text("none"), "--labels", &labels, "-o", &target], "found no ratings");
    refused(&["study", "ethics", &data, "--labels", &labels, "-o", &target], "found no files of ETHICS");
    refused(&["study", "movielens", &data, "--labels", &place.text("none.csv"), "-o", &target], "none.csv");
    refused(&["study", "items", "movielens", &data, "-o", &target, "--most", "0"], "--most: found 0");
    refused(
        &["study", "items", "movielens", &data, "-o", &target, "--least-ratings", "99"],
        "found no film with 99 ratings",
    );
    let ratings = format!("{data}/ratings.csv");
    let before = std::fs::read(&ratings).unwrap();
    let (code, _, err) = told(&["study", "items", "movielens", &data, "-o", &ratings]);
    assert_eq!(code, 2, "{err}");
    assert!(err.contains("found the output among the files that are read"), "{err}");
    assert_eq!(before, std::fs::read(&ratings).unwrap());
    let scenes = place.write("ethics/commonsense/cm_test.csv", "label,input\n0,I sang.\n1,I stole.\n");
    let (code, _, err) = told(&["study", "items", "ethics", &place.text("ethics"), "-o", &scenes]);
    assert_eq!(code, 2, "{err}");
    assert!(err.contains("found the output among the files that are read"), "{err}");
    assert!(std::fs::read_to_string(&scenes).unwrap().starts_with("label,input\n0,I sang."));
    // A limit before anything is known is not bad usage, and leaves no files.
    let (code, _, err) = told(&["study", "movielens", &data, "--labels", &labels, "-o", &target, "--time-limit", "0"]);
    assert_eq!(code, 1, "{err}");
    assert!(err.contains("before there was any result"), "{err}");
    assert!(!Path::new(&target).exists());
}
