//! The same tests for every way to communicate with a rational user.

use std::collections::BTreeMap;
use suasion_certificate::{
    Direct, Experiment, Mechanism, MechanismMultipliers, Multiplier, Node, Rational, ResponseMultiplier,
};
use suasion_model::{ExperimentScheme, MechanismEntry, MechanismScheme, Message, Scheme, SchemeEntry};

/// What is the same for all ways to communicate, in the form that one of them has for it.
pub trait Kind: Rational {
    /// What it is called in a file.
    const NAME: &'static str;

    /// The scheme in which every type does what these messages tell her.
    fn scheme(messages: &[Message]) -> Self::Scheme;

    /// What multipliers of obedience bound.
    fn bound(multipliers: &[ResponseMultiplier]) -> Self::Bound;
}

/// The messages after some observations, each with its probability.
pub fn message(menu: &[usize], probabilities: &[(usize, f64)]) -> Message {
    Message { menu: menu.to_vec(), probabilities: probabilities.to_vec() }
}

/// With which probability each type does something upon an observation: (type, observation,
/// action).
fn done(messages: &[Message]) -> BTreeMap<(usize, usize, usize), f64> {
    let mut done = BTreeMap::new();
    for Message { menu, probabilities } in messages {
        for (t, &action) in menu.iter().enumerate() {
            probabilities.iter().for_each(|&(x, p)| *done.entry((t, x, action)).or_default() += p);
        }
    }
    done
}

impl Kind for Direct {
    const NAME: &'static str = "direct";

    fn scheme(messages: &[Message]) -> Scheme {
        let entry = |((_, state, action), probability)| SchemeEntry { state, action, probability };
        Scheme::new(done(messages).into_iter().map(entry).collect())
    }

    fn bound(multipliers: &[ResponseMultiplier]) -> Vec<Multiplier> {
        let own = |&(_, recommended, alternative, value)| Multiplier { recommended, alternative, value };
        multipliers.iter().map(own).collect()
    }
}

impl Kind for Experiment {
    const NAME: &'static str = "experiment";

    fn scheme(messages: &[Message]) -> ExperimentScheme {
        ExperimentScheme { messages: messages.to_vec() }
    }

    fn bound(multipliers: &[ResponseMultiplier]) -> Vec<Node> {
        vec![Node::Leaf(multipliers.to_vec())]
    }
}

impl Kind for Mechanism {
    const NAME: &'static str = "mechanism";

    fn scheme(messages: &[Message]) -> MechanismScheme {
        let entry =
            |((report, observation, action), probability)| MechanismEntry { report, observation, action, probability };
        MechanismScheme::new(done(messages).into_iter().map(entry).collect())
    }

    fn bound(multipliers: &[ResponseMultiplier]) -> MechanismMultipliers {
        let honest = |&(t, told, other, value)| (t, t, told, other, value);
        MechanismMultipliers { truth: vec![], double_deviations: multipliers.iter().map(honest).collect() }
    }
}

/// Tests for several ways to communicate, in a module for each.
macro_rules! each_kind {
    ($($module:ident = $kind:ident),+: $tests:tt) => {
        $(mod $module { $crate::common::each_kind!(@ $kind $tests); })+
    };
    (@ $kind:ident [$($test:ident),+ $(,)?]) => {$(
        #[test]
        fn $test() {
            super::$test::<suasion_certificate::$kind>();
        }
    )+};
}
pub(crate) use each_kind;
