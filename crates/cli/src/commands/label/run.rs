//! `suasion label ITEMS`.

use super::price::{Price, dollars};
use crate::arguments::{LabelRun, WayName};
use crate::failure::Failure;
use crate::output::{json, line, number, plain, table};
use crate::progress;
use crate::session::Session;
use indicatif::{HumanCount, HumanDuration};
use serde::Serialize;
use std::time::Duration;
use suasion_label::{
    Asking, Endpoint, LOOK_EVERY, LabelOptions, LabelPlan, LabelState, Personas, Way, plan, read_items, run as ask,
};

pub fn run(arguments: &LabelRun, session: &Session) -> Result<bool, Failure> {
    let price = arguments.price.as_deref().map(Price::parse).transpose()?;
    let asking = asking(arguments)?;
    let timeout = seconds("--timeout", arguments.timeout)?;
    let first_wait = seconds("--first-wait", arguments.first_wait)?;
    let personas = Personas::read(&arguments.personas)?;
    let items = read_items(&arguments.items)?;
    if arguments.dry_run {
        let model = arguments.model.as_deref();
        let plan = plan(&arguments.output, &items, &personas, asking, model, arguments.retry)?;
        planned(&plan, price, session)?;
        return Ok(true);
    }
    let endpoint = endpoint(arguments, timeout)?;
    let stop = || session.settings.stopped().map(|why| why.to_string());
    let options = LabelOptions {
        items: &items,
        personas: &personas,
        asking,
        model: arguments.model.as_deref(),
        concurrency: arguments.concurrency,
        retries: arguments.retries,
        first_wait,
        per_minute: arguments.per_minute,
        retry: arguments.retry,
        look_every: LOOK_EVERY,
        stop: &stop,
    };
    let bar = progress::units(true);
    let mut watch = |state: &LabelState| {
        if !bar.is_hidden() {
            bar.set_length(state.labels);
            bar.set_position(state.labels - state.left());
            bar.set_message(told(state, price));
        }
    };
    let state = ask(&arguments.output, &endpoint, &options, &mut watch)?;
    bar.finish_and_clear();
    summary(&state, price, session)?;
    Ok(state.before + state.done == state.labels)
}

fn asking(arguments: &LabelRun) -> Result<Asking, Failure> {
    let within = |option: &str, value: u32, least: u32, most: u32| {
        if (least..=most).contains(&value) {
            return Ok(value);
        }
        Err(Failure::Usage(format!("{option}: found {value}, expected from {least} to {most}")))
    };
    let way = match arguments.way {
        WayName::Chat => Way::Chat,
        WayName::Completions => Way::Completions,
    };
    let top = within("--top", arguments.top, 0, 1000)?;
    Ok(Asking { way, top, tokens: within("--tokens", arguments.tokens, 1, 4096)? })
}

fn seconds(option: &str, seconds: f64) -> Result<Duration, Failure> {
    let limit = Duration::try_from_secs_f64(seconds).ok().filter(|limit| !limit.is_zero());
    limit.filter(|limit| *limit <= Duration::from_secs(86_400)).ok_or_else(|| {
        Failure::Usage(format!("{option}: found {seconds}, expected a number of seconds above 0, at most a day's"))
    })
}

fn endpoint(arguments: &LabelRun, timeout: Duration) -> Result<Endpoint, Failure> {
    let named = std::env::var("SUASION_ENDPOINT").ok().filter(|base| !base.is_empty());
    let Some(base) = arguments.endpoint.clone().or(named) else {
        let expected = "the base address of a server, as in http://127.0.0.1:8033/v1, here or in SUASION_ENDPOINT";
        return Err(Failure::Usage(format!("--endpoint: found nothing, expected {expected}")));
    };
    let key = match std::env::var(&arguments.key_from) {
        Ok(key) if !key.trim().is_empty() => Some(key.trim().to_owned()),
        // A variable that was named explicitly must exist.
        _ if arguments.key_from != "SUASION_API_KEY" => {
            let found = format!("--key-from: found nothing in the variable {}", arguments.key_from);
            return Err(Failure::Usage(format!("{found}, expected a key")));
        }
        _ => None,
    };
    if key.as_ref().is_some_and(|key| !key.chars().all(|c| c.is_ascii_graphic())) {
        let problem = "found a key with spaces or invalid characters, expected one line";
        return Err(Failure::Usage(format!("{}: {problem}", arguments.key_from)));
    }
    Ok(Endpoint::new(&base, key, timeout, arguments.concurrency)?)
}

