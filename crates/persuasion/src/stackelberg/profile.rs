//! The program of a node, in which some types have a fixed response, in whole numbers: its bound,
//! and its best mixture.

use super::program::{End, Program, along};
use super::reduce::Reduced;
use super::whole::Whole;
use dashu::base::Abs;
use dashu::integer::IBig;
use suasion_certificate::ResponseMultiplier;
use suasion_lp::Settings;
use suasion_lp::exact::{Ray, last_bit, nearest, whole};

/// Multipliers are first computed for costs that are raised by this fraction of the possible
/// rounding error, as a power of two.
const SAFETY: usize = 51;
/// Costs are raised in units that are finer by this many bits.
const FINER: usize = 64;

/// A value of the leader, as numerator and denominator in units of `2^lead_unit`.
#[derive(Clone, Debug)]
pub(super) struct Value {
    pub numerator: IBig,
    pub denominator: IBig,
}

impl Value {
    pub(super) fn exceeds(&self, other: &Self) -> bool {
        &self.numerator * &other.denominator > &other.numerator * &self.denominator
    }
}

/// The costs and rows of a program.
pub(super) struct Profile<'a> {
    settings: &'a Settings,
    costs: Vec<IBig>,
    /// The unit of the costs.
    unit: i32,
    /// The ratio of the unit of values to this unit, as a power of two.
    coarser: usize,
    rows: Vec<Row>,
}

/// A row of obedience.
struct Row {
    kind: usize,
    response: usize,
    alternative: usize,
    /// The gains in units of `2^unit`.
    gains: Vec<IBig>,
    unit: i32,
}

/// The result of a program.
pub(super) enum Solved {
    /// Multipliers that prove the requested bound, except for unavoidable rounding.
    Proved(Vec<ResponseMultiplier>),
    /// The value of the best mixture is higher. The mixture has a common denominator.
    Open { mixture: Vec<IBig>, value: Value },
    /// The method did not finish.
    Stuck,
}

impl<'a> Profile<'a> {
    /// The program in which every type plays one of `sets[t]`. A type with one response must play
    /// it. The multipliers of `guide` price the responses of the others.
    pub(super) fn new(
        (reduced, game): (&Reduced, &Whole),
        sets: &[Vec<usize>],
        guide: &[ResponseMultiplier],
        settings: &'a Settings,
    ) -> Self {
        let actions = reduced.game.leader_actions.len();
        let guided = |t: usize| reduced.matters[t] && sets[t].len() > 1;
        let fine = guide.iter().filter(|multiplier| guided(multiplier.0));
        let fine = fine.filter_map(|&(t, _, _, rho)| Some(last_bit(rho)? + game.follower_units[t]));
        let unit = fine.min().unwrap_or(game.lead_unit).min(game.lead_unit);
        let coarser = (game.lead_unit - unit) as usize;
        let price = |t: usize, i: usize, j: usize| {
            let own = guide.iter().filter(|(kind, response, ..)| (*kind, *response) == (t, j));
            own.fold(game.lead(t, i, j) << coarser, |price, &(_, _, k, rho)| {
                price + whole(rho, unit - game.follower_units[t]) * game.gain(t, i, j, k)
            })
        };
        let cost = |i: usize| {
            let of_type = |t: usize| {
                if guided(t) {
                    sets[t].iter().map(|&j| price(t, i, j)).max().unwrap_or(IBig::ZERO)
                } else {
                    game.lead(t, i, sets[t][0]) << coarser
                }
            };
            (0..sets.len()).map(of_type).fold(IBig::ZERO, |sum, worth| sum + worth)
        };
        let costs = (0..actions).map(cost).collect();
        let mut rows = Vec::new();
        for t in (0..sets.len()).filter(|&t| reduced.matters[t] && sets[t].len() == 1) {
            let response = sets[t][0];
            for &alternative in reduced.kept[t].iter().filter(|&&k| k != response) {
                let gains: Vec<IBig> = (0..actions).map(|i| game.gain(t, i, response, alternative)).collect();
                if gains.iter().all(|gain| *gain >= IBig::ZERO) {
                    continue;
                }
                let zeros = gains.iter().filter_map(IBig::trailing_zeros).min().unwrap_or(0);
                let gains = gains.into_iter().map(|gain| gain >> zeros).collect();
                rows.push(Row { kind: t, response, alternative, gains, unit: game.follower_units[t] + zeros as i32 });
            }
        }
        Self { settings, costs, unit, coarser, rows }
    }

