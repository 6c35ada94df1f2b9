//! Experiments: brute force over all menus, and properties.

use crate::common::written_out::all_menus;
use crate::common::{Valued, typed};
use suasion_certificate::{Experiment, Proof};
use suasion_model::{Instance, Objective, TypedView};
use suasion_persuasion::{ExperimentSender, Settings, experiment, experiment_by_search};

fn solved(view: &TypedView, objective: &Objective, floor: Option<f64>) -> Valued<Experiment> {
    let sender = ExperimentSender { view: view.clone() };
    Valued::new(&sender, experiment(view, objective, floor, &Settings::default()).unwrap())
}

/// The certificate agrees with the kernel, up to rounding.
fn certified(game: &Instance, found: Valued<Experiment>, place: &str) {
    let (value, bound) = (found.objective_value, found.upper_bound);
    let (certificate, verdict) = found.optimum.proof().certify(game).unwrap();
    let claims = &certificate.claims;
    assert!(verdict.certified(), "{place}: {verdict:?}");
    assert!((claims.objective_value - value).abs() < 1e-13, "{place}: {claims:?}");
    // The kernel adds the possible rounding error to its bound.
    assert!((-1e-15..1e-9).contains(&(bound - claims.upper_bound)), "{place}: {claims:?}");
    assert_eq!(certificate.check(game).unwrap(), verdict);
}

/// Games for comparison with the direct program over all menus. The smaller half is small enough
/// for the kernel to solve the same program, so the larger half has more menus than that.
fn games(count: u64) -> impl Iterator<Item = (Instance, u64)> {
    (0..count).map(|seed| {
        let (types, actions, signals) = (1 + seed as usize % 3, 2 + seed as usize / 3 % 2, 2 + seed as usize / 6 % 3);
        (typed(types, signals, actions, seed), seed)
    })
}

#[test]
fn brute_force() {
    for (game, seed) in games(500) {
        let view = game.typed_view(0, 0).unwrap();
        let objective = Objective { user: f64::from(u8::from(seed.is_multiple_of(5))) * 0.3, agents: vec![(0, 1.0)] };
        let floor = seed.is_multiple_of(4).then(|| 0.4 * view.no_information().1 + 0.6 * view.full_information());
        let found = solved(&view, &objective, floor);
        let (value, user_value) = all_menus(&view, &objective, floor);
        let place = format!("{seed}: {found:?}, {value} and {user_value} by brute force");
        assert!((found.objective_value - value).abs() < 1e-8, "{place}");
        assert!(found.upper_bound >= value - 1e-9 && found.upper_bound <= value + 1e-8, "{place}");
        assert!(found.scheme.violation(&view) < 1e-8, "{place}");
        assert!(found.user_value > user_value - 1e-6, "{place}");
        assert!(floor.is_none_or(|floor| found.user_value > floor - 1e-8), "{place}");
        certified(&game, found, &place);
    }
}

/// Games with too many menus for the direct program: column generation, climbing, branch and bound.
#[test]
fn many_menus() {
    let mut searched = 0;
    for seed in 0..60 {
        let game = typed(3, 6 + seed as usize % 3, 6, 1000 + seed);
        let view = game.typed_view(0, 0).unwrap();
        let objective = Objective::agent(0);
        let floor = seed.is_multiple_of(3).then(|| 0.4 * view.no_information().1 + 0.6 * view.full_information());
        let found = solved(&view, &objective, floor);
        let (value, _) = all_menus(&view, &objective, floor);
        let place = format!("{seed}: {found:?}, {value} by brute force");
        searched += usize::from(found.effort.nodes > 1);
        assert!((found.objective_value - value).abs() < 1e-8, "{place}");
        assert!(found.upper_bound >= value - 1e-9 && found.upper_bound <= value + 1e-8, "{place}");
        assert!(found.scheme.violation(&view) < 1e-8, "{place}");
        certified(&game, found, &place);
    }
    assert!(searched > 8, "only {searched} of these games need branch and bound");
}

/// A quick search is feasible, never above the bound, and usually optimal.
#[test]
fn search_is_obeyed_and_mostly_optimal() {
    let (mut optimal, mut games) = (0, 0);
    for seed in 0..120 {
        let (types, signals, actions) = [(1, 4, 4), (4, 3, 3), (9, 4, 4), (16, 4, 4), (8, 6, 3)][seed as usize % 5];
        let game = typed(types, signals, actions, seed);
        let (view, objective) = (game.typed_view(0, 0).unwrap(), Objective::agent(0));
        let scheme = experiment_by_search(&view, &objective, &Settings::default()).unwrap();
        let exact = solved(&view, &objective, None);
        let value = scheme.value(&objective.typed_utility(&view).unwrap());
        assert!(scheme.violation(&view) < 1e-8, "game {seed}: {}", scheme.violation(&view));
        assert!(value <= exact.upper_bound + 1e-8, "game {seed}: {value} above {}", exact.upper_bound);
        games += 1;
        optimal += usize::from(value >= exact.objective_value - 1e-8);
    }
    assert!(optimal * 10 >= games * 9, "{optimal} of {games}");
}
