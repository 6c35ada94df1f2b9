//! The study of agents as judges, on scores whose answers are known.

use rand::seq::SliceRandom;
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;
use std::path::Path;
use suasion_model::{Information, Instance};
use suasion_persuasion::Settings;
use suasion_study::data::{DataItem, Items};
use suasion_study::judges::bridge::{Actions, Bridge, Players, States};
use suasion_study::judges::{Band, Comparison, JudgeLabels, JudgeMethod, JudgesFindings, JudgesVerdict, Scores};
use suasion_study::{Judges, StudyError};

/// Labels of items `i0`, `i1`, ... by agents `a0`, `a1`, ..., written to a file and read again.
fn labels(rows: &[Vec<f64>]) -> JudgeLabels {
    let items: Vec<usize> = (0..rows.len()).collect();
    let agents: Vec<usize> = (0..rows[0].len()).collect();
    written(rows, &items, &agents, &[]).unwrap()
}

fn written(rows: &[Vec<f64>], items: &[usize], agents: &[usize], patterns: &[&str]) -> Result<JudgeLabels, StudyError> {
    let header: Vec<String> = agents.iter().map(|agent| format!("a{agent}")).collect();
    let line = |&item: &usize| {
        // A missing score is an empty cell.
        let cell =
            |&agent: &usize| Some(rows[item][agent]).filter(|x| !x.is_nan()).map_or(String::new(), |x| x.to_string());
        format!("i{item},{}\n", agents.iter().map(cell).collect::<Vec<_>>().join(","))
    };
    read(&format!("item,{}\n{}", header.join(","), items.iter().map(line).collect::<String>()), patterns)
}

fn read(content: &str, patterns: &[&str]) -> Result<JudgeLabels, StudyError> {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("labels.csv");
    std::fs::write(&path, content).unwrap();
    JudgeLabels::read(&path, &patterns.iter().map(|&pattern| pattern.to_owned()).collect::<Vec<_>>())
}

fn data(human: &[f64]) -> Items {
    let item =
        |(i, &human): (usize, &f64)| DataItem { name: format!("i{i}"), text: format!("item {i}"), human, group: i };
    let items = human.iter().enumerate().map(item).collect();
    Items { set: "test", meaning: "as it is".into(), items, files: vec![] }
}

fn uniform(items: usize, agents: usize, seed: u64) -> Vec<Vec<f64>> {
    let mut draws = ChaCha8Rng::seed_from_u64(seed);
    (0..items).map(|_| (0..agents).map(|_| draws.random()).collect()).collect()
}

const SMALL: Judges =
    Judges { folds: 4, repeats: 3, bootstrap: 20, subsets: 4, curve_bootstrap: 2, confidence: 0.95, seed: 7 };

fn study(rows: &[Vec<f64>], human: &[f64]) -> JudgesFindings {
    let scores = Scores::join(&labels(rows), &data(human)).unwrap();
    SMALL.run(&scores, &Settings::default(), &|_| ()).unwrap()
}

fn held_out(found: &JudgesFindings, method: JudgeMethod) -> f64 {
    found.method(method).held_out.mse
}

