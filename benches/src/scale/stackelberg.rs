//! `stackelberg`: a leader commits to a mixed strategy against one to three types.

use super::disguise::Table;
use super::draw::Draw;
use super::folded::{Total, rational};
use super::judge;
use super::{Outcome, settings, uncertified};
use crate::exact::{Program, Relation};
use dashu::rational::RBig;
use std::fmt::Write;
use suasion_certificate::{Certificate, Proof, StackelbergProof};
use suasion_model::{FollowerType, Labels, Matrix, StackelbergGame};
use suasion_persuasion::commit;

/// Draws a game, solves it as the command does, and compares.
#[must_use]
pub fn play(seed: u64, bare: bool) -> (String, Outcome) {
    let (game, words) = draw_game(&mut Draw::new(seed, bare));
    let solved = || -> Result<_, String> {
        let found = commit(&game, &settings()).map_err(|cause| cause.to_string())?;
        found.proof.certify(&game).map_err(|cause| cause.to_string())
    };
    let (certificate, verdict) = match solved() {
        Ok(solved) => solved,
        Err(cause) => return (words, uncertified(&cause)),
    };
    if !verdict.certified() {
        return (words, Outcome::failed(&verdict));
    }
    (words, Outcome::of(check(&Exact::new(&game), &certificate)))
}

/// A random game with some of everything that decides nothing.
fn draw_game(draw: &mut Draw) -> (StackelbergGame, String) {
    let (rows, columns, types) = (draw.between(2, 4), draw.between(2, 3), draw.between(1, 3));
    let mut words = format!("{rows} x {columns}, {types} types;");
    let mut masses = draw.simplex(types);
    let mut tables: Vec<[Table; 2]> =
        (0..types).map(|_| [draw.table(rows, columns, false), draw.table(rows, columns, false)]).collect();
    let all: [bool; 6] = draw.disguises();
    if all[0] && types > 1 {
        let rare = draw.between(0, types - 1);
        let p = draw.magnitude(-12.0, -6.0, false);
        let rest: f64 = masses.iter().enumerate().filter(|&(t, _)| t != rare).map(|(_, p)| p).sum();
        for (t, mass) in masses.iter_mut().enumerate() {
            *mass = if t == rare { p } else { *mass / rest * (1.0 - p) };
        }
        let _ = write!(words, " rare {p:.0e}");
        if draw.chance(0.5) {
            words.push_str(" huge");
            for utility in tables[rare][0].iter_mut().flatten() {
                *utility /= p;
            }
        }
    }
    if all[1] {
        let (i, j) = (draw.between(0, rows - 1), draw.between(0, columns - 1));
        words.push_str(" row and column twice");
        for table in tables.iter_mut().flatten() {
            table.push(table[i].clone());
            for row in table {
                row.push(row[j]);
            }
        }
    }
    if all[2] {
        for _ in 0..draw.between(1, 2) {
            add_unused_column(draw, &mut tables, &mut words);
        }
    }
    if all[3] {
        add_levels(draw, &mut tables, &mut words);
    }
    if all[4] {
        words.push_str(" type without mass");
        let (rows, columns) = (tables[0][0].len(), tables[0][0][0].len());
        let size = if draw.chance(0.5) { draw.magnitude(0.0, 12.0, false) } else { 1.0 };
        let mut other = || (0..rows).map(|_| (0..columns).map(|_| size * draw.unit()).collect()).collect();
        tables.push([other(), other()]);
        masses.push(0.0);
    }
    if all[5] {
        let leader = draw.magnitude(-12.0, 12.0, false);
        let _ = write!(words, " leader times {leader:.0e}");
        for [own, follower] in &mut tables {
            for utility in own.iter_mut().flatten() {
                *utility *= leader;
            }
            let factor = draw.magnitude(-12.0, 12.0, false);
            let _ = write!(words, " times {factor:.0e}");
            for utility in follower.iter_mut().flatten() {
                *utility *= factor;
            }
        }
    }
    let (row_order, column_order) = (draw.order(tables[0][0].len()), draw.order(tables[0][0][0].len()));
    let matrix = |table: &Table| {
        Matrix::from_fn(row_order.len(), column_order.len(), |i, j| table[row_order[i]][column_order[j]])
    };
    let kinds = draw.order(masses.len()).into_iter().map(|t| FollowerType {
        name: format!("type {t}"),
        probability: masses[t],
        leader: matrix(&tables[t][0]),
        follower: matrix(&tables[t][1]),
    });
    let game = StackelbergGame {
        types: kinds.collect(),
        name: "scale".into(),
        source: None,
        leader_name: "leader".into(),
        follower_name: "follower".into(),
        leader_actions: Labels::Count(row_order.len()),
        follower_actions: Labels::Count(column_order.len()),
    };
    (game, words)
}

