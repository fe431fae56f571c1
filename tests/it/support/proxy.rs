//! The wire between the service and its database, for tests that cut it.

use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;

/// Passes everything on until it is cut; connections made after that are passed on again.
pub struct Proxy {
    port: u16,
    cuts: watch::Sender<u32>,
}

impl Proxy {
    /// A proxy before the server of a `postgres://` URL, and the URL through it.
    pub async fn before(url: &str) -> (Self, String) {
        let (head, tail) = url.split_once("@127.0.0.1:").expect("a server on this machine");
        let (port, name) = tail.split_once('/').expect("a database");
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        let proxy = Self { port: listener.local_addr().expect("an address").port(), cuts: watch::Sender::new(0) };
        let (port, mut cuts) = (port.parse::<u16>().expect("a port"), proxy.cuts.subscribe());
        drop(tokio::spawn(async move {
            while let Ok((mut client, _)) = listener.accept().await {
                cuts.mark_unchanged();
                let mut cut = cuts.clone();
                drop(tokio::spawn(async move {
                    let mut server = TcpStream::connect(("127.0.0.1", port)).await?;
                    tokio::select! {
                        passed = tokio::io::copy_bidirectional(&mut client, &mut server) => passed.map(|_| ()),
                        _ = cut.changed() => Ok(()),
                    }
                }));
            }
        }));
        let through = format!("{head}@127.0.0.1:{}/{name}", proxy.port);
        (proxy, through)
    }

    /// Ends every connection of now. The server may not notice.
    pub fn cut(&self) {
        self.cuts.send_modify(|count| *count += 1);
    }
}
