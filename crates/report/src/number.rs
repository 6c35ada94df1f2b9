//! Numbers, times and sizes in readable form.

/// A number to five significant digits.
pub(crate) fn number(x: f64) -> String {
    if !x.is_finite() {
        return if x.is_nan() {
            "–".into()
        } else if x > 0.0 {
            "∞".into()
        } else {
            "−∞".into()
        };
    }
    let size = x.abs();
    let text = if size == 0.0 {
        "0".into()
    } else if (1e-4..1e7).contains(&size) {
        let digits = (4 - size.log10().floor() as i32).clamp(0, 8) as usize;
        let text = format!("{x:.digits$}");
        if text.contains('.') { text.trim_end_matches('0').trim_end_matches('.').into() } else { text }
    } else {
        format!("{x:.2e}")
    };
    text.replace('-', "\u{2212}")
}

/// A number relative to `stake`, the amount that can be gained or lost. Numbers that are negligible
/// relative to it are shown as 0.
pub(crate) fn beside(stake: f64, x: f64) -> String {
    number(if x.abs() <= 1e-9 * stake { 0.0 } else { x })
}

/// A number, or a dash if there is none.
pub(crate) fn maybe(x: Option<f64>) -> String {
    x.map_or_else(|| "–".into(), number)
}

/// A count with separators between thousands.
pub(crate) fn count(n: usize) -> String {
    let digits = n.to_string();
    let mut text = String::new();
    for (place, digit) in digits.chars().enumerate() {
        if place > 0 && (digits.len() - place).is_multiple_of(3) {
            text.push('\u{202F}');
        }
        text.push(digit);
    }
    text
}

/// A time.
pub(crate) fn seconds(s: f64) -> String {
    match s {
        s if !s.is_finite() => "–".into(),
        s if s < 1e-3 => format!("{:.0} µs", s * 1e6),
        s if s < 1.0 => format!("{} ms", three(s * 1e3)),
        s if s < 120.0 => format!("{} s", three(s)),
        s if s < 7200.0 => format!("{} min", three(s / 60.0)),
        s => format!("{} h", three(s / 3600.0)),
    }
}

/// A size in memory.
pub(crate) fn bytes(b: f64) -> String {
    match b {
        b if b < 1024.0 => format!("{b:.0} B"),
        b if b < 1024.0 * 1024.0 => format!("{} KiB", three(b / 1024.0)),
        b if b < 1_073_741_824.0 => format!("{} MiB", three(b / 1_048_576.0)),
        b => format!("{} GiB", three(b / 1_073_741_824.0)),
    }
}

fn three(x: f64) -> String {
    let digits = if x < 10.0 { 2 } else { usize::from(x < 100.0) };
    let text = format!("{x:.digits$}");
    if text.contains('.') { text.trim_end_matches('0').trim_end_matches('.').into() } else { text }
}

/// A share in percent.
pub(crate) fn percent(part: usize, of: usize) -> String {
    match (part, of) {
        (_, 0) => "–".into(),
        (part, of) if part == of => "100%".into(),
        (part, of) => format!("{:.1}%", (100.0 * part as f64 / of as f64).clamp(0.0, 99.9)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_short() {
        let shown = [0.0, -0.5, 0.1 + 0.2, 1.0 / 3.0, 123_456.7, 1e9, 1e-7, f64::NAN, f64::INFINITY].map(number);
        assert_eq!(shown, ["0", "−0.5", "0.3", "0.33333", "123457", "1.00e9", "1.00e−7", "–", "∞"]);
        assert_eq!([0, 999, 1000, 1_234_567].map(count), ["0", "999", "1\u{202F}000", "1\u{202F}234\u{202F}567"]);
        assert_eq!([2e-5, 0.0123, 3.0, 600.0, 7e4].map(seconds), ["20 µs", "12.3 ms", "3 s", "10 min", "19.4 h"]);
        assert_eq!(
            (percent(999, 1000), percent(9999, 10000), percent(0, 0)),
            ("99.9%".into(), "99.9%".into(), "–".into())
        );
        assert_eq!(bytes(3e6), "2.86 MiB");
    }
}
