//! The built command, and how to call it.
#![allow(dead_code, reason = "each test file uses its part")]

use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::sync::OnceLock;

/// The command, built once in the profile of this test.
pub fn suasion() -> Command {
    static BUILT: OnceLock<PathBuf> = OnceLock::new();
    let program = BUILT.get_or_init(|| {
        // target/PROFILE/deps/this_test
        let this = std::env::current_exe().unwrap();
        let profile = this.parent().and_then(Path::parent).unwrap().to_path_buf();
        let mut build = Command::new(env!("CARGO"));
        // The selection of `cargo test --workspace`: another one would unify features differently, and build HiGHS again.
        build.args(["build", "--quiet", "--locked", "--workspace", "--bins", "--examples"]).current_dir(root());
        if profile.ends_with("release") {
            build.arg("--release");
        }
        // What is told of this test's package is no matter of the others: some would be built again for it.
        for (name, _) in
            std::env::vars().filter(|(name, _)| name.starts_with("CARGO_PKG_") || name.starts_with("CARGO_MANIFEST_"))
        {
            build.env_remove(name);
        }
        assert!(build.status().unwrap().success());
        profile.join("suasion")
    });
    let mut command = Command::new(program);
    command.current_dir(root());
    command
}

pub fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap().into()
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
