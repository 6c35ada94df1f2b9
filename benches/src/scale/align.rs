//! `align`: how near the user's utility is to the cone or the simplex of the agents'.

use super::disguise::{Disguised, Shape};
use super::draw::Draw;
use super::folded::{Total, rational};
use super::judge;
use super::{Outcome, settings, uncertified};
use crate::exact::{Program, Relation};
use dashu::base::Abs;
use dashu::rational::RBig;
use suasion_alignment::{AlignOptions, align};
use suasion_certificate::{AlignmentProof, Certificate, Offset, Proof};
use suasion_model::{Instance, Matrix};

/// Draws a game, aligns it as the command does, and compares.
#[must_use]
pub fn play(seed: u64, bare: bool) -> (String, Outcome) {
    let mut draw = Draw::new(seed, bare);
    let shape = Shape { states: draw.between(1, 3), actions: draw.between(2, 3), agents: draw.between(1, 3) };
    let mut disguised = Disguised::draw(&mut draw, shape, false);
    let inside = draw.chance(0.4);
    if inside {
        put_user_inside(&mut draw, &mut disguised);
    }
    let offset = match draw.between(0, 5) {
        0 => Offset::None,
        1 => Offset::Constant,
        _ => Offset::PerState,
    };
    let options = AlignOptions { simplex: draw.chance(0.4), offset, slack: 0.0 };
    let instance = disguised.game.instance();
    let words = format!("simplex {}, {offset:?}, inside {inside};{}", options.simplex, disguised.words);
    let agents: Vec<&Matrix> = instance.agents.iter().map(|agent| &agent.utility).collect();
    let solved = || -> Result<_, String> {
        let found = align(&instance.user.utility, &agents, &options, &settings()).map_err(|cause| cause.to_string())?;
        found.proof().certify(&instance).map_err(|cause| cause.to_string())
    };
    let (certificate, verdict) = match solved() {
        Ok(solved) => solved,
        Err(cause) => return (words, uncertified(&cause)),
    };
    if !verdict.certified() {
        return (words, Outcome::failed(&verdict));
    }
    (words, Outcome::of(check(&instance, &options, &certificate)))
}

/// The user's utility becomes a mixture of the agents', up to a factor and what it was at the first
/// action.
fn put_user_inside(draw: &mut Draw, disguised: &mut Disguised) {
    let weights = draw.simplex(disguised.game.parties.len() - 1);
    let factor = draw.magnitude(-3.0, 3.0, false);
    let (user, agents) = disguised.game.parties.split_at_mut(1);
    let levels = user[0][0].clone();
    for (a, row) in user[0].iter_mut().enumerate() {
        for (y, own) in row.iter_mut().enumerate() {
            let inside: f64 = agents.iter().zip(&weights).map(|(agent, w)| w * agent[a][y]).sum();
            *own = factor * inside + levels[y];
        }
    }
}

/// Utilities in rational numbers, `[actions][states]`.
type Exact = Vec<Vec<RBig>>;

fn exact(matrix: &Matrix) -> Exact {
    (0..matrix.rows()).map(|a| matrix.row(a).iter().map(|&u| rational(u)).collect()).collect()
}

/// The entries whose residuals are compared: pairs for an offset that takes whatever they share,
/// single ones for none.
fn pairs(actions: usize, states: usize, offset: Offset) -> Vec<((usize, usize), (usize, usize))> {
    let entries: Vec<(usize, usize)> = (0..actions).flat_map(|a| (0..states).map(move |y| (a, y))).collect();
    let ordered = entries.iter().flat_map(|&above| entries.iter().map(move |&below| (above, below)));
    ordered.filter(|(above, below)| above != below && (offset == Offset::Constant || above.1 == below.1)).collect()
}

/// The smallest error, of weights under which the agents' ranges sum to at most `limit`, if there
/// is one. An offset that is best leaves half the largest difference of two residuals that share
/// it.
fn optimum(user: &Exact, agents: &[Exact], options: &AlignOptions, limit: Option<f64>) -> Option<RBig> {
    let error = agents.len();
    let mut program = Program::new(error + 1);
    program.add_cost(error, &-RBig::ONE);
    if options.simplex {
        program.add_row((0..error).map(|i| (i, RBig::ONE)), Relation::Equal, RBig::ONE);
    }
    if let Some(limit) = limit {
        let stakes = agents.iter().map(|agent| range(agent, options.offset)).enumerate();
        program.add_row(stakes, Relation::AtMost, rational(limit));
    }
    let (actions, states) = (user.len(), user[0].len());
    if options.offset == Offset::None {
        for a in 0..actions {
            for y in 0..states {
                let entries = || (0..error).map(|i| (i, agents[i][a][y].clone()));
                program.add_row(entries().chain([(error, RBig::ONE)]), Relation::AtLeast, user[a][y].clone());
                program.add_row(entries().chain([(error, -RBig::ONE)]), Relation::AtMost, user[a][y].clone());
            }
        }
    } else {
        for ((a, y), (b, z)) in pairs(actions, states, options.offset) {
            let entries = (0..error).map(|i| (i, &agents[i][a][y] - &agents[i][b][z]));
            let entries = entries.chain([(error, -RBig::from(2))]);
            program.add_row(entries, Relation::AtMost, &user[a][y] - &user[b][z]);
        }
    }
    program.maximise(&[]).optimal().map(|solution| -solution.value)
}

