//! The instance of a result, and values computed from it.

use crate::tables::Tables;
use std::fs::File;
use std::io::{Read, Seek, SeekFrom};
use std::path::PathBuf;
use std::time::Duration;
use suasion_certificate::Communication;
use suasion_lp::Settings;
use suasion_model::{Information, Instance, Labels, Objective};
use suasion_persuasion::{ExperimentSender, Vertex, frontier};

/// The largest file to read for a page, in bytes.
const LARGEST_FILE: u64 = 32 << 20;
/// The largest number of states times actions of a game whose frontiers are shown. Larger games
/// have thousands of vertices.
const LARGEST_GAME: usize = 2500;
/// If the user has types, the largest number of states times actions times types.
const LARGEST_TYPED: usize = 60;
/// The largest number of agents whose frontiers are on a page.
pub(crate) const MOST_AGENTS: usize = 12;
/// The time limit of a computation; anything longer is left out.
const LIMIT: Duration = Duration::from_secs(3);

/// The instance of a row, if it has not changed since the batch ran.
pub(crate) fn instance(tables: &Tables, row: usize) -> Result<Instance, String> {
    let plan = tables.store.plan();
    let unit = plan.units.get(tables.units[row]).ok_or("the plan does not know its unit")?;
    let path: PathBuf = plan.folder.join(&plan.files[unit.file]);
    let length = std::fs::metadata(&path).map_err(|cause| format!("its file cannot be read: {cause}"))?.len();
    let length = if unit.line > 0 { unit.length } else { length };
    if length > LARGEST_FILE {
        return Err("its file is too large to be read for a page".into());
    }
    let instance = if unit.line > 0 {
        let mut text = vec![0; length as usize];
        let mut file = File::open(&path).map_err(|cause| format!("its file cannot be read: {cause}"))?;
        let read = file.seek(SeekFrom::Start(unit.offset)).and_then(|_| file.read_exact(&mut text));
        read.map_err(|cause| format!("its line cannot be read: {cause}"))?;
        let text = String::from_utf8(text).map_err(|_| "its line is no longer text".to_owned())?;
        Instance::from_json(&text, &path)
    } else {
        Instance::read(&path)
    };
    let instance = instance.map_err(|cause| cause.problem)?;
    if instance.digest() == tables.text("digest", row) { Ok(instance) } else { Err("its file has changed".into()) }
}

/// The names of the agents' observations.
pub(crate) fn observations(instance: &Instance) -> Vec<String> {
    match &instance.information {
        Information::Priors(_) => (0..instance.states.len()).map(|state| instance.states.name(state)).collect(),
        Information::Worlds { signals, .. } => {
            (0..signals.len()).map(|x| Labels::Names(signals.clone()).name(x)).collect()
        }
    }
}

/// The probabilities of an agent's observations.
pub(crate) fn masses(instance: &Instance, prior: usize, agent: usize) -> Vec<f64> {
    let mut masses = vec![0.0; instance.observations()];
    for situation in instance.situations(prior) {
        masses[situation.observations[agent]] += situation.probability;
    }
    masses
}

/// The values of the user and of each agent with no information; `None` if the user has types.
pub(crate) fn silent(instance: &Instance, prior: usize) -> Option<(f64, Vec<f64>)> {
    let view = instance.view(prior, 0).ok()?;
    let (action, user) = view.no_information();
    let value = |agent: usize| {
        let view = instance.view(prior, agent).ok()?;
        Some((0..view.observations()).map(|x| view.prior[x] * view.agents[agent][(action, x)]).sum())
    };
    Some((user, (0..instance.agents.len()).map(value).collect::<Option<Vec<f64>>>()?))
}

/// An agent's frontier: the user's and the agent's value at each vertex.
pub(crate) fn frontier_of(instance: &Instance, prior: usize, agent: usize) -> Result<Vec<(f64, f64)>, String> {
    let size = instance.observations() * instance.actions.len();
    let typed = instance.types() > 1;
    if size > LARGEST_GAME || typed && size * instance.types() > LARGEST_TYPED {
        return Err("the game is too large for a page".into());
    }
    let settings = Settings::with_time_limit(LIMIT);
    let (points, stopped) = if typed {
        let view = instance.typed_view(prior, agent).map_err(|cause| cause.to_string())?;
        let found = frontier(&ExperimentSender { view }, &Objective::agent(agent), &settings);
        let found = found.map_err(|cause| cause.to_string())?;
        (points(&found.vertices), found.stopped)
    } else {
        let view = instance.view(prior, agent).map_err(|cause| cause.to_string())?;
        let found = frontier(&view, &Objective::agent(agent), &settings).map_err(|cause| cause.to_string())?;
        (points(&found.vertices), found.stopped)
    };
    if stopped.is_some() || points.is_empty() {
        Err(format!("it took longer than {} s", LIMIT.as_secs()))
    } else {
        Ok(points)
    }
}

fn points<C: Communication>(vertices: &[Vertex<C>]) -> Vec<(f64, f64)> {
    vertices.iter().map(|vertex| (vertex.user_value, vertex.objective_value)).collect()
}
