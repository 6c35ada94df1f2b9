//! The tests of `suasion-equilibrium`, in one program.

mod agreement;
mod all_agents;
mod all_agents_quantal;
mod around_zero;
mod best_agent_quantal;
mod best_agent_typed;
mod common;
mod conversation_games;
mod conversation_proofs;
mod conversation_replies;
mod conversations;
mod dynamics;
mod known_answers;
mod properties;
mod rare_states;
mod scales;
