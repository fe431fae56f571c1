//! A real mail server for the tests: aiosmtpd, found as `HELPDESK_TEST_SMTP_PYTHON` (a Python that has it) or in the
//! Python of the machine. Without it tests say loudly what they skip; `HELPDESK_TEST_SMTP=require` makes that a failure.

use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Child, ChildStdin, Command, Stdio};
use std::sync::OnceLock;
use std::sync::mpsc::{Receiver, channel};
use std::time::Duration;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde::Deserialize;

use super::outbox::{Sent, sent};

/// What the tests do without a mail server.
const WISH: &str = "HELPDESK_TEST_SMTP";
/// A Python that has aiosmtpd.
const PYTHON: &str = "HELPDESK_TEST_SMTP_PYTHON";
const PROGRAM: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/fixtures/smtp/sink.py");

/// A running mail server.
pub struct SmtpSink {
    pub port: u16,
    mails: Receiver<Taken>,
    process: Child,
    _life: ChildStdin,
}

/// A mail that it took.
#[derive(Debug, Clone, Deserialize)]
pub struct Taken {
    pub sender: Option<String>,
    pub recipients: Vec<String>,
    pub tls: bool,
    pub user: bool,
    pub hello: String,
    bytes: String,
}

/// How it protects itself.
#[derive(Default)]
pub struct Guard<'a> {
    /// Certificate, key and whether TLS is there from the first byte.
    pub tls: Option<(&'a Path, &'a Path, bool)>,
    /// USER:PASSWORD.
    pub login: Option<&'a str>,
}

impl SmtpSink {
    /// Starts one; `None`, and a word on standard error, where there is none.
    pub fn start(test: &str) -> Option<Self> {
        Self::start_guarded(test, &Guard::default())
    }

    /// The same with TLS or a login.
    pub fn start_guarded(test: &str, guard: &Guard<'_>) -> Option<Self> {
        let Some(python) = python() else {
            eprintln!("SKIPPED {test}: no Python with aiosmtpd here (set {PYTHON})");
            return None;
        };
        let path = |path: &Path| path.display().to_string();
        let (cert, key, tls) = match guard.tls {
            Some((cert, key, first)) => (path(cert), path(key), if first { "tls" } else { "starttls" }),
            None => ("-".to_owned(), "-".to_owned(), "none"),
        };
        let mut process = Command::new(python)
            .args([PROGRAM, &cert, &key, tls, guard.login.unwrap_or("-")])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .expect("the mail server starts");
        let life = process.stdin.take().expect("its standard input");
        let mut lines = BufReader::new(process.stdout.take().expect("its standard output")).lines();
        let port = lines.next().expect("it says its port").expect("readable").parse().expect("a number");
        let (give, mails) = channel();
        std::thread::spawn(move || {
            for line in lines.map_while(Result::ok) {
                let taken = serde_json::from_str(&line).expect("a line of the mail server");
                if give.send(taken).is_err() {
                    return;
                }
            }
        });
        Some(Self { port, mails, process, _life: life })
    }

    /// The settings that send to it, in the clear.
    pub fn settings(&self) -> [(&'static str, String); 3] {
        [
            ("mail.smtp.host", "127.0.0.1".to_owned()),
            ("mail.smtp.port", self.port.to_string()),
            ("mail.smtp.tls", "none".to_owned()),
        ]
    }

    /// The next mail that it took.
    pub fn next(&self) -> Taken {
        self.mails.recv_timeout(Duration::from_secs(20)).expect("a mail arrives")
    }

    /// Who else got something.
    pub fn more(&self) -> Vec<Vec<String>> {
        std::iter::from_fn(|| self.mails.try_recv().ok()).map(|taken| taken.recipients).collect()
    }
}

impl Drop for SmtpSink {
    fn drop(&mut self) {
        // It may have ended by itself.
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

impl Taken {
    /// The mail, as its receiver reads it.
    pub fn mail(&self) -> Sent {
        sent(&STANDARD.decode(&self.bytes).expect("base64"))
    }
}

fn python() -> Option<&'static str> {
    static FOUND: OnceLock<Option<String>> = OnceLock::new();
    FOUND.get_or_init(find).as_deref()
}

fn find() -> Option<String> {
    let named = std::env::var(PYTHON).ok().filter(|name| !name.is_empty());
    let candidates = named.into_iter().chain(["python3".to_owned()]);
    let has_it = |python: &String| {
        let asked = Command::new(python).args(["-c", "import aiosmtpd"]).stderr(Stdio::null()).status();
        asked.is_ok_and(|status| status.success())
    };
    let found = candidates.into_iter().find(has_it);
    let required = std::env::var(WISH).is_ok_and(|wish| wish == "require");
    assert!(found.is_some() || !required, "{WISH}=require, but no Python with aiosmtpd was found: set {PYTHON}");
    found
}
