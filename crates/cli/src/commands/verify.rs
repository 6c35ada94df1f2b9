//! `suasion verify`: a saved result against its instance.
//!
//! Every certificate is checked in exact arithmetic. Then the result is built again from the instance and its certificates alone,
//! and has to be equal to what was saved, so that no number in it is one that nothing proves.

mod all_agents;
mod reply;

use super::Game;
use super::equilibria::{assembled, found_by_dynamics, quantal};
use crate::arguments::{How, Verify};
use crate::failure::Failure;
use crate::output::{json, line};
use crate::result::{
    About, AgentResult, AlignResult, AlignmentPart, ConversationResult, DynamicsResult, EquilibriaResult,
    EquilibriumResult, FrontierResult, GameResult, MenuResult, Monopoly, OptimumCertificate, PersuadeResult,
    ProfileResult, QuantalResult, Reference, Saved, SolveResult, StackelbergResult, VertexResult, scheme_rows,
};
use crate::session::Session;
use serde_json::{Value, json};
use std::path::{Path, PathBuf};
use suasion_certificate::{Offset, Refusal, Rules, TOLERANCE, Verdict};
use suasion_model::{Matrix, Objective, StackelbergGame};
use suasion_table::{is_parquet, visit_texts};

pub fn run(arguments: &Verify, session: &Session) -> Result<bool, Failure> {
    let mut good = true;
    for file in &arguments.results {
        let name = file.display().to_string();
        let bad = |problem: String| Failure::Bad { file: name.clone(), problem };
        let mut count = 0;
        let mut check = |place: String, record: &str| -> Result<(), Failure> {
            count += 1;
            good &= verify_record(&place, record, file, arguments, session)?;
            Ok(())
        };
        if is_parquet(file) {
            // The certificates of a batch.
            let mut row = 0;
            visit_texts(file, "result", |record| {
                row += 1;
                check(format!("{name}, row {row}"), record)
            })?;
            continue;
        }
        let text = if file.as_os_str() == "-" {
            std::io::read_to_string(std::io::stdin())
        } else {
            std::fs::read_to_string(file)
        };
        let text = text.map_err(|cause| bad(format!("cannot be read: {cause}")))?;
        for (number, record) in text.lines().enumerate().filter(|(_, record)| !record.trim().is_empty()) {
            check(format!("{name}:{}", number + 1), record)?;
        }
        if count == 0 {
            return Err(bad("found no result, expected JSON lines as `suasion --json` prints them".into()));
        }
    }
    Ok(good)
}

