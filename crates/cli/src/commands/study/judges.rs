//! `suasion study movielens`, `ethics` and `moral-strength`: language models as judges.

use super::game;
use crate::arguments::Judges as Arguments;
use crate::failure::Failure;
use crate::output::{json, line, number, table};
use crate::session::Session;
use serde::Serialize;
use std::path::Path;
use suasion_model::Instance;
use suasion_results::SolveResult;
use suasion_study::data::Items;
use suasion_study::judges::bridge::{Bridge, Players};
use suasion_study::judges::{
    AgentDistance, Band, Joined, JudgeLabels, JudgeMethod, JudgesFindings, MethodResult, Quality, Scores, short,
};
use suasion_study::{Judges, StudyError};
use suasion_table::Folder;

/// The number of agents to show.
const SHOWN: usize = 12;
/// The file of the game.
const INSTANCE: &str = "instance.json";

/// The results as JSON.
#[derive(Serialize)]
struct Told<'a> {
    command: String,
    data: &'static str,
    human: &'a str,
    labels: String,
    #[serde(flatten)]
    findings: &'a JudgesFindings,
    finding: Vec<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    game: Option<GameTold>,
}

/// The game and its solution.
#[derive(Serialize)]
struct GameTold {
    #[serde(flatten)]
    bridge: Bridge,
    agents: Vec<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    solution: Option<SolveResult>,
}

pub fn run(
    read: impl FnOnce() -> Result<Items, Failure>,
    arguments: &Arguments,
    session: &Session,
) -> Result<bool, Failure> {
    let study = Judges {
        folds: arguments.folds,
        repeats: arguments.repeats,
        bootstrap: arguments.bootstrap,
        subsets: arguments.subsets,
        curve_bootstrap: arguments.curve_bootstrap,
        confidence: arguments.confidence,
        seed: arguments.seed,
    };
    // Report errors in arguments and labels before reading the data, which may take a while.
    study.check()?;
    let asked = game::bridge(&arguments.bridge, usize::MAX, arguments.seed)?;
    let labels = JudgeLabels::read(&arguments.labels, &arguments.agents)?;
    if let Players::Named(patterns) = &asked.players {
        labels.named(patterns)?;
    }
    let folder = arguments.output.as_deref().map(Folder::new).transpose().map_err(StudyError::from)?;
    let data = read()?;
    let scores = Scores::join(&labels, &data)?;
    let bar = crate::progress::bar(study.steps(), "fits");
    let found = study.run(&scores, &session.settings, &|done| bar.inc(done as u64));
    bar.finish_and_clear();
    let found = found?;
    let file = arguments.output.as_deref().unwrap_or(Path::new("")).join(INSTANCE);
    let game = if arguments.bridge.no_game {
        None
    } else {
        let bridge = game::bridge(&arguments.bridge, scores.items.len(), arguments.seed)?;
        let instance = bridge.instance(data.set, &scores, &found, &arguments.labels)?;
        Some((bridge, instance))
    };
    // Write the findings before solving the game, which may take long; they must not depend on it.
    let files = match folder {
        None => vec![],
        Some(folder) => {
            let instance = game.as_ref().map(|(_, instance)| instance.to_json()).transpose()?;
            let others: Vec<_> = instance.into_iter().map(|text| (INSTANCE, text.into_bytes())).collect();
            found.write(folder, &others)?
        }
    };
    let solved = |(bridge, instance): (Bridge, Instance)| -> Result<_, Failure> {
        // If the study was stopped, it ends here.
        let stopped = session.settings.stopped().is_some();
        let solution = if stopped { None } else { game::solved(&file, instance.clone(), session)? };
        Ok((bridge, instance, solution))
    };
    let played = game.map(solved).transpose()?;
    let good = played.as_ref().is_none_or(|(.., solution)| solution.as_ref().is_some_and(|found| found.certified));
    if session.json {
        let game = played.map(|(bridge, instance, solution)| GameTold {
            bridge,
            agents: instance.agents.iter().map(|agent| agent.name.clone()).collect(),
            solution,
        });
        json(&Told {
            command: format!("study {}", data.set),
            data: data.set,
            human: &data.meaning,
            labels: labels.path().display().to_string(),
            findings: &found,
            finding: found.finding(),
            game,
        })?;
    } else {
        show(&found, &data)?;
        match &played {
            Some((_, instance, Some(solution))) => game::show(solution, instance)?,
            Some((.., None)) => line("the game was not solved: stopped early")?,
            None => {}
        }
        for file in files {
            line(&format!("wrote {}", file.display()))?;
        }
    }
    if let Some(stopped) = found.stopped {
        let curve = match &found.curve {
            None if study.subsets > 0 => ", without the curve".into(),
            Some(curve) if curve.draws < study.curve_bootstrap => {
                format!(", the curve with {} of {}", curve.draws, study.curve_bootstrap)
            }
            _ => String::new(),
        };
        eprintln!("stopped early, with {} of {} draws{curve}: {stopped}", found.draws, study.bootstrap);
    }
    Ok(found.stopped.is_none() && good)
}

