//! Games, and what can be done to them that decides nothing.

use super::draw::Draw;
use super::folded::rational;
use dashu::rational::RBig;
use std::fmt::Write;
use suasion_model::{Information, Instance, Labels, Matrix, Party};

/// Utilities, `[actions][states]`.
pub type Table = Vec<Vec<f64>>;

/// A game of one prior in which agents observe the state.
#[derive(Clone, Debug)]
pub struct Game {
    /// The probability of each state.
    pub prior: Vec<f64>,
    /// The user's utility first, then the agents'.
    pub parties: Vec<Table>,
}

/// A game, and the one that it is at heart.
#[derive(Clone, Debug)]
pub struct Disguised {
    /// The game at heart.
    pub plain: Game,
    /// The game with numbers that decide nothing.
    pub game: Game,
    /// The state at heart of each state; none, where it has no mass.
    pub states: Vec<Option<usize>>,
    /// The action at heart of each action; none, where nobody plays it.
    pub actions: Vec<Option<usize>>,
    /// The party at heart of each party.
    pub parties: Vec<usize>,
    /// What each party's utility was multiplied by.
    pub factors: Vec<f64>,
    /// What was done, in words.
    pub words: String,
}

/// How large a game is at heart.
#[derive(Clone, Copy, Debug)]
pub struct Shape {
    /// The number of states.
    pub states: usize,
    /// The number of actions.
    pub actions: usize,
    /// The number of agents.
    pub agents: usize,
}

impl Game {
    /// A game whose numbers are all of about the same size.
    fn draw(draw: &mut Draw, shape: Shape, dyadic: bool) -> Self {
        let prior = draw.simplex(shape.states);
        let parties = (0..=shape.agents).map(|_| draw.table(shape.actions, shape.states, dyadic)).collect();
        Self { prior, parties }
    }

    /// Makes a state rare; the stakes in it stay, or grow for some parties so that it matters as
    /// much as before.
    fn make_rare(&mut self, draw: &mut Draw, dyadic: bool, words: &mut String) {
        let rare = draw.between(0, self.prior.len() - 1);
        let p = draw.magnitude(-12.0, -6.0, dyadic);
        let rest: f64 = self.prior.iter().enumerate().filter(|&(y, _)| y != rare).map(|(_, p)| p).sum();
        for (y, mass) in self.prior.iter_mut().enumerate() {
            *mass = if y == rare { p } else { *mass / rest * (1.0 - p) };
        }
        let _ = write!(words, " rare {p:.0e}");
        for (party, table) in self.parties.iter_mut().enumerate() {
            if draw.chance(0.5) {
                let _ = write!(words, " huge for {party}");
                for row in table {
                    row[rare] /= p;
                }
            }
        }
    }

    /// The game as an instance.
    ///
    /// # Panics
    /// If it has no parties.
    #[must_use]
    pub fn instance(&self) -> Instance {
        let (actions, states) = (self.parties[0].len(), self.prior.len());
        let matrix = |table: &Table| Matrix::from_fn(actions, states, |a, y| table[a][y]);
        let party = |(i, table): (usize, &Table)| Party {
            name: if i == 0 { "user".into() } else { format!("agent {i}") },
            utility: matrix(table),
        };
        let mut parties = self.parties.iter().enumerate().map(party);
        let user = parties.next().expect("a game has a user");
        Instance {
            name: "scale".into(),
            source: None,
            states: Labels::Count(states),
            actions: Labels::Count(actions),
            information: Information::Priors(Matrix::new(1, states, self.prior.clone())),
            user,
            agents: parties.collect(),
            protocol: None,
        }
    }
}

impl Disguised {
    /// A random game with some of everything that decides nothing. If `dyadic`, all that is added
    /// is added without rounding, so that the game is exactly the one at heart.
    #[must_use]
    pub fn draw(draw: &mut Draw, shape: Shape, dyadic: bool) -> Self {
        let mut plain = Game::draw(draw, shape, dyadic);
        let mut words = String::new();
        let all: [bool; 6] = draw.disguises();
        if all[0] && shape.states > 1 {
            plain.make_rare(draw, dyadic, &mut words);
        }
        let mut own = Self {
            game: plain.clone(),
            states: (0..shape.states).map(Some).collect(),
            actions: (0..shape.actions).map(Some).collect(),
            parties: (0..=shape.agents).collect(),
            factors: vec![1.0; shape.agents + 1],
            plain,
            words,
        };
        if all[1] {
            own.add_duplicates(draw);
        }
        if all[2] {
            for _ in 0..draw.between(1, 2) {
                own.add_unused_action(draw, dyadic);
            }
        }
        if all[3] {
            own.add_levels(draw, dyadic);
        }
        if all[4] {
            own.add_state_without_mass(draw, dyadic);
        }
        if all[5] {
            own.scale(draw, dyadic);
        }
        own.permute(draw);
        own
    }

    /// What happens at heart, where this happens: `(state, action, probability given the state)`.
    ///
    /// # Errors
    /// If an action is played that nobody should play.
    pub fn at_heart(&self, played: &[(usize, usize, RBig)]) -> Result<Vec<(usize, usize, RBig)>, String> {
        let mut mass = vec![RBig::ZERO; self.plain.prior.len()];
        for (state, &p) in self.states.iter().zip(&self.game.prior) {
            if let Some(state) = state {
                mass[*state] += rational(p);
            }
        }
        let mut heart = vec![];
        for (x, a, p) in played {
            let Some(state) = self.states[*x] else { continue };
            let action = self.actions[*a].ok_or_else(|| format!("action {a} is played, which nobody should play"))?;
            heart.push((state, action, p * rational(self.game.prior[*x]) / &mass[state]));
        }
        Ok(heart)
    }

