//! Grids, the outcomes of their points, and the files written, with made-up measurements.

use std::collections::BTreeSet;
use suasion_model::Family;
use suasion_persuasion::Settings;
use suasion_study::scaling::{
    Along, Measurement, Memory, Quantity, ScalingFindings, ScalingOutcome, ScalingPoint, ScalingSeries, ScalingTask,
    Work,
};
use suasion_study::{Scaling, StudyError};
use suasion_table::Folder;

fn of(work: Work) -> Scaling {
    Scaling { works: vec![work], threads: Some(vec![1, 2]), ..Scaling::default() }
}

fn measured(seconds: f64, bytes: f64) -> ScalingOutcome {
    let bytes = bytes as u64;
    let memory = Some(Memory { start: 1 << 20, ready: 2 << 20, peak: (2 << 20) + bytes, work: bytes });
    ScalingOutcome::Measured(Measurement {
        seconds: vec![0.9 * seconds, seconds, 1.2 * seconds],
        runs: 1,
        processor: None,
        memory,
        waiting: None,
    })
}

/// Time grows like n m (k + 1) r / threads, memory like its square root, and both like rows for
/// tables.
fn law(point: &ScalingPoint) -> ScalingOutcome {
    let size = match point.work {
        Work::Hull => (point.rows * point.agents) as f64,
        _ => (point.states * point.actions * (point.agents + 1) * point.priors) as f64,
    };
    measured(1e-6 * size / point.threads as f64, 1e8 * size.sqrt())
}

fn run(grid: &Scaling, measure: impl FnMut(&ScalingPoint) -> Option<ScalingOutcome>) -> ScalingFindings {
    grid.run::<StudyError>(measure, |_| Ok(())).unwrap()
}

fn values(found: &ScalingFindings, series: usize) -> Vec<(usize, &'static str)> {
    found.rows_of(series).map(|row| (row.value(), row.status())).collect()
}

#[test]
fn one_direction_at_a_time() {
    let grid = Scaling { states: Some(vec![40, 10, 20, 10, 80]), priors: Some(vec![1, 5]), ..of(Work::Kernel) };
    let series = grid.series();
    let alongs: Vec<Along> = series.iter().map(|series| series.along).collect();
    assert_eq!(alongs, [Along::Size, Along::Priors, Along::Threads]);
    let sizes: Vec<(usize, usize)> = series[0].points.iter().map(|point| (point.states, point.actions)).collect();
    assert_eq!(sizes, [(10, 10), (20, 20), (40, 40), (80, 80)]);
    assert!(series[0].points.iter().all(|point| (point.priors, point.threads, point.agents) == (1, 1, 1)));
    // The base is a third of the way up. Threads are measured at the largest size.
    assert!(series[1].points.iter().all(|point| point.states == 20));
    assert!(series[2].points.iter().all(|point| (point.states, point.priors) == (80, 1)));

    let apart = Scaling { actions: Some(vec![3, 30]), base_threads: 2, ..grid };
    let alongs: Vec<Along> = apart.series().iter().map(|series| series.along).collect();
    assert_eq!(alongs, [Along::States, Along::Actions, Along::Priors, Along::Threads]);
    assert!(apart.series()[1].points.iter().all(|point| (point.states, point.threads) == (20, 2)));

    let tables = of(Work::Hull).series();
    let alongs: Vec<Along> = tables.iter().map(|series| series.along).collect();
    assert_eq!(alongs, [Along::Rows, Along::Agents, Along::Threads]);
    assert!(tables.iter().flat_map(|series| &series.points).all(|point| point.states == 0 && point.priors == 0));

    // The family has two actions.
    let threshold = Scaling { family: Family::Threshold, ..of(Work::Equilibria) }.series();
    assert_eq!(threshold[0].along, Along::States);
    assert!(threshold.iter().flat_map(|series| &series.points).all(|point| point.actions == 2));
}

