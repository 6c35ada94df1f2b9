//! A text is read as a profile of conversation rules, or refused with a message that names the
//! file.
#![no_main]

use libfuzzer_sys::fuzz_target;
use std::path::Path;
use std::sync::LazyLock;
use suasion_model::{ConversationProfile, Instance};

static INTERVIEW: LazyLock<Instance> = LazyLock::new(|| {
    let text = include_str!("../../instances/interview.json");
    Instance::from_json(text, Path::new("interview.json")).expect("the instance that ships is valid")
});

fuzz_target!(|text: &str| {
    match ConversationProfile::from_json(text, Path::new("nowhere/fuzzed.json"), &INTERVIEW) {
        Ok(profile) => {
            for rule in &profile.rules {
                let alike = rule.alike(&profile.protocol, INTERVIEW.observations());
                assert_eq!(alike.len(), profile.protocol.rounds);
            }
        }
        Err(error) => assert!(error.to_string().starts_with("nowhere/fuzzed.json")),
    }
});
