//! ListTicketChanges: what happened to a ticket, as long as there is the ticket.

use std::collections::BTreeMap;
use std::time::Duration;

use helpdesk::grpc::pb::access::AccessLevel;
use helpdesk::grpc::pb::v1::{self, ErrorReason, EventType as E, PropertyType, actor::Kind};
use tonic::Status;

use crate::conversation::talk::{conversation_of, manual_ticket, reply, send};
use crate::support::app::{self, App, user_name};
use crate::support::client::{Client, assert_refused};
use crate::support::databases::both_engines;
use crate::support::scene::message;
use crate::ticket_property as property;

/// A page of changes.
async fn page(caller: &Client, request: v1::ListTicketChangesRequest) -> Result<v1::ListTicketChangesResponse, Status> {
    caller.tickets().list_ticket_changes(request).await.map(tonic::Response::into_inner)
}

/// All changes, oldest first.
pub async fn history(caller: &Client, ticket: &str) -> Vec<v1::TicketChange> {
    let request = v1::ListTicketChangesRequest {
        parent: ticket.to_owned(),
        order_by: "sequence".to_owned(),
        page_size: 200,
        ..Default::default()
    };
    page(caller, request).await.expect("a page").ticket_changes
}

fn kinds(changes: &[v1::TicketChange]) -> Vec<E> {
    changes.iter().map(v1::TicketChange::r#type).collect()
}

fn field(change: &v1::TicketChange, name: &str) -> Option<(String, String)> {
    let found = change.fields.iter().find(|field| field.field == name);
    found.map(|field| (field.before.clone(), field.after.clone()))
}

fn pair(before: &str, after: &str) -> (String, String) {
    (before.to_owned(), after.to_owned())
}

async fn close(caller: &Client, ticket: &str) {
    let request = v1::CloseTicketRequest { name: ticket.to_owned(), ..Default::default() };
    caller.tickets().close_ticket(request).await.expect("closed");
}

both_engines!(every_change_says_who_and_what_before_and_after, |db| async move {
    let app = App::start(db).await;
    let mia = app.agent("mia").await;
    property::made(&mia, "order_id", PropertyType::Text, &[]).await;
    let made =
        property::ticket(&mia, property::saying(&[("order_id", property::text("A-1"))])).await.expect("a ticket");
    let new = v1::Ticket { subject: "Two".to_owned(), priority: v1::Priority::High.into(), ..made.clone() };
    let cleared = v1::Ticket { properties: BTreeMap::new(), ..new };
    let paths = ["subject", "priority", "properties.order_id"];
    let changed = property::change(&mia, cleared, &paths).await.expect("changed");
    close(&app.root(), &made.name).await;
    let told = history(&mia, &made.name).await;
    assert_eq!(kinds(&told), [E::TicketCreated, E::TicketUpdated, E::TicketClosed]);
    assert_eq!(field(&told[0], "properties.order_id"), Some(pair("", "A-1")));
    assert_eq!(field(&told[1], "subject"), Some(pair("One", "Two")));
    assert_eq!(field(&told[1], "priority"), Some(pair("", "HIGH")));
    assert_eq!(field(&told[1], "properties.order_id"), Some(pair("A-1", "")));
    assert_eq!(field(&told[2], "status").expect("a status").0, changed.status);
    let actors: Vec<_> = told.iter().map(|change| change.actor.clone().and_then(|actor| actor.kind)).collect();
    let by = |id: &str| Some(Kind::User(user_name(id)));
    assert_eq!(actors, [by("mia"), by("mia"), by("root")]);
    assert_eq!(told.iter().map(|change| change.ordering_sequence).collect::<Vec<_>>(), [1, 2, 3]);
    assert!(told.iter().all(|change| change.resource == made.name));
    let event = v1::GetEventRequest { name: told[1].event.clone() };
    let event = mia.events().get_event(event).await.expect("an event").into_inner().event.expect("an event");
    assert_eq!((event.fields, event.sequence), (told[1].fields.clone(), told[1].sequence));
});

// The first entry says everything that was set: what somebody gave, and what followed from it.
both_engines!(a_new_ticket_begins_its_history_with_every_field_that_was_set, |db| async move {
    let app = App::start(db).await;
    let mia = app.agent("mia").await;
    let red = app.team("red", &["mia"]).await;
    let ada = app.contact("ada@example.com", "", false).await.name;
    let ben = app.contact("ben@example.com", "", false).await.name;
    property::made(&mia, "order_id", PropertyType::Text, &[]).await;
    let ticket = v1::Ticket {
        description: "Smoke".to_owned(),
        priority: v1::Priority::Urgent.into(),
        category: "Hardware".to_owned(),
        tags: vec!["vip".to_owned(), "fire".to_owned()],
        contact: ada.clone(),
        contacts: vec![ada.clone(), ben.clone()],
        owner: user_name("mia"),
        teams: vec![red.clone()],
        status: app::status_name("closed"),
        ..property::saying(&[("order_id", property::text("A-1"))])
    };
    let made = property::ticket(&mia, ticket).await.expect("a ticket");
    let told = history(&mia, &made.name).await.remove(0);
    let set: BTreeMap<_, _> = told.fields.iter().map(|it| (it.field.as_str(), it.after.as_str())).collect();
    let close_time = set["close_time"];
    let both = format!("{ada},{ben}");
    let (mia_name, pipeline, closed) = (user_name("mia"), app::pipeline_name(), app::status_name("closed"));
    let expected = [
        ("subject", "One"),
        ("description", "Smoke"),
        ("priority", "URGENT"),
        ("category", "Hardware"),
        ("tags", "fire,vip"),
        ("contact", &ada),
        ("contacts", &both),
        ("properties.order_id", "A-1"),
        ("pipeline", &pipeline),
        ("status", &closed),
        ("close_time", close_time),
        ("owner", &mia_name),
        ("teams", &red),
    ];
    assert_eq!(set, BTreeMap::from(expected));
    assert!(told.fields.iter().all(|it| it.before.is_empty()));
    app.channel("chat", v1::ChannelType::Chat).await;
    let came = app.ingest(message("chat", "1", "ana@example.com", "Where is my card?")).await;
    let told = history(&mia, &came.ticket.expect("a ticket").name).await.remove(0);
    let set: BTreeMap<_, _> = told.fields.iter().map(|it| (it.field.as_str(), it.after.clone())).collect();
    assert_eq!(
        (set["subject"].as_str(), set["channel"].as_str()),
        ("Where is my card?", "accounts/acme/channels/chat")
    );
    assert_eq!(set["contact"], came.contact.expect("a contact").name);
    assert_eq!((&set["status"], set.len()), (&app::status_name("new"), 6));
});

// What follows by itself names what brought it about: the reply that takes an unassigned ticket.
both_engines!(a_change_says_what_brought_it_about, |db| async move {
    let app = App::start(db).await;
    let mia = app.agent("mia").await;
    app.channel("chat", v1::ChannelType::Chat).await;
    let came = app.ingest(message("chat", "1", "ana@example.com", "Where is my card?")).await;
    send(&mia, reply(&conversation_of(&came), "On its way")).await;
    let ticket = came.ticket.expect("a ticket").name;
    let told = history(&mia, &ticket).await;
    let sent = told.iter().find(|change| change.r#type() == E::MessageSent).expect("a reply");
    let taken = told.iter().find(|change| change.r#type() == E::TicketAssigned).expect("taken");
    assert_eq!(field(taken, "owner"), Some(pair("", &user_name("mia"))));
    let (first, then) = (sent.cause_chain.clone().expect("a chain"), taken.cause_chain.clone().expect("a chain"));
    assert_eq!((first.root.as_str(), then.root.as_str()), (sent.event.as_str(), sent.event.as_str()));
    assert_eq!((then.depth > 0, then.parent_event), (true, sent.event.clone()));
    assert_eq!(then.actor.and_then(|actor| actor.kind), Some(Kind::User(user_name("mia"))));
});

both_engines!(changes_come_in_pages_newest_or_oldest_first, |db| async move {
    let app = App::start(db).await;
    let mia = app.agent("mia").await;
    let ticket = manual_ticket(&mia, "One").await;
    manual_ticket(&mia, "Another").await;
    for number in 0..4 {
        let named = v1::Ticket { name: ticket.name.clone(), category: number.to_string(), ..Default::default() };
        property::change(&mia, named, &["category"]).await.expect("changed");
    }
    let ask = |order_by: &str, page_token: String| v1::ListTicketChangesRequest {
        parent: ticket.name.clone(),
        order_by: order_by.to_owned(),
        page_size: 2,
        page_token,
        ..Default::default()
    };
    for (order, wanted) in [("", [5, 4, 3, 2, 1]), ("sequence desc", [5, 4, 3, 2, 1]), ("sequence", [1, 2, 3, 4, 5])] {
        let (mut seen, mut token) = (Vec::new(), String::new());
        loop {
            let found = page(&mia, ask(order, token)).await.expect("a page");
            seen.extend(found.ticket_changes.iter().map(|change| change.ordering_sequence));
            token = found.next_page_token;
            if token.is_empty() {
                break;
            }
        }
        assert_eq!(seen, wanted, "{order}");
    }
    let updates = v1::ListTicketChangesRequest { filter: "type = TICKET_CREATED".to_owned(), ..ask("", String::new()) };
    assert_eq!(kinds(&page(&mia, updates.clone()).await.expect("a page").ticket_changes), [E::TicketCreated]);
    let wrong = v1::ListTicketChangesRequest { filter: "color = red".to_owned(), ..updates.clone() };
    assert_refused(page(&mia, wrong).await, ErrorReason::FilterFieldUnknown);
    assert_refused(page(&mia, ask("actor", String::new())).await, ErrorReason::OrderByInvalid);
    let token = page(&mia, ask("", String::new())).await.expect("a page").next_page_token;
    assert_refused(page(&mia, ask("sequence", token)).await, ErrorReason::PageTokenInvalid);
});

// C4, L-13: the log reaches back 7 days, the history of a ticket to its beginning.
both_engines!(the_history_of_a_ticket_outlives_the_log, |db| async move {
    let app = App::start_set(db, &[("events.keep_at_least", "0")]).await;
    let mia = app.agent("mia").await;
    let ticket = manual_ticket(&mia, "One").await;
    close(&mia, &ticket.name).await;
    let before = history(&mia, &ticket.name).await;
    for _ in 0..3 {
        app.advance(Duration::from_hours(30 * 24));
        app.running().worker.run_until_idle().await.expect("swept");
    }
    let mia = app.user("mia");
    let events = v1::ListEventsRequest { parent: app::account(), ..Default::default() };
    assert_eq!(mia.events().list_events(events).await.expect("a page").into_inner().events, Vec::new());
    assert_eq!(history(&mia, &ticket.name).await, before);
});

// C-016, C-017: a ticket that went into another keeps its own history, and what an expunged one said is gone.
both_engines!(a_merged_ticket_keeps_its_history_and_an_expunged_one_loses_it, |db| async move {
    let app = App::start(db).await;
    let mia = app.agent("mia").await;
    let (stays, goes) = (manual_ticket(&mia, "Stays").await.name, manual_ticket(&mia, "Goes").await.name);
    let merge = v1::MergeTicketsRequest { name: stays.clone(), sources: vec![goes.clone()], ..Default::default() };
    mia.tickets().merge_tickets(merge).await.expect("merged");
    let told = history(&mia, &goes).await;
    assert_eq!(kinds(&told), [E::TicketCreated, E::TicketMerged]);
    assert_eq!(field(&told[1], "merged_into"), Some(pair("", &stays)));
    assert_eq!(field(history(&mia, &stays).await.last().expect("a change"), "sources"), Some(pair("", &goes)));
    let expunge = v1::ExpungeTicketRequest { name: stays.clone(), ..Default::default() };
    app.root().tickets().expunge_ticket(expunge).await.expect("gone for good");
    for name in [stays, goes] {
        let ask = v1::ListTicketChangesRequest { parent: name, ..Default::default() };
        assert_refused(page(&mia, ask).await, ErrorReason::ResourceNotFound);
    }
    let event = v1::GetEventRequest { name: told[1].event.clone() };
    let event = mia.events().get_event(event).await.expect("that it happened").into_inner().event.expect("an event");
    assert_eq!(event.fields, Vec::new());
});

// R-010, C-001, C-004: a ticket out of reach has no history.
both_engines!(the_history_of_a_ticket_out_of_reach_is_not_found, |db| async move {
    let app = App::start(db).await;
    let mia = app.agent("mia").await;
    let cole = app.collaborator("cole", AccessLevel::Owned).await;
    let ticket = manual_ticket(&mia, "One").await;
    let ask = |parent: &str| v1::ListTicketChangesRequest { parent: parent.to_owned(), ..Default::default() };
    assert_refused(page(&cole, ask(&ticket.name)).await, ErrorReason::ResourceNotFound);
    assert_refused(page(&mia, ask("accounts/acme/tickets/77")).await, ErrorReason::ResourceNotFound);
    let other = app.caller(&app.new_account("other").await);
    assert_refused(page(&other, ask(&ticket.name)).await, ErrorReason::ResourceNotFound);
    let give = v1::AssignTicketRequest { name: ticket.name.clone(), owner: user_name("cole"), ..Default::default() };
    mia.tickets().assign_ticket(give).await.expect("assigned");
    assert_eq!(page(&cole, ask(&ticket.name)).await.expect("a page").ticket_changes.len(), 2);
});
