//! Servers that speak OpenAI's protocol of chats and completions.

use crate::LabelError;
use crate::key::Key;
use crate::prompt::Way;
use crate::reply::{ModelReply, message, short};
use serde_json::Value;
use std::time::{Duration, SystemTime};
use ureq::http::{HeaderMap, StatusCode, Uri};
use ureq::{Agent, Body};

/// The longest answer accepted, in bytes. A server that sends more cannot fill the memory.
const MOST: u64 = 16 << 20;

/// A server, and how to call it.
pub struct Endpoint {
    base: String,
    agent: Agent,
    key: Option<Key>,
}

/// What went wrong in a call.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Fault {
    /// The server cannot be reached.
    Absent(String),
    /// The server is overloaded. It may say when to come back.
    Busy(String, Option<Duration>),
    /// The server broke off, timed out, failed, or sent something that makes no sense. It may
    /// recover soon.
    Broken(String, Option<Duration>),
    /// The server refuses this call because of its content. Other calls may succeed.
    Refused(String),
    /// Every call would fail in the same way: the key or the address is wrong, or the model is
    /// another one. The run ends.
    Final(String),
}

/// A model in a server's list.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Listed {
    /// The model's names.
    pub names: Vec<String>,
    /// The sizes that the server reports. They identify the model, besides its name.
    pub build: Option<String>,
}

impl Endpoint {
    /// An endpoint with a base address such as `http://127.0.0.1:8033/v1`. A call that takes longer
    /// than `timeout` is abandoned.
    ///
    /// # Errors
    /// If the address is not valid, or contains a user, a password or a query.
    pub fn new(base: &str, key: Option<String>, timeout: Duration, connections: usize) -> Result<Self, LabelError> {
        let refused = || {
            let expected = "an address such as http://127.0.0.1:8033/v1, without a user or a query";
            LabelError::option("--endpoint", &without_secrets(base), expected)
        };
        let uri: Uri = base.trim().parse().map_err(|_| refused())?;
        let host = uri.host().filter(|host| !host.is_empty()).ok_or_else(refused)?;
        // Messages show the address, and a user or a query may hold a password.
        let has_user = uri.authority().is_some_and(|authority| authority.as_str().contains('@'));
        if !matches!(uri.scheme_str(), Some("http" | "https")) || uri.query().is_some() || has_user {
            return Err(refused());
        }
        let mut config = Agent::config_builder()
            .http_status_as_error(false)
            .timeout_global(Some(timeout))
            .max_idle_connections(connections)
            .max_idle_connections_per_host(connections)
            .user_agent(concat!("suasion/", env!("CARGO_PKG_VERSION")));
        if ["localhost", "127.0.0.1", "[::1]", "::1"].contains(&host) {
            // A proxy from the environment has a different loopback address.
            config = config.proxy(None);
        }
        Ok(Self {
            base: base.trim().trim_end_matches('/').into(),
            agent: config.build().into(),
            key: key.map(Key::new),
        })
    }

    /// Its base address.
    #[must_use]
    pub fn base(&self) -> &str {
        &self.base
    }

    pub(crate) fn failed(&self, problem: impl Into<String>) -> LabelError {
        LabelError::Endpoint { endpoint: self.base.clone(), problem: problem.into() }
    }

    /// A text from the server without the key. Some servers repeat the key.
    pub(crate) fn without_key(&self, text: &str) -> String {
        self.key.as_ref().map_or_else(|| text.into(), |key| key.left_out(text))
    }

    /// The part of a server's text that messages show: its beginning, on one line.
    pub(crate) fn shown(&self, text: &str) -> String {
        // The order matters: if the text were shortened first, the beginning of a key could remain.
        short(&self.without_key(text))
    }

