//! `suasion-verify`: checks saved results against their instances in exact arithmetic. It links no
//! solver.

use std::io::{Read, Write};
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use suasion_results::verify_record;

const HELP: &str = "\
Check saved results (from `suasion --json`) against their instances, in exact arithmetic, without a solver

Usage: suasion-verify [OPTIONS] <RESULT>...

Arguments:
  <RESULT>...  Files of results, JSON lines as `suasion --json` prints them; - for standard input

Options:
  -i, --instance <FILE>  The instance of all results, if it is no longer at the path in the results
      --json             Print JSON, one object per line
  -h, --help             Print help
  -V, --version          Print version

Simulations are not run again, so they are named as not proved; `suasion verify` runs them.

Exit codes: 0 all results are certified; 1 one is refused; 2 bad usage or bad input.
";

/// The parsed arguments.
#[derive(Default)]
struct Asked {
    results: Vec<PathBuf>,
    instance: Option<PathBuf>,
    json: bool,
}

fn main() -> ExitCode {
    let asked = match asked(std::env::args_os().skip(1)) {
        Ok(Some(asked)) => asked,
        Ok(None) => return ExitCode::SUCCESS,
        Err(problem) => {
            eprintln!("error: {problem}");
            return ExitCode::from(2);
        }
    };
    let mut code = 0;
    for file in &asked.results {
        let (mut count, name) = (0, file.display().to_string());
        let verified = text(file).and_then(|text| {
            for (number, record) in text.lines().enumerate().filter(|(_, record)| !record.trim().is_empty()) {
                count += 1;
                let place = format!("{name}:{}", number + 1);
                match verify_record(record, file, asked.instance.as_deref(), None) {
                    Ok(verified) => {
                        code = code.max(u8::from(!verified.certified()));
                        let line = if asked.json { verified.json(&place).to_string() } else { verified.line(&place) };
                        print(&line)?;
                    }
                    // A record that is not a result does not prevent the check of the others.
                    Err(problem) => {
                        eprintln!("error: {}", plain(&format!("{place}: {problem}")));
                        code = 2;
                    }
                }
            }
            if count == 0 {
                Err("found no result, expected JSON lines as `suasion --json` prints them".into())
            } else {
                Ok(())
            }
        });
        if let Err(problem) = verified {
            eprintln!("error: {}", plain(&format!("{name}: {problem}")));
            code = 2;
        }
    }
    ExitCode::from(code)
}

/// Parses the arguments; `None` if they ask for help or the version.
fn asked(arguments: impl Iterator<Item = std::ffi::OsString>) -> Result<Option<Asked>, String> {
    let mut asked = Asked::default();
    let mut arguments = arguments;
    let mut options = true;
    while let Some(argument) = arguments.next() {
        match argument.to_str().filter(|_| options) {
            Some("-h" | "--help") => return print(HELP.trim_end()).map(|()| None),
            Some("-V" | "--version") => {
                return print(concat!("suasion-verify ", env!("CARGO_PKG_VERSION"))).map(|()| None);
            }
            Some("--json") => asked.json = true,
            Some("--") => options = false,
            Some("-i" | "--instance") => {
                let file = arguments.next().ok_or("--instance: found no file after it, expected one")?;
                asked.instance = Some(file.into());
            }
            Some(option) if option.starts_with("--instance=") => {
                asked.instance = option.split_once('=').map(|(_, file)| file.into());
            }
            Some(option) if option.starts_with('-') && option != "-" => {
                return Err(format!(
                    "found the option {option:?}, expected -i, --instance, --json, --help or --version"
                ));
            }
            _ => asked.results.push(argument.into()),
        }
    }
    if asked.results.is_empty() {
        return Err("found no files of results; --help tells more".into());
    }
    Ok(Some(asked))
}

/// The text of a file of results, or of standard input.
fn text(file: &Path) -> Result<String, String> {
    let mut bytes = vec![];
    let read = if file.as_os_str() == "-" {
        std::io::stdin().read_to_end(&mut bytes).map(drop)
    } else {
        std::fs::read(file).map(|read| bytes = read)
    };
    read.map_err(|cause| format!("cannot be read: {cause}"))?;
    if bytes.starts_with(b"PAR1") {
        return Err("is a Parquet file; `suasion verify` reads the certificates of a batch".into());
    }
    String::from_utf8(bytes).map_err(|_| "is not UTF-8 text".into())
}

/// Prints a line. A closed pipe (`| head`) is not an error.
fn print(line: &str) -> Result<(), String> {
    let mut out = std::io::stdout().lock();
    match writeln!(out, "{line}").and_then(|()| out.flush()) {
        Err(cause) if cause.kind() == std::io::ErrorKind::BrokenPipe => std::process::exit(0),
        written => written.map_err(|cause| format!("standard output cannot be written: {cause}")),
    }
}

/// Escapes control characters, so that names from files cannot control the terminal.
fn plain(text: &str) -> String {
    let show = |c: char| if c.is_control() && c != '\n' { c.escape_default().to_string() } else { c.to_string() };
    text.chars().map(show).collect()
}
