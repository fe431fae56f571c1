//! F-09 for messages that come in: each three times at once, over three processes, and two different ones of one person
//! within a millisecond. How many messages: `HELPDESK_TEST_RACE_MESSAGES`, 3,000 in CI. The campaign:
//!
//! ```text
//! HELPDESK_TEST_RACE_MESSAGES=100000 HELPDESK_WRITE_DOCS=1 cargo test --release --test it -- --nocapture intake_race
//! ```

use std::collections::{BTreeMap, BTreeSet};
use std::time::{Duration, Instant};

use helpdesk::grpc::pb::v1::{self, ChannelType, EventType};

use super::fleet::{CALLERS, Fleet, Log, PROCESSES, again, asked, keep, side_by_side};
use crate::support::app::App;
use crate::support::databases::{TestDatabase, both_engines};
use crate::support::scene::message;

/// Channels on which what somebody says belongs together, and those on which each message is a case of its own.
const TALKS: [(&str, ChannelType); 3] =
    [("chat", ChannelType::Chat), ("whatsapp", ChannelType::Whatsapp), ("messenger", ChannelType::Messenger)];
const CASES: [(&str, ChannelType); 2] = [("mail", ChannelType::Email), ("form", ChannelType::Form)];
/// Messages of one person: two on each talk, one on each of the others.
const EACH: usize = TALKS.len() * 2 + CASES.len();

/// One delivery of a message.
struct Delivery {
    channel: &'static str,
    person: usize,
    /// Which of the person's messages on the channel.
    which: usize,
    process: usize,
}

/// Deliveries of everybody; those that race stand beside each other.
fn deliveries(people: usize) -> Vec<Delivery> {
    let talks = TALKS.map(|(channel, _)| (channel, 2)).into_iter();
    let all: Vec<(&str, usize)> = talks.chain(CASES.map(|(channel, _)| (channel, 1))).collect();
    let mut deliveries = Vec::new();
    for person in 0..people {
        for (channel, messages) in &all {
            let copies = (0..PROCESSES).flat_map(|process| (0..*messages).map(move |which| (process, which)));
            deliveries.extend(copies.map(|(process, which)| Delivery { channel, person, which, process }));
        }
    }
    deliveries
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_message_that_comes_three_times_is_stored_once_and_a_talk_has_one_ticket() {
    let name = "a_message_that_comes_three_times_is_stored_once_and_a_talk_has_one_ticket";
    let Some(db) = TestDatabase::postgres(name) else { return };
    let (people, began) = (asked("HELPDESK_TEST_RACE_MESSAGES", 3_000).div_ceil(EACH), Instant::now());
    let url = db.url.clone();
    let app = App::start_in_real_time(db).await;
    for (id, kind) in TALKS.into_iter().chain(CASES) {
        app.channel(id, kind).await;
    }
    let fleet = Fleet::launch(app, &url).await;
    let adapters = fleet.adapters();
    let deliveries = deliveries(people);
    // The caller of a delivery is one of its process: they were given out in turn.
    let callers = (0..CALLERS / PROCESSES).cycle();
    let calls = deliveries.iter().zip(callers).map(|(delivery, caller)| {
        let adapter = &adapters[caller * PROCESSES + delivery.process];
        let Delivery { channel, person, which, .. } = delivery;
        let (id, sender) = (format!("{channel}-{person}-{which}"), format!("c{person}@example.com"));
        let request = message(channel, &id, &sender, &format!("Message {which}"));
        async move { again(async || adapter.ingress().ingest_message(request.clone()).await).await }
    });
    let answers = side_by_side(calls).await;
    let (messages, tickets) = judge(&deliveries, &answers);
    let log = Log::default().news(&fleet.root(0)).await;
    let count = |kind| log.iter().filter(|event| event.r#type() == kind).count();
    assert_eq!(count(EventType::MessageReceived), messages);
    assert_eq!(count(EventType::TicketCreated), tickets);
    assert_eq!((messages, tickets), (people * EACH, people * (TALKS.len() + CASES.len())));
    let found = format!(
        "messages: {messages}, each {PROCESSES} times at once over {PROCESSES} processes, {CALLERS} callers\n\
         tickets: {tickets}, one for two messages on chat, WhatsApp and Messenger, one for each mail and form\n\
         doubled: 0, lost: 0, answers that differ: 0\ntook {} s\n",
        began.elapsed().as_secs(),
    );
    keep("intake-race", &found);
}

/// Message and ticket that the answers name, by channel, person and which of their messages.
type Messages<'a> = BTreeMap<(&'a str, usize, usize), BTreeSet<(&'a str, &'a str)>>;

/// All answers about one message are one; what one person says on a talk is in one ticket, and nothing else is in it.
/// Returns how many messages and tickets there are.
fn judge(deliveries: &[Delivery], answers: &[v1::IngestMessageResponse]) -> (usize, usize) {
    let mut messages: Messages<'_> = BTreeMap::new();
    let mut tickets: BTreeMap<&str, BTreeSet<(&str, usize)>> = BTreeMap::new();
    for (delivery, answer) in deliveries.iter().zip(answers) {
        let message = answer.message.as_ref().expect("a message").name.as_str();
        let ticket = answer.ticket.as_ref().expect("a ticket").name.as_str();
        let Delivery { channel, person, which, .. } = delivery;
        messages.entry((*channel, *person, *which)).or_default().insert((message, ticket));
        tickets.entry(ticket).or_default().insert((*channel, *person));
    }
    for ((channel, person, which), found) in &messages {
        assert_eq!(found.len(), 1, "{channel} of {person}, message {which}: {found:?}");
    }
    let mut of_talk: BTreeMap<(&str, usize), BTreeSet<&str>> = BTreeMap::new();
    for ((channel, person, _), found) in &messages {
        of_talk.entry((*channel, *person)).or_default().extend(found.iter().map(|(_, ticket)| *ticket));
    }
    for (talk, found) in &of_talk {
        assert_eq!(found.len(), 1, "{talk:?} has several tickets: {found:?}");
    }
    for (ticket, talks) in &tickets {
        assert_eq!(talks.len(), 1, "{ticket} is of several talks: {talks:?}");
    }
    let all: BTreeSet<&str> = messages.values().flatten().map(|(message, _)| *message).collect();
    (all.len(), tickets.len())
}

// T-20: a message that comes again after a week is still the same.
both_engines!(a_message_that_comes_again_after_a_week_is_the_same, |db| async move {
    let app = App::start(db).await;
    app.channel("whatsapp", ChannelType::Whatsapp).await;
    let request = || message("whatsapp", "w1", "ann@example.com", "Where is my card?");
    let first = app.ingest(request()).await;
    app.advance(Duration::from_hours(8 * 24));
    app.running().worker.run_until_idle().await.expect("worked");
    let again = app.ingest(request()).await;
    let names = |answer: &v1::IngestMessageResponse| {
        let message = answer.message.as_ref().expect("a message").name.clone();
        (message, answer.ticket.as_ref().expect("a ticket").name.clone())
    };
    assert_eq!(names(&again), names(&first));
    assert!(again.duplicate, "{again:?}");
});
