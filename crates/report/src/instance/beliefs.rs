//! The user's belief after each signal.

use super::{Case, masses, stem};
use crate::ReportError;
use crate::markup::Picture;
use crate::schemes::{Scheme, Sheet, Told};
use suasion_model::Instance;
use suasion_plot::{Axis, Content, Dots, Figure, Heat, Panel, Scale, Scatter, Shares, Stack, Stacks, Style, Triangle};

/// The largest number of schemes in a picture.
const MOST: usize = 9;
/// Schemes with more observations or signals than this also have a heat map.
const FEW: usize = 6;
/// The colors of actions; the dark one is that of the prior.
const ACTIONS: [Style; 6] = [Style::Blue, Style::Vermillion, Style::Green, Style::Purple, Style::Orange, Style::Sky];

/// A scheme as a sheet, with the prior of the observations.
struct Believed<'a> {
    title: &'a str,
    sheet: &'a Sheet,
    prior: Vec<f64>,
    posteriors: Vec<(f64, Vec<f64>)>,
}

/// Pictures with captions.
pub(super) fn draw(case: &Case<'_>, told: &[Told]) -> Result<Vec<(Picture, String)>, ReportError> {
    let believed: Vec<Believed<'_>> = told.iter().filter_map(|told| believe(case, told)).take(MOST).collect();
    let mut pictures = vec![];
    if believed.is_empty() {
        return Ok(pictures);
    }
    let mut add = |name: &str, title: &str, caption: String, figure: Figure| -> Result<(), ReportError> {
        let picture = Picture::draw(&format!("{}-{name}", stem(case)), title, &caption, &figure)?;
        pictures.push((picture, caption));
        Ok(())
    };
    let panels = believed.iter().map(stacked).collect();
    let caption = "The user's belief after each signal, as shares of a bar, next to the probability of the signal. Weighted by these probabilities, posteriors average to the prior.".to_owned();
    add("posteriors", "Posteriors", caption, Figure { panels, legend: vec![], note: String::new() })?;
    let one_size = |size: usize| believed.iter().all(|one| one.sheet.observed.len() == size);
    if one_size(2) {
        let panels = believed.iter().map(on_a_line).collect();
        let legend = vec![(Style::Blue, "posterior".into()), (Style::Ink, "prior".into())];
        let caption = "The same on a line: each posterior is a position, and its probability is the height.".to_owned();
        add("line", "Posteriors on a line", caption, Figure { panels, legend, note: String::new() })?;
    }
    if let (true, Ok(instance)) = (one_size(3), &case.instance)
        && believed.iter().all(|one| one.sheet.actions.is_some())
    {
        let actions = used(&believed);
        if actions.len() <= ACTIONS.len() {
            let panels = believed.iter().map(|one| in_a_triangle(one, instance, case.prior, &actions)).collect();
            let colours = actions.iter().zip(ACTIONS).map(|(&action, style)| (style, instance.actions.name(action)));
            let legend = colours.chain([(Style::Ink, "prior".to_owned())]).collect();
            let caption = "The same in a triangle: each corner is certainty of a state, each region has the beliefs at which an action is best for the user, and each dot is a posterior whose size is its probability. Regions of actions that are not recommended are blank.".to_owned();
            add("triangle", "Posteriors in a triangle", caption, Figure { panels, legend, note: String::new() })?;
        }
    }
    let large: Vec<&Believed<'_>> =
        believed.iter().filter(|one| one.sheet.observed.len() > FEW || one.sheet.signals.len() > FEW).collect();
    if !large.is_empty() {
        let panels = large.iter().map(|one| shades(one)).collect();
        let caption = "The schemes: the probability of each signal (columns) in each state (rows).".to_owned();
        add("schemes", "Schemes", caption, Figure { panels, legend: vec![], note: String::new() })?;
    }
    Ok(pictures)
}

fn believe<'a>(case: &Case<'_>, told: &'a Told) -> Option<Believed<'a>> {
    let Scheme::Sheet(sheet) = &told.scheme else { return None };
    let prior = masses(case, told.agent).filter(|prior| prior.len() == sheet.observed.len())?;
    let posteriors = sheet.posteriors(&prior);
    Some(Believed { title: &told.title, sheet, prior, posteriors })
}

fn stacked(one: &Believed<'_>) -> Panel {
    let prior = Stack { name: "prior".into(), note: String::new(), shares: one.prior.clone() };
    let of = |(name, (probability, shares)): (&String, &(f64, Vec<f64>))| Stack {
        name: name.clone(),
        note: if *probability < 0.001 { "<0.001".into() } else { format!("{probability:.3}") },
        shares: shares.clone(),
    };
    let signals =
        one.sheet.signals.iter().zip(&one.posteriors).filter(|(_, (probability, _))| *probability > 0.0).map(of);
    let rows = std::iter::once(prior).chain(signals).collect();
    let parts = one.sheet.observed.clone();
    Panel { title: one.title.into(), content: Content::Stacks(Stacks { parts, note: "probability".into(), rows }) }
}

