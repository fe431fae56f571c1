//! Receivers that attack whoever calls them (T-31): each call ends within its bounds, and the log of the run says how.

use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use helpdesk::grpc::pb::v1::{self, WorkflowTriggerKind as On};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinSet;

use super::hands::{live, on, only_run, work, workflow};
use super::receiver::{Identity, Receiver, call, open, read_call, rotate, signers, to_the_next_job};
use crate::support::app::App;
use crate::support::databases::both_engines;
use crate::ticket::hands::made;

/// What an attacker does with a call.
#[derive(Debug, Clone, Copy)]
enum Attack {
    /// Says nothing, for ever.
    Silence,
    /// A byte of the head now and then.
    Trickle,
    /// A head without end.
    Head,
    /// Asks to go on, again and again.
    GoOn,
    /// Speaks something else.
    Noise,
    /// Takes the call, and answers with a body without end.
    Body,
    /// The same, and says that it is packed.
    Bomb,
}

/// A receiver of the evil kind.
pub(super) struct Attacker {
    address: SocketAddr,
    calls: Arc<AtomicUsize>,
    sent: Arc<AtomicUsize>,
    task: tokio::task::JoinHandle<()>,
}

impl Drop for Attacker {
    fn drop(&mut self) {
        self.task.abort();
    }
}

impl Attacker {
    /// One that never says anything.
    pub(super) async fn silent() -> Self {
        Self::start(Attack::Silence).await
    }

    async fn start(attack: Attack) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let address = listener.local_addr().expect("an address");
        let (calls, sent): (Arc<AtomicUsize>, Arc<AtomicUsize>) = Default::default();
        let (counted, pushed) = (calls.clone(), sent.clone());
        let task = tokio::spawn(async move {
            let mut victims = JoinSet::new();
            while let Ok((stream, _)) = listener.accept().await {
                counted.fetch_add(1, Ordering::SeqCst);
                victims.spawn(torment(stream, attack, pushed.clone()));
            }
        });
        Self { address, calls, sent, task }
    }

    pub(super) fn url(&self, scheme: &str) -> String {
        format!("{scheme}://{}/", self.address)
    }

    /// How often it was called.
    pub(super) fn calls(&self) -> usize {
        self.calls.load(Ordering::SeqCst)
    }
}

/// Goes on until the caller hangs up.
async fn torment(mut stream: TcpStream, attack: Attack, sent: Arc<AtomicUsize>) {
    let long = "a".repeat(1_000);
    let (first, again) = match attack {
        Attack::Silence => (String::new(), String::new()),
        Attack::Trickle => ("HTTP/1.1 200 OK\r\nx: ".to_owned(), "a".to_owned()),
        Attack::Head => ("HTTP/1.1 200 OK\r\n".to_owned(), format!("x: {long}\r\n")),
        Attack::GoOn => (String::new(), "HTTP/1.1 100 Continue\r\n\r\n".to_owned()),
        Attack::Noise => ("SSH-2.0-hello\r\n\r\n".to_owned(), String::new()),
        Attack::Body => {
            ("HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n".to_owned(), format!("3e8\r\n{long}\r\n"))
        }
        Attack::Bomb => {
            let head = "HTTP/1.1 200 OK\r\ncontent-encoding: gzip\r\ncontent-length: 99999999999\r\n\r\n";
            (head.to_owned(), long)
        }
    };
    if !matches!(attack, Attack::Silence) && read_call(&mut stream).await.is_none() {
        return;
    }
    let mut pace = tokio::time::interval(Duration::from_millis(20));
    let mut next = first;
    while stream.write_all(next.as_bytes()).await.is_ok() {
        sent.fetch_add(next.len(), Ordering::SeqCst);
        next.clone_from(&again);
        if matches!(attack, Attack::Trickle) {
            pace.tick().await;
        }
        if next.is_empty() {
            // Until the other side has enough.
            while stream.read(&mut [0; 1_024]).await.is_ok_and(|read| read > 0) {}
            return;
        }
    }
}

/// How the call of a step ended; nothing as long as it has not.
fn ending(run: &v1::WorkflowRun, step: usize) -> Option<(&str, &str)> {
    let mut of_step = run.trace.iter().filter(|entry| entry.step_id == format!("s{step}"));
    of_step
        .next_back()
        .filter(|entry| entry.outcome != "DONE")
        .map(|entry| (entry.outcome.as_str(), entry.why.as_str()))
}

/// Calls all of them with one ticket, until every call has ended; returns the run.
async fn called(app: &App, urls: &[String]) -> v1::WorkflowRun {
    rotate(&app.root()).await;
    let calls = urls.iter().map(|url| call(url)).collect();
    live(&app.root(), "call", workflow(vec![on(On::Created)], calls)).await;
    made(&app.root(), "One").await;
    let began = app.now();
    loop {
        work(app).await;
        let run = only_run(&app.root(), "call").await;
        if (1..=urls.len()).all(|step| ending(&run, step).is_some()) {
            return run;
        }
        assert!(app.now().since(began) < Duration::from_hours(48), "{:?}", run.trace);
        to_the_next_job(app).await;
    }
}

