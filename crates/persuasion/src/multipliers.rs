//! A proof's multipliers, from those of a solver.

use crate::kernel::Kernel;
use crate::simplex::Duals;
use suasion_certificate::Multiplier;

/// The multipliers in true units, by the actions of the view, in the order of (recommended,
/// alternative), including those that price out the dropped actions.
pub(crate) fn multipliers(kernel: &Kernel, duals: &Duals, per_user: f64) -> Vec<Multiplier> {
    let triples = duals.rho.iter().enumerate().flat_map(|(a, list)| list.iter().map(move |&(b, rho)| (a, b, rho)));
    let kept = triples.map(|(a, b, rho)| (kernel.action_names[a], b, rho));
    let dropped = kernel.priced_out(duals.weights, &duals.lambda).filter(|&(_, _, rho)| rho > 0.0);
    let mut all: Vec<Multiplier> = kept
        .chain(dropped)
        .map(|(recommended, b, rho)| Multiplier {
            recommended,
            alternative: kernel.action_names[b],
            value: rho * per_user,
        })
        .collect();
    all.sort_by_key(|multiplier| (multiplier.recommended, multiplier.alternative));
    all
}
