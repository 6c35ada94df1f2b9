//! `suasion verify`: a saved result against its instance.
//!
//! Every certificate is checked in exact arithmetic. Then the result is built again from the instance and its certificates alone,
//! and has to be equal to what was saved, so that no number in it is one that nothing proves.

use super::Game;
use crate::arguments::Verify;
use crate::failure::Failure;
use crate::output::{json, line};
use crate::result::{
    About, AgentResult, AlignResult, FrontierResult, Monopoly, PersuadeResult, Reference, Saved, SolveResult,
    StackelbergResult, VertexResult, scheme_rows,
};
use crate::session::Session;
use serde_json::{Value, json};
use std::path::{Path, PathBuf};
use suasion_certificate::{Certificate, TOLERANCE, Verdict, upper_bound};
use suasion_model::{Matrix, Objective, StackelbergGame};

pub fn run(arguments: &Verify, session: &Session) -> Result<bool, Failure> {
    let mut good = true;
    for file in &arguments.results {
        let name = file.display().to_string();
        let bad = |problem: String| Failure::Bad { file: name.clone(), problem };
        let text = if file.as_os_str() == "-" {
            std::io::read_to_string(std::io::stdin())
        } else {
            std::fs::read_to_string(file)
        };
        let text = text.map_err(|cause| bad(format!("cannot be read: {cause}")))?;
        let mut count = 0;
        for (number, record) in text.lines().enumerate().filter(|(_, record)| !record.trim().is_empty()) {
            count += 1;
            let place = format!("{name}:{}", number + 1);
            let given: Value = serde_json::from_str(record)
                .map_err(|cause| Failure::Bad { file: place.clone(), problem: format!("not JSON: {cause}") })?;
            let saved: Saved = serde_json::from_value(given.clone()).map_err(|cause| Failure::Bad {
                file: place.clone(),
                problem: format!("not a result that `suasion --json` printed: {cause}"),
            })?;
            let outcome = verify(&saved, &given, file, arguments.instance.as_deref())?;
            good &= outcome.is_ok();
            report(&place, &saved, &outcome, session)?;
        }
        if count == 0 {
            return Err(bad("found no result, expected JSON lines as `suasion --json` prints them".into()));
        }
    }
    Ok(good)
}

fn report(place: &str, saved: &Saved, outcome: &Result<f64, String>, session: &Session) -> Result<(), Failure> {
    let about = saved.about();
    if session.json {
        let (gap, reason) = (outcome.as_ref().ok(), outcome.as_ref().err());
        return json(&json!({
            "result": place, "instance": about.instance, "prior": about.prior,
            "certified": outcome.is_ok(), "gap": gap, "reason": reason,
        }));
    }
    let what = format!("{place}: {} (prior {})", about.name, about.prior);
    match outcome {
        Ok(gap) => line(&format!("{what}: certified, largest gap {gap:.1e}")),
        Err(reason) => line(&format!("{what}: REFUSED: {reason}")),
    }
}

/// The largest gap, or why the result is refused.
fn verify(
    saved: &Saved,
    given: &Value,
    result: &Path,
    instance: Option<&Path>,
) -> Result<Result<f64, String>, Failure> {
    let about = saved.about();
    let file = instance.map_or_else(|| locate(&about.instance, result), Path::to_path_buf);
    if let Saved::Stackelberg(result) = saved {
        return stackelberg(result, given, &file);
    }
    let game = Game::read(&file)?;
    if game.digest != about.digest {
        return Ok(Err(other_instance(&file, &game.digest, about)));
    }
    if about.prior >= game.instance.priors() {
        return Ok(Err(format!("prior: found {}, and the instance has {}", about.prior, game.instance.priors())));
    }
    let mut check = Check { game: &game, prior: about.prior, largest: 0.0 };
    let rebuilt = match saved {
        Saved::Solve(result) => check.solve(result),
        Saved::Persuade(result) => check.persuade(result),
        Saved::Frontier(result) => check.frontier(result),
        Saved::Align(result) => check.align(result),
        Saved::Stackelberg(_) => unreachable!("verified above"),
    };
    let rebuilt = match rebuilt {
        Ok(rebuilt) => rebuilt,
        Err(reason) => return Ok(Err(reason)),
    };
    let expected = serde_json::to_value(&rebuilt).map_err(|cause| Failure::Output(cause.into()))?;
    if let Some(difference) = difference("", given, &expected) {
        return Ok(Err(difference));
    }
    Ok(if rebuilt.certified() {
        Ok(check.largest)
    } else {
        Err("its own certificates do not reach the tolerance".into())
    })
}