/// The three families of the kernel: states and actions together, states with few actions, actions
/// with few states.
#[test]
fn shapes() {
    let families = |grid: &Scaling| -> Vec<(Along, Option<usize>, Option<usize>)> {
        let summary = |series: &ScalingSeries| (series.along, series.same(Along::States), series.same(Along::Actions));
        grid.series().iter().map(summary).collect()
    };
    let beside = [2, 5, 10];
    let states = beside.map(|actions| (Along::States, None, Some(actions)));
    let actions = beside.map(|states| (Along::Actions, Some(states), None));
    let square =
        [(Along::Size, None, None), (Along::Priors, Some(40), Some(40)), (Along::Threads, Some(320), Some(320))];
    assert_eq!(families(&of(Work::Kernel)), [&square[..], &states, &actions].concat());

    // The lists are unordered and repeat values. All other directions are at their base.
    let grid = Scaling {
        states: Some(vec![10]),
        priors: Some(vec![3]),
        few: Some(vec![4, 2, 4]),
        many: Some(vec![50, 7]),
        threads: Some(vec![1]),
        base_threads: 2,
        seed: 9,
        ..of(Work::Kernel)
    };
    let series = grid.series();
    assert_eq!(series.len(), 4);
    let sizes = |series: &ScalingSeries| -> Vec<(usize, usize)> {
        series.points.iter().map(|point| (point.states, point.actions)).collect()
    };
    assert_eq!(sizes(&series[0]), [(7, 2), (50, 2)]);
    assert_eq!(sizes(&series[3]), [(4, 7), (4, 50)]);
    let others = |point: &ScalingPoint| (point.agents, point.priors, point.threads, point.seed) == (1, 3, 2, 9);
    assert!(series.iter().all(|series| series.at_base && series.points.iter().all(others)));

    // If there are lists of states or actions, only these are measured, unless there are other
    // lists. Only the kernel has shapes, and families with two actions have none.
    let square = Scaling { states: Some(vec![5, 10]), ..of(Work::Kernel) };
    assert!(square.series().iter().all(|series| series.along != Along::States));
    assert_eq!(Scaling { few: Some(vec![3]), ..square.clone() }.series().len(), square.series().len() + 2);
    assert!(of(Work::Equilibria).series().iter().all(|series| series.along != Along::States));
    let threshold = Scaling { family: Family::Threshold, ..of(Work::Kernel) };
    assert!(threshold.series().iter().all(|series| series.along != Along::Actions));
}

/// Each series has a law, which names its number of actions or states.
#[test]
fn laws_of_shapes() {
    let time = |point: &ScalingPoint| {
        let (n, m) = (point.states as f64, point.actions as f64);
        // The power of the states differs by the number of actions.
        1e-9 * n.powf(1.0 + 0.1 * m.min(5.0)) * m.sqrt()
    };
    let found = run(&of(Work::Kernel), |point| Some(measured(time(point), 1000.0)));
    let exponent = |along, states, actions| {
        let all = found.fits();
        let fit = all.iter().find(|fit| (fit.along, fit.states, fit.actions) == (along, states, actions));
        (1e6 * fit.unwrap().law.exponent).round() / 1e6
    };
    assert_eq!([2, 5, 10].map(|actions| exponent(Along::States, None, Some(actions))), [1.2, 1.5, 1.5]);
    assert_eq!([2, 5, 10].map(|states| exponent(Along::Actions, Some(states), None)), [0.5; 3]);
    let folder = tempfile::tempdir().unwrap();
    found.write(Folder::new(folder.path()).unwrap()).unwrap();
    let read = |name: &str| std::fs::read_to_string(folder.path().join(name)).unwrap();
    let fits = read("fits.csv");
    assert!(fits.starts_with("series,work,along,states,actions,quantity,"), "{fits}");
    assert!(fits.contains("kernel,states,,5.0,time,5,1000.0,"), "{fits}");
    for text in ["states, 10 actions each", "actions, 2 states each"] {
        assert!(read("scaling-kernel.svg").contains(text), "{text}");
    }
}

#[test]
fn full_grids() {
    let grid = Scaling { states: Some(vec![2, 3, 4]), priors: Some(vec![1, 2]), full: true, ..of(Work::Kernel) };
    let series = grid.series();
    // Sizes at 2 x 2 other values, priors at 3 x 2, threads at 3 x 2.
    assert_eq!(series.len(), 4 + 6 + 6);
    assert_eq!(series.iter().filter(|series| series.at_base).count(), 3);
    let mut measurements = 0;
    let found = run(&grid, |point| {
        measurements += 1;
        Some(law(point))
    });
    // Each point is in three series and is measured once.
    assert_eq!((measurements, found.rows.len()), (12, 36));
}

#[test]
fn a_grid_of_one_point() {
    let grid = Scaling { states: Some(vec![5]), priors: Some(vec![1]), threads: Some(vec![1]), ..of(Work::Kernel) };
    let found = run(&grid, |point| Some(law(point)));
    assert_eq!(values(&found, 0), [(5, "measured")]);
    assert!(found.fits().is_empty());
}

