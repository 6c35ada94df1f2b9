//! A small server that speaks the protocol of OpenAI's chats and completions. It behaves as a test
//! says, and remembers what it was asked.
//!
//! Everything here panics when a file cannot be written, a port cannot be opened, or a call is not
//! one that `suasion label` would make: then the test that uses it fails.
#![allow(clippy::missing_panics_doc, reason = "a test kit panics where a test must fail")]

use serde_json::{Value, json};
use std::collections::HashMap;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{Shutdown, SocketAddr, TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};
use tempfile::TempDir;

/// A call.
#[derive(Clone, Debug)]
pub struct Asked {
    /// The path of its address, such as `/v1/chat/completions`.
    pub path: String,
    /// The header `Authorization`, if there is one.
    pub key: Option<String>,
    /// The body; null if it is no JSON.
    pub body: Value,
    /// When it came.
    pub at: Instant,
    /// How often the same came before.
    pub before: usize,
}

impl Asked {
    /// Whether it asks for the list of models.
    #[must_use]
    pub fn is_list(&self) -> bool {
        self.path.ends_with("/models")
    }

    /// Everything that a model would read.
    #[must_use]
    pub fn prompt(&self) -> String {
        if let Some(prompt) = self.body["prompt"].as_str() {
            return prompt.into();
        }
        let turns = self.body["messages"].as_array().unwrap();
        turns.iter().flat_map(|turn| [turn["content"].as_str().unwrap(), "\n\n"]).collect()
    }

    /// The item: what comes last in a prompt of [`Study`].
    #[must_use]
    pub fn item(&self) -> usize {
        number_after(&self.prompt(), "Film number ")
    }

    /// The number of the persona.
    #[must_use]
    pub fn persona(&self) -> usize {
        number_after(&self.prompt(), "persona ")
    }

    /// The persona and the item.
    #[must_use]
    pub fn label(&self) -> (usize, usize) {
        (self.persona(), self.item())
    }
}

fn number_after(text: &str, mark: &str) -> usize {
    let from = text.rfind(mark).unwrap_or_else(|| panic!("no {mark:?} in {text:?}")) + mark.len();
    text[from..].chars().take_while(char::is_ascii_digit).collect::<String>().parse().unwrap()
}

