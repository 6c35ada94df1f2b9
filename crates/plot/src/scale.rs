//! Axes: the positions of numbers, and ticks.

/// How an axis maps numbers to positions.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Scale {
    /// Equal differences have equal lengths.
    Linear,
    /// Like `Linear`, with ticks only at integers.
    Whole,
    /// Equal ratios have equal lengths. Numbers that are not positive are at the lower end.
    Log,
}

/// An axis of a picture.
#[derive(Clone, Debug, PartialEq)]
pub struct Axis {
    /// The meaning of its numbers, with their unit.
    pub label: String,
    /// How it maps numbers to positions.
    pub scale: Scale,
    /// Its lowest and highest number, without the margin that is added.
    pub range: (f64, f64),
}

impl Axis {
    /// An axis that includes all values that are finite, and positive if the axis is logarithmic.
    #[must_use]
    pub fn over(label: &str, scale: Scale, values: impl IntoIterator<Item = f64>) -> Self {
        let values = values.into_iter().filter(|value| value.is_finite() && (scale != Scale::Log || *value > 0.0));
        let (least, largest) = values
            .fold((f64::INFINITY, f64::NEG_INFINITY), |(least, largest), value| (least.min(value), largest.max(value)));
        let range = match scale {
            _ if least <= largest => (least, largest),
            Scale::Log => (1.0, 10.0),
            Scale::Linear | Scale::Whole => (0.0, 1.0),
        };
        Self { label: label.into(), scale, range }
    }
}

/// The largest number that is distinguished from infinity. Its inverse is the smallest that is
/// distinguished from zero.
const LARGEST: f64 = 1e300;
const LEAST: f64 = 1e-300;

fn tame(value: f64) -> f64 {
    if value.abs() < LEAST { 0.0 } else { value.clamp(-LARGEST, LARGEST) }
}

/// On a logarithmic axis, the smallest such number replaces all numbers between it and zero.
fn tame_positive(value: f64) -> Option<f64> {
    (value > 0.0).then(|| value.clamp(LEAST, LARGEST))
}

/// An axis as it is drawn.
#[derive(Clone, Debug)]
pub(crate) struct Span {
    scale: Scale,
    /// The range of the ticks.
    range: (f64, f64),
    /// The drawn range. On a logarithmic axis it is in logarithms.
    from: f64,
    to: f64,
}

impl Span {
    /// An axis with a margin of `room` on either side, as a share of its length.
    pub(crate) fn new(axis: &Axis, room: f64) -> Self {
        let scale = axis.scale;
        let (a, b) = match axis.range {
            (a, b) if a.is_nan() || b.is_nan() => (0.0, 1.0),
            (a, b) => (a.min(b), a.max(b)),
        };
        if scale == Scale::Log {
            let b = tame_positive(b).unwrap_or(1.0);
            let a = tame_positive(a).unwrap_or((b * 1e-3).max(LEAST));
            let (mut low, mut high) = (a.ln(), b.ln());
            let mut range = (a, b);
            if high - low < 1e-9 {
                // Half a decade on either side.
                (low, high) = (low - 1.15, high + 1.15);
                range = (low.exp(), high.exp());
            }
            let more = room * (high - low);
            return Self { scale, range, from: low - more, to: high + more };
        }
        let (a, b) = (tame(a), tame(b));
        let size = a.abs().max(b.abs());
        let range = if b - a > 1e-9 * size {
            (a, b)
        } else {
            let half = if size == 0.0 || scale == Scale::Whole && size < 1e6 { 0.5 } else { 0.5 * size };
            (a - half, b + half)
        };
        let more = room * (range.1 - range.0);
        Self { scale, range, from: range.0 - more, to: range.1 + more }
    }

    /// An axis from zero to the largest length.
    pub(crate) fn of_lengths(largest: f64) -> Self {
        let largest = tame(largest);
        let largest = if largest > 0.0 { largest } else { 1.0 };
        Self { scale: Scale::Linear, range: (0.0, largest), from: 0.0, to: 1.04 * largest }
    }

    /// The range of the ticks.
    pub(crate) fn ends(&self) -> (f64, f64) {
        self.range
    }

