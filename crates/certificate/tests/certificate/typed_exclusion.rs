//! That there is no worse equilibrium for a user who knows something by herself: by hand, and what was changed is refused, with the reason.

use crate::common::{judge_with_a_hunch, party};
use suasion_certificate::{
    Failure, Mixture, Node, Piece, ProofError, Rule, RuleBound, Rules, TypedExclusionCertificate, TypedExclusionProof,
    TypedLine,
};
use suasion_model::{
    AgentSignals, ExperimentScheme, Information, Instance, Matrix, MechanismEntry, MechanismScheme, Message, Objective,
};

/// The judge with a hunch. One agent is paid for convictions, the other for acquittals: together they get 1, whatever happens.
fn trial() -> Instance {
    let agents = vec![
        party("prosecutor", Matrix::new(2, 2, vec![0.0, 0.0, 1.0, 1.0])),
        party("defender", Matrix::new(2, 2, vec![1.0, 1.0, 0.0, 0.0])),
    ];
    judge_with_a_hunch("trial", agents)
}

/// All convict in half of the guilty and 1/32 of the innocent cases, upon which the calm judge gains 1/32 - 9/512; upon what is left the uneasy one
/// alone convicts. The prosecutor gets `(5/2 + 11/32 + 4/2 + 2 * 31/32) / 16 = 217/512`, the judge `(5/2 + 4/2 + 9 * 31/32) / 16 = 423/512`.
fn accusing(rules: Rules) -> Rule {
    let message = |menu: [usize; 2], innocent: f64, guilty: f64| Message {
        menu: menu.to_vec(),
        probabilities: vec![(0, innocent), (1, guilty)],
    };
    let entry = |report, observation, action, probability| MechanismEntry { report, observation, action, probability };
    match rules {
        Rules::Menu => Rule::Menu(ExperimentScheme {
            messages: vec![message([1, 1], 1.0 / 32.0, 0.5), message([0, 1], 31.0 / 32.0, 0.5)],
        }),
        Rules::Conversation => Rule::Conversation(MechanismScheme::new(vec![
            entry(0, 0, 0, 31.0 / 32.0),
            entry(0, 0, 1, 1.0 / 32.0),
            entry(0, 1, 0, 0.5),
            entry(0, 1, 1, 0.5),
            entry(1, 0, 1, 1.0),
            entry(1, 1, 1, 1.0),
        ])),
    }
}

/// The prosecutor could accuse, the defender tell all for 11/16: together more than the 1 that there is, so nothing up to 423/512 is an equilibrium.
fn proof(rules: Rules) -> TypedExclusionProof {
    let only = |scheme| Mixture { left: scheme, right: scheme, share: 1.0 };
    let bound = match rules {
        Rules::Menu => RuleBound::Menu(vec![Node::Leaf(vec![])]),
        Rules::Conversation => RuleBound::Conversation { truth: vec![], temptations: vec![] },
    };
    TypedExclusionProof {
        prior: 0,
        rules,
        slack: 0.03,
        schemes: vec![accusing(rules), Rule::All],
        lines: vec![TypedLine { objective: Objective { user: 0.0, agents: vec![(0, 1.0), (1, 1.0)] }, bound }],
        pieces: vec![
            Piece { from: 0.75, to: 0.8125, line: 0, deviations: vec![[only(0); 2], [only(1); 2]] },
            Piece { from: 0.8125, to: 423.0 / 512.0, line: 0, deviations: vec![[only(0); 2], [only(1); 2]] },
        ],
    }
}

const BOTH: [Rules; 2] = [Rules::Menu, Rules::Conversation];

fn exclusion(rules: Rules) -> TypedExclusionCertificate {
    let (certificate, verdict) = proof(rules).certify(&trial()).unwrap();
    assert!(verdict.certified(), "{verdict:?}");
    certificate
}

fn refused(rules: Rules, change: impl FnOnce(&mut TypedExclusionProof)) -> String {
    let mut certificate = exclusion(rules);
    change(&mut certificate.proof);
    certificate.check(&trial()).unwrap_err().to_string()
}

