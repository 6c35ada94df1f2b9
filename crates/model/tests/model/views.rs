//! Worlds folded into an agent's view, computed by hand.

use std::path::Path;
use suasion_model::{Instance, Matrix, Objective, TypedView, TypedViewError, ViewError};

fn shipped(name: &str) -> Instance {
    Instance::read(&Path::new(env!("CARGO_MANIFEST_DIR")).join("../../instances").join(name)).unwrap()
}

/// The producer's test is good in 0.54 + 0.06 of 0.6 safe cases and in 0.04 of 0.4 harmful cases.
#[test]
fn signals_take_the_place_of_states() {
    let game = shipped("laboratories.json");
    let view = game.view(0, game.agent("producer").unwrap()).unwrap();
    let close = |found: f64, expected: f64| assert!((found - expected).abs() < 1e-12, "{found} and {expected}");
    // good: 0.432 + 0.108 safe, 0.008 + 0.032 harmful.
    close(view.prior[0], 0.58);
    close(view.prior[1], 0.42);
    close(view.user[(0, 0)], 0.54 / 0.58);
    close(view.user[(1, 0)], 0.04 / 0.58);
    close(view.user[(0, 1)], 0.06 / 0.42);
    close(view.agents[1][(0, 0)], 0.5 * 0.54 / 0.58);
    close(view.no_information().1, 0.6);
    close(view.full_information(), 0.54 + 0.36);
    let other = game.view(0, game.agent("regulator").unwrap()).unwrap();
    // The regulator's signal is good in 0.48 safe and 0.08 harmful cases.
    close(other.prior[0], 0.56);
    close(other.full_information(), 0.48 + 0.32);
}

#[test]
fn a_user_who_knows_something_has_no_such_view() {
    assert_eq!(shipped("hunch.json").view(0, 0).unwrap_err(), ViewError::PrivatelyInformedUser(2));
}

/// The judge is calm in 0.56 innocent and 0.06 guilty cases, and uneasy in 0.14 and 0.24.
#[test]
fn types_fold_priors_in() {
    let game = shipped("hunch.json");
    let view = game.typed_view(0, 0).unwrap();
    assert_eq!((view.types(), view.observations(), view.actions()), (2, 2, 2));
    assert_eq!(view.mass().as_slice(), [0.56, 0.06, 0.14, 0.24]);
    // Acquittal has value in innocent cases and conviction in guilty ones; to the prosecutor,
    // conviction has value in all cases.
    assert_eq!(view.user()[0].as_slice(), [0.56, 0.0, 0.0, 0.06]);
    assert_eq!(view.user()[1].as_slice(), [0.14, 0.0, 0.0, 0.24]);
    assert_eq!(view.agents()[0][1].as_slice(), [0.0, 0.0, 0.14, 0.24]);
    // By herself she acquits when calm and convicts when uneasy.
    let (menu, value) = view.no_information();
    assert_eq!(menu, [0, 1]);
    assert!((value - 0.8).abs() < 1e-15 && (view.full_information() - 1.0).abs() < 1e-15);
    let mixed = Objective { user: 2.0, agents: vec![(0, -1.0)] }.typed_utility(&view).unwrap();
    assert_eq!(mixed[0].as_slice(), [1.12, 0.0, -0.56, 0.06]);
}

/// With one type, a typed view is a view times its prior.
#[test]
fn one_type_is_a_view() {
    let game = shipped("laboratories.json");
    let (view, typed) = (game.view(0, 1).unwrap(), game.typed_view(0, 1).unwrap());
    assert_eq!(typed.types(), 1);
    for x in 0..view.observations() {
        assert!((typed.mass()[(0, x)] - view.prior[x]).abs() < 1e-15);
        for a in 0..view.actions() {
            assert!((typed.user()[0][(a, x)] - view.prior[x] * view.user[(a, x)]).abs() < 1e-15);
            assert!((typed.agents()[0][0][(a, x)] - view.prior[x] * view.agents[0][(a, x)]).abs() < 1e-15);
        }
    }
    let prosecutor = shipped("prosecutor.json");
    assert_eq!(prosecutor.typed_view(0, 0).unwrap().mass().as_slice(), [0.7, 0.3]);
}

#[test]
fn bad_arrays_are_refused() {
    let matrix = |rows: usize, columns: usize, value: f64| Matrix::new(rows, columns, vec![value; rows * columns]);
    let (mass, user) = (matrix(2, 3, 0.1), vec![matrix(4, 3, 1.0); 2]);
    let agents = vec![user.clone()];
    let message = |mass: &Matrix, user: &[Matrix], agents: &[Vec<Matrix>]| {
        TypedView::new(mass.clone(), user.to_vec(), agents.to_vec()).unwrap_err().to_string()
    };
    assert!(TypedView::new(mass.clone(), user.clone(), agents.clone()).is_ok());
    assert_eq!(message(&matrix(0, 3, 0.0), &user, &agents), "there are no types");
    assert_eq!(message(&matrix(2, 0, 0.0), &user, &agents), "there are no observations");
    assert_eq!(message(&mass, &[], &agents), "there are no actions");
    assert_eq!(message(&mass, &user[..1], &agents), "the user has arrays for 1 types, and the user has 2");
    let short = [vec![matrix(4, 2, 1.0); 2]];
    let shape = "the utility of agent 0 with type 0 is 4 x 2, and 4 x 3 is expected";
    assert_eq!(message(&mass, &user, &short), shape);
    let negative = "the mass has -0.1 at row 0, column 0, and a finite number of at least 0 is expected";
    assert_eq!(message(&matrix(2, 3, -0.1), &user, &agents), negative);
    let infinite = "the utility of the user with type 0 has inf at row 0, column 0, and a finite number is expected";
    assert_eq!(message(&mass, &vec![matrix(4, 3, f64::INFINITY); 2], &agents), infinite);
    let massless = "has 1 at row 0, column 0, and 0, since there is no mass, is expected";
    assert!(message(&matrix(2, 3, 0.0), &user, &agents).ends_with(massless));
    let game = shipped("hunch.json");
    assert_eq!(game.typed_view(0, 1).unwrap_err(), TypedViewError::OutOfRange { what: "agent", index: 1, size: 1 });
    assert_eq!(game.typed_view(1, 0).unwrap_err().to_string(), "there is no prior 1: there are 1");
    let view = game.typed_view(0, 0).unwrap();
    assert!(Objective::agent(3).typed_utility(&view).is_err());
}
