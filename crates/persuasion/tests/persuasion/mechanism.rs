//! Mechanisms: comparisons with the direct program, with experiments, and with the kernel for one
//! type.

use crate::common::written_out::direct_mechanism;
use crate::common::{Valued, typed};
use std::path::Path;
use std::time::Duration;
use suasion_certificate::{Experiment, Mechanism, Proof};
use suasion_model::{Instance, Matrix, Objective, TypedView};
use suasion_persuasion::{ExperimentSender, MechanismSender, Settings, experiment, mechanism, persuade};

fn solved(view: &TypedView, objective: &Objective, floor: Option<f64>) -> Valued<Mechanism> {
    let optimum = mechanism(view, objective, floor, &Settings::default()).unwrap();
    Valued::new(&MechanismSender { view: view.clone() }, optimum)
}

/// The best experiment.
fn once(view: &TypedView, objective: &Objective, floor: Option<f64>) -> Valued<Experiment> {
    let optimum = experiment(view, objective, floor, &Settings::default()).unwrap();
    Valued::new(&ExperimentSender { view: view.clone() }, optimum)
}

/// Five hundred games of up to three types, with and without floors, agree with the direct program,
/// and are never below the best experiment.
#[test]
fn direct_program_and_experiments() {
    for seed in 0..500 {
        let (types, actions, signals) = (1 + seed as usize % 3, 2 + seed as usize / 3 % 2, 2 + seed as usize / 6 % 3);
        let game = typed(types, signals, actions, seed);
        let view = game.typed_view(0, 0).unwrap();
        let objective = Objective { user: f64::from(u8::from(seed.is_multiple_of(5))) * 0.3, agents: vec![(0, 1.0)] };
        let floor = seed.is_multiple_of(4).then(|| 0.4 * view.no_information().1 + 0.6 * view.full_information());
        let found = solved(&view, &objective, floor);
        let (value, user_value) = direct_mechanism(&view, &objective, floor);
        let place = format!("{seed}: {found:?}, {value} and {user_value} written out");
        assert!((found.objective_value - value).abs() < 1e-8, "{place}");
        assert!(found.upper_bound >= value - 1e-9 && found.upper_bound <= value + 1e-8, "{place}");
        assert!(found.scheme.violation(&view) < 1e-8, "{place}");
        assert!(found.user_value > user_value - 1e-6, "{place}");
        assert!(floor.is_none_or(|floor| found.user_value > floor - 1e-8), "{place}");
        let once = once(&view, &objective, floor);
        assert!(found.objective_value >= once.objective_value - 1e-9, "{place}, {once:?}");
        if types == 1 {
            assert!((found.objective_value - once.objective_value).abs() < 1e-9, "{place}, {once:?}");
            let plain = game.view(0, 0).unwrap();
            let one = persuade(&plain, &objective, floor, &Settings::default()).unwrap();
            let (value, user) = (one.scheme.value(&plain.prior, &objective.utility(&plain)), &plain.user);
            let user_value = one.scheme.value(&plain.prior, user);
            assert!((found.objective_value - value).abs() < 1e-8, "{place}, {one:?}");
            assert!((found.user_value - user_value).abs() < 1e-6, "{place}, {one:?}");
            assert!((once.user_value - user_value).abs() < 1e-6, "{place}, {one:?}");
        }
        // The certificate agrees with the kernel, up to rounding.
        let (value, bound) = (found.objective_value, found.upper_bound);
        let (certificate, verdict) = found.optimum.proof().certify(&game).unwrap();
        let claims = &certificate.claims;
        assert!(verdict.certified(), "{place}: {verdict:?}");
        assert!((claims.objective_value - value).abs() < 1e-13, "{place}: {claims:?}");
        // The kernel adds the possible rounding error to its bound.
        assert!((-1e-15..1e-9).contains(&(bound - claims.upper_bound)), "{place}: {claims:?}");
        assert_eq!(certificate.check(&game).unwrap(), verdict);
    }
}

fn shipped(name: &str) -> Instance {
    Instance::read(&Path::new(env!("CARGO_MANIFEST_DIR")).join("../../instances").join(name)).unwrap()
}