    /// The models that the server lists, or none if it has no list.
    pub(crate) fn models(&self) -> Result<Option<Vec<Listed>>, Fault> {
        let mut call = self.agent.get(format!("{}/models", self.base));
        if let Some(key) = &self.key {
            call = call.header("Authorization", key.header());
        }
        let (status, headers, body) = answer(call.call())?;
        if matches!(status.as_u16(), 404 | 405 | 501) {
            return Ok(None);
        }
        self.check(status, &headers, &body)?;
        let broken = |problem: String| Fault::Broken(format!("the list of models is {problem}"), None);
        let value: Value = serde_json::from_str(&body)
            .map_err(|cause| broken(format!("no JSON ({cause}): {:?}", self.shown(&body))))?;
        let list = value.get("data").and_then(Value::as_array);
        let list = list.ok_or_else(|| broken(format!("without data: {:?}", self.shown(&body))))?;
        Ok(Some(list.iter().filter_map(listed).collect()))
    }

    /// Asks for an answer.
    pub(crate) fn ask(&self, way: Way, body: &Value) -> Result<ModelReply, Fault> {
        let mut call =
            self.agent.post(format!("{}/{}", self.base, way.path())).header("Content-Type", "application/json");
        if let Some(key) = &self.key {
            call = call.header("Authorization", key.header());
        }
        let (status, headers, body) = answer(call.send(body.to_string()))?;
        self.check(status, &headers, &body)?;
        let reply = ModelReply::read(&body, &|text| self.shown(text));
        let reply = reply.map_err(|problem| Fault::Broken(format!("the answer is {problem}"), None))?;
        // The model's name is stored.
        let model = reply.model.as_ref().map(|model| self.without_key(model));
        Ok(ModelReply { model, ..reply })
    }

    /// Turns the status of anything but an answer into a fault.
    fn check(&self, status: StatusCode, headers: &HeaderMap, body: &str) -> Result<(), Fault> {
        if status.is_success() {
            return Ok(());
        }
        let value: Value = serde_json::from_str(body).unwrap_or_default();
        let text = self.shown(message(&value).unwrap_or(body));
        let text = if text.is_empty() { status.to_string() } else { format!("{status}: {text}") };
        let wait = || headers.get("Retry-After").and_then(|wait| later(wait.to_str().ok()?, SystemTime::now()));
        Err(match status.as_u16() {
            429 => Fault::Busy(text, wait()),
            408 | 500..=599 => Fault::Broken(text, wait()),
            401 => Fault::Final(format!("{text}; is the key right (SUASION_API_KEY, or --key-from)?")),
            402..=405 | 300..=399 => Fault::Final(text),
            _ => Fault::Refused(text),
        })
    }
}

/// An address in the form that an error may show.
fn without_secrets(base: &str) -> String {
    let shown = base.split(['?', '#']).next().unwrap_or_default();
    match base.contains('@').then(|| base.split_once("://")) {
        None => shown.into(),
        Some(parts) => format!("{}...", parts.map_or(String::new(), |(scheme, _)| format!("{scheme}://"))),
    }
}

fn listed(entry: &Value) -> Option<Listed> {
    let mut names = vec![entry.get("id")?.as_str()?.to_owned()];
    let aliases = entry.get("aliases").and_then(Value::as_array).map_or(&[][..], Vec::as_slice);
    names.extend(aliases.iter().filter_map(Value::as_str).map(str::to_owned));
    let size = |name: &str| Some(format!("{name} {}", entry.pointer(&format!("/meta/{name}"))?.as_u64()?));
    let sizes: Vec<String> = ["n_params", "size", "n_vocab"].into_iter().filter_map(size).collect();
    Some(Listed { names, build: (!sizes.is_empty()).then(|| sizes.join(", ")) })
}

/// The status, the headers and the text of an answer.
fn answer(called: Result<ureq::http::Response<Body>, ureq::Error>) -> Result<(StatusCode, HeaderMap, String), Fault> {
    let (parts, mut body) = called.map_err(|cause| fault(&cause))?.into_parts();
    let text = body.with_config().limit(MOST).lossy_utf8(true).read_to_string().map_err(|cause| fault(&cause))?;
    Ok((parts.status, parts.headers, text))
}

