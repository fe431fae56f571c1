//! The owner of the contact is away: the submission goes to the owner by mail.

use helpdesk::grpc::pb::access::Seat;
use helpdesk::grpc::pb::v1::{self, ChannelType, OwnerTarget, UnassignedReason, channel_routing::Target};

use crate::support::app::{App, user_name};
use crate::support::databases::both_engines;
use crate::support::scene::message;

async fn desk(db: crate::support::databases::TestDatabase) -> App {
    let app = App::start(db).await;
    app.agent("ada").await;
    app.contact("ann@example.com", "ada", true).await;
    for (id, kind) in [("mail", ChannelType::Email), ("form", ChannelType::Form), ("whatsapp", ChannelType::Whatsapp)] {
        app.channel(id, kind).await;
        app.route_to(id, Target::ContactOwner(OwnerTarget {})).await;
    }
    app
}

// C-046: on mail, forms and WhatsApp; the ticket stays unassigned.
both_engines!(an_owner_who_is_away_gets_the_submission_by_mail, |db| async move {
    let app = desk(db).await;
    app.available("ada", false).await;
    for channel in ["mail", "form", "whatsapp"] {
        let text = format!("My card is lost, on {channel}");
        let taken = app.ingest(message(channel, channel, "ann@example.com", &text)).await;
        let ticket = taken.ticket.expect("a ticket");
        assert_eq!((ticket.owner.as_str(), ticket.unassigned_reason()), ("", UnassignedReason::OwnerAway));
        let effects = taken.mutation.expect("what happened").effects;
        assert!(effects.iter().any(|effect| effect.cause.ends_with("users/ada")), "{effects:?}");
        let sent = app.outbox().await;
        let mail = &sent.iter().find(|sent| sent.mail.subject.contains(&text)).expect("a mail about it").mail;
        assert_eq!(mail.to[0].address, "ada@acme.example");
        assert!(mail.text.contains(&text) && mail.text.contains(&ticket.name), "{}", mail.text);
    }
    assert_eq!(app.outbox().await.len(), 3, "one mail each");
});

// C-046, C-048: one who is assigned all the same, or may not receive tickets, gets none.
both_engines!(nobody_else_gets_the_submission_by_mail, |db| async move {
    let app = desk(db).await;
    app.available("ada", false).await;
    let anybody = v1::ChannelRouting { available_only: Some(false), ..Default::default() };
    app.try_route("mail", anybody, &["available_only"]).await.expect("offered");
    assert_eq!(app.arrives("mail", "m1", "ann@example.com").await.owner, user_name("ada"));
    app.seat("ada", Seat::None).await;
    let ticket = app.arrives("form", "f1", "ann@example.com").await;
    assert_eq!(ticket.unassigned_reason(), UnassignedReason::OwnerNotEligible);
    app.arrives("mail", "m2", "nobody@example.com").await;
    let sent = app.outbox().await;
    let submissions = sent.iter().filter(|sent| sent.mail.text.contains("Where is my card?")).count();
    assert_eq!(submissions, 0, "{sent:?}");
});
