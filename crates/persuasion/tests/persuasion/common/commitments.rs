//! Stackelberg games at every scale, and their optima in rational arithmetic.
use dashu::base::Sign;
use dashu::rational::RBig;
use rand::RngExt;
use rand_chacha::ChaCha8Rng;
use suasion_model::{FollowerType, Labels, Matrix, StackelbergGame};

/// A game of these types: the probability, and the utilities of leader and follower.
pub fn game(types: Vec<(f64, Matrix, Matrix)>) -> StackelbergGame {
    let (rows, columns) = (types[0].1.rows(), types[0].1.columns());
    let types = types.into_iter().enumerate().map(|(t, (probability, leader, follower))| FollowerType {
        name: format!("type {t}"),
        probability,
        leader,
        follower,
    });
    StackelbergGame {
        name: "test".into(),
        source: None,
        leader_name: "leader".into(),
        follower_name: "follower".into(),
        leader_actions: Labels::Count(rows),
        follower_actions: Labels::Count(columns),
        types: types.collect(),
    }
}

fn rational(number: f64) -> RBig {
    RBig::try_from(number).expect("a finite number")
}

/// The optimum. The borders between the types' responses and the faces of the simplex divide the
/// simplex into regions, and the optimum is at a corner of one. All corners are tried, with exact
/// best responses; ties are broken for the leader.
pub fn optimum(game: &StackelbergGame) -> RBig {
    let (rows, columns) = (game.leader_actions.len(), game.follower_actions.len());
    let mut borders: Vec<Vec<RBig>> =
        (0..rows).map(|i| (0..rows).map(|k| RBig::from(i32::from(i == k))).collect()).collect();
    let follower: Vec<Vec<RBig>> =
        game.types.iter().map(|kind| kind.follower.as_slice().iter().map(|&u| rational(u)).collect()).collect();
    let worths: Vec<Vec<RBig>> = game
        .types
        .iter()
        .map(|kind| {
            let probability = rational(kind.probability);
            kind.leader.as_slice().iter().map(|&u| &probability * rational(u)).collect()
        })
        .collect();
    for utility in &follower {
        for j in 0..columns {
            for k in 0..j {
                let border: Vec<RBig> =
                    (0..rows).map(|i| &utility[i * columns + j] - &utility[i * columns + k]).collect();
                let has = |sign: Sign| border.iter().any(|u| !u.is_zero() && u.sign() == sign);
                if has(Sign::Positive) && has(Sign::Negative) && !borders.contains(&border) {
                    borders.push(border);
                }
            }
        }
    }
    let mut best: Option<RBig> = None;
    choose(borders.len(), rows - 1, &mut Vec::new(), &mut |chosen| {
        let Some(corner) = corner(chosen.iter().map(|&b| borders[b].clone()).collect(), rows) else { return };
        let expected = |utility: &[RBig], j: usize| {
            (0..rows).fold(RBig::ZERO, |sum, i| {
                if corner[i].is_zero() { sum } else { sum + &corner[i] * &utility[i * columns + j] }
            })
        };
        let value = follower.iter().zip(&worths).fold(RBig::ZERO, |value, (utility, worth)| {
            let own: Vec<RBig> = (0..columns).map(|j| expected(utility, j)).collect();
            let most = own.iter().max().expect("a response").clone();
            let tied = (0..columns).filter(|&j| own[j] == most);
            value + tied.map(|j| expected(worth, j)).max().expect("a response")
        });
        if best.as_ref().is_none_or(|best| value > *best) {
            best = Some(value);
        }
    });
    best.expect("corners of the simplex")
}

fn choose(size: usize, count: usize, chosen: &mut Vec<usize>, visit: &mut impl FnMut(&[usize])) {
    if chosen.len() == count {
        visit(chosen);
        return;
    }
    for k in chosen.last().map_or(0, |&last| last + 1)..size {
        chosen.push(k);
        choose(size, count, chosen, visit);
        chosen.pop();
    }
}

/// The mixture at which all of these rows are zero, if it is unique.
fn corner(mut rows: Vec<Vec<RBig>>, size: usize) -> Option<Vec<RBig>> {
    rows.push(vec![RBig::ONE; size]);
    let mut right = vec![RBig::ZERO; size - 1];
    right.push(RBig::ONE);
    for c in 0..size {
        let pivot = (c..size).find(|&r| !rows[r][c].is_zero())?;
        rows.swap(c, pivot);
        right.swap(c, pivot);
        let inverse = RBig::ONE / &rows[c][c];
        for entry in &mut rows[c][c..] {
            *entry *= &inverse;
        }
        right[c] *= &inverse;
        for r in (0..size).filter(|&r| r != c) {
            if rows[r][c].is_zero() {
                continue;
            }
            let factor = rows[r][c].clone();
            for k in c..size {
                let product = &factor * &rows[c][k];
                rows[r][k] -= product;
            }
            let product = &factor * &right[c];
            right[r] -= product;
        }
    }
    right.iter().all(|x| x.is_zero() || x.sign() == Sign::Positive).then_some(right)
}

