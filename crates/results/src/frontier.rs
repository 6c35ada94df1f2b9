//! Frontiers: the most that an agent can get, against the user's value.

use crate::columns::{FieldValue, columns};
use crate::verify::{Check, Provable};
use crate::{About, CommunicationName, OptimumCertificate, ResultScale, SchemeRows};
use serde::{Deserialize, Serialize};
use suasion_certificate::{ProofError, Verdict};
use suasion_model::Instance;

/// The rounding error of the height of a line.
const ROUNDINGS: f64 = 8.0 * f64::EPSILON;

/// A vertex of a frontier.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct VertexResult {
    /// The user's value.
    pub user_value: f64,
    /// The agent's value.
    pub agent_value: f64,
    /// The values of all agents, in the order of the instance.
    pub values: Vec<f64>,
    /// An upper bound for all schemes that leave the user as much.
    pub upper_bound: f64,
    /// The scheme.
    pub scheme: SchemeRows,
    /// Whether it is proved to be optimal within the tolerance.
    pub certified: bool,
    /// The certificate.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub certificate: Option<OptimumCertificate>,
}

impl VertexResult {
    fn new(
        instance: &Instance,
        certificate: OptimumCertificate,
        verdict: &Verdict,
        keep: bool,
    ) -> Result<Self, ProofError> {
        let values = certificate.values();
        Ok(Self {
            user_value: values.user,
            agent_value: values.objective,
            values: values.agents,
            upper_bound: values.upper_bound.unwrap_or(f64::INFINITY),
            scheme: certificate.rows(instance)?,
            certified: verdict.certified(),
            certificate: keep.then_some(certificate),
        })
    }
}

/// The result of `frontier`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct FrontierResult {
    /// The instance and the prior.
    #[serde(flatten)]
    pub about: About,
    /// How the agent communicates.
    pub communication: CommunicationName,
    /// The agent's name.
    pub agent: String,
    /// The vertices, in increasing order of the user's value.
    pub vertices: Vec<VertexResult>,
    /// If vertices may have been left out: the largest height of the frontier above the lines that
    /// join these vertices.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub error: Option<f64>,
    /// Whether everything is proved.
    pub certified: bool,
    /// Why the computation ended early, if it did.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub stopped: Option<String>,
}

/// The subject of a frontier, and how its computation ended.
#[derive(Clone, Debug)]
pub struct FrontierAbout {
    /// The instance and the prior.
    pub about: About,
    /// How the agent communicates.
    pub communication: CommunicationName,
    /// The agent's name.
    pub agent: String,
    /// Whether vertices may have been left out.
    pub within_error: bool,
    /// Why the computation ended early, if it did.
    pub stopped: Option<String>,
}

impl FrontierResult {
    /// The frontier from the certificates of its vertices, in increasing order of the user's value.
    /// They are kept if `keep` is set.
    ///
    /// # Errors
    /// If a scheme does not fit the instance.
    pub fn new(
        about: FrontierAbout,
        instance: &Instance,
        vertices: Vec<(OptimumCertificate, Verdict)>,
        keep: bool,
    ) -> Result<Self, ProofError> {
        let FrontierAbout { about, communication, agent, within_error, stopped } = about;
        let tangents: Vec<Tangent> = vertices.iter().filter_map(|(certificate, _)| Tangent::of(certificate)).collect();
        let vertex = |(certificate, verdict)| VertexResult::new(instance, certificate, &verdict, keep);
        let vertices = vertices.into_iter().map(vertex).collect::<Result<Vec<_>, _>>()?;
        Ok(Self {
            about,
            communication,
            agent,
            certified: stopped.is_none() && vertices.iter().all(|vertex| vertex.certified),
            vertices,
            error: within_error.then(|| error(&tangents)),
            stopped,
        })
    }
}

impl Provable for FrontierResult {
    type Game = Instance;

    fn about(&self) -> &About {
        &self.about
    }

    fn certified(&self) -> bool {
        self.certified
    }

    /// Besides its vertices, a frontier claims that nothing is above the lines that join them. To
    /// prove this, the multipliers of every vertex except the first must also bound the vertex to
    /// its left. A frontier with an error claims that nothing is above the lines by more than the
    /// error, which is recomputed.
    fn rebuilt(&self, check: &mut Check<'_, Instance>) -> Result<Self, String> {
        check.stopped(self.stopped.as_ref());
        check.expects(self.communication)?;
        let agent = check.agent(&self.agent)?;
        let ends = [self.vertices.first(), self.vertices.last()];
        let ends: Vec<f64> = ends.into_iter().flatten().map(|vertex| vertex.agent_value).collect();
        let allowed = check.measure()?.allowance(agent + 1, &ends);
        let mut vertices: Vec<(OptimumCertificate, Verdict)> = Vec::with_capacity(self.vertices.len());
        let mut left: Option<(f64, f64)> = None;
        for (i, given) in self.vertices.iter().enumerate() {
            let place = format!("vertices[{i}]");
            let floor = given.certificate.as_ref().and_then(|certificate| certificate.meant().floor);
            let value = floor.map(|floor| floor.value);
            let (certificate, verdict) = check.optimum(&place, given.certificate.as_ref(), agent, value)?;
            let floor = floor.ok_or_else(|| format!("{place}: its certificate has no floor"))?;
            if i == 0 && floor.multiplier != 0.0 {
                return Err(format!("{place}: its certificate does not bound the agent's value without a floor"));
            }
            if let Some((user_value, agent_value)) = left {
                if given.user_value <= user_value {
                    return Err(format!("{place}: the user's value does not increase"));
                }
                if self.error.is_none() {
                    let bound = certificate.bound_at(check.game, user_value);
                    let bound = bound.map_err(|refusal| format!("{place}: {refusal}"))?;
                    let gap = bound.unwrap_or(f64::INFINITY) - agent_value;
                    if gap > allowed {
                        return Err(format!(
                            "{place}: between this vertex and the previous one, the bound is {gap:e} above the line"
                        ));
                    }
                    check.proved.gap = check.proved.gap.max(gap);
                }
            }
            let values = certificate.values();
            left = Some((values.user, values.objective));
            vertices.push((certificate, verdict));
        }
        let full = check.most(agent)?;
        match left {
            Some((user_value, _)) if user_value >= full - check.measure()?.allowance(0, &[full]) => {}
            _ => return Err("vertices: the last one is not full information".into()),
        }
        let about = FrontierAbout {
            about: self.about.clone(),
            communication: self.communication,
            agent: self.agent.clone(),
            within_error: self.error.is_some(),
            stopped: self.stopped.clone(),
        };
        Self::new(about, check.game, vertices, true).map_err(|refusal| refusal.to_string())
    }

