//! Every kind of bad input, and the one message that refuses it.

use std::path::{Path, PathBuf};
use suasion_model::{Family, Instance, Numbers, PriorPath, Shape, StackelbergGame};

/// A valid instance of two states, two actions and one agent.
const GOOD: &str = r#"{
  "format": "suasion/1",
  "states": ["innocent", "guilty"],
  "actions": ["acquit", "convict"],
  "prior": [0.7, 0.3],
  "user": { "name": "judge", "utility": [[1, 0], [0, 1]] },
  "agents": [ { "name": "prosecutor", "utility": [[0, 0], [1, 1]] } ]
}"#;

fn refusal(text: &str) -> String {
    Instance::from_json(text, Path::new("game.json")).unwrap_err().to_string()
}

/// The error message for [`GOOD`] with one thing changed.
fn changed(from: &str, to: &str) -> String {
    assert!(GOOD.contains(from), "{from}");
    refusal(&GOOD.replacen(from, to, 1))
}

#[test]
fn good() {
    let game = Instance::from_json(GOOD, Path::new("game.json")).unwrap();
    assert_eq!(game.name, "game");
    assert_eq!(game.agent("prosecutor"), Some(0));
}

#[test]
fn not_json() {
    assert_eq!(refusal(""), "game.json:1:0: not JSON: EOF while parsing a value");
    assert_eq!(refusal("{\n  \"format\": }"), "game.json:2:13: not JSON: expected value");
    assert_eq!(refusal(&GOOD[..100]), "game.json:5:1: not JSON: EOF while parsing a value");
    let deep = format!("{{\"format\": \"suasion/1\", \"states\": {}{}}}", "[".repeat(100_000), "]".repeat(100_000));
    assert!(refusal(&deep).starts_with("game.json:1:"), "no overflow of the stack");
}

#[test]
fn keys() {
    let unknown = changed("\"prior\"", "\"priority\"");
    assert!(unknown.starts_with("game.json:5:12: priority: unknown field `priority`, expected one of"), "{unknown}");
    let unknown = changed("\"name\": \"judge\"", "\"nme\": \"judge\"");
    assert!(
        unknown.starts_with("game.json:6:17: user.nme: unknown field `nme`, expected `name` or `utility`"),
        "{unknown}"
    );
    let missing = changed("  \"actions\": [\"acquit\", \"convict\"],\n", "");
    assert!(missing.contains("missing field `actions`"), "{missing}");
    let twice = changed("\"prior\": [0.7, 0.3],", "\"prior\": [0.7, 0.3], \"prior\": [0.7, 0.3],");
    assert_eq!(twice, "game.json:5:24: found the key \"prior\" twice in one object, expected every key once");
}

/// A repeated key is refused wherever it stands, even where a map would keep the last value.
#[test]
fn keys_that_come_twice() {
    let twice = "twice in one object, expected every key once";
    let places = [
        ("\"format\": \"suasion/1\",", "\"format\": \"suasion/1\", \"format\": \"suasion/1\",", "game.json:2:26: "),
        ("\"name\": \"judge\",", "\"name\": \"judge\", \"n\\u0061me\": \"jury\",", "game.json:6:30: user: "),
        ("\"name\": \"prosecutor\",", "\"name\": \"a\", \"name\": \"b\",", "game.json:7:30: agents[0]: "),
        ("[0.7, 0.3]", "{\"npy\": \"a.npy\", \"npy\": \"b.npy\"}", "game.json:5:29: prior: "),
    ];
    for (from, to, place) in places {
        let told = changed(from, to);
        assert!(told.starts_with(place) && told.ends_with(twice), "{told}");
    }
    let worlds = changed(
        "\"prior\": [0.7, 0.3]",
        r#""worlds": [{"probability": 1, "state": "guilty", "agents": {"prosecutor": "a", "prosecutor": "b"}}]"#,
    );
    assert!(worlds.starts_with("game.json:5:") && worlds.contains("worlds[0].agents: found the key"), "{worlds}");
    let stackelberg = r#"{"format": "suasion-stackelberg/1", "leader": {"actions": 1, "actions": 2}}"#;
    let told = StackelbergGame::from_json(stackelberg, Path::new("game.json")).unwrap_err().to_string();
    assert!(told.starts_with("game.json:1:62: leader: found the key \"actions\""), "{told}");
    let instance = Instance::from_json(GOOD, Path::new("game.json")).unwrap();
    let profile = r#"{"format": "suasion-profile/1", "rules": {"prosecutor": 1, "prosecutor": 2}}"#;
    let told = suasion_model::ConversationProfile::from_json(profile, Path::new("p.json"), &instance);
    assert!(told.unwrap_err().to_string().contains("rules: found the key \"prosecutor\""));
}

