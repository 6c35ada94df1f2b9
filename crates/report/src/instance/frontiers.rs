//! The agents' frontiers, with marks for the reference values and equilibria.

use super::{Case, stem};
use crate::ReportError;
use crate::game;
use crate::markup::Picture;
use suasion_model::Information;
use suasion_plot::{Axis, Content, Figure, Lines, Marks, Panel, Point, Scale, Series, Style};
use suasion_results::{GameEquilibria, ProfileResult, SavedResult};

/// An agent's number, name and frontier: the user's and the agent's value at each vertex.
type Curve = (usize, String, Vec<(f64, f64)>);

/// A picture with its caption, if there is one, and a note about what is left out.
type Drawn = (Option<(Picture, String)>, Option<String>);

/// Draws the picture with its caption and the note about what is left out.
pub(super) fn draw(case: &Case<'_>) -> Result<Drawn, ReportError> {
    let (curves, left_out) = curves(case);
    if curves.is_empty() {
        return Ok((None, left_out.or_else(|| Some("There are none to show.".into()))));
    }
    let found = case.results.first().and_then(|result| match result {
        SavedResult::Solve(result) => result.equilibrium.as_ref(),
        SavedResult::Equilibria(result) => Some(&result.equilibrium),
        _ => None,
    });
    let ends = found.and_then(|found| match found {
        GameEquilibria::BestAgent(found) => Some((&found.best, &found.worst)),
        GameEquilibria::AllAgents(_) => None,
    });
    let end = |profile: Option<&ProfileResult>, agent: usize| {
        profile.and_then(|profile| Some((profile.user_value, *profile.values.get(agent)?)))
    };
    let silent = case.instance.as_ref().ok().and_then(|instance| game::silent(instance, case.prior));
    let mut used = [false; 4];
    let mut panels = vec![];
    for (agent, name, points) in &curves {
        let silence = silent.as_ref().and_then(|(user, values)| Some((*user, *values.get(*agent)?)));
        let marks = [
            (Style::Ink, silence),
            (Style::Blue, points.last().copied()),
            (Style::Green, end(ends.map(|(best, _)| best), *agent)),
            (Style::Vermillion, end(ends.map(|(_, worst)| worst), *agent)),
        ];
        let place = |&(x, y): &(f64, f64)| Point { x, y, low: f64::NAN, high: f64::NAN };
        let mut series = vec![Series { style: Style::Sky, points: points.iter().map(place).collect() }];
        let mut all = points.clone();
        for (number, (style, at)) in marks.into_iter().enumerate() {
            if let Some(at) = at {
                used[number] = true;
                all.push(at);
                series.push(Series { style, points: vec![place(&at)] });
            }
        }
        let x = Axis::over("user's value", Scale::Linear, all.iter().map(|point| point.0));
        let y = Axis::over("agent's value", Scale::Linear, all.iter().map(|point| point.1));
        let content = Content::Lines(Lines { x, y, marks: Marks::Lone, series });
        panels.push(Panel { title: name.clone(), content });
    }
    // In an instance with worlds, an agent may not observe everything.
    let exact = case.tables.exact(case.chosen.rows[0]);
    let all_known = case.instance.as_ref().is_ok_and(|instance| matches!(instance.information, Information::Priors(_)));
    let names = [
        (Style::Ink, "no information"),
        (Style::Blue, if all_known { "full information" } else { "all that the agent knows" }),
        (Style::Green, if exact { "best equilibrium" } else { "highest found" }),
        (Style::Vermillion, if exact { "worst equilibrium" } else { "lowest found" }),
    ];
    let marks = names.iter().zip(used).filter(|(_, used)| *used).map(|(&(style, name), _)| (style, name.to_owned()));
    let legend = std::iter::once((Style::Sky, "frontier".to_owned())).chain(marks).collect();
    let figure = Figure { panels, legend, note: String::new() };
    let mut caption = "The most that each agent can get, against the user's value: from its optimum as a monopolist, on the left, to revealing all that it knows, on the right.".to_owned();
    let values = ["worst_user_value", "best_user_value", "full_information"];
    let values = values.map(|name| case.tables.number(name, case.chosen.rows[0]));
    let scale = case.tables.scale(case.chosen.rows[0]);
    let same = |a: Option<f64>, b: Option<f64>| a.zip(b).is_some_and(|(a, b)| (a - b).abs() <= 1e-6 * scale);
    let every = if exact { "every equilibrium" } else { "every equilibrium that was found" };
    let best = if exact { "the best equilibrium" } else { "the highest equilibrium that was found" };
    let hidden = match [same(values[0], values[1]), same(values[1], values[2])] {
        [true, true] => {
            format!(" Here the user gets the same in {every} as with full information: marks may hide each other.")
        }
        [true, false] => format!(" Here the user gets the same in {every}: marks may hide each other."),
        [false, true] => format!(" Here {best} gives the user as much as full information: marks may hide each other."),
        [false, false] => String::new(),
    };
    if used[2] || used[3] {
        caption.push_str(" In an equilibrium no agent is below its frontier.");
        caption.push_str(&hidden);
    }
    let name = format!("{}-frontiers", stem(case));
    Ok((Some((Picture::draw(&name, "Agents' frontiers", &caption, &figure)?, caption)), left_out))
}

/// The frontiers from the results, if these are frontiers; otherwise, they are computed.
fn curves(case: &Case<'_>) -> (Vec<Curve>, Option<String>) {
    let mut curves = vec![];
    for result in case.results {
        let SavedResult::Frontier(result) = result else { continue };
        let name = result.agent.as_str();
        let agent = case.instance.as_ref().ok().and_then(|instance| instance.agent(name)).unwrap_or(curves.len());
        let points: Vec<(f64, f64)> =
            result.vertices.iter().map(|vertex| (vertex.user_value, vertex.agent_value)).collect();
        if !points.is_empty() && curves.len() < game::MOST_AGENTS {
            curves.push((agent, name.to_owned(), points));
        }
    }
    if !curves.is_empty() {
        return (curves, None);
    }
    let instance = match &case.instance {
        Ok(instance) if case.prior < instance.priors() => instance,
        Ok(_) => return (curves, Some("Frontiers are left out: the instance has no such prior.".into())),
        Err(why) => {
            return (curves, Some(format!("Frontiers are left out because the instance is not available: {why}.")));
        }
    };
    let mut left_out = vec![];
    for (agent, party) in instance.agents.iter().enumerate().take(game::MOST_AGENTS) {
        match game::frontier_of(instance, case.prior, agent) {
            Ok(points) => curves.push((agent, party.name.clone(), points)),
            Err(why) => left_out.push(format!("{} ({why})", party.name)),
        }
    }
    if instance.agents.len() > game::MOST_AGENTS {
        left_out.push(format!("{} more agents", instance.agents.len() - game::MOST_AGENTS));
    }
    let left_out = (!left_out.is_empty()).then(|| format!("Frontiers are left out of: {}.", left_out.join(", ")));
    (curves, left_out)
}
