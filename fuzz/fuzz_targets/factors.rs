//! A factor file is read, or refused with a message that names the file.
#![no_main]

use libfuzzer_sys::fuzz_target;
use suasion_regression::Reduction;

fuzz_target!(|content: &[u8]| {
    let (_folder, path) = suasion_fuzz::file("fuzzed.parquet", content);
    if let Err(error) = Reduction::read(&path) {
        assert!(error.to_string().starts_with(&*path.to_string_lossy()), "{error}");
    }
});