#[test]
fn a_human_in_the_hull() {
    let rows = uniform(80, 6, 1);
    let human: Vec<f64> = rows.iter().map(|row| 0.3 * row[1] + 0.7 * row[4]).collect();
    let found = study(&rows, &human);
    for method in [JudgeMethod::Simplex, JudgeMethod::SimplexIntercept, JudgeMethod::Nnls, JudgeMethod::NnlsIntercept] {
        assert!(held_out(&found, method) < 1e-20, "{method:?}");
        assert!(found.method(method).in_sample.mse < 1e-20);
        assert!((found.method(method).held_out.r2 - 1.0).abs() < 1e-12);
        for weight in found.weights.iter().filter(|weight| weight.method == method) {
            let expected = [0.0, 0.3, 0.0, 0.0, 0.7, 0.0][weight.agent[1..].parse::<usize>().unwrap()];
            assert!((weight.weight - expected).abs() < 1e-9, "{weight:?}");
            let spread = weight.spread.unwrap();
            assert!((spread.low - expected).abs() < 1e-8 && (spread.high - expected).abs() < 1e-8, "{weight:?}");
            assert!(expected == 0.0 || weight.chosen == Some(1.0), "{weight:?}");
        }
    }
    assert!(found.hull_distance < 1e-10);
    // The mean square of 0.3 (a1 - a4), with both uniform on [0, 1]: 0.09 / 6.
    let single = held_out(&found, JudgeMethod::BestSingle);
    assert!((single - 0.015).abs() < 0.005, "{single}");
    let beaten = found.comparison(JudgeMethod::Simplex, JudgeMethod::BestSingle).unwrap();
    assert_eq!((beaten.verdict(), beaten.wins), (JudgesVerdict::Better, 1.0));
    assert!((beaten.gain - single).abs() < 1e-12 && (beaten.share - 1.0).abs() < 1e-12);
    assert!(found.finding()[0].starts_with("out of sample, the convex combination beats the best single agent"));
    // The closest agent is a4, and independent agents are far from each other's hull.
    let nearest = found.distances.iter().min_by(|a, b| a.human.total_cmp(&b.human)).unwrap();
    assert_eq!(nearest.agent, "a4");
    assert!(found.distances.iter().all(|agent| agent.others.unwrap() > 0.2));
    let curve = found.curve.as_ref().unwrap();
    assert!(curve.points.iter().any(|point| point.size == 6 && point.held_out_mse < 1e-20));
}

#[test]
fn a_human_who_is_a_mean_on_another_scale() {
    let rows = uniform(80, 6, 2);
    let human: Vec<f64> = rows.iter().map(|row| 0.2 + 0.5 * row.iter().sum::<f64>() / 6.0).collect();
    let found = study(&rows, &human);
    assert!(held_out(&found, JudgeMethod::CalibratedMean) < 1e-20);
    assert!(held_out(&found, JudgeMethod::NnlsIntercept) < 1e-20);
    assert!(held_out(&found, JudgeMethod::Mean) > 1e-3);
    let even = found.comparison(JudgeMethod::NnlsIntercept, JudgeMethod::CalibratedMean).unwrap();
    assert!(even.gain.abs() < 1e-20, "{even:?}");
    let intercept = found.intercepts.iter().find(|(method, _)| *method == JudgeMethod::NnlsIntercept).unwrap().1;
    assert!((intercept - 0.2).abs() < 1e-9);
}

#[test]
fn noise() {
    for seed in 0..3 {
        let (rows, other) = (uniform(120, 10, 10 + seed), uniform(120, 1, 99 + seed));
        let human: Vec<f64> = other.iter().map(|row| row[0]).collect();
        let found = study(&rows, &human);
        for own in found.comparisons.iter().filter(|own| own.rival == JudgeMethod::Constant) {
            assert_ne!(own.verdict(), JudgesVerdict::Better, "{own:?}");
        }
        assert_eq!(found.method(JudgeMethod::Constant).held_out.r2, 0.0);
        let explained = &found.finding()[5];
        assert!(explained.contains("beats the mean of the human"), "{explained}");
        assert!(explained.contains("nothing"), "{explained}");
        // In the sample, more freedom can only improve a fit.
        let fitted = found.method(JudgeMethod::NnlsIntercept).in_sample;
        assert!(fitted.mse <= found.human_variance + 1e-12);
    }
}

#[test]
fn yes_and_no() {
    let mut rows = uniform(60, 4, 3);
    let human: Vec<f64> = (0..60).map(|i| f64::from(u8::from(i % 3 == 0))).collect();
    for (row, human) in rows.iter_mut().zip(&human) {
        row[2] = 0.4 + 0.1 * human;
        row[3] = 0.5;
    }
    let found = study(&rows, &human);
    assert!(found.binary);
    // The third agent ranks items as the human does, on another scale. The constant predicts the
    // same for all items.
    assert_eq!(found.method(JudgeMethod::BestCalibrated).held_out.auc, Some(1.0));
    assert_eq!(found.method(JudgeMethod::BestCalibrated).in_sample.auc, Some(1.0));
    assert_eq!(found.method(JudgeMethod::Constant).held_out.auc, Some(0.5));
    assert!(held_out(&found, JudgeMethod::BestCalibrated) < 1e-20);
    let flat = &found.distances[3];
    assert_eq!((flat.agent.as_str(), flat.correlation, flat.spread), ("a3", None, 0.0));
    assert!((found.distances[2].correlation.unwrap() - 1.0).abs() < 1e-9);
}

