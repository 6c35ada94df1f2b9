//! The difference between a saved result and the result that its certificates prove.

use serde_json::Value;

/// The first place where a saved result differs from what its certificates prove.
pub(super) fn difference(place: &str, given: &Value, expected: &Value) -> Option<String> {
    let below = |key: &str| if place.is_empty() { key.to_owned() } else { format!("{place}.{key}") };
    match (given, expected) {
        (Value::Object(given), Value::Object(expected)) => expected
            .iter()
            .find_map(|(key, expected)| match given.get(key) {
                Some(given) => difference(&below(key), given, expected),
                None => Some(format!("{}: missing", below(key))),
            })
            .or_else(|| {
                given
                    .keys()
                    .find(|key| !expected.contains_key(*key))
                    .map(|key| format!("{}: nothing proves this", below(key)))
            }),
        (Value::Array(given), Value::Array(expected)) if given.len() == expected.len() => given
            .iter()
            .zip(expected)
            .enumerate()
            .find_map(|(i, (given, expected))| difference(&format!("{place}[{i}]"), given, expected)),
        _ if same(given, expected) => None,
        (Value::Array(given), Value::Array(expected)) => {
            Some(format!("{place}: found {} entries, but the certificate proves {}", given.len(), expected.len()))
        }
        _ => Some(format!("{place}: found {given}, but what is proved is {expected}")),
    }
}

/// Whether two scalar values are equal; 1 and 1.0 are the same number.
fn same(given: &Value, expected: &Value) -> bool {
    match (given, expected) {
        (Value::Number(a), Value::Number(b)) if a.is_f64() != b.is_f64() => a.as_f64() == b.as_f64(),
        _ => given == expected,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn places() {
        let expected = json!({"a": [1, {"b": 0.5}], "c": null});
        let cases = [
            (json!({"a": [1.0, {"b": 0.5}], "c": null}), None),
            (json!({"a": [1, {"b": 0.5}]}), Some("c: missing")),
            (json!({"a": [1, {"b": 0.25}], "c": null}), Some("a[1].b: found 0.25, but what is proved is 0.5")),
            (json!({"a": [1, {"b": 0.5, "d": 0}], "c": null}), Some("a[1].d: nothing proves this")),
            (json!({"a": [1], "c": null}), Some("a: found 1 entries, but the certificate proves 2")),
            (json!({"a": {}, "c": null}), Some("a: found {}, but what is proved is [1,{\"b\":0.5}]")),
            (json!({"a": [1, {"b": "0.5"}], "c": null}), Some("a[1].b: found \"0.5\", but what is proved is 0.5")),
        ];
        for (given, found) in cases {
            assert_eq!(difference("", &given, &expected).as_deref(), found, "{given}");
        }
    }
}