/// What the server does.
pub enum Answer {
    /// What a model would answer: see [`score`].
    Model,
    /// The same, by another name.
    By(&'static str),
    /// This text, without probabilities.
    Text(&'static str),
    /// This JSON.
    Json(Value),
    /// A status, with headers and a body.
    Status(u16, Vec<(&'static str, String)>, String),
    /// It breaks off in the middle.
    Cut,
    /// The same as another, after a while.
    Slow(Duration, Box<Answer>),
}

/// A status with an error as servers send it.
#[must_use]
pub fn status(code: u16) -> Answer {
    Answer::Status(code, vec![], json!({"error": {"message": format!("told {code}")}}).to_string())
}

type Behaviour = dyn Fn(&Asked) -> Answer + Send + Sync;

/// The server. It ends when it is dropped.
pub struct Server {
    /// Where it listens.
    pub address: SocketAddr,
    asked: Arc<Mutex<Vec<Asked>>>,
    open: Arc<Mutex<Vec<TcpStream>>>,
    ended: Arc<AtomicBool>,
    accepting: Option<JoinHandle<()>>,
}

impl Server {
    /// One at a free port.
    #[must_use]
    pub fn start(behave: impl Fn(&Asked) -> Answer + Send + Sync + 'static) -> Self {
        Self::at("127.0.0.1:0", behave)
    }

    /// One that answers everything.
    #[must_use]
    pub fn good() -> Self {
        Self::start(|_| Answer::Model)
    }

    /// At an address that was one's before.
    #[must_use]
    pub fn at(address: &str, behave: impl Fn(&Asked) -> Answer + Send + Sync + 'static) -> Self {
        let listener = TcpListener::bind(address).unwrap();
        let address = listener.local_addr().unwrap();
        let (asked, open) = (Arc::<Mutex<Vec<Asked>>>::default(), Arc::<Mutex<Vec<TcpStream>>>::default());
        let ended = Arc::new(AtomicBool::new(false));
        let behave: Arc<Behaviour> = Arc::new(behave);
        let shared = (Arc::clone(&asked), Arc::clone(&open), Arc::clone(&ended));
        let accepting = std::thread::spawn(move || {
            let (asked, open, ended) = shared;
            for stream in listener.incoming() {
                if ended.load(Ordering::SeqCst) {
                    return;
                }
                let stream = stream.unwrap();
                open.lock().unwrap().push(stream.try_clone().unwrap());
                let (asked, behave) = (asked.clone(), behave.clone());
                std::thread::spawn(move || while serve(&stream, &asked, &*behave).is_some() {});
            }
        });
        Self { address, asked, open, ended, accepting: Some(accepting) }
    }

    /// The address that a client is given.
    #[must_use]
    pub fn url(&self) -> String {
        format!("http://{}/v1", self.address)
    }

    /// The calls for answers so far.
    #[must_use]
    pub fn asked(&self) -> Vec<Asked> {
        self.asked.lock().unwrap().iter().filter(|asked| !asked.is_list()).cloned().collect()
    }

    /// How often each label was asked for.
    #[must_use]
    pub fn counts(&self) -> HashMap<(usize, usize), usize> {
        let mut counts = HashMap::new();
        for asked in self.asked() {
            *counts.entry(asked.label()).or_insert(0) += 1;
        }
        counts
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.ended.store(true, Ordering::SeqCst);
        let _ = TcpStream::connect(self.address);
        if let Some(accepting) = self.accepting.take() {
            let _ = accepting.join();
        }
        for stream in self.open.lock().unwrap().drain(..) {
            let _ = stream.shutdown(Shutdown::Both);
        }
    }
}

/// Serves one call; none when the connection is over.
fn serve(stream: &TcpStream, asked: &Mutex<Vec<Asked>>, behave: &Behaviour) -> Option<()> {
    let call = receive(stream)?;
    let call = {
        let mut all = asked.lock().unwrap();
        let same = |other: &&Asked| other.path == call.path && other.body == call.body;
        let call = Asked { before: all.iter().filter(same).count(), ..call };
        all.push(call.clone());
        call
    };
    answer(stream, &call, behave(&call))
}

fn receive(stream: &TcpStream) -> Option<Asked> {
    let mut reader = BufReader::new(stream);
    let mut lines = vec![];
    loop {
        let mut line = String::new();
        if reader.read_line(&mut line).ok()? == 0 {
            return None;
        }
        if line.trim().is_empty() {
            break;
        }
        lines.push(line.trim().to_owned());
    }
    let header = |name: &str| {
        let line = lines.iter().find(|line| line.to_lowercase().starts_with(&format!("{name}:")))?;
        Some(line.split_once(':')?.1.trim().to_owned())
    };
    let mut body = vec![0; header("content-length").map_or(0, |length| length.parse().unwrap())];
    reader.read_exact(&mut body).ok()?;
    let path = lines.first()?.split(' ').nth(1)?.to_owned();
    let body = serde_json::from_slice(&body).unwrap_or(Value::Null);
    Some(Asked { path, key: header("authorization"), body, at: Instant::now(), before: 0 })
}

fn answer(stream: &TcpStream, call: &Asked, answer_by: Answer) -> Option<()> {
    let send = |code: u16, headers: &[(&'static str, String)], body: &str| {
        let headers: String = headers.iter().flat_map(|(name, value)| [name, ": ", value, "\r\n"]).collect();
        let length = body.len();
        let head = format!(
            "HTTP/1.1 {code} Told\r\nContent-Type: application/json\r\n{headers}Content-Length: {length}\r\n\r\n"
        );
        let mut stream = stream;
        stream.write_all(format!("{head}{body}").as_bytes()).ok()
    };
    match answer_by {
        Answer::Model if call.is_list() => send(200, &[], &list("small", None).to_string()),
        Answer::Model => send(200, &[], &reply(call, "small").to_string()),
        Answer::By(model) => send(200, &[], &reply(call, model).to_string()),
        Answer::Text(text) => {
            let choice = json!({"message": {"content": text}, "text": text, "logprobs": null});
            send(200, &[], &json!({"model": "small", "choices": [choice]}).to_string())
        }
        Answer::Json(value) => send(200, &[], &value.to_string()),
        Answer::Status(code, headers, body) => send(code, &headers, &body),
        Answer::Cut => {
            let mut stream = stream;
            stream.write_all(b"HTTP/1.1 200 OK\r\nContent-Length: 500\r\n\r\n{\"choices\"").ok()?;
            stream.shutdown(Shutdown::Both).ok()?;
            None
        }
        Answer::Slow(wait, then) => {
            std::thread::sleep(wait);
            answer(stream, call, *then)
        }
    }
}

/// A list of one model, with its size.
#[must_use]
pub fn list(model: &str, size: Option<u64>) -> Value {
    let meta = size.map_or(json!(null), |size| json!({"n_params": size}));
    json!({"object": "list", "data": [{"id": model, "object": "model", "meta": meta}]})
}

/// The answer that the model thinks likeliest.
fn digit(persona: usize, item: usize) -> usize {
    2 + (persona + item) % 4
}

/// The score of a label by hand: a digit has 0.6 of the probability, in two spellings, `1` has 0.2,
/// and 0.2 is on no answer.
#[must_use]
pub fn score(persona: usize, item: usize) -> f64 {
    let worth = (digit(persona, item) - 1) as f64 / 4.0;
    (0.6 * worth + 0.2 * 0.0) / 0.8
}

fn reply(call: &Asked, model: &str) -> Value {
    let digit = digit(call.persona(), call.item()).to_string();
    let shares = [(digit.clone(), 0.5_f64), (format!(" {digit}"), 0.1), ("1".into(), 0.2), ("The".into(), 0.2)];
    let usage = json!({"prompt_tokens": 40, "completion_tokens": 1});
    if call.path.ends_with("/chat/completions") {
        let top: Vec<Value> = shares.iter().map(|(token, p)| json!({"token": token, "logprob": p.ln()})).collect();
        let content = json!([{"token": digit, "logprob": 0.5_f64.ln(), "top_logprobs": top}]);
        let choice = json!({"message": {"role": "assistant", "content": digit}, "logprobs": {"content": content}});
        return json!({"model": model, "choices": [choice], "usage": usage});
    }
    let top: HashMap<&str, f64> = shares.iter().map(|(token, p)| (token.as_str(), p.ln())).collect();
    let logprobs = json!({"tokens": [digit], "token_logprobs": [0.5_f64.ln()], "top_logprobs": [top]});
    json!({"model": model, "choices": [{"text": digit, "logprobs": logprobs}], "usage": usage})
}

/// Files of items and personas, and where labels go.
pub struct Study {
    /// The folder, which is removed when this is dropped.
    pub folder: TempDir,
}

impl Study {
    /// A study of so many personas and items.
    #[must_use]
    pub fn new(personas: usize, items: usize) -> Self {
        let study = Self { folder: tempfile::tempdir().unwrap() };
        study.write_items(items, "");
        study.write_personas(&personas_of(personas));
        study
    }

    /// A file of the folder.
    #[must_use]
    pub fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// The same as an argument.
    #[must_use]
    pub fn at(&self, name: &str) -> String {
        self.path(name).to_str().unwrap().into()
    }

    /// Items `m0`, `m1`, ..., whose texts end with `more`.
    pub fn write_items(&self, items: usize, more: &str) {
        let row = |item: usize| {
            let human = item as f64 / items as f64;
            format!("m{item},\"Film number {item}, a drama{more}\",{human}\n")
        };
        let rows: Vec<String> = (0..items).map(row).collect();
        let text = format!("item,text,human\n{}", rows.concat());
        std::fs::write(self.path("items.csv"), text).unwrap();
    }

    /// Writes the file of personas.
    pub fn write_personas(&self, personas: &Value) {
        std::fs::write(self.path("personas.json"), personas.to_string()).unwrap();
    }

    /// The arguments of a run, quick to try again.
    #[must_use]
    pub fn arguments(&self, url: &str, more: &[&str]) -> Vec<String> {
        let (items, personas, labels) = (self.at("items.csv"), self.at("personas.json"), self.at("labels"));
        let fixed = ["label", &items, "--personas", &personas, "-o", &labels, "--endpoint", url];
        let soon: &[&str] = if more.contains(&"--first-wait") { &[] } else { &["--first-wait", "0.01"] };
        fixed.iter().chain(soon).chain(more).map(|&argument| argument.to_owned()).collect()
    }
}

/// So many personas, who rate from 1 to 5.
#[must_use]
pub fn personas_of(count: usize) -> Value {
    let persona = |number: usize| json!({"name": format!("p{number}"), "system": format!("You are persona {number}.")});
    json!({
        "format": "suasion-personas/1",
        "domain": "films",
        "about": "Personas of a test.",
        "question": "{item}\nRating:",
        "answers": {"1": 0.0, "2": 0.25, "3": 0.5, "4": 0.75, "5": 1.0},
        "personas": (0..count).map(persona).collect::<Vec<_>>(),
    })
}

/// Whether a file, or one beside it whose name begins so, has some bytes in it.
#[must_use]
pub fn is_in_files(path: &Path, bytes: &[u8]) -> bool {
    let (folder, name) = (path.parent().unwrap(), path.file_name().unwrap().to_str().unwrap());
    std::fs::read_dir(folder).unwrap().any(|entry| {
        let entry = entry.unwrap();
        entry.file_name().to_str().unwrap().starts_with(name)
            && std::fs::read(entry.path()).unwrap().windows(bytes.len()).any(|window| window == bytes)
    })
}
