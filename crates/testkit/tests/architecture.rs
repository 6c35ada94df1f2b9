//! The invariants of ARCHITECTURE.md, checked on the sources.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};
use suasion_testkit::root;

/// A source file of a crate.
struct Module {
    /// The name of the crate's folder.
    krate: String,
    /// The path of the module from the root of its crate.
    path: Vec<String>,
    file: PathBuf,
    /// The code, without line comments and without tests at the end.
    code: String,
}

/// All source files of all crates.
fn modules() -> Vec<Module> {
    let mut modules = vec![];
    for krate in crates() {
        let src = root().join("crates").join(&krate).join("src");
        for file in files(&src, "rs") {
            let relative = file.strip_prefix(&src).expect("the file is in the folder").with_extension("");
            let mut path: Vec<String> =
                relative.components().map(|part| part.as_os_str().to_string_lossy().into_owned()).collect();
            if path.last().is_some_and(|last| ["lib", "main", "mod"].contains(&last.as_str())) {
                path.pop();
            }
            let code = code(&read(&file));
            modules.push(Module { krate: krate.clone(), path, file, code });
        }
    }
    modules
}

fn crates() -> Vec<String> {
    let entries = fs::read_dir(root().join("crates")).expect("there are crates");
    let mut names: Vec<String> = entries
        .filter_map(|entry| entry.ok()?.file_name().into_string().ok())
        .filter(|name| root().join("crates").join(name).join("Cargo.toml").exists())
        .collect();
    names.sort();
    names
}

fn files(folder: &Path, extension: &str) -> Vec<PathBuf> {
    let mut found = vec![];
    for entry in fs::read_dir(folder).into_iter().flatten().flatten() {
        let path = entry.path();
        if path.is_dir() {
            found.extend(files(&path, extension));
        } else if path.extension().is_some_and(|given| given == extension) {
            found.push(path);
        }
    }
    found.sort();
    found
}

fn read(file: &Path) -> String {
    fs::read_to_string(file).unwrap_or_else(|cause| panic!("{}: {cause}", file.display()))
}

fn code(text: &str) -> String {
    let end = text.find("#[cfg(test)]\nmod tests {").unwrap_or(text.len());
    let lines = text[..end].lines().map(|line| line.split("//").next().unwrap_or_default());
    lines.collect::<Vec<_>>().join("\n")
}

/// The words of some code: identifiers and keywords.
fn words(code: &str) -> impl Iterator<Item = &str> {
    code.split(|c: char| !(c.is_alphanumeric() || c == '_')).filter(|word| !word.is_empty())
}

/// The dependencies of a crate, those for tests left out.
fn dependencies(krate: &str) -> BTreeSet<String> {
    let manifest = read(&root().join("crates").join(krate).join("Cargo.toml"));
    let mut names = BTreeSet::new();
    let mut inside = false;
    for line in manifest.lines() {
        if line.starts_with('[') {
            inside = line == "[dependencies]" || line.starts_with("[target.") && line.ends_with(".dependencies]");
        } else if inside && !line.starts_with('#') {
            let name = line.split(['.', '=', ' ']).next().unwrap_or_default();
            names.extend((!name.is_empty()).then(|| name.to_owned()));
        }
    }
    names
}

/// The crates of ours that a crate imports.
fn imports(krate: &str) -> BTreeSet<String> {
    dependencies(krate).iter().filter_map(|name| name.strip_prefix("suasion-").map(str::to_owned)).collect()
}

/// The table of crates in ARCHITECTURE.md: what each of them knows.
fn table() -> BTreeMap<String, BTreeSet<String>> {
    let text = read(&root().join("ARCHITECTURE.md"));
    let rows = text.lines().skip_while(|line| !line.starts_with("| crate |")).skip(2);
    rows.take_while(|line| line.starts_with('|'))
        .map(|line| {
            let cells: Vec<&str> = line.trim_matches('|').split('|').map(str::trim).collect();
            let names = |cell: &str| cell.split('`').skip(1).step_by(2).map(str::to_owned).collect::<Vec<_>>();
            (names(cells[0]).remove(0), names(cells[2]).into_iter().collect())
        })
        .collect()
}