// T-31: whoever keeps a caller waiting, or talks without end, is left in time, tried again, and at last given up with a word
// why; a good receiver beside them gets its call.
both_engines!(receivers_that_attack_are_left_in_time_and_given_up, |db| async move {
    let app = open(db, &[("webhooks.timeout", "300ms")]).await;
    let cases = [
        (Attack::Silence, "http", "no answer within 300ms"),
        (Attack::Silence, "https", "no answer within 300ms"),
        (Attack::Trickle, "http", "no answer within 300ms"),
        (Attack::Head, "http", "message head is too large"),
        (Attack::GoOn, "http", "no answer within 300ms"),
        (Attack::Noise, "http", "invalid HTTP"),
    ];
    let (mut attackers, mut urls) = (Vec::new(), Vec::new());
    for (attack, scheme, _) in cases {
        let attacker = Attacker::start(attack).await;
        urls.push(attacker.url(scheme));
        attackers.push(attacker);
    }
    let good = Receiver::start(&[]).await;
    urls.push(good.url());
    let run = called(&app, &urls).await;
    for (at, (attack, _, expected)) in cases.into_iter().enumerate() {
        let (outcome, why) = ending(&run, at + 1).expect("it ended");
        assert!(outcome == "FAILED" && why.contains(expected), "{attack:?}: {outcome} {why}");
        assert_eq!(attackers[at].calls(), 11, "{attack:?}");
    }
    assert_eq!(ending(&run, 7).expect("it ended").0, "DELIVERED");
});

/// What the buffers of a connection may hold, far less than what an attacker would like to send.
const BUFFERS: usize = 16 << 20;

// T-31: the head is the answer. Nothing of a body is read, packed or not, and who sends one is hung up on.
both_engines!(a_body_without_end_is_not_read, |db| async move {
    let app = open(db, &[]).await;
    let attackers = [Attacker::start(Attack::Body).await, Attacker::start(Attack::Bomb).await];
    let run = called(&app, &[attackers[0].url("http"), attackers[1].url("http")]).await;
    for (at, attacker) in attackers.iter().enumerate() {
        assert_eq!(ending(&run, at + 1).expect("it ended").0, "DELIVERED");
        assert_eq!(attacker.calls(), 1);
        let mut pace = tokio::time::interval(Duration::from_millis(20));
        let hung_up = async {
            let mut before = usize::MAX;
            while attacker.sent.load(Ordering::SeqCst) != before {
                before = attacker.sent.load(Ordering::SeqCst);
                pace.tick().await;
                pace.tick().await;
            }
            before
        };
        let sent = tokio::time::timeout(Duration::from_secs(20), hung_up).await.expect("it is hung up on");
        assert!(sent < BUFFERS, "{sent} bytes");
    }
});

// T-30, T-31: a certificate that nobody trusts, or of another name, is no receiver of ours: nothing is sent, and the log says
// why. An authority of the settings (`webhooks.ca`) is trusted beside the public ones.
both_engines!(a_receiver_needs_a_certificate_that_is_trusted, |db| async move {
    let (ours, other, stranger) =
        (Identity::of("127.0.0.1"), Identity::of("hooks.example.com"), Identity::of("127.0.0.1"));
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("authorities.pem");
    std::fs::write(&file, format!("{}{}", ours.pem(), other.pem())).expect("written");
    let app = open(db, &[("webhooks.ca", file.to_str().expect("a plain path"))]).await;
    let trusted = Receiver::start_secure(&ours).await;
    let misnamed = Receiver::start_secure(&other).await;
    let unknown = Receiver::start_secure(&stranger).await;
    let run = called(&app, &[trusted.url(), misnamed.url(), unknown.url()]).await;
    assert_eq!(ending(&run, 1).expect("it ended").0, "DELIVERED");
    for (step, expected) in [(2, "not valid for name"), (3, "invalid peer certificate")] {
        let (outcome, why) = ending(&run, step).expect("it ended");
        assert!(outcome == "FAILED" && why.contains("certificate") && why.contains(expected), "{outcome} {why}");
    }
    assert_eq!([misnamed.got().len(), unknown.got().len()], [0, 0]);
    let secret = rotate(&app.root()).await;
    made(&app.root(), "Two").await;
    work(&app).await;
    assert_eq!(signers(&trusted.got()[1], &[&secret]), [true]);
});

// T-30: to the metadata service of a cloud, to this machine, to another scheme: no redirect is followed, by no code.
both_engines!(no_redirect_is_followed_anywhere, |db| async move {
    let app = open(db, &[]).await;
    let inner = Receiver::start(&[]).await;
    let mut receivers = Vec::new();
    for (code, to) in [
        ("301 Moved", inner.url()),
        ("302 Found", "http://169.254.169.254/latest/meta-data/".to_owned()),
        ("303 Other", "file:///etc/passwd".to_owned()),
        ("307 Again", inner.url()),
        ("308 Again", "//10.0.0.1/".to_owned()),
    ] {
        let answer: &'static str = Box::leak(format!("{code}\r\nlocation: {to}").into_boxed_str());
        receivers.push(Receiver::start(&[answer]).await);
    }
    let urls: Vec<String> = receivers.iter().map(Receiver::url).collect();
    let run = called(&app, &urls).await;
    for (at, code) in ["301", "302", "303", "307", "308"].into_iter().enumerate() {
        let (outcome, why) = ending(&run, at + 1).expect("it ended");
        assert!(outcome == "FAILED" && why.ends_with(&format!("the receiver answered {code}")), "{outcome} {why}");
        assert_eq!(receivers[at].got().len(), 1, "{code}: once");
    }
    assert_eq!(inner.got(), []);
});
