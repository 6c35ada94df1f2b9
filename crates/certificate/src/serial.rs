//! How the model's types are written in a certificate.

use crate::Multiplier;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use suasion_model::{MenuScheme, Message, Objective};

/// [`Objective`], as `{"user": weight, "agents": [[agent, weight], ...]}`.
#[derive(Serialize, Deserialize)]
#[serde(remote = "Objective", deny_unknown_fields)]
pub(crate) struct ObjectiveForm {
    user: f64,
    agents: Vec<(usize, f64)>,
}

impl From<(usize, usize, f64)> for Multiplier {
    fn from((recommended, alternative, value): (usize, usize, f64)) -> Self {
        Self { recommended, alternative, value }
    }
}

impl From<Multiplier> for (usize, usize, f64) {
    fn from(multiplier: Multiplier) -> Self {
        (multiplier.recommended, multiplier.alternative, multiplier.value)
    }
}

/// A scheme, as a list of `[observation, action, probability]`.
pub(crate) mod scheme_form {
    use serde::{Deserialize, Deserializer, Serializer};
    use suasion_model::{Scheme, SchemeEntry};

    pub(crate) fn serialize<S: Serializer>(scheme: &Scheme, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_seq(scheme.entries.iter().map(|entry| (entry.state, entry.action, entry.probability)))
    }

    pub(crate) fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Scheme, D::Error> {
        let entries = Vec::<(usize, usize, f64)>::deserialize(deserializer)?;
        // In the order given: whether it is a good one is for the check to say.
        let entry = |(state, action, probability)| SchemeEntry { state, action, probability };
        Ok(Scheme { entries: entries.into_iter().map(entry).collect() })
    }
}

/// Schemes, as a list of such lists.
pub(crate) mod scheme_forms {
    use serde::{Deserialize, Deserializer, Serialize, Serializer};
    use suasion_model::Scheme;

    #[derive(Serialize, Deserialize)]
    #[serde(transparent)]
    struct Form(#[serde(with = "super::scheme_form")] Scheme);

    pub(crate) fn serialize<S: Serializer>(schemes: &[Scheme], serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_seq(schemes.iter().map(|scheme| Form(scheme.clone())))
    }

    pub(crate) fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<Scheme>, D::Error> {
        let forms = Vec::<Form>::deserialize(deserializer)?;
        Ok(forms.into_iter().map(|Form(scheme)| scheme).collect())
    }
}

/// [`Message`], as `{"menu": [action, ...], "probabilities": [[observation, probability], ...]}`.
#[derive(Serialize, Deserialize)]
#[serde(remote = "Message", deny_unknown_fields)]
struct MessageForm {
    menu: Vec<usize>,
    probabilities: Vec<(usize, f64)>,
}

/// [`MenuScheme`], as a list of messages.
pub(crate) struct MenuSchemeForm;

#[derive(Serialize, Deserialize)]
#[serde(transparent)]
struct Wrapped(#[serde(with = "MessageForm")] Message);

impl MenuSchemeForm {
    pub(crate) fn serialize<S: Serializer>(scheme: &MenuScheme, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_seq(scheme.messages.iter().map(|message| Wrapped(message.clone())))
    }

    pub(crate) fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<MenuScheme, D::Error> {
        let messages = Vec::<Wrapped>::deserialize(deserializer)?;
        Ok(MenuScheme { messages: messages.into_iter().map(|Wrapped(message)| message).collect() })
    }
}

/// A conversation, as a list of `[report, observation, action, probability]`.
pub(crate) mod conversation_form {
    use serde::{Deserialize, Deserializer, Serializer};
    use suasion_model::{Conversation, ConversationEntry};

    pub(crate) fn serialize<S: Serializer>(conversation: &Conversation, serializer: S) -> Result<S::Ok, S::Error> {
        let list = |e: &ConversationEntry| (e.report, e.observation, e.action, e.probability);
        serializer.collect_seq(conversation.entries.iter().map(list))
    }

    pub(crate) fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Conversation, D::Error> {
        let entries = Vec::<(usize, usize, usize, f64)>::deserialize(deserializer)?;
        // In the order given: whether it is a good one is for the check to say.
        let entry =
            |(report, observation, action, probability)| ConversationEntry { report, observation, action, probability };
        Ok(Conversation { entries: entries.into_iter().map(entry).collect() })
    }
}

/// Schemes of signals, one per agent, each as a list of signals `[[observation, probability], ...]`.
pub(crate) mod signal_scheme_forms {
    use serde::{Deserialize, Deserializer, Serializer};
    use suasion_model::SignalScheme;

    pub(crate) fn serialize<S: Serializer>(schemes: &[SignalScheme], serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_seq(schemes.iter().map(|scheme| &scheme.signals))
    }

    pub(crate) fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<SignalScheme>, D::Error> {
        let schemes = Vec::<Vec<Vec<(usize, f64)>>>::deserialize(deserializer)?;
        Ok(schemes.into_iter().map(|signals| SignalScheme { signals }).collect())
    }
}

/// A scheme of signals, as a list of lists of `[observation, probability]`.
pub(crate) mod signal_scheme_form {
    use serde::{Deserialize, Deserializer, Serialize, Serializer};
    use suasion_model::SignalScheme;

    pub(crate) fn serialize<S: Serializer>(scheme: &SignalScheme, serializer: S) -> Result<S::Ok, S::Error> {
        scheme.signals.serialize(serializer)
    }

    pub(crate) fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<SignalScheme, D::Error> {
        Ok(SignalScheme { signals: Vec::deserialize(deserializer)? })
    }
}