/// A column that is worse than any other for all types, in every row.
fn add_unused_column(draw: &mut Draw, tables: &mut [[Table; 2]], words: &mut String) {
    let penalty = draw.magnitude(6.0, 12.0, false);
    let noisy = draw.chance(0.5);
    let _ = write!(words, " unused {penalty:.0e}");
    for [leader, follower] in tables {
        let size = [-1.0, 1.0, 0.0][draw.between(0, 2)];
        for (own, row) in leader.iter_mut().zip(follower) {
            let least = row.iter().copied().fold(f64::INFINITY, f64::min);
            let penalty = if noisy { penalty * (1.0 + draw.unit()) } else { penalty };
            row.push(least - penalty);
            own.push(size * penalty + draw.unit());
        }
    }
}

/// A function of the leader's action alone, for followers; a constant, for the leader.
fn add_levels(draw: &mut Draw, tables: &mut [[Table; 2]], words: &mut String) {
    let constant = if draw.chance(0.5) { draw.sign() * draw.magnitude(0.0, 12.0, false) } else { 0.0 };
    let _ = write!(words, " leader plus {constant:.0e}");
    for [leader, follower] in tables {
        for utility in leader.iter_mut().flatten() {
            *utility += constant;
        }
        let size = draw.magnitude(0.0, 12.0, false);
        let _ = write!(words, " level {size:.0e}");
        let one = draw.chance(0.5).then(|| draw.between(0, follower.len() - 1));
        for (i, row) in follower.iter_mut().enumerate().filter(|(i, _)| one.is_none_or(|one| one == *i)) {
            let level = draw.sign() * if one == Some(i) { size } else { draw.magnitude(0.0, size.log10(), false) };
            for utility in row {
                *utility += level;
            }
        }
    }
}

/// The game in rational numbers: for every type with mass, the leader's utility times the type's
/// mass and the follower's, `[rows][columns]`.
struct Exact {
    /// Which types these are.
    kinds: Vec<usize>,
    leader: Vec<Vec<Vec<RBig>>>,
    follower: Vec<Vec<Vec<RBig>>>,
    /// What is subtracted from the leader's utility.
    level: RBig,
}

impl Exact {
    fn new(game: &StackelbergGame) -> Self {
        let kinds: Vec<usize> = (0..game.types.len()).filter(|&t| game.types[t].probability > 0.0).collect();
        // Utilities of one type against it are all measured from the first one.
        let first = |t: usize| rational(game.types[t].leader[(0, 0)]);
        let table = |matrix: &Matrix, level: &RBig, mass: &RBig| -> Vec<Vec<RBig>> {
            let row = |i: usize| matrix.row(i).iter().map(|&u| (rational(u) - level) * mass).collect();
            (0..matrix.rows()).map(row).collect()
        };
        let masses: Vec<RBig> = kinds.iter().map(|&t| rational(game.types[t].probability)).collect();
        let leader = kinds.iter().zip(&masses).map(|(&t, mass)| table(&game.types[t].leader, &first(t), mass));
        let follower = kinds.iter().map(|&t| table(&game.types[t].follower, &RBig::ZERO, &RBig::ONE));
        let level = kinds.iter().zip(&masses).map(|(&t, mass)| first(t) * mass).total();
        Self { leader: leader.collect(), follower: follower.collect(), level, kinds }
    }

    fn rows(&self) -> usize {
        self.leader[0].len()
    }

    fn columns(&self) -> usize {
        self.leader[0][0].len()
    }