/// The items and agents that were left out, in words.
fn left_out(joined: &Joined) -> Option<String> {
    let counts = [
        (joined.unlabelled, "items of the data without labels"),
        (joined.unknown, "items with labels that are not in the data"),
        (joined.incomplete, "items without the score of an agent"),
        (joined.silent.len(), "agents with scores for less than nine items in ten"),
    ];
    let mut told: Vec<String> =
        counts.iter().filter(|(count, _)| *count > 0).map(|(count, what)| format!("{what}: {count}")).collect();
    if !joined.texts.is_empty() {
        told.push(format!("columns without numbers: {}", joined.texts.join(", ")));
    }
    (!told.is_empty()).then(|| format!("left out; {}", told.join("; ")))
}

fn show(found: &JudgesFindings, data: &Items) -> Result<(), Failure> {
    let JudgesFindings { joined, study, .. } = found;
    line(&format!(
        "{}: {} items, {} agents; human: {}; mean {}, variance {}",
        data.set,
        joined.items,
        found.agents,
        data.meaning,
        number(found.human_mean),
        number(found.human_variance)
    ))?;
    if let Some(text) = left_out(joined) {
        line(&text)?;
    }
    if joined.other_human > 0 {
        line(&format!(
            "the labels have another human utility for {} items: they are from another human, or for other items with the same names",
            joined.other_human
        ))?;
    }
    let auc = |quality: &Quality| quality.auc.map_or("-".into(), |auc| format!("{auc:.3}"));
    let row = |result: &MethodResult| {
        let MethodResult { in_sample, held_out, interval, .. } = result;
        let band = interval.map_or("-".into(), |Band { low, high }| format!("[{}, {}]", short(low), short(high)));
        let mut cells = vec![result.method.title().to_owned()];
        cells.extend([short(in_sample.mse), format!("{:.3}", in_sample.r2), short(held_out.mse), band]);
        cells.push(format!("{:.3}", held_out.r2));
        if found.binary {
            cells.extend([auc(in_sample), auc(held_out)]);
        }
        cells
    };
    let mut header = vec!["method", "error", "R²", "held out", "interval", "R²"];
    if found.binary {
        header.extend(["AUC", "held out"]);
    }
    line(&table(&header, found.methods.iter().map(row).collect()).to_string())?;
    line(&format!(
        "mean squared errors; held out in {} folds, dealt {} times; {} % bootstrap intervals from {} draws",
        study.folds,
        study.repeats,
        100.0 * study.confidence,
        found.draws
    ))?;
    show_agents(found)?;
    found.finding().iter().try_for_each(|text| line(&format!("- {text}")))
}

/// Prints the agents with the largest weights or, if none has a weight, the nearest ones.
fn show_agents(found: &JudgesFindings) -> Result<(), Failure> {
    let weight = |agent: &str, method: JudgeMethod| {
        let own = found.weights.iter().find(|weight| weight.agent == agent && weight.method == method);
        own.map_or((0.0, None), |own| (own.weight, own.chosen))
    };
    let mut agents: Vec<_> = found
        .distances
        .iter()
        .map(|agent| {
            (agent, weight(&agent.agent, JudgeMethod::NnlsIntercept), weight(&agent.agent, JudgeMethod::Simplex))
        })
        .collect();
    agents.sort_by(|a, b| (b.1.0.max(b.2.0)).total_cmp(&a.1.0.max(a.2.0)).then(a.0.human.total_cmp(&b.0.human)));
    let row = |(agent, nnls, simplex): &(&AgentDistance, (f64, Option<f64>), (f64, _))| {
        let maybe = |value: Option<f64>| value.map_or("-".into(), short);
        vec![
            agent.agent.clone(),
            number(nnls.0),
            nnls.1.map_or("-".into(), |share| format!("{:.0} %", 100.0 * share)),
            number(simplex.0),
            short(agent.human),
            maybe(agent.others),
            agent.correlation.map_or("-".into(), |r| format!("{r:.3}")),
        ]
    };
    let header = ["agent", "non-negative", "chosen", "convex", "from human", "from hull of others", "correlation"];
    line(&table(&header, agents.iter().take(SHOWN).map(row).collect()).to_string())?;
    if agents.len() > SHOWN {
        line(&format!("... {} agents in all, largest weights first; --json and -o give all of them", agents.len()))?;
    }
    Ok(())
}
