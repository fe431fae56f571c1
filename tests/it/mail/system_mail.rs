//! Mail of the service's own: queued with a write, sent after it, tried again, given up.

use std::time::Duration;

use helpdesk::domain::ids::AccountId;
use helpdesk::domain::rejection::Rejection;
use helpdesk::service::desk::{Desk, UseCase};
use helpdesk::service::grant::Grant;
use helpdesk::service::mail::SystemMail;
use helpdesk::service::{Encoder, WriteCall};
use helpdesk::storage::jobs;
use helpdesk::storage::lane::{Keys, World};

use crate::support::app::{ACCOUNT, App};
use crate::support::databases::{TestDatabase, both_engines};
use crate::support::smtp_sink::{Guard, SmtpSink};

/// Queues a mail, and refuses afterwards when asked.
struct Notify(SystemMail, bool);

impl UseCase for Notify {
    type Outcome = ();

    fn needs(&self, _: &World, _: &mut Keys) {}

    fn decide(&self, desk: &mut Desk<'_, '_>) -> Result<(), Rejection> {
        self.0.clone().queue(desk.session);
        if self.1 { Err(Rejection::Overloaded) } else { Ok(()) }
    }
}

fn news(to: &str) -> SystemMail {
    SystemMail {
        to: to.to_owned(),
        to_name: "Mía \"M\" Weiß".to_owned(),
        subject: "Ünread\r\nBcc: eve@x.example".to_owned(),
        text: "You were mentioned.".to_owned(),
        html: "<p>You were <b>mentioned</b>.</p>".to_owned(),
        about: "tickets/7".to_owned(),
    }
}

async fn notify(app: &App, mail: SystemMail, refuse: bool) -> Result<(), Rejection> {
    let encoder = Encoder { respond: Box::new(|(), _| ()), store: Box::new(|()| Vec::new()) };
    let grant = Grant::system(AccountId::stored(ACCOUNT), "test");
    let service = &app.running().service;
    service.write(&grant, WriteCall::default(), Notify(mail, refuse), encoder).await.map(drop)
}

async fn start_with(db: TestDatabase, sink: &SmtpSink, more: &[(&str, &str)]) -> App {
    let settings = sink.settings();
    let settings: Vec<_> = settings.iter().map(|(key, value)| (*key, value.as_str())).collect();
    App::start_set(db, &[&settings, more].concat()).await
}

both_engines!(a_notification_lies_in_the_maildir_once_its_write_is_stored, |db: TestDatabase| async move {
    let app = App::start(db).await;
    notify(&app, news("mia@acme.example"), true).await.expect_err("refused");
    assert!(app.outbox().await.is_empty(), "nothing of a refused write is sent");
    notify(&app, news("mia@acme.example"), false).await.expect("stored");
    let sent = app.outbox().await.remove(0);
    assert_eq!(sent.mail.subject, "Ünread Bcc: eve@x.example", "no header comes out of a text (T-25)");
    assert_eq!(sent.header("Bcc"), None);
    assert_eq!(sent.mail.sender.clone().expect("a sender").address, "helpdesk@localhost");
    assert_eq!(sent.mail.to[0].address, "mia@acme.example");
    assert_eq!(sent.mail.to[0].display_name.as_deref(), Some("Mía \"M\" Weiß"));
    assert_eq!(sent.header("Auto-Submitted").as_deref(), Some("auto-generated"));
    assert!(sent.mail.forbids_automatic_answer());
    assert_eq!(sent.mail.text, "You were mentioned.");
    assert_eq!(sent.mail.html.as_deref(), Some("<p>You were <b>mentioned</b>.</p>"));
    notify(&app, news("mia@acme.example"), false).await.expect("stored");
    let both = app.outbox().await;
    assert_eq!(both.len(), 2, "two notifications are two mails");
    assert_eq!(both[0].mail.references, both[1].mail.references, "about the same thing: one thread");
});

both_engines!(a_notification_goes_to_the_mail_server_and_is_tried_again, |db: TestDatabase| async move {
    let Some(sink) = SmtpSink::start("a_notification_goes_to_the_mail_server") else { return };
    let app = start_with(db, &sink, &[("mail.from_domain", "desk.example"), ("mail.give_up", "1h")]).await;
    notify(&app, news("mia@acme.example"), false).await.expect("stored");
    app.running().worker.run_until_idle().await.expect("worked");
    let taken = sink.next();
    assert_eq!(taken.sender.as_deref(), Some("helpdesk@desk.example"));
    assert_eq!(
        (taken.recipients.as_slice(), taken.hello.as_str()),
        (&["mia@acme.example".to_owned()][..], "desk.example")
    );
    let first = taken.mail().mail.message_id;
    notify(&app, news("drop@acme.example"), false).await.expect("stored");
    app.running().worker.run_until_idle().await.expect("worked");
    let dropped = sink.next().mail().mail.message_id;
    app.advance(Duration::from_secs(10));
    app.running().worker.run_until_idle().await.expect("worked");
    let again = sink.next().mail().mail.message_id;
    assert_eq!(dropped, again, "an answer that got lost: the same mail comes again");
    assert_ne!(first, again);
    for to in ["refuse-550@acme.example", "later-451@acme.example"] {
        notify(&app, news(to), false).await.expect("stored");
    }
    for _ in 0..12 {
        app.running().worker.run_until_idle().await.expect("worked");
        app.advance(Duration::from_hours(1));
    }
    assert_eq!(sink.more(), Vec::<Vec<String>>::new(), "nobody else got anything");
    let parked = jobs::parked(&app.running().service.store, &AccountId::stored(ACCOUNT)).await.expect("read");
    assert!(parked.is_empty(), "what is refused or given up goes away: {parked:?}");
});

both_engines!(mail_goes_over_tls_and_with_a_login, |db: TestDatabase| async move {
    let folder = tempfile::tempdir().expect("a folder");
    let made = rcgen::generate_simple_self_signed(vec!["localhost".to_owned()]).expect("a certificate");
    let [cert, key, password] = ["cert.pem", "key.pem", "password"].map(|name| folder.path().join(name));
    std::fs::write(&cert, made.cert.pem()).expect("written");
    std::fs::write(&key, made.signing_key.serialize_pem()).expect("written");
    std::fs::write(&password, "secret word\n").expect("written");
    let guard = Guard { tls: Some((&cert, &key, false)), login: Some("desk:secret word") };
    let Some(sink) = SmtpSink::start_guarded("mail_goes_over_tls_and_with_a_login", &guard) else { return };
    let text = |path: &std::path::Path| path.display().to_string();
    let (ca, secret) = (text(&cert), text(&password));
    let set = [
        ("mail.smtp.host", "localhost"),
        ("mail.smtp.tls", "starttls"),
        ("mail.smtp.user", "desk"),
        ("mail.smtp.password_file", secret.as_str()),
        ("mail.smtp.ca", ca.as_str()),
    ];
    let app = start_with(db, &sink, &set).await;
    notify(&app, news("mia@acme.example"), false).await.expect("stored");
    app.running().worker.run_until_idle().await.expect("worked");
    let taken = sink.next();
    assert!(taken.tls && taken.user);
});
