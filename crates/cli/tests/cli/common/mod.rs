//! The built command, and how to call it.
pub mod forge;
pub mod labelling;

use std::process::{Command, Output};
pub use suasion_testkit::root;

/// The built command.
pub fn suasion() -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_suasion"));
    command.current_dir(root());
    command
}

pub fn run(arguments: &[&str]) -> Output {
    suasion().args(arguments).output().unwrap()
}

/// Exit code, standard output, standard error.
pub fn told(arguments: &[&str]) -> (i32, String, String) {
    let output = run(arguments);
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
    (output.status.code().unwrap_or(-1), text(output.stdout), text(output.stderr))
}

/// Standard output of a call that succeeds.
pub fn succeeds(arguments: &[&str]) -> String {
    let (code, out, err) = told(arguments);
    assert_eq!(code, 0, "{arguments:?}: {err}{out}");
    out
}