    /// The best commitment if each type responds with `responses`; none, if that is never best.
    fn with(&self, responses: &[usize]) -> Option<RBig> {
        let mut program = Program::new(self.rows());
        program.add_row((0..self.rows()).map(|i| (i, RBig::ONE)), Relation::Equal, RBig::ONE);
        for (t, &own) in responses.iter().enumerate() {
            for i in 0..self.rows() {
                program.add_cost(i, &self.leader[t][i][own]);
            }
            for other in (0..self.columns()).filter(|&j| j != own) {
                let gain = |i: usize| (i, &self.follower[t][i][other] - &self.follower[t][i][own]);
                program.add_row((0..self.rows()).map(gain), Relation::AtMost, RBig::ZERO);
            }
        }
        program.maximise(&[]).optimal().map(|solution| solution.value)
    }

    /// The optimum over all responses that some commitment makes best.
    fn optimum(&self) -> Option<RBig> {
        let mut profiles = vec![vec![]];
        for t in 0..self.kinds.len() {
            let beats = |b: usize, a: usize| self.follower[t].iter().all(|row| row[b] > row[a]);
            let columns: Vec<usize> =
                (0..self.columns()).filter(|&a| !(0..self.columns()).any(|b| beats(b, a))).collect();
            let extended = |profile: Vec<usize>| columns.iter().map(move |&j| [&profile[..], &[j]].concat()).collect();
            profiles = profiles.into_iter().flat_map(|profile| -> Vec<Vec<usize>> { extended(profile) }).collect();
        }
        profiles.iter().filter_map(|profile| self.with(profile)).max()
    }

    /// What the leader gets of each of its pure strategies, ties among responses broken both ways.
    fn pure(&self) -> Vec<RBig> {
        let of_row = |i: usize| {
            let (mut best, mut worst) = (RBig::ZERO, RBig::ZERO);
            for (leader, follower) in self.leader.iter().zip(&self.follower) {
                let most = follower[i].iter().max();
                let own = (0..self.columns()).filter(|&j| most == Some(&follower[i][j])).map(|j| &leader[i][j]);
                best += own.clone().max().unwrap_or(&RBig::ZERO);
                worst += own.min().unwrap_or(&RBig::ZERO);
            }
            [best, worst]
        };
        (0..self.rows()).flat_map(of_row).collect()
    }
}

fn check(exact: &Exact, certificate: &Certificate<StackelbergProof>) -> Result<(), String> {
    let proof = &certificate.proof;
    let mut strategy = vec![RBig::ZERO; exact.rows()];
    for &(i, p) in &proof.strategy {
        strategy[i] += rational(p);
    }
    let total: RBig = strategy.iter().cloned().total();
    let larger = |best: (usize, f64), next: (usize, f64)| if next.1 > best.1 { next } else { best };
    let anchor = proof.strategy.iter().copied().reduce(larger).ok_or("no strategy")?.0;
    strategy[anchor] += RBig::ONE - total;
    if strategy.iter().any(|p| *p < RBig::ZERO) {
        return Err("a negative probability".into());
    }
    let mut own = RBig::ZERO;
    for (t, &kind) in exact.kinds.iter().enumerate() {
        let response = proof.responses[kind];
        let of = |j: usize| strategy.iter().zip(&exact.follower[t]).map(|(p, row)| p * &row[j]).total();
        for other in 0..exact.columns() {
            let difference = |(p, row): (&RBig, &Vec<RBig>)| {
                let difference = p * (&row[other] - &row[response]);
                if difference < RBig::ZERO { -difference } else { difference }
            };
            let at_stake: RBig = strategy.iter().zip(&exact.follower[t]).map(difference).total();
            let gain = of(other) - of(response);
            if gain > judge::allowed(&at_stake) {
                let (gain, at_stake) = (judge::float(&gain), judge::float(&at_stake));
                return Err(format!("type {kind} gains {gain:.3e} by {other}, {at_stake:.3e} at stake"));
            }
        }
        own += strategy.iter().zip(&exact.leader[t]).map(|(p, row)| p * &row[response]).total();
    }
    let best = exact.optimum().ok_or("no commitment")?;
    let mut values = exact.pure();
    values.push(best.clone());
    judge::check_value(&own, &best, &judge::spread(&values))?;
    judge::check_claim("the leader's value", certificate.claims.leader_value, &(own + &exact.level))?;
    judge::check_bound(certificate.claims.upper_bound, &(best + &exact.level))
}
