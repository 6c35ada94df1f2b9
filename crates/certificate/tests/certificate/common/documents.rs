//! Certificates as documents: written, read again, and changed.

use proptest::prelude::*;
use proptest::sample::Index;
use serde_json::{Value, json};
use suasion_certificate::{Certificate, Proof};

/// Written and read again, a certificate is the same, bit for bit, and still checks; and a field
/// that nobody knows is no comment.
pub fn survives<P: Proof>(proof: P, game: &P::Game) {
    let (certificate, verdict) = proof.certify(game).unwrap();
    let text = serde_json::to_string(&certificate).unwrap();
    let read: Certificate<P> = serde_json::from_str(&text).unwrap();
    assert_eq!(read, certificate);
    assert_eq!(read.check(game).unwrap(), verdict);
    for place in ["", "/proof", "/claims"] {
        let mut more: Value = serde_json::from_str(&text).unwrap();
        more.pointer_mut(place).unwrap()["more"] = json!("trust me");
        let refusal = serde_json::from_value::<Certificate<P>>(more).unwrap_err().to_string();
        assert!(refusal.contains("unknown field"), "{refusal}");
    }
}

/// All places in a document where something else may stand.
fn places(value: &Value, here: &str, found: &mut Vec<String>) {
    found.push(here.to_owned());
    match value {
        Value::Array(items) => {
            items.iter().enumerate().for_each(|(i, item)| places(item, &format!("{here}/{i}"), found));
        }
        Value::Object(map) => map.iter().for_each(|(key, item)| places(item, &format!("{here}/{key}"), found)),
        _ => {}
    }
}

/// A place, what to put there, and bits for it.
type Pick = (Index, usize, u64);

/// Fewer changes than `most`.
pub fn picks(most: usize) -> impl Strategy<Value = Vec<Pick>> {
    prop::collection::vec((any::<Index>(), 0_usize..9, any::<u64>()), 1..most)
}

/// A document with something hostile in a few places.
pub fn spoiled(mut document: Value, picks: &[Pick]) -> Value {
    for (pick, kind, bits) in picks {
        let mut found = Vec::new();
        places(&document, "", &mut found);
        let place = document.pointer_mut(&found[pick.index(found.len())]).unwrap();
        let old = place.take();
        *place = match (kind, old) {
            (0, Value::Array(mut items)) => {
                items.pop();
                Value::Array(items)
            }
            (1, Value::Array(mut items)) => {
                items.extend(items.last().cloned());
                Value::Array(items)
            }
            (2, Value::Array(mut items)) => {
                items.reverse();
                Value::Array(items)
            }
            (3, Value::Array(_)) => json!([]),
            (0, _) => json!(bits),
            (1, _) => json!(f64::from_bits(*bits)),
            (2, _) => json!(-1),
            (3, _) => json!(1e308),
            (4, _) => json!(5e-324),
            (5, _) => json!(bits % 3),
            (6, _) => json!((bits % 10) as f64 / 10.0),
            (7, _) => json!(u64::MAX),
            (_, Value::Number(number)) => json!(number.as_f64().map(f64::next_up)),
            _ => json!([[0, 0, 0.5]]),
        };
    }
    document
}

/// A certificate with something hostile in it, if it is still accepted: its claims
/// follow from its proof.
pub fn accepted<P: Proof>(good: &Certificate<P>, game: &P::Game, picks: &[Pick]) -> Option<Certificate<P>> {
    let document = spoiled(serde_json::to_value(good).unwrap(), picks);
    let certificate: Certificate<P> = serde_json::from_value(document).ok()?;
    let verdict = certificate.check(game).ok()?;
    let (again, same) = certificate.proof.clone().certify(game).unwrap();
    assert_eq!(again.claims, certificate.claims);
    assert_eq!(same, verdict);
    Some(certificate)
}
