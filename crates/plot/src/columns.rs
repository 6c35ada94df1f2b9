//! Histograms.

use crate::frame::axes;
use crate::pen::{Area, Drawn, Pen, units};
use crate::scale::{Axis, Scale, Span, round_step};
use crate::style::{INK, PAPER, Style};
use plotters::prelude::{Color, DrawingBackend};

/// The number of values in each of several bins.
#[derive(Clone, Debug, PartialEq)]
pub struct Columns {
    /// The axis of the values.
    pub x: Axis,
    /// What is counted.
    pub label: String,
    /// The style of the columns.
    pub style: Style,
    /// The ends of the bins, in increasing order.
    pub edges: Vec<f64>,
    /// The number of values in each bin. There is one bin fewer than edges.
    pub counts: Vec<u64>,
    /// The position of a vertical line, if there is one.
    pub median: Option<f64>,
}

impl Columns {
    /// The histogram of all values that have a position on the axis, in about twenty bins with
    /// round ends. A value between two bins counts in the upper one. A line marks the median.
    #[must_use]
    pub fn of(x: Axis, label: &str, style: Style, values: impl IntoIterator<Item = f64>) -> Self {
        let (low, high) = x.range;
        let fits = |value: &f64| value.is_finite() && *value >= low && *value <= high;
        let mut values: Vec<f64> = values.into_iter().filter(fits).collect();
        values.sort_by(f64::total_cmp);
        let edges = edges(&x);
        let mut counts = vec![0; edges.len() - 1];
        for value in &values {
            let bin = edges.partition_point(|edge| edge <= value).clamp(1, counts.len()) - 1;
            counts[bin] += 1;
        }
        let x = Axis { range: (edges[0], edges[edges.len() - 1]), ..x };
        let median = values.get(values.len() / 2).map(|upper| 0.5 * (upper + values[(values.len() - 1) / 2]));
        Self { x, label: label.into(), style, edges, counts, median }
    }

    pub(crate) fn draw<DB: DrawingBackend>(&self, pen: &Pen<'_, DB>, panel: Area, title: &str) -> Drawn {
        let x = Span::new(&self.x, 0.02);
        let largest = self.counts.iter().copied().max().unwrap_or(0);
        let y = Span::of_counts(largest.max(1) as f64);
        let frame = axes(pen, panel, title, (&x, &self.x.label), (&y, &self.label))?;
        for (ends, &count) in self.edges.windows(2).zip(&self.counts) {
            let (Some(left), Some(right), Some(top)) = (x.place(ends[0]), x.place(ends[1]), y.place(count as f64))
            else {
                continue;
            };
            let (from, to) = (frame.at((left.clamp(0.0, 1.0), 0.0)), frame.at((right.clamp(0.0, 1.0), top.min(1.0))));
            if count > 0 {
                // A gap separates the columns.
                let right = (to.0 - units(0.75)).max(from.0 + units(0.75));
                pen.block((from.0, to.1), (right, from.1), self.style.color().filled())?;
            }
        }
        if let Some(place) = self.median.and_then(|median| x.place(median)).filter(|place| (0.0..=1.0).contains(place))
        {
            let x = frame.at((place, 0.0)).0;
            pen.path(vec![(x, frame.top), (x, frame.bottom)], PAPER, 3.0)?;
            pen.path(vec![(x, frame.top), (x, frame.bottom)], INK, 1.25)?;
        }
        Ok(())
    }
}

/// The ends of about twenty bins that cover the range of an axis.
fn edges(x: &Axis) -> Vec<f64> {
    const BINS: f64 = 20.0;
    let span = Span::new(x, 0.0);
    let (low, high) = span.ends();
    if x.scale == Scale::Log {
        let decades = (high / low).log10();
        let per_decade = [1.0, 2.0, 5.0, 10.0, 20.0].into_iter().rfind(|per| per * decades <= BINS).unwrap_or(1.0);
        let (first, last) = ((low.log10() * per_decade + 1e-9).floor(), (high.log10() * per_decade - 1e-9).ceil());
        let last = last.max(first + 1.0).min(first + 1000.0);
        return (0..=(last - first) as usize).map(|i| 10_f64.powf((first + i as f64) / per_decade)).collect();
    }
    let step = round_step((high - low) / BINS);
    if !(step > 0.0 && step.is_finite()) {
        return vec![low, high];
    }
    let (first, last) = ((low / step + 1e-9).floor(), (high / step - 1e-9).ceil());
    let last = last.max(first + 1.0).min(first + 100.0);
    (0..=(last - first) as usize).map(|i| (first + i as f64) * step).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn histogram(scale: Scale, values: &[f64]) -> Columns {
        Columns::of(Axis::over("x", scale, values.iter().copied()), "instances", Style::Blue, values.iter().copied())
    }

    #[test]
    fn every_value_is_in_a_bin() {
        for scale in [Scale::Linear, Scale::Log] {
            for values in
                [vec![], vec![0.5], vec![0.1, 0.2, 0.30001, 1.0], vec![1e-9, 1e9], vec![3.0; 7], vec![0.0, 1.0, 2.0]]
            {
                let found = histogram(scale, &values);
                let counted = values.iter().filter(|value| scale == Scale::Linear || **value > 0.0).count() as u64;
                assert_eq!(found.counts.iter().sum::<u64>(), counted, "{scale:?} {values:?}");
                assert!(found.edges.windows(2).all(|ends| ends[0] < ends[1]), "{found:?}");
                assert!(found.counts.len() <= 42, "{found:?}");
            }
        }
    }

    #[test]
    fn bins_have_round_ends() {
        let found = histogram(Scale::Linear, &[0.0, 0.5, 1.0]);
        assert_eq!((found.counts.len(), found.edges[1], found.median), (20, 0.05, Some(0.5)));
        assert_eq!(histogram(Scale::Linear, &[1.0, 2.0]).median, Some(1.5));
    }
}
