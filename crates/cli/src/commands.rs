//! One file per command, and what they share.

pub mod align;
#[cfg(feature = "full")]
pub mod batch;
#[cfg(feature = "full")]
pub mod bench;
pub mod communication;
pub mod completions;
pub mod converse;
pub mod dynamics;
pub mod equilibria;
pub mod frontier;
pub mod generate;
#[cfg(feature = "full")]
pub mod hull;
pub mod joint;
#[cfg(feature = "full")]
pub mod label;
#[cfg(feature = "full")]
pub mod more;
pub mod persuade;
#[cfg(feature = "full")]
pub mod report;
pub mod solve;
pub mod stackelberg;
#[cfg(feature = "full")]
pub mod study;
pub mod talking;
pub mod verify;

use crate::failure::Failure;
use crate::session::Session;
use std::ops::Range;
use std::path::Path;
use suasion_alignment::{AlignOptions, align};
use suasion_certificate::{Direct, Proof, ProofError, Verdict};
use suasion_equilibrium::EquilibriumError;
use suasion_model::{Information, Instance, Matrix, Objective, View};
use suasion_persuasion::{Optimum, PersuadeError, Settings, persuade as solve_one, sweep};
use suasion_results::{About, AlignmentPart, OptimumCertificate, Provable, ResultScale};

/// An instance, and the file that it came from.
pub(crate) struct Game<'a> {
    file: &'a Path,
    instance: Instance,
    digest: String,
    /// The selected priors.
    priors: Range<usize>,
}

impl<'a> Game<'a> {
    fn read(file: &'a Path) -> Result<Self, Failure> {
        Ok(Self::new(file, Instance::read(file)?))
    }

    /// Reads a game and selects one prior, or all of them.
    fn read_at(file: &'a Path, prior: Option<usize>) -> Result<Self, Failure> {
        let mut game = Self::read(file)?;
        let count = game.instance.priors();
        match prior {
            None => {}
            Some(prior) if prior < count => game.priors = prior..prior + 1,
            Some(prior) => {
                return Err(game.bad(format!("found the prior {prior}, expected one from 0 to {}", count - 1)));
            }
        }
        Ok(game)
    }

    fn new(file: &'a Path, instance: Instance) -> Self {
        let (digest, priors) = (instance.digest(), 0..instance.priors());
        Self { file, instance, digest, priors }
    }

    fn about(&self, prior: usize) -> About {
        About {
            instance: self.file.display().to_string(),
            name: self.instance.name.clone(),
            digest: self.digest.clone(),
            prior,
        }
    }

    fn view(&self, prior: usize, agent: usize) -> Result<View<'_>, Failure> {
        self.instance.view(prior, agent).map_err(|cause| self.bad(cause.to_string()))
    }

    fn bad(&self, problem: String) -> Failure {
        Failure::Bad { file: self.file.display().to_string(), problem }
    }

    /// The agent with this name or number, from 1. It may be left out if there is only one agent.
    fn agent(&self, wanted: Option<&str>) -> Result<usize, Failure> {
        let agents = &self.instance.agents;
        let names = || agents.iter().map(|agent| format!("{:?}", agent.name)).collect::<Vec<_>>().join(", ");
        let Some(wanted) = wanted else {
            if agents.len() == 1 {
                return Ok(0);
            }
            return Err(self.bad(format!("it has {} agents; choose one with --agent: {}", agents.len(), names())));
        };
        let number = || wanted.parse::<usize>().ok().filter(|number| (1..=agents.len()).contains(number));
        let found = self.instance.agent(wanted).or_else(|| number().map(|number| number - 1));
        found.ok_or_else(|| {
            self.bad(format!(
                "found the agent {wanted:?}, expected one of {} or a number from 1 to {}",
                names(),
                agents.len()
            ))
        })
    }

    /// The user's alignment with the agents' hull, with an offset per state and the weights that
    /// promise her the most within `slack`.
    fn alignment(&self, slack: f64, session: &Session) -> Result<AlignmentPart, Failure> {
        let agents: Vec<&Matrix> = self.instance.agents.iter().map(|agent| &agent.utility).collect();
        let options = AlignOptions { slack, ..AlignOptions::default() };
        let found = align(&self.instance.user.utility, &agents, &options, &session.settings)
            .map_err(|cause| Failure::Align { file: self.file.into(), cause })?;
        let (certificate, verdict) = self.proved(found.proof().certify(&self.instance))?;
        Ok(AlignmentPart::new(certificate, &verdict, session.certificates))
    }

    /// Refuses a result that contradicts itself. Every result passes here before it is printed.
    fn sound(&self, result: &impl Provable<Game = Instance>) -> Result<(), Failure> {
        let prior = result.about().prior;
        let measure =
            ResultScale::new(&self.instance, prior).ok_or_else(|| self.bad(format!("there is no prior {prior}")))?;
        result.consistent(&measure).map_err(|problem| Failure::Contradiction { file: self.file.into(), problem })
    }

    /// A certificate with its verdict, unless it is refused or its claims contradict each other.
    fn proved<C>(&self, certified: Result<(C, Verdict), ProofError>) -> Result<(C, Verdict), Failure> {
        let (certificate, verdict) = certified.map_err(|cause| self.refused(cause))?;
        if verdict.contradictory() {
            let problem = verdict.failures.iter().map(ToString::to_string).collect::<Vec<_>>().join("; ");
            return Err(Failure::Contradiction { file: self.file.into(), problem });
        }
        Ok((certificate, verdict))
    }

    fn refused(&self, cause: ProofError) -> Failure {
        Failure::Certificate { file: self.file.into(), cause }
    }

    /// An agent's certified optima at some priors.
    fn optima(
        &self,
        agent: usize,
        priors: Range<usize>,
        floor: Option<f64>,
        settings: &Settings,
        done: &(dyn Fn(usize) + Sync),
    ) -> Result<Vec<Solved>, Failure> {
        let view = self.view(priors.start, agent)?;
        let optima = match &self.instance.information {
            Information::Priors(all) if priors.len() > 1 => {
                let rows = priors.clone().flat_map(|prior| all.row(prior).iter().copied()).collect();
                let some = Matrix::new(priors.len(), all.columns(), rows);
                sweep(&view, &Objective::agent(agent), &some, floor, settings, done)
            }
            _ => {
                let optimum = solve_one(&view, &Objective::agent(agent), floor, settings);
                done(1);
                vec![optimum]
            }
        };
        let certify = |optimum: Result<Optimum<Direct>, PersuadeError>| {
            let optimum = optimum.map_err(|cause| Failure::Persuade { file: self.file.into(), cause })?;
            let stopped = optimum.stopped.map(|stopped| stopped.to_string());
            let (certificate, verdict) = self.optimum_certified(optimum.clone().proof())?;
            Ok(Solved { certificate, verdict, stopped, optimum: Some(optimum) })
        };
        optima.into_iter().map(certify).collect()
    }
}

/// An equilibrium that could not be found.
pub fn failed(game: &Game<'_>, cause: EquilibriumError) -> Failure {
    match cause {
        EquilibriumError::View(cause) => Failure::View { file: game.file.into(), cause },
        cause => Failure::Equilibrium { file: game.file.into(), cause },
    }
}

/// An optimum with its certificate.
struct Solved {
    certificate: OptimumCertificate,
    verdict: Verdict,
    stopped: Option<String>,
    /// The optimum itself, if it was solved separately.
    optimum: Option<Optimum<Direct>>,
}