/// The buyer takes the fund at beliefs in a boom between 1/3 and 1/2. No message makes both types
/// take it: the wary one needs news that are 2 to 4 times as likely in a boom, the hopeful one 3/4
/// to 3/2 times. So the seller's best experiment is no information, under which the hopeful half
/// takes the fund. (With two actions, there would be no such gap: Kolotilin et al. 2017, theorem
/// 1.)
#[test]
fn a_mechanism_is_worth_more_than_an_experiment() {
    let view = shipped("conversation-beats-menu.json").typed_view(0, 0).unwrap();
    let seller = Objective::agent(0);
    let once = once(&view, &seller, None);
    let found = solved(&view, &seller, None);
    for (value, bound, expected) in
        [(once.objective_value, once.upper_bound, 0.5), (found.objective_value, found.upper_bound, 0.6)]
    {
        assert!((value - expected).abs() < 1e-12 && (bound - expected).abs() < 1e-12, "{once:?} {found:?}");
    }
    assert!(once.scheme.violation(&view) < 1e-14 && found.scheme.violation(&view) < 1e-14, "{once:?} {found:?}");
}

/// By hand: a message that makes the calm judge convict is sent in 4/9 of guilty and 1/21 of
/// innocent cases. A message that makes only the uneasy judge convict is sent in all others. A
/// mechanism does no better (compare Kolotilin et al. 2017, theorem 1, on two actions).
#[test]
fn a_judge_with_a_hunch() {
    let view = shipped("hunch.json").typed_view(0, 0).unwrap();
    let prosecutor = Objective::agent(0);
    let once = once(&view, &prosecutor, None);
    let found = solved(&view, &prosecutor, None);
    for (value, bound) in [(once.objective_value, once.upper_bound), (found.objective_value, found.upper_bound)] {
        assert!((value - 13.0 / 30.0).abs() < 1e-12 && (bound - 13.0 / 30.0).abs() < 1e-12, "{once:?} {found:?}");
    }
    let both = once.scheme.messages.iter().find(|message| message.menu == [1, 1]).unwrap();
    let close = |(found, expected): (f64, f64)| (found - expected).abs() < 1e-12;
    let probabilities: Vec<(f64, f64)> =
        both.probabilities.iter().map(|&(_, p)| p).zip([1.0 / 21.0, 4.0 / 9.0]).collect();
    assert!(probabilities.len() == 2 && probabilities.into_iter().all(close), "{once:?}");
}

/// If the floor is the user's highest value, the result is full information. A higher floor is
/// infeasible, and an invalid one is refused.
#[test]
fn floors() {
    let view = shipped("conversation-beats-menu.json").typed_view(0, 0).unwrap();
    let (seller, settings) = (Objective::agent(0), Settings::default());
    let most = view.full_information();
    assert!((solved(&view, &seller, Some(most)).user_value - most).abs() < 1e-9);
    assert!((once(&view, &seller, Some(most)).user_value - most).abs() < 1e-9);
    for (floor, expected) in
        [(most + 0.1, "infeasible: the user can get at most"), (f64::NAN, "the floor must be a finite")]
    {
        assert!(mechanism(&view, &seller, Some(floor), &settings).unwrap_err().to_string().starts_with(expected));
        assert!(experiment(&view, &seller, Some(floor), &settings).unwrap_err().to_string().starts_with(expected));
    }
    let unknown = Objective::agent(1);
    assert_eq!(
        experiment(&view, &unknown, None, &settings).unwrap_err().to_string(),
        "there is no agent 1: there are 1"
    );
    assert_eq!(
        mechanism(&view, &unknown, None, &settings).unwrap_err().to_string(),
        "there is no agent 1: there are 1"
    );
}

/// A floor costs the agent no more than its multiplier implies, and the bound holds at every floor.
#[test]
fn floors_fall_along_their_multiplier() {
    for seed in 0..40 {
        let view = typed(2, 5, 4, 2000 + seed).typed_view(0, 0).unwrap();
        let (low, high) = (view.no_information().1, view.full_information());
        for share in [0.3, 0.7, 0.9] {
            let (floor, more) = (low + share * (high - low), low + (share + 0.1) * (high - low));
            let (here, there) =
                (solved(&view, &Objective::agent(0), Some(floor)), solved(&view, &Objective::agent(0), Some(more)));
            let slope = here.floor.unwrap().multiplier;
            assert!(here.user_value > floor - 1e-9 && here.scheme.violation(&view) < 1e-9, "{seed} {share}: {here:?}");
            let line = here.objective_value - slope * (more - floor);
            assert!(there.objective_value < line + 1e-9, "{seed} {share}: {here:?} {there:?}");
        }
    }
}

