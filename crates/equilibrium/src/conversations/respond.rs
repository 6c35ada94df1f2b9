//! The user's best response to conversation rules, by dynamic programming over her information
//! states.
//!
//! At an information state (her type and the history) she knows the unnormalized weight of every
//! world. She sends the messages whose continuations have the largest total value, and after the
//! last round takes the best action. The tree is walked depth first and never stored: weights lie
//! on one stack. To write down the plan, only its branches are walked a second time, which costs a
//! fraction of the first walk.

use super::heard::{Weighed, mass};
use super::{ConversationGame, ConversationWorth};
use rayon::prelude::*;
use std::ops::Range;
use suasion_model::{ConversationPlan, ConversationRule, Matrix, Situation, Step};

/// Expected utilities closer than this, relative to range and mass, count as equal.
const TIED: f64 = 1e-9;
/// How much better a tied choice must be for an agent, relative to range and mass, to be taken
/// before the first one.
const BETTER: f64 = 1e-12;
/// The same as `TIED`, for any probability, if a solver has made the user as indifferent as it can.
pub(super) const CLOSELY_TIED: f64 = 1e-8;

/// How the user breaks ties between messages and between actions. If the rule does not decide, she
/// takes the first, agent by agent and message by message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ties {
    /// The first.
    First,
    /// The choice that is best for this agent.
    For(usize),
    /// The choice that is worst for it.
    Against(usize),
}

impl ConversationGame<'_> {
    /// The user's best response to a profile of rules that have passed
    /// [`ConversationGame::checked`], and its values. Two choices tie if their values to her differ
    /// by at most `1e-9` of the range of her utility, times the probability of the decision.
    ///
    /// # Panics
    /// If the rules do not belong to this game, or there is no such agent in `ties`.
    #[must_use]
    pub fn respond(&self, rules: &[ConversationRule], ties: Ties) -> (ConversationPlan, ConversationWorth) {
        self.respond_within(rules, ties, 0.0)
    }

    /// The same if a solver has made her as indifferent as it can.
    pub(super) fn respond_closely(
        &self,
        rules: &[ConversationRule],
        ties: Ties,
    ) -> (ConversationPlan, ConversationWorth) {
        self.respond_within(rules, ties, CLOSELY_TIED)
    }

    fn respond_within(
        &self,
        rules: &[ConversationRule],
        ties: Ties,
        closely: f64,
    ) -> (ConversationPlan, ConversationWorth) {
        let talk = Talk { closely: closely * self.user_range, ..Talk::new(self, rules, ties) };
        let known = self.known();
        let first = |t: usize| talk.search().vectors(0, &known[t]);
        let roots: Vec<(usize, Vec<usize>)> =
            (0..known.len()).flat_map(|t| first(t).into_iter().map(move |messages| (t, messages))).collect();
        let values: Vec<Value> =
            roots.par_iter().map(|(t, messages)| talk.search().asking(&known[*t], messages)).collect();
        let step = |(t, weighed): (usize, &Weighed)| {
            let own: Vec<usize> = (0..roots.len()).filter(|&root| roots[root].0 == t).collect();
            let values: Vec<Value> = own.iter().map(|&root| values[root]).collect();
            let chosen = talk.choice(&values, mass(weighed));
            own.get(chosen).map(|&root| talk.search().step(weighed, &roots[root].1))
        };
        let plan = ConversationPlan { types: known.par_iter().enumerate().map(step).collect() };
        let worth =
            self.follow(rules, &plan).unwrap_or_else(|problem| unreachable!("her own plan is valid: {problem}"));
        (plan, worth)
    }
}

/// The user's value of a choice, and the value that breaks ties.
#[derive(Clone, Copy, Debug, Default)]
struct Value {
    user: f64,
    favour: f64,
}

/// Everything that does not change during the walk.
struct Talk<'r> {
    rules: &'r [ConversationRule],
    worlds: &'r [Situation],
    /// The user's messages and the questions of every round.
    asked: Vec<usize>,
    questions: Vec<usize>,
    answers: usize,
    /// See [`ConversationRule::alike`], `[agents]`.
    alike: Vec<Vec<Vec<usize>>>,
    actions: usize,
    /// `[worlds][actions]`: the values of actions to the user.
    user: Vec<f64>,
    /// The same for the utility that breaks ties; empty if there is none.
    favour: Vec<f64>,
    /// The unit of the user's utility in which ties are measured.
    tied: f64,
    better: f64,
    /// The difference that counts as a tie for any probability.
    closely: f64,
}

