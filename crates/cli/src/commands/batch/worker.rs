//! `suasion batch worker`: a process that works on units of a batch. `run` starts it and sends it
//! work on standard input.

use super::work;
use crate::failure::Failure;
use crate::session::Session;
use std::time::Duration;
use suasion_batch::{Job, serve};
use suasion_lp::Settings;

pub fn run(session: &Session) -> Result<bool, Failure> {
    let interrupt = session.settings.interrupt.clone();
    let served = serve(|setup| {
        work::check(&setup.request).map_err(|cause| cause.to_string())?;
        let limit = setup.time_limit.map(Duration::from_secs_f64);
        let certificates = !setup.no_certificates;
        Ok(move |job: &Job| {
            let settings = limit.map_or_else(Settings::default, Settings::with_time_limit);
            let settings = Settings { interrupt: interrupt.clone(), ..settings };
            let session = Session { json: true, certificates, threads: Some(1), settings };
            let results = work::results(job, &setup, &session);
            if session.interrupted() {
                // An interrupted unit has no result; another run does it.
                std::process::exit(1);
            }
            results
        })
    });
    served.map_err(|problem| Failure::Usage(format!("batch worker: {problem}")))?;
    Ok(true)
}
