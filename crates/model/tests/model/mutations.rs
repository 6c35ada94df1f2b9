//! For a mutated file, the reader returns a game or an error; it never panics.
//! `SUASION_FUZZ_SECONDS=60` makes each test run for a minute. `fuzz/` holds the same entry points
//! for a coverage-guided fuzzer.

use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;
use std::path::Path;
use std::time::{Duration, Instant};
use suasion_model::{ConversationProfile, Instance, StackelbergGame};

fn texts(folder: &str) -> Vec<Vec<u8>> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..").join(folder);
    let mut files: Vec<_> = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    files.sort();
    let json = files.iter().filter(|file| file.extension().is_some_and(|extension| extension == "json"));
    let texts = json.map(|file| std::fs::read(file).unwrap());
    texts.filter(|text| text.len() < 20_000).collect()
}

fn mutate(rng: &mut ChaCha8Rng, texts: &[Vec<u8>]) -> Vec<u8> {
    const PIECES: [&[u8]; 16] = [
        b"1e999",
        b"-1",
        b"NaN",
        b"null",
        b"[]",
        b"{}",
        b"[[",
        b"\"",
        b"18446744073709551616",
        b"0",
        b"\\u0000",
        b"\xff",
        b"{\"npy\": \"x.npy\"}",
        b"1e-320",
        b"[[[[[[[[",
        b"\"worlds\": [",
    ];
    let mut text = texts[rng.random_range(0..texts.len())].clone();
    for _ in 0..rng.random_range(1..6) {
        let at = rng.random_range(0..=text.len());
        match rng.random_range(0..5) {
            0 if at < text.len() => text[at] ^= 1 << rng.random_range(0..8),
            1 => text.truncate(at),
            2 => {
                let piece = PIECES[rng.random_range(0..PIECES.len())];
                let end = (at + rng.random_range(0..4)).min(text.len());
                text.splice(at..end, piece.iter().copied());
            }
            3 => {
                let end = (at + rng.random_range(0..200)).min(text.len());
                text.drain(at..end);
            }
            _ => {
                let other = &texts[rng.random_range(0..texts.len())];
                let from = rng.random_range(0..other.len());
                let to = (from + rng.random_range(0..200)).min(other.len());
                text.splice(at..at, other[from..to].iter().copied());
            }
        }
    }
    text
}

#[test]
fn no_panic() {
    let limit =
        std::env::var("SUASION_FUZZ_SECONDS").ok().and_then(|seconds| seconds.parse().ok()).map(Duration::from_secs);
    let (start, texts) = (Instant::now(), texts("instances"));
    let mut rng = ChaCha8Rng::seed_from_u64(1);
    let (mut rounds, mut read) = (0_u32, 0_u32);
    while limit.map_or(rounds < 5000, |limit| start.elapsed() < limit) {
        rounds += 1;
        let text = String::from_utf8_lossy(&mutate(&mut rng, &texts)).into_owned();
        let file = Path::new("nowhere/mutated.json");
        match Instance::from_json(&text, file) {
            Ok(game) => {
                read += 1;
                // An instance that was accepted can be used.
                let _ = (game.digest(), game.view(0, 0).map(|view| (view.no_information(), view.full_information())));
            }
            Err(refusal) => assert!(refusal.to_string().starts_with("nowhere/mutated.json")),
        }
        if let Err(refusal) = StackelbergGame::from_json(&text, file) {
            assert!(refusal.to_string().starts_with("nowhere/mutated.json"));
        }
    }
    // If all mutations were refused at the first byte, this would test nothing.
    assert!(read > rounds / 100, "{read} of {rounds}");
}

/// The same for profiles of conversation rules.
#[test]
fn no_panic_of_profiles() {
    let texts = texts("instances/profiles");
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../instances/interview.json");
    let instance = Instance::read(&file).unwrap();
    let mut rng = ChaCha8Rng::seed_from_u64(2);
    let mut read = 0;
    for _ in 0..3000 {
        let text = String::from_utf8_lossy(&mutate(&mut rng, &texts)).into_owned();
        match ConversationProfile::from_json(&text, Path::new("nowhere/mutated.json"), &instance) {
            Ok(profile) => {
                read += 1;
                for rule in &profile.rules {
                    assert_eq!(rule.alike(&profile.protocol, instance.observations()).len(), profile.protocol.rounds);
                }
            }
            Err(refusal) => assert!(refusal.to_string().starts_with("nowhere/mutated.json")),
        }
    }
    assert!(read > 10, "{read}");
}
