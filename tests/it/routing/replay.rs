//! ReplayRouting: past tickets decided again under another routing, with who would have got how many.

use std::time::Duration;

use helpdesk::grpc::pb::access::{AccessLevel, Seat};
use helpdesk::grpc::pb::v1::replay_routing_request::Tried;
use helpdesk::grpc::pb::v1::replay_routing_response::Item;
use helpdesk::grpc::pb::v1::{self, ChannelType, ErrorReason, UnassignedReason, Weekday};
use tonic::Status;

use crate::support::app::{App, channel_name, person, user_name};
use crate::support::client::{Client, assert_refused};
use crate::support::databases::{TestDatabase, both_engines};
use crate::support::scene::{message, people, rule};

/// Ada gets everything; Leo and Mia are there too.
async fn desk(db: TestDatabase) -> App {
    let app = App::start(db).await;
    for id in ["ada", "mia", "leo"] {
        app.agent(id).await;
    }
    app.channel("mail", ChannelType::Email).await;
    app.route_to("mail", people(&["ada"], &[])).await;
    app
}

fn to(users: &[&str]) -> Tried {
    Tried::Routing(v1::ChannelRouting { target: Some(people(users, &[])), ..Default::default() })
}

async fn try_replay(
    caller: &Client,
    tried: Tried,
    limit: i32,
) -> Result<(Vec<v1::ReplayedTicket>, v1::ReplaySummary), Status> {
    let request = v1::ReplayRoutingRequest { parent: channel_name("mail"), tried: Some(tried), limit };
    let mut stream = caller.routing().replay_routing(request).await?.into_inner();
    let mut tickets = Vec::new();
    while let Some(answer) = stream.message().await? {
        match answer.item.expect("an item") {
            Item::Ticket(ticket) => tickets.push(ticket),
            Item::Summary(summary) => {
                assert_eq!(stream.message().await?, None, "the summary is the last");
                return Ok((tickets, summary));
            }
        }
    }
    panic!("no summary")
}

async fn replay(app: &App, tried: Tried) -> (Vec<v1::ReplayedTicket>, v1::ReplaySummary) {
    try_replay(&app.root(), tried, 0).await.expect("decided again")
}

fn id(name: &str) -> &str {
    name.rsplit('/').next().expect("an id")
}

fn shares(summary: &v1::ReplaySummary) -> Vec<(&str, i32, i32)> {
    summary.shares.iter().map(|share| (id(&share.user), share.count_before, share.count_after)).collect()
}

// C-055: past tickets are decided again under another routing, rules over the first message among it, and counted.
both_engines!(past_tickets_are_decided_again_under_another_routing, |db| async move {
    let app = desk(db).await;
    app.skills(&["german"]).await;
    app.has_skills(&user_name("mia"), &[("german", 1)]).await;
    for (index, text) in ["Hilfe, bitte", "Hello", "Hello again", "Noch eine, bitte"].into_iter().enumerate() {
        app.ingest(message("mail", &index.to_string(), "ann@example.com", text)).await;
    }
    let routing = v1::ChannelRouting {
        target: Some(people(&["ada", "leo"], &[])),
        rules: vec![rule("german", "message.text:bitte", &[("german", 1)])],
        ..Default::default()
    };
    let before = app.events_so_far().await;
    let (tickets, summary) = replay(&app, Tried::Routing(routing)).await;
    assert_eq!(app.events_so_far().await, before, "nothing is stored");
    let pairs: Vec<_> = tickets.iter().map(|it| (id(&it.user_before), id(&it.user_after), it.rule.as_str())).collect();
    assert_eq!(pairs, [("ada", "mia", "german"), ("ada", "ada", ""), ("ada", "leo", ""), ("ada", "mia", "german")]);
    assert!(tickets.iter().all(|it| it.routing_version == 2), "{tickets:?}");
    assert_eq!(shares(&summary), [("ada", 4, 1), ("leo", 0, 1), ("mia", 0, 2)]);
    assert_eq!((summary.ticket_count, summary.unassigned_count_before, summary.unassigned_count_after), (4, 0, 0));
});

