//! `suasion report`: the pages as a browser shows them.

use crate::common::{root, run, succeeds, told};
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

const HOSTILE: &str = "<script>document.title='gotcha'</script> & \"quotes\" 'ünïcödé' 日本語";

/// A headless browser, if this machine has one.
fn browser() -> Option<&'static str> {
    let names = ["chromium", "chromium-browser", "google-chrome"];
    let found = names.into_iter().find(|name| Command::new(name).arg("--version").output().is_ok());
    if found.is_none() {
        eprintln!("skipped: no chromium on this machine; scripts/test.sh installs it where it can");
    }
    found
}

/// The page after its script has run, and the messages of the browser.
fn shown(browser: &str, profile: &Path, address: &str) -> (String, String) {
    let Output { status, stdout, stderr } = Command::new(browser)
        .args(["--headless=new", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--enable-logging=stderr"])
        .arg(format!("--user-data-dir={}", profile.display()))
        .args(["--virtual-time-budget=5000", "--dump-dom", address])
        .output()
        .unwrap();
    let text = |bytes: Vec<u8>| String::from_utf8_lossy(&bytes).into_owned();
    let (page, said) = (text(stdout), text(stderr));
    assert!(status.success(), "{said}");
    let console: Vec<&str> = said.lines().filter(|line| line.contains("CONSOLE")).collect();
    assert!(console.is_empty(), "{console:?}");
    (page, said)
}

/// A merged batch of some instances, one with a hostile name, and one broken file.
fn batch(folder: &Path, work: &str) -> PathBuf {
    let games = folder.join("games & <b>");
    std::fs::create_dir_all(&games).unwrap();
    for (family, states, seed) in
        [("uniform", "4", "1"), ("uniform", "3", "2"), ("hull", "5", "3"), ("opposed", "2", "4"), ("integer", "4", "5")]
    {
        let file = games.join(format!("{family}-{seed}.json"));
        let file = file.to_str().unwrap();
        succeeds(&["generate", family, "-n", states, "-m", "4", "-k", "2", "--seed", seed, "-o", file]);
    }
    for name in ["prosecutor.json", "interview.json", "hull-three-agents.json"] {
        std::fs::copy(root().join("instances").join(name), games.join(name)).unwrap();
    }
    let text = std::fs::read_to_string(root().join("instances/prosecutor.json")).unwrap();
    let mut hostile: serde_json::Value = serde_json::from_str(&text).unwrap();
    hostile["name"] = format!("{HOSTILE} {}", "very long ".repeat(40)).into();
    hostile["states"][0] = "<img src=x onerror=\"document.title='gotcha'\">".into();
    hostile["agents"][0]["name"] = HOSTILE.into();
    std::fs::write(games.join("h<i>'s & co.json"), hostile.to_string()).unwrap();
    std::fs::write(games.join("broken.json"), "{\"format\": \"suasion/1\", <b>").unwrap();
    let (plan, out) = (folder.join(format!("{work}.parquet")), folder.join(work));
    succeeds(&["batch", "plan", games.to_str().unwrap(), "-o", plan.to_str().unwrap(), "--work", work]);
    let (code, _, said) = told(&["batch", "run", plan.to_str().unwrap(), "-o", out.to_str().unwrap(), "--quiet"]);
    assert_eq!(code, 1, "one file is broken: {said}");
    out
}

fn address(page: &Path, hash: &str) -> String {
    format!("file://{}{hash}", page.display())
}

/// The values of attributes that a browser would follow.
fn followed(page: &str) -> Vec<&str> {
    let of =
        |name: &str| page.split(&format!(" {name}=\"")).skip(1).filter_map(|rest| rest.split('"').next()).collect();
    let all: [Vec<&str>; 5] = ["href", "src", "action", "data", "srcset"].map(of);
    all.concat()
}

/// The texts of the first cells of the table of results, from top to bottom.
fn first_cells(page: &str) -> Vec<String> {
    let table = page.split("id=\"rows\"").nth(1).and_then(|rest| rest.split("</table>").next()).unwrap();
    let body = table.split("<tbody>").nth(1).unwrap();
    let text = |cell: &str| {
        let mut out = String::new();
        cell.split('<').for_each(|piece| out.push_str(piece.split_once('>').map_or(piece, |(_, text)| text)));
        out
    };
    body.split("<tr>").skip(1).map(|row| text(row.split("</th>").next().unwrap())).collect()
}

#[test]
fn a_batch_in_a_browser() {
    let folder = tempfile::tempdir().unwrap();
    let out = batch(folder.path(), "solve");
    let (page, pictures) = (folder.path().join("my report.html"), folder.path().join("pictures"));
    let arguments =
        ["report", out.to_str().unwrap(), "-o", page.to_str().unwrap(), "--pictures", pictures.to_str().unwrap()];
    let said = succeeds(&arguments);
    assert!(said.contains("9 results, 1 units failed") && said.contains("9 pages of instances"), "{said}");

    // The pages are self-contained: they link only to each other.
    let instances = folder.path().join("my report-instances");
    let mut pages = vec![page.clone()];
    pages.extend(std::fs::read_dir(&instances).unwrap().map(|entry| entry.unwrap().path()));
    assert_eq!(pages.len(), 10);
    for path in &pages {
        let text = std::fs::read_to_string(path).unwrap();
        assert!(
            !text.contains("<img") && !text.contains("<script>document") && !text.contains("<b>"),
            "{}",
            path.display()
        );
        for link in followed(&text) {
            assert!(!link.contains("//"), "{link}");
            let plain = link.split('#').next().unwrap().replace("%20", " ");
            assert!(plain.is_empty() || path.parent().unwrap().join(&plain).is_file(), "{}: {link}", path.display());
        }
        assert!(!text.contains("@import") && !text.contains("url("));
        assert!(!text.replace("http://www.w3.org/2000/svg", "").contains("http"), "{}", path.display());
    }
    let drawn: Vec<_> = std::fs::read_dir(&pictures).unwrap().map(|entry| entry.unwrap().path()).collect();
    assert!(drawn.len() > 15 && drawn.iter().all(|path| path.extension().unwrap() == "svg"), "{drawn:?}");

    let Some(browser) = browser() else { return };
    let profile = folder.path().join("profile");
    let (plain, _) = shown(browser, &profile, &address(&page, "").replace(' ', "%20"));
    let names = first_cells(&plain);
    assert_eq!(names.len(), 9, "{names:?}");
    assert!(names.iter().any(|name| name.contains("h&lt;i&gt;'s &amp; co.json")), "{names:?}");
    assert!(!plain.contains("gotcha</title>") && plain.contains("1–9 of 9"));

    // The address sets the order by the user's value and the filter.
    let sorted = |order: &str| {
        let hash = format!("#sort=full_information&order={order}&filter=hull");
        first_cells(&shown(browser, &profile, &address(&page, &hash).replace(' ', "%20")).0)
    };
    let (up, mut down) = (sorted("asc"), sorted("desc"));
    assert_eq!(up.len(), 2, "{up:?}");
    down.reverse();
    assert_eq!(up, down);
    let hash = "#filter=alignment_error%3C0.0000001";
    let (near, _) = shown(browser, &profile, &address(&page, hash).replace(' ', "%20"));
    assert!(!first_cells(&near).is_empty() && near.contains("of 9 in all"), "{near}");

    // An instance with hostile names is shown, and nothing in them is executed.
    let hostile = pages[1..].iter().find(|path| std::fs::read_to_string(path).unwrap().contains("gotcha")).unwrap();
    let (one, _) = shown(browser, &profile, &address(hostile, "").replace(' ', "%20"));
    let title = one.split("<title>").nth(1).unwrap().split("</title>").next().unwrap();
    assert!(title.starts_with("&lt;script&gt;"), "{title}");
    assert!(one.contains("Frontiers") && one.contains("<svg") && one.contains("Save SVG"));
}

#[test]
fn every_command_has_a_report() {
    let folder = tempfile::tempdir().unwrap();
    for (work, expected) in [
        ("equilibria", "Lowest equilibrium found"),
        ("frontier", "Vertices of a frontier"),
        ("align", "Distance from the hull"),
    ] {
        let out = batch(folder.path(), work);
        let page = folder.path().join(format!("{work}.html"));
        succeeds(&["report", out.to_str().unwrap(), "-o", page.to_str().unwrap(), "--pages", "3"]);
        let text = std::fs::read_to_string(&page).unwrap();
        assert!(text.contains(expected), "{work}");
        assert_eq!(std::fs::read_dir(folder.path().join(format!("{work}-instances"))).unwrap().count(), 3);
    }
    let (plan, out, page) =
        (folder.path().join("hull.parquet"), folder.path().join("hull"), folder.path().join("h.html"));
    let plan = plan.to_str().unwrap();
    succeeds(&[
        "batch",
        "plan",
        "instances/ratings.csv",
        "-o",
        plan,
        "--work",
        "hull-reduce",
        "--",
        "-t",
        "human",
        "-a",
        "agent_*",
    ]);
    succeeds(&["batch", "run", plan, "-o", out.to_str().unwrap(), "--quiet"]);
    succeeds(&["report", out.to_str().unwrap(), "-o", page.to_str().unwrap()]);
    assert!(std::fs::read_to_string(&page).unwrap().contains("ratings.csv"));
}

/// Only failures, a single row, missing instances, and a batch that is not merged.
#[test]
fn odd_batches() {
    let folder = tempfile::tempdir().unwrap();
    let path = |name: &str| folder.path().join(name).to_str().unwrap().to_owned();
    std::fs::write(path("a.json"), "no JSON").unwrap();
    succeeds(&["batch", "plan", &path("a.json"), "-o", &path("plan.parquet")]);
    run(&["batch", "run", &path("plan.parquet"), "-o", &path("failed"), "--quiet"]);
    succeeds(&["report", &path("failed"), "-o", &path("failed.html")]);
    let text = std::fs::read_to_string(path("failed.html")).unwrap();
    assert!(text.contains("There are no numbers to show") && text.contains("not JSON"));

    std::fs::copy(root().join("instances/hull-three-agents.json"), path("b.json")).unwrap();
    succeeds(&["batch", "plan", &path("b.json"), "-o", &path("one.parquet")]);
    succeeds(&["batch", "run", &path("one.parquet"), "-o", &path("one"), "--quiet"]);
    succeeds(&["report", &path("one"), "-o", &path("one.html")]);
    std::fs::remove_file(path("b.json")).unwrap();
    succeeds(&["report", &path("one"), "-o", &path("one.html"), "--json"]);
    let instance = std::fs::read_to_string(path("one-instances/unit-000000.html")).unwrap();
    assert!(instance.contains("Frontiers are left out because the instance is not available"));

    std::fs::remove_file(path("one/certificates.parquet")).unwrap();
    let (code, _, said) = told(&["report", &path("one"), "-o", &path("one.html")]);
    assert!(code == 2 && said.contains("is not merged yet; run `suasion batch merge`"), "{said}");
    let (code, _, said) = told(&["report", &path("nothing"), "-o", &path("one.html")]);
    assert!(code == 2 && said.contains("is not the output of a batch"), "{said}");
    let (code, _, said) = told(&["report", &path("one"), "-o", &path("one.html"), "--pages", "some"]);
    assert!(code == 2 && said.contains("expected a number, or all"), "{said}");
}
