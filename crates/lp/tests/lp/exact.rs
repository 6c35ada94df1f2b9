//! Tests the exact simplex method against HiGHS, by duality without rounding, and by its rays.

use dashu::integer::IBig;
use proptest::prelude::*;
use suasion_lp::exact::{Ray, Tableau, TableauStep, last_bit, nearest, whole};
use suasion_lp::{LpAnswer, Program, Sense};

/// `max v x` over `x >= 0` with `A x <= b`, in small whole numbers; `A` is `[columns][rows]`.
#[derive(Clone, Debug)]
struct Whole {
    right: Vec<i32>,
    columns: Vec<Vec<i32>>,
    values: Vec<i32>,
}

/// The result of a run.
enum End {
    Optimal,
    Unbounded(Ray),
}

impl Whole {
    /// Adds the columns from index `from` on.
    fn add_to(&self, tableau: &mut Tableau, from: usize) {
        for (column, &value) in self.columns.iter().zip(&self.values).skip(from) {
            let column: Vec<IBig> = column.iter().map(|&entry| IBig::from(entry)).collect();
            tableau.add(&column, &IBig::from(value));
        }
    }

    fn tableau(&self) -> Tableau {
        Tableau::new(self.right.iter().map(|&entry| IBig::from(entry)).collect())
    }

    /// The program restricted to its first columns.
    fn first(&self, columns: usize) -> Self {
        let (values, kept) = (self.values[..columns].to_vec(), self.columns[..columns].to_vec());
        Self { right: self.right.clone(), columns: kept, values }
    }

    fn program(&self) -> Program {
        let mut program = Program::new("whole", Sense::Maximise);
        for &value in &self.values {
            program.add_column(f64::from(value), 0.0, f64::INFINITY);
        }
        for (row, &right) in self.right.iter().enumerate() {
            let entries = self.columns.iter().enumerate().map(|(column, entries)| (column, f64::from(entries[row])));
            program.add_row(f64::NEG_INFINITY, f64::from(right), entries.collect::<Vec<_>>());
        }
        program
    }

    /// What a point leaves of each row, and its value. `right` gives the right-hand side.
    fn at(&self, point: &[(usize, IBig)], right: impl Fn(usize) -> IBig) -> (Vec<IBig>, IBig) {
        let mut left: Vec<IBig> = (0..self.right.len()).map(right).collect();
        let mut objective = IBig::ZERO;
        for (column, x) in point {
            left.iter_mut().zip(&self.columns[*column]).for_each(|(left, &entry)| *left -= x * IBig::from(entry));
            objective += x * IBig::from(self.values[*column]);
        }
        (left, objective)
    }

    /// The point and the multipliers are feasible, and both have the same value.
    fn assert_proved(&self, tableau: &Tableau) {
        let denominator = tableau.denominator();
        assert!(*denominator > IBig::ZERO);
        let point: Vec<(usize, IBig)> = tableau.values().map(|(column, x)| (column, x.clone())).collect();
        assert!(point.iter().all(|(_, x)| *x >= IBig::ZERO));
        let (left, objective) = self.at(&point, |row| denominator * IBig::from(self.right[row]));
        assert!(left.iter().all(|left| *left >= IBig::ZERO));
        assert_eq!(objective, *tableau.objective());
        let multipliers = tableau.multipliers();
        assert!(multipliers.iter().all(|multiplier| *multiplier >= IBig::ZERO));
        let times =
            |entries: &[i32]| -> IBig { entries.iter().zip(&multipliers).map(|(&e, y)| y * IBig::from(e)).sum() };
        for (column, &value) in self.columns.iter().zip(&self.values) {
            assert!(times(column) >= denominator * IBig::from(value));
        }
        assert_eq!(times(&self.right), objective);
    }

    /// The ray keeps every row satisfied for ever, and the objective rises along it.
    fn assert_rises(&self, ray: &Ray) {
        assert!(ray.columns.iter().all(|(_, rate)| *rate >= IBig::ZERO));
        let (left, objective) = self.at(&ray.columns, |_| IBig::ZERO);
        assert!(left.iter().all(|left| *left >= IBig::ZERO) && objective > IBig::ZERO);
        assert_eq!(objective, ray.objective);
    }
}

