//! One answer to "which tickets are there" from every door: Get, BatchGet, List, Search, the counts of views, the event log
//! and its stream agree for every level, and follow it at once when it changes.

use std::collections::BTreeSet;

use helpdesk::grpc::pb::v1;
use serde_json::{Value, json};

use super::cast::Cast;
use super::contract::rpc;
use super::matrix::{Levels, give, sets};
use super::table::{LEVELS, reaches};
use super::tickets::TICKETS;
use super::world::World;
use crate::event::stream::{Watcher, oldest};
use crate::support::databases::both_engines;

// C-003, C-004, T-06: what one door does not show, none does; counts are those of what is shown.
both_engines!(every_door_shows_the_same_tickets_at_every_level, |db| async move {
    let mut world = World::start(db).await;
    let settings = world.settings("acme").await;
    let sets = sets(&mut world, &settings).await;
    let shared = shared_with_lea(&world, &sets).await;
    searchable(&world).await;
    for level in LEVELS {
        give(&world, &Levels { view: level, edit: level, delete: level }).await;
        let mut expected: BTreeSet<String> = live(&sets, &|relation| reaches(level, relation));
        if level != "none" {
            expected.insert(shared.clone());
        }
        let all = live(&sets, &|_| true);
        assert_eq!(got(&world, &all).await, expected, "GetTicket at {level}");
        assert_eq!(batch(&world, &all).await, expected, "BatchGetTickets at {level}");
        assert_eq!(listed(&world, "").await, expected, "ListTickets at {level}");
        led_and_walked_agree(&world, level).await;
        assert_eq!(found(&world).await, expected, "SearchTickets at {level}");
        counts_agree(&world, level).await;
        let told = |tickets: BTreeSet<String>| -> BTreeSet<String> { tickets.intersection(&all).cloned().collect() };
        assert_eq!(told(logged(&world).await), expected, "ListEvents at {level}");
        assert_eq!(told(streamed(&world).await), expected, "WatchEvents at {level}");
    }
});