#[test]
fn typed_exclusions_by_hand() {
    for rules in BOTH {
        let certificate = exclusion(rules);
        assert_eq!((certificate.claims.lower_bound, certificate.claims.violation), (423.0 / 512.0, 0.0));
        assert!(certificate.check(&trial()).unwrap().certified());
        let text = serde_json::to_string(&certificate).unwrap();
        assert_eq!(serde_json::from_str::<TypedExclusionCertificate>(&text).unwrap(), certificate);
        // Nothing excluded: what she gets when she is told nothing.
        let nothing = TypedExclusionProof { pieces: vec![], ..proof(rules) };
        assert_eq!(nothing.certify(&trial()).unwrap().0.claims.lower_bound, 13.0 / 16.0);
        let mut forged = certificate.clone();
        forged.claims.lower_bound = 1.0;
        assert!(forged.check(&trial()).unwrap_err().to_string().contains("the lower bound is claimed to be 1.0"));
    }
}

#[test]
fn typed_exclusions_that_were_tampered_with() {
    for rules in BOTH {
        let other = if rules == Rules::Menu { Rules::Conversation } else { Rules::Menu };
        let said = |change: &dyn Fn(&mut TypedExclusionProof)| refused(rules, change);
        assert!(said(&|p| p.rules = other).contains("scheme 0 is not what agents may offer"));
        assert!(
            said(&|p| p.lines[0].bound = proof(other).lines[0].bound.clone()).contains("line 0 is not what agents")
        );
        assert!(said(&|p| p.lines[0].objective.agents[0].1 = -1.0).contains("a weight of line 0 is -1"));
        assert!(said(&|p| p.lines[0].objective.agents[0].1 = 0.25).contains("does not exclude an equilibrium"));
        assert!(said(&|p| p.lines[0].objective.user = -1.0).contains("does not exclude an equilibrium"));
        // Each may gain 1/16: then it is no proof that together they could get 569/512.
        assert!(said(&|p| p.slack = 0.0625).contains("piece 0 does not exclude an equilibrium at 0.75"));
        assert!(said(&|p| p.slack = -0.5).contains("the slack is -0.5"));
        assert!(said(&|p| p.pieces[0].from = 0.8125 + 1e-9).contains("piece 0 leaves a gap"));
        assert!(said(&|p| p.pieces[1].to = 0.875).contains("the mixture for agent 0 at 0.875, in piece 1, leaves"));
        assert!(said(&|p| p.pieces[1].line = 3).contains("piece 1 names line 3"));
        assert!(said(&|p| p.pieces[1].deviations[0][0].left = 9).contains("names scheme 9"));
        assert!(said(&|p| p.pieces[1].deviations.truncate(1)).contains("the deviations of a piece holds 1"));
        assert!(said(&|p| p.schemes[0] = Rule::All).contains("does not exclude an equilibrium"));
        assert!(said(&|p| p.prior = 2).contains("names prior 2"));
    }
}

/// Full information is an equilibrium, whatever is said of it, and agents have to share their information.
#[test]
fn what_typed_exclusions_cannot_show() {
    for rules in BOTH {
        let mut all = proof(rules);
        let only = |scheme| Mixture { left: scheme, right: scheme, share: 1.0 };
        all.pieces = vec![Piece { from: 0.5, to: 1.0, line: 0, deviations: vec![[only(1); 2], [only(1); 2]] }];
        assert!(all.certify(&trial()).is_err());
        let mut apart = trial();
        if let Information::Worlds { worlds, .. } = &mut apart.information {
            worlds[0].agents = AgentSignals::PerAgent(vec![0, 1]);
        }
        assert_eq!(proof(rules).certify(&apart).unwrap_err(), ProofError::DifferentSignals);
        // A deviation that she would not follow.
        let mut disobeyed = proof(rules);
        match &mut disobeyed.schemes[0] {
            Rule::Menu(scheme) => scheme.messages[1].menu = vec![1, 1],
            Rule::Conversation(conversation) => {
                conversation.entries[0].probability = 0.5;
                conversation.entries[1].probability = 0.5;
            }
            Rule::All => unreachable!(),
        }
        disobeyed.pieces.clear();
        let (_, verdict) = disobeyed.certify(&trial()).unwrap();
        assert!(matches!(verdict.failures[..], [Failure::Violation { .. }]), "{verdict:?}");
    }
}