/// Whether a saved result is certified; it is said.
fn verify_record(
    place: &str,
    record: &str,
    file: &Path,
    arguments: &Verify,
    session: &Session,
) -> Result<bool, Failure> {
    let bad = |problem: String| Failure::Bad { file: place.into(), problem };
    let given: Value = serde_json::from_str(record).map_err(|cause| bad(format!("not JSON: {cause}")))?;
    if given["command"].as_str().is_some_and(|command| command.starts_with("hull")) || given["table"].is_string() {
        let problem = "a fit of data has no certificate; `suasion hull fit` confirms its errors on the rows themselves";
        return Err(bad(problem.into()));
    }
    if given["command"] == "converse" {
        let problem = "what `suasion converse` says has no certificate; the same command says it again";
        return Err(bad(problem.into()));
    }
    let saved: Saved = serde_json::from_value(given.clone())
        .map_err(|cause| bad(format!("not a result that `suasion --json` printed: {cause}")))?;
    let outcome = verify(&saved, &given, file, arguments.instance.as_deref())?;
    report(place, &saved, &outcome, session)?;
    Ok(outcome.is_ok())
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
    let rules = saved.rules();
    let expected = game.rules(&How { menu: false, conversation: rules == Some(Rules::Conversation) });
    let depends = matches!(saved, Saved::Solve(_) | Saved::Frontier(_) | Saved::Equilibria(_) | Saved::Dynamics(_));
    if depends && rules != expected {
        let problem = if rules.is_some() { "found, and the user knows nothing by herself" } else { "missing" };
        return Ok(Err(format!("rules: {problem}")));
    }
    let mut check = Check { game: &game, prior: about.prior, rules, largest: 0.0 };
    let rebuilt = match saved {
        Saved::Solve(result) => check.solve(result),
        Saved::Persuade(result) => check.persuade(result),
        Saved::Menu(result) => check.menu(result),
        Saved::Conversation(result) => check.conversation(result),
        Saved::Quantal(result) => check.quantal(result),
        Saved::Reply(result) => check.reply(result),
        Saved::Frontier(result) => check.frontier(result),
        Saved::Align(result) => check.align(result),
        Saved::Equilibria(result) => check.equilibria(result),
        Saved::AllAgents(result) => check.all_agents(result),
        Saved::Dynamics(result) => check.dynamics(result),
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
    /// How agents talk, if the user knows something by herself.
    rules: Option<Rules>,
    largest: f64,
}

impl Check<'_> {
    /// The verdict on a certificate that is to be about this agent, at this result's prior.
    fn certificate(
        &mut self,
        place: &str,
        certificate: Option<&OptimumCertificate>,
        agent: usize,
        floor: Option<f64>,
    ) -> Result<(OptimumCertificate, Verdict), String> {
        let certificate = certificate.ok_or_else(|| format!("{place}: it has no certificate"))?;
        let (prior, of, objective, floored) = certificate.meant();
        self.check_meant(place, (prior, of, objective, floored.map(|floor| floor.value)), agent, floor)?;
        self.check_rules(place, certificate.rules())?;
        let verdict = self.passed(place, certificate.check(&self.game.instance))?;
        Ok((certificate.clone(), verdict))
    }

    /// Whether a proof's prior, agent, objective and floor are those of this result.
    fn check_meant(
        &self,
        place: &str,
        found: (usize, usize, &Objective, Option<f64>),
        agent: usize,
        floor: Option<f64>,
    ) -> Result<(), String> {
        if found == (self.prior, agent, &Objective::agent(agent), floor) {
            return Ok(());
        }
        Err(format!("{place}: its certificate is for another prior, agent, objective or floor"))
    }

    /// Whether a certificate is about agents who talk as the result says.
    fn check_rules(&self, place: &str, found: Option<Rules>) -> Result<(), String> {
        if found == self.rules {
            return Ok(());
        }
        Err(format!("{place}: its certificate is about other ways to talk than the result"))
    }

    /// Takes a verdict, unless there is none or it fails.
    fn passed(&mut self, place: &str, verdict: Result<Verdict, Refusal>) -> Result<Verdict, String> {
        let verdict = verdict.map_err(|refusal| format!("{place}: {refusal}"))?;
        if let Some(failure) = verdict.failures.first() {
            return Err(format!("{place}: {failure}"));
        }
        self.largest = self.largest.max(verdict.gap);
        Ok(verdict)
    }

    /// The user's reference values, if she is rational or so sensitive.
    fn reference(&self, eta: Option<f64>) -> Result<Reference, String> {
        if let Some(eta) = eta {
            return quantal::reference(&self.game.instance, self.prior, eta).map_err(|cause| cause.to_string());
        }
        self.game.reference(self.prior).map_err(|cause| cause.to_string())
    }

    /// The most that an agent can leave the user.
    fn most(&self, agent: usize) -> Result<f64, String> {
        let instance = &self.game.instance;
        if self.rules.is_some() {
            let view = instance.typed_view(self.prior, agent).map_err(|cause| cause.to_string())?;
            return Ok(view.full_information());
        }
        Ok(instance.view(self.prior, agent).map_err(|cause| cause.to_string())?.full_information())
    }

    fn agent(&self, name: &str) -> Result<usize, String> {
        self.game.instance.agent(name).ok_or_else(|| format!("agent: found {name:?}, which the instance has not"))
    }

    fn solve(&mut self, result: &SolveResult) -> Result<Saved, String> {
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
        let alignment = self.alignment(&result.alignment, 0.0)?;
        let equilibrium = match &result.equilibrium {
            None => None,
            Some(GameResult::BestAgent(given)) if given.eta.is_some() => {
                return Err(format!("equilibrium.eta: found {:?}, expected a rational user", given.eta));
            }
            Some(GameResult::BestAgent(given)) => {
                Some(GameResult::BestAgent(Box::new(self.equilibrium(given, &alignment)?)))
            }
            Some(GameResult::AllAgents(given)) => Some(GameResult::AllAgents(Box::new(self.joint(given, &alignment)?))),
        };
        Ok(Saved::Solve(SolveResult {
            about: result.about.clone(),
            rules: self.rules,
            user_value: self.reference(None)?,
            agents,
            alignment,
            equilibrium,
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

    /// The verdict on the alignment that is part of a result.
    fn alignment(&mut self, given: &AlignmentPart, slack: f64) -> Result<AlignmentPart, String> {
        let certificate = given.certificate.clone().ok_or("alignment: it has no certificate")?;
        let verdict = certificate.check(&self.game.instance).map_err(|refusal| format!("alignment: {refusal}"))?;
        if let Some(failure) = verdict.failures.first() {
            return Err(format!("alignment: {failure}"));
        }
        let proof = &certificate.proof;
        if proof.simplex || proof.offset_kind != Offset::PerState || proof.slack != slack {
            return Err("alignment: its certificate is for another offset, slack or kind of weights".into());
        }
        self.largest = self.largest.max(verdict.gap);
        Ok(AlignmentPart::new(certificate, &verdict, true))
    }

    /// The verdict on a profile.
    fn profile(
        &mut self,
        place: &str,
        given: &ProfileResult,
        slack: f64,
        eta: Option<f64>,
    ) -> Result<ProfileResult, String> {
        let certificate = given.certificate.clone().ok_or_else(|| format!("{place}: it has no certificate"))?;
        let instance = &self.game.instance;
        if certificate.eta() != eta {
            return Err(format!("{place}: its certificate is for another sensitivity"));
        }
        // To a quantal user there is one way to talk.
        if eta.is_none() {
            self.check_rules(place, certificate.rules())?;
        }
        let verdict = certificate.check(instance).map_err(|refusal| format!("{place}: {refusal}"))?;
        if let Some(failure) = verdict.failures.first() {
            return Err(format!("{place}: {failure}"));
        }
        let (prior, within) = certificate.meant();
        if prior != self.prior || within > slack {
            return Err(format!("{place}: its certificate is for another prior or a larger slack"));
        }
        let regrets = certificate.regrets().into_iter().flatten();
        self.largest = regrets.fold(self.largest, f64::max);
        Ok(ProfileResult::new(instance, certificate, &verdict, true))
    }

    fn equilibrium(
        &mut self,
        given: &EquilibriumResult,
        alignment: &AlignmentPart,
    ) -> Result<EquilibriumResult, String> {
        let worst = self.profile("equilibrium.worst", &given.worst, given.slack, given.eta)?;
        let best = self.profile("equilibrium.best", &given.best, given.slack, given.eta)?;
        let instance = &self.game.instance;
        if let Some(eta) = given.eta {
            let full = self.reference(given.eta)?.full_information;
            return Ok(quantal::assembled(instance, full, (eta, given.slack), worst, best, alignment));
        }
        let full = (0..instance.agents.len()).map(|agent| self.most(agent)).collect::<Result<Vec<f64>, _>>()?;
        let full = full.into_iter().fold(f64::NEG_INFINITY, f64::max);
        if !instance.agents_share_information() {
            return Ok(found_by_dynamics(given.slack, worst, best));
        }
        let mut rebuilt = assembled(full, given.slack, worst, best, alignment);
        if let Some(exclusion) = &given.exclusion {
            let verdict = exclusion.check(instance).map_err(|refusal| format!("equilibrium.exclusion: {refusal}"))?;
            self.check_rules("equilibrium.exclusion", exclusion.rules())?;
            if exclusion.meant() != (self.prior, given.slack) {
                return Err("equilibrium.exclusion: its certificate is for another prior or slack".into());
            }
            rebuilt.certified &= verdict.certified();
            rebuilt.lower_bound = Some(exclusion.claims().lower_bound);
            rebuilt.exclusion = Some(exclusion.clone());
        }
        // What lies between the ends of the intervals is computed, and not proved.
        if let Some(intervals) = &given.intervals {
            let near = |value: f64, other: f64| (value - other).abs() <= 1e-9 * (1.0 + value.abs());
            let ends = intervals.first().zip(intervals.last());
            let proved = ends.is_some_and(|(first, last)| {
                near(first.0, rebuilt.worst_user_value) && near(last.1, rebuilt.best_user_value)
            });
            if !proved || !intervals.iter().flat_map(|&(from, to)| [from, to]).is_sorted() {
                return Err(
                    "equilibrium.intervals: they do not begin at the worst equilibrium and end at the best".into()
                );
            }
            rebuilt.intervals = Some(intervals.clone());
        }
        Ok(rebuilt)
    }

    fn equilibria(&mut self, result: &EquilibriaResult) -> Result<Saved, String> {
        let slack = if result.equilibrium.exact { result.equilibrium.slack } else { 0.0 };
        let alignment = self.alignment(&result.alignment, slack)?;
        let equilibrium = self.equilibrium(&result.equilibrium, &alignment)?;
        Ok(Saved::Equilibria(Box::new(EquilibriaResult {
            about: result.about.clone(),
            rules: self.rules,
            user_value: self.reference(result.equilibrium.eta)?,
            alignment,
            equilibrium,
        })))
    }

    /// The profile in which a simulation ended; how it got there is not proved.
    fn dynamics(&mut self, result: &DynamicsResult) -> Result<Saved, String> {
        let profile = self.profile("certificate", &result.profile, f64::INFINITY, result.eta)?;
        let standing = &profile.certificate.as_ref().map(|certificate| certificate.standing().to_vec());
        let named = self.agent(&result.standing)?;
        if standing.as_ref().is_none_or(|agents| agents != &[named]) {
            return Err(format!("standing: found {:?}, whose offer does not stand", result.standing));
        }
        Ok(Saved::Dynamics(DynamicsResult { profile, ..result.clone() }))
    }

    fn persuade(&mut self, result: &PersuadeResult) -> Result<Saved, String> {
        let agent = self.agent(&result.agent)?;
        let (certificate, verdict) =
            self.certificate("certificate", result.optimum.certificate.as_ref(), agent, result.floor)?;
        let OptimumCertificate::Plain(plain) = &certificate else {
            return Err("certificate: it is about another way to talk".into());
        };
        Ok(Saved::Persuade(PersuadeResult {
            scheme: scheme_rows(&self.game.instance, &plain.proof.scheme),
            optimum: Monopoly::new(certificate, &verdict, true),
            ..result.clone()
        }))
    }

    /// The verdict on a certificate that is to be about the optimum of the agent of this name.
    fn proved(
        &mut self,
        agent: &str,
        meant: (usize, usize, &Objective, Option<f64>),
        floor: Option<f64>,
        verdict: Result<Verdict, Refusal>,
    ) -> Result<Verdict, String> {
        let agent = self.agent(agent)?;
        self.check_meant("certificate", meant, agent, floor)?;
        self.passed("certificate", verdict)
    }

    fn menu(&mut self, result: &MenuResult) -> Result<Saved, String> {
        let certificate = result.certificate.clone().ok_or("it has no certificate")?;
        let proof = &certificate.proof;
        let meant = (proof.prior, proof.agent, &proof.objective, proof.floor.map(|floor| floor.value));
        let verdict = self.proved(&result.agent, meant, result.floor, certificate.check(&self.game.instance))?;
        let about = (result.about.clone(), result.agent.clone(), result.floor);
        let rebuilt = MenuResult::new(about, &self.game.instance, certificate, &verdict, true);
        Ok(Saved::Menu(MenuResult { stopped: result.stopped.clone(), ..rebuilt }))
    }

    fn conversation(&mut self, result: &ConversationResult) -> Result<Saved, String> {
        let certificate = result.certificate.clone().ok_or("it has no certificate")?;
        let proof = &certificate.proof;
        let meant = (proof.prior, proof.agent, &proof.objective, proof.floor.map(|floor| floor.value));
        let verdict = self.proved(&result.agent, meant, result.floor, certificate.check(&self.game.instance))?;
        let about = (result.about.clone(), result.agent.clone(), result.floor);
        let rebuilt = ConversationResult::new(about, &self.game.instance, certificate, &verdict, true);
        Ok(Saved::Conversation(ConversationResult { stopped: result.stopped.clone(), ..rebuilt }))
    }

    fn quantal(&mut self, result: &QuantalResult) -> Result<Saved, String> {
        let certificate = result.certificate.clone().ok_or("it has no certificate")?;
        let proof = &certificate.proof;
        let meant = (proof.prior, proof.agent, &proof.objective, None);
        let verdict = self.proved(&result.agent, meant, None, certificate.check(&self.game.instance))?;
        let about = (result.about.clone(), result.agent.clone());
        let rebuilt = QuantalResult::new(about, &self.game.instance, certificate, &verdict, true);
        let rebuilt = rebuilt.map_err(|refusal| format!("certificate: {refusal}"))?;
        Ok(Saved::Quantal(QuantalResult { stopped: result.stopped.clone(), ..rebuilt }))
    }

    /// Besides its vertices, a frontier claims what lies between them: nothing above the lines that join them. The multipliers of
    /// every vertex but the first have to bound the one to its left, too.
    fn frontier(&mut self, result: &FrontierResult) -> Result<Saved, String> {
        let agent = self.agent(&result.agent)?;
        let instance = &self.game.instance;
        let allowed = |utility: &Matrix| {
            let (low, high) = utility.range();
            TOLERANCE * (high - low)
        };
        let (user_allowed, agent_allowed) = if self.rules.is_some() {
            (allowed(&instance.user.utility), allowed(&instance.agents[agent].utility))
        } else {
            let view = instance.view(self.prior, agent).map_err(|cause| cause.to_string())?;
            (allowed(&view.user), allowed(&view.agents[agent]))
        };
        let mut vertices: Vec<VertexResult> = Vec::with_capacity(result.vertices.len());
        for (i, given) in result.vertices.iter().enumerate() {
            let place = format!("vertices[{i}]");
            let floor = given.certificate.as_ref().and_then(|certificate| certificate.meant().3);
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
                let bound = certificate.bound_at(instance, left.user_value);
                let gap = bound.map_err(|refusal| format!("{place}: {refusal}"))? - left.agent_value;
                if gap > agent_allowed {
                    return Err(format!("{place}: between it and the one before, the bound is {gap:e} above the line"));
                }
                self.largest = self.largest.max(gap);
            }
            vertices.push(VertexResult::new(instance, certificate, &verdict, true));
        }
        match vertices.last() {
            Some(last) if last.user_value >= self.most(agent)? - user_allowed => {}
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