/// The fault behind a failed connection.
fn fault(cause: &ureq::Error) -> Fault {
    use std::io::ErrorKind;
    match cause {
        ureq::Error::Timeout(_) => Fault::Broken("the answer took too long (--timeout)".into(), None),
        ureq::Error::HostNotFound => Fault::Absent("there is no such host".into()),
        ureq::Error::ConnectionFailed => Fault::Absent("no connection".into()),
        ureq::Error::Io(io) => match io.kind() {
            ErrorKind::ConnectionRefused | ErrorKind::HostUnreachable | ErrorKind::NetworkUnreachable => {
                Fault::Absent(io.to_string())
            }
            _ => Fault::Broken(format!("the connection broke: {io}"), None),
        },
        ureq::Error::Protocol(cause) => Fault::Broken(format!("the connection broke: {cause}"), None),
        ureq::Error::BodyExceedsLimit(_) => Fault::Broken("the answer is longer than 16 MiB".into(), None),
        ureq::Error::Http(_)
        | ureq::Error::BadUri(_)
        | ureq::Error::Tls(_)
        | ureq::Error::Rustls(_)
        | ureq::Error::TooManyRedirects
        | ureq::Error::RedirectFailed
        | ureq::Error::InvalidProxyUrl => Fault::Final(cause.to_string()),
        other => Fault::Broken(other.to_string(), None),
    }
}

/// The wait that Retry-After asks for, in seconds or as a date.
fn later(value: &str, now: SystemTime) -> Option<Duration> {
    let value = value.trim();
    if let Ok(seconds) = value.parse::<f64>() {
        return Duration::try_from_secs_f64(seconds).ok();
    }
    let date = httpdate::parse_http_date(value).ok()?;
    Some(date.duration_since(now).unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn a_wait_is_seconds_or_a_date() {
        let now = httpdate::parse_http_date("Wed, 21 Oct 2015 07:28:00 GMT").unwrap();
        assert_eq!(later("7", now), Some(Duration::from_secs(7)));
        assert_eq!(later("Wed, 21 Oct 2015 07:29:30 GMT", now), Some(Duration::from_secs(90)));
        assert_eq!(later("Wed, 21 Oct 2015 07:00:00 GMT", now), Some(Duration::ZERO));
        assert_eq!((later("soon", now), later("-3", now)), (None, None));
    }

    #[test]
    fn a_model_is_known_by_its_sizes() {
        let entry = json!({"id": "m", "aliases": ["n"], "created": 5, "meta": {"n_params": 7, "n_ctx": 2048}});
        assert_eq!(
            listed(&entry),
            Some(Listed { names: vec!["m".into(), "n".into()], build: Some("n_params 7".into()) })
        );
        assert_eq!(listed(&json!({"id": "m"})).unwrap().build, None);
        assert_eq!(listed(&json!({"name": "m"})), None);
    }

    #[test]
    fn addresses() {
        let new = |base: &str| Endpoint::new(base, None, Duration::from_secs(1), 1);
        assert_eq!(new("http://127.0.0.1:8033/v1/").unwrap().base(), "http://127.0.0.1:8033/v1");
        for none in ["", "127.0.0.1:8033", "ftp://host/v1", "http://", "http://host/v1?x=1"] {
            assert!(new(none).is_err_and(|cause| cause.is_usage()), "{none}");
        }
        // Anything that may be a secret is not shown.
        for (secret, shown) in [
            ("http://me:sesame@host/v1", "http://..."),
            ("http://sesame@host/v1", "http://..."),
            ("me:sesame@host", "..."),
            ("https://host/v1?key=sesame", "https://host/v1"),
            ("https://host/v1?key=ses@me&sesame", "https://..."),
            ("http:/host/v1#sesame", "http:/host/v1"),
        ] {
            let text = new(secret).err().unwrap().to_string();
            assert!(text.contains(&format!("found {shown}, expected")) && !text.contains("same"), "{text}");
        }
    }
}
