//! The service and a plain model of it, side by side through the API: channels that queue or hold, limits per kind of
//! work, people who come and go, tickets closed and opened again, given by hand, made urgent, routed now.

mod plain;

use std::collections::BTreeMap;
use std::time::Duration;

use helpdesk::grpc::pb::v1::{self, CapacityGroup, ChannelType, Priority};
use prost_types::FieldMask;
use rand::rngs::SmallRng;
use rand::{Rng, SeedableRng};

use crate::support::app::{self, App, user_name};
use crate::support::databases::{TestDatabase, both_engines};
use crate::support::scene::people;
use plain::{CHANNELS, Desk, PEOPLE, Step, Ticket};

const STEPS: usize = 60;
const LIMITS: [i32; 2] = [1, 2];

async fn open(db: TestDatabase) -> App {
    let app = App::start(db).await;
    for id in PEOPLE {
        app.agent(id).await;
        limit(&app, id, LIMITS).await;
    }
    for channel in CHANNELS {
        let kind = match channel.id {
            "chat" => ChannelType::Chat,
            "mail" => ChannelType::Email,
            _ => ChannelType::Form,
        };
        app.channel(channel.id, kind).await;
        app.route_to(channel.id, people(channel.people, &[])).await;
        if channel.queues {
            app.queue(channel.id, 0).await;
        }
    }
    app
}

async fn limit(app: &App, user: &str, [chats, others]: [i32; 2]) {
    let group = |group: CapacityGroup, limit| v1::GroupCapacity { group: group.into(), limit };
    let groups = vec![group(CapacityGroup::Messaging, chats), group(CapacityGroup::EmailAndOther, others)];
    app.capacity(user, v1::Capacity { groups, ..Default::default() }).await;
}

/// A step that can be taken now.
fn choose(dice: &mut SmallRng, desk: &Desk) -> Step {
    let who = PEOPLE[dice.random_range(0..PEOPLE.len())];
    let next = i64::try_from(desk.tickets.len()).expect("few") + 1;
    let comes = Step::Comes(next, CHANNELS[dice.random_range(0..CHANNELS.len())]);
    let mut some = |fits: fn(&Ticket) -> bool| {
        let all: Vec<i64> = desk.tickets.iter().filter(|(_, ticket)| fits(ticket)).map(|(number, _)| *number).collect();
        (!all.is_empty()).then(|| all[dice.random_range(0..all.len())])
    };
    let (open, closed) = (some(|it| it.open), some(|it| !it.open && it.owner.is_some()));
    let (free, waits) = (some(|it| it.open && it.owner.is_none()), some(|it| it.waits.is_some()));
    match dice.random_range(0..16) {
        0..=4 => comes,
        5 | 6 => open.map_or(comes, Step::Closed),
        7 => closed.map_or(comes, Step::Reopened),
        8 | 9 => Step::Available(who, !desk.people[who].available),
        10 => Step::Limits(who, [dice.random_range(0..3), dice.random_range(0..4)]),
        11 | 12 => free.map_or(comes, Step::RoutedNow),
        13 => open.map_or(comes, |number| Step::Given(number, who)),
        _ => waits.map_or(comes, |number| Step::Urgent(number, dice.random_range(0..4))),
    }
}

async fn play(app: &App, step: Step) {
    let name = |number: i64| format!("{}/tickets/{number}", app::account());
    match step {
        Step::Comes(number, channel) => {
            let sender = format!("c{number}@example.com");
            assert_eq!(app.arrives(channel.id, &format!("m{number}"), &sender).await.number, number);
        }
        Step::Closed(number) => app.close(&name(number)).await,
        Step::Reopened(number) => {
            let request = v1::ReopenTicketRequest { name: name(number), ..Default::default() };
            app.root().tickets().reopen_ticket(request).await.expect("opened again");
        }
        Step::Available(id, available) => app.available(id, available).await,
        Step::Limits(id, limits) => limit(app, id, limits).await,
        Step::RoutedNow(number) => {
            let request = v1::RouteTicketRequest { name: name(number), ..Default::default() };
            app.root().routing().route_ticket(request).await.expect("routed");
        }
        Step::Given(number, id) => {
            let request = v1::AssignTicketRequest { name: name(number), owner: user_name(id), ..Default::default() };
            app.root().tickets().assign_ticket(request).await.expect("given");
        }
        Step::Urgent(number, urgency) => {
            let priority = [Priority::Urgent, Priority::High, Priority::Medium, Priority::Low];
            let priority = priority[usize::try_from(urgency).expect("one of four")].into();
            let ticket = Some(v1::Ticket { name: name(number), priority, ..Default::default() });
            let update_mask = Some(FieldMask { paths: vec!["priority".to_owned()] });
            let request = v1::UpdateTicketRequest { ticket, update_mask, ..Default::default() };
            app.root().tickets().update_ticket(request).await.expect("changed");
        }
    }
    app.advance(Duration::from_secs(1));
}

/// Owner of every ticket, and those that wait, in order, as the service has them.
async fn stands(app: &App) -> (BTreeMap<i64, String>, Vec<i64>) {
    let request = v1::ListTicketsRequest { parent: app::account(), page_size: 200, ..Default::default() };
    let page = app.root().tickets().list_tickets(request).await.expect("listed").into_inner();
    let request = v1::ListQueueEntriesRequest { parent: app::account(), page_size: 200, ..Default::default() };
    let queue = app.root().routing().list_queue_entries(request).await.expect("listed").into_inner();
    let number = |name: &str| name.rsplit('/').next().and_then(|number| number.parse().ok()).expect("a number");
    let owners = page.tickets.into_iter().map(|ticket| (ticket.number, ticket.owner)).collect();
    (owners, queue.queue_entries.iter().map(|entry| number(&entry.ticket)).collect())
}

async fn run(db: TestDatabase, seed: u64) {
    let app = open(db).await;
    let (mut dice, mut desk) = (SmallRng::seed_from_u64(seed), Desk::new(LIMITS));
    for _ in 0..STEPS {
        let step = choose(&mut dice, &desk);
        play(&app, step).await;
        desk.happens(step);
        let owner = |ticket: &Ticket| ticket.owner.map(user_name).unwrap_or_default();
        let expected = desk.tickets.iter().map(|(number, ticket)| (*number, owner(ticket))).collect();
        assert_eq!(stands(&app).await, (expected, desk.queue()), "seed {seed}, step {} {step:?}: {desk:?}", desk.step);
    }
    let request = v1::ListStuckTicketsRequest { parent: app::account() };
    let stuck = app.root().routing().list_stuck_tickets(request).await.expect("listed").into_inner();
    assert_eq!(stuck.stuck_tickets, []);
}

// C-037, C-039, C-043, C-051: the same owners and the same order after each step, whatever happens in whatever order.
both_engines!(the_service_and_a_plain_desk_agree_step_by_step, |db| async move { Box::pin(run(db, 4_711)).await });

both_engines!(they_agree_on_a_second_history, |db| async move { Box::pin(run(db, 20_261_129)).await });

both_engines!(they_agree_on_a_third_history, |db| async move { Box::pin(run(db, 7)).await });
