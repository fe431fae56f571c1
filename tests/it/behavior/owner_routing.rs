//! Tickets of a channel go to the owner of the contact.

use helpdesk::grpc::pb::access::Seat;
use helpdesk::grpc::pb::v1::{ChannelType, OwnerTarget, UnassignedReason, channel_routing::Target};

use crate::support::app::{App, user_name};
use crate::support::databases::both_engines;

async fn desk(db: crate::support::databases::TestDatabase) -> App {
    let app = App::start(db).await;
    app.agent("ada").await;
    for (channel, kind) in [("mail", ChannelType::Email), ("form", ChannelType::Form)] {
        app.channel(channel, kind).await;
        app.route_to(channel, Target::ContactOwner(OwnerTarget {})).await;
    }
    app
}

// the owner of the contact gets it.
both_engines!(the_owner_of_a_tracked_contact_gets_the_ticket, |db| async move {
    let app = desk(db).await;
    app.contact("ann@example.com", "ada", true).await;
    for channel in ["mail", "form"] {
        assert_eq!(app.arrives(channel, &format!("{channel}-1"), "ann@example.com").await.owner, user_name("ada"));
    }
});

// C-045: each missing condition leaves it unassigned with its own reason.
both_engines!(each_missing_condition_has_its_own_reason, |db| async move {
    let app = desk(db).await;
    app.contact("no-owner@example.com", "", true).await;
    app.contact("not-tracked@example.com", "ada", false).await;
    let cases = [("no-owner", UnassignedReason::NoOwner), ("not-tracked", UnassignedReason::NotTracked)];
    for (who, reason) in cases {
        let ticket = app.arrives("mail", who, &format!("{who}@example.com")).await;
        assert_eq!((ticket.owner.as_str(), ticket.unassigned_reason()), ("", reason), "{who}");
    }
});

// C-046 (without the mail), C-047, C-048: an owner who is away, or may not receive tickets.
both_engines!(an_owner_who_cannot_take_it_leaves_it_unassigned, |db| async move {
    let app = desk(db).await;
    app.contact("ann@example.com", "ada", true).await;
    app.available("ada", false).await;
    let ticket = app.arrives("mail", "m1", "ann@example.com").await;
    assert_eq!((ticket.owner.as_str(), ticket.unassigned_reason()), ("", UnassignedReason::OwnerAway));
    app.available("ada", true).await;
    app.seat("ada", Seat::None).await;
    let ticket = app.arrives("mail", "m2", "ann@example.com").await;
    assert_eq!(ticket.unassigned_reason(), UnassignedReason::OwnerNotEligible);
});