/// `(a - b) / c`, approximately.
pub fn relative(a: &RBig, b: f64, c: f64) -> f64 {
    let difference = a - rational(b);
    if difference.is_zero() {
        0.0
    } else if c > 0.0 {
        (difference / rational(c)).to_f64().value()
    } else {
        f64::INFINITY
    }
}

/// A power of ten in a range.
fn power(rng: &mut ChaCha8Rng, from: i32, to: i32) -> f64 {
    10.0_f64.powi(rng.random_range(from..=to))
}

/// A game in which irrelevant numbers are large, and others small.
pub fn at_any_scale(rng: &mut ChaCha8Rng) -> StackelbergGame {
    let (rows, columns, count) =
        (rng.random_range(2..=4_usize), rng.random_range(2..=4_usize), rng.random_range(1..=3));
    let style = rng.random_range(0..3);
    let draw = |rng: &mut ChaCha8Rng| match style {
        0 => rng.random::<f64>(),
        1 => f64::from(rng.random_range(0..=3_u8)),
        _ => f64::from(rng.random_range(0..=100_u8)) / 100.0,
    };
    let mut types: Vec<(f64, Matrix, Matrix)> = (0..count)
        .map(|_| {
            let leader = Matrix::from_fn(rows, columns, |_, _| draw(rng));
            (0.2 + rng.random::<f64>(), leader, Matrix::from_fn(rows, columns, |_, _| draw(rng)))
        })
        .collect();
    let chance = |rng: &mut ChaCha8Rng| rng.random_range(0..3) == 0;
    // Rare types, whose stakes may make up for that, and types without mass.
    for kind in types.iter_mut().skip(1) {
        match rng.random_range(0..9) {
            rare @ 0..3 => {
                kind.0 = power(rng, -12, -6);
                if rare == 0 {
                    let stake = power(rng, 0, 12);
                    kind.1 = Matrix::from_fn(rows, columns, |i, j| stake * kind.1[(i, j)]);
                }
            }
            3..5 => kind.0 = 0.0,
            _ => {}
        }
    }
    if chance(rng) && types.len() < 3 {
        types.push(types[rng.random_range(0..types.len())].clone());
    }
    let total: f64 = types.iter().map(|kind| kind.0).sum();
    types.iter_mut().for_each(|kind| kind.0 /= total);
    // Duplicates.
    let (row, column) = (rng.random_range(0..rows), rng.random_range(0..columns));
    let (more_rows, more_columns) = (usize::from(chance(rng) && rows < 4), usize::from(chance(rng) && columns < 4));
    let repeat = |utility: &Matrix| {
        Matrix::from_fn(rows + more_rows, columns + more_columns, |i, j| {
            utility[(if i < rows { i } else { row }, if j < columns { j } else { column })]
        })
    };
    types = types.iter().map(|(p, leader, follower)| (*p, repeat(leader), repeat(follower))).collect();
    let (rows, columns) = (rows + more_rows, columns + more_columns);
    // A response that no type gives, or that one type does not give.
    if chance(rng) {
        let (only, column) = (rng.random_range(0..2 * types.len()), rng.random_range(0..columns));
        let (penalty, wish) = (power(rng, 6, 12), if chance(rng) { power(rng, 0, 12) } else { 1.0 });
        for (t, kind) in types.iter_mut().enumerate() {
            if only >= kind.1.columns().min(2) * 4 || only == t || only % 2 == 1 {
                kind.1 = Matrix::from_fn(rows, columns, |i, j| if j == column { wish } else { kind.1[(i, j)] });
                kind.2 = Matrix::from_fn(rows, columns, |i, j| if j == column { -penalty } else { kind.2[(i, j)] });
            }
        }
    }
    // Affine maps of each party's utility.
    let leader_scale = if chance(rng) { power(rng, -12, 12) } else { 1.0 };
    for kind in &mut types {
        let level = if chance(rng) { power(rng, 0, 9) } else { 0.0 };
        kind.1 = Matrix::from_fn(rows, columns, |i, j| leader_scale * (kind.1[(i, j)] + level));
        let scale = if chance(rng) { power(rng, -12, 12) } else { 1.0 };
        let leveled = chance(rng);
        let levels: Vec<f64> = (0..rows)
            .map(|_| if leveled && chance(rng) { power(rng, 0, 12) * (draw(rng) - 0.5) } else { 0.0 })
            .collect();
        kind.2 = Matrix::from_fn(rows, columns, |i, j| scale * (kind.2[(i, j)] + levels[i]));
    }
    // Another order.
    let (by_row, by_column) = (rng.random_range(0..rows), rng.random_range(0..columns));
    let turn = |utility: &Matrix| {
        Matrix::from_fn(rows, columns, |i, j| utility[((i + by_row) % rows, (j + by_column) % columns)])
    };
    let mut turned: Vec<_> = types.iter().map(|(p, leader, follower)| (*p, turn(leader), turn(follower))).collect();
    if chance(rng) {
        turned.reverse();
    }
    game(turned)
}
