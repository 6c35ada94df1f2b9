//! The pages: console blocks show what the command prints, and links lead somewhere.
//!
//! A `console` block holds commands, each behind `$ `, with what it prints on standard output and
//! standard error below it. A command that ends in `\` goes on in the next line. An exit code other
//! than 0 stands as `? 1` in the line after the command. In what is printed, `[..]` stands for what
//! varies within a line, and a line `...` for any number of lines.
//!
//! The blocks of a page run in order in a folder of their own, which holds a copy of `instances/`.
//! A block that names a file, as ```` ```json game.json ```` does, is written there first.
//!
//! `SNAPSHOTS=overwrite cargo test --workspace --test cli pages::` writes what the commands print
//! into the pages.

use snapbox::{Assert, Data, IntoData};
use std::path::{Path, PathBuf};
use std::process::Command;
use suasion_testkit::root;

/// The files below a folder whose name has this extension, in the order of their names.
fn files(folder: &Path, extension: &str) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            found.append(&mut files(&path, extension));
        } else if path.extension().is_some_and(|found| found == extension) {
            found.push(path);
        }
    }
    found.sort();
    found
}

/// README.md and the pages of `docs/`.
fn pages() -> Vec<PathBuf> {
    let mut pages = files(&root().join("docs"), "md");
    pages.insert(0, root().join("README.md"));
    pages
}

fn copy(from: &Path, to: &Path) {
    std::fs::create_dir(to).unwrap();
    for entry in std::fs::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        let target = to.join(entry.file_name());
        if entry.path().is_dir() {
            copy(&entry.path(), &target);
        } else {
            std::fs::copy(entry.path(), target).unwrap();
        }
    }
}

/// What a command line prints, with its exit code where that is not 0.
fn printed(line: &str, folder: &Path) -> String {
    let built = Path::new(env!("CARGO_BIN_EXE_suasion")).parent().unwrap().display();
    let path = std::env::var("PATH").unwrap_or_default();
    let output = Command::new("sh")
        .arg("-c")
        .arg(format!("exec 2>&1\n{line}"))
        .current_dir(folder)
        .env("PATH", format!("{built}:{path}"))
        .env("COLUMNS", "100")
        .env("LC_ALL", "C")
        .env_remove("SUASION_ENDPOINT")
        .output()
        .unwrap();
    let mut text = String::from_utf8(output.stdout).unwrap();
    match output.status.code() {
        Some(0) => {}
        Some(code) => text.insert_str(0, &format!("? {code}\n")),
        None => panic!("{line}: {}", output.status),
    }
    if !text.is_empty() && !text.ends_with('\n') {
        text.push('\n');
    }
    text
}

/// A page whose commands were run again.
struct Rerun {
    /// The page with what was printed; where that is as the page says, the page's own `[..]` and
    /// `...`.
    text: String,
    /// The number of commands.
    commands: usize,
}

/// Lines, each with its end.
fn joined<'a>(lines: impl IntoIterator<Item = &'a str>) -> String {
    lines.into_iter().flat_map(|line| [line, "\n"]).collect()
}

impl Rerun {
    fn push(&mut self, line: &str) {
        self.text.push_str(line);
        self.text.push('\n');
    }

    /// Runs the commands of a console block.
    fn console(&mut self, block: &[&str], folder: &Path) {
        let check = Assert::new().normalize_paths(false);
        let mut lines = block.iter().copied().peekable();
        assert!(lines.peek().is_some_and(|line| line.starts_with("$ ")), "no command: {block:?}");
        while let Some(first) = lines.next() {
            self.push(first);
            let mut command = first.trim_start_matches("$ ").to_string();
            while command.ends_with('\\') {
                let more = lines.next().expect("a line after one that ends in a backslash");
                self.push(more);
                command = format!("{command}\n{more}");
            }
            let shown = joined(std::iter::from_fn(|| lines.next_if(|line| !line.starts_with("$ "))));
            let (found, _) = check.normalize(printed(&command, folder).into_data(), shown.into_data());
            self.text.push_str(&found.render().expect("the output is text"));
            self.commands += 1;
        }
    }
}

