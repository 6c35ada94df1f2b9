//! Reading an instance.

use super::check::{Expected, distinct, labels, matrix, normalize};
use super::error::{Place, ReadError, Refusal, parse, read_text};
use super::form::{InstanceForm, PartyForm, SignalsForm, StateForm, WorldForm};
use super::format::{INSTANCE, check_format};
use super::profile::protocol;
use crate::{AgentSignals, Information, Instance, Labels, Matrix, Party, World};
use std::collections::HashMap;
use std::path::Path;

impl Instance {
    /// Reads an instance from a JSON file and the `NumPy` files beside it, and validates
    /// everything. The README describes the format. An instance without a `name` takes the name of
    /// its file.
    ///
    /// # Errors
    /// If the file cannot be read, is not JSON, or is not a valid instance. The error names the
    /// file, the place, what was found and what was expected.
    pub fn read(file: &Path) -> Result<Self, ReadError> {
        let text = read_text(file)?;
        Self::from_json(&text, file)
    }

    /// Reads an instance from text, like [`Instance::read`]. `file` is the name in error messages,
    /// and arrays are looked up in its directory.
    ///
    /// # Errors
    /// As [`Instance::read`].
    pub fn from_json(text: &str, file: &Path) -> Result<Self, ReadError> {
        check_format(file, text, INSTANCE)?;
        let form: InstanceForm = parse(file, text)?;
        build(form, file).map_err(|refusal| refusal.locate(file, text))
    }
}

fn build(form: InstanceForm, file: &Path) -> Result<Instance, Refusal> {
    let root = Place::default();
    let directory = file.parent().unwrap_or(Path::new(""));
    let states = labels(form.states, &root.key("states"), "states")?;
    let actions = labels(form.actions, &root.key("actions"), "actions")?;
    if form.agents.is_empty() {
        return Err(root.key("agents").refuse("found no agents, expected at least 1"));
    }
    let shape = Expected { rows: Some(actions.len()), row: "action", columns: states.len(), column: "state" };
    let party = |form: PartyForm, place: &Place, default: String| {
        let utility = matrix(form.utility, &place.key("utility"), directory, shape, false)?;
        Ok(Party { name: form.name.unwrap_or(default), utility })
    };
    let user = party(form.user, &root.key("user"), "user".into())?;
    let mut agents = Vec::with_capacity(form.agents.len());
    for (i, agent) in form.agents.into_iter().enumerate() {
        agents.push(party(agent, &root.key("agents").index(i), format!("agent {}", i + 1))?);
    }
    let names = agents.iter().enumerate().map(|(i, agent)| (root.key("agents").index(i), agent.name.as_str()));
    distinct(std::iter::once((root.key("user"), user.name.as_str())).chain(names))?;
    let priors = Expected { rows: None, row: "prior", columns: states.len(), column: "state" };
    let information = match (form.prior, form.priors, form.worlds) {
        (Some(prior), None, None) => {
            let place = root.key("prior");
            let prior = matrix(prior, &place, directory, Expected { rows: Some(1), ..priors }, true)?;
            Information::Priors(distributions(prior, |_| place.clone())?)
        }
        (None, Some(table), None) => {
            let place = root.key("priors");
            let table = matrix(table, &place, directory, priors, false)?;
            Information::Priors(distributions(table, |row| place.index(row))?)
        }
        (None, None, Some(worlds)) => build_worlds(worlds, &root.key("worlds"), &states, &agents)?,
        (prior, priors, worlds) => {
            let given = [prior.map(|_| "`prior`"), priors.map(|_| "`priors`"), worlds.map(|_| "`worlds`")];
            let given: Vec<&str> = given.into_iter().flatten().collect();
            let found = if given.is_empty() { "none".to_owned() } else { given.join(" and ") };
            return Err(root.refuse(format!("found {found}, expected one of `prior`, `priors` and `worlds`")));
        }
    };
    let protocol = form.protocol.map(|form| protocol(form, &root.key("protocol"))).transpose()?;
    let name = form.name.unwrap_or_else(|| stem(file));
    Ok(Instance { name, source: form.source, states, actions, information, user, agents, protocol })
}

