//! Whose turn it is, where several lines, channels and times meet.

use std::time::Duration;

use helpdesk::grpc::pb::v1::{self, ChannelType};

use super::queue::entries;
use crate::support::app::{self, ACCOUNT, App, user_name};
use crate::support::databases::{TestDatabase, both_engines};
use crate::support::gate::Gate;
use crate::support::scene::{message, people, rule};

/// Agents who are away, and a mail channel that queues for them.
async fn desk(db: TestDatabase, users: &[&str], ramp: i64) -> App {
    let app = App::start(db).await;
    for user in users {
        app.agent(user).await;
        app.available(user, false).await;
    }
    app.channel("mail", ChannelType::Email).await;
    app.route_to("mail", people(users, &[])).await;
    app.queue("mail", ramp).await;
    app
}

async fn comes(app: &App, channel: &str, id: &str) -> String {
    let ticket = app.arrives(channel, id, "ann@example.com").await;
    app.advance(Duration::from_secs(1));
    ticket.name
}

async fn after(app: &App, span: Duration) {
    app.advance(span);
    app.running().worker.run_until_idle().await.expect("worked");
}

async fn owners(app: &App, tickets: &[&String]) -> Vec<String> {
    let mut owners = Vec::new();
    for ticket in tickets {
        owners.push(app.ticket_now(ticket).await.owner);
    }
    owners
}

// C-037: whoever writes meanwhile waits for one transaction, so it serves a few, however many come back in it at once.
both_engines!(many_who_come_back_at_once_do_not_make_one_long_transaction, |db| async move {
    let app = desk(db, &["ada", "mia"], 0).await;
    for index in 0..12 {
        comes(&app, "mail", &index.to_string()).await;
    }
    let lanes = &app.running().service.lanes;
    let gate = Gate::close(lanes, ACCOUNT).await;
    let both = async { tokio::join!(app.available("ada", true), app.available("mia", true)) };
    tokio::join!(both, gate.open_for(lanes, 2));
    assert_eq!(entries(&app).await.len(), 8, "four of them, not four for each who comes");
    app.running().worker.run_until_idle().await.expect("worked");
    assert_eq!(entries(&app).await.len(), 0);
});

// C-037: the time after which a ticket goes back, which is far ahead, does not put off what the queue waits for.
both_engines!(tickets_that_may_go_back_do_not_slow_the_line, |db: TestDatabase| async move {
    let app = desk(db, &["ada"], 1).await;
    let hour = prost_types::Duration { seconds: 3_600, nanos: 0 };
    let routing = v1::ChannelRouting { return_after: Some(hour), ..Default::default() };
    app.try_route("mail", routing, &["return_after"]).await.expect("saved");
    let tickets = [comes(&app, "mail", "1").await, comes(&app, "mail", "2").await, comes(&app, "mail", "3").await];
    app.available("ada", true).await;
    let mut left = vec![entries(&app).await.len()];
    for _ in 0..2 {
        after(&app, Duration::from_secs(1)).await;
        left.push(entries(&app).await.len());
    }
    assert_eq!(left, [2, 1, 0], "one a second, as the ramp lets them");
    assert_eq!(owners(&app, &tickets.each_ref()).await, [user_name("ada"), user_name("ada"), user_name("ada")]);
});

// C-037: a backlog that flows slowly into a person does not hold up another channel that wants the same person at once.
both_engines!(the_ramp_of_one_channel_holds_no_other_up, |db: TestDatabase| async move {
    let app = desk(db, &["ada"], 3_600).await;
    app.channel("form", ChannelType::Form).await;
    app.route_to("form", people(&["ada"], &[])).await;
    app.queue("form", 0).await;
    let (first, second) = (comes(&app, "mail", "1").await, comes(&app, "mail", "2").await);
    let form = comes(&app, "form", "3").await;
    app.available("ada", true).await;
    let expected = [user_name("ada"), String::new(), user_name("ada")];
    assert_eq!(owners(&app, &[&first, &second, &form]).await, expected);
    let request = v1::ListStuckTicketsRequest { parent: app::account() };
    let stuck = app.root().routing().list_stuck_tickets(request).await.expect("listed").into_inner();
    assert_eq!(stuck.stuck_tickets, []);
});

// Complaint 3: nor does a newer ticket overtake because another rule holds for it, when it would get the same person.
both_engines!(a_ticket_under_another_rule_does_not_overtake, |db: TestDatabase| async move {
    let app = desk(db, &["ada"], 60).await;
    let ada = v1::PeopleTarget { users: vec![user_name("ada")], teams: Vec::new() };
    let vip = v1::RoutingRule { people: Some(ada), ..rule("vip", "message.text:vip", &[]) };
    app.rules("mail", vec![vip]).await;
    let mut waited = Vec::new();
    for id in ["1", "2"] {
        let ticket = app.ingest(message("mail", id, "ann@example.com", "I am a vip")).await.ticket.expect("a ticket");
        app.advance(Duration::from_secs(1));
        waited.push(ticket.name);
    }
    app.available("ada", true).await;
    let plain = comes(&app, "mail", "3").await;
    let all = [&waited[0], &waited[1], &plain];
    let ada = user_name("ada");
    assert_eq!(owners(&app, &all).await, [ada.clone(), String::new(), String::new()]);
    after(&app, Duration::from_mins(1)).await;
    assert_eq!(owners(&app, &all).await, [ada.clone(), ada.clone(), String::new()]);
    after(&app, Duration::from_mins(1)).await;
    assert_eq!(owners(&app, &all).await, [ada.clone(), ada.clone(), ada]);
});