#[test]
fn formats() {
    let expected = "game.json:2:13: format: found \"suasion/9\", expected \"suasion/1\"";
    assert_eq!(changed("suasion/1", "suasion/9"), expected);
    assert_eq!(refusal("{}"), "game.json: format: found no `format`, expected \"suasion/1\"");
    let other = changed("suasion/1", "suasion-stackelberg/1");
    assert_eq!(
        other,
        "game.json:2:13: format: found \"suasion-stackelberg/1\", expected \"suasion/1\"; this is a Stackelberg game, for `suasion stackelberg`"
    );
    let reverse = StackelbergGame::from_json(GOOD, Path::new("game.json")).unwrap_err().to_string();
    assert_eq!(
        reverse,
        "game.json:2:13: format: found \"suasion/1\", expected \"suasion-stackelberg/1\"; this is a persuasion instance, for `suasion solve`, `persuade` and `frontier`"
    );
}

#[test]
fn shapes() {
    let cases = [
        ("[[1, 0], [0, 1]]", "[[1, 0]]", "game.json:6:41: user.utility: found 1 row, expected 2, one per action"),
        (
            "[[1, 0], [0, 1]]",
            "[[1, 0], [0, 1, 2]]",
            "game.json:6:50: user.utility[1]: found 3 numbers, expected 2, one per state",
        ),
        (
            "[[0, 0], [1, 1]]",
            "[]",
            "game.json:7:50: agents[0].utility: found an empty list, expected one row per action",
        ),
        (
            "[[0, 0], [1, 1]]",
            "[0, 0]",
            "game.json:7:50: agents[0].utility: found a list of numbers, expected a list of rows, one per action",
        ),
        ("[0.7, 0.3]", "[1]", "game.json:5:12: prior: found 1 number, expected 2, one per state"),
        (
            "\"prior\": [0.7, 0.3]",
            "\"priors\": [[0.7, 0.3], [1]]",
            "game.json:5:26: priors[1]: found 1 number, expected 2, one per state",
        ),
        (
            "\"prior\": [0.7, 0.3]",
            "\"priors\": []",
            "game.json:5:13: priors: found an empty list, expected one row per prior",
        ),
        (
            "[\"innocent\", \"guilty\"]",
            "1000000000000000000",
            "game.json:6:42: user.utility[0]: found 2 numbers, expected 1000000000000000000, one per state",
        ),
    ];
    for (from, to, expected) in cases {
        assert_eq!(changed(from, to), expected);
    }
    for (to, part) in [
        ("[[1, 0], 3]", "numbers beside rows"),
        ("[[1, [0]], [0, 1]]", "found a list in a row"),
        ("[[1, \"x\"], [0, 1]]", "invalid type: string \"x\", expected a number"),
    ] {
        let message = changed("[[1, 0], [0, 1]]", to);
        assert!(
            message.starts_with("game.json:6:") && message.contains("user.utility") && message.contains(part),
            "{message}"
        );
    }
}

#[test]
fn numbers() {
    assert!(changed("[1, 0]", "[1e999, 0]").contains("number out of range"));
    assert_eq!(
        changed("[1, 0]", "[1e101, 0]"),
        "game.json:6:43: user.utility[0][0]: found 1e101, expected a number between -1e100 and 1e100"
            .replace("1e101", &format!("{}", 1e101))
    );
    assert!(changed("[1, 0]", "[NaN, 0]").contains("not JSON"));
    assert_eq!(
        changed("[0.7, 0.3]", "[1.3, -0.3]"),
        "game.json:5:18: prior[1]: found the probability -0.3, expected one of at least 0"
    );
    assert_eq!(
        changed("[0.7, 0.3]", "[0.7, 0.2]"),
        "game.json:5:12: prior: the probabilities sum to 0.9, expected 1".replace("0.9", &format!("{}", 0.7 + 0.2))
    );
}