pub(super) fn stem(file: &Path) -> String {
    file.file_stem().map_or_else(String::new, |stem| stem.to_string_lossy().into_owned())
}

fn distributions(table: Matrix, place: impl Fn(usize) -> Place) -> Result<Matrix, Refusal> {
    let (rows, columns) = (table.rows(), table.columns());
    let mut numbers = table.into_vec();
    for (row, prior) in numbers.chunks_mut(columns).enumerate() {
        let place = place(row);
        normalize(prior, &place, |state| place.index(state))?;
    }
    Ok(Matrix::new(rows, columns, numbers))
}

/// Labels in order of first appearance.
#[derive(Default)]
struct Seen {
    names: Vec<String>,
    index: HashMap<String, usize>,
}

impl Seen {
    fn number(&mut self, name: String) -> usize {
        *self.index.entry(name).or_insert_with_key(|name| {
            self.names.push(name.clone());
            self.names.len() - 1
        })
    }
}

fn build_worlds(
    forms: Vec<WorldForm>,
    place: &Place,
    states: &Labels,
    agents: &[Party],
) -> Result<Information, Refusal> {
    if forms.is_empty() {
        return Err(place.clone().refuse("found no worlds, expected at least 1"));
    }
    let (mut types, mut signals) = (Seen::default(), Seen::default());
    let observed = forms.iter().filter(|world| world.user.is_some()).count();
    let mut worlds = Vec::with_capacity(forms.len());
    for (i, form) in forms.into_iter().enumerate() {
        let place = place.index(i);
        let state = match &form.state {
            StateForm::Index(index) if matches!(states, Labels::Count(_)) => Some(*index).filter(|&i| i < states.len()),
            StateForm::Index(_) => None,
            StateForm::Name(name) => states.index(name),
        };
        let state = state.ok_or_else(|| {
            let found = match &form.state {
                StateForm::Index(index) => index.to_string(),
                StateForm::Name(name) => format!("{name:?}"),
            };
            let expected = match states {
                Labels::Count(count) => format!("an index below {count}"),
                Labels::Names(_) => "the name of a state".to_owned(),
            };
            place.key("state").refuse(format!("found {found}, expected {expected}"))
        })?;
        if form.user.is_none() && observed > 0 {
            return Err(place.refuse("found no `user`, which other worlds have; expected it in all worlds or in none"));
        }
        let user = types.number(form.user.unwrap_or_else(|| "nothing".into()));
        let agents = match form.agents {
            SignalsForm::Shared(label) => AgentSignals::Shared(signals.number(label)),
            SignalsForm::PerAgent(map) => per_agent(map, &place.key("agents"), agents, &mut signals)?,
        };
        worlds.push(World { probability: form.probability, state, user, agents });
    }
    let mut probabilities: Vec<f64> = worlds.iter().map(|world| world.probability).collect();
    normalize(&mut probabilities, place, |i| place.index(i).key("probability"))?;
    for (world, probability) in worlds.iter_mut().zip(probabilities) {
        world.probability = probability;
    }
    Ok(Information::Worlds { types: types.names, signals: signals.names, worlds })
}

fn per_agent(
    mut map: std::collections::BTreeMap<String, String>,
    place: &Place,
    agents: &[Party],
    signals: &mut Seen,
) -> Result<AgentSignals, Refusal> {
    let mut list = Vec::with_capacity(agents.len());
    for agent in agents {
        let label = map.remove(&agent.name).ok_or_else(|| {
            place.clone().refuse(format!("found no label for the agent {:?}, expected one for every agent", agent.name))
        })?;
        list.push(signals.number(label));
    }
    match map.keys().next() {
        Some(unknown) => Err(place.key(unknown).refuse(format!("found {unknown:?}, which is no agent"))),
        None => Ok(AgentSignals::PerAgent(list)),
    }
}
