//! Games, and alignments with their certificates.
pub mod rational;

use suasion_alignment::{AlignOptions, Alignment, Offset, align};
use suasion_certificate::{AlignmentClaims, AlignmentProof, Certificate, Proof, Verdict};
use suasion_lp::Settings;
use suasion_model::{Family, Information, Instance, Labels, Matrix, Party, PriorPath, Shape};

pub const OFFSETS: [Offset; 3] = [Offset::None, Offset::Constant, Offset::PerState];

pub const FAMILIES: [Family; 7] = [
    Family::Uniform,
    Family::Hull { eps: 0.0 },
    Family::Hull { eps: 0.05 },
    Family::Opposed,
    Family::Threshold,
    Family::Quadratic,
    Family::Integer,
];

/// All kinds of weights and offsets, with a slack.
pub fn all_options(slack: f64) -> impl Iterator<Item = AlignOptions> {
    [false, true]
        .into_iter()
        .flat_map(move |simplex| OFFSETS.into_iter().map(move |offset| AlignOptions { simplex, offset, slack }))
}

pub fn generated(family: Family, states: usize, actions: usize, agents: usize, seed: u64) -> Instance {
    let actions = if family == Family::Threshold { 2 } else { actions };
    family.generate(Shape { states, actions, agents, priors: 1 }, PriorPath::Independent, seed).unwrap()
}

/// A game with these utilities, `actions x states`.
pub fn game(user: Matrix, agents: Vec<Matrix>) -> Instance {
    let (m, n) = (user.rows(), user.columns());
    let party = |name: String, utility| Party { name, utility };
    Instance {
        name: "game".into(),
        source: None,
        states: Labels::Count(n),
        actions: Labels::Count(m),
        information: Information::Priors(Matrix::new(1, n, vec![1.0 / n as f64; n])),
        user: party("user".into(), user),
        agents: agents.into_iter().enumerate().map(|(i, utility)| party(format!("agent {i}"), utility)).collect(),
        protocol: None,
    }
}

pub fn aligned(game: &Instance, options: AlignOptions) -> Alignment {
    let agents: Vec<&Matrix> = game.agents.iter().map(|agent| &agent.utility).collect();
    align(&game.user.utility, &agents, &options, &Settings::default()).unwrap()
}

/// Certifies the alignment of a game.
pub fn proved(game: &Instance, options: AlignOptions) -> (Certificate<AlignmentProof>, Verdict) {
    let found = aligned(game, options);
    assert_eq!(found.stopped, None);
    let error = found.error;
    let (certificate, verdict) = found.proof().certify(game).unwrap();
    assert!((certificate.claims.error - error).abs() <= 1e-9 * (1.0 + error), "{error} and {certificate:?}");
    certificate.check(game).unwrap();
    (certificate, verdict)
}

/// The claims of [`proved`], which must be certified.
pub fn claims(game: &Instance, options: AlignOptions) -> AlignmentClaims {
    let (certificate, verdict) = proved(game, options);
    assert!(verdict.certified(), "{options:?}: {:?}, {:?}", certificate.claims, verdict.failures);
    certificate.claims
}
