//! One agent converses with a user who knows something by herself, for as many rounds as they like.
//!
//! *Problem.* By the revelation principle (Myerson 1982), it is enough that the user reports her
//! type and is then recommended an action: choose `pi(a|x,t) >= 0` with `sum_a pi(a|x,t) = 1` such
//! that no type `t` gains by reporting any `r` and doing what she likes upon each recommendation,
//!
//! ```text
//! sum_{x,a} pi(a|x,t) P_u[t][x][a]  >=  sum_a max_b sum_x pi(a|x,r) P_u[t][x][b]        for all t and r.
//! ```
//!
//! For `r = t` this is obedience. Polynomial, unlike the problem of the agent who speaks once;
//! never worth less to the agent, and worth the same where the user has one type. (Kolotilin,
//! Mylovanov, Zapechelnyuk & Li, Econometrica 2017, call this a persuasion mechanism, and what
//! speaks once an experiment; with two actions and their linear utilities the two are worth the
//! same.)
//!
//! *Method.* Row and column generation on one persistent model (`master`). Where the result of a
//! small game does not convince, it is solved again in exact arithmetic (`sure`). *Guarantee.* A
//! bound by weak duality, from the multipliers alone (`bound`). The conversation is exactly
//! plausible; what is missing of obedience and of truth is stated. Of several optima, it is the
//! best for the user.

pub(crate) mod bound;
mod master;
mod proof;
mod repair;
mod sure;

use crate::PersuadeError;
use crate::menu::bound::raised;
use crate::typed::TypedKernel;
use master::Master;
use suasion_certificate::{ConversationProof, Floor, TemptationMultiplier, TruthMultiplier};
use suasion_lp::{Settings, Stopped};
use suasion_model::{MechanismScheme, Objective, TypedView};

/// An optimal conversation, and the multipliers that prove it optimal.
#[derive(Clone, Debug)]
pub struct ConversationOptimum {
    /// The conversation, exactly plausible.
    pub conversation: MechanismScheme,
    /// Its value to the objective, if the user reports her type and does what is recommended.
    pub objective_value: f64,
    /// Its value to the user.
    pub user_value: f64,
    /// Its value to every agent, in the order of the agents.
    pub agent_values: Vec<f64>,
    /// What no conversation that respects the floor exceeds, in the unit of the objective.
    pub upper_bound: f64,
    /// What the user could gain in total by other reports and other actions, in the unit of her
    /// utility: zero but for the tolerance of the solver.
    pub violation: f64,
    /// The floor with its multiplier, where one was asked for.
    pub floor: Option<Floor>,
    /// The multipliers of truth that are not zero, in increasing order, in units of the objective
    /// per unit of the user's utility.
    pub truth: Vec<TruthMultiplier>,
    /// The multipliers of temptations that are not zero, in increasing order, in the same units.
    pub temptations: Vec<TemptationMultiplier>,
    /// How often the restricted program was solved.
    pub rounds: usize,
    /// Iterations of the simplex method in total.
    pub iterations: u64,
    /// Why it is not the optimum, if the computation ended early: then it tells all.
    pub stopped: Option<Stopped>,
}

impl ConversationOptimum {
    /// The proof of this optimum for `objective`, at prior number `prior` and with the observations
    /// of `agent`.
    #[must_use]
    pub fn proof(self, prior: usize, agent: usize, objective: Objective) -> ConversationProof {
        let Self { floor, conversation, truth, temptations, .. } = self;
        ConversationProof { prior, agent, objective, floor, conversation, truth, temptations }
    }
}

/// The conversation that maximises `objective` among those in which the user reports her type and
/// does what is recommended, and which leave her at least `floor`; of several, one that is best for
/// her.
///
/// # Errors
/// If no conversation reaches the floor, the objective names an agent that there is not, or the
/// solver fails. That a limit of `settings` ended it is no error: see
/// [`ConversationOptimum::stopped`].
pub fn converse(
    view: &TypedView,
    objective: &Objective,
    floor: Option<f64>,
    settings: &Settings,
) -> Result<ConversationOptimum, PersuadeError> {
    let kernel = TypedKernel::new(view, objective)?;
    let level = floor.map(|floor| kernel.floor(floor)).transpose()?;
    let stated = sure::surely(&kernel, objective, floor, fast(&kernel, floor.zip(level), settings), settings)?;
    let Stated { conversation, truth, temptations, floor, rounds, iterations, stopped } = stated;
    let reduced = floor.map(|floor| Floor { value: view.user_level().below(floor.value), ..floor });
    let bound = bound::bound(view, &kernel.worth, &truth, &temptations, reduced);
    let agent_value = |agent: usize| view.agent_level(agent).plus(conversation.value(view.reduced_agent(agent)));
    Ok(ConversationOptimum {
        objective_value: kernel.level.plus(conversation.value(&kernel.worth)),
        user_value: view.user_level().plus(conversation.value(view.reduced_user())),
        agent_values: (0..view.agents().len()).map(agent_value).collect(),
        upper_bound: raised(kernel.level, bound),
        violation: conversation.violation(view),
        conversation,
        floor,
        truth,
        temptations,
        rounds,
        iterations,
        stopped,
    })
}

/// An optimum in terms of the view, and how it was found.
struct Stated {
    conversation: MechanismScheme,
    truth: Vec<TruthMultiplier>,
    temptations: Vec<TemptationMultiplier>,
    floor: Option<Floor>,
    rounds: usize,
    iterations: u64,
    stopped: Option<Stopped>,
}

/// The optimum in floating point, for a floor and what it is in scaled units.
fn fast(kernel: &TypedKernel<'_>, floor: Option<(f64, f64)>, settings: &Settings) -> Result<Stated, PersuadeError> {
    let level = floor.map(|(_, level)| level);
    let mut master = Master::new(kernel, level.map(|level| kernel.asked(level)), settings)?;
    let (masses, duals, stopped) = match master.optimum() {
        Ok((masses, duals)) => (masses, duals, None),
        Err(PersuadeError::Stopped(stopped)) => (revelation(kernel), Duals::default(), Some(stopped)),
        Err(other) => return Err(other),
    };
    let (rounds, iterations) = master.effort();
    let conversation = repair::repaired(kernel, &masses, level, settings)?;
    let multiplier = duals.floor.max(0.0) * kernel.per_user();
    let (truth, temptations) = proof::true_multipliers(kernel, &duals);
    let floor = floor.map(|(value, _)| Floor { value, multiplier });
    Ok(Stated { conversation, truth, temptations, floor, rounds, iterations, stopped })
}

/// `(report, state, action, scaled mass)`.
type Mass = (usize, usize, usize, f64);

/// Multipliers in scaled units.
#[derive(Default)]
struct Duals {
    truth: Vec<TruthMultiplier>,
    temptations: Vec<TemptationMultiplier>,
    floor: f64,
}

/// Full revelation, which is feasible whatever the floor.
fn revelation(kernel: &TypedKernel<'_>) -> Vec<Mass> {
    let pairs = (0..kernel.types()).flat_map(|t| (0..kernel.states()).map(move |i| (t, i)));
    pairs.map(|(t, i)| (t, i, kernel.best_action(t, i), kernel.mass[i])).collect()
}
