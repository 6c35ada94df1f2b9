//! Protocols and profiles in files: what is read, what is refused, and what is written.

use std::path::Path;
use suasion_model::{ConversationProfile, ConversationRule, Instance, Labels, Numbers, Opening, Protocol};

const PROTOCOL: &str = r#"{ "rounds": 2, "user_messages": 2, "agent_messages": ["yes", "no", "perhaps"] }"#;

fn text(protocol: &str) -> String {
    format!(
        r#"{{
  "format": "suasion/1",
  "states": ["innocent", "guilty"],
  "actions": ["acquit", "convict"],
  "prior": [0.7, 0.3],
  "user": {{ "name": "judge", "utility": [[1, 0], [0, 1]] }},
  "agents": [ {{ "name": "prosecutor", "utility": [[0, 0], [1, 1]] }} ],
  "protocol": {protocol}
}}"#
    )
}

fn read(protocol: &str) -> Instance {
    Instance::from_json(&text(protocol), Path::new("game.json")).unwrap()
}

fn refusal(protocol: &str) -> String {
    Instance::from_json(&text(protocol), Path::new("game.json")).unwrap_err().to_string()
}

#[test]
fn read_and_written() {
    let names = Labels::Names(["yes", "no", "perhaps"].map(String::from).to_vec());
    let expected = Protocol { agent_messages: names, ..Protocol::new(2, 2, 3) };
    assert_eq!(read(PROTOCOL).protocol, Some(expected));
    let agents = PROTOCOL.replace(" }", ", \"opens\": \"agents\" }");
    assert_eq!(read(&agents).protocol.unwrap().opening, Opening::Agents);
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("game.json");
    for protocol in [PROTOCOL, &agents] {
        let game = read(protocol);
        for numbers in [Numbers::Inline, Numbers::Npy] {
            game.write(&file, numbers).unwrap();
            assert_eq!(Instance::read(&file).unwrap(), game);
        }
    }
}

/// The digest covers everything that matters. An instance without a protocol keeps the digest that
/// it had before protocols existed.
#[test]
fn digests() {
    let without = text(PROTOCOL).replace(&format!(",\n  \"protocol\": {PROTOCOL}"), "");
    let without = Instance::from_json(&without, Path::new("game.json")).unwrap();
    assert_eq!(without.protocol, None);
    let file = concat!(env!("CARGO_MANIFEST_DIR"), "/../../instances/prosecutor.json");
    assert_eq!(without.digest(), Instance::read(Path::new(file)).unwrap().digest());
    let mut digests = vec![without.digest(), read(PROTOCOL).digest()];
    for (from, to) in [
        ("\"rounds\": 2", "\"rounds\": 3"),
        ("\"user_messages\": 2", "\"user_messages\": 1"),
        ("perhaps", "maybe"),
        (" }", ", \"opens\": \"agents\" }"),
    ] {
        assert!(PROTOCOL.contains(from));
        digests.push(read(&PROTOCOL.replace(from, to)).digest());
    }
    digests.sort();
    digests.dedup();
    assert_eq!(digests.len(), 6);
}

#[test]
fn refused_protocols() {
    let changed = |from: &str, to: &str| {
        assert!(PROTOCOL.contains(from), "{from}");
        refusal(&PROTOCOL.replace(from, to))
    };
    let rounds = |found: &str| changed("\"rounds\": 2", &format!("\"rounds\": {found}"));
    assert_eq!(rounds("0"), "game.json:8:27: protocol.rounds: found 0 rounds, expected from 1 to 64");
    assert_eq!(rounds("65"), "game.json:8:27: protocol.rounds: found 65 rounds, expected from 1 to 64");
    assert!(rounds("-1").contains("protocol.rounds: invalid value: integer `-1`, expected usize"), "{}", rounds("-1"));
    assert!(rounds("2.5").contains("protocol.rounds: invalid type"), "{}", rounds("2.5"));
    let user = |found: &str| changed("\"user_messages\": 2", &format!("\"user_messages\": {found}"));
    assert_eq!(user("0"), "game.json:8:47: protocol.user_messages: found 0 messages, expected at least 1");
    assert_eq!(user("[]"), "game.json:8:47: protocol.user_messages: found no messages, expected at least 1");
    assert_eq!(
        user("1000001"),
        "game.json:8:47: protocol.user_messages: found 1000001 messages, expected at most 1000000"
    );
    assert!(user("\"two\"").contains("protocol.user_messages: invalid type"), "{}", user("\"two\""));
    let again = changed("\"no\"", "\"yes\"");
    let expected = "found the name \"yes\" again, which protocol.agent_messages[0] has; names must be distinct";
    assert!(again.ends_with(&format!("protocol.agent_messages[1]: {expected}")), "{again}");
    assert!(changed("\"no\"", "\"\"").ends_with("protocol.agent_messages[1]: found an empty name"));
    let unknown = changed("\"rounds\"", "\"turns\"");
    assert!(unknown.contains("protocol.turns: unknown field `turns`, expected one of `rounds`"), "{unknown}");
    let missing = changed("\"rounds\": 2, ", "");
    assert!(missing.contains("missing field `rounds`"), "{missing}");
    let opens = changed(" }", ", \"opens\": \"nobody\" }");
    assert!(opens.contains("unknown variant `nobody`, expected `user` or `agents`"), "{opens}");
    assert!(refusal("3").contains("protocol: invalid type: integer `3`"), "{}", refusal("3"));
}