#[test]
fn neither_order_nor_threads_matter() {
    let rows = uniform(50, 7, 4);
    let noise = uniform(50, 1, 5);
    let human: Vec<f64> =
        rows.iter().zip(&noise).map(|(row, noise)| 0.5 * row[0] + 0.3 * row[5] + 0.2 * noise[0]).collect();
    let findings = |labels: &JudgeLabels, data: &Items, threads: usize| {
        let scores = Scores::join(labels, data).unwrap();
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
        let found = pool.install(|| SMALL.run(&scores, &Settings::default(), &|_| ())).unwrap();
        let game = bridge(States::KMeans(5)).instance("game", &scores, &found, Path::new("labels")).unwrap();
        (serde_json::to_string(&found).unwrap(), found.predictions, game.to_json().unwrap())
    };
    let expected = findings(&labels(&rows), &data(&human), 1);
    let mut draws = ChaCha8Rng::seed_from_u64(0);
    let (mut items, mut agents): (Vec<usize>, Vec<usize>) = ((0..50).collect(), (0..7).collect());
    items.shuffle(&mut draws);
    agents.shuffle(&mut draws);
    let mut data = data(&human);
    data.items.shuffle(&mut draws);
    let again = written(&rows, &items, &agents, &[]).unwrap();
    assert_eq!(findings(&again, &data, 4), expected);
}

#[test]
fn what_is_joined() {
    let mut rows = uniform(30, 4, 6);
    rows[3][0] = f64::NAN;
    for row in rows.iter_mut().take(10) {
        row[2] = f64::NAN;
    }
    let human: Vec<f64> = (0..35).map(|i| f64::from(i) / 40.0).collect();
    let mut data = data(&human);
    data.items.drain(..2);
    let joined = Scores::join(&labels(&rows), &data).unwrap();
    let counts = &joined.joined;
    assert_eq!((counts.items, counts.unlabelled, counts.unknown, counts.incomplete), (27, 5, 2, 1));
    assert_eq!(counts.silent, ["a2"]);
    assert_eq!(joined.agents, ["a0", "a1", "a3"]);
    assert!(joined.items.is_sorted() && !joined.items.contains(&"i3".to_owned()));
    let place = joined.items.iter().position(|item| item == "i17").unwrap();
    assert_eq!((joined.human[place], joined.scores[(place, 1)]), (17.0 / 40.0, rows[17][1]));
    let all: Vec<usize> = (0..30).collect();
    let some = written(&rows, &all, &[0, 1, 2, 3], &["a[13]"]).unwrap();
    assert_eq!(Scores::join(&some, &data).unwrap().agents, ["a1", "a3"]);
}

