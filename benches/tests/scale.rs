//! Tests results against exact optima in games with numbers that must not matter, and tests the
//! oracle itself.

use dashu::rational::RBig;
use suasion_benches::scale::disguise::{Disguised, Game, Shape};
use suasion_benches::scale::draw::Draw;
use suasion_benches::scale::folded::{Folded, rational};
use suasion_benches::scale::judge::{check_obedience, check_value, float};
use suasion_benches::scale::{Kind, Outcome, measure};

/// Kamenica & Gentzkow (2011): at a prior of 3/10, the prosecutor convicts with probability 6/10.
/// An action that nobody takes changes nothing.
#[test]
fn the_oracle_knows_the_prosecutor() {
    for penalty in [None, Some(-1e9), Some(-1e12)] {
        let mut user = vec![vec![1.0, 0.0], vec![0.0, 1.0]];
        let mut agent = vec![vec![0.0, 0.0], vec![1.0, 1.0]];
        if let Some(penalty) = penalty {
            user.push(vec![penalty; 2]);
            agent.push(vec![1e12, 1e12]);
        }
        let game = Game { prior: vec![0.75, 0.25], parties: vec![user, agent] };
        let folded = Folded::new(&game.instance(), 0);
        assert_eq!(folded.speaking_once(1, None), Some(rational(0.5)), "{penalty:?}");
        assert_eq!(folded.in_conversation(1), Some(rational(0.5)), "{penalty:?}");
        // At the user's best value, only the truth remains.
        assert_eq!(folded.speaking_once(1, Some(&rational(0.25))), Some(rational(0.25)), "{penalty:?}");
        assert_eq!(folded.speaking_once(1, Some(&rational(0.5))), None, "{penalty:?}");
    }
}

/// A disguise changes an exact optimum only by the factor.
#[test]
fn disguises_change_nothing() {
    let mut disguised = 0;
    for seed in 0..150 {
        let mut draw = Draw::new(seed, false);
        let game = Disguised::draw(&mut draw, Shape { states: 3, actions: 3, agents: 2 }, true);
        let (own, heart) = (Folded::new(&game.game.instance(), 0), Folded::new(&game.plain.instance(), 0));
        for (party, &at_heart) in game.parties.iter().enumerate() {
            let distance = |folded: &Folded, party: usize| -> RBig {
                let best = folded.speaking_once(party, None).expect("an optimum");
                let full = folded.full_information();
                let value = |x: usize| full[0][x].iter().map(|&a| folded.parties[party][0][x][a].clone()).max();
                best - (0..folded.observations()).filter_map(value).fold(RBig::ZERO, |total, value| total + value)
            };
            // Duplicates halve masses, which is exact.
            let (own, heart) = (distance(&own, party), distance(&heart, at_heart) * rational(game.factors[party]));
            assert_eq!(own, heart, "{seed}, party {party}: {}", game.words);
            disguised += usize::from(own != RBig::ZERO);
        }
    }
    assert!(disguised > 50, "{disguised}");
}

#[test]
fn faults_are_seen() {
    let one = RBig::ONE;
    assert!(check_value(&rational(1.0 + 1e-7), &one, &one).is_ok());
    assert!(check_value(&rational(1.0 + 1e-5), &one, &one).is_err());
    assert!(check_value(&rational(1.0 - 1e-5), &one, &one).is_err());
    assert!(check_value(&rational(1.0 - 1e-14), &one, &RBig::ZERO).is_err());
    let game = Game { prior: vec![0.75, 0.25], parties: vec![vec![vec![1.0, 0.0], vec![0.0, 1.0]]] };
    let folded = Folded::new(&game.instance(), 0);
    // The judge convicts whenever guilty, and otherwise with probability p. This is obeyed up to p
    // = 1/3.
    let recommended = |p: f64| [(0, rational(p)), (1, RBig::ONE)];
    assert!(check_obedience(&folded, 0, 1, &recommended(0.3333)).is_ok());
    assert!(check_obedience(&folded, 0, 1, &recommended(0.3334)).is_err());
    assert!((float(&rational(0.5)) - 0.5).abs() < 1e-15);
}

/// Without disguise, results are right, and the oracle raises no false alarm.
#[test]
fn bare_games_are_right() {
    for (kind, games) in [
        (Kind::Persuade, 200),
        (Kind::Menu, 100),
        (Kind::Conversation, 100),
        (Kind::Stackelberg, 100),
        (Kind::Align, 100),
        (Kind::Equilibria, 100),
        (Kind::Quantal, 4),
    ] {
        let count = measure(kind, games, 0, true);
        assert!(count.wrong.is_empty(), "{} {:?}", kind.name(), count.wrong);
        assert!(count.uncertified.is_empty(), "{} {:?}", kind.name(), count.uncertified);
    }
}

/// Under any disguise, every certified result is right, and nearly all results are certified.
#[test]
fn disguised_games_are_right() {
    for (kind, games) in [
        (Kind::Persuade, 80),
        (Kind::Menu, 80),
        (Kind::Conversation, 80),
        (Kind::Stackelberg, 80),
        (Kind::Align, 80),
        (Kind::Equilibria, 80),
        (Kind::Quantal, 5),
    ] {
        let count = measure(kind, games, 0, false);
        assert!(count.wrong.is_empty(), "{} {:?}", kind.name(), count.wrong);
        assert!(count.uncertified.len() * 20 <= games, "{} {:?}", kind.name(), count.uncertified);
    }
}

/// Games with private types, including ties that rounding breaks: no result is wrong, and nearly
/// all are certified.
#[test]
fn games_with_types_are_right() {
    for kind in [Kind::Menu, Kind::Conversation] {
        for first in [4_640, 6_160, 7_670] {
            let games = 100;
            let count = measure(kind, games, first, false);
            assert!(count.wrong.is_empty(), "{} {:?}", kind.name(), count.wrong);
            assert!(count.uncertified.len() * 50 <= games, "{} {:?}", kind.name(), count.uncertified);
        }
    }
}

/// Equilibria whose proofs, or the refutation of worse ones, depend on the last digits of all
/// values. Some of these searches once did not end.
#[test]
fn equilibria_in_the_last_digits() {
    for seed in [244, 279, 328, 353, 432, 821, 1258, 1359, 4116, 5451, 11_943] {
        assert_eq!(Kind::Equilibria.play(seed, false).1, Outcome::Right, "{seed}");
    }
    let count = measure(Kind::Equilibria, 400, 20_000, false);
    assert!(count.wrong.is_empty(), "{:?}", count.wrong);
    assert!(count.uncertified.len() <= 1, "{:?}", count.uncertified);
}
