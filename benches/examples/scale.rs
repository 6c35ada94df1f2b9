//! How many results are wrong and certified, and how many are not certified, of random games with
//! numbers that decide nothing.
//!
//!     cargo run --release --example scale -- [--games N] [--kind K] [--seed S] [--show N] [--bare]
//!
//! Every game that goes wrong is named with its seed; `--games 1 --seed S --kind K` plays it again.
//! With `--bare` nothing is disguised: that tests the oracle.

use std::process::ExitCode;
use suasion_benches::scale::{Case, Kind, measure};

/// What was asked for.
struct Asked {
    games: usize,
    kinds: Vec<Kind>,
    seed: u64,
    show: usize,
    bare: bool,
}

fn asked() -> Result<Asked, String> {
    let mut asked = Asked { games: 10_000, kinds: vec![], seed: 0, show: 10, bare: false };
    let mut arguments = std::env::args().skip(1);
    while let Some(flag) = arguments.next() {
        if flag == "--bare" {
            asked.bare = true;
            continue;
        }
        let value = arguments.next().ok_or_else(|| format!("{flag}: expected a value"))?;
        let number = || value.parse::<u64>().map_err(|_| format!("{flag}: found {value:?}, expected a number"));
        match flag.as_str() {
            "--games" => asked.games = number()? as usize,
            "--seed" => asked.seed = number()?,
            "--show" => asked.show = number()? as usize,
            "--kind" => {
                let names: Vec<&str> = Kind::ALL.into_iter().map(Kind::name).collect();
                let kind = Kind::ALL.into_iter().find(|kind| kind.name() == value);
                asked.kinds.push(kind.ok_or_else(|| format!("--kind: found {value:?}, expected one of {names:?}"))?);
            }
            _ => return Err(format!("found {flag:?}, expected --games, --kind, --seed, --show or --bare")),
        }
    }
    if asked.kinds.is_empty() {
        asked.kinds = Kind::ALL.to_vec();
    }
    Ok(asked)
}

fn tell(title: &str, kind: Kind, cases: &[Case], show: usize) {
    for case in cases.iter().take(show) {
        println!("  {title}: {} {}: {} [{}]", kind.name(), case.seed, case.problem, case.words.trim());
    }
    if cases.len() > show {
        println!("  {title}: ... {} in all", cases.len());
    }
}

fn main() -> ExitCode {
    let asked = match asked() {
        Ok(asked) => asked,
        Err(problem) => {
            eprintln!("{problem}");
            return ExitCode::from(2);
        }
    };
    // A panic is a case like others.
    if asked.games > 1 {
        std::panic::set_hook(Box::new(|_| {}));
    }
    let mut lines = vec![];
    let mut wrong = 0;
    for &kind in &asked.kinds {
        let count = measure(kind, asked.games, asked.seed, asked.bare);
        tell("wrong and certified", kind, &count.wrong, asked.show);
        tell("uncertified", kind, &count.uncertified, asked.show);
        wrong += count.wrong.len();
        let (name, games, seconds) = (kind.name(), count.games, count.time.as_secs_f64());
        lines.push(format!(
            "| {name} | {games} | {} | {} | {seconds:.0} s |",
            count.wrong.len(),
            count.uncertified.len()
        ));
    }
    println!("| kind | games | wrong and certified | uncertified | time |\n|---|---|---|---|---|");
    for line in &lines {
        println!("{line}");
    }
    if wrong == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}