#[test]
fn what_is_refused() {
    let cause = |content: &str, patterns: &[&str]| read(content, patterns).unwrap_err().to_string();
    assert!(cause("name,a\nx,1\n", &[]).contains("column item: found no such column"));
    assert!(cause("item,human\nx,1\n", &[]).contains("found no agents"));
    assert!(cause("item,a\nx,1\nx,2\n", &[]).contains("line 3: column item: found \"x\" again"));
    assert!(cause("item,a\nx,1\n,2\n", &[]).contains("line 3: column item: found nothing"));
    assert!(cause("item,a\nx,1\n", &["b*"]).contains("b*: matches no column"));
    assert!(cause("item,a\nx,1\n", &["b"]).contains("b: found no such column"));
    assert!(cause("item,human,a\nx,1,1\n", &["human"]).contains("found the column \"human\" among the agents"));
    assert!(cause("item,a\nx,inf\n", &[]).contains("column a: found inf"));
    assert!(cause("item,a\nx,0.5\ny,7\n", &[]).contains("line 3: column a: found 7, expected a score from 0 to 1"));
    assert!(cause("item,a\nx,-0.5\n", &[]).contains("column a: found -0.5"));
    let rows = uniform(30, 3, 8);
    let join = |labels: &JudgeLabels, data: &Items| Scores::join(labels, data).unwrap_err();
    let mut strange = data(&[0.0, 1.0]);
    strange.items.iter_mut().for_each(|item| item.name.push('x'));
    let found = join(&labels(&rows), &strange);
    assert!(
        found.is_usage() && found.to_string().contains("found items that are not in the data (such as \"i0\")"),
        "{found}"
    );
    let same = join(&labels(&rows), &data(&[0.25; 30]));
    assert!(same.to_string().contains("the human utility of all 30 items in common is 0.25"), "{same}");
    let few = Scores::join(&labels(&rows), &data(&[0.0, 1.0, 0.5])).unwrap();
    let found = SMALL.run(&few, &Settings::default(), &|_| ()).unwrap_err();
    assert_eq!(found.to_string(), "the number of items in common: found 3, expected at least two for each fold");
    let mut pairs = data(&(0..14).map(f64::from).collect::<Vec<_>>());
    pairs.items.iter_mut().for_each(|item| item.group /= 2);
    let found = SMALL.run(&Scores::join(&labels(&rows), &pairs).unwrap(), &Settings::default(), &|_| ()).unwrap_err();
    assert!(found.to_string().starts_with("the number of groups of items in common: found 7"), "{found}");
    // The only item that differs may be held out.
    let one = data(&(0..30).map(|i| f64::from(u8::from(i == 7))).collect::<Vec<_>>());
    let found = SMALL.run(&Scores::join(&labels(&rows), &one).unwrap(), &Settings::default(), &|_| ()).unwrap_err();
    assert!(found.is_usage() && found.to_string().starts_with("without one of the folds"), "{found}");
    let check = |study: Judges| study.check().unwrap_err().to_string();
    assert!(check(Judges { folds: 1, ..SMALL }).contains("the number of folds: found 1"));
    assert!(check(Judges { repeats: 0, ..SMALL }).contains("the number of repeats: found 0"));
    assert!(check(Judges { confidence: 1.0, ..SMALL }).contains("the confidence: found 1"));
    let ended = Settings::with_time_limit(std::time::Duration::ZERO);
    let scores = Scores::join(&labels(&rows), &data(&(0..30).map(f64::from).collect::<Vec<_>>())).unwrap();
    let found = SMALL.run(&scores, &ended, &|_| ()).unwrap_err();
    assert!(!found.is_usage() && found.to_string().contains("before there was any result"), "{found}");
}

#[test]
fn columns_that_are_no_agents() {
    let row = |i: usize| format!("i{i},film {i},{},0.5,{}\n", 0.05 * i as f64, if i == 3 { "n.a." } else { "0.25" });
    let content = format!("item,title,human,a,b\n{}", (0..20).map(row).collect::<String>());
    let labels = read(&content, &[]).unwrap();
    let human: Vec<f64> = (0..20).map(|i| if i < 4 { 1.0 } else { 0.05 * f64::from(i) }).collect();
    let scores = Scores::join(&labels, &data(&human)).unwrap();
    assert_eq!((scores.agents, scores.joined.texts), (vec!["a".to_owned()], vec!["title".to_owned(), "b".to_owned()]));
    assert_eq!(scores.joined.other_human, 4);
}

/// In each pair, one item is as far above the middle as the other is below. So other pairs carry no
/// information.
#[test]
fn pairs_are_held_out_together() {
    let (rows, other) = (uniform(40, 3, 20), uniform(20, 1, 21));
    let human: Vec<f64> = (0..40).map(|i| if i < 20 { other[i][0] } else { 1.0 - other[i - 20][0] }).collect();
    let mut pairs = data(&human);
    pairs.items.iter_mut().for_each(|item| item.group %= 20);
    let scores = Scores::join(&labels(&rows), &pairs).unwrap();
    let found = SMALL.run(&scores, &Settings::default(), &|_| ()).unwrap();
    let constant = |found: &JudgesFindings| {
        found.predictions.iter().map(|item| item.held_out[JudgeMethod::Constant as usize]).collect::<Vec<_>>()
    };
    assert!(constant(&found).iter().all(|prediction| (prediction - 0.5).abs() < 1e-12), "{:?}", constant(&found));
    assert!(constant(&study(&rows, &human)).iter().any(|prediction| (prediction - 0.5).abs() > 1e-3));
}