fn run(tableau: &mut Tableau) -> End {
    loop {
        match tableau.step() {
            TableauStep::Moved => {}
            TableauStep::Optimal => return End::Optimal,
            TableauStep::Unbounded(ray) => return End::Unbounded(ray),
        }
    }
}

/// With few values for an entry, programs are degenerate and have many ties.
fn programs() -> impl Strategy<Value = Whole> {
    (1_usize..7, 1_usize..9, 1_i32..40).prop_flat_map(|(rows, columns, most)| {
        let entries = prop::collection::vec(prop::collection::vec(-most..=most, rows), columns);
        let right = prop::collection::vec(0..=most, rows);
        let values = prop::collection::vec(-most..=most, columns);
        (right, entries, values).prop_map(|(right, columns, values)| Whole { right, columns, values })
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2_000))]

    /// Solves with all columns at once, in two parts, and after another objective. Each gives a
    /// proof without rounding, the same value, and the value of HiGHS.
    #[test]
    fn optima_are_proved(program in programs(), split in 0_usize..9) {
        let mut tableau = program.tableau();
        let first = split.min(program.values.len());
        program.first(first).add_to(&mut tableau, 0);
        if let End::Optimal = run(&mut tableau) {
            program.first(first).assert_proved(&tableau);
        }
        program.add_to(&mut tableau, first);
        let backwards: Vec<IBig> = program.values.iter().map(|&value| IBig::from(-value)).collect();
        tableau.set_values(&backwards);
        run(&mut tableau);
        tableau.set_values(&program.values.iter().map(|&value| IBig::from(value)).collect::<Vec<_>>());
        let mut at_once = program.tableau();
        program.add_to(&mut at_once, 0);
        // HiGHS gives up on some degenerate programs. Then there is no second opinion.
        let direct = program.program().solve_direct().ok();
        match (run(&mut tableau), run(&mut at_once)) {
            (End::Optimal, End::Optimal) => {
                program.assert_proved(&tableau);
                program.assert_proved(&at_once);
                let value = |tableau: &Tableau| nearest(tableau.objective(), tableau.denominator(), 0);
                prop_assert_eq!(value(&tableau), value(&at_once));
                if let Some(answer) = direct {
                    let found = answer.optimal().unwrap().objective;
                    prop_assert!((found - value(&at_once)).abs() < 1e-6 * (1.0 + found.abs()));
                }
            }
            (End::Unbounded(ray), End::Unbounded(other)) => {
                program.assert_rises(&ray);
                program.assert_rises(&other);
                prop_assert!(direct.is_none_or(|answer| matches!(answer, LpAnswer::Unbounded)));
            }
            _ => prop_assert!(false, "one way finds an optimum, another none"),
        }
    }

    /// A number in units of its last bit.
    #[test]
    fn numbers_are_kept(number in any::<f64>().prop_filter("finite", |x| x.is_finite()), below in 0_i32..100) {
        let unit = last_bit(number).unwrap_or(0);
        prop_assert_eq!(nearest(&whole(number, unit - below), &IBig::ONE, unit - below), number);
    }
}

/// An example of Beale (1955) on which the rule of the largest price may cycle. Its optimum is 5/4:
/// 125 in the unit used here, with the first two rows multiplied by 4 and 2.
#[test]
fn beale_does_not_cycle() {
    let columns = vec![vec![1, 1, 0], vec![-32, -24, 0], vec![-4, -1, 1], vec![36, 6, 0]];
    let beale = Whole { right: vec![0, 0, 1], columns, values: vec![75, -2_000, 50, -600] };
    let mut tableau = beale.tableau();
    beale.add_to(&mut tableau, 0);
    assert!(matches!(run(&mut tableau), End::Optimal));
    beale.assert_proved(&tableau);
    assert_eq!(*tableau.objective(), tableau.denominator() * IBig::from(125));
}
