//! A text is read as a Stackelberg game, or refused with a message that names the file.
#![no_main]

use libfuzzer_sys::fuzz_target;
use std::path::Path;
use suasion_model::StackelbergGame;

fuzz_target!(|text: &str| {
    match StackelbergGame::from_json(text, Path::new("nowhere/fuzzed.json")) {
        Ok(game) => {
            let _ = game.digest();
        }
        Err(error) => assert!(error.to_string().starts_with("nowhere/fuzzed.json")),
    }
});
