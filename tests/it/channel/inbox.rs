//! Channels that make no tickets: their conversations are kept in the inbox, and moved from there to the help desk.

use helpdesk::grpc::pb::v1::{self, ChannelType, ErrorReason, OwnerTarget, RoutingCause, channel_routing::Target};
use prost_types::FieldMask;

use crate::support::app::{self, App, channel_name, user_name};
use crate::support::client::assert_refused;
use crate::support::databases::both_engines;
use crate::support::scene::{message, people, rule};

async fn creates_tickets(app: &App, channel: &str, creates: bool) {
    let channel = v1::Channel {
        name: channel_name(channel),
        creates_tickets: Some(creates),
        r#type: ChannelType::Chat.into(),
        display_name: "Chat".to_owned(),
        ..Default::default()
    };
    let request = v1::UpdateChannelRequest {
        channel: Some(channel),
        update_mask: Some(FieldMask { paths: vec!["creates_tickets".to_owned()] }),
        ..Default::default()
    };
    app.root().channels().update_channel(request).await.expect("switched");
}

async fn making_tickets(app: &App) -> Vec<String> {
    let parent = format!("{}/pipelines/support", app::account());
    let request = v1::ListTicketChannelsRequest { parent, ..Default::default() };
    let page = app.root().channels().list_ticket_channels(request).await.expect("a page").into_inner();
    page.channels.into_iter().map(|channel| channel.name).collect()
}

fn to_help_desk(conversation: &str) -> v1::MoveToHelpDeskRequest {
    v1::MoveToHelpDeskRequest { name: conversation.to_owned(), ..Default::default() }
}

// a switch of each channel, and the list of those that are on, per pipeline.
both_engines!(each_channel_has_its_own_switch_and_a_pipeline_lists_them, |db| async move {
    let app = App::start(db).await;
    for (id, kind) in [("chat", ChannelType::Chat), ("form", ChannelType::Form), ("mail", ChannelType::Email)] {
        app.channel(id, kind).await;
    }
    let names = |ids: &[&str]| ids.iter().map(|id| channel_name(id)).collect::<Vec<_>>();
    assert_eq!(making_tickets(&app).await, names(&["chat", "form", "mail"]));
    creates_tickets(&app, "chat", false).await;
    assert_eq!(making_tickets(&app).await, names(&["form", "mail"]));
    app.arrives("form", "f1", "ann@example.com").await;
    creates_tickets(&app, "chat", true).await;
    assert_eq!(making_tickets(&app).await, names(&["chat", "form", "mail"]));
    let request =
        v1::ListTicketChannelsRequest { parent: format!("{}/pipelines/none", app::account()), ..Default::default() };
    assert_refused(app.root().channels().list_ticket_channels(request).await, ErrorReason::ResourceNotFound);
});

// switched off, a message makes no ticket; its conversation is kept, and can be moved to the help desk.
both_engines!(a_conversation_without_ticket_is_moved_to_the_help_desk_and_routed, |db| async move {
    let app = App::start(db).await;
    let mia = app.agent("mia").await;
    app.channel("mail", ChannelType::Email).await;
    creates_tickets(&app, "mail", false).await;
    app.route_to("mail", people(&["mia"], &[])).await;
    let taken = app.ingest(message("mail", "m1", "ann@example.com", "Where is my card?")).await;
    assert_eq!((taken.ticket, taken.ticket_created, taken.routing_decision), (None, false, None));
    let said = taken.message.expect("a message").name;
    let conversation = said.split("/messages/").next().expect("a name").to_owned();
    let mut dry = to_help_desk(&conversation);
    dry.validate_only = true;
    let tried = mia.conversations().move_to_help_desk(dry).await.expect("it would work").into_inner();
    assert_eq!(tried.ticket.expect("a ticket").owner, user_name("mia"));
    let moved = mia.conversations().move_to_help_desk(to_help_desk(&conversation)).await.expect("moved").into_inner();
    let ticket = moved.ticket.expect("a ticket");
    assert_eq!((ticket.subject.as_str(), ticket.owner), ("Where is my card?", user_name("mia")));
    assert_eq!((ticket.conversations.as_slice(), ticket.channel), (&[conversation.clone()][..], channel_name("mail")));
    assert_eq!(moved.conversation.expect("a conversation").ticket, ticket.name);
    assert_eq!(moved.routing_decision.expect("a decision").cause(), RoutingCause::Moved);
    let again = mia.conversations().move_to_help_desk(to_help_desk(&conversation)).await;
    assert_refused(again, ErrorReason::ResourceAlreadyExists);
});

/// A conversation of a mail channel that makes no tickets.
async fn in_the_inbox(app: &App, text: &str) -> String {
    let taken = app.ingest(message("mail", "m1", "ann@example.com", text)).await;
    assert_eq!(taken.ticket, None);
    let said = taken.message.expect("a message").name;
    said.split("/messages/").next().expect("a name").to_owned()
}

// C-053: the rules look at the first message, as when the ticket is made at once.
both_engines!(what_is_moved_to_the_help_desk_is_routed_by_its_first_message, |db| async move {
    let app = App::start(db).await;
    let mia = app.agent("mia").await;
    app.agent("leo").await;
    app.channel("mail", ChannelType::Email).await;
    creates_tickets(&app, "mail", false).await;
    app.route_to("mail", people(&["leo"], &[])).await;
    let to_mia = v1::PeopleTarget { users: vec![user_name("mia")], ..Default::default() };
    app.rules("mail", vec![v1::RoutingRule { people: Some(to_mia), ..rule("card", "message.text:card", &[]) }]).await;
    let conversation = in_the_inbox(&app, "Where is my card?").await;
    let moved = mia.conversations().move_to_help_desk(to_help_desk(&conversation)).await.expect("moved").into_inner();
    assert_eq!(moved.routing_decision.expect("a decision").rule, "card");
    assert_eq!(moved.ticket.expect("a ticket").owner, user_name("mia"));
});

// R-072, C-046: the mail to the owner who is away carries what the contact wrote.
both_engines!(an_owner_who_is_away_gets_what_is_moved_to_the_help_desk_by_mail, |db| async move {
    let app = App::start(db).await;
    let mia = app.agent("mia").await;
    app.agent("ada").await;
    app.contact("ann@example.com", "ada", true).await;
    app.channel("mail", ChannelType::Email).await;
    creates_tickets(&app, "mail", false).await;
    app.route_to("mail", Target::ContactOwner(OwnerTarget {})).await;
    app.available("ada", false).await;
    let conversation = in_the_inbox(&app, "My card is lost").await;
    let moved = mia.conversations().move_to_help_desk(to_help_desk(&conversation)).await.expect("moved").into_inner();
    let name = moved.ticket.expect("a ticket").name;
    let sent = app.outbox().await;
    let mail = &sent.iter().find(|sent| sent.mail.text.contains(&name)).expect("a mail about it").mail;
    assert_eq!(mail.to[0].address, "ada@acme.example");
    assert!(mail.text.contains("My card is lost"), "{}", mail.text);
});
