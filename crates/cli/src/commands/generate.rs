//! `suasion generate`.

use crate::arguments::{FamilyName, Generate};
use crate::failure::Failure;
use crate::session::Session;
use suasion_model::{Family, Instance, Numbers, PriorPath, Shape, StackelbergGame};

/// The bytes of memory for each number: 8 when it is drawn, and 8 more when it is written.
const OF_NUMBER: f64 = 16.0;

pub fn run(arguments: &Generate, session: &Session) -> Result<bool, Failure> {
    let numbers = match (arguments.npy, arguments.inline) {
        (true, _) => Numbers::Npy,
        (_, true) => Numbers::Inline,
        _ => Numbers::Auto,
    };
    let actions = match arguments.family {
        FamilyName::Threshold => 2,
        _ => 10,
    };
    let actions = arguments.actions.unwrap_or(actions);
    let (n, m) = (arguments.states as f64, actions as f64);
    let numbers_drawn = match arguments.family {
        FamilyName::Stackelberg => 2.0 * n * m * arguments.types as f64,
        _ => n * m * (arguments.agents as f64 + 1.0) + n * arguments.priors as f64,
    };
    session
        .settings
        .check_memory(OF_NUMBER * numbers_drawn)
        .map_err(|shortage| Failure::Usage(format!("an instance of this size takes {shortage}")))?;
    let family = match arguments.family {
        FamilyName::Uniform => Family::Uniform,
        FamilyName::Hull => Family::Hull { eps: arguments.eps },
        FamilyName::Opposed => Family::Opposed,
        FamilyName::Threshold => Family::Threshold,
        FamilyName::Quadratic => Family::Quadratic,
        FamilyName::Integer => Family::Integer,
        FamilyName::Stackelberg if arguments.count.is_some() => {
            return Err(Failure::Usage("--count: Stackelberg games are in files of their own".into()));
        }
        FamilyName::Stackelberg => {
            let game = StackelbergGame::generate(arguments.states, actions, arguments.types, arguments.seed)?;
            game.write(&arguments.output, numbers)?;
            return Ok(true);
        }
    };
    let shape = Shape { states: arguments.states, actions, agents: arguments.agents, priors: arguments.priors };
    let path = arguments.walk.map_or(PriorPath::Independent, |step| PriorPath::Walk { step });
    match arguments.count {
        None => family.generate(shape, path, arguments.seed)?.write(&arguments.output, numbers)?,
        Some(0) => return Err(Failure::Usage("--count: found 0, expected at least 1".into())),
        Some(count) => {
            let seeds = (0..count).map(|seed| arguments.seed.wrapping_add(seed));
            let instances = seeds.map(|seed| family.generate(shape, path, seed).map_err(Failure::from));
            Instance::write_lines(&arguments.output, instances)?;
        }
    }
    Ok(true)
}
