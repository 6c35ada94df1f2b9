//! `suasion batch worker`: a process that does units of a batch. It is started by `run`, and is told what to do on standard input.

use super::work::Task;
use crate::failure::Failure;
use crate::session::Session;
use std::time::Duration;
use suasion_batch::{Job, serve};
use suasion_lp::Settings;

pub fn run() -> Result<bool, Failure> {
    let served = serve(|setup| {
        let task = Task::new(&setup.work).map_err(|cause| cause.to_string())?;
        let limit = setup.time_limit.map(Duration::from_secs_f64);
        let certificates = !setup.no_certificates;
        Ok(move |job: &Job| {
            // Where a scheduler ends a job, it tells all its processes; but only `run` knows whether a unit may still end. What a unit came to that
            // was interrupted would look like its result.
            let settings = limit.map_or_else(Settings::default, Settings::with_time_limit);
            let session = Session { json: true, certificates, settings };
            task.results(job, &setup, &session)
        })
    });
    served.map_err(|problem| Failure::Usage(format!("batch worker: {problem}")))?;
    Ok(true)
}