impl<'r> Talk<'r> {
    fn new(game: &'r ConversationGame<'_>, rules: &'r [ConversationRule], ties: Ties) -> Self {
        let (protocol, actions) = (&game.protocol, game.instance.actions.len());
        let table = |utility: &Matrix, sign: f64| {
            let of =
                |world: &Situation| (0..actions).map(move |a| sign * utility[(a, world.state)]).collect::<Vec<_>>();
            game.worlds.iter().flat_map(of).collect::<Vec<f64>>()
        };
        let (favour, range) = match ties {
            Ties::First => (vec![], 1.0),
            Ties::For(agent) => (table(&game.instance.agents[agent].utility, 1.0), game.ranges[agent]),
            Ties::Against(agent) => (table(&game.instance.agents[agent].utility, -1.0), game.ranges[agent]),
        };
        Self {
            rules,
            worlds: &game.worlds,
            asked: (0..protocol.rounds).map(|round| protocol.user_alphabet(round)).collect(),
            questions: (0..protocol.rounds).map(|round| protocol.questions(round)).collect(),
            answers: protocol.agent_alphabet(),
            alike: rules.iter().map(|rule| rule.alike(protocol, game.observations)).collect(),
            actions,
            user: table(&game.instance.user.utility, 1.0),
            favour,
            tied: TIED * game.user_range,
            better: BETTER * range,
            closely: 0.0,
        }
    }

    fn rounds(&self) -> usize {
        self.asked.len()
    }

    fn agents(&self) -> usize {
        self.rules.len()
    }

    /// The user's choice among several, at a decision with this probability.
    fn choice(&self, values: &[Value], mass: f64) -> usize {
        let most = values.iter().fold(f64::NEG_INFINITY, |most, value| most.max(value.user));
        let least = most - self.tied * mass - self.closely;
        let mut chosen = None;
        for (i, value) in values.iter().enumerate().filter(|(_, value)| value.user >= least) {
            let beaten = |best: usize| value.favour > values[best].favour + self.better * mass;
            if chosen.is_none_or(beaten) {
                chosen = Some(i);
            }
        }
        chosen.unwrap_or(0)
    }

    fn search(&self) -> Search<'_> {
        let agents = self.agents();
        Search {
            talk: self,
            stack: Vec::new(),
            histories: vec![0; (self.rounds() + 1) * agents],
            messages: vec![0; self.rounds() * agents],
            options: Vec::new(),
        }
    }
}

/// A walk through the tree. It allocates nothing per node: a node's data lie on stacks, which its
/// children restore.
struct Search<'t> {
    talk: &'t Talk<'t>,
    /// The weights of the worlds at all nodes from the root to this one; each node knows its own
    /// part.
    stack: Weighed,
    /// The history of every agent, `[rounds + 1][agents]`.
    histories: Vec<usize>,
    /// The message to every agent, `[rounds][agents]`.
    messages: Vec<usize>,
    /// The values of choices, at all nodes from the root to this one.
    options: Vec<Value>,
}