    fn tell(&mut self, words: &str) {
        self.words.push(' ');
        self.words.push_str(words);
    }

    fn add_duplicates(&mut self, draw: &mut Draw) {
        let what = draw.between(1, 7);
        if what & 1 != 0 {
            let y = draw.between(0, self.game.prior.len() - 1);
            self.game.prior[y] *= 0.5;
            self.game.prior.push(self.game.prior[y]);
            for row in self.game.parties.iter_mut().flatten() {
                row.push(row[y]);
            }
            self.states.push(self.states[y]);
            self.tell("state twice");
        }
        if what & 2 != 0 {
            let a = draw.between(0, self.actions.len() - 1);
            for table in &mut self.game.parties {
                table.push(table[a].clone());
            }
            self.actions.push(self.actions[a]);
            self.tell("action twice");
        }
        if what & 4 != 0 {
            let i = draw.between(1, self.parties.len() - 1);
            self.game.parties.push(self.game.parties[i].clone());
            self.parties.push(self.parties[i]);
            self.factors.push(1.0);
            self.tell("agent twice");
        }
    }

    /// An action that is worse than any other for the user, in every state.
    fn add_unused_action(&mut self, draw: &mut Draw, dyadic: bool) {
        let states = self.game.prior.len();
        let penalty = draw.magnitude(6.0, 12.0, dyadic);
        let style = draw.between(0, 2);
        let mut penalties = vec![penalty; states];
        for one in &mut penalties {
            match style {
                1 => *one *= if dyadic { 1.0 + draw.between(0, 7) as f64 / 8.0 } else { 1.0 + draw.unit() },
                2 => *one = draw.magnitude(6.0, 12.0, dyadic),
                _ => {}
            }
        }
        self.tell(&format!("unused {penalty:.0e} style {style}"));
        for party in 0..self.game.parties.len() {
            // Agents may hate it, love it, or not care much.
            let size = if party == 0 { -1.0 } else { [-1.0, 1.0, 0.0, 1e-6][draw.between(0, 3)] };
            let table = &mut self.game.parties[party];
            let row = (0..states).map(|y| {
                let least = table.iter().map(|row| row[y]).fold(f64::INFINITY, f64::min);
                let own = size * penalties[y];
                if size == 1e-6 { draw.unit() } else { least + own }
            });
            let row: Vec<f64> = row.collect();
            table.push(row);
        }
        self.actions.push(None);
    }

    /// A function of the state alone, for some of the parties.
    fn add_levels(&mut self, draw: &mut Draw, dyadic: bool) {
        let states = self.game.prior.len();
        for party in 0..self.game.parties.len() {
            if party > 0 && draw.chance(0.5) {
                continue;
            }
            let one = draw.chance(0.5).then(|| draw.between(0, states - 1));
            let size = draw.magnitude(0.0, 12.0, dyadic);
            self.tell(&format!("level {size:.0e} for {party}"));
            for y in (0..states).filter(|&y| one.is_none_or(|one| one == y)) {
                let level = draw.sign() * if one.is_some() { size } else { draw.magnitude(0.0, size.log10(), dyadic) };
                for row in &mut self.game.parties[party] {
                    row[y] += level;
                }
            }
        }
    }

    fn add_state_without_mass(&mut self, draw: &mut Draw, dyadic: bool) {
        self.tell("state without mass");
        self.game.prior.push(0.0);
        let size = if draw.chance(0.5) { draw.magnitude(0.0, 12.0, dyadic) } else { 1.0 };
        for row in self.game.parties.iter_mut().flatten() {
            row.push(size * (draw.unit() - 0.5));
        }
        self.states.push(None);
    }

    fn scale(&mut self, draw: &mut Draw, dyadic: bool) {
        for party in 0..self.parties.len() {
            let factor = draw.magnitude(-12.0, 12.0, dyadic);
            self.factors[party] *= factor;
            self.tell(&format!("times {factor:.0e}"));
            for utility in self.game.parties[party].iter_mut().flatten() {
                *utility *= factor;
            }
        }
    }

    fn permute(&mut self, draw: &mut Draw) {
        let states = draw.order(self.states.len());
        let actions = draw.order(self.actions.len());
        let mut parties = vec![0];
        parties.extend(draw.order(self.parties.len() - 1).into_iter().map(|i| i + 1));
        let game = &self.game;
        let table = |&i: &usize| -> Table {
            let row = |&a: &usize| states.iter().map(|&y| game.parties[i][a][y]).collect();
            actions.iter().map(row).collect()
        };
        self.game = Game {
            prior: states.iter().map(|&y| game.prior[y]).collect(),
            parties: parties.iter().map(table).collect(),
        };
        self.states = states.iter().map(|&y| self.states[y]).collect();
        self.actions = actions.iter().map(|&a| self.actions[a]).collect();
        self.factors = parties.iter().map(|&i| self.factors[i]).collect();
        self.parties = parties.iter().map(|&i| self.parties[i]).collect();
    }
}