// A long replay goes on where its last stretch ended: the shares are even over all of it.
both_engines!(a_long_replay_is_one_history, |db| async move {
    let app = desk(db).await;
    for index in 0..120 {
        app.arrives("mail", &index.to_string(), "ann@example.com").await;
    }
    let (tickets, summary) = replay(&app, to(&["ada", "mia", "leo"])).await;
    assert_eq!(tickets.len(), 120);
    assert_eq!(shares(&summary), [("ada", 120, 40), ("leo", 0, 40), ("mia", 0, 40)]);
    let numbers: Vec<i64> = tickets.iter().map(|it| id(&it.ticket).parse().expect("a number")).collect();
    assert!(numbers.is_sorted(), "oldest first");
    let (last, summary) = try_replay(&app.root(), to(&["mia"]), 7).await.expect("decided again");
    assert_eq!((last.len(), id(&last[0].ticket).parse::<i64>().expect("a number")), (7, numbers[113]));
    assert_eq!(shares(&summary), [("ada", 7, 0), ("mia", 0, 7)]);
});

// Hours count at the moment of each ticket, and a ticket that was closed frees its owner then.
both_engines!(a_replay_knows_the_hours_and_the_closed_of_then, |db| async move {
    use UnassignedReason::{AllAtCapacity, NobodyAvailable, Unspecified};
    let app = desk(db).await;
    // It is Saturday, 2026-11-21, 09:00 UTC.
    let block = v1::WorkBlock { day: Weekday::Saturday.into(), start_minute: 600, end_minute: 660 };
    let schedule = v1::WorkSchedule {
        name: format!("{}/workSchedule", user_name("mia")),
        time_zone: "UTC".to_owned(),
        blocks: vec![block],
        out_of_office: Vec::new(),
    };
    let request = v1::SetWorkScheduleRequest { work_schedule: Some(schedule), ..Default::default() };
    app.root().users().set_work_schedule(request).await.expect("set");
    app.limit("mia", 1).await;
    app.arrives("mail", "early", "ann@example.com").await;
    app.advance(Duration::from_hours(1));
    let first = app.arrives("mail", "first", "ann@example.com").await;
    app.advance(Duration::from_mins(10));
    app.arrives("mail", "full", "ann@example.com").await;
    app.advance(Duration::from_mins(10));
    app.close(&first.name).await;
    app.advance(Duration::from_mins(10));
    app.arrives("mail", "second", "ann@example.com").await;
    app.advance(Duration::from_hours(10));
    let (tickets, summary) = replay(&app, to(&["mia"])).await;
    let told: Vec<_> = tickets.iter().map(|it| (id(&it.user_after), it.unassigned_reason())).collect();
    assert_eq!(told, [("", NobodyAvailable), ("mia", Unspecified), ("", AllAtCapacity), ("mia", Unspecified)]);
    assert_eq!((shares(&summary), summary.unassigned_count_after), (vec![("ada", 4, 0), ("mia", 0, 2)], 2));
});

// A draft is replayed by its name; what cannot be saved cannot be replayed; nobody sees tickets through it.
both_engines!(a_replay_is_of_a_draft_or_of_what_could_be_saved, |db| async move {
    let app = desk(db).await;
    let mine = app.arrives("mail", "1", "ann@example.com").await;
    let draft = v1::CreateRoutingDraftRequest {
        parent: channel_name("mail"),
        routing: Some(v1::ChannelRouting { target: Some(people(&["mia"], &[])), ..Default::default() }),
        ..Default::default()
    };
    let draft = app.root().channels().create_routing_draft(draft).await.expect("drafted").into_inner();
    let name = draft.routing_version.expect("a version").name;
    let (tickets, _) = replay(&app, Tried::RoutingVersion(name)).await;
    assert_eq!((tickets[0].ticket.as_str(), id(&tickets[0].user_after)), (mine.name.as_str(), "mia"));
    let root = app.root();
    assert_refused(try_replay(&root, to(&["nemo"]), 0).await, ErrorReason::ReferenceNotFound);
    assert_refused(try_replay(&root, to(&[]), 0).await, ErrorReason::FieldInvalid);
    let nine = format!("{}/routingVersions/9", channel_name("mail"));
    assert_refused(try_replay(&root, Tried::RoutingVersion(nine), 0).await, ErrorReason::ReferenceNotFound);
    let max = v1::User { seat: Seat::Service.into(), ..person("max", AccessLevel::Owned) };
    let max = app.add_user(max, "max").await;
    let (tickets, summary) = try_replay(&max, to(&["mia"]), 0).await.expect("decided again");
    assert_eq!((tickets.len(), summary.ticket_count), (0, 0), "only what the caller may view");
});
