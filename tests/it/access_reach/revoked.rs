//! A right that was taken away is gone for the next call, and for every kind of stream within two seconds (T-05).

use std::time::{Duration, Instant};

use helpdesk::grpc::pb::v1;
use serde_json::{Value, json};
use tonic::{Status, Streaming};

use super::agreement::searchable;
use super::contract::rpc;
use super::matrix::{Levels, give, sets};
use super::world::World;
use crate::event::stream::{Watcher, now};
use crate::support::app::{channel_name, user_name};
use crate::support::client::Client;
use crate::support::databases::both_engines;

const LEA: &str = "accounts/acme/users/lea";

/// A right, how it is given, and how it is taken away.
struct Right {
    what: &'static str,
    /// The level that lea has meanwhile, and the tickets that the right is about.
    level: &'static str,
    relation: &'static str,
    given: (&'static str, Value),
    taken: (&'static str, Value),
}

fn rights(ticket: &str) -> Vec<Right> {
    let share = json!({"user": LEA, "level": "SHARE_LEVEL_EDIT"});
    let member = json!({"name": "accounts/acme/teams/team-acme", "user": LEA});
    let all = json!({"level": "ACCESS_LEVEL_ALL", "include_unassigned": true});
    let level = |access: &Value| {
        let user = json!({"name": LEA, "ticket_view": access, "ticket_edit": access});
        ("UserService.UpdateUser", json!({"user": user, "update_mask": "ticketView,ticketEdit"}))
    };
    let owner = |id: &str| {
        ("TicketService.AssignTicket", json!({"name": ticket, "owner": format!("accounts/acme/users/{id}")}))
    };
    let right = |what, level, relation, given, taken| Right { what, level, relation, given, taken };
    vec![
        right(
            "a share",
            "owned",
            "other",
            ("TicketService.ShareTicket", json!({"name": ticket, "ticket_share": share})),
            ("TicketService.UnshareTicket", json!({"name": ticket, "user": LEA})),
        ),
        right("a level", "owned", "other", level(&all), level(&json!({"level": "ACCESS_LEVEL_OWNED"}))),
        right(
            "a team",
            "team",
            "team",
            ("TeamService.AddTeamMember", member.clone()),
            ("TeamService.RemoveTeamMember", member),
        ),
        right("an owner", "owned", "other", owner("lea"), owner("root")),
    ]
}

// C-004: reads, lists, replies and changes judge what is stored now.
both_engines!(a_right_that_was_taken_away_is_gone_for_the_next_call, |db| async move {
    let mut world = World::start(db).await;
    let settings = world.settings("acme").await;
    let sets = sets(&mut world, &settings).await;
    searchable(&world).await;
    for relation in ["other", "team"] {
        let (_, cast) = sets.iter().find(|(it, _)| *it == relation).expect("there are such tickets");
        let (ticket, conversation) = (cast.get("ticket").expect("made"), cast.get("conversation").expect("made"));
        for right in rights(ticket).into_iter().filter(|right| right.relation == relation) {
            let level = right.level;
            give(&world, &Levels { view: level, edit: level, delete: level }).await;
            world.ok("acme/root", right.given.0, right.given.1.clone()).await;
            assert_eq!(
                doors(&world, ticket, conversation).await,
                ["OK", "OK", "OK", "listed", "found"],
                "{}",
                right.what
            );
            world.ok("acme/root", right.taken.0, right.taken.1.clone()).await;
            let gone = ["RESOURCE_NOT_FOUND", "RESOURCE_NOT_FOUND", "RESOURCE_NOT_FOUND", "not listed", "not found"];
            assert_eq!(doors(&world, ticket, conversation).await, gone, "{}", right.what);
        }
    }
});

/// What lea is answered at several doors to one ticket.
async fn doors(world: &World, ticket: &str, conversation: &str) -> Vec<String> {
    let calls = [
        ("TicketService.GetTicket", json!({"name": ticket})),
        ("ConversationService.ListMessages", json!({"parent": conversation})),
        (
            "TicketService.UpdateTicket",
            json!({"ticket": {"name": ticket, "subject": "x"}, "update_mask": "subject",
            "validate_only": true}),
        ),
    ];
    let mut seen = Vec::new();
    for (call, request) in calls {
        seen.push(world.ask("acme/lea", &rpc(call), &request).await.class().to_owned());
    }
    let list = json!({"parent": "accounts/acme", "page_size": 200});
    let page = world.ok("acme/lea", "TicketService.ListTickets", list).await;
    let listed = page["tickets"].as_array().is_some_and(|all| all.iter().any(|it| it["name"] == ticket));
    seen.push(if listed { "listed" } else { "not listed" }.to_owned());
    let number = ticket.rsplit('/').next().expect("a number");
    let search = json!({"parent": "accounts/acme", "query": "words", "filter": format!("number = {number}")});
    let page = world.ok("acme/lea", "TicketService.SearchTickets", search).await;
    let found = page["hits"].as_array().is_some_and(|hits| !hits.is_empty());
    seen.push(if found { "found" } else { "not found" }.to_owned());
    seen
}

// an open stream tells nothing of a ticket from the change of a level on, and goes on with the rest.
both_engines!(a_stream_of_events_keeps_quiet_of_what_is_out_of_sight_now, |db| async move {
    let mut world = World::start(db).await;
    let settings = world.settings("acme").await;
    let sets = sets(&mut world, &settings).await;
    let ticket = |relation: &str| {
        let (_, cast) = sets.iter().find(|(it, _)| *it == relation).expect("there are such tickets");
        cast.get("other_ticket").expect("made").to_owned()
    };
    let (secret, own) = (ticket("other"), ticket("own"));
    let mut watcher = Watcher::open(&world.app.user("lea"), now()).await.expect("a stream");
    let rename = async |name: &str, subject: &str| {
        let ticket = json!({"name": name, "subject": subject});
        let request = json!({"ticket": ticket, "update_mask": "subject"});
        world.ok("acme/root", "TicketService.UpdateTicket", request).await;
    };
    rename(&secret, "seen").await;
    give(&world, &Levels { view: "owned", edit: "owned", delete: "owned" }).await;
    rename(&secret, "secret").await;
    rename(&own, "mine").await;
    let mut told = Vec::new();
    while told.last() != Some(&own) {
        let answer = watcher.next().await.expect("the stream goes on");
        told.extend(answer.events.into_iter().map(|event| event.ticket).filter(|ticket| !ticket.is_empty()));
    }
    assert!(told.iter().filter(|ticket| **ticket == secret).count() <= 1, "at most what was written before: {told:?}");
});

// whoever is shut out is out of every kind of stream.
both_engines!(every_kind_of_stream_ends_with_the_right_to_it, |db| async move {
    let world = World::start(db).await;
    world.settings("acme").await;
    let lea = async |call: &'static str, request: Value| world.ok("acme/root", call, request).await;
    for (stream, reason) in [("events", "USER_DEACTIVATED"), ("notifications", "USER_DEACTIVATED")] {
        let id = format!("viewer-{stream}");
        world.person("acme", &id, &super::world::agent(&id, "acme")).await;
        let mut open = Stream::open(&world.app.user(&id), stream, &id).await;
        lea("UserService.DeactivateUser", json!({"name": user_name(&id)})).await;
        assert_eq!(open.ends().await, reason, "{stream}");
    }
    let key = json!({"display_name": "pull", "permissions": ["PERMISSION_INGRESS_WRITE"]});
    let request = json!({"parent": "accounts/acme", "access_key": key, "access_key_id": "pull"});
    let made = lea("AccessService.CreateAccessKey", request).await;
    world.remember_key("acme/pull", made["secret"].as_str().expect("shown once"));
    let mut open = Stream::open(&world.app.caller(&world.credential("acme/pull")), "outbound", "").await;
    world.ok("acme/root", "AccessService.RevokeAccessKey", json!({"name": "accounts/acme/accessKeys/pull"})).await;
    assert_eq!(open.ends().await, "CREDENTIAL_INVALID");
});

/// A stream of any kind.
enum Stream {
    Events(Streaming<v1::WatchEventsResponse>),
    Notifications(Streaming<v1::WatchNotificationsResponse>),
    Outbound(Streaming<v1::PullOutboundResponse>),
}

impl Stream {
    async fn open(client: &Client, kind: &str, id: &str) -> Self {
        match kind {
            "events" => {
                let request =
                    v1::WatchEventsRequest { parent: "accounts/acme".into(), start: Some(now()), ..Default::default() };
                Self::Events(client.events().watch_events(request).await.expect("a stream").into_inner())
            }
            "notifications" => {
                let request = v1::WatchNotificationsRequest { parent: user_name(id), ..Default::default() };
                let opened = client.notifications().watch_notifications(request).await;
                Self::Notifications(opened.expect("a stream").into_inner())
            }
            _ => {
                let request = v1::PullOutboundRequest { channel: channel_name("mail-acme"), ..Default::default() };
                Self::Outbound(client.ingress().pull_outbound(request).await.expect("a stream").into_inner())
            }
        }
    }

    /// The reason with which it ends, within two seconds of the change.
    async fn ends(&mut self) -> String {
        let changed = Instant::now();
        let wait = async {
            loop {
                let ended: Option<Status> = match self {
                    Self::Events(stream) => stream.message().await.err(),
                    Self::Notifications(stream) => stream.message().await.err(),
                    Self::Outbound(stream) => stream.message().await.err(),
                };
                if let Some(status) = ended {
                    return status;
                }
            }
        };
        let status = tokio::time::timeout(Duration::from_secs(20), wait).await.expect("it ends");
        assert!(changed.elapsed() < Duration::from_secs(2), "{:?}", changed.elapsed());
        helpdesk::grpc::status::reason(&status).unwrap_or_else(|| format!("{status:?}"))
    }
}
