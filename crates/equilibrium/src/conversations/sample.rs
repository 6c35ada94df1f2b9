//! Random conversations: estimates of the values, and some of the conversations as examples.

use super::ConversationGame;
use crate::EquilibriumError;
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;
use rayon::prelude::*;
use suasion_model::{ConversationPlan, ConversationRule, Situation};

/// The number of conversations per stream of the generator, for any number of threads.
const BLOCK: usize = 4096;

/// A mean of independent draws.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Estimate {
    /// The mean.
    pub mean: f64,
    /// Its standard error: the standard deviation of the draws over the square root of their
    /// number; 0 for a single draw.
    pub standard_error: f64,
}

/// A conversation that was drawn.
#[derive(Clone, Debug, PartialEq)]
pub struct SampledConversation {
    /// The world.
    pub world: Situation,
    /// For every round, the message to every agent and each agent's answer, `[rounds]`.
    pub spoken: Vec<(Vec<usize>, Vec<usize>)>,
    /// The user's action.
    pub action: usize,
    /// The user's utility.
    pub user: f64,
    /// The agents' utilities, `[agents]`.
    pub agents: Vec<f64>,
}

/// Many conversations that were drawn.
#[derive(Clone, Debug, PartialEq)]
pub struct Sample {
    /// The number of conversations.
    pub count: usize,
    /// The user's utility.
    pub user: Estimate,
    /// Every agent's utility, `[agents]`.
    pub agents: Vec<Estimate>,
    /// The first few of them.
    pub conversations: Vec<SampledConversation>,
}

/// Mean and variance without a sum of squares, which would cancel (Chan, Golub & `LeVeque` 1983).
#[derive(Clone, Copy, Default)]
struct Moments {
    count: f64,
    mean: f64,
    squares: f64,
}

impl Moments {
    fn of(number: f64) -> Self {
        Self { count: 1.0, mean: number, squares: 0.0 }
    }

    fn merged(self, other: Self) -> Self {
        let count = self.count + other.count;
        if count == 0.0 {
            return self;
        }
        let apart = other.mean - self.mean;
        let mean = self.mean + apart * other.count / count;
        let squares = self.squares + other.squares + apart * apart * self.count * other.count / count;
        Self { count, mean, squares }
    }

    fn estimate(self) -> Estimate {
        let variance = if self.count > 1.0 { self.squares / (self.count - 1.0) } else { 0.0 };
        Estimate { mean: self.mean, standard_error: (variance / self.count.max(1.0)).sqrt() }
    }
}

/// The index that a draw selects from probabilities. If rounding leaves the draw beyond all of
/// them, the last possible index.
fn drawn(probabilities: impl Iterator<Item = f64>, rng: &mut ChaCha8Rng) -> usize {
    let mut left: f64 = rng.random();
    let mut last = 0;
    for (number, probability) in probabilities.enumerate().filter(|(_, probability)| *probability > 0.0) {
        last = number;
        left -= probability;
        if left < 0.0 {
            break;
        }
    }
    last
}

impl ConversationGame<'_> {
    /// Draws `count` conversations under rules that have passed [`ConversationGame::checked`] and a
    /// plan, and keeps the first `shown`. The generator is `ChaCha8`. The result depends only on
    /// the game, the profile, the seed and the count.
    ///
    /// # Errors
    /// If the plan does not belong to this game, or has no step for something that happened.
    ///
    /// # Panics
    /// If the rules do not belong to this game.
    pub fn sample(
        &self,
        rules: &[ConversationRule],
        plan: &ConversationPlan,
        seed: u64,
        count: usize,
        shown: usize,
    ) -> Result<Sample, EquilibriumError> {
        let block = |block: usize| {
            let mut rng = ChaCha8Rng::seed_from_u64(seed);
            rng.set_stream(block as u64);
            let mut moments = vec![Moments::default(); 1 + self.agents()];
            let mut conversations = Vec::new();
            for number in block * BLOCK..((block + 1) * BLOCK).min(count) {
                let conversation = self.draw(rules, plan, &mut rng)?;
                let values = std::iter::once(conversation.user).chain(conversation.agents.iter().copied());
                for (moments, value) in moments.iter_mut().zip(values) {
                    *moments = moments.merged(Moments::of(value));
                }
                if number < shown {
                    conversations.push(conversation);
                }
            }
            Ok((moments, conversations))
        };
        let blocks: Result<Vec<_>, EquilibriumError> = (0..count.div_ceil(BLOCK)).into_par_iter().map(block).collect();
        let (mut all, mut conversations) = (vec![Moments::default(); 1 + self.agents()], Vec::new());
        for (moments, shown) in blocks? {
            for (sum, moments) in all.iter_mut().zip(moments) {
                *sum = sum.merged(moments);
            }
            conversations.extend(shown);
        }
        let agents = all[1..].iter().map(|moments| moments.estimate()).collect();
        Ok(Sample { count, user: all[0].estimate(), agents, conversations })
    }

    /// One conversation.
    fn draw(
        &self,
        rules: &[ConversationRule],
        plan: &ConversationPlan,
        rng: &mut ChaCha8Rng,
    ) -> Result<SampledConversation, EquilibriumError> {
        let world = &self.worlds[drawn(self.worlds.iter().map(|world| world.probability), rng)];
        let mut step = Self::begun_by(plan.types.get(world.user), world.user)?;
        let mut histories = vec![0; self.agents()];
        let mut spoken = Vec::with_capacity(self.protocol.rounds);
        for round in 0..self.protocol.rounds {
            let messages = self.asked(step, round)?;
            let mut answers = Vec::with_capacity(self.agents());
            for (agent, rule) in rules.iter().enumerate() {
                let question = histories[agent] * self.protocol.user_alphabet(round) + messages[agent];
                let likely = rule.answers(&self.protocol, round, world.observations[agent], question);
                let answer = drawn(likely.iter().copied(), rng);
                histories[agent] = question * self.protocol.agent_alphabet() + answer;
                answers.push(answer);
            }
            step = Self::upon(step, &answers)?;
            spoken.push((messages.to_vec(), answers));
        }
        let action = self.acted(step)?;
        let place = (action, world.state);
        let user = self.instance.user.utility[place];
        let agents = self.instance.agents.iter().map(|agent| agent.utility[place]).collect();
        Ok(SampledConversation { world: world.clone(), spoken, action, user, agents })
    }
}
