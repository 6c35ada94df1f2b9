//! A text is read as an instance, or refused with a message that names the file.
#![no_main]

use libfuzzer_sys::fuzz_target;
use std::path::Path;
use suasion_model::Instance;

fuzz_target!(|text: &str| {
    match Instance::from_json(text, Path::new("nowhere/fuzzed.json")) {
        Ok(game) => {
            let _ = game.digest();
            let _ = game.view(0, 0).map(|view| view.full_information());
        }
        Err(error) => assert!(error.to_string().starts_with("nowhere/fuzzed.json")),
    }
});