#[test]
fn crates_import_what_the_table_says() {
    let table = table();
    assert_eq!(table.keys().cloned().collect::<Vec<_>>(), crates());
    for (krate, knows) in table {
        assert_eq!(imports(&krate), knows, "the imports of {krate}");
    }
}

#[test]
fn no_solver_is_behind_results() {
    let mut behind = BTreeSet::from(["results".to_owned()]);
    let mut left = vec!["results".to_owned()];
    while let Some(krate) = left.pop() {
        left.extend(imports(&krate).into_iter().filter(|name| behind.insert(name.clone())));
    }
    assert_eq!(behind.iter().map(String::as_str).collect::<Vec<_>>(), ["certificate", "exact", "model", "results"]);
}

#[test]
fn the_solver_is_named_in_one_crate() {
    let named = |name: &str| ["highs", "highs-sys", "good_lp"].contains(&name);
    for krate in crates() {
        assert_eq!(dependencies(&krate).iter().any(|name| named(name)), krate == "lp", "the solver behind {krate}");
    }
}

#[test]
fn unsafe_code_is_in_one_file() {
    let modules = modules();
    let found = modules.iter().filter(|module| words(&module.code).any(|word| word == "unsafe"));
    let found: Vec<&Path> = found.map(|module| module.file.as_path()).collect();
    assert_eq!(found, [root().join("crates/lp/src/raw.rs")]);
}

#[test]
fn public_names_are_unique() {
    let mut places: BTreeMap<String, BTreeSet<PathBuf>> = BTreeMap::new();
    // The command and the kit for tests export nothing.
    for module in modules().into_iter().filter(|module| !["cli", "testkit"].contains(&module.krate.as_str())) {
        for line in module.code.lines() {
            let mut words = line.trim_start().split([' ', '<', '(', '{', ';', ':']);
            let kind = (words.next() == Some("pub")).then(|| words.next()).flatten();
            if kind.is_some_and(|kind| ["struct", "enum", "trait", "type"].contains(&kind)) {
                let name = words.next().unwrap_or_default().to_owned();
                if name.starts_with('$') {
                    continue; // a name that a macro is given
                }
                places.entry(name).or_default().insert(module.file.clone());
            }
        }
    }
    let twice: Vec<_> = places.iter().filter(|(_, files)| files.len() > 1).collect();
    assert!(places.len() > 100, "the parser found only {} names", places.len());
    assert!(twice.is_empty(), "{twice:#?}");
}

#[test]
fn files_of_a_crate_do_not_import_each_other_in_circles() {
    let modules = modules();
    let index: BTreeMap<(&str, &[String]), usize> =
        modules.iter().enumerate().map(|(k, module)| ((module.krate.as_str(), module.path.as_slice()), k)).collect();
    let edges: Vec<BTreeSet<usize>> = modules
        .iter()
        .enumerate()
        .map(|(k, module)| {
            let paths = uses(&module.code).into_iter().filter_map(|path| absolute(&module.path, &path));
            let targets = paths.filter_map(|path| {
                let mut prefixes = (0..=path.len()).rev().map(|length| &path[..length]);
                prefixes.find_map(|prefix| index.get(&(module.krate.as_str(), prefix)).copied())
            });
            targets.filter(|&target| target != k).collect()
        })
        .collect();
    assert!(edges.iter().map(BTreeSet::len).sum::<usize>() > 300, "the parser found too few imports");
    let reach: Vec<BTreeSet<usize>> = (0..modules.len())
        .map(|start| {
            let mut seen = BTreeSet::new();
            let mut left = vec![start];
            while let Some(k) = left.pop() {
                left.extend(edges[k].iter().copied().filter(|&next| seen.insert(next)));
            }
            seen
        })
        .collect();
    let circular: Vec<_> = (0..modules.len()).filter(|&k| reach[k].contains(&k)).map(|k| &modules[k].file).collect();
    assert!(circular.is_empty(), "{circular:#?}");
}

/// The paths that private `use` declarations of a file name, each as its segments.
fn uses(code: &str) -> Vec<Vec<String>> {
    let mut paths = vec![];
    for (start, _) in code.match_indices("use ") {
        let line = code[..start].rfind('\n').map_or(0, |end| end + 1);
        if code[line..start].trim().is_empty()
            && let Some(length) = code[start..].find(';')
        {
            expand(&[], &code[start + 4..start + length], &mut paths);
        }
    }
    paths
}

