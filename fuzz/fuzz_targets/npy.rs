//! A NumPy file is read, or refused with a message that names the file.
#![no_main]

use libfuzzer_sys::fuzz_target;

fuzz_target!(|content: &[u8]| suasion_fuzz::read("fuzzed.npy", content));
