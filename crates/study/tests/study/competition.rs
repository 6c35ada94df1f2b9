//! The study of competition: design, tables, pictures.

use arrow_array::cast::AsArray;
use arrow_array::types::{Float64Type, UInt64Type};
use parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder;
use std::fs::File;
use std::path::Path;
use suasion_persuasion::Settings;
use suasion_study::competition::{COLUMNS, Condition, Draw};
use suasion_study::{Competition, CompetitionFindings, Setting, StudyError};
use suasion_table::{Folder, Get};

fn small() -> Competition {
    Competition { states: 3, actions: 3, agents: 4, seeds: 12, ..Competition::default() }
}

fn found(study: &Competition, threads: usize) -> CompetitionFindings {
    let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
    pool.install(|| study.run(&Settings::default(), &|_| ())).unwrap()
}

fn written(found: &CompetitionFindings, folder: &Path) {
    found.write(&found.summary(), Folder::new(folder).unwrap()).unwrap();
}

/// If the condition holds, Theorem 3 (Collina et al., arXiv 2509.15090) leaves only full
/// information. Near the condition, at most twice the measured error is lost. (The study checks
/// every row against its bound; this test checks again.)
#[test]
fn theory_holds() {
    let found = found(&small(), 2);
    assert_eq!(found.rows.len(), 4 * 4 * 12);
    assert_eq!(found.seeds(), 12);
    let mut short = 0;
    for row in &found.rows {
        assert!(row.worst_user_value >= row.bound - 1e-7, "{row:?}");
        assert!(row.dynamics_user_value >= row.dynamics_bound - 1e-7, "{row:?}");
        assert!(row.worst_user_value >= row.worst_lower_bound.unwrap() - 1e-9, "{row:?}");
        assert!(row.worst_user_value - row.worst_lower_bound.unwrap() < 1e-6, "{row:?}");
        assert!(row.full_information >= row.worst_user_value - 1e-9, "{row:?}");
        assert!(row.worst_user_value >= row.no_information - 1e-9, "{row:?}");
        if row.agents >= 2 {
            assert!((row.best_user_value - row.full_information).abs() < 1e-9, "{row:?}");
            match row.condition {
                Condition::Satisfied => {
                    assert!(row.alignment_error < 1e-9, "{row:?}");
                    assert!(row.worst().is_none_or(|worst| (worst - 1.0).abs() < 1e-6), "{row:?}");
                }
                Condition::Approximate => assert!(row.alignment_error <= 0.05 + 1e-9, "{row:?}"),
                Condition::Violated | Condition::Alike => short += usize::from(row.is_short()),
            }
        }
    }
    assert!(short > 0);
    let finding = found.finding(&found.summary());
    assert!(
        finding.starts_with("Competition helps reliably where the hull condition holds, and not always where"),
        "{finding}"
    );
    let alone = Competition { agents: 1, ..small() };
    let alone = self::found(&alone, 2);
    assert!(alone.finding(&alone.summary()).contains("no competition"));
}

/// A larger game adds agents and replaces none. A user without a choice has nothing to gain.
#[test]
fn design() {
    let (few, many) = (Draw::new(&small(), 7), Draw::new(&Competition { agents: 6, ..small() }, 7));
    for condition in Condition::ALL {
        for agents in 1..=4 {
            let game = few.game(condition, agents);
            assert_eq!(game, many.game(condition, agents));
            assert_eq!(game.agents[..], many.game(condition, 6).agents[..agents]);
            assert_eq!(game.user, few.game(condition, 1).user);
        }
    }
    let found = found(&Competition { actions: 1, seeds: 2, agents: 2, ..small() }, 1);
    assert!(found.rows.iter().all(|row| row.worst().is_none() && !row.is_short()));
    let cells = found.summary();
    assert!(cells.iter().all(|cell| cell.worst.is_none() && cell.share_short.is_none() && cell.informative == 0));
    assert!(found.finding(&cells).contains("no value"));
    written(&found, tempfile::tempdir().unwrap().path());
}

/// Seeds do not depend on each other or on threads.
#[test]
fn deterministic() {
    let study = small();
    let (one, three) = (found(&study, 1), found(&study, 3));
    assert_eq!(one, three);
    assert_eq!(one.summary(), three.summary());
    let last = found(&Competition { seed: 11, seeds: 1, ..study }, 1);
    assert_eq!(last.rows[..], one.rows[one.rows.len() - last.rows.len()..]);
    let (left, right) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    written(&one, left.path());
    written(&three, right.path());
    for name in ["competition.csv", "competition.parquet", "competition.svg", "competition.png"] {
        assert_eq!(std::fs::read(left.path().join(name)).unwrap(), std::fs::read(right.path().join(name)).unwrap());
    }
}

