//! F-01: the service is killed without warning and started again.

use std::process::{Child, Command, Stdio};

use helpdesk::settings::Secret;

use super::workload::{check_exactly_once, make};
use crate::support::app::{App, SEAL, SECRET};
use crate::support::client::Client;
use crate::support::databases::{TestDatabase, both_engines};

const CALLS: usize = 240;
const KILLS: usize = 3;

both_engines!(a_killed_service_has_lost_and_doubled_nothing, |db: TestDatabase| async move {
    let url = db.url.clone();
    // The account and its people are made by a service in this process, which is stopped before the other one starts.
    let mut app = App::start_in_real_time(db).await;
    app.agent("mia").await;
    let token = app.user_token("mia");
    app.stop().await;
    let port = free_port();
    let mut service = Killable::start(&url, port, app.data_folder());
    let mia = client(port, &token);
    for part in 0..=KILLS {
        let first = part * CALLS / (KILLS + 1);
        let rest =
            futures_util::future::join_all((first..(part + 1) * CALLS / (KILLS + 1)).map(|number| make(&mia, number)));
        if part < KILLS {
            let killing = async {
                make(&mia, first).await;
                service.kill_and_start_again();
            };
            tokio::join!(rest, killing);
        } else {
            rest.await;
        }
    }
    check_exactly_once(&mia, CALLS).await;
});

/// A caller of the service that listens on `port`, over a connection of its own.
pub fn client(port: u16, token: &str) -> Client {
    let address = format!("http://127.0.0.1:{port}");
    let channel = tonic::transport::Channel::from_shared(address).expect("an address").connect_lazy();
    Client::new(channel, token)
}

/// A port that nobody listens on.
pub fn free_port() -> u16 {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").expect("a free port");
    listener.local_addr().expect("an address").port()
}

/// A service in a process of its own.
pub struct Killable {
    child: Child,
    command: Command,
}

impl Killable {
    /// Starts on a database that this process does not serve any more.
    pub fn start(url: &str, port: u16, data: &std::path::Path) -> Self {
        let mut command = Command::new(env!("CARGO_BIN_EXE_helpdesk"));
        command
            .arg("serve")
            .env("HELPDESK__SERVER__LISTEN", format!("127.0.0.1:{port}"))
            .env("HELPDESK__DATABASE__URL", url)
            .env("HELPDESK__DATA_DIR", data)
            .env("HELPDESK__TELEMETRY__METRICS_LISTEN", "")
            .env("HELPDESK__AUTH__HS256_SECRET", Secret::new(SECRET).expose())
            .env("HELPDESK__TOKEN_SEAL__KEY", SEAL)
            .stdout(Stdio::null())
            .stderr(Stdio::null());
        let child = command.spawn().expect("the program starts");
        Self { child, command }
    }

    /// Kills it without warning.
    pub fn kill_and_start_again(&mut self) {
        self.child.kill().expect("it runs");
        self.child.wait().expect("it is gone");
        self.child = self.command.spawn().expect("the program starts again");
    }
}

impl Drop for Killable {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
