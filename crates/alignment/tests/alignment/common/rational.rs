//! The optimum of an alignment in rational arithmetic, from the complete program.

use dashu::rational::RBig;
use suasion_alignment::{AlignOptions, Offset};
use suasion_model::{Instance, Matrix};

pub fn rational(number: f64) -> RBig {
    RBig::try_from(number).expect("a finite number")
}

/// `max value x` over `x >= 0` with `rows x <= right`, where `right >= 0`, by the simplex method
/// with Bland's rule.
fn maximum(mut rows: Vec<Vec<RBig>>, mut right: Vec<RBig>, value: Vec<RBig>) -> RBig {
    let mut falling: Vec<RBig> = value.into_iter().map(|v| -v).collect();
    let columns = falling.len();
    let mut basis: Vec<usize> = (columns..columns + rows.len()).collect();
    let mut free: Vec<usize> = (0..columns).collect();
    let mut objective = RBig::ZERO;
    loop {
        let entering = (0..columns).filter(|&j| falling[j] < RBig::ZERO).min_by_key(|&j| free[j]);
        let Some(j) = entering else { return objective };
        let step = |i: usize| &right[i] / &rows[i][j];
        let leaving = (0..rows.len())
            .filter(|&i| rows[i][j] > RBig::ZERO)
            .min_by(|&a, &b| step(a).cmp(&step(b)).then(basis[a].cmp(&basis[b])));
        let i = leaving.expect("errors are not negative, so it is bounded");
        let pivot = rows[i][j].clone();
        let mut own = std::mem::take(&mut rows[i]);
        own[j] = RBig::ONE;
        own.iter_mut().for_each(|x| *x /= &pivot);
        let own_right = &right[i] / &pivot;
        for k in (0..rows.len()).filter(|&k| k != i) {
            let factor = std::mem::replace(&mut rows[k][j], RBig::ZERO);
            if factor != RBig::ZERO {
                rows[k].iter_mut().zip(&own).for_each(|(x, o)| *x -= &factor * o);
                right[k] -= &factor * &own_right;
            }
        }
        let factor = std::mem::replace(&mut falling[j], RBig::ZERO);
        falling.iter_mut().zip(&own).for_each(|(x, o)| *x -= &factor * o);
        objective -= &factor * &own_right;
        rows[i] = own;
        right[i] = own_right;
        std::mem::swap(&mut basis[i], &mut free[j]);
    }
}

/// A function of a utility, and its total mass.
type Cut = (Box<dyn Fn(&Matrix) -> RBig>, u8);

/// The smallest objective of all weights; with a limit, of the weights with `sum_i w_i stake_i` up
/// to it.
pub fn optimum(game: &Instance, options: AlignOptions, limit: Option<f64>) -> RBig {
    let (m, n, k) = (game.actions.len(), game.states.len(), game.agents.len());
    let entries: Vec<(usize, usize)> = (0..n).flat_map(|y| (0..m).map(move |a| (a, y))).collect();
    // Each cut is a function of a utility, with its mass.
    let mut cuts: Vec<Cut> = Vec::new();
    if options.offset == Offset::None {
        for &entry in &entries {
            cuts.push((Box::new(move |utility| rational(utility[entry])), 1));
            cuts.push((Box::new(move |utility| -rational(utility[entry])), 1));
        }
    } else {
        for &above in &entries {
            for &below in entries.iter().filter(|below| options.offset == Offset::Constant || below.1 == above.1) {
                if above != below {
                    cuts.push((Box::new(move |utility| rational(utility[above]) - rational(utility[below])), 2));
                }
            }
        }
    }
    let price = if options.simplex { RBig::ZERO } else { rational(options.slack) / RBig::from(2) };
    let mut rows: Vec<Vec<RBig>> =
        game.agents.iter().map(|agent| cuts.iter().map(|cut| cut.0(&agent.utility)).collect()).collect();
    let mut right = vec![price; k];
    let mut value: Vec<RBig> = cuts.iter().map(|cut| cut.0(&game.user.utility)).collect();
    rows.push(cuts.iter().map(|cut| RBig::from(cut.1)).collect());
    right.push(RBig::ONE);
    let mut add = |column: Vec<RBig>, own: RBig| {
        rows.iter_mut().zip(column).for_each(|(row, x)| row.push(x));
        value.push(own);
    };
    if options.simplex {
        for sign in [RBig::ONE, -RBig::ONE] {
            add((0..=k).map(|i| if i < k { -sign.clone() } else { RBig::ZERO }).collect(), -sign);
        }
    }
    if let Some(limit) = limit {
        let stakes = game.agents.iter().map(|agent| -rational(options.offset.stake(&agent.utility)));
        add(stakes.chain([RBig::ZERO]).collect(), -rational(limit));
    }
    let found = maximum(rows, right, value);
    if options.simplex { found + rational(options.slack) / RBig::from(2) } else { found }
}