/// The tickets that are not deleted, of the sets that stand so to lea.
fn live(sets: &[(&'static str, Cast)], wanted: &dyn Fn(&str) -> bool) -> BTreeSet<String> {
    let wanted = sets.iter().filter(|(relation, _)| wanted(relation));
    let parts = |relation: &str| {
        // Tickets that wait in a queue, or are with or from a customer agent, are there once.
        let others: &[&str] = match relation {
            "unassigned" => &["queued_ticket", "agent_ticket", "waiting_ticket"],
            "other" => &["handoff_ticket"],
            _ => &[],
        };
        TICKETS.into_iter().filter(|part| *part != "deleted_ticket").chain(others.iter().copied())
    };
    let named = |(relation, cast): &(&'static str, Cast)| -> Vec<String> {
        parts(relation).map(|part| cast.get(part).expect("it is made").to_owned()).collect()
    };
    wanted.flat_map(named).collect()
}

/// A ticket of nobody that lea knows is shared with her.
async fn shared_with_lea(world: &World, sets: &[(&'static str, Cast)]) -> String {
    let (_, other) = sets.iter().find(|(relation, _)| *relation == "other").expect("there is one");
    let name = other.get("other_ticket").expect("it is made").to_owned();
    let share = json!({"user": "accounts/acme/users/lea", "level": "SHARE_LEVEL_VIEW"});
    world.ok("acme/root", "TicketService.ShareTicket", json!({"name": name, "ticket_share": share})).await;
    name
}

/// Waits until the index has everything that is written.
pub async fn searchable(world: &World) {
    let written = last_event(world).await;
    let request = json!({"parent": "accounts/acme", "query": "words"});
    let search = async || world.ok("acme/root", "TicketService.SearchTickets", request.clone()).await;
    let wait = async {
        while search().await["index_sequence"].as_i64().unwrap_or(0) < written {
            tokio::task::yield_now().await;
        }
    };
    tokio::time::timeout(std::time::Duration::from_secs(30), wait).await.expect("the index follows");
}

async fn last_event(world: &World) -> i64 {
    let mut last = 0;
    for event in pages(world, "acme/root", "EventService.ListEvents", json!({}), "events").await {
        last = last.max(event["sequence"].as_i64().expect("a number"));
    }
    last
}

async fn got(world: &World, all: &BTreeSet<String>) -> BTreeSet<String> {
    let get = rpc("TicketService.GetTicket");
    let mut seen = BTreeSet::new();
    for name in all {
        let answer = world.ask("acme/lea", &get, &json!({"name": name})).await;
        if answer.class() == "OK" {
            seen.insert(name.clone());
        }
    }
    seen
}

async fn batch(world: &World, all: &BTreeSet<String>) -> BTreeSet<String> {
    let request = json!({"parent": "accounts/acme", "names": all});
    let answer = world.ok("acme/lea", "TicketService.BatchGetTickets", request).await;
    let results = answer["results"].as_array().expect("a result each");
    results.iter().filter_map(|result| result["ticket"]["name"].as_str().map(str::to_owned)).collect()
}

async fn listed(world: &World, filter: &str) -> BTreeSet<String> {
    let found = pages(world, "acme/lea", "TicketService.ListTickets", json!({"filter": filter}), "tickets").await;
    found.iter().map(|ticket| name(&ticket["name"])).collect()
}

/// A list that begins with the few tickets that the caller may see shows what one shows that walks all of them.
async fn led_and_walked_agree(world: &World, level: &str) {
    for rest in ["", " AND NOT owner:*", " AND owner:*"] {
        let led = listed(world, &format!("state = OPEN{rest}")).await;
        let walked = listed(world, &format!("(state = OPEN OR state = OPEN){rest}")).await;
        assert_eq!(led, walked, "open{rest} at {level}");
    }
}

async fn found(world: &World) -> BTreeSet<String> {
    let hits = pages(world, "acme/lea", "TicketService.SearchTickets", json!({"query": "words"}), "hits").await;
    hits.iter().map(|hit| name(&hit["ticket"]["name"])).collect()
}

/// The counts of the views are those of their lists.
async fn counts_agree(world: &World, level: &str) {
    let views = [
        "all-open",
        "all-closed",
        "unassigned",
        "my-teams",
        "my-teams-unassigned",
        "assigned-to-me",
        "my-mentions",
        "following",
    ];
    let views: Vec<_> = views.iter().map(|id| format!("accounts/acme/ticketViews/{id}")).collect();
    let request = json!({"parent": "accounts/acme", "views": views});
    let counted = world.ok("acme/lea", "TicketViewService.CountTicketViews", request).await;
    let counts = counted["counts"].as_array().expect("a count each");
    assert_eq!(counts.len(), views.len());
    for count in counts {
        let list = json!({"view": count["view"]});
        let shown = pages(world, "acme/lea", "TicketService.ListTickets", list, "tickets").await.len();
        let count = (name(&count["view"]), count["count"].as_u64().unwrap_or(0));
        assert_eq!(count.1, shown as u64, "{} at {level}", count.0);
    }
}

async fn logged(world: &World) -> BTreeSet<String> {
    let events = pages(world, "acme/lea", "EventService.ListEvents", json!({}), "events").await;
    events.iter().filter_map(|event| event["ticket"].as_str().map(str::to_owned)).collect()
}

async fn streamed(world: &World) -> BTreeSet<String> {
    let lea = world.app.user("lea");
    let mut watcher = Watcher::open(&lea, oldest()).await.expect("a stream");
    let (events, _) = watcher.until_caught_up().await;
    events.into_iter().map(|event: v1::Event| event.ticket).filter(|ticket| !ticket.is_empty()).collect()
}

/// Everything that a list has, page by page.
async fn pages(world: &World, who: &str, list: &str, request: Value, items: &str) -> Vec<Value> {
    let mut request = request;
    request["parent"] = json!("accounts/acme");
    request["page_size"] = json!(50);
    let mut all = Vec::new();
    loop {
        let page = world.ok(who, list, request.clone()).await;
        all.extend(page[items].as_array().cloned().unwrap_or_default());
        match page["next_page_token"].as_str().filter(|token| !token.is_empty()) {
            Some(token) => request["page_token"] = json!(token),
            None => return all,
        }
    }
}

fn name(value: &Value) -> String {
    value.as_str().expect("a name").to_owned()
}