    /// The lowest number that is drawn.
    pub(crate) fn low(&self) -> f64 {
        if self.scale == Scale::Log { self.from.exp() } else { self.from }
    }

    /// The highest number that is drawn.
    pub(crate) fn high(&self) -> f64 {
        if self.scale == Scale::Log { self.to.exp() } else { self.to }
    }

    /// An axis from zero to the largest count.
    pub(crate) fn of_counts(largest: f64) -> Self {
        Self { scale: Scale::Whole, ..Self::of_lengths(largest) }
    }

    /// The position of a number: 0 and 1 are the ends of the drawn range. None for a number that is
    /// not finite.
    pub(crate) fn place(&self, value: f64) -> Option<f64> {
        if !value.is_finite() {
            return None;
        }
        Some(match self.scale {
            Scale::Log => tame_positive(value).map_or(0.0, |value| self.share(value.ln())),
            Scale::Linear | Scale::Whole => self.share(tame(value)),
        })
    }

    fn share(&self, at: f64) -> f64 {
        ((at - self.from) / (self.to - self.from)).clamp(-1e6, 1e6)
    }

    /// The ticks, as many as have room: `fits` decides whether their labels do not overlap.
    pub(crate) fn ticks(&self, fits: impl Fn(&[Tick]) -> bool) -> Ticks {
        let candidates = match self.scale {
            Scale::Linear => vec![linear(self.range, 5.0, 0.0)],
            Scale::Whole => vec![linear(self.range, 9.0, 1.0)],
            Scale::Log => logarithmic(self.range),
        };
        let drawn = |value: f64| {
            let place = self.share(if self.scale == Scale::Log { value.ln() } else { value });
            (0.0..1.0).contains(&place).then_some(place)
        };
        let mut chosen = Ticks::default();
        for Values { major, minor, labels: (labels, unit) } in candidates {
            let pairs = major.into_iter().zip(labels);
            let major = pairs.filter_map(|(value, label)| Some(Tick { place: drawn(value)?, label })).collect();
            let minor = minor.into_iter().filter_map(drawn).collect();
            chosen = Ticks { major, minor, unit };
            if fits(&chosen.major) {
                return chosen;
            }
        }
        for every in 2..=chosen.major.len() {
            let fewer: Vec<Tick> = chosen.major.iter().step_by(every).cloned().collect();
            if fits(&fewer) {
                chosen.major = fewer;
                return chosen;
            }
        }
        chosen.major.clear();
        chosen
    }
}

/// A tick with its label.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Tick {
    pub(crate) place: f64,
    pub(crate) label: String,
}

/// The ticks of an axis.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Ticks {
    pub(crate) major: Vec<Tick>,
    /// The positions of ticks without labels.
    pub(crate) minor: Vec<f64>,
    /// A common factor of all labels.
    pub(crate) unit: Option<String>,
}

struct Values {
    major: Vec<f64>,
    minor: Vec<f64>,
    labels: (Vec<String>, Option<String>),
}

/// A power of ten that is the same on every machine.
fn power(exponent: i32) -> f64 {
    format!("1e{exponent}").parse().unwrap_or(f64::NAN)
}

/// The exponent of the largest power of ten that does not exceed a positive number.
fn exponent(value: f64) -> i32 {
    let guess = value.log10().floor() as i32;
    if power(guess + 1) <= value { guess + 1 } else { guess }
}

/// The smallest of 1, 2, or 5 times a power of ten that is not below a number.
pub(crate) fn round_step(rough: f64) -> f64 {
    let decade = 10_f64.powf(rough.log10().floor());
    let mut steps = [1.0, 2.0, 5.0, 10.0].into_iter().map(|factor| factor * decade);
    steps.find(|step| *step >= rough * (1.0 - 1e-9)).unwrap_or(rough)
}

/// About five round numbers, with steps of 1, 2, or 5 times a power of ten, and at least `least`.
fn linear((from, to): (f64, f64), number: f64, least: f64) -> Values {
    let step = round_step((to - from) / number).max(least);
    let (first, last) = ((from / step - 1e-9).ceil(), (to / step + 1e-9).floor());
    let major: Vec<f64> = if step > 0.0 && last - first < 100.0 {
        (first as i64..=last as i64).map(|i| i as f64 * step).collect()
    } else {
        vec![]
    };
    let labels = labels(&major, step);
    Values { major, minor: vec![], labels }
}