#[test]
fn known_laws_are_found() {
    let found = run(&Scaling::default(), |point| Some(law(point)));
    let exponents = |work, along, quantity| {
        let fit = found.fits().into_iter().find(|fit| (fit.work, fit.along, fit.quantity) == (work, along, quantity));
        fit.map(|fit| (1e6 * fit.law.exponent).round() / 1e6)
    };
    assert_eq!(exponents(Work::Kernel, Along::Size, Quantity::Time), Some(2.0));
    assert_eq!(exponents(Work::Kernel, Along::Size, Quantity::Memory), Some(1.0));
    assert_eq!(exponents(Work::Kernel, Along::Priors, Quantity::Time), Some(1.0));
    assert_eq!(exponents(Work::Hull, Along::Rows, Quantity::Memory), Some(0.5));
    assert_eq!(exponents(Work::Hull, Along::Threads, Quantity::Time), None);
    let threads = found.rows.iter().filter(|row| row.along == Along::Threads);
    for row in threads {
        assert!((row.speed_up.unwrap() - row.value() as f64).abs() < 1e-9);
        assert!((row.efficiency.unwrap() - 1.0).abs() < 1e-9);
    }
    // Too little memory gives no law.
    let found = run(&of(Work::Kernel), |point| Some(measured(1e-6 * point.states as f64, 1000.0)));
    assert!(found.fits().iter().all(|fit| fit.quantity == Quantity::Time));
    // Neither does memory that the system does not report.
    let found = run(&of(Work::Kernel), |point| {
        Some(ScalingOutcome::Measured(Measurement {
            seconds: vec![point.states as f64],
            runs: 1,
            processor: None,
            memory: None,
            waiting: None,
        }))
    });
    assert!(found.fits().iter().all(|fit| fit.quantity == Quantity::Time));
}

#[test]
fn what_is_larger_than_too_large_is_left_out() {
    let grid = Scaling { states: Some(vec![10, 20, 40, 80]), agents: Some(vec![2, 4, 8]), ..of(Work::Equilibria) };
    let found = run(&grid, |point| Some(if point.states > 20 { ScalingOutcome::TimedOut } else { law(point) }));
    let sizes = [(10, "measured"), (20, "measured"), (40, "timed-out"), (80, "skipped")];
    assert_eq!(values(&found, 0), sizes);
    assert_eq!(values(&found, 1), [(2, "measured"), (4, "measured"), (8, "measured")]);
    // At the largest size, more threads may succeed, but fewer will not.
    assert_eq!(values(&found, 2), [(1, "skipped"), (2, "timed-out")]);
    let crash = |point: &ScalingPoint| {
        Some(if point.states > 20 { ScalingOutcome::Crashed("killed".into()) } else { law(point) })
    };
    assert_eq!(values(&run(&grid, crash), 0)[3], (80, "skipped"));
    // A failure concerns only its own instance.
    let failure =
        |point: &ScalingPoint| Some(if point.states == 20 { ScalingOutcome::Failed("no".into()) } else { law(point) });
    let failed = [(10, "measured"), (20, "failed"), (40, "measured"), (80, "measured")];
    assert_eq!(values(&run(&grid, failure), 0), failed);
}

#[test]
fn an_end_leaves_what_is_known() {
    let mut left = 2;
    let found = run(&of(Work::Kernel), |point| {
        left -= 1;
        (left >= 0).then(|| law(point))
    });
    assert!(found.stopped);
    assert_eq!(found.rows.len(), 2);
    let folder = tempfile::tempdir().unwrap();
    assert_eq!(found.write(Folder::new(folder.path()).unwrap()).unwrap().len(), 5);
}

#[test]
fn what_is_written() {
    let found = run(&Scaling { threads: Some(vec![1, 2]), ..Scaling::default() }, |point| {
        Some(if point.agents == 32 { ScalingOutcome::TimedOut } else { law(point) })
    });
    let folder = tempfile::tempdir().unwrap();
    let files = found.write(Folder::new(folder.path()).unwrap()).unwrap();
    let names: BTreeSet<&str> = files.iter().map(|file| file.file_name().unwrap().to_str().unwrap()).collect();
    let expected = [
        "fits.csv",
        "scaling-equilibria.png",
        "scaling-equilibria.svg",
        "scaling-hull.png",
        "scaling-hull.svg",
        "scaling-kernel.png",
        "scaling-kernel.svg",
        "scaling.csv",
        "scaling.parquet",
    ];
    assert_eq!(names, BTreeSet::from(expected));
    let read = |name: &str| std::fs::read_to_string(folder.path().join(name)).unwrap();
    assert_eq!(read("scaling.csv").lines().count(), 1 + found.rows.len());
    assert!(read("scaling.csv").contains(",timed-out,0,0,,,"));
    assert_eq!(read("fits.csv").lines().count(), 1 + found.fits().len());
    for text in
        ["Time: exponent 2.00", "states and actions (equal numbers)", "time of a run (s)", "resident memory (MiB)"]
    {
        assert!(read("scaling-kernel.svg").contains(text), "{text}");
    }
    assert!(read("scaling-hull.svg").contains("2.00 times as fast on 2 threads"));
    assert!(std::fs::read(folder.path().join("scaling.parquet")).unwrap().starts_with(b"PAR1"));
    // Rows in JSON are flat and have all columns.
    let row = serde_json::to_value(&found.rows[0]).unwrap();
    assert_eq!((row["work"].as_str(), row["seconds"].as_array().map(Vec::len)), (Some("kernel"), Some(3)));
    assert!(row["problem"].is_null());
}

