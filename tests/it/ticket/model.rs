//! Random merges, splits, deletes and replies on a handful of tickets, beside a plain model of what must come out.

use std::collections::{BTreeMap, BTreeSet};

use helpdesk::grpc::pb::v1::{self, TicketState};
use helpdesk::grpc::status::reason;
use tonic::Status;

use super::hands::{app_with_channels, chat, chief, delete, get, merge, messages, numbers, split, undelete};
use crate::support::app::App;
use crate::support::client::Client;
use crate::support::databases::{TestDatabase, both_engines};

/// Numbers that are the same on every run.
struct Dice(u64);

impl Dice {
    fn below(&mut self, bound: usize) -> usize {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        usize::try_from(self.0 >> 33).expect("31 bits") % bound
    }
}

/// What a ticket of the model is.
#[derive(Clone, Debug, Default, PartialEq)]
struct Case {
    merged_into: Option<i64>,
    deleted: bool,
    followed: bool,
    /// Texts by thread: every message is a text of its own.
    threads: BTreeMap<usize, BTreeSet<String>>,
}

/// The reference: tickets by number, and the thread that each writer's next message continues.
#[derive(Debug, Default)]
struct Model {
    cases: BTreeMap<i64, Case>,
    open: BTreeMap<String, usize>,
    threads: usize,
}

impl Model {
    fn state(&self, number: i64) -> Option<&'static str> {
        let case = &self.cases[&number];
        match (case.merged_into, case.deleted) {
            (Some(_), _) => Some("TICKET_MERGED"),
            (None, true) => Some("RESOURCE_DELETED"),
            (None, false) => None,
        }
    }

    fn survivor(&self, mut number: i64) -> i64 {
        while let Some(next) = self.cases[&number].merged_into {
            number = next;
        }
        number
    }

    /// Where the next message of a writer goes: a ticket, or a new one.
    fn place(&self, writer: &str) -> Option<(i64, usize)> {
        let thread = *self.open.get(writer)?;
        let (number, case) = self.cases.iter().find(|(_, case)| case.threads.contains_key(&thread))?;
        (!case.deleted).then_some((*number, thread))
    }

    fn write(&mut self, writer: &str, text: &str, number: i64) {
        let known = self.place(writer);
        let thread = known.map_or(self.threads, |(_, thread)| thread);
        if known.is_none() {
            self.threads += 1;
            self.open.insert(writer.to_owned(), thread);
            self.cases.insert(number, Case::default());
        }
        let case = self.cases.get_mut(&number).expect("a ticket of the model");
        case.threads.entry(thread).or_default().insert(text.to_owned());
    }

    fn merge(&mut self, target: i64, source: i64) -> Option<&'static str> {
        if target == source {
            return Some("FIELD_INVALID");
        }
        // The sources are judged before the state of the ticket itself.
        if let Some(why) = self.state(source).or_else(|| self.state(target)) {
            return Some(why);
        }
        let gone = self.cases.get_mut(&source).expect("a ticket");
        gone.merged_into = Some(target);
        let (threads, followed) = (std::mem::take(&mut gone.threads), std::mem::take(&mut gone.followed));
        let stays = self.cases.get_mut(&target).expect("a ticket");
        stays.threads.extend(threads);
        stays.followed |= followed;
        None
    }
}

struct Play {
    app: App,
    chief: Client,
    model: Model,
    dice: Dice,
    step: usize,
}

fn name(number: i64) -> String {
    format!("accounts/acme/tickets/{number}")
}

fn outcome<T>(result: Result<T, Status>) -> Option<String> {
    result.err().map(|status| reason(&status).unwrap_or_else(|| format!("{status:?}")))
}

impl Play {
    async fn begin(db: TestDatabase, seed: u64) -> Self {
        let app = app_with_channels(db).await;
        let chief = chief(&app, "chief").await;
        let mut play = Self { app, chief, model: Model::default(), dice: Dice(seed), step: 0 };
        for writer in 0..8 {
            play.write(writer).await;
        }
        play
    }

    fn pick(&mut self) -> i64 {
        let numbers: Vec<i64> = self.model.cases.keys().copied().collect();
        numbers[self.dice.below(numbers.len())]
    }

    /// A message of a writer: to the thread it began, or to a new ticket when that one is deleted.
    async fn write(&mut self, writer: usize) {
        self.step += 1;
        let (writer, text) = (format!("w{writer}"), format!("text-{}", self.step));
        let expected = self.model.place(&writer).map(|(number, _)| number);
        let answer = chat(&self.app, &writer, &text, &text).await;
        let number = answer.ticket.expect("a ticket").number;
        assert_eq!(answer.ticket_created, expected.is_none(), "step {}", self.step);
        assert!(expected.is_none_or(|expected| expected == number), "step {}: {number}, not {expected:?}", self.step);
        self.model.write(&writer, &text, number);
    }

    async fn merge(&mut self) {
        let (target, source) = (self.pick(), self.pick());
        let result = merge(&self.chief, &name(target), &[&name(source)]).await;
        assert_eq!(outcome(result).as_deref(), self.model.merge(target, source), "{source} into {target}");
    }

