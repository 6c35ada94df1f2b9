//! How a caller follows a long computation, and stops it.

use crate::RegressionError;

/// Receives the progress of a computation, and may stop it. Both functions are called often, and
/// from any thread. The default ignores progress and never stops.
#[derive(Clone, Copy)]
pub struct Monitor<'a> {
    /// Returns the reason to stop now, such as "interrupted"; none to go on.
    pub stop: &'a (dyn Fn() -> Option<String> + Sync),
    /// Receives how many rows or steps were finished since its last call.
    pub progress: &'a (dyn Fn(u64) + Sync),
}

impl Default for Monitor<'_> {
    fn default() -> Self {
        Self { stop: &|| None, progress: &|_| () }
    }
}

impl std::fmt::Debug for Monitor<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Monitor").finish_non_exhaustive()
    }
}

impl Monitor<'_> {
    /// # Errors
    /// If the caller wants to stop.
    pub(crate) fn check(&self) -> Result<(), RegressionError> {
        (self.stop)().map_or(Ok(()), |reason| Err(RegressionError::Stopped(reason)))
    }
}
