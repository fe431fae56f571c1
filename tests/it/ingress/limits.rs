//! How many tickets one sender opens in an hour (T-23, L-27).

use std::time::Duration;

use helpdesk::grpc::pb::v1::{self, ChannelType, EventType};

use crate::conversation::talk::{conversation, conversation_of, events};
use crate::support::app::App;
use crate::support::databases::both_engines;
use crate::support::scene::message;

async fn arrives(app: &App, id: &str, sender: &str) -> v1::IngestMessageResponse {
    app.ingest(message("mail", id, sender, "Where is my card?")).await
}

// T-23, L-27: what is beyond the limit is kept and waits in the inbox, from where somebody moves it; nobody else notices.
both_engines!(a_sender_opens_so_many_tickets_an_hour_and_nothing_is_lost, |db| async move {
    let app = App::start_set(db, &[("limits.sender_tickets", "3")]).await;
    app.channel("mail", ChannelType::Email).await;
    app.channel("chat", ChannelType::Chat).await;
    let mut opened = Vec::new();
    for number in 0..5 {
        opened.push(arrives(&app, &number.to_string(), "ann@x.example").await);
    }
    let made: Vec<bool> = opened.iter().map(|answer| answer.ticket_created && answer.ticket.is_some()).collect();
    assert_eq!(made, [true, true, true, false, false]);
    let parked = conversation_of(&opened[4]);
    let kept = conversation(&app.root(), &parked).await;
    assert_eq!((kept.ticket.as_str(), kept.message_count), ("", 1));
    assert!(
        opened[4].mutation.as_ref().is_some_and(|mutation| mutation.warnings.len() == 1),
        "{:?}",
        opened[4].mutation
    );
    let told = events(&app, EventType::ConversationParked).await;
    assert_eq!(
        told.iter().map(|event| event.resource.clone()).collect::<Vec<_>>(),
        [conversation_of(&opened[3]), parked.clone()]
    );
    // On every channel it is one sender; another one is not bothered.
    let chat = app.ingest(message("chat", "c1", "ann@x.example", "Hello?")).await;
    assert!(!chat.ticket_created && chat.message.is_some());
    assert!(arrives(&app, "bob", "bob@x.example").await.ticket_created);
    let request = v1::MoveToHelpDeskRequest { name: parked, ..Default::default() };
    let moved = app.root().conversations().move_to_help_desk(request).await.expect("moved").into_inner();
    assert!(moved.ticket.is_some());
    app.advance(Duration::from_hours(1));
    assert!(arrives(&app, "later", "ann@x.example").await.ticket_created);
});

both_engines!(without_the_setting_nobody_is_counted, |db| async move {
    let app = App::start(db).await;
    app.channel("mail", ChannelType::Email).await;
    for number in 0..30 {
        assert!(arrives(&app, &number.to_string(), "ann@x.example").await.ticket_created);
    }
});