fn other_instance(file: &Path, found: &str, about: &About) -> String {
    format!(
        "the instance {} is not the one that was solved (digest {found}, expected {})",
        file.display(),
        about.digest
    )
}

fn stackelberg(result: &StackelbergResult, given: &Value, file: &Path) -> Result<Result<f64, String>, Failure> {
    let game = StackelbergGame::read(file)?;
    let digest = game.digest();
    if digest != result.about.digest {
        return Ok(Err(other_instance(file, &digest, &result.about)));
    }
    let Some(certificate) = &result.certificate else {
        return Ok(Err("it has no certificate".into()));
    };
    let verdict = match certificate.check(&game) {
        Ok(verdict) => verdict,
        Err(refusal) => return Ok(Err(refusal.to_string())),
    };
    if let Some(failure) = verdict.failures.first() {
        return Ok(Err(failure.to_string()));
    }
    let rebuilt = StackelbergResult::new(
        result.about.clone(),
        &game,
        certificate.clone(),
        &verdict,
        result.stopped.clone(),
        true,
    );
    let expected = serde_json::to_value(Saved::Stackelberg(rebuilt)).map_err(|cause| Failure::Output(cause.into()))?;
    Ok(difference("", given, &expected).map_or(Ok(verdict.gap), Err))
}

/// The instance where the result says, else beside the result.
fn locate(instance: &str, result: &Path) -> PathBuf {
    let file = PathBuf::from(instance);
    match result.parent() {
        Some(directory) if !file.exists() && directory.join(&file).exists() => directory.join(file),
        _ => file,
    }
}

struct Check<'a> {
    game: &'a Game<'a>,
    prior: usize,
    largest: f64,
}