fn on_a_line(one: &Believed<'_>) -> Panel {
    let label = format!("probability of {}", one.sheet.observed[1]);
    let sent = one.posteriors.iter().filter(|(probability, _)| *probability > 0.0);
    let points = sent.map(|(probability, shares)| (shares[1], *probability)).collect();
    let dots = vec![Dots { style: Style::Blue, points }, Dots { style: Style::Ink, points: vec![(one.prior[1], 0.0)] }];
    let x = Axis { label, scale: Scale::Linear, range: (0.0, 1.0) };
    let y = Axis { label: "probability of the signal".into(), scale: Scale::Linear, range: (0.0, 1.0) };
    Panel { title: one.title.into(), content: Content::Scatter(Scatter { x, y, diagonal: false, stems: true, dots }) }
}

/// All actions that are recommended.
fn used(believed: &[Believed<'_>]) -> Vec<usize> {
    let mut actions: Vec<usize> = believed.iter().filter_map(|one| one.sheet.actions.clone()).flatten().collect();
    actions.sort_unstable();
    actions.dedup();
    actions
}

fn in_a_triangle(one: &Believed<'_>, instance: &Instance, prior: usize, actions: &[usize]) -> Panel {
    let corner = |state: usize| one.sheet.observed[state].clone();
    let style =
        |action: usize| actions.iter().position(|own| *own == action).map_or(Style::Ink, |place| ACTIONS[place]);
    let shares = |values: &[f64]| -> Shares { [values[0], values[1], values[2]] };
    let regions = match instance.view(prior, 0) {
        Ok(view) => actions.iter().map(|&action| (style(action), region(&view.user, action))).collect(),
        Err(_) => vec![],
    };
    let signals =
        one.sheet.actions.iter().flatten().zip(&one.posteriors).filter(|(_, (probability, _))| *probability > 0.0);
    let mut places: Vec<(Style, Shares, f64)> =
        signals.map(|(&action, (probability, posterior))| (style(action), shares(posterior), *probability)).collect();
    places.push((Style::Ink, shares(&one.prior), 1.0));
    let triangle = Triangle { corners: [corner(0), corner(1), corner(2)], regions, places };
    Panel { title: one.title.into(), content: Content::Triangle(triangle) }
}

/// The posteriors at which an action is best for the user: the triangle, cut by a line for each
/// other action.
fn region(user: &suasion_model::Matrix, action: usize) -> Vec<Shares> {
    let mut corners: Vec<Shares> = vec![[1.0, 0.0, 0.0], [0.0, 1.0, 0.0], [0.0, 0.0, 1.0]];
    for other in (0..user.rows()).filter(|&other| other != action) {
        let better =
            |p: &Shares| (0..3).map(|state| p[state] * (user[(action, state)] - user[(other, state)])).sum::<f64>();
        let mut kept: Vec<Shares> = vec![];
        for (i, to) in corners.iter().enumerate() {
            let from = &corners[(i + corners.len() - 1) % corners.len()];
            let (a, b) = (better(from), better(to));
            if (a < 0.0) != (b < 0.0) {
                let t = a / (a - b);
                kept.push([0, 1, 2].map(|state| from[state] + t * (to[state] - from[state])));
            }
            if b >= 0.0 {
                kept.push(*to);
            }
        }
        corners = kept;
        if corners.is_empty() {
            break;
        }
    }
    corners
}

fn shades(one: &Believed<'_>) -> Panel {
    let Sheet { observed, signals, sent, .. } = one.sheet;
    let heat = Heat { label: "signal".into(), rows: observed.clone(), columns: signals.clone(), cells: sent.clone() };
    Panel { title: one.title.into(), content: Content::Heat(heat) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use suasion_model::Matrix;

    #[test]
    fn regions_cover_the_triangle() {
        let user = Matrix::new(3, 3, vec![1.0, 0.0, 0.0, 0.0, 1.0, 0.0, 0.0, 0.0, 1.0]);
        let first = region(&user, 0);
        assert_eq!(first.len(), 4, "{first:?}");
        assert!(first.iter().all(|p| p[0] >= p[1] - 1e-12 && p[0] >= p[2] - 1e-12));
        let dominated = Matrix::new(2, 3, vec![0.0, 0.0, 0.0, 1.0, 1.0, 1.0]);
        assert!(region(&dominated, 0).is_empty() && region(&dominated, 1).len() == 3);
    }
}
