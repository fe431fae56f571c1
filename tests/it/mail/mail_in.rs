//! `helpdesk mail-in` against a running service: what a mail server's pipe hands over, small and large.

use std::io::Write as _;
use std::process::{Command, Output, Stdio};

use helpdesk::grpc::pb::access::Permission;
use helpdesk::grpc::pb::v1::{self, ChannelType};
use prost_types::FieldMask;

use crate::access::create;
use crate::attachment::download;
use crate::support::app::{App, account, channel_name};
use crate::support::databases::{TestDatabase, both_engines};

const MIB: usize = 1 << 20;

/// A mail of exactly so many bytes.
fn mail(id: &str, size: usize) -> Vec<u8> {
    let head =
        format!("From: Ann <ann@x.example>\r\nMessage-ID: <{id}@x.example>\r\nSubject: Large {id}\r\n\r\nHi\r\n");
    let line = [b"x".repeat(76), b"\r\n".to_vec()].concat();
    head.bytes().chain(line.into_iter().cycle()).take(size).collect()
}

async fn mail_in(app: &App, channel: &str, token: &str, mail: Vec<u8>) -> Output {
    let (server, channel, token) = (format!("http://{}", app.running().address), channel.to_owned(), token.to_owned());
    let run = move || {
        let mut command = Command::new(env!("CARGO_BIN_EXE_helpdesk"));
        command.args(["mail-in", "--channel", &channel, "--server", &server]).env("HELPDESK_TOKEN", token);
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = command.spawn().expect("the program runs");
        // One that is too large is not read to its end.
        let _ = child.stdin.take().expect("a pipe").write_all(&mail);
        child.wait_with_output().expect("it ends")
    };
    tokio::task::spawn_blocking(run).await.expect("no panic")
}

fn said(output: &Output) -> String {
    String::from_utf8_lossy(&output.stdout).into_owned()
}

// C2, L-01: up to 1 MiB in the message, above it through an upload, at most 35 MiB.
both_engines!(a_mail_of_any_size_goes_through_the_pipe, |db: TestDatabase| async move {
    let app = App::start(db).await;
    app.channel("mail", ChannelType::Email).await;
    let (channel, key) = (channel_name("mail"), app.machine_key());
    for (number, size) in [(1, 200), (2, MIB), (3, MIB + 1), (4, 35 * MIB)] {
        let id = format!("m{number}");
        let done = mail_in(&app, &channel, key, mail(&id, size)).await;
        assert_eq!(done.status.code(), Some(0), "{size}: {done:?}");
        let ticket = format!("accounts/acme/tickets/{number}\n");
        assert!(said(&done).ends_with(&ticket), "{size}: {done:?}");
        let name = said(&done).split(' ').next().expect("a name").to_owned();
        let request = v1::GetMessageRequest { name };
        let stored = app.root().conversations().get_message(request).await.expect("stored").into_inner().message;
        let stored = stored.expect("a message");
        assert_eq!(stored.subject, format!("Large {id}"));
        assert_eq!(download(&app.root(), &stored.raw_mail).await.len(), size);
    }
    let again = mail_in(&app, &channel, key, mail("m3", MIB + 1)).await;
    assert_eq!((again.status.code(), said(&again).ends_with("3 (was here already)\n")), (Some(0), true), "{again:?}");
    let tickets = v1::ListTicketsRequest { parent: account(), ..Default::default() };
    assert_eq!(app.root().tickets().list_tickets(tickets).await.expect("a page").into_inner().tickets.len(), 4);
});

// What a mail server is to do is told by statuses that it knows.
both_engines!(a_mail_that_is_not_taken_says_whether_to_try_again, |db: TestDatabase| async move {
    let mut app = App::start(db).await;
    app.channel("mail", ChannelType::Email).await;
    let (channel, key) = (channel_name("mail"), app.machine_key().to_owned());
    let made = app.root().access().create_access_key(create("reader", &[Permission::TicketsView])).await;
    let reader = made.expect("a key").into_inner().secret;
    let status = async |app: &App, channel: &str, token: &str, mail: Vec<u8>| {
        mail_in(app, channel, token, mail).await.status.code()
    };
    assert_eq!(status(&app, &channel, &key, mail("over", 35 * MIB + 1)).await, Some(65));
    assert_eq!(status(&app, &channel, &key, Vec::new()).await, Some(66));
    for size in [200, 2 * MIB] {
        assert_eq!(status(&app, &channel, &reader, mail("a", size)).await, Some(77), "{size}");
        assert_eq!(status(&app, &channel_name("none"), &key, mail("a", size)).await, Some(78), "{size}");
    }
    let off = v1::Channel { name: channel.clone(), enabled: Some(false), ..Default::default() };
    let update_mask = Some(FieldMask { paths: vec!["enabled".to_owned()] });
    let request = v1::UpdateChannelRequest { channel: Some(off), update_mask, ..Default::default() };
    app.root().channels().update_channel(request).await.expect("switched off");
    assert_eq!(status(&app, &channel, &key, mail("a", 200)).await, Some(69));
    let address = app.running().address;
    app.stop().await;
    let server = format!("http://{address}");
    let gone = tokio::task::spawn_blocking(move || {
        let mut command = Command::new(env!("CARGO_BIN_EXE_helpdesk"));
        command.args(["mail-in", "--channel", &channel, "--server", &server, "--timeout", "1s"]);
        let mut child = command.env("HELPDESK_TOKEN", key).stdin(Stdio::piped()).spawn().expect("the program runs");
        child.stdin.take().expect("a pipe").write_all(&mail("a", 200)).expect("written");
        child.wait().expect("it ends")
    });
    assert_eq!(gone.await.expect("no panic").code(), Some(75), "kept for the next try");
});