#[test]
fn what_is_best_need_not_be_a_combination() {
    let (rows, noise) = (uniform(60, 12, 30), uniform(60, 1, 31));
    let human: Vec<f64> =
        rows.iter().zip(&noise).map(|(row, noise)| 0.3 + row.iter().sum::<f64>() / 40.0 + 0.1 * noise[0]).collect();
    let found = study(&rows, &human);
    let explained = &found.finding()[5];
    assert!(explained.contains("the mean of agents, calibrated removes"), "{explained}");
    assert!(explained.contains("the most of all significant improvements"), "{explained}");
}

#[test]
fn intervals_are_to_agree() {
    let (rows, noise) = (uniform(80, 6, 40), uniform(80, 1, 41));
    let human: Vec<f64> = rows.iter().zip(&noise).map(|(row, noise)| 0.4 * row[0] + 0.6 * noise[0]).collect();
    let found = study(&rows, &human);
    for own in &found.comparisons {
        let bands = [Some(own.interval), own.bootstrap];
        let all = |says: &dyn Fn(f64, f64) -> bool| bands.iter().flatten().all(|band| says(band.low, band.high));
        let expected = match (all(&|low, _| low > 0.0), all(&|_, high| high < 0.0)) {
            (true, _) => JudgesVerdict::Better,
            (_, true) => JudgesVerdict::Worse,
            _ => JudgesVerdict::Even,
        };
        assert_eq!(own.verdict(), expected, "{own:?}");
    }
    let doubtful =
        found.comparisons.iter().map(|own| Comparison { interval: Band { low: 1e-9, high: 1.0 }, ..own.clone() });
    let doubtful = doubtful.map(|own| Comparison { bootstrap: Some(Band { low: -1e-9, high: 1.0 }), ..own });
    assert!(doubtful.into_iter().all(|own| own.verdict() == JudgesVerdict::Even));
    // In training, fits with more freedom are better in each fold.
    let training = |method| found.method(method).training;
    assert!(training(JudgeMethod::NnlsIntercept).high <= training(JudgeMethod::Constant).high + 1e-12);
    assert!(training(JudgeMethod::NnlsIntercept).low > 0.0);
}

fn bridge(states: States) -> Bridge {
    Bridge { actions: Actions::Recommend { threshold: None }, states, players: Players::All, seed: 0 }
}

/// Four items, two agents.
fn four() -> (Scores, JudgesFindings) {
    let rows = [vec![0.0, 0.5], vec![0.25, 0.5], vec![1.0, 0.75], vec![0.75, 0.25]];
    let scores = Scores::join(&labels(&rows), &data(&[0.0, 0.5, 1.0, 0.5])).unwrap();
    let study = Judges { folds: 2, repeats: 1, bootstrap: 0, subsets: 0, ..SMALL };
    let found = study.run(&scores, &Settings::default(), &|_| ()).unwrap();
    (scores, found)
}

fn prior(instance: &Instance) -> Vec<f64> {
    match &instance.information {
        Information::Priors(priors) => priors.row(0).to_vec(),
        Information::Worlds { .. } => vec![],
    }
}

