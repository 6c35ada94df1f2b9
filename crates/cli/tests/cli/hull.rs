//! `suasion hull`, from files to files.

use crate::common::{root, succeeds, told};
use serde_json::Value;
use std::path::Path;

const RATINGS: &str = "instances/ratings.csv";
const COLUMNS: [&str; 4] = ["--target", "human", "--agents", "agent_*"];

fn lines(text: &str) -> Vec<Value> {
    text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

fn fit(more: &[&str]) -> Value {
    let out = succeeds(&[&["hull", "fit", "--json"], more].concat());
    let [line] = lines(&out).try_into().unwrap();
    line
}

fn mse(fit: &Value, which: &str) -> f64 {
    fit[which]["mse"].as_f64().unwrap()
}

fn close(a: f64, b: f64) -> bool {
    (a - b).abs() <= 1e-11 * a.abs().max(b.abs())
}

fn write(folder: &Path, name: &str, content: &str) -> String {
    let path = folder.join(name);
    std::fs::write(&path, content).unwrap();
    path.to_str().unwrap().into()
}

/// The agents' weights as numbers.
fn weights(fit: &Value, which: &str) -> Vec<f64> {
    fit[which]["weights"].as_array().unwrap().iter().map(|w| w.as_f64().unwrap()).collect()
}

/// Sums over the rows of the ratings, in plain arithmetic.
fn plain(combination: impl Fn(&[f64]) -> f64) -> f64 {
    let text = std::fs::read_to_string(root().join(RATINGS)).unwrap();
    let squares: Vec<f64> = text
        .lines()
        .skip(1)
        .map(|line| {
            let numbers: Vec<f64> = line.split(',').skip(2).map(|field| field.parse().unwrap()).collect();
            (numbers[0] - combination(&numbers[1..])).powi(2)
        })
        .collect();
    squares.iter().sum::<f64>() / squares.len() as f64
}

#[test]
fn people_read_the_fits() {
    let out = succeeds(&[&["hull", "fit", RATINGS], &COLUMNS[..]].concat());
    insta::assert_snapshot!("hull_fit", hide(&out));
    let out = succeeds(&[&["hull", "fit", RATINGS, "--by", "genre", "--intercept"], &COLUMNS[..]].concat());
    insta::assert_snapshot!("hull_fit_by", hide(&out));
}

/// Differences by rounding depend on the machine.
fn hide(text: &str) -> String {
    let words = text.split_inclusive(' ').map(|word| {
        let number = word.trim().trim_end_matches(';');
        if number.contains("e-1") && number.parse::<f64>().is_ok_and(|x| x < 1e-12) { "ROUNDING " } else { word }
    });
    words.collect::<String>().trim_end().into()
}

#[test]
fn machines_read_the_fits() {
    let found = fit(&[&[RATINGS], &COLUMNS[..]].concat());
    assert_eq!(found["rows"], 400);
    assert_eq!(found["agents"].as_array().unwrap().len(), 12);
    assert_eq!(found["confirmed"], true);
    for which in ["nnls", "simplex"] {
        let w = weights(&found, which);
        assert!(w.iter().all(|&w| w >= 0.0));
        let dot = |row: &[f64]| row.iter().zip(&w).map(|(x, w)| x * w).sum::<f64>();
        assert!(close(mse(&found, which), plain(dot)));
        assert!(close(mse(&found, which), found[which]["confirmed_mse"].as_f64().unwrap()));
        assert_eq!(found[which]["intercept"], 0.0);
        assert_eq!(found[which]["support"], w.iter().filter(|&&w| w > 0.0).count());
    }
    assert!((weights(&found, "simplex").iter().sum::<f64>() - 1.0).abs() < 1e-12);
    assert!(close(mse(&found, "mean"), plain(|row| row.iter().sum::<f64>() / 12.0)));
    let singles: Vec<f64> = (0..12).map(|agent| plain(|row| row[agent])).collect();
    let best = (0..12).min_by(|&a, &b| singles[a].total_cmp(&singles[b])).unwrap();
    assert_eq!(found["best_single"]["agent"], format!("agent_{:02}", best + 1));
    assert!(close(mse(&found, "best_single"), singles[best]));
    // A larger set has no larger error.
    assert!(mse(&found, "nnls") <= mse(&found, "simplex") && mse(&found, "simplex") <= mse(&found, "best_single"));
    let intercept = fit(&[&[RATINGS, "--intercept"], &COLUMNS[..]].concat());
    assert!(mse(&intercept, "nnls") <= mse(&found, "nnls"));
    let (w, b) = (weights(&intercept, "nnls"), intercept["nnls"]["intercept"].as_f64().unwrap());
    assert!(close(mse(&intercept, "nnls"), plain(|row| b + row.iter().zip(&w).map(|(x, w)| x * w).sum::<f64>())));
    // There is no certificate to verify, and the command says so.
    let folder = tempfile::tempdir().unwrap();
    let saved = write(folder.path(), "fit.jsonl", &found.to_string());
    let (code, _, err) = told(&["verify", &saved]);
    assert_eq!(code, 2);
    assert!(err.contains("fit.jsonl:1: a fit of data has no certificate"), "{err}");
    // The number of threads changes nothing.
    for threads in ["1", "2"] {
        assert_eq!(found, fit(&[&[RATINGS, "--threads", threads], &COLUMNS[..]].concat()));
    }
}

#[test]
fn shards_give_what_the_whole_gives() {
    let folder = tempfile::tempdir().unwrap();
    let text = std::fs::read_to_string(root().join(RATINGS)).unwrap();
    let (header, rows) = text.split_once('\n').unwrap();
    let rows: Vec<&str> = rows.lines().collect();
    let mut factors = vec![];
    for (number, rows) in [&rows[..7], &rows[7..250], &rows[250..251], &rows[251..]].into_iter().enumerate() {
        let data = write(folder.path(), &format!("shard-{number}.csv"), &format!("{header}\n{}\n", rows.join("\n")));
        let factor = folder.path().join(format!("shard-{number}.factor")).to_str().unwrap().to_owned();
        let out = succeeds(&[&["hull", "reduce", &data, "-o", &factor], &COLUMNS[..]].concat());
        assert!(out.contains(&format!("{} rows", rows.len())), "{out}");
        factors.push(factor);
    }
    let all = folder.path().join("all.factor").to_str().unwrap().to_owned();
    let pattern = folder.path().join("shard-*.factor").to_str().unwrap().to_owned();
    let merged = lines(&succeeds(&["hull", "merge", &pattern, "-o", &all, "--json"]));
    assert_eq!((&merged[0]["rows"], &merged[0]["dropped"]), (&400.into(), &0.into()));
    let whole = fit(&[&[RATINGS], &COLUMNS[..]].concat());
    let data = folder.path().join("shard-*.csv").to_str().unwrap().to_owned();
    let reversed: Vec<&str> = factors.iter().rev().map(String::as_str).collect();
    let others = [fit(&[&all]), fit(&reversed), fit(&[&[data.as_str()], &COLUMNS[..]].concat())];
    for other in &others {
        for which in ["best_single", "mean", "nnls", "simplex"] {
            assert!(close(mse(&whole, which), mse(other, which)));
        }
        for which in ["nnls", "simplex"] {
            for (a, b) in weights(&whole, which).iter().zip(weights(other, which)) {
                assert!((a - b).abs() < 1e-9, "{a} {b}");
            }
        }
    }
    // Missing rows cannot confirm the errors.
    assert_eq!((&others[0]["confirmed"], &others[2]["confirmed"]), (&Value::Null, &true.into()));
    // Some of the agents, on factors and on data.
    let some = ["--agents", "agent_03,agent_1*"];
    let (on_factors, on_data) =
        (fit(&[&[all.as_str()], &some[..]].concat()), fit(&[&[RATINGS, "-t", "human"], &some[..]].concat()));
    assert_eq!(on_factors["agents"], serde_json::json!(["agent_03", "agent_10", "agent_11", "agent_12"]));
    assert_eq!(on_factors["agents"], on_data["agents"]);
    assert!(close(mse(&on_factors, "nnls"), mse(&on_data, "nnls")));
    // A curve from a factor file is the same as from its table.
    let whole = folder.path().join("whole.factor").to_str().unwrap().to_owned();
    succeeds(&[&["hull", "reduce", RATINGS, "-o", &whole], &COLUMNS[..]].concat());
    let options = ["--json", "--bootstrap", "3", "--subsets", "4"];
    let from_factor = succeeds(&[&["hull", "curve", &whole], &options[..]].concat());
    assert_eq!(from_factor, succeeds(&[&["hull", "curve", RATINGS], &COLUMNS[..], &options[..]].concat()));
}

#[test]
fn groups_are_fitted_by_themselves() {
    let by = ["--by", "genre"];
    let out = succeeds(&[&["hull", "fit", "--json", RATINGS], &COLUMNS[..], &by].concat());
    let groups = lines(&out);
    assert_eq!(
        groups.iter().map(|group| group["group"].as_str().unwrap()).collect::<Vec<_>>(),
        ["comedy", "documentary", "drama"]
    );
    assert_eq!(groups.iter().map(|group| group["rows"].as_u64().unwrap()).sum::<u64>(), 400);
    let folder = tempfile::tempdir().unwrap();
    let text = std::fs::read_to_string(root().join(RATINGS)).unwrap();
    for group in &groups {
        assert_eq!(group["confirmed"], true);
        let name = group["group"].as_str().unwrap();
        let own: Vec<&str> =
            text.lines().enumerate().filter(|(i, line)| *i == 0 || line.contains(name)).map(|(_, line)| line).collect();
        let data = write(folder.path(), &format!("{name}.csv"), &own.join("\n"));
        let alone = fit(&[&[data.as_str()], &COLUMNS[..]].concat());
        for which in ["best_single", "mean", "nnls", "simplex"] {
            assert!(close(mse(group, which), mse(&alone, which)));
        }
    }
    // A group that cannot be fitted is reported and does not affect the others.
    let data = write(folder.path(), "groups.csv", "human,a,g\n1,2,x\n2,3,x\n5,5,y\n5,6,y\n");
    let (code, out, _) = told(&["hull", "fit", "--json", &data, "-t", "human", "-a", "a", "--by", "g"]);
    let groups = lines(&out);
    assert_eq!((code, groups.len()), (1, 2));
    assert!(groups[0]["nnls"]["mse"].is_number());
    assert_eq!(groups[1]["problem"], "the target is 5.0 in all 2 rows, expected a target that varies");
}

#[test]
fn weights_and_missing_values() {
    let folder = tempfile::tempdir().unwrap();
    let rows = "human,a,b,w\n1,2,0.5,2\n3,,1,1\n2,2.5,NA,1\n0.5,1,1.5,0\n4,3,1,1\n2,1,1,3\n";
    let data = write(folder.path(), "weighted.csv", rows);
    let columns = ["-t", "human", "-a", "a,b", "--sample-weight", "w"];
    let (code, _, err) = told(&[&["hull", "fit", &data], &columns[..]].concat());
    assert_eq!(code, 2);
    assert!(
        err.contains("weighted.csv, row 2 (line 3), column a: found no value, expected one (--missing drop"),
        "{err}"
    );
    let weighted = fit(&[&[data.as_str(), "--missing", "drop"], &columns[..]].concat());
    assert_eq!((&weighted["rows"], &weighted["dropped"], &weighted["weight"]), (&4.into(), &2.into(), &6.0.into()));
    let repeated = "human,a,b\n1,2,0.5\n1,2,0.5\n4,3,1\n2,1,1\n2,1,1\n2,1,1\n";
    let repeated = fit(&[&write(folder.path(), "repeated.csv", repeated), "-t", "human", "-a", "a,b"]);
    for which in ["best_single", "mean", "nnls", "simplex"] {
        assert!(close(mse(&weighted, which), mse(&repeated, which)));
    }
}

#[test]
fn a_curve_with_its_files() {
    let outer = tempfile::tempdir().unwrap();
    let folder = outer.path().join("new/curve");
    let curve = ["hull", "curve", RATINGS, "--subsets", "6", "--bootstrap", "5", "--seed", "3"];
    let out = succeeds(&[&curve[..], &COLUMNS, &["-o", folder.to_str().unwrap()]].concat());
    insta::assert_snapshot!("hull_curve", out.split("wrote").next().unwrap().trim_end());
    let csv = std::fs::read_to_string(folder.join("curve.csv")).unwrap();
    assert_eq!(csv.lines().count(), 1 + 12 * 5);
    assert!(std::fs::read(folder.join("curve.parquet")).unwrap().starts_with(b"PAR1"));
    assert!(std::fs::read(folder.join("curve.png")).unwrap().starts_with(b"\x89PNG\r\n\x1a\n"));
    assert!(std::fs::read_to_string(folder.join("curve.svg")).unwrap().contains("number of agents"));
    let [found] = lines(&succeeds(&[&curve[..], &COLUMNS, &["--json", "--threads", "1"]].concat())).try_into().unwrap();
    let points = found["points"].as_array().unwrap();
    assert_eq!(points.len(), 12 * 5);
    for point in points {
        let [low, mean, high] =
            [&point["subsets"]["low"], &point["held_out_mse"], &point["subsets"]["high"]].map(|x| x.as_f64().unwrap());
        assert!(low <= mean + 1e-12 && mean <= high + 1e-12, "{point}");
        if point["size"] == 12 {
            assert!((high - low) < 1e-12, "{point}");
        }
    }
    let last = |method: &str| {
        points.iter().rev().find(|point| point["method"] == method).unwrap()["held_out_mse"].as_f64().unwrap()
    };
    assert!(last("nnls") < last("best_single") && last("simplex") < last("best_single"));
    // The folder of a fit.
    let out = succeeds(&[&["hull", "fit", RATINGS, "-o", folder.to_str().unwrap()], &COLUMNS[..]].concat());
    assert!(out.contains("weights.parquet"), "{out}");
    assert_eq!(std::fs::read_to_string(folder.join("weights.csv")).unwrap().lines().count(), 13);
    // The weights are a table again.
    let parquet = folder.join("weights.parquet").to_str().unwrap().to_owned();
    let again = fit(&[&parquet, "-t", "mse", "-a", "nnls", "-a", "scale"]);
    assert_eq!((&again["rows"], &again["confirmed"]), (&12.into(), &true.into()));
}

/// Numbers without influence on a fit change nothing.
#[test]
fn scales() {
    let folder = tempfile::tempdir().unwrap();
    let rows = |target: f64, first: f64, constant: &str| -> String {
        let row = |i: i32| {
            let (a, b) = (f64::from(i * 37 % 101) / 101.0, f64::from(i * 61 % 97) / 97.0);
            let noise = f64::from(i * 29 % 89) / 890.0;
            format!("{:e},{:e},{b:e},{constant}\n", target * (0.3 * a + 0.5 * b + noise), first * a)
        };
        std::iter::once("human,a,b,c\n".to_owned()).chain((1..200).map(row)).collect()
    };
    let write = |name: &str, content: &str| write(folder.path(), name, content);
    let human = ["-t", "human", "-a", "a,b,c", "--intercept"];
    let plain = fit(&[&[&write("plain.csv", &rows(1.0, 1.0, "0"))[..]], &human[..]].concat());
    for constant in ["5e8", "-5e12", "1e-300"] {
        let other = fit(&[&[&write("constant.csv", &rows(1.0, 1.0, constant))[..]], &human[..]].concat());
        assert_eq!(other["confirmed"], true, "{constant}");
        assert!((mse(&other, "nnls") / mse(&plain, "nnls") - 1.0).abs() < 1e-9, "{constant}");
    }
    for first in [1e-170, 1e-300, 1e140] {
        let other = fit(&[&[&write("first.csv", &rows(1.0, first, "0"))[..]], &human[..]].concat());
        assert!((mse(&other, "nnls") / mse(&plain, "nnls") - 1.0).abs() < 1e-9, "{first}");
        assert!((weights(&other, "nnls")[0] * first / weights(&plain, "nnls")[0] - 1.0).abs() < 1e-9, "{first}");
    }
    let small = fit(&[&[&write("small.csv", &rows(1e-140, 1.0, "0"))[..]], &human[..]].concat());
    assert!((weights(&small, "nnls")[1] / weights(&plain, "nnls")[1] / 1e-140 - 1.0).abs() < 1e-9);
    // If squares underflow, the command says so.
    let tiny = write("tiny.csv", &rows(1e-170, 1.0, "0"));
    refused(&[&["fit", &tiny], &human[..]].concat(), "expected at least 1e-150");
}

/// Columns without names are named by their positions and are not confused.
#[test]
fn columns_without_a_name() {
    let folder = tempfile::tempdir().unwrap();
    let table = write(folder.path(), "unnamed.csv", "human,a,,\n1,2,3,9\n2,3,1,8\n0,1,1,8\n1,0,2,7\n");
    let found = fit(&[&table, "-t", "human", "-a", "column_*"]);
    assert_eq!(found["agents"], serde_json::json!(["column_2", "column_3"]));
    let named = write(folder.path(), "named.csv", "human,a,b,c\n1,2,3,9\n2,3,1,8\n0,1,1,8\n1,0,2,7\n");
    assert_eq!(weights(&found, "nnls"), weights(&fit(&[&named, "-t", "human", "-a", "b,c"]), "nnls"));
    let clash = write(folder.path(), "clash.csv", "human,column_2,\n1,2,3\n2,3,1\n");
    refused(&["fit", &clash, "-t", "human", "-a", "column_2"], "clash.csv: has two columns named column_2");
}

/// A refusal is one line on standard error, with nothing on standard output.
fn refused(arguments: &[&str], expected: &str) {
    let (code, out, err) = told(&[&["hull"], arguments].concat());
    assert_eq!((code, out.as_str()), (2, ""), "{arguments:?}: {err}");
    assert!(err.contains(expected), "{arguments:?}: {err}");
    assert_eq!(err.lines().count(), 1, "{err}");
}

#[test]
fn refused_tables() {
    let folder = tempfile::tempdir().unwrap();
    let write = |name: &str, content: &str| write(folder.path(), name, content);
    let good = write("good.csv", "human,a,b\n1,2,3\n2,3,1\n0,1,1\n");
    let human_a = ["-t", "human", "-a", "a"];
    let fit = |file: &str, expected: &str| refused(&[&["fit", file], &human_a[..]].concat(), expected);
    // Columns.
    refused(&["fit", &good, "-a", "a"], "good.csv: name the column to fit with --target");
    refused(&["fit", &good, "-t", "human"], "good.csv: name the agents' columns with --agents");
    refused(
        &["fit", &good, "-t", "nobody", "-a", "a"],
        "good.csv, column nobody: found no such column, expected one of human, a, b",
    );
    refused(&["fit", &good, "-t", "human", "-a", "c"], "column c: found no such column");
    refused(
        &["fit", &good, "-t", "human", "-a", "agent_*"],
        "good.csv: --agents agent_*: matches no column; there are a, b",
    );
    refused(&["fit", &good, "-t", "human", "-a", "human"], "\"human\" among the agents");
    fit(&write("twice.csv", "human,a,a\n1,2,3\n2,3,1\n"), "twice.csv: has two columns named a");
    // Values.
    fit(
        &write("text.csv", "human,a\n1,2\n2,much\n"),
        "text.csv, row 2 (line 3), column a: found \"much\", expected a number",
    );
    fit(&write("nan.csv", "human,a\n1,2\n2,NaN\n"), "nan.csv, row 2 (line 3), column a: found no value");
    fit(
        &write("inf.csv", "human,a\n1,2\n-inf,3\n"),
        "inf.csv, row 2 (line 3), column human: found -inf, expected a number below 1e150",
    );
    let negative = write("negative.csv", "human,a,w\n1,2,1\n2,3,-1\n");
    refused(
        &["fit", &negative, "-t", "human", "-a", "a", "--sample-weight", "w"],
        "row 2 (line 3), column w: found -1.0, expected a weight",
    );
    // Rows.
    fit(&write("none.csv", "human,a\n"), "none.csv: found no rows");
    fit(&write("one.csv", "human,a\n1,2\n"), "one.csv: found 1 row, expected at least 2");
    fit(&write("constant.csv", "human,a\n0.1,2\n0.1,3\n0.1,4\n"), "constant.csv: the target is 0.1 in all 3 rows");
    fit(&write("void.csv", ""), "void.csv: is empty");
    let zero = write("zero.csv", "human,a,w\n1,2,0\n2,3,0\n");
    refused(
        &["fit", &zero, "-t", "human", "-a", "a", "--sample-weight", "w"],
        "zero.csv: the weights of all rows are 0",
    );
}

#[test]
fn refused_files() {
    let folder = tempfile::tempdir().unwrap();
    let write = |name: &str, content: &str| write(folder.path(), name, content);
    let good = write("good.csv", "human,a,b\n1,2,3\n2,3,1\n0,1,1\n");
    let human_a = ["-t", "human", "-a", "a"];
    let fit = |file: &str, expected: &str| refused(&[&["fit", file], &human_a[..]].concat(), expected);
    let other = write("other.csv", "human,b\n1,2\n");
    refused(&[&["fit", &good, &other], &human_a[..]].concat(), "other.csv, column a: found no such column");
    let more = write("more.csv", "human,a,b,c\n1,2,3,4\n");
    refused(&["fit", &good, &more, "-t", "human", "-a", "*"], "more.csv: found the column \"c\" among the agents, but");
    refused(&["fit", "nothing-*.csv", "-t", "human", "-a", "a"], "nothing-*.csv: matches no file");
    fit(folder.path().to_str().unwrap(), "is a folder, expected a file");
    let factor = folder.path().join("good.factor").to_str().unwrap().to_owned();
    succeeds(&["hull", "reduce", &good, "-t", "human", "-a", "a,b", "-o", &factor]);
    let bytes = std::fs::read(&factor).unwrap();
    let cut = folder.path().join("cut.parquet");
    for keep in [5, bytes.len() / 2, bytes.len() - 1] {
        std::fs::write(&cut, &bytes[..keep]).unwrap();
        fit(cut.to_str().unwrap(), "cut.parquet: ");
    }
    // Factors.
    let another = folder.path().join("another.factor").to_str().unwrap().to_owned();
    succeeds(&["hull", "reduce", &more, "-t", "human", "-a", "a,c", "-o", &another]);
    let merged = folder.path().join("merged.factor");
    let message = "another.factor: found another set of agents: without \"b\", with \"c\"";
    refused(&["merge", &factor, &another, "-o", merged.to_str().unwrap()], message);
    refused(&["fit", &factor, &another], message);
    assert!(!merged.exists());
    refused(&["fit", &factor, "-t", "b"], "--target: found \"b\", expected \"human\"");
    refused(&["fit", &factor, "-a", "c"], "without \"c\"");
    refused(&["merge", &good, "-o", merged.to_str().unwrap()], "good.csv: found a table, expected a factor file");
    refused(&["reduce", &factor, "-o", merged.to_str().unwrap()], "found a factor file, expected a table");
    refused(&["reduce", &good, "-t", "human", "-a", "a", "-o", "/nowhere/at/all.factor"], "/nowhere/at");
}

#[test]
fn refused_options() {
    let folder = tempfile::tempdir().unwrap();
    let write = |name: &str, content: &str| write(folder.path(), name, content);
    let good = write("good.csv", "human,a,b\n1,2,3\n2,3,1\n0,1,1\n");
    let factor = folder.path().join("good.factor").to_str().unwrap().to_owned();
    succeeds(&["hull", "reduce", &good, "-t", "human", "-a", "a,b", "-o", &factor]);
    let merged = folder.path().join("merged.factor");
    refused(
        &["curve", &good, "-t", "human", "-a", "a,b", "--folds", "1"],
        "the number of folds: found 1, expected at least 2",
    );
    refused(
        &["curve", &good, "-t", "human", "-a", "a,b", "--folds", "4"],
        "the number of folds: found 4, expected at most 3",
    );
    refused(
        &["curve", &good, "-t", "human", "-a", "a,b", "--sizes", "1-3"],
        "--sizes: found \"1-3\", expected numbers of agents from 1 to 2",
    );
    refused(&["curve", &good, "-t", "human", "-a", "a,b", "--subsets", "0"], "the number of subsets: found 0");
    let many = "100000000000";
    refused(
        &["curve", &good, "-t", "human", "-a", "a,b", "--subsets", many],
        "the number of subsets: found 100000000000",
    );
    refused(&["curve", &factor, "--blocks", "7"], "good.factor: --blocks: found 7, expected 50");
    // No input is overwritten.
    refused(&["reduce", &good, "-t", "human", "-a", "a", "-o", &good], "good.csv: found the output among the files");
    refused(&["merge", &factor, "-o", &factor], "good.factor: found the output among the files");
    refused(&["reduce", &good, "-t", "human", "-a", "a", "-o", "/dev/null"], "/dev/null: is not a file");
    let coarse = folder.path().join("coarse.factor").to_str().unwrap().to_owned();
    succeeds(&["hull", "reduce", &good, "-t", "human", "-a", "a,b", "--blocks", "2", "-o", &coarse]);
    refused(&["fit", &factor, &coarse], "coarse.factor: the number of blocks: found 2, expected 50");
    let reserved = write("reserved.csv", "human,suasion.target\n1,2\n2,1\n");
    refused(
        &["reduce", &reserved, "-t", "human", "-a", "suasion.target", "-o", merged.to_str().unwrap()],
        "the name of an agent",
    );
    refused(&["curve", &good, "-t", "human", "-a", "a,b", "--confidence", "1"], "the confidence: found 1");
    refused(
        &["reduce", &good, "-t", "human", "-a", "a", "--blocks", "0", "-o", merged.to_str().unwrap()],
        "--blocks: found 0",
    );
}