const PROFILE: &str = r#"{
  "format": "suasion-profile/1",
  "protocol": { "rounds": 1, "user_messages": 1, "agent_messages": 2 },
  "rules": { "prosecutor": { "rounds": [[0.5, 0.5, 0, 1]] } }
}"#;

fn profile(text: &str) -> Result<ConversationProfile, String> {
    let file = Path::new("profile.json");
    ConversationProfile::from_json(text, file, &read(PROTOCOL)).map_err(|cause| cause.to_string())
}

#[test]
fn profiles() {
    let read = profile(PROFILE).unwrap();
    assert_eq!(read.protocol, Protocol::new(1, 1, 2));
    assert_eq!(read.rules, [ConversationRule { rounds: vec![vec![0.5, 0.5, 0.0, 1.0]] }]);
    assert_eq!(read.plan, None);
    let plan = r#", "plan": [{ "ask": { "messages": [0], "then": [[[0], { "act": 0 }], [[1], { "act": 1 }]] } }]"#;
    let read = profile(&PROFILE.replace(" }\n}", &format!(" }}{plan}\n}}"))).unwrap();
    assert_eq!(read.plan.unwrap().types.len(), 1);
}

#[test]
fn refused_profiles() {
    let changed = |from: &str, to: &str| {
        assert!(PROFILE.contains(from), "{from}");
        profile(&PROFILE.replacen(from, to, 1)).unwrap_err()
    };
    assert_eq!(
        changed("0.5, 0.5", "0.5, 0.25"),
        "profile.json:4:40: rules.prosecutor.rounds: in round 1 the answers to question 0 at observation 0 sum to 0.75, not to 1"
    );
    assert!(changed("0.5, 0.5", "1.5, -0.5").ends_with("round 1 has 1.5, and a number from 0 to 1 is expected"));
    assert!(changed("0.5, 0.5, ", "").ends_with("round 1 has 2 probabilities, and 4 are expected"));
    assert!(changed("[[0.5, 0.5, 0, 1]]", "[]").ends_with("the rule has 0 rounds, and the protocol 1"));
    assert!(
        changed("prosecutor", "defence")
            .ends_with("rules: found no rule for the agent \"prosecutor\", expected one for every agent")
    );
    let more = changed("\"rules\": { ", "\"rules\": { \"witness\": { \"rounds\": [] }, ");
    assert!(more.ends_with("rules.witness: found \"witness\", which is no agent"), "{more}");
    assert!(changed("\"rules\"", "\"rule\"").contains("unknown field `rule`"));
    assert!(changed("{ \"rounds\": [[", "{ \"more\": 1, \"rounds\": [[").contains("unknown field `more`"));
    assert!(changed("\"rounds\": 1", "\"rounds\": 0").contains("protocol.rounds: found 0 rounds"));
    let format = changed("suasion-profile/1", "suasion/1");
    assert!(
        format.contains("format: found \"suasion/1\", expected \"suasion-profile/1\"; this is a persuasion instance"),
        "{format}"
    );
    // Alphabets and rounds with too many histories to count are refused by the length of the rule,
    // before memory runs out.
    let huge = changed("\"rounds\": 1, \"user_messages\": 1", "\"rounds\": 64, \"user_messages\": 1000000");
    assert!(huge.ends_with("the rule has 1 rounds, and the protocol 64"), "{huge}");
    let instance = Instance::from_json(PROFILE, Path::new("profile.json")).unwrap_err().to_string();
    assert!(
        instance.contains("this is a profile of conversation rules, for `suasion converse --profile`"),
        "{instance}"
    );
}
