//! Results that contradict themselves.

use suasion_model::{Instance, Matrix};
use suasion_results::{Provable, Record, ResultScale, SavedResult};

/// The user gets 0.7 with no information and 1 with full information.
const GAME: &str = r#"{"format": "suasion/1", "states": ["innocent", "guilty"], "actions": ["acquit", "convict"],
    "prior": [0.7, 0.3], "user": {"utility": [[1, 0], [0, 1]]},
    "agents": [{"name": "prosecutor", "utility": [[0, 0], [1, 1]]}]}"#;

fn instance() -> Instance {
    Instance::from_json(GAME, std::path::Path::new("game.json")).unwrap()
}

/// The check of a result about this game, with these numbers.
fn said(text: &str, instance: &Instance) -> Result<(), String> {
    let about = r#""format": "suasion-result/2", "instance": "game.json", "name": "game", "digest": "", "prior": 0"#;
    let record = Record::read(&text.replace("ABOUT", about)).unwrap();
    let measure = ResultScale::new(instance, 0).unwrap();
    match record.result {
        SavedResult::Persuade(result) => result.consistent(&measure),
        SavedResult::Equilibria(result) => result.consistent(&measure),
        other => panic!("{other:?}"),
    }
}

fn persuade(instance: &Instance, user: f64, agent: f64, bound: f64) -> Result<(), String> {
    let text = format!(
        r#"{{ABOUT, "kind": "persuade", "agent": "prosecutor", "communication": "direct",
            "scheme": {{"kind": "direct", "rows": []}}, "agent_value": {agent:?}, "user_value": {user:?},
            "values": [{agent:?}], "upper_bound": {bound:?}, "certified": true}}"#
    );
    said(&text, instance)
}

#[test]
fn optima() {
    let game = instance();
    assert_eq!(persuade(&game, 0.7, 0.6, 0.6), Ok(()));
    let rounded = persuade(&game, 0.7f64.next_down(), 0.6, 0.6f64.next_down());
    assert_eq!(rounded, Ok(()), "rounding is no contradiction");
    let told = persuade(&game, 0.6999, 0.6, 0.6).unwrap_err();
    assert_eq!(told, "the user's value with no information is 0.7, and the user's value only 0.6999");
    let told = persuade(&game, 0.7, 0.6, 0.5999).unwrap_err();
    assert_eq!(told, "the value of prosecutor is 0.6, and its upper bound only 0.5999");
}

#[test]
fn equilibria() {
    let game = instance();
    let found = |worst: f64, best: f64, lower: f64, bound: f64| {
        let profile = |value: f64| {
            format!(
                r#"{{"user_value": {value:?}, "values": [0.0], "regrets": [0.0],
                    "scheme": {{"kind": "direct", "rows": []}}, "certified": true}}"#
            )
        };
        let text = format!(
            r#"{{ABOUT, "kind": "equilibria", "communication": "direct",
                "user_value": {{"no_information": 0.7, "full_information": 1.0}},
                "alignment": {{"error": 0.1, "weights": [1.0], "offset": [], "lower_bound": 0.1, "certified": true}},
                "game": "best-agent", "exact": true, "slack": 0.0, "worst_user_value": {worst:?},
                "best_user_value": {best:?}, "bound": {bound:?}, "lower_bound": {lower:?}, "worst": {},
                "best": {}, "certified": true}}"#,
            profile(worst),
            profile(best)
        );
        said(&text, &game)
    };
    assert_eq!(found(0.8, 1.0, 0.8, 0.75), Ok(()));
    for (told, what) in [
        (found(0.8, 0.79, 0.7, 0.7), "the user's value in the worst equilibrium is 0.8, and in the best only 0.79"),
        (found(0.69, 1.0, 0.6, 0.6), "with no information is 0.7"),
        (found(0.8, 1.0, 0.81, 0.7), "the proved lower bound is 0.81"),
        (found(0.8, 1.0, 0.8, 0.9), "what the hull promises is 0.9"),
    ] {
        assert!(told.as_ref().is_err_and(|told| told.contains(what)), "{told:?}");
    }
}

/// A constant in a state's utilities, however large, hides no contradiction that the numbers can
/// still represent.
#[test]
fn levels() {
    let mut game = instance();
    let level = [2f64.powi(20), -(2f64.powi(20))];
    let utility = game.user.utility.clone();
    game.user.utility = Matrix::from_fn(2, 2, |a, y| utility[(a, y)] + level[y]);
    let silent = 0.7 + 0.4 * level[0];
    assert_eq!(persuade(&game, silent, 0.6, 0.6), Ok(()));
    assert!(persuade(&game, silent - 1e-4, 0.6, 0.6).is_err());
}
