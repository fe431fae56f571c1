//! What went wrong with the events of other help desks, and does not here.

use std::collections::BTreeMap;

use helpdesk::grpc::pb::v1;

use super::stream::{Watcher, after, bare, make_ticket, oldest, sequences, whole_log};
use crate::support::app::{self, App};
use crate::support::client::Client;
use crate::support::databases::both_engines;

/// Numbers that are the same on every run.
struct Dice(u64);

impl Dice {
    fn below(&mut self, bound: u64) -> u64 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) % bound
    }
}

async fn change(client: &Client, ticket: &str, dice: &mut Dice) {
    let name = ticket.to_owned();
    let person = ["mia", "noah"][usize::try_from(dice.below(2)).expect("small")];
    match dice.below(3) {
        0 => {
            let request =
                v1::AssignTicketRequest { name, owner: app::user_name(person), ..v1::AssignTicketRequest::default() };
            client.tickets().assign_ticket(request).await.map(drop)
        }
        1 => client
            .tickets()
            .close_ticket(v1::CloseTicketRequest { name, ..v1::CloseTicketRequest::default() })
            .await
            .map(drop),
        _ => client
            .tickets()
            .reopen_ticket(v1::ReopenTicketRequest { name, ..v1::ReopenTicketRequest::default() })
            .await
            .map(drop),
    }
    // What the state does not allow makes no event, which is as good.
    .unwrap_or_default();
}

/// Several write at once to a few tickets.
async fn random_writes(app: &App, seed: u64, count: usize) {
    let mia = app.user("mia");
    let mut tickets = Vec::new();
    for number in 0..3 {
        tickets.push(make_ticket(&mia, &format!("Ticket {number}")).await.ticket.expect("a ticket").name);
    }
    let writers = (0..4_u64).map(|writer| {
        let (mia, tickets) = (mia.clone(), tickets.clone());
        async move {
            let mut dice = Dice(seed + writer);
            for _ in 0..count {
                let ticket = usize::try_from(dice.below(3)).expect("small");
                change(&mia, &tickets[ticket], &mut dice).await;
            }
        }
    });
    futures_util::future::join_all(writers).await;
}

// C-109, complaint 20: integrators got events twice or out of order, and could not tell.
both_engines!(events_of_a_ticket_come_once_and_in_order_however_many_write, |db| async move {
    let app = App::start(db).await;
    let (mia, _noah) = (app.agent("mia").await, app.agent("noah").await);
    let mut watcher = Watcher::open(&mia, oldest()).await.expect("a stream");
    random_writes(&app, 20, 12).await;
    let log = whole_log(&mia).await;
    let seen = watcher.until(log.last().expect("events").sequence).await;
    let steps: Vec<i64> = seen.windows(2).map(|pair| pair[1].sequence - pair[0].sequence).collect();
    assert!(steps.iter().all(|step| *step == 1), "no gap, no repeat: {steps:?}");
    let mut places: BTreeMap<String, Vec<i64>> = BTreeMap::new();
    for event in seen.iter().filter(|event| !event.ticket.is_empty()) {
        places.entry(event.ordering_key.clone()).or_default().push(event.ordering_sequence);
    }
    assert_eq!(places.len(), 3);
    for (ticket, places) in places {
        let expected: Vec<i64> = (1..=i64::try_from(places.len()).expect("small")).collect();
        assert_eq!(places, expected, "{ticket}");
    }
});

// Complaint 23: events were lost on a reconnect, and the agent replied blind. F-08: random writes, and a client whose
// connection breaks at random and that goes on from the last token it handled, sees the log exactly.
both_engines!(a_client_that_loses_its_connection_again_and_again_misses_nothing, |db| async move {
    let app = App::start(db).await;
    let (mia, _noah) = (app.agent("mia").await, app.agent("noah").await);
    let reader = async {
        let (mut seen, mut dice): (Vec<v1::Event>, _) = (Vec::new(), Dice(23));
        let mut start = oldest();
        loop {
            let mut watcher = Watcher::open(&mia, start).await.expect("a stream");
            for _ in 0..=dice.below(3) {
                let answer = watcher.next().await.expect("an answer");
                // The connection may break in the middle of an answer: only a part of it was handled.
                let given = answer.events.len();
                let handled = usize::try_from(dice.below(5)).expect("small").min(given);
                seen.extend(answer.events.into_iter().take(handled));
                if seen.iter().any(|event| event.resource == "accounts/acme/teams/last") {
                    return seen;
                }
                if handled < given {
                    break;
                }
            }
            start = seen.last().map_or_else(oldest, |event| after(&event.resume_token));
        }
    };
    let writer = async {
        random_writes(&app, 23, 10).await;
        app.team("last", &[]).await;
    };
    let (seen, ()) = tokio::join!(reader, writer);
    let log = whole_log(&mia).await;
    assert_eq!(sequences(&seen), sequences(&log[..seen.len()]));
    assert_eq!(bare(&seen), bare(&log[..seen.len()]));
});