impl Check<'_> {
    /// The verdict on a certificate that is to be about this agent, at this result's prior.
    fn certificate(
        &mut self,
        place: &str,
        certificate: Option<&Certificate>,
        agent: usize,
        floor: Option<f64>,
    ) -> Result<(Certificate, Verdict), String> {
        let certificate = certificate.ok_or_else(|| format!("{place}: it has no certificate"))?;
        let proof = &certificate.proof;
        let same = proof.prior == self.prior
            && proof.agent == agent
            && proof.objective == Objective::agent(agent)
            && proof.floor.map(|floor| floor.value) == floor;
        if !same {
            return Err(format!("{place}: its certificate is for another prior, agent, objective or floor"));
        }
        let verdict = certificate.check(&self.game.instance).map_err(|refusal| format!("{place}: {refusal}"))?;
        if let Some(failure) = verdict.failures.first() {
            return Err(format!("{place}: {failure}"));
        }
        self.largest = self.largest.max(verdict.gap);
        Ok((certificate.clone(), verdict))
    }

    fn agent(&self, name: &str) -> Result<usize, String> {
        self.game.instance.agent(name).ok_or_else(|| format!("agent: found {name:?}, which the instance has not"))
    }

    fn solve(&mut self, result: &SolveResult) -> Result<Saved, String> {
        let view = self.game.instance.view(self.prior, 0).map_err(|cause| cause.to_string())?;
        let expected = self.game.instance.agents.len();
        if result.agents.len() != expected {
            return Err(format!("agents: found {}, and the instance has {expected}", result.agents.len()));
        }
        let mut agents = Vec::with_capacity(expected);
        for (i, (given, agent)) in result.agents.iter().zip(&self.game.instance.agents).enumerate() {
            let place = format!("agents[{i}].monopoly");
            let (certificate, verdict) = self.certificate(&place, given.monopoly.certificate.as_ref(), i, None)?;
            agents.push(AgentResult { name: agent.name.clone(), monopoly: Monopoly::new(certificate, &verdict, true) });
        }
        Ok(Saved::Solve(SolveResult {
            about: result.about.clone(),
            user_value: Reference::new(&view),
            agents,
            certified: true,
            stopped: result.stopped.clone(),
        }))
    }

    fn align(&mut self, result: &AlignResult) -> Result<Saved, String> {
        let certificate = result.certificate.clone().ok_or("it has no certificate")?;
        let verdict = certificate.check(&self.game.instance).map_err(|refusal| refusal.to_string())?;
        if let Some(failure) = verdict.failures.first() {
            return Err(failure.to_string());
        }
        self.largest = self.largest.max(verdict.gap);
        let stopped = result.stopped.clone();
        Ok(Saved::Align(AlignResult::new(result.about.clone(), certificate, &verdict, stopped, true)))
    }

    fn persuade(&mut self, result: &PersuadeResult) -> Result<Saved, String> {
        let agent = self.agent(&result.agent)?;
        let (certificate, verdict) =
            self.certificate("certificate", result.optimum.certificate.as_ref(), agent, result.floor)?;
        Ok(Saved::Persuade(PersuadeResult {
            scheme: scheme_rows(&self.game.instance, &certificate.proof.scheme),
            optimum: Monopoly::new(certificate, &verdict, true),
            ..result.clone()
        }))
    }

    /// Besides its vertices, a frontier claims what lies between them: nothing above the lines that join them. The multipliers of
    /// every vertex but the first have to bound the one to its left, too.
    fn frontier(&mut self, result: &FrontierResult) -> Result<Saved, String> {
        let agent = self.agent(&result.agent)?;
        let instance = &self.game.instance;
        let view = instance.view(self.prior, agent).map_err(|cause| cause.to_string())?;
        let allowed = |utility: &Matrix| {
            let (low, high) = utility.range();
            TOLERANCE * (high - low)
        };
        let (user_allowed, agent_allowed) = (allowed(&view.user), allowed(&view.agents[agent]));
        let mut vertices: Vec<VertexResult> = Vec::with_capacity(result.vertices.len());
        for (i, given) in result.vertices.iter().enumerate() {
            let place = format!("vertices[{i}]");
            let floor = given.certificate.as_ref().and_then(|certificate| certificate.proof.floor);
            let value = floor.map(|floor| floor.value);
            let (certificate, verdict) = self.certificate(&place, given.certificate.as_ref(), agent, value)?;
            let floor = floor.ok_or_else(|| format!("{place}: its certificate has no floor"))?;
            if i == 0 && floor.multiplier != 0.0 {
                return Err(format!("{place}: its certificate does not bound the agent's value without a floor"));
            }
            if let Some(left) = vertices.last() {
                if given.user_value <= left.user_value {
                    return Err(format!("{place}: the user's value does not increase"));
                }
                let proof = &certificate.proof;
                let bound =
                    upper_bound(instance, self.prior, agent, &proof.objective, floor.multiplier, &proof.multipliers);
                let gap =
                    bound.map_err(|refusal| format!("{place}: {refusal}"))?.at(left.user_value) - left.agent_value;
                if gap > agent_allowed {
                    return Err(format!("{place}: between it and the one before, the bound is {gap:e} above the line"));
                }
                self.largest = self.largest.max(gap);
            }
            vertices.push(VertexResult::new(instance, certificate, &verdict, true));
        }
        match vertices.last() {
            Some(last) if last.user_value >= view.full_information() - user_allowed => {}
            _ => return Err("vertices: the last one is not full information".into()),
        }
        Ok(Saved::Frontier(FrontierResult { vertices, certified: true, ..result.clone() }))
    }
}

/// The first place where what was saved is not what follows from the certificates.
fn difference(place: &str, given: &Value, expected: &Value) -> Option<String> {
    let below = |key: &str| if place.is_empty() { key.to_owned() } else { format!("{place}.{key}") };
    match (given, expected) {
        (Value::Object(given), Value::Object(expected)) => expected
            .iter()
            .find_map(|(key, expected)| match given.get(key) {
                Some(given) => difference(&below(key), given, expected),
                None => Some(format!("{}: missing", below(key))),
            })
            .or_else(|| {
                given
                    .keys()
                    .find(|key| !expected.contains_key(*key))
                    .map(|key| format!("{}: nothing proves this", below(key)))
            }),
        (Value::Array(given), Value::Array(expected)) if given.len() == expected.len() => given
            .iter()
            .zip(expected)
            .enumerate()
            .find_map(|(i, (given, expected))| difference(&format!("{place}[{i}]"), given, expected)),
        _ if given == expected => None,
        (Value::Array(given), Value::Array(expected)) => {
            Some(format!("{place}: found {} entries, and the certificate proves {}", given.len(), expected.len()))
        }
        _ => Some(format!("{place}: found {given}, and what is proved is {expected}")),
    }
}