/// Powers of ten, with or without some of their multiples, from many to few.
fn logarithmic((from, to): (f64, f64)) -> Vec<Values> {
    let (first, last) = (exponent(from), exponent(to));
    let within = |value: &f64| *value >= from * (1.0 - 1e-9) && *value <= to * (1.0 + 1e-9);
    let multiples = |factors: &[f64], every: i32| -> Vec<f64> {
        let decades = (first..=last.saturating_add(1)).filter(|exponent| exponent.rem_euclid(every) == 0);
        decades.flat_map(|exponent| factors.iter().map(move |f| f * power(exponent))).filter(within).collect()
    };
    let decades = to.log10() - from.log10();
    let mut candidates = vec![];
    let all = [1.0, 2.0, 3.0, 4.0, 5.0, 6.0, 7.0, 8.0, 9.0];
    let factors: &[&[f64]] = match decades {
        _ if decades <= 0.75 => &[&all, &[1.0, 2.0, 3.0, 5.0, 7.0], &[1.0, 2.0, 5.0]],
        _ if decades <= 2.25 => &[&[1.0, 2.0, 5.0]],
        _ => &[],
    };
    for factors in factors {
        let major = multiples(factors, 1);
        // The range is a small part of a decade, where round numbers are better.
        if major.len() < 2 {
            candidates.push(linear((from, to), 5.0, 0.0));
        } else {
            let labels = labels(&major, major[0]);
            candidates.push(Values { major, minor: multiples(&all, 1), labels });
        }
    }
    for every in [1, 2, 3, 5, 10, 20, 50, 100, 200] {
        // The number of powers that fit in a picture, but not too few.
        let number = decades / f64::from(every);
        if number > 12.0 || every > 1 && number < 3.0 {
            continue;
        }
        let major = multiples(&[1.0], every);
        let labels = if major.iter().all(|value| (9e-4..2e4).contains(value)) {
            labels(&major, 1e-3)
        } else {
            (major.iter().map(|value| raised(exponent(*value))).collect(), None)
        };
        let minor = match every {
            1 if decades < 8.0 => multiples(&all, 1),
            1..5 => multiples(&[1.0], 1),
            _ => vec![],
        };
        candidates.push(Values { major, minor, labels });
    }
    candidates
}

/// A power of ten as text.
fn raised(exponent: i32) -> String {
    let sign = |c| match c {
        '-' => '⁻',
        '1' => '¹',
        '2' => '²',
        '3' => '³',
        '4' => '⁴',
        '5' => '⁵',
        '6' => '⁶',
        '7' => '⁷',
        '8' => '⁸',
        '9' => '⁹',
        _ => '⁰',
    };
    format!("10{}", exponent.to_string().chars().map(sign).collect::<String>())
}

/// Labels of ticks whose neighbors differ by `step`. Very large or very small ones are multiples of
/// a power of ten.
fn labels(ticks: &[f64], step: f64) -> (Vec<String>, Option<String>) {
    let size = ticks.iter().fold(0.0, |size: f64, tick| size.max(tick.abs()));
    if size == 0.0 {
        return (ticks.iter().map(|_| "0".into()).collect(), None);
    }
    let unit = match exponent(size) {
        -2..6 => 0,
        unit => unit,
    };
    let digits = (unit - exponent(step.max(LEAST))).clamp(0, 15) as usize;
    let texts = ticks.iter().map(|tick| decimal(tick / power(unit), digits.max(6))).collect();
    (texts, (unit != 0).then(|| format!("×{}", raised(unit))))
}

/// A number as text, without rounding errors.
fn decimal(value: f64, digits: usize) -> String {
    let text = format!("{value:.digits$}");
    let text = if text.contains('.') { text.trim_end_matches('0').trim_end_matches('.') } else { &text };
    if text == "-0" { "0".into() } else { text.replace('-', "\u{2212}") }
}

