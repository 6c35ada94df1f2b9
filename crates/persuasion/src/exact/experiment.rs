//! Optimal experiments in exact arithmetic.
//!
//! *Method.* Column generation over messages. The masses of the messages that induce a menu are the
//! extreme rays of the cone at which it is obeyed. The master has a row for each observation; its
//! slacks are what full information reveals, which is the starting point. A program with a column
//! for each observation finds the next message of a menu, or the multipliers that prove that there
//! is none.

use super::follow::scheme_of;
use super::game::WholeGame;
use super::round::{below, size};
use super::{Bend, chosen, finish, precedence, value};
use dashu::base::{Gcd, UnsignedAbs};
use dashu::integer::{IBig, UBig};
use dashu::rational::RBig;
use std::collections::BTreeMap;
use suasion_certificate::{Node, ResponseMultiplier};
use suasion_lp::Settings;
use suasion_lp::exact::{Tableau, TableauStep, nearest};
use suasion_model::ExperimentScheme;

/// The maximum number of menus.
const MENUS: usize = 64;
/// The maximum number of observations.
const OBSERVATIONS: usize = 16;
/// The maximum number of times that the master is solved.
const ROUNDS: usize = 500;

/// An optimum in the form of a certificate.
pub(crate) struct Found {
    pub scheme: ExperimentScheme,
    pub tree: Vec<Node>,
    /// The multiplier of the floor.
    pub slope: f64,
    pub rounds: usize,
}

/// The optimum of a small game. Returns `None` if time is up.
pub(crate) fn solve(game: &WholeGame, settings: &Settings) -> Option<Found> {
    let menus = menus(game);
    let mut relaxed = Master::new(game, &menus, Bend::Relaxed);
    relaxed.run(&worths(game, &menus), settings)?;
    let (tree, slope) = relaxed.proof();
    let optimum = |bend: Bend| -> Option<(RBig, Master<'_>)> {
        let mut master = Master::new(game, &menus, bend);
        master.run(&worths(game, &menus), settings)?;
        Some((value(&master.tableau), master))
    };
    let mut master = chosen(game, &value(&relaxed.tableau), optimum)?;
    master.favor_user(settings);
    let rounds = relaxed.rounds + master.rounds;
    Some(Found { scheme: master.scheme(), tree, slope, rounds })
}

/// Whether a game is small enough for this method.
pub(crate) fn is_small(game: &WholeGame) -> bool {
    let count = game.alive.iter().try_fold(1_usize, |count, alive| count.checked_mul(alive.len()));
    count.is_some_and(|count| count <= MENUS) && game.observed.len() <= OBSERVATIONS
}

/// All menus of actions that the types may take, in lexicographic order.
fn menus(game: &WholeGame) -> Vec<Vec<usize>> {
    let mut menus = vec![vec![]];
    for alive in &game.alive {
        let longer = |menu: Vec<usize>| alive.iter().map(move |&a| [&menu[..], &[a]].concat());
        menus = menus.into_iter().flat_map(longer).collect();
    }
    menus
}

/// The sum over types of these numbers for a menu, at each observation.
fn summed(game: &WholeGame, numbers: &[Vec<Vec<IBig>>], menu: &[usize]) -> Vec<IBig> {
    let at = |i: usize| menu.iter().zip(numbers).fold(IBig::ZERO, |sum, (&a, numbers)| sum + &numbers[i][a]);
    (0..game.observed.len()).map(at).collect()
}

fn worths(game: &WholeGame, menus: &[Vec<usize>]) -> Vec<Vec<IBig>> {
    menus.iter().map(|menu| summed(game, &game.worth, menu)).collect()
}

/// An obedience row: the perturbed regret of a menu at each observation.
struct Row {
    kind: usize,
    alternative: usize,
    against: Vec<IBig>,
}

/// The multipliers of a menu's rows, over a common denominator.
struct Priced {
    multipliers: Vec<IBig>,
    denominator: IBig,
}

/// The result of a search for a message of a menu.
enum Search {
    /// The message with these masses has a positive reduced value.
    Found(Vec<IBig>),
    /// No message has a positive reduced value.
    Proved(Priced),
    /// The search takes too long.
    Stuck,
}

struct Master<'a> {
    game: &'a WholeGame,
    menus: &'a [Vec<usize>],
    bend: Bend,
    rows: Vec<Vec<Row>>,
    /// How much of the floor's budget each menu uses at each observation, perturbed.
    regrets: Vec<Vec<IBig>>,
    tableau: Tableau,
    /// The menu and the masses of each column.
    columns: Vec<(usize, Vec<IBig>)>,
    /// The multipliers of the last round that prove that no message of a menu has a positive
    /// reduced value.
    priced: Vec<Priced>,
    rounds: usize,
}