#[test]
fn priors_in_single_precision_are_normalised() {
    let text = GOOD.replace("[0.7, 0.3]", "[0.7000001, 0.3]");
    let game = Instance::from_json(&text, Path::new("game.json")).unwrap();
    let view = game.view(0, 0).unwrap();
    assert!((view.prior.iter().sum::<f64>() - 1.0).abs() < 1e-15);
}

#[test]
fn names() {
    assert_eq!(
        changed("\"guilty\"", "\"innocent\""),
        "game.json:3:26: states[1]: found the name \"innocent\" again, which states[0] has; names must be distinct"
    );
    assert_eq!(changed("\"convict\"", "\"\""), "game.json:4:25: actions[1]: found an empty name");
    assert_eq!(
        changed("\"prosecutor\"", "\"judge\""),
        "game.json:7:15: agents[0]: found the name \"judge\" again, which user has; names must be distinct"
    );
}

#[test]
fn nothing() {
    assert_eq!(
        changed("[\"innocent\", \"guilty\"]", "[]"),
        "game.json:3:13: states: found no states, expected at least 1"
    );
    assert_eq!(
        changed("[\"acquit\", \"convict\"]", "0"),
        "game.json:4:14: actions: found 0 actions, expected at least 1"
    );
    assert_eq!(
        changed("[ { \"name\": \"prosecutor\", \"utility\": [[0, 0], [1, 1]] } ]", "[]"),
        "game.json:7:13: agents: found no agents, expected at least 1"
    );
    assert_eq!(
        changed("  \"prior\": [0.7, 0.3],\n", ""),
        "game.json:1:1: found none, expected one of `prior`, `priors` and `worlds`"
    );
    assert_eq!(
        changed("\"prior\": [0.7, 0.3]", "\"prior\": [0.7, 0.3], \"priors\": [[0.7, 0.3]]"),
        "game.json:1:1: found `prior` and `priors`, expected one of `prior`, `priors` and `worlds`"
    );
}

