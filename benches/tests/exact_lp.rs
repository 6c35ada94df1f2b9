//! Exact linear programs: known answers, and the answers of `HiGHS` for programs whose numbers have
//! similar sizes.

use dashu::rational::RBig;
use suasion_benches::exact::{Answer, Program, Relation};
use suasion_benches::scale::draw::Draw;
use suasion_benches::scale::folded::rational;
use suasion_lp::{LpAnswer as Rounded, Program as Floating, Sense};

fn ratio(numerator: i64, denominator: i64) -> RBig {
    RBig::from_parts_signed(numerator.into(), denominator.into())
}

fn program(costs: &[i64], rows: &[(&[i64], Relation, i64)]) -> Program {
    let mut program = Program::new(costs.len());
    for (column, &cost) in costs.iter().enumerate() {
        program.add_cost(column, &ratio(cost, 1));
    }
    for &(row, relation, right) in rows {
        let entries = row.iter().enumerate().map(|(column, &entry)| (column, ratio(entry, 1)));
        program.add_row(entries, relation, ratio(right, 1));
    }
    program
}

#[test]
fn known_answers() {
    use Relation::{AtLeast, AtMost, Equal};
    // Thirds, which binary64 cannot represent.
    let thirds = program(&[1, 1], &[(&[3, 1], AtMost, 2), (&[1, 3], AtMost, 1)]);
    let solution = thirds.maximise(&[]).optimal().expect("an optimum");
    assert_eq!((solution.value, solution.point), (ratio(3, 4), vec![ratio(5, 8), ratio(1, 8)]));
    // The first vertex violates rows.
    let forced = program(&[-2, -3], &[(&[1, 1], AtLeast, 4), (&[1, -1], Equal, 1)]);
    assert_eq!(forced.maximise(&[]).optimal().expect("an optimum").value, ratio(-19, 2));
    // A row that appears twice, and one that follows from others.
    let twice = program(&[1, 2], &[(&[1, 1], Equal, 2), (&[2, 2], Equal, 4), (&[-1, 0], AtMost, -1)]);
    assert_eq!(twice.maximise(&[1]).optimal().expect("an optimum").value, ratio(3, 1));
    assert_eq!(program(&[1], &[(&[1], AtLeast, 1), (&[1], AtMost, 0)]).maximise(&[]), Answer::Infeasible);
    assert_eq!(program(&[1], &[(&[0], Equal, 1)]).maximise(&[]), Answer::Infeasible);
    assert_eq!(program(&[1, 0], &[(&[1, -1], AtMost, 1)]).maximise(&[]), Answer::Unbounded);
}

/// Beale's example, on which the simplex method with the most negative price cycles.
#[test]
fn does_not_cycle() {
    let mut beale = Program::new(4);
    for (column, cost) in [ratio(3, 4), ratio(-150, 1), ratio(1, 50), ratio(-6, 1)].iter().enumerate() {
        beale.add_cost(column, cost);
    }
    let rows = [
        ([ratio(1, 4), ratio(-60, 1), ratio(-1, 25), ratio(9, 1)], 0),
        ([ratio(1, 2), ratio(-90, 1), ratio(-1, 50), ratio(3, 1)], 0),
        ([ratio(0, 1), ratio(0, 1), ratio(1, 1), ratio(0, 1)], 1),
    ];
    for (row, right) in rows {
        beale.add_row(row.into_iter().enumerate(), Relation::AtMost, ratio(right, 1));
    }
    assert_eq!(beale.maximise(&[]).optimal().expect("an optimum").value, ratio(1, 20));
}

#[test]
fn agrees_with_highs() {
    let (mut optimal, mut infeasible, mut unbounded) = (0, 0, 0);
    for seed in 0..400 {
        let mut draw = Draw::new(seed, true);
        let (rows, columns) = (draw.between(1, 6), draw.between(1, 6));
        let mut exact = Program::new(columns);
        let mut floating = Floating::new("random", Sense::Maximise);
        for column in 0..columns {
            let cost = draw.between(0, 20) as f64 / 4.0 - 3.0;
            exact.add_cost(column, &rational(cost));
            floating.add_column(cost, 0.0, f64::INFINITY);
        }
        for _ in 0..rows {
            let relation = [Relation::AtMost, Relation::AtMost, Relation::AtLeast, Relation::Equal][draw.between(0, 3)];
            let right = draw.between(0, 16) as f64 / 8.0 - 0.5;
            let entries: Vec<(usize, f64)> = (0..columns).map(|j| (j, draw.unit() - 0.3)).collect();
            exact.add_row(entries.iter().map(|&(j, entry)| (j, rational(entry))), relation, rational(right));
            let (lower, upper) = match relation {
                Relation::AtMost => (f64::NEG_INFINITY, right),
                Relation::Equal => (right, right),
                Relation::AtLeast => (right, f64::INFINITY),
            };
            floating.add_row(lower, upper, entries);
        }
        let hints: Vec<usize> = (0..columns).filter(|_| draw.chance(0.3)).collect();
        match (exact.maximise(&hints), floating.solve_direct().expect("an answer")) {
            (Answer::Optimal(solution), Rounded::Optimal(other)) => {
                let value = solution.value.to_f64().value();
                assert!((value - other.objective).abs() <= 1e-6 * (1.0 + value.abs()), "{seed}: {value} {other:?}");
                let point: Vec<f64> = solution.point.iter().map(|x| x.to_f64().value()).collect();
                assert!(floating.violation(&point) <= 1e-9 * (1.0 + value.abs()), "{seed}: {point:?}");
                assert!((floating.objective(&point) - value).abs() <= 1e-9 * (1.0 + value.abs()), "{seed}");
                optimal += 1;
            }
            (Answer::Infeasible, Rounded::Infeasible) => infeasible += 1,
            (Answer::Unbounded, Rounded::Unbounded) => unbounded += 1,
            (own, other) => panic!("{seed}: {own:?} and {other:?}"),
        }
    }
    assert!(optimal > 100 && infeasible > 20 && unbounded > 20, "{optimal} {infeasible} {unbounded}");
}