/// The message of the progress bar.
fn told(state: &LabelState, price: Option<Price>) -> String {
    let new = state.done + state.failed;
    let rate = new as f64 / state.seconds.max(1e-3);
    let left = if new == 0 {
        "...".into()
    } else {
        HumanDuration(Duration::from_secs_f64(state.left() as f64 / rate.max(1e-9))).to_string()
    };
    let failed = HumanCount(state.failed + state.failed_before);
    let tokens = HumanCount(state.tokens_in + state.tokens_out);
    let cost = price.map_or(String::new(), |price| {
        let cost = price.of(state.tokens_in as f64, state.tokens_out as f64);
        let to_come = if new == 0 { 0.0 } else { cost * state.left() as f64 / new as f64 };
        format!(", {} and {} to come", dollars(cost), dollars(to_come))
    });
    let trouble = state.trouble.as_ref().map_or(String::new(), |trouble| {
        let short: String = trouble.chars().take(60).collect();
        format!("; waiting: {}", plain(&short))
    });
    format!("{failed} failed, {rate:.1}/s, {left} left, {tokens} tokens{cost}{trouble}")
}

fn summary(state: &LabelState, price: Option<Price>, session: &Session) -> Result<(), Failure> {
    #[derive(Serialize)]
    struct Summary<'a> {
        #[serde(flatten)]
        state: &'a LabelState,
        cost: Option<f64>,
    }
    let cost = price.map(|price| price.of(state.tokens_in as f64, state.tokens_out as f64));
    if session.json {
        return json(&Summary { state, cost });
    }
    let count = |count: u64| HumanCount(count).to_string();
    let mut rows = vec![
        vec!["labels requested".into(), count(state.labels)],
        vec!["already stored".into(), count(state.before)],
        vec!["new".into(), count(state.done)],
        vec!["  from probabilities".into(), count(state.logprobs)],
        vec!["  from written answers".into(), count(state.parsed)],
        vec!["failed".into(), count(state.failed)],
        vec!["failed before".into(), count(state.failed_before)],
        vec!["withdrawn".into(), count(state.taken_back)],
        vec!["mean mass on answers".into(), state.mean_mass.map_or("-".into(), number)],
        vec!["calls".into(), count(state.tries)],
        vec!["tokens read".into(), count(state.tokens_in)],
        vec!["tokens written".into(), count(state.tokens_out)],
        vec!["seconds".into(), format!("{:.1}", state.seconds)],
    ];
    if let Some(cost) = cost {
        rows.push(vec!["cost".into(), dollars(cost)]);
    }
    line(&table(&[&plain(&state.model), &state.set], rows).to_string())?;
    if let Some(why) = &state.stopped {
        eprintln!("ended early: {}; all answers are stored; run the same command to resume", plain(why));
    }
    if state.failed + state.failed_before > 0 {
        let failed = count(state.failed + state.failed_before);
        eprintln!("{failed} labels failed, with reasons in the store's table failures; --retry asks for them again");
    }
    Ok(())
}

fn planned(plan: &LabelPlan, price: Option<Price>, session: &Session) -> Result<(), Failure> {
    #[derive(Serialize)]
    struct Planned<'a> {
        set: Option<&'a str>,
        labels: usize,
        stored: usize,
        failed: usize,
        calls: usize,
        tokens_in: f64,
        tokens_out: f64,
        cost: Option<f64>,
        prompt: &'a str,
    }
    let cost = price.map(|price| price.of(plan.tokens_in, plan.tokens_out));
    if session.json {
        let LabelPlan { labels, stored, failed, calls, tokens_in, tokens_out, .. } = *plan;
        let (set, prompt) = (plan.set.as_deref(), plan.prompt.as_str());
        return json(&Planned { set, labels, stored, failed, calls, tokens_in, tokens_out, cost, prompt });
    }
    let count = |count: usize| HumanCount(count as u64);
    line(&format!(
        "{} labels requested, {} stored, {} failed",
        count(plan.labels),
        count(plan.stored),
        count(plan.failed)
    ))?;
    let (read, written) = (plan.tokens_in.round() as usize, plan.tokens_out.round() as usize);
    let cost = cost.map(|cost| format!(", {}", dollars(cost))).unwrap_or_default();
    line(&format!(
        "{} calls, about {} tokens read and {} written{cost}",
        count(plan.calls),
        count(read),
        count(written)
    ))?;
    line(&format!("\na sample prompt:\n\n{}", plan.prompt))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn progress_tells_what_is_left() {
        let mut state = LabelState { labels: 1000, before: 100, failed_before: 1, ..LabelState::default() };
        assert_eq!(told(&state, None), "1 failed, 0.0/s, ... left, 0 tokens");
        // 100 labels in 20 s, for a cent: 799 are left.
        state = LabelState { done: 90, failed: 10, seconds: 20.0, tokens_in: 9000, tokens_out: 100, ..state };
        assert_eq!(told(&state, None), "11 failed, 5.0/s, 3 minutes left, 9,100 tokens");
        let price = Price::parse("1,10").unwrap();
        assert_eq!(
            told(&state, Some(price)),
            "11 failed, 5.0/s, 3 minutes left, 9,100 tokens, $0.0100 and $0.0799 to come"
        );
        state.trouble = Some(format!("500: \u{1b}[2J{}", "x".repeat(99)));
        let troubled = told(&state, None);
        assert!(troubled.ends_with(&format!("; waiting: 500: \\u{{1b}}[2J{}", "x".repeat(51))), "{troubled}");
    }
}