#[test]
fn worlds() {
    let with = |worlds: &str| changed("\"prior\": [0.7, 0.3]", &format!("\"worlds\": {worlds}"));
    let world = r#"{ "probability": 1, "state": "guilty", "agents": "x" }"#;
    let good = GOOD.replace("\"prior\": [0.7, 0.3]", &format!("\"worlds\": [{world}]"));
    assert!(Instance::from_json(&good, Path::new("game.json")).is_ok());
    assert_eq!(with("[]"), "game.json:5:13: worlds: found no worlds, expected at least 1");
    assert!(
        with(&format!("[{}]", world.replace("guilty", "gone")))
            .ends_with("worlds[0].state: found \"gone\", expected the name of a state")
    );
    assert!(
        with(&format!("[{}]", world.replace("\"guilty\"", "1")))
            .ends_with("worlds[0].state: found 1, expected the name of a state")
    );
    assert!(
        with(&format!("[{}]", world.replace("\"x\"", "{}")))
            .ends_with("found no label for the agent \"prosecutor\", expected one for every agent")
    );
    assert!(
        with(&format!("[{}]", world.replace("\"x\"", r#"{ "prosecutor": "x", "defence": "y" }"#)))
            .ends_with("worlds[0].agents.defence: found \"defence\", which is no agent")
    );
    assert!(
        with(&format!("[{}]", world.replace("\"probability\": 1", "\"probability\": 0.4")))
            .ends_with("worlds: the probabilities sum to 0.4, expected 1")
    );
    assert!(
        with(&format!("[{}]", world.replace("\"probability\": 1", "\"probability\": -1")))
            .ends_with("worlds[0].probability: found the probability -1, expected one of at least 0")
    );
    let mixed = format!(
        "[{}, {}]",
        world.replace("\"probability\": 1", "\"probability\": 0.5"),
        world.replace("\"probability\": 1", "\"probability\": 0.5, \"user\": \"t\"")
    );
    assert!(
        with(&mixed)
            .ends_with("worlds[0]: found no `user`, which other worlds have; expected it in all worlds or in none")
    );
    assert!(with(&format!("[{}]", world.replace("agents", "agent"))).contains("unknown field `agent`"));
}

/// A directory that is removed when the test ends.
fn directory() -> tempfile::TempDir {
    tempfile::tempdir().unwrap()
}

/// The error message for an instance whose user's utility is a `NumPy` file with these bytes.
fn with_npy(bytes: Option<&[u8]>) -> String {
    let directory = directory();
    if let Some(bytes) = bytes {
        std::fs::write(directory.path().join("u.npy"), bytes).unwrap();
    }
    let file = directory.path().join("game.json");
    std::fs::write(&file, GOOD.replace("[[1, 0], [0, 1]]", "{\"npy\": \"u.npy\"}")).unwrap();
    match Instance::read(&file) {
        Ok(_) => "read".into(),
        Err(error) => error.to_string().replace(&directory.path().display().to_string(), "."),
    }
}

fn npy(kind: &str, shape: &str, fortran: &str, data: &[u8]) -> Vec<u8> {
    let mut header = format!("{{'descr': '{kind}', 'fortran_order': {fortran}, 'shape': ({shape}), }}");
    while (10 + header.len() + 1) % 64 != 0 {
        header.push(' ');
    }
    header.push('\n');
    let mut bytes = b"\x93NUMPY\x01\x00".to_vec();
    bytes.extend((header.len() as u16).to_le_bytes());
    bytes.extend(header.as_bytes());
    bytes.extend(data);
    bytes
}

#[test]
fn npy_files() {
    let data: Vec<u8> = [1.0_f64, 0.0, 0.0, 1.0].iter().flat_map(|x| x.to_le_bytes()).collect();
    let start = "./game.json:6:41: user.utility: u.npy: ";
    let refused = |bytes: &[u8]| {
        let message = with_npy(Some(bytes));
        message.strip_prefix(start).unwrap_or_else(|| panic!("{message}")).to_owned()
    };
    assert_eq!(with_npy(Some(&npy("<f8", "2, 2", "False", &data))), "read");
    assert!(with_npy(None).starts_with(&format!("{start}cannot be opened: ")));
    assert_eq!(
        refused(&npy("<f8", "2, 2", "False", &data[..20])),
        "truncated: found 148 bytes, expected at least 160 for 4 numbers and their header"
            .replace("expected at least 160 for 4 numbers and their header", "it ends before all of 4 numbers")
            .replace("found 148 bytes, ", "")
    );
    assert_eq!(
        refused(&npy("<i8", "2, 2", "False", &data)),
        "found elements of type '<i8', expected float64 (<f8) or float32 (<f4)".replace("'<i8'", "<i8")
    );
    assert_eq!(refused(&npy("<f8", "1, 2, 2", "False", &data)), "found 3 dimensions, expected 1 or 2");
    assert_eq!(refused(&npy("<f8", "4,", "False", &data)), "found 1 dimension, expected 2 (action x state)");
    assert_eq!(
        refused(&npy("<f8", "1, 4", "False", &data)),
        "found 1 x 4 numbers, expected 2 x 2, one row per action, one column per state"
    );
    assert_eq!(refused(&npy("<f8", "0, 2", "False", &[])), "its shape (0, 2) holds no number");
    // An array of ten gigabytes, and one that no machine can hold. Both are refused by the length
    // of the file.
    assert_eq!(
        refused(&npy("<f8", "1342177280, 1", "False", &data)),
        "its header claims the shape (1342177280, 1), and the file has 160 bytes"
    );
    assert_eq!(
        refused(&npy("<f8", "1099511627776, 1099511627776", "False", &data)),
        "its header claims the shape (1099511627776, 1099511627776), and the file has 160 bytes"
    );
    let mut long = npy("<f8", "2, 2", "False", &data);
    (long[8], long[9]) = (0xff, 0xff);
    assert_eq!(refused(&long), "its header claims 65535 bytes, and the file has 160");
    assert_eq!(refused(b"PK\x03\x04 and so on"), "not a NumPy file: it does not begin with \\x93NUMPY");
    assert_eq!(refused(b"\x93NUM"), "truncated: found 4 bytes, less than a header");
    let nan: Vec<u8> = [1.0_f64, 0.0, f64::NAN, 1.0].iter().flat_map(|x| x.to_le_bytes()).collect();
    let message = with_npy(Some(&npy("<f8", "2, 2", "False", &nan)));
    assert!(
        message.ends_with("user.utility[1][0]: found NaN, expected a number between -1e100 and 1e100"),
        "{message}"
    );
}

#[test]
fn single_precision_and_fortran_order() {
    let single: Vec<u8> = [1.0_f32, 0.0, 0.5, 1.0].iter().flat_map(|x| x.to_le_bytes()).collect();
    let directory = directory();
    let file = directory.path().join("game.json");
    std::fs::write(&file, GOOD.replace("[[1, 0], [0, 1]]", "{\"npy\": \"u.npy\"}")).unwrap();
    for (order, expected) in [("False", [1.0, 0.0, 0.5, 1.0]), ("True", [1.0, 0.5, 0.0, 1.0])] {
        std::fs::write(directory.path().join("u.npy"), npy("<f4", "2, 2", order, &single)).unwrap();
        assert_eq!(Instance::read(&file).unwrap().user.utility.as_slice(), expected);
    }
}

#[test]
fn npy_paths() {
    for path in ["../u.npy", "/u.npy", "", "a/../../u.npy"] {
        let message = changed("[[1, 0], [0, 1]]", &format!("{{\"npy\": \"{path}\"}}"));
        let expected = format!(
            "game.json:6:41: user.utility: {path}: expected a file beside the instance, named relative to it and without .."
        );
        assert_eq!(message, expected);
    }
}

#[test]
fn not_a_file() {
    let directory = directory();
    let show = |path: PathBuf| {
        Instance::read(&path).unwrap_err().to_string().replace(&directory.path().display().to_string(), ".")
    };
    assert_eq!(show(directory.path().into()), ".: found a directory, expected a file");
    assert!(show(directory.path().join("none.json")).starts_with("./none.json: cannot be read: "));
    std::fs::write(directory.path().join("latin.json"), [b'"', 0xe9, b'"']).unwrap();
    assert!(show(directory.path().join("latin.json")).starts_with("./latin.json: not UTF-8 text: "));
}

#[test]
fn unwritable() {
    let shape = Shape { states: 2, actions: 2, agents: 1, priors: 1 };
    let game = Family::Uniform.generate(shape, PriorPath::Independent, 1).unwrap();
    let directory = directory();
    let missing = game.write(&directory.path().join("none/game.json"), Numbers::Npy).unwrap_err();
    assert!(missing.to_string().contains("cannot be written"), "{missing}");
    assert!(game.write(directory.path(), Numbers::Inline).is_err());
    std::fs::create_dir(directory.path().join("game.json")).unwrap();
    assert!(game.write(&directory.path().join("game.json"), Numbers::Inline).is_err());
    assert_eq!(std::fs::read_dir(directory.path()).unwrap().count(), 1, "nothing is left behind");
}

#[test]
fn stackelberg_games() {
    let good = r#"{ "format": "suasion-stackelberg/1", "leader": { "actions": 2, "utility": [[2, 4], [1, 3]] },
        "follower": { "actions": 2, "utility": [[1, 0], [0, 2]] } }"#;
    let refusal = |text: &str| StackelbergGame::from_json(text, Path::new("game.json")).unwrap_err().to_string();
    assert!(StackelbergGame::from_json(good, Path::new("game.json")).is_ok());
    let message = refusal(&good.replace("[[1, 0], [0, 2]]", "[[1, 0]]"));
    assert_eq!(message, "game.json:2:48: follower.utility: found 1 row, expected 2, one per action of the leader");
    let message = refusal(&good.replace(", \"utility\": [[1, 0], [0, 2]]", ""));
    assert_eq!(message, "game.json:2:21: follower: found neither `utility` here nor `types`, expected one of them");
    let types = r#", "types": [ { "probability": 0.5, "leader": [[1, 1], [1, 1]], "follower": [[1, 1], [1, 1]] } ] }"#;
    let message = refusal(&good.replace("[0, 2]] } }", &format!("[0, 2]] }}{types}")));
    assert!(
        message.ends_with("types: found types beside a player's `utility`, expected one or the other"),
        "{message}"
    );
}