impl Search<'_> {
    /// All combinations of messages in a round that are answered differently; empty if no world is
    /// possible.
    fn vectors(&mut self, round: usize, weighed: &[(usize, f64)]) -> Vec<Vec<usize>> {
        let mut vectors = Vec::new();
        if weighed.is_empty() {
            return vectors;
        }
        self.first_message(round);
        loop {
            let agents = self.talk.agents();
            vectors.push(self.messages[round * agents..(round + 1) * agents].to_vec());
            if !self.next_message(round) {
                return vectors;
            }
        }
    }

    /// The value of beginning with these messages.
    fn asking(&mut self, weighed: &[(usize, f64)], messages: &[usize]) -> Value {
        self.stack.extend_from_slice(weighed);
        self.messages[..messages.len()].copy_from_slice(messages);
        self.answered(0, 0, 0..weighed.len())
    }

    /// The user's plan if she begins with these messages.
    fn step(&mut self, weighed: &[(usize, f64)], messages: &[usize]) -> Step {
        self.stack.extend_from_slice(weighed);
        self.messages[..messages.len()].copy_from_slice(messages);
        self.ask(0, 0..weighed.len())
    }

    fn first_message(&mut self, round: usize) {
        let agents = self.talk.agents();
        self.messages[round * agents..(round + 1) * agents].fill(0);
    }

    /// The next combination of messages, if there is one; the last agent's message changes fastest.
    fn next_message(&mut self, round: usize) -> bool {
        let (talk, agents) = (self.talk, self.talk.agents());
        let asked = talk.asked[round];
        for agent in (0..agents).rev() {
            let place = round * agents + agent;
            let first = self.histories[place] * asked;
            let alike = &talk.alike[agent][round][first..first + asked];
            match (self.messages[place] + 1..asked).find(|&message| alike[message] == message) {
                Some(message) => {
                    self.messages[place] = message;
                    return true;
                }
                None => self.messages[place] = 0,
            }
        }
        false
    }

    /// Whether the state is known, so that further messages cannot matter.
    fn is_settled(&self, own: Range<usize>) -> bool {
        let state = |&(w, _): &(usize, f64)| self.talk.worlds[w].state;
        let own = &self.stack[own];
        own.first().is_none_or(|first| own.iter().all(|other| state(other) == state(first)))
    }

    /// The value of a round, given the possible worlds.
    fn value(&mut self, round: usize, own: Range<usize>) -> Value {
        if round == self.talk.rounds() || self.is_settled(own.clone()) {
            return self.act(own).1;
        }
        let (chosen, value) = self.messages(round, own, true);
        debug_assert!(chosen < usize::MAX);
        value
    }

    /// The number of the combination of messages that she sends, and its value. A single
    /// combination is not evaluated unless it is `valued`.
    fn messages(&mut self, round: usize, own: Range<usize>, valued: bool) -> (usize, Value) {
        let start = self.options.len();
        self.first_message(round);
        let alone = !self.next_message(round);
        self.first_message(round);
        if alone && !valued {
            return (0, Value::default());
        }
        loop {
            let value = self.answered(round, 0, own.clone());
            self.options.push(value);
            if !self.next_message(round) {
                break;
            }
        }
        let chosen = self.talk.choice(&self.options[start..], mass(&self.stack[own]));
        let value = self.options[start + chosen];
        self.options.truncate(start);
        (chosen, value)
    }

    /// The value after the questions of a round, once the agents before this one have answered.
    fn answered(&mut self, round: usize, agent: usize, own: Range<usize>) -> Value {
        if agent == self.talk.agents() {
            return self.value(round + 1, own);
        }
        let mut value = Value::default();
        for answer in 0..self.talk.answers {
            if let Some(likely) = self.hear(round, agent, answer, own.clone()) {
                let then = self.answered(round, agent + 1, likely.clone());
                value.user += then.user;
                value.favour += then.favour;
                self.stack.truncate(likely.start);
            }
        }
        value
    }

    /// Pushes the weights after an agent's answer onto the stack; `None` if the answer cannot
    /// occur.
    fn hear(&mut self, round: usize, agent: usize, answer: usize, own: Range<usize>) -> Option<Range<usize>> {
        let talk = self.talk;
        let place = round * talk.agents() + agent;
        let question = self.histories[place] * talk.asked[round] + self.messages[place];
        let numbers = &talk.rules[agent].rounds[round];
        let start = self.stack.len();
        for i in own {
            let (w, weight) = self.stack[i];
            let x = talk.worlds[w].observations[agent];
            let weight = weight * numbers[(x * talk.questions[round] + question) * talk.answers + answer];
            if weight > 0.0 {
                self.stack.push((w, weight));
            }
        }
        self.histories[place + talk.agents()] = question * talk.answers + answer;
        (self.stack.len() > start).then_some(start..self.stack.len())
    }

    /// The best action, and its value.
    fn act(&mut self, own: Range<usize>) -> (usize, Value) {
        let (talk, start) = (self.talk, self.options.len());
        self.options.resize(start + talk.actions, Value::default());
        let options = &mut self.options[start..];
        for &(w, weight) in &self.stack[own.clone()] {
            let table = w * talk.actions..(w + 1) * talk.actions;
            for (option, utility) in options.iter_mut().zip(&talk.user[table.clone()]) {
                option.user += weight * utility;
            }
            if let Some(favour) = talk.favour.get(table) {
                for (option, utility) in options.iter_mut().zip(favour) {
                    option.favour += weight * utility;
                }
            }
        }
        let action = talk.choice(options, mass(&self.stack[own]));
        let value = options[action];
        self.options.truncate(start);
        (action, value)
    }

    /// The user's plan from a round on.
    fn plan(&mut self, round: usize, own: Range<usize>) -> Step {
        if round == self.talk.rounds() {
            return Step::Act(self.act(own).0);
        }
        let (chosen, _) =
            if self.is_settled(own.clone()) { (0, Value::default()) } else { self.messages(round, own.clone(), false) };
        self.first_message(round);
        for _ in 0..chosen {
            self.next_message(round);
        }
        self.ask(round, own)
    }

    /// The user's plan upon all answers to the messages of a round.
    fn ask(&mut self, round: usize, own: Range<usize>) -> Step {
        let agents = self.talk.agents();
        let messages = self.messages[round * agents..(round + 1) * agents].to_vec();
        let mut then = Vec::new();
        self.collect(round, own, &mut Vec::with_capacity(agents), &mut then);
        Step::Ask { messages, then }
    }

    fn collect(
        &mut self,
        round: usize,
        own: Range<usize>,
        answers: &mut Vec<usize>,
        then: &mut Vec<(Vec<usize>, Step)>,
    ) {
        let agent = answers.len();
        if agent == self.talk.agents() {
            then.push((answers.clone(), self.plan(round + 1, own)));
            return;
        }
        for answer in 0..self.talk.answers {
            if let Some(likely) = self.hear(round, agent, answer, own.clone()) {
                answers.push(answer);
                self.collect(round, likely.clone(), answers, then);
                answers.pop();
                self.stack.truncate(likely.start);
            }
        }
    }
}