#[test]
fn a_game_by_hand() {
    let (scores, found) = four();
    let game = |bridge: &Bridge| bridge.instance("four", &scores, &found, Path::new("labels")).unwrap();
    let of = |instance: &Instance, action: usize| {
        let parties = std::iter::once(&instance.user).chain(&instance.agents);
        parties.map(|party| party.utility.row(action).to_vec()).collect::<Vec<_>>()
    };
    // Ordered by the human: i0, then i1 and i3, then i2.
    let items = game(&bridge(States::Items));
    let names: Vec<String> = (0..4).map(|state| items.states.name(state)).collect();
    assert_eq!((names, prior(&items)), (vec!["i0".into(), "i1".into(), "i3".into(), "i2".into()], vec![0.25; 4]));
    assert_eq!(of(&items, 0), vec![vec![0.5; 4]; 3]);
    assert_eq!(of(&items, 1), [[0.0, 0.5, 0.5, 1.0], [0.0, 0.25, 0.75, 1.0], [0.5, 0.5, 0.25, 0.75]]);
    // Mean scores: 0.25, 0.375, 0.875, 0.5. So the lower half is i0 and i1.
    let halves = game(&bridge(States::Quantiles(2)));
    assert_eq!(prior(&halves), [0.5, 0.5]);
    assert_eq!(of(&halves, 1), [[0.25, 0.75], [0.125, 0.875], [0.5, 0.5]]);
    assert_eq!(prior(&game(&bridge(States::KMeans(9)))), [0.25; 4]);
    assert_eq!(prior(&game(&bridge(States::KMeans(1)))), [1.0]);
    let threshold = Bridge { actions: Actions::Recommend { threshold: Some(0.125) }, ..bridge(States::Items) };
    assert_eq!(of(&game(&threshold), 0), vec![vec![0.125; 4]; 3]);
    let graded = Bridge { actions: Actions::Score { scores: 3 }, ..bridge(States::Quantiles(2)) };
    let graded = game(&graded);
    assert_eq!((0..3).map(|action| graded.actions.name(action)).collect::<Vec<_>>(), ["0", "0.5", "1"]);
    // With 1/2 given to i0 and i1, whose human utilities are 0 and 1/2: 1 - (1/4 + 0) / 2.
    assert_eq!(of(&graded, 1)[0], [0.875, 0.875]);
    assert_eq!(of(&graded, 2)[0], [1.0 - 0.625, 1.0 - 0.125]);
    let one = game(&Bridge { players: Players::Named(vec!["a1".into()]), ..bridge(States::Items) });
    assert_eq!(one.agents.iter().map(|agent| agent.name.as_str()).collect::<Vec<_>>(), ["a1"]);
    let weighted = game(&Bridge { players: Players::Weighted, ..bridge(States::Items) });
    assert!(weighted.agents.iter().any(|agent| agent.name == "a0"));
    let none = Bridge { players: Players::Named(vec!["b".into()]), ..bridge(States::Items) };
    let refused = none.instance("four", &scores, &found, Path::new("labels")).unwrap_err();
    assert_eq!(refused.to_string(), "labels: found no agent \"b\", expected one that plays");
    let text = items.to_json().unwrap();
    assert_eq!(Instance::from_json(&text, Path::new("game.json")).unwrap(), items);
}

#[test]
fn tables_and_pictures() {
    let (_, found) = four();
    let folder = tempfile::tempdir().unwrap();
    let target = suasion_table::Folder::new(folder.path()).unwrap();
    found.write(target, &[("instance.json", b"{}".to_vec())]).unwrap();
    let mut names: Vec<String> = std::fs::read_dir(folder.path())
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    names.sort();
    let tables = ["agents", "comparisons", "fits", "predictions", "weights"];
    let pictures = ["fitted", "methods", "weights"];
    let mut expected = vec!["instance.json".to_owned()];
    expected.extend(tables.iter().flat_map(|name| [format!("{name}.csv"), format!("{name}.parquet")]));
    expected.extend(pictures.iter().flat_map(|name| [format!("{name}.svg"), format!("{name}.png")]));
    expected.sort();
    assert_eq!(names, expected);
    let fits = std::fs::read_to_string(folder.path().join("fits.csv")).unwrap();
    assert_eq!(fits.lines().count(), 1 + JudgeMethod::ALL.len());
    let predictions = std::fs::read_to_string(folder.path().join("predictions.csv")).unwrap();
    let methods = JudgeMethod::ALL.map(JudgeMethod::name).join(",");
    assert_eq!(predictions.lines().next(), Some(&*format!("item,human,{methods}")));
    assert!(predictions.lines().any(|line| line.starts_with("i2,1.0,")), "{predictions}");
}
