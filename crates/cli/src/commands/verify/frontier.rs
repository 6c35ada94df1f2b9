//! Saved frontiers.

use super::check::Check;
use crate::result::{FrontierResult, Saved, Tangent, VertexResult, error};

impl Check<'_> {
    /// Besides its vertices, a frontier claims what lies between them: nothing above the lines that
    /// join them, for which the multipliers of every vertex but the first have to bound the one to
    /// its left, too; or nothing further above them than its error, which is worked out again.
    pub(super) fn frontier(&mut self, result: &FrontierResult) -> Result<Saved, String> {
        self.stopped(result.stopped.as_ref());
        let agent = self.agent(&result.agent)?;
        let instance = &self.game.instance;
        let ends = [result.vertices.first(), result.vertices.last()];
        let ends: Vec<f64> = ends.into_iter().flatten().map(|vertex| vertex.agent_value).collect();
        let allowed = self.measure.allowance(agent + 1, &ends);
        let mut vertices: Vec<VertexResult> = Vec::with_capacity(result.vertices.len());
        let mut tangents: Vec<Tangent> = vec![];
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
                if result.error.is_none() {
                    let bound = certificate.bound_at(instance, left.user_value);
                    let gap = bound.map_err(|refusal| format!("{place}: {refusal}"))? - left.agent_value;
                    if gap > allowed {
                        return Err(format!(
                            "{place}: between it and the one before, the bound is {gap:e} above the line"
                        ));
                    }
                    self.proved.gap = self.proved.gap.max(gap);
                }
            }
            tangents.extend(Tangent::of(&certificate));
            vertices.push(VertexResult::new(instance, certificate, &verdict, true));
        }
        let full = self.most(agent)?;
        match vertices.last() {
            Some(last) if last.user_value >= full - self.measure.allowance(0, &[full]) => {}
            _ => return Err("vertices: the last one is not full information".into()),
        }
        Ok(Saved::Frontier(FrontierResult {
            about: result.about.clone(),
            rules: self.rules,
            agent: result.agent.clone(),
            vertices,
            error: result.error.map(|_| error(&tangents)),
            certified: result.stopped.is_none(),
            stopped: result.stopped.clone(),
        }))
    }
}