/// A number as text, with three significant digits.
pub(crate) fn short(value: f64) -> String {
    let size = value.abs();
    if size == 0.0 {
        return "0".into();
    }
    if !size.is_finite() {
        return value.to_string();
    }
    let exponent = exponent(size.max(LEAST));
    if (-3..5).contains(&exponent) {
        return decimal(value, (2 - exponent).max(0) as usize);
    }
    format!("{}×{}", decimal(value / power(exponent), 2), raised(exponent))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(scale: Scale, range: (f64, f64)) -> (Vec<String>, Option<String>) {
        let ticks = Span::new(&Axis { label: String::new(), scale, range }, 0.04).ticks(|ticks| ticks.len() < 12);
        (ticks.major.into_iter().map(|tick| tick.label).collect(), ticks.unit)
    }

    #[track_caller]
    fn shows(scale: Scale, range: (f64, f64), labels: &str, unit: Option<&str>) {
        let (found, found_unit) = shown(scale, range);
        assert_eq!((found.join(" ").as_str(), found_unit.as_deref()), (labels, unit));
    }

    #[test]
    fn round_ticks() {
        shows(Scale::Whole, (1.0, 8.0), "1 2 3 4 5 6 7 8", None);
        shows(Scale::Whole, (1.0, 100.0), "20 40 60 80 100", None);
        shows(Scale::Whole, (3.0, 3.0), "3", None);
        shows(Scale::Linear, (0.0, 1.0), "0 0.2 0.4 0.6 0.8 1", None);
        shows(Scale::Linear, (-0.25, 0.25), "−0.2 −0.1 0 0.1 0.2", None);
        shows(Scale::Linear, (0.0, 0.0), "−0.4 −0.2 0 0.2 0.4", None);
        shows(Scale::Linear, (0.0, 5e-7), "0 1 2 3 4 5", Some("×10⁻⁷"));
        shows(Scale::Linear, (-1e300, 1e300), "−1 −0.5 0 0.5 1", Some("×10³⁰⁰"));
        shows(Scale::Linear, (1e-300, 1e-300), "0.6 0.8 1 1.2 1.4", Some("×10⁻³⁰⁰"));
        shows(Scale::Linear, (f64::NAN, 3.0), "0 0.2 0.4 0.6 0.8 1", None);
    }

    #[test]
    fn logarithmic_ticks() {
        shows(Scale::Log, (1.0, 8.0), "1 2 5", None);
        shows(Scale::Log, (1.0, 100.0), "1 2 5 10 20 50 100", None);
        shows(Scale::Log, (1.0, 1000.0), "1 10 100 1000", None);
        shows(Scale::Log, (1e-5, 1.0), "10⁻⁵ 10⁻⁴ 10⁻³ 10⁻² 10⁻¹ 10⁰", None);
        shows(Scale::Log, (3e-7, 2e-6), "0.5 1 2", Some("×10⁻⁶"));
        shows(Scale::Log, (3.2, 3.8), "3.2 3.4 3.6 3.8", None);
        shows(Scale::Log, (5.0, 5.0), "2 5 10", None);
        shows(Scale::Log, (0.0, 1.0), "0.001 0.01 0.1 1", None);
        shows(Scale::Log, (1e-20, 1.0), "10⁻²⁰ 10⁻¹⁸ 10⁻¹⁶ 10⁻¹⁴ 10⁻¹² 10⁻¹⁰ 10⁻⁸ 10⁻⁶ 10⁻⁴ 10⁻² 10⁰", None);
        shows(Scale::Log, (1e-300, 1e300), "10⁻³⁰⁰ 10⁻²⁰⁰ 10⁻¹⁰⁰ 10⁰ 10¹⁰⁰ 10²⁰⁰ 10³⁰⁰", None);
    }

    #[test]
    fn numbers() {
        assert_eq!(decimal(-0.25, 6), "\u{2212}0.25");
        assert_eq!(short(0.123_456), "0.123");
        assert_eq!(short(12_345.0), "12345");
        assert_eq!(short(3.14159e-7), "3.14×10⁻⁷");
        assert_eq!((exponent(1e-7), exponent(1000.0), exponent(999.0)), (-7, 3, 2));
    }
}