    fn gains(&self) -> Vec<Vec<IBig>> {
        self.rows.iter().map(|row| row.gains.clone()).collect()
    }

    fn program(&self) -> Program {
        Program::new(&self.costs, &self.gains())
    }

    /// The value of the best mixture, if there is one.
    pub(super) fn value(&self) -> Option<Value> {
        let mut program = self.program();
        matches!(program.run(None, self.settings), End::Optimal).then(|| self.bound(&program))
    }

    fn bound(&self, program: &Program) -> Value {
        let (numerator, denominator) = program.bound();
        Value { numerator, denominator: denominator << self.coarser }
    }

    /// Proves that the value of every mixture is at most `enough`, or finds the best mixture.
    pub(super) fn solve(&self, enough: &Value) -> Solved {
        let target = (&enough.numerator << self.coarser, enough.denominator.clone());
        let asked = Some((&target.0, &target.1));
        let mut program = self.program();
        let mut end = program.run(asked, self.settings);
        if matches!(end, End::Enough) {
            let (multipliers, proved) = self.rounded(program.multipliers(), program.denominator(), 0, &target);
            if proved {
                return Solved::Proved(multipliers);
            }
            end = program.run(None, self.settings);
        }
        match end {
            End::Stuck | End::Enough => Solved::Stuck,
            End::Unbounded(ray) => Solved::Proved(self.along(&program, &ray, &target)),
            End::Optimal if program.is_at_most(&target.0, &target.1) => Solved::Proved(self.safe(&program, &target)),
            End::Optimal => Solved::Open { mixture: program.mixture(), value: self.bound(&program) },
        }
    }

    /// The multipliers as binary64 numbers, from numerators over a denominator, all times a power
    /// of two; and whether they prove the requested bound.
    fn rounded<'m>(
        &self,
        multipliers: impl Iterator<Item = (usize, &'m IBig)>,
        over: &IBig,
        power: i32,
        target: &(IBig, IBig),
    ) -> (Vec<ResponseMultiplier>, bool) {
        let mut list = Vec::new();
        let mut used = Vec::new();
        for (r, multiplier) in multipliers {
            let row = &self.rows[r];
            let rho = nearest(multiplier, over, self.unit - row.unit + power);
            if rho > 0.0 && rho.is_finite() {
                list.push((row.kind, row.response, row.alternative, rho));
                used.push((row, rho));
            }
        }
        // Priced exactly.
        let unit = used.iter().filter_map(|(row, rho)| Some(last_bit(*rho)? + row.unit)).fold(self.unit, i32::min);
        let prices: Vec<(IBig, &Row)> = used.iter().map(|&(row, rho)| (whole(rho, unit - row.unit), row)).collect();
        let by = (self.unit - unit) as usize;
        let priced =
            |i: usize| prices.iter().fold(&self.costs[i] << by, |price, (rho, row)| price + rho * &row.gains[i]);
        let limit = &target.0 << by;
        let proved = (0..self.costs.len()).all(|i| priced(i) * &target.1 <= limit);
        (list, proved)
    }

    /// Multipliers at the optimum. If rounding them matters, chooses multipliers with a margin
    /// where possible.
    fn safe(&self, program: &Program, target: &(IBig, IBig)) -> Vec<ResponseMultiplier> {
        let (plain, proved) = self.rounded(program.multipliers(), program.denominator(), 0, target);
        if proved {
            return plain;
        }
        let mut sizes = vec![IBig::ZERO; self.costs.len()];
        for (r, multiplier) in program.multipliers() {
            for (size, gain) in sizes.iter_mut().zip(&self.rows[r].gains) {
                *size += multiplier * gain.clone().abs();
            }
        }
        let raise = |(cost, size): (&IBig, &IBig)| {
            let raised = if size.is_zero() {
                IBig::ZERO
            } else {
                (size << (FINER - SAFETY)) / program.denominator() + IBig::ONE
            };
            (cost << FINER) + raised
        };
        let costs: Vec<IBig> = self.costs.iter().zip(&sizes).map(raise).collect();
        let mut raised = Program::new(&costs, &self.gains());
        if !matches!(raised.run(None, self.settings), End::Optimal) {
            return plain;
        }
        self.rounded(raised.multipliers(), raised.denominator(), -(FINER as i32), target).0
    }