#[test]
fn what_is_refused() {
    let refused = |grid: Scaling, expected: &str| {
        let problem = grid.check().unwrap_err();
        assert!(problem.is_usage());
        assert!(problem.to_string().contains(expected), "{problem}");
    };
    let grid = Scaling::default;
    refused(Scaling { states: Some(vec![]), ..grid() }, "the number of states: found none, expected at least one");
    refused(
        Scaling { states: Some(vec![3, 0]), ..grid() },
        "the number of states: found 0, expected from 1 to 1000000",
    );
    refused(Scaling { rows: Some(vec![1]), ..grid() }, "the number of rows: found 1, expected from 2");
    refused(Scaling { works: vec![], ..grid() }, "what is measured: found nothing");
    refused(Scaling { repeats: 0, ..grid() }, "the number of repeats: found 0");
    refused(Scaling { each: f64::NAN, ..grid() }, "the seconds of a point: found NaN");
    refused(Scaling { threads: Some(vec![5000]), ..grid() }, "the number of threads: found 5000");
    let large = Scaling { rows: Some(vec![1_000_000_000]), agents: Some(vec![10_000]), ..of(Work::Hull) };
    refused(large, "the count of numbers in the largest instance: found 10001000000000");
    let many = Scaling { states: Some((1..=200).collect()), priors: Some((1..=200).collect()), ..of(Work::Kernel) };
    refused(Scaling { full: true, ..many }, "the number of points of all series");
    let actions = Scaling { family: Family::Threshold, actions: Some(vec![2, 3]), ..grid() };
    refused(actions, "the number of actions of the family threshold: found 3, expected 2");
    let few = Scaling { family: Family::Threshold, few: Some(vec![5]), ..grid() };
    refused(few, "the number of actions of the family threshold: found 5, expected 2");
    let many = Scaling { many: Some(vec![10, 2_000_000]), ..grid() };
    refused(many, "the large number of states or actions: found 2000000, expected from 1 to 1000000");
    let numbers = Scaling { few: Some(vec![1000]), many: Some(vec![1_000_000]), ..grid() };
    refused(numbers, "the count of numbers in the largest instance: found 200");
    assert!(grid().check().is_ok());
}

#[test]
fn works_are_done_and_certified() {
    let small = |work| Scaling {
        states: Some(vec![4]),
        agents: Some(vec![3]),
        priors: Some(vec![3]),
        rows: Some(vec![50]),
        threads: Some(vec![1]),
        ..of(work)
    };
    for work in Work::ALL {
        let grid = small(work);
        let point = grid.series()[0].points[0];
        let text = serde_json::to_string(&grid.task(&point)).unwrap();
        let task: ScalingTask = serde_json::from_str(&text).unwrap();
        assert_eq!(task, grid.task(&point));
        let found = task.run(&Settings::default()).unwrap();
        assert_eq!(found.seconds.len(), 5);
        assert!(found.runs >= 1 && found.seconds.iter().all(|seconds| *seconds > 0.0), "{found:?}");
        if let Some(memory) = found.memory {
            assert!(memory.peak >= memory.ready && memory.start > 0, "{memory:?}");
        }
        let ended = Settings::with_time_limit(std::time::Duration::ZERO);
        assert!(work != Work::Kernel || task.run(&ended).is_err());
        // Instances depend on the seed.
        let text = |repeat| format!("{:?}", point.prepare(repeat).unwrap());
        assert_eq!(text(0), text(0));
        assert_ne!(text(0), text(1));
        // The answer for one instance is wrong for another.
        let (one, other) = (point.prepare(0).unwrap(), point.prepare(1).unwrap());
        let answer = |of: &suasion_study::scaling::Prepared| of.run(&Settings::default()).unwrap();
        assert!(one.check(answer(&one)).is_ok());
        assert!(work == Work::Hull || one.check(answer(&other)).is_err());
    }
}