/// The same game with types, observations and actions in another order has the same values.
#[test]
fn order_does_not_matter() {
    for seed in 0..60 {
        let view = typed(3, 4, 3, 3000 + seed).typed_view(0, 0).unwrap();
        let (types, n, m) = (view.types(), view.observations(), view.actions());
        let (t, x, a) = (|t: usize| (t + 1) % types, |x: usize| n - 1 - x, |a: usize| (a + 2) % m);
        let other = |utility: &[Matrix]| -> Vec<Matrix> {
            (0..types).map(|k| Matrix::from_fn(m, n, |b, y| utility[t(k)][(a(b), x(y))])).collect()
        };
        let mass = Matrix::from_fn(types, n, |k, y| view.mass()[(t(k), x(y))]);
        let agents = view.agents().iter().map(|utility| other(utility)).collect();
        let shuffled = TypedView::new(mass, other(view.user()), agents).unwrap();
        let objective = Objective { user: 0.1, agents: vec![(0, 1.0)] };
        let (one, two) = (solved(&view, &objective, None), solved(&shuffled, &objective, None));
        assert!((one.objective_value - two.objective_value).abs() < 1e-9, "{seed}: {one:?} {two:?}");
        assert!((one.user_value - two.user_value).abs() < 1e-6, "{seed}: {one:?} {two:?}");
        let once = [&view, &shuffled].map(|view| once(view, &objective, None));
        assert!((once[0].objective_value - once[1].objective_value).abs() < 1e-9, "{seed}: {once:?}");
        assert!((once[0].user_value - once[1].user_value).abs() < 1e-6, "{seed}: {once:?}");
    }
}

/// If there is no time, the result is full information with the bound without multipliers.
#[test]
fn a_limit_ends_it() {
    let view = typed(3, 8, 6, 7).typed_view(0, 0).unwrap();
    let settings = Settings::with_time_limit(Duration::ZERO);
    let objective = Objective::agent(0);
    let found = mechanism(&view, &objective, None, &settings).unwrap();
    let found = Valued::new(&MechanismSender { view: view.clone() }, found);
    let once = experiment(&view, &objective, None, &settings).unwrap();
    let once = Valued::new(&ExperimentSender { view: view.clone() }, once);
    assert!(found.stopped.is_some() && once.stopped.is_some());
    let most = view.full_information();
    assert!((found.user_value - most).abs() < 1e-12 && (once.user_value - most).abs() < 1e-12);
    let best = solved(&view, &Objective::agent(0), None).objective_value;
    assert!(found.upper_bound >= best && once.upper_bound >= best);
    assert!((found.upper_bound - once.upper_bound).abs() < 1e-12);
}

/// Larger games, in which columns and rows are generated.
#[test]
fn larger_games() {
    let mut lies_matter = 0;
    for seed in 0..100 {
        let game = typed(3, 6 + seed as usize % 3, 6, 4000 + seed);
        let view = game.typed_view(0, 0).unwrap();
        let floor = seed.is_multiple_of(3).then(|| 0.4 * view.no_information().1 + 0.6 * view.full_information());
        let found = solved(&view, &Objective::agent(0), floor);
        let (value, user_value) = direct_mechanism(&view, &Objective::agent(0), floor);
        let place = format!("{seed}: {found:?}, {value} and {user_value} written out");
        assert!((found.objective_value - value).abs() < 1e-8, "{place}");
        assert!(found.upper_bound >= value - 1e-9 && found.upper_bound <= value + 1e-8, "{place}");
        assert!(found.scheme.violation(&view) < 1e-8 && found.user_value > user_value - 1e-6, "{place}");
        lies_matter += usize::from(!found.bound.truth.is_empty());
        let (_, verdict) = found.optimum.proof().certify(&game).unwrap();
        assert!(verdict.certified(), "{place}: {verdict:?}");
    }
    assert!(lies_matter > 10, "a misreport pays in only {lies_matter} of these games");
}

/// With one type and too many actions for one program over all menus, all three kernels agree.
#[test]
fn one_type_and_many_actions() {
    for seed in 0..20 {
        let game = typed(1, 24, 30, 5000 + seed);
        let (typed, plain) = (game.typed_view(0, 0).unwrap(), game.view(0, 0).unwrap());
        let settings = Settings::default();
        let floor = seed.is_multiple_of(2).then(|| 0.5 * (plain.no_information().1 + plain.full_information()));
        let one = persuade(&plain, &Objective::agent(0), floor, &settings).unwrap();
        let expected = one.scheme.value(&plain.prior, &plain.agents[0]);
        let once = once(&typed, &Objective::agent(0), floor);
        let found = solved(&typed, &Objective::agent(0), floor);
        for (value, bound) in [(once.objective_value, once.upper_bound), (found.objective_value, found.upper_bound)] {
            assert!((value - expected).abs() < 1e-8, "{seed}: {value} and {expected}");
            assert!((-1e-9..1e-8).contains(&(bound - expected)), "{seed}: {bound} and {expected}");
        }
    }
}