impl<'a> Master<'a> {
    fn new(game: &'a WholeGame, menus: &'a [Vec<usize>], bend: Bend) -> Self {
        let n = game.observed.len();
        let rows = |menu: &Vec<usize>| {
            let pairs = menu
                .iter()
                .enumerate()
                .flat_map(|(t, &own)| game.alive[t].iter().filter(move |&&k| k != own).map(move |&k| (t, own, k)));
            let row = |(kind, own, alternative): (usize, usize, usize)| {
                let against = |regrets: &Vec<IBig>| bend.entry(&(&regrets[own] - &regrets[alternative]));
                Row { kind, alternative, against: game.regrets[kind].iter().map(against).collect() }
            };
            pairs.map(row).filter(|row| row.against.iter().any(|entry| *entry > IBig::ZERO)).collect()
        };
        let regrets = |menu: &Vec<usize>| {
            summed(game, &game.regrets, menu).iter().map(|regret| bend.entry(regret)).collect::<Vec<IBig>>()
        };
        let mut right = vec![IBig::ONE; n];
        right.extend(game.budget.as_ref().map(|budget| -bend.entry(&-budget)));
        Self {
            game,
            menus,
            bend,
            rows: menus.iter().map(rows).collect(),
            regrets: menus.iter().map(regrets).collect(),
            tableau: Tableau::new(right),
            columns: vec![],
            priced: vec![],
            rounds: 0,
        }
    }

    /// Generates messages until none has a positive reduced value, given the value of each menu at
    /// each observation.
    fn run(&mut self, worths: &[Vec<IBig>], settings: &Settings) -> Option<()> {
        for _ in 0..ROUNDS {
            self.rounds += 1;
            finish(&mut self.tableau, settings)?;
            let (prices, denominator) = (self.tableau.multipliers(), self.tableau.denominator().clone());
            let mut found = vec![];
            self.priced.clear();
            for (f, worth) in worths.iter().enumerate() {
                match self.price(f, worth, &prices, &denominator, settings) {
                    Search::Found(masses) => found.push((f, masses)),
                    Search::Proved(priced) => self.priced.push(priced),
                    Search::Stuck => return None,
                }
            }
            if found.is_empty() {
                return Some(());
            }
            for (f, masses) in found {
                let mut column = masses.clone();
                if self.game.budget.is_some() {
                    column.push(times(&masses, &self.regrets[f]));
                }
                self.tableau.add(&column, &times(&masses, &worths[f]));
                self.columns.push((f, masses));
            }
        }
        None
    }

    /// Returns the masses of a message with a positive reduced value; if there is none, the
    /// multipliers that prove it.
    fn price(&self, f: usize, worth: &[IBig], prices: &[IBig], denominator: &IBig, settings: &Settings) -> Search {
        let (n, rows) = (worth.len(), &self.rows[f]);
        let mut program = Tableau::new(vec![IBig::ZERO; rows.len()]);
        for i in 0..n {
            let mut left = &worth[i] * denominator - &prices[i];
            if let Some(price) = prices.get(n) {
                left -= price * &self.regrets[f][i];
            }
            let column: Vec<IBig> = rows.iter().map(|row| row.against[i].clone()).collect();
            program.add(&column, &left);
        }
        for _ in 0..super::MOST {
            if settings.stopped().is_some() {
                return Search::Stuck;
            }
            match program.step() {
                TableauStep::Moved => {}
                TableauStep::Optimal => {
                    let denominator = program.denominator() * denominator;
                    return Search::Proved(Priced { multipliers: program.multipliers(), denominator });
                }
                TableauStep::Unbounded(ray) => {
                    let mut masses = vec![IBig::ZERO; n];
                    let common = ray.columns.iter().map(|(_, rate)| rate.unsigned_abs());
                    let common = common.reduce(Gcd::gcd).unwrap_or(UBig::ONE);
                    let common = IBig::from(common);
                    ray.columns.iter().for_each(|(i, rate)| masses[*i] = rate / &common);
                    return Search::Found(masses);
                }
            }
        }
        Search::Stuck
    }

    /// Moves to an optimum that is best for the user, if there is time.
    fn favor_user(&mut self, settings: &Settings) {
        let most = self.game.most_regret();
        let least = IBig::from(1).max(self.tableau.objective() / self.tableau.denominator());
        let power = precedence(&least, &most);
        let worth = |menu: &Vec<usize>| -> Vec<IBig> {
            let (worth, regrets) =
                (summed(self.game, &self.game.worth, menu), summed(self.game, &self.game.regrets, menu));
            worth.iter().zip(&regrets).map(|(worth, regret)| (worth << power) - regret).collect()
        };
        let worths: Vec<Vec<IBig>> = self.menus.iter().map(worth).collect();
        let before = self.tableau.clone();
        let values: Vec<IBig> = self.columns.iter().map(|(f, masses)| times(masses, &worths[*f])).collect();
        self.tableau.set_values(&values);
        if self.run(&worths, settings).is_none() {
            self.columns.truncate(values.len());
            self.tableau = before;
        }
    }