/// Runs the commands of a page.
fn rerun(page: &str, folder: &Path) -> Rerun {
    let mut rerun = Rerun { text: String::new(), commands: 0 };
    let mut lines = page.lines();
    while let Some(line) = lines.next() {
        rerun.push(line);
        let Some(about) = line.strip_prefix("```") else {
            assert!(!line.trim_start().starts_with("$ "), "a command outside of a console block: {line}");
            continue;
        };
        let block: Vec<&str> = lines.by_ref().take_while(|line| *line != "```").collect();
        if about == "console" {
            rerun.console(&block, folder);
        } else {
            assert!(!block.iter().any(|line| line.starts_with("$ ")), "commands that are not run: {block:?}");
            block.iter().for_each(|line| rerun.push(line));
            if let Some((_, name)) = about.split_once(' ') {
                std::fs::write(folder.join(name), joined(block)).unwrap();
            }
        }
        rerun.push("```");
    }
    rerun
}

#[test]
fn console_blocks_show_what_the_command_prints() {
    let check = Assert::new().action_env("SNAPSHOTS");
    let mut commands = 0;
    let mut wrong = Vec::new();
    for page in pages() {
        let name = page.strip_prefix(root()).unwrap().display().to_string();
        let text = std::fs::read_to_string(&page).unwrap();
        let folder = tempfile::tempdir().unwrap();
        if text.contains("\n```console") {
            copy(&root().join("instances"), &folder.path().join("instances"));
        }
        let rerun = rerun(&text, folder.path());
        assert!(name != "README.md" || rerun.commands >= 5, "the README shows what the command does");
        commands += rerun.commands;
        // What was printed has been compared with the page's own wildcards; the rest is as it
        // stands.
        if let Err(error) = check.try_eq(Some(&"printed"), rerun.text.into_data(), Data::read_from(&page, None).raw()) {
            wrong.push(format!("{name}\n{error}"));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    assert!(commands > 40, "{commands} commands were found");
}

/// The prose of a page: what is not in a fenced block.
fn prose(page: &str) -> String {
    let mut fenced = false;
    joined(page.lines().filter(|line| {
        let fence = line.trim_start().starts_with("```");
        fenced ^= fence;
        !fenced && !fence
    }))
}

/// The anchors of a page's headings, as they are made where pages are shown.
fn anchors(page: &str) -> Vec<String> {
    let headings = prose(page).lines().filter(|line| line.starts_with('#')).map(str::to_string).collect::<Vec<_>>();
    let anchor = |heading: &String| {
        let kept = heading.trim_start_matches('#').trim().to_lowercase();
        let kept = kept.chars().filter(|c| c.is_alphanumeric() || matches!(c, ' ' | '-' | '_'));
        kept.map(|c| if c == ' ' { '-' } else { c }).collect()
    };
    headings.iter().map(anchor).collect()
}

/// What a page links to, in its prose.
fn links(page: &str) -> Vec<String> {
    let text = prose(page);
    text.split("](").skip(1).filter_map(|rest| rest.split_once(')')).map(|(link, _)| link.to_string()).collect()
}

#[test]
fn links_lead_somewhere() {
    let mut from = pages();
    let more = ["ARCHITECTURE.md", "BENCHMARKS.md", "CHANGELOG.md", "CONTRIBUTING.md", "instances/personas/README.md"];
    from.extend(more.map(|name| root().join(name)));
    from.extend(files(&root().join("crates"), "md"));
    let mut count = 0;
    for page in from {
        let text = std::fs::read_to_string(&page).unwrap();
        for link in links(&text).iter().filter(|link| !link.contains("://")) {
            let (file, anchor) =
                link.split_once('#').map_or((link.as_str(), None), |(file, anchor)| (file, Some(anchor)));
            let target = if file.is_empty() { page.clone() } else { page.parent().unwrap().join(file) };
            assert!(target.exists(), "{}: {link} leads nowhere", page.display());
            if let Some(anchor) = anchor {
                let there = anchors(&std::fs::read_to_string(&target).unwrap());
                assert!(there.iter().any(|found| found == anchor), "{}: there is no {link}", page.display());
            }
            count += 1;
        }
    }
    assert!(count > 50, "{count} links were found");
}

#[test]
fn a_page_that_shows_something_else_is_found() {
    let folder = tempfile::tempdir().unwrap();
    let page = "```json game.json\n{}\n```\n```console\n$ cat game.json\n{[..]\n$ sh -c 'exit 3'\n$ printf 'a\\nb\\n'\n...\nb\n```\n";
    let again = rerun(page, folder.path());
    assert_eq!(again.commands, 3);
    // The page's wildcards stay where they fit; the exit code that it does not show is added.
    assert_eq!(again.text, page.replace("$ printf", "? 3\n$ printf"));
    let page = "```console\n$ echo one\ntwo [..]\n```\n";
    assert_eq!(rerun(page, folder.path()).text, "```console\n$ echo one\none\n```\n");
}