/// Appends the paths of a tree of `use`.
fn expand(prefix: &[String], tree: &str, paths: &mut Vec<Vec<String>>) {
    let tree = tree.trim();
    let segments = |text: &str| {
        let names = text.split("::").map(|name| name.split_whitespace().next().unwrap_or_default().to_owned());
        prefix.iter().cloned().chain(names.filter(|name| !name.is_empty())).collect::<Vec<_>>()
    };
    let Some(open) = tree.find('{') else {
        paths.extend((!tree.is_empty()).then(|| segments(tree)));
        return;
    };
    let inner = &tree[open + 1..tree.rfind('}').unwrap_or(tree.len())];
    let prefix = segments(&tree[..open]);
    let (mut depth, mut start) = (0_i32, 0);
    for (at, c) in inner.char_indices().chain([(inner.len(), ',')]) {
        match c {
            '{' => depth += 1,
            '}' => depth -= 1,
            ',' if depth == 0 => {
                expand(&prefix, &inner[start..at], paths);
                start = at + 1;
            }
            _ => (),
        }
    }
}

/// A path from the root of the crate; none if it leads to another crate, or down to a child.
fn absolute(module: &[String], path: &[String]) -> Option<Vec<String>> {
    let ups = path.iter().take_while(|segment| *segment == "super").count();
    let base: &[String] = match path.first()?.as_str() {
        "crate" => &[],
        "self" => module,
        "super" => &module[..module.len().checked_sub(ups)?],
        _ => return None,
    };
    Some(base.iter().chain(&path[ups.max(1)..]).cloned().collect())
}

#[test]
fn comments_wrap_at_100_columns() {
    let sources = ["crates", "benches", "fuzz"].iter().flat_map(|folder| files(&root().join(folder), "rs"));
    let mut long = vec![];
    for file in sources {
        for (number, line) in read(&file).lines().enumerate() {
            if line.trim_start().starts_with("//") && line.chars().count() > 100 {
                long.push(format!("{}:{}", file.display(), number + 1));
            }
        }
    }
    assert!(long.is_empty(), "{long:#?}");
}

#[test]
fn prose_wraps_at_100_columns() {
    let pages = fs::read_dir(root()).expect("the root is a folder").flatten().map(|entry| entry.path());
    let pages = pages.filter(|path| path.extension().is_some_and(|extension| extension == "md"));
    let deeper = ["docs", "crates"].iter().flat_map(|folder| files(&root().join(folder), "md"));
    let mut long = vec![];
    for file in pages.chain(deeper) {
        let mut fenced = false;
        for (number, line) in read(&file).lines().enumerate() {
            fenced ^= line.trim_start().starts_with("```");
            let prose = !fenced && !line.starts_with(['|', '#']) && !line.contains("](") && !line.contains("://");
            if prose && line.chars().count() > 100 {
                long.push(format!("{}:{}", file.display(), number + 1));
            }
        }
    }
    assert!(long.is_empty(), "{long:#?}");
}

#[test]
fn files_are_short() {
    let long = modules().into_iter().map(|module| (read(&module.file).lines().count(), module.file));
    let long: Vec<_> = long.filter(|(lines, _)| *lines > 600).collect();
    assert!(long.is_empty(), "{long:#?}");
}

#[test]
fn named_files_exist() {
    let text = read(&root().join("ARCHITECTURE.md"));
    let mut missing = vec![];
    let mut last = root();
    for token in text.split('`').skip(1).step_by(2) {
        let source = Path::new(token).extension().is_some_and(|extension| extension == "rs");
        if !(source || token.ends_with('/') && !token.contains(' ')) {
            continue;
        }
        let beside = last.with_extension("");
        let folders = [root(), root().join("crates"), beside.clone()];
        let folders = folders.into_iter().chain(beside.ancestors().skip(1).map(Path::to_path_buf));
        // The sections about one crate name files from its `src`.
        let folders = folders.chain(crates().into_iter().map(|krate| root().join("crates").join(krate).join("src")));
        let mut paths = folders.map(|folder| folder.join(token));
        match paths.find(|path| path.exists()) {
            Some(found) => last = found,
            None => missing.push(token),
        }
    }
    assert!(missing.is_empty(), "{missing:#?}");
}