/// Every field of every row, in the CSV and in the Parquet file, equals the row's.
#[test]
fn tables_agree() {
    let found = found(&small(), 2);
    let folder = tempfile::tempdir().unwrap();
    written(&found, folder.path());
    let mut csv = csv::Reader::from_path(folder.path().join("competition.csv")).unwrap();
    let names: Vec<&str> = COLUMNS.iter().map(|column| column.name).collect();
    assert_eq!(csv.headers().unwrap().iter().collect::<Vec<_>>(), names);
    let records: Vec<csv::StringRecord> = csv.records().collect::<Result<_, _>>().unwrap();
    let file = File::open(folder.path().join("competition.parquet")).unwrap();
    let batches = ParquetRecordBatchReaderBuilder::try_new(file).unwrap();
    let about = batches.metadata().file_metadata().key_value_metadata().unwrap();
    assert!(about.iter().any(|entry| entry.key == "suasion.study.competition" && entry.value.is_some()));
    let batches: Vec<_> = batches.build().unwrap().collect::<Result<_, _>>().unwrap();
    let (mut row, total) = (0, found.rows.len());
    assert_eq!(records.len(), total);
    for batch in batches {
        assert_eq!(batch.schema().fields().iter().map(|field| field.name().as_str()).collect::<Vec<_>>(), names);
        for i in 0..batch.num_rows() {
            for (j, column) in COLUMNS.iter().enumerate() {
                let (text, array, found_row) = (&records[row][j], batch.column(j), &found.rows[row]);
                let number = || (!array.is_null(i)).then(|| array.as_primitive::<Float64Type>().value(i));
                match column.get {
                    Get::Integer(get) => {
                        assert_eq!(array.as_primitive::<UInt64Type>().value(i), get(found_row));
                        assert_eq!(text.parse(), Ok(get(found_row)));
                    }
                    Get::Number(get) => {
                        assert_eq!(number(), Some(get(found_row)));
                        assert_eq!(text.parse(), Ok(get(found_row)));
                    }
                    Get::Maybe(get) => {
                        assert_eq!(number(), get(found_row));
                        assert_eq!(text.parse().ok(), get(found_row));
                    }
                    Get::Text(get) => {
                        assert_eq!(array.as_string::<i32>().value(i), get(found_row));
                        assert_eq!(text, get(found_row));
                    }
                }
            }
            row += 1;
        }
    }
    assert_eq!(row, total);
    // The page documents every column.
    let page = concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/reference/competition.md");
    let page = std::fs::read_to_string(page).unwrap();
    assert!(names.iter().all(|name| page.contains(&format!("| `{name}` |"))));
}

#[test]
fn pictures() {
    let found = found(&small(), 2);
    let folder = tempfile::tempdir().unwrap();
    written(&found, folder.path());
    let svg = std::fs::read_to_string(folder.path().join("competition.svg")).unwrap();
    assert!(svg.starts_with("<svg ") && svg.trim_end().ends_with("</svg>"));
    for text in ["Worst equilibrium", "End of best-response dynamics", "number of agents", "violated, agents alike"] {
        assert!(svg.contains(text), "{text}");
    }
    let decoder =
        png::Decoder::new(std::io::BufReader::new(File::open(folder.path().join("competition.png")).unwrap()));
    let mut reader = decoder.read_info().unwrap();
    let mut pixels = vec![0; reader.output_buffer_size().unwrap()];
    let info = reader.next_frame(&mut pixels).unwrap();
    assert_eq!((info.width, info.height), (2100, 668));
    // The picture has ink, in color.
    assert!(pixels.chunks(3).any(|pixel| pixel == [0, 114, 178]));
    assert!(pixels.chunks(3).any(|pixel| pixel[0] < 60 && pixel[0] == pixel[2]));
}

#[test]
fn limits() {
    let settings = Settings::with_time_limit(std::time::Duration::ZERO);
    assert!(matches!(small().run(&settings, &|_| ()), Err(StudyError::Stopped(_))));
    let usage = |study: Competition| study.run(&Settings::default(), &|_| ()).is_err_and(|cause| cause.is_usage());
    assert!(usage(Competition { agents: 0, ..small() }));
    assert!(usage(Competition { states: 0, ..small() }));
    assert!(usage(Competition { actions: 1001, ..small() }));
    assert!(usage(Competition { seeds: 0, ..small() }));
    assert!(usage(Competition { seed: u64::MAX, ..small() }));
    assert!(usage(Competition { eps: -0.1, ..small() }));
    assert!(usage(Competition { eps: f64::NAN, ..small() }));
    assert!(usage(Competition { diversity: 1.5, ..small() }));
    assert!(usage(Competition { increment: 0.0, ..small() }));
    assert!(usage(Competition { increment: f64::INFINITY, ..small() }));
}

/// Theorems 1 and 2 leave only full information if the condition holds, for a rational and for a
/// quantal user.
#[test]
fn theory_holds_with_all_agents() {
    for quantal in [None, Some(8.0)] {
        let study = Competition { game: Setting::AllAgents, quantal, starts: 8, agents: 3, seeds: 2, ..small() };
        let found = found(&study, 2);
        assert_eq!(found.rows.len(), 4 * 3 * 2);
        for row in &found.rows {
            assert!(row.worst_user_value >= row.bound - 1e-6, "{row:?}");
            assert!(row.best_user_value >= row.worst_user_value, "{row:?}");
            assert_eq!(row.worst_lower_bound, None);
            // Full information is among the starts, and it is an equilibrium whenever two agents
            // reveal it.
            assert!(row.agents < 2 || row.best_user_value >= row.full_information - 1e-6, "{row:?}");
            if row.agents >= 2 && row.condition == Condition::Satisfied && row.is_aligned() {
                assert!((row.worst_user_value - row.full_information).abs() < 1e-5, "{row:?}");
            }
        }
        let finding = found.finding(&found.summary());
        assert!(finding.contains("the worst equilibrium found is full information"), "{finding}");
        assert_eq!(found.rows, self::found(&study, 1).rows);
    }
}

#[test]
fn a_quantal_user_of_the_best_agent_is_refused() {
    let study = Competition { quantal: Some(3.0), ..small() };
    let error = study.run(&Settings::default(), &|_| ()).unwrap_err();
    assert_eq!(error.to_string(), "the game of a quantal user: found best-agent, expected all-agents");
    assert!(error.is_usage());
}
