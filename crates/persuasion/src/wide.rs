//! Loops in the widest registers of the current processor.

use pulp::{Arch, Simd, WithSimd};

struct Work<F>(F);

impl<R, F: FnMut() -> R> WithSimd for Work<F> {
    type Output = R;

    #[allow(clippy::inline_always, reason = "only inlined code uses the target features")]
    #[inline(always)]
    fn with_simd<S: Simd>(mut self, _: S) -> R {
        (self.0)()
    }
}

/// Runs `work`, which is compiled for each generation of processors. The closure and the functions
/// that it calls must be `#[inline(always)]`. Results do not depend on the processor: sums keep
/// their order, and no product is fused with a sum.
pub(crate) fn wide<R>(work: impl FnMut() -> R) -> R {
    Arch::new().dispatch(Work(work))
}
