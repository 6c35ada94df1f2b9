//! Any text is read as a game or refused with a message that names the file.
#![no_main]

use libfuzzer_sys::fuzz_target;
use std::path::Path;
use suasion_model::{Instance, StackelbergGame};

fuzz_target!(|text: &str| {
    let file = Path::new("nowhere/fuzzed.json");
    match Instance::from_json(text, file) {
        Ok(game) => {
            let _ = game.digest();
            let _ = game.view(0, 0).map(|view| view.full_information());
        }
        Err(refusal) => assert!(refusal.to_string().starts_with("nowhere/fuzzed.json")),
    }
    let _ = StackelbergGame::from_json(text, file);
});