    /// Multipliers along a ray that are large enough.
    fn along(&self, program: &Program, ray: &Ray, target: &(IBig, IBig)) -> Vec<ResponseMultiplier> {
        let mut sums = vec![IBig::ZERO; self.rows.len()];
        for (r, multiplier) in program.multipliers() {
            sums[r].clone_from(multiplier);
        }
        // Go as far along the ray as necessary, then multiply the distance until rounding no longer
        // matters.
        let (bound, over) = program.bound();
        let missing = (bound * &target.1 - &target.0 * over).abs() / &target.1 + over;
        let mut length: IBig = missing / &ray.objective + IBig::ONE;
        let mut found = Vec::new();
        for _ in 0..12 {
            let mut there = sums.clone();
            for (r, rate) in along(ray) {
                there[r] += &length * rate;
            }
            let listed = there.iter().enumerate();
            let (multipliers, proved) = self.rounded(listed, program.denominator(), 0, target);
            found = multipliers;
            if proved {
                break;
            }
            length <<= 8;
        }
        found
    }

    /// The best mixture with a margin from the borders of its region of `2^-by` of what is at stake
    /// there, where possible. Borders without an interior get no margin. Also returns the
    /// denominator. Returns `None` if the program has no mixture.
    pub(super) fn inner(&self, by: Option<usize>) -> Option<(Vec<IBig>, IBig)> {
        let mut program = self.program();
        if !matches!(program.run(None, self.settings), End::Optimal) {
            return None;
        }
        let mixture = program.mixture();
        let Some(by) = by else { return Some((mixture, program.denominator().clone())) };
        // Use finer units than those of the gains, so that nothing is lost where little is at
        // stake.
        let stake = |row: &Row| {
            let sum = row.gains.iter().zip(&mixture).fold(IBig::ZERO, |sum, (gain, x)| sum + gain.clone().abs() * x);
            (sum << FINER) / program.denominator()
        };
        let mut margins: Vec<IBig> = self.rows.iter().map(stake).collect();
        loop {
            let mut tightened = program.clone().tightened(&margins, by + FINER);
            match tightened.run(None, self.settings) {
                End::Optimal => {
                    let denominator = tightened.denominator() << (by + FINER);
                    return Some((tightened.mixture(), denominator));
                }
                End::Unbounded(ray) => {
                    let strict = along(&ray).filter(|(r, _)| !margins[*r].is_zero()).count();
                    if strict == 0 {
                        return None;
                    }
                    along(&ray).for_each(|(r, _)| margins[r] = IBig::ZERO);
                }
                End::Enough | End::Stuck => return None,
            }
        }
    }

    /// Whether a mixture satisfies every row.
    pub(super) fn is_kept(&self, mixture: &[(usize, IBig)]) -> bool {
        let kept = |row: &Row| mixture.iter().fold(IBig::ZERO, |sum, (i, x)| sum + x * &row.gains[*i]) >= IBig::ZERO;
        self.rows.iter().all(kept)
    }
}

/// A mixture in the form of a certificate: in order, every number rounded, with a sum of at most
/// one.
pub(super) fn listed(mixture: &[IBig], denominator: &IBig) -> Vec<(usize, f64)> {
    let mut list: Vec<(usize, f64)> =
        mixture.iter().enumerate().map(|(i, x)| (i, nearest(x, denominator, 0))).filter(|(_, x)| *x > 0.0).collect();
    let anchor = (1..list.len()).fold(0, |best, k| if list[k].1 > list[best].1 { k } else { best });
    let unit = list.iter().filter_map(|&(_, x)| last_bit(x)).min().unwrap_or(0).min(0);
    let one = IBig::ONE << unit.unsigned_abs() as usize;
    let others = list.iter().enumerate().filter(|(k, _)| *k != anchor);
    let rest = others.fold(one.clone(), |rest, (_, (_, x))| rest - whole(*x, unit));
    if let Some((_, x)) = list.get_mut(anchor) {
        let rounded = nearest(&rest, &one, 0);
        let exact = last_bit(rounded).is_none_or(|bit| bit >= unit);
        *x = if exact && whole(rounded, unit) <= rest { rounded } else { rounded.next_down() };
    }
    list
}