    fn consistent(&self, measure: &ResultScale<'_>) -> Result<(), String> {
        for vertex in &self.vertices {
            measure.optimum(&self.agent, (vertex.agent_value, vertex.upper_bound), vertex.user_value)?;
        }
        // To the right, the user's value increases, and the agent's does not.
        let agent = measure.party(&self.agent);
        for pair in self.vertices.windows(2) {
            let (left, right) = (&pair[0], &pair[1]);
            measure.ordered(0, ("the user's value at a vertex", left.user_value), ("at the next", right.user_value))?;
            let what = format!("the value of {} at a vertex", self.agent);
            measure.ordered(agent, (&what, right.agent_value), ("at the one before", left.agent_value))?;
        }
        Ok(())
    }
}

columns! {
    /// The table of frontiers.
    FrontierResult {
        [INSTANCE, PRIOR]
        "agent" "" Text: "the agent's name" => |r| FieldValue::text(&r.agent);
        "vertices" "" Count: "the number of vertices of its frontier" => |r| FieldValue::length(&r.vertices);
        "user_values" "utility" Numbers: "the user's values at the vertices, in increasing order"
            => |r| r.vertices.iter().map(|vertex| vertex.user_value).collect::<Vec<f64>>().into();
        "agent_values" "utility" Numbers: "the agent's values at the vertices"
            => |r| r.vertices.iter().map(|vertex| vertex.agent_value).collect::<Vec<f64>>().into();
        "certified" "" Flag: "whether everything in the row is proved in exact arithmetic" => |r| r.certified.into();
        "stopped" "" Text: "why the work ended early, if it did" => |r| r.stopped.clone().into();
    }
}

/// A vertex and the line that bounds the frontier everywhere: `bound + slope (user_value - v)` at
/// the user's value `v`.
#[derive(Clone, Copy, Debug)]
struct Tangent {
    user_value: f64,
    agent_value: f64,
    bound: f64,
    slope: f64,
}

impl Tangent {
    /// The tangent that a certificate with a floor proves.
    fn of(certificate: &OptimumCertificate) -> Option<Self> {
        let floor = certificate.meant().floor?;
        let values = certificate.values();
        Some(Self {
            user_value: floor.value,
            agent_value: values.objective,
            bound: values.upper_bound?,
            slope: floor.multiplier,
        })
    }

    /// The line's height at a user value, rounded up.
    fn at(&self, user_value: f64) -> f64 {
        let fall = self.slope * (self.user_value - user_value);
        self.bound + fall + ROUNDINGS * (self.bound.abs() + self.slope * self.user_value.abs().max(user_value.abs()))
    }
}

/// The largest height of the frontier above the lines that join neighbors.
fn error(tangents: &[Tangent]) -> f64 {
    tangents.windows(2).map(|pair| above(pair[0], pair[1])).fold(0.0, f64::max)
}

/// The same between two vertices. The minimum of their tangents is largest where the two cross.
fn above(left: Tangent, right: Tangent) -> f64 {
    let ends = [left.user_value, right.user_value];
    let joining = [left.agent_value, right.agent_value];
    let [first, second] = [left, right].map(|line| [0, 1].map(|end| line.at(ends[end]) - joining[end]));
    let at_ends = first[0].min(second[0]).max(first[1].min(second[1]));
    let (before, after) = (second[0] - first[0], first[1] - second[1]);
    if before > 0.0 && after > 0.0 {
        at_ends.max(first[0] + (first[1] - first[0]) * (before / (before + after)))
    } else {
        at_ends
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Two tangents of `1 - v^2` at 0 and 1: they cross at 1/2, where the line that joins the
    /// vertices is 1/2.
    #[test]
    fn parabola() {
        let tangent = |v: f64| Tangent { user_value: v, agent_value: 1.0 - v * v, bound: 1.0 - v * v, slope: 2.0 * v };
        let found = error(&[0.0, 1.0].map(tangent));
        assert!((found - 0.5).abs() < 1e-12, "{found}");
        let found = error(&[0.0, 0.5, 1.0].map(tangent));
        assert!((found - 0.125).abs() < 1e-12, "{found}");
    }

    /// If one of the tangents joins the vertices, there is no gap.
    #[test]
    fn edges() {
        let left = Tangent { user_value: 0.0, agent_value: 1.0, bound: 1.0, slope: 0.0 };
        let right = Tangent { user_value: 0.5, agent_value: 0.25, bound: 0.25, slope: 1.5 };
        assert!(error(&[left, right]) < 1e-14);
    }
}