fn check(instance: &Instance, options: &AlignOptions, certificate: &Certificate<AlignmentProof>) -> Result<(), String> {
    let (proof, claims) = (&certificate.proof, &certificate.claims);
    let user = exact(&instance.user.utility);
    let agents: Vec<Exact> = instance.agents.iter().map(|agent| exact(&agent.utility)).collect();
    // A bound may hold for weights up to a limit only; then no others count.
    let best = optimum(&user, &agents, options, claims.limit).ok_or("no weights")?;
    let weights: Vec<RBig> = proof.weights.iter().map(|&w| rational(w)).collect();
    if weights.iter().any(|w| *w < RBig::ZERO) {
        return Err("a negative weight".into());
    }
    // Weights that sum to one are meant over their sum.
    let sum = weights.iter().cloned().total();
    if options.simplex && (&sum - RBig::ONE).abs() > rational(1e-9) {
        return Err("weights that do not sum to one".into());
    }
    let unit = if options.simplex { sum } else { RBig::ONE };
    let weights: Vec<RBig> = weights.iter().map(|w| w / &unit).collect();
    let residual = |a: usize, y: usize| -> RBig {
        weights.iter().zip(&agents).map(|(w, agent)| w * &agent[a][y]).total() - &user[a][y]
    };
    let (actions, states) = (user.len(), user[0].len());
    let residuals: Exact = (0..actions).map(|a| (0..states).map(|y| residual(a, y)).collect()).collect();
    // With the best offset for these weights; and with the offset that is given.
    let own = if options.offset == Offset::None {
        residuals.iter().flatten().map(|r| r.clone().abs()).max()
    } else {
        let differences = pairs(actions, states, options.offset);
        let half = rational(0.5);
        differences.into_iter().map(|((a, y), (b, z))| (&residuals[a][y] - &residuals[b][z]) * &half).max()
    };
    let own = own.ok_or("no entries")?;
    let offset = |y: usize| match options.offset {
        Offset::None => RBig::ZERO,
        Offset::Constant => rational(claims.offset[0]),
        Offset::PerState => rational(claims.offset[y]),
    };
    let entries = (0..actions).flat_map(|a| (0..states).map(move |y| (a, y)));
    let given = entries.map(|(a, y)| (&residuals[a][y] + offset(y)).abs()).max().ok_or("no entries")?;
    let stake = stake(&user, &agents, options, &best);
    judge::check_value(&own, &best, &stake)?;
    // The offset is a number, and no finer than its own rounding.
    let rounding = (0..states).map(|y| offset(y).abs()).max().unwrap_or(RBig::ZERO) * rational(f64::EPSILON);
    if given.clone() - &best > judge::allowed(&stake) + rounding {
        return Err(format!("the offset leaves {:.3e}, and {:.3e} can be", judge::float(&given), judge::float(&best)));
    }
    // The error is that of the best offset, which the one that is given rounds.
    judge::check_claim("the error", claims.error, &own)?;
    let bound = rational(claims.lower_bound);
    if bound > best {
        let (bound, best) = (claims.lower_bound, judge::float(&best));
        return Err(format!("at least {bound:e} is claimed, and {best:e} is reached"));
    }
    Ok(())
}

/// What is at stake: the error of no weights at all, which is half the user's range, or the least
/// error; on the simplex, the least error of one agent alone, where that is more.
fn stake(user: &Exact, agents: &[Exact], options: &AlignOptions, best: &RBig) -> RBig {
    let own = range(user, options.offset);
    let least = agents
        .iter()
        .map(|agent| range(agent, options.offset))
        .filter(|range| !range.is_zero())
        .min()
        .filter(|_| options.simplex);
    let mut stake = if own > *best { own } else { best.clone() };
    if let Some(least) = least.filter(|_| stake.is_zero()) {
        stake = least;
    }
    stake
}

/// What an offset cannot take of a utility.
fn range(utility: &Exact, offset: Offset) -> RBig {
    let all: Vec<RBig> = utility.iter().flatten().cloned().collect();
    match offset {
        Offset::None => all.into_iter().map(Abs::abs).max().unwrap_or(RBig::ZERO),
        Offset::Constant => judge::spread(&all),
        Offset::PerState => {
            let column = |y: usize| utility.iter().map(|row| row[y].clone()).collect::<Vec<RBig>>();
            (0..utility[0].len()).map(|y| judge::spread(&column(y))).max().unwrap_or(RBig::ZERO)
        }
    }
}
