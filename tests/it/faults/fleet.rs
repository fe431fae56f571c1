//! Several services in processes of their own on one PostgreSQL, called side by side.

use std::time::Duration;

use futures_util::StreamExt;
use helpdesk::grpc::pb::v1;
use tonic::{Code, Response, Status};

use super::process_killed::{Killable, client, free_port};
use crate::support::app::{self, App};
use crate::support::client::Client;

/// Processes of a fleet.
pub const PROCESSES: usize = 3;
/// Calls under way at a time.
pub const CALLERS: usize = 64;

/// Services that share a database; they end with the value.
pub struct Fleet {
    /// The account, made by a service in this process that does not run any more.
    app: App,
    ports: Vec<u16>,
    _services: Vec<Killable>,
}

impl Fleet {
    /// Stops the service of this process, and starts others on its database.
    pub async fn launch(mut app: App, url: &str) -> Self {
        app.stop().await;
        let ports: Vec<u16> = (0..PROCESSES).map(|_| free_port()).collect();
        let services = ports.iter().map(|port| Killable::start(url, *port, app.data_folder())).collect();
        let fleet = Self { app, ports, _services: services };
        for process in 0..PROCESSES {
            let root = fleet.caller(process, &fleet.app.user_token("root"));
            let account = app::account();
            again(async || root.accounts().get_account(v1::GetAccountRequest { name: account.clone() }).await).await;
        }
        fleet
    }

    /// A caller of one of the processes, over a connection of its own.
    pub fn caller(&self, process: usize, credential: &str) -> Client {
        client(self.ports[process % PROCESSES], credential)
    }

    /// The super admin at one of the processes.
    pub fn root(&self, process: usize) -> Client {
        self.caller(process, &self.app.user_token("root"))
    }

    /// A person at one of the processes.
    pub fn person(&self, process: usize, id: &str) -> Client {
        self.caller(process, &self.app.user_token(id))
    }

    /// The adapter's key at one of the processes.
    pub fn adapter(&self, process: usize) -> Client {
        self.caller(process, self.app.machine_key())
    }

    /// The adapter's key at each of the processes, over one connection per caller.
    pub fn adapters(&self) -> Vec<Client> {
        (0..CALLERS).map(|caller| self.caller(caller, self.app.machine_key())).collect()
    }

    /// The super admin at each of the processes, over one connection per caller.
    pub fn roots(&self) -> Vec<Client> {
        (0..CALLERS).map(|caller| self.root(caller)).collect()
    }
}

/// Does them all, at most [`CALLERS`] at a time, and returns what came of each in order.
pub async fn side_by_side<T, F: Future<Output = T>>(calls: impl Iterator<Item = F>) -> Vec<T> {
    futures_util::stream::iter(calls).buffered(CALLERS).collect().await
}

/// A call that may be made twice, until it is answered: the service starts, or is busy.
///
/// # Panics
/// When it is refused for good, or after two minutes.
pub async fn again<T>(call: impl AsyncFn() -> Result<Response<T>, Status>) -> T {
    let mut pace = tokio::time::interval(Duration::from_millis(20));
    let trying = async {
        loop {
            match call().await {
                Ok(answer) => return answer.into_inner(),
                Err(status) if may_be_tried_again(&status) => drop(pace.tick().await),
                Err(status) => panic!("{status:?}"),
            }
        }
    };
    tokio::time::timeout(Duration::from_mins(2), trying).await.expect("the service answers")
}

fn may_be_tried_again(status: &Status) -> bool {
    matches!(status.code(), Code::Unavailable | Code::DeadlineExceeded | Code::ResourceExhausted)
}

/// The log of the account, read on where it was left.
#[derive(Default)]
pub struct Log {
    resume_token: String,
}

impl Log {
    /// The events since the last look, in order; nothing is left out and nothing comes twice.
    pub async fn news(&mut self, root: &Client) -> Vec<v1::Event> {
        let (mut all, mut page_token): (Vec<v1::Event>, _) = (Vec::new(), String::new());
        loop {
            let request = v1::ListEventsRequest {
                parent: app::account(),
                page_size: 200,
                page_token,
                resume_token: self.resume_token.clone(),
                ..Default::default()
            };
            let page = again(async || root.events().list_events(request.clone()).await).await;
            all.extend(page.events);
            page_token = page.next_page_token;
            if page_token.is_empty() {
                self.resume_token = page.resume_token;
                break;
            }
        }
        let gaps = all.windows(2).filter(|pair| pair[0].sequence + 1 != pair[1].sequence).count();
        assert_eq!(gaps, 0, "the log has neither gaps nor repeats");
        all
    }
}

/// How many rounds, messages and the like: `name` in the environment, else `otherwise`.
pub fn asked(name: &str, otherwise: usize) -> usize {
    std::env::var(name).ok().and_then(|text| text.parse().ok()).unwrap_or(otherwise)
}

/// Prints what a campaign found, and keeps it under `docs/campaigns` when `HELPDESK_WRITE_DOCS` is set.
pub fn keep(name: &str, found: &str) {
    println!("{name}:\n{found}");
    if std::env::var_os("HELPDESK_WRITE_DOCS").is_some() {
        let folder = crate::tidy::source::root().join("docs/campaigns");
        std::fs::create_dir_all(&folder).expect("a folder");
        std::fs::write(folder.join(format!("{name}.md")), format!("# {name}\n\n```text\n{found}```\n"))
            .expect("written");
    }
}
