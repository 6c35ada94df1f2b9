//! Requests from arguments.

use super::{
    Align, Equilibria, Frontier, GameName, OffsetName, OpensName, OrderName, PlayedName, Search, Solve, StartName,
    Talking,
};
use suasion_certificate::Offset;
use suasion_equilibrium::ConversationGame;
use suasion_model::Opening;
use suasion_results::{
    AlignRequest, EquilibriaRequest, FirstOffers, FrontierRequest, MoveOrder, ProtocolRequest, SearchRequest,
    SolveRequest,
};

impl OrderName {
    pub fn order(self) -> MoveOrder {
        match self {
            Self::RoundRobin => MoveOrder::RoundRobin,
            Self::Random => MoveOrder::Random,
            Self::Simultaneous => MoveOrder::Simultaneous,
        }
    }
}

impl StartName {
    pub fn first_offers(self) -> FirstOffers {
        match self {
            Self::Monopoly => FirstOffers::Monopoly,
            Self::Uninformative => FirstOffers::Uninformative,
            Self::Full => FirstOffers::Full,
            Self::Random => FirstOffers::Random,
        }
    }
}

impl Search {
    pub fn request(&self) -> SearchRequest {
        SearchRequest { starts: self.starts, seed: self.seed, margin: self.margin }
    }
}

impl Talking {
    pub fn request(&self) -> ProtocolRequest {
        ProtocolRequest {
            rounds: self.rounds,
            user_messages: self.user_messages,
            agent_messages: self.agent_messages,
            opens: self.opens.map(|opens| match opens {
                OpensName::User => Opening::User,
                OpensName::Agents => Opening::Agents,
            }),
            most_nodes: Some(self.most_nodes).filter(|&most| most != ConversationGame::MOST_NODES),
        }
    }
}

impl Solve {
    pub fn request(&self) -> SolveRequest {
        SolveRequest {
            game: match self.game {
                GameName::BestAgent => Some(suasion_results::GameName::BestAgent),
                GameName::AllAgents => Some(suasion_results::GameName::AllAgents),
                GameName::None => None,
            },
            mechanism: self.how.conversation,
            search: self.search.request(),
        }
    }
}

impl Equilibria {
    pub fn request(&self) -> EquilibriaRequest {
        EquilibriaRequest {
            game: match self.game {
                PlayedName::BestAgent => suasion_results::GameName::BestAgent,
                PlayedName::AllAgents => suasion_results::GameName::AllAgents,
            },
            slack: self.slack,
            eta: self.quantal,
            mechanism: self.how.conversation,
            search: self.search.request(),
            protocol: self.talking.request(),
        }
    }
}

impl Frontier {
    pub fn request(&self) -> FrontierRequest {
        let (agent, mechanism) = (self.one.agent.clone(), self.how.conversation);
        FrontierRequest { agent, mechanism, error: self.error }
    }
}

impl Align {
    pub fn request(&self) -> AlignRequest {
        AlignRequest {
            simplex: self.simplex,
            offset: match self.offset {
                OffsetName::None => Offset::None,
                OffsetName::Constant => Offset::Constant,
                OffsetName::PerState => Offset::PerState,
            },
            slack: self.slack,
        }
    }
}