    /// Takes one message out of a ticket, if one of its threads has more.
    async fn split(&mut self) {
        let number = self.pick();
        let case = &self.model.cases[&number];
        let Some((thread, texts)) = case.threads.iter().find(|(_, texts)| texts.len() > 1) else { return };
        let (thread, text) = (*thread, texts.first().expect("two").clone());
        let Some(message) = self.find(number, &text).await else { return };
        let result = split(&self.chief, &name(number), &[message]).await;
        let expected = self.model.state(number);
        assert_eq!(result.as_ref().err().and_then(reason).as_deref(), expected, "split {number}");
        if let Ok(done) = result {
            let new = done.split_ticket.expect("a ticket").number;
            let old = self.model.cases.get_mut(&number).and_then(|case| case.threads.get_mut(&thread));
            old.expect("a thread").remove(&text);
            let threads = [(self.model.threads, [text].into())].into();
            self.model.threads += 1;
            self.model.cases.insert(new, Case { threads, ..Case::default() });
        }
    }

    async fn find(&self, number: i64, text: &str) -> Option<String> {
        let ticket = get(&self.chief, &name(number)).await.expect("a ticket");
        for conversation in &ticket.conversations {
            let found = messages(&self.chief, conversation).await.expect("messages").into_iter();
            let mut found = found.filter(|message| message.body.as_ref().is_some_and(|body| body.text == text));
            if let Some(message) = found.next() {
                return Some(message.name);
            }
        }
        None
    }

    async fn delete(&mut self) {
        let number = self.pick();
        let expected = self.model.state(number);
        assert_eq!(outcome(delete(&self.chief, &name(number)).await).as_deref(), expected, "delete {number}");
        if expected.is_none() {
            self.model.cases.get_mut(&number).expect("a ticket").deleted = true;
        }
    }

    async fn undelete(&mut self) {
        let number = self.pick();
        let deleted = self.model.cases[&number].deleted;
        let expected = (!deleted).then_some("STATE_TRANSITION_NOT_ALLOWED");
        assert_eq!(outcome(undelete(&self.chief, &name(number)).await).as_deref(), expected, "undelete {number}");
        self.model.cases.get_mut(&number).expect("a ticket").deleted = false;
    }

    async fn follow(&mut self) {
        let number = self.pick();
        let request = v1::FollowTicketRequest { name: name(number), ..Default::default() };
        let expected = self.model.state(number);
        assert_eq!(outcome(self.chief.tickets().follow_ticket(request).await).as_deref(), expected, "follow {number}");
        if expected.is_none() {
            self.model.cases.get_mut(&number).expect("a ticket").followed = true;
        }
    }

    async fn act(&mut self) {
        match self.dice.below(10) {
            0..=2 => self.merge().await,
            3 | 4 => self.split().await,
            5 => self.delete().await,
            6 => self.undelete().await,
            7 => self.follow().await,
            _ => {
                let writer = self.dice.below(8);
                self.write(writer).await;
            }
        }
    }

    /// Every ticket is what the model says, and every text stands on exactly one.
    async fn check(&self) {
        for (number, case) in &self.model.cases {
            let ticket = get(&self.chief, &name(*number)).await.expect("a ticket");
            let merged_into = case.merged_into.map(name).unwrap_or_default();
            assert_eq!(ticket.merged_into, merged_into, "ticket {number}");
            assert_eq!(ticket.delete_time.is_some(), case.deleted, "ticket {number}");
            assert_eq!(ticket.follower_count, i32::from(case.followed), "ticket {number}");
            assert_eq!(ticket.state() == TicketState::Closed, case.merged_into.is_some(), "ticket {number}");
            let mut texts = super::hands::texts(&self.chief, &ticket).await;
            let mut expected: Vec<String> = case.threads.values().flatten().cloned().collect();
            expected.sort();
            texts.sort();
            assert_eq!(texts, expected, "ticket {number}");
            self.check_chain(*number).await;
        }
        let shown: Vec<i64> =
            self.model.cases.iter().filter(|(_, case)| !case.deleted).map(|(number, _)| *number).collect();
        assert_eq!(numbers(&self.chief, "", false).await, shown);
        let followed = self.model.cases.iter().filter(|(_, case)| case.followed).map(|(number, _)| *number);
        assert_eq!(numbers(&self.chief, "follower = me()", true).await, followed.collect::<Vec<_>>());
    }

    /// A refusal names the ticket where the chain of merges ends.
    async fn check_chain(&self, number: i64) {
        use tonic_types::StatusExt;
        if self.model.cases[&number].merged_into.is_none() {
            return;
        }
        let refused = delete(&self.chief, &name(number)).await.expect_err("a redirect");
        let told = refused.get_details_error_info().expect("told").metadata;
        assert_eq!(told["mergedInto"], name(self.model.survivor(number)));
    }
}

// C-016 to C-019: what comes out is what a plain model says, after every step of many.
both_engines!(random_merges_splits_and_deletes_agree_with_a_plain_model, |db| async move {
    let mut play = Play::begin(db, 27).await;
    for step in 0..120 {
        play.act().await;
        if step % 10 == 9 {
            play.check().await;
        }
    }
});