    /// The scheme with its probabilities rounded down. The remainder is revealed in full.
    fn scheme(&self) -> ExperimentScheme {
        let (game, n) = (self.game, self.game.observed.len());
        let mut sums: BTreeMap<usize, Vec<IBig>> = BTreeMap::new();
        for (column, weight) in self.tableau.values() {
            let (f, masses) = &self.columns[column];
            let sums = sums.entry(*f).or_insert_with(|| vec![IBig::ZERO; n]);
            sums.iter_mut().zip(masses).for_each(|(sum, mass)| *sum += weight * mass);
        }
        let share = |sum: &IBig| below(sum, self.tableau.denominator());
        let message = |(f, sums): (usize, Vec<IBig>)| (self.menus[f].clone(), sums.iter().map(share).collect());
        scheme_of(game, &sums.into_iter().map(message).collect())
    }

    /// The tree of all menus with rounded multipliers, and the rounded multiplier of the floor.
    fn proof(&self) -> (Vec<Node>, f64) {
        let game = self.game;
        let unit = game.worth_unit - game.user_unit + self.bend.power() as i32;
        let slope = game.budget.as_ref().map_or(0.0, |_| {
            let prices = self.tableau.multipliers();
            nearest(&prices[game.observed.len()], self.tableau.denominator(), unit).min(f64::MAX)
        });
        let leaves: Vec<Vec<ResponseMultiplier>> = (0..self.menus.len())
            .map(|f| {
                let (menu, priced) = (&self.menus[f], &self.priced[f]);
                let multiplier = |(row, multiplier): (&Row, &IBig)| {
                    let rho = nearest(multiplier, &priced.denominator, unit).min(f64::MAX);
                    (row.kind, menu[row.kind], row.alternative, rho)
                };
                self.rows[f].iter().zip(&priced.multipliers).map(multiplier).filter(|m| m.3 > 0.0).collect()
            })
            .collect();
        let mut tree = vec![];
        self.enumerate(&leaves, slope, (0, 0), &mut vec![], &mut tree);
        (tree, slope)
    }

    /// Builds the tree of all menus that begin with `menu` and in which type `t` takes her
    /// undominated action number `k` or a later one. The dominated actions go with the last of
    /// these.
    fn enumerate(
        &self,
        leaves: &[Vec<ResponseMultiplier>],
        slope: f64,
        (t, k): (usize, usize),
        menu: &mut Vec<usize>,
        tree: &mut Vec<Node>,
    ) {
        let Some(alive) = self.game.alive.get(t) else {
            let mut leaf = self.menus.binary_search(menu).map_or_else(|_| vec![], |f| leaves[f].clone());
            self.price_out(menu, slope, &mut leaf);
            tree.push(Node::Leaf(leaf));
            return;
        };
        let last = k + 1 == alive.len();
        if !last {
            tree.push(Node::Split(t, alive[k]));
        }
        menu.push(alive[k]);
        self.enumerate(leaves, slope, (t + 1, 0), menu, tree);
        menu.pop();
        if !last {
            self.enumerate(leaves, slope, (t, k + 1), menu, tree);
        }
    }

    /// Adds multipliers that put the prices of dominated actions below those of a menu.
    fn price_out(&self, menu: &[usize], slope: f64, leaf: &mut Vec<ResponseMultiplier>) {
        let game = self.game;
        let regret = |t: usize, i: usize, a: usize| size(&game.regrets[t][i][a], game.user_unit);
        let worth = |t: usize, i: usize, a: usize| size(&game.worth[t][i][a], game.worth_unit);
        for &(t, action, by) in game.beaten.iter().filter(|(t, ..)| game.alive[*t].last() == Some(&menu[*t])) {
            let mut rho: f64 = 0.0;
            for i in (0..game.observed.len()).filter(|&i| game.met[t][i]) {
                let priced = leaf.iter().filter(|m| m.0 == t && m.1 == menu[t]);
                let priced = priced.map(|m| m.3 * (regret(t, i, m.2) + regret(t, i, menu[t]))).sum::<f64>();
                let above = worth(t, i, action) + worth(t, i, menu[t]) + priced + slope * regret(t, i, menu[t]);
                let margin = size(&(&game.regrets[t][i][action] - &game.regrets[t][i][by]), game.user_unit);
                rho = rho.max(2.0 * above / margin);
            }
            leaf.extend((rho > 0.0).then_some((t, action, by, rho.min(f64::MAX))));
        }
        leaf.sort_unstable_by_key(|&(t, j, k, _)| (t, j, k));
    }
}

fn times(masses: &[IBig], numbers: &[IBig]) -> IBig {
    masses.iter().zip(numbers).fold(IBig::ZERO, |sum, (mass, number)| sum + mass * number)
}
