//! T-52: agent, contact, people, timers and three processes race for the same conversations.
//!
//! The agent also says things that nobody asked for, each under the epoch that its runtime last saw. Whatever happens in whatever order: exactly one is in control, nothing is said under an old epoch, the contact is told of
//! each hand-off once, no open hand-off is nobody's without a time at which somebody looks again, where a person speaks somebody has
//! control or the ticket, and what the contact wrote last is a turn of the agent that has control. What is judged is the log and
//! what was said, after each game. A round is one volley of calls at one conversation. How many: `HELPDESK_TEST_HANDOFF_ROUNDS`,
//! 1,000 in CI.

mod judge;

use std::time::Instant;

use helpdesk::grpc::pb::v1::{self, ChannelType, HandoffProcess, HandoffReason, inbound_sender::Point};
use rand::rngs::SmallRng;
use rand::{Rng, SeedableRng};
use tonic::Status;

use super::fleet::{Fleet, Log, PROCESSES, again, asked, keep, side_by_side};
use crate::conversation::take_control::held;
use crate::conversation::talk;
use crate::customer_agent::hands::{agent_name, binding, make};
use crate::handoff::hands::{BASIC, asking, policy_name, set, to_people};
use crate::support::app::App;
use crate::support::client::Client;
use crate::support::databases::TestDatabase;
use judge::Judge;

const PEOPLE: [&str; 4] = ["ada", "ben", "cem", "dan"];
/// Agents: one whose hand-offs are given, one whose hand-offs are offered.
const AGENTS: [&str; 2] = ["gives", "asks"];
/// Conversations that are played side by side.
const TABLES: usize = 10;
/// Volleys at one conversation: a ticket goes to an agent three times an hour at most.
const VOLLEYS: usize = 10;
/// Calls of one volley.
const CALLS: usize = 6;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn exactly_one_is_in_control_whatever_happens() {
    let Some(db) = TestDatabase::postgres("exactly_one_is_in_control_whatever_happens") else { return };
    let (rounds, began) = (asked("HELPDESK_TEST_HANDOFF_ROUNDS", 1_000), Instant::now());
    let mut race = Race::start(db).await;
    for game in 0..rounds.div_ceil(TABLES * VOLLEYS) {
        race.play(game).await;
    }
    let judge = &race.judge;
    let found = format!(
        "rounds: {rounds}, {CALLS} calls each, {TABLES} conversations at a time, {PROCESSES} processes\n\
         calls that went through: {}, refused: {}\n\
         changes of control: {}, hand-offs: {}, messages to contacts: {}\n\
         of agents unasked: {}, refused because somebody else had control: {}\n\
         conversations left with a turn of an agent: {}\n\
         two in control: 0, said under an old epoch: 0, told twice or not: 0, nobody's and never looked at: 0\n\
         took {} s\n",
        race.done,
        race.refused,
        judge.changes,
        judge.handoffs,
        judge.messages,
        judge.unasked,
        race.too_late,
        judge.owed,
        began.elapsed().as_secs(),
    );
    assert!(judge.handoffs > rounds / 20 && judge.messages > judge.handoffs, "{found}");
    assert!(judge.unasked > rounds / 50 && race.too_late > rounds / 50, "{found}");
    keep("handoff-race", &found);
}

struct Race {
    fleet: Fleet,
    runtimes: Vec<String>,
    log: Log,
    judge: Judge,
    dice: SmallRng,
    done: usize,
    refused: usize,
    /// Messages of agents that were refused, because somebody else had got control meanwhile.
    too_late: usize,
}

/// One call of somebody who has looked at the conversation before.
#[derive(Debug, Clone)]
enum Call {
    AgentAsks(usize),
    AgentSays,
    Writes(usize),
    Says { who: &'static str, blind: bool, take: bool },
    Takes(&'static str),
    Releases(&'static str),
    Accepts(&'static str),
    Declines(&'static str),
    Cancels(&'static str),
    Completes(&'static str),
    Passes(&'static str, &'static str),
    Returns(&'static str),
    Gives(usize),
    Assigns(&'static str),
    Closes,
}

impl Call {
    const fn is_of_agent(&self) -> bool {
        matches!(self, Self::AgentAsks(_) | Self::AgentSays)
    }
}

/// What whoever calls has seen.
#[derive(Debug, Clone)]
struct Seen {
    conversation: String,
    contact: String,
    ticket: String,
    epoch: i64,
    /// The customer agent that has control, else the one that had it first.
    agent: usize,
    handoff: String,
}

impl Race {
    async fn start(db: TestDatabase) -> Self {
        let url = db.url.clone();
        let app = App::start_in_real_time(db).await;
        for id in PEOPLE {
            app.agent(id).await;
        }
        app.channel("chat", ChannelType::Chat).await;
        let mut runtimes = Vec::new();
        for id in AGENTS {
            make(&app.root(), id).await.expect("an agent");
            let key = app.root().access().create_access_key(binding("", id)).await.expect("a key").into_inner();
            runtimes.push(key.secret);
            let offers = id == "asks";
            let policy = v1::HandoffPolicy {
                name: policy_name(id),
                retries: true,
                offer_timeout: offers.then_some(prost_types::Duration { seconds: 5, nanos: 0 }),
                fallback: v1::HandoffFallback::CustomerAgent.into(),
                ..to_people(HandoffProcess::Live, &PEOPLE, &[])
            };
            let paths = [&BASIC[..], &["retries", "offer_timeout", "fallback"]].concat();
            set(&app.root(), policy, &paths).await.expect("set");
        }
        let fleet = Fleet::launch(app, &url).await;
        let (log, judge, dice) = (Log::default(), Judge::default(), SmallRng::seed_from_u64(20_261_129));
        Self { fleet, runtimes, log, judge, dice, done: 0, refused: 0, too_late: 0 }
    }

    /// Some conversations, volley after volley; then all of it is judged.
    async fn play(&mut self, game: usize) {
        let mut tables = Vec::new();
        for table in 0..TABLES {
            tables.push(self.begin(game * TABLES + table).await);
        }
        for volley in 0..VOLLEYS {
            let calls: Vec<(Seen, Call)> = self.volley(&tables, (game * VOLLEYS + volley) * TABLES).await;
            let fleet = &self.fleet;
            let runtimes = &self.runtimes;
            let made =
                calls.iter().enumerate().map(|(number, (seen, call))| make_call(fleet, runtimes, number, seen, call));
            let answers = side_by_side(made).await;
            calls.iter().zip(answers).for_each(|((_, call), answer)| self.count(call, answer));
        }
        let root = self.fleet.root(game);
        let news = self.log.news(&root).await;
        self.judge.see(&news);
        for conversation in &tables {
            self.judge.looks_at(&root, &mut self.log, conversation).await;
        }
    }

    fn count(&mut self, call: &Call, answer: Result<Said, Status>) {
        match answer {
            Ok(said) => {
                self.done += 1;
                if let Some((epoch, message)) = said {
                    judge::was_said(epoch, &message);
                }
            }
            Err(status) => {
                assert!(judge::is_a_refusal(&status, call.is_of_agent()), "{call:?}: {status:?}");
                self.refused += 1;
                self.too_late += usize::from(matches!(call, Call::AgentSays) && judge::is_stale(&status));
            }
        }
    }

    /// A conversation that an agent has.
    async fn begin(&self, number: usize) -> String {
        let came = self.writes(number, &format!("c{number}")).await;
        let conversation = talk::conversation_of(&came);
        let root = self.fleet.root(number);
        let request = v1::AssignConversationRequest {
            conversation: conversation.clone(),
            customer_agent: agent_name(AGENTS[number % AGENTS.len()]),
            ..Default::default()
        };
        again(async || root.agents().assign_conversation(request.clone()).await).await;
        conversation
    }

    async fn writes(&self, number: usize, contact: &str) -> v1::IngestMessageResponse {
        let adapter = self.fleet.adapter(number);
        let request = talk::from("chat", &format!("{contact}-first"), Point::Handle(contact.to_owned()));
        again(async || adapter.ingress().ingest_message(request.clone()).await).await
    }

    /// Calls at every conversation, each by somebody who looked just before.
    async fn volley(&mut self, tables: &[String], number: usize) -> Vec<(Seen, Call)> {
        let root = self.fleet.root(number);
        let looks = tables.iter().enumerate().map(|(table, name)| look(&root, name, table % AGENTS.len()));
        let seen = side_by_side(looks).await;
        let mut calls = Vec::new();
        for (table, seen) in seen.into_iter().enumerate() {
            for call in 0..CALLS {
                calls.push((seen.clone(), self.choose((number + table) * CALLS + call)));
            }
        }
        calls
    }

    fn choose(&mut self, number: usize) -> Call {
        let who = PEOPLE[self.dice.random_range(0..PEOPLE.len())];
        let agent = number % AGENTS.len();
        match self.dice.random_range(0..27) {
            0..=4 => Call::AgentAsks(agent),
            5 | 6 => Call::Writes(number),
            7..=9 => Call::Says { who, blind: false, take: false },
            10 => Call::Says { who, blind: true, take: false },
            11 => Call::Says { who, blind: false, take: true },
            12 => Call::Takes(who),
            13 => Call::Releases(who),
            14 | 15 => Call::Accepts(who),
            16 => Call::Declines(who),
            17 => Call::Cancels(who),
            18 => Call::Completes(who),
            19 => Call::Passes(who, PEOPLE[self.dice.random_range(0..PEOPLE.len())]),
            20 => Call::Returns(who),
            21 => Call::Gives(agent),
            22 => Call::Assigns(who),
            23..=25 => Call::AgentSays,
            _ => Call::Closes,
        }
    }
}

async fn look(root: &Client, name: &str, first: usize) -> Seen {
    let request = v1::GetConversationRequest { name: name.to_owned() };
    let found = again(async || root.conversations().get_conversation(request.clone()).await).await;
    let found = found.conversation.expect("a conversation");
    let request = v1::ListHandoffsRequest {
        parent: crate::support::app::account(),
        filter: format!("conversation = \"{name}\""),
        page_size: 1,
        ..Default::default()
    };
    let handoffs = again(async || root.handoffs().list_handoffs(request.clone()).await).await.handoffs;
    let (controller, epoch) = held(found.controller);
    Seen {
        conversation: name.to_owned(),
        contact: found.contact,
        ticket: found.ticket,
        epoch,
        agent: AGENTS.iter().position(|id| controller == agent_name(id)).unwrap_or(first),
        handoff: handoffs.into_iter().next().map(|handoff| handoff.name).unwrap_or_default(),
    }
}

type Said = Option<(i64, v1::Message)>;

async fn make_call(
    fleet: &Fleet,
    runtimes: &[String],
    number: usize,
    seen: &Seen,
    call: &Call,
) -> Result<Said, Status> {
    let by = |who: &str| fleet.person(number, who);
    match call {
        Call::AgentAsks(agent) => {
            let runtime = fleet.caller(number, &runtimes[*agent]);
            let asked = asking(&seen.conversation, &[HandoffReason::ContactAsked]);
            let request = v1::RequestHandoffRequest { control_epoch: seen.epoch, ..asked };
            runtime.handoffs().request_handoff(request).await.map(nothing_of)
        }
        Call::AgentSays => {
            let runtime = fleet.caller(number, &runtimes[seen.agent]);
            let reply = talk::reply(&seen.conversation, judge::UNASKED);
            let request = v1::SendMessageRequest { control_epoch: seen.epoch, ..reply };
            let sent = runtime.conversations().send_message(request).await?.into_inner();
            Ok(sent.message.map(|message| (seen.epoch, message)))
        }
        Call::Writes(id) => {
            let sender = v1::InboundSender { contact: seen.contact.clone(), ..Default::default() };
            let mut request = talk::from("chat", &format!("m{id}"), Point::Handle(String::new()));
            request.message.as_mut().expect("a message").sender = Some(sender);
            fleet.adapter(number).ingress().ingest_message(request).await.map(nothing_of)
        }
        Call::Says { who, blind, take } => {
            let epoch = if *blind { 0 } else { seen.epoch };
            let reply = talk::reply(&seen.conversation, "Hello");
            let request = v1::SendMessageRequest { control_epoch: epoch, take_control: *take, ..reply };
            let sent = by(who).conversations().send_message(request).await?.into_inner();
            Ok(sent.message.map(|message| (epoch, message)))
        }
        Call::Takes(who) => {
            let request = v1::TakeControlRequest {
                name: seen.conversation.clone(),
                control_epoch: seen.epoch,
                ..Default::default()
            };
            by(who).conversations().take_control(request).await.map(nothing_of)
        }
        Call::Releases(who) => {
            let request = v1::ReleaseControlRequest { name: seen.conversation.clone(), ..Default::default() };
            by(who).conversations().release_control(request).await.map(nothing_of)
        }
        Call::Gives(agent) => {
            let request = v1::AssignConversationRequest {
                conversation: seen.conversation.clone(),
                customer_agent: agent_name(AGENTS[*agent]),
                control_epoch: seen.epoch,
                ..Default::default()
            };
            fleet.root(number).agents().assign_conversation(request).await.map(nothing_of)
        }
        Call::Assigns(who) => {
            let owner = crate::support::app::user_name(who);
            let request = v1::AssignTicketRequest { name: seen.ticket.clone(), owner, ..Default::default() };
            fleet.root(number).tickets().assign_ticket(request).await.map(nothing_of)
        }
        Call::Closes => {
            let request = v1::CloseTicketRequest { name: seen.ticket.clone(), ..Default::default() };
            fleet.root(number).tickets().close_ticket(request).await.map(nothing_of)
        }
        _ if seen.handoff.is_empty() => Ok(None),
        _ => with_handoff(fleet, number, &seen.handoff, call).await,
    }
}

/// What is done with the hand-off that somebody saw.
async fn with_handoff(fleet: &Fleet, number: usize, name: &str, call: &Call) -> Result<Said, Status> {
    let by = |who: &str| fleet.person(number, who);
    let name = name.to_owned();
    match call {
        Call::Accepts(who) => {
            let request = v1::AcceptHandoffRequest { name, ..Default::default() };
            by(who).handoffs().accept_handoff(request).await.map(nothing_of)
        }
        Call::Declines(who) => {
            let request = v1::DeclineHandoffRequest { name, ..Default::default() };
            by(who).handoffs().decline_handoff(request).await.map(nothing_of)
        }
        Call::Cancels(who) => {
            let request = v1::CancelHandoffRequest { name, ..Default::default() };
            by(who).handoffs().cancel_handoff(request).await.map(nothing_of)
        }
        Call::Completes(who) => {
            let request = v1::CompleteHandoffRequest { name, ..Default::default() };
            by(who).handoffs().complete_handoff(request).await.map(nothing_of)
        }
        Call::Passes(who, to) => {
            let users = vec![crate::support::app::user_name(to)];
            let target = Some(v1::HandoffTargets { users, teams: Vec::new() });
            let request = v1::TransferHandoffRequest { name, target, ..Default::default() };
            by(who).handoffs().transfer_handoff(request).await.map(nothing_of)
        }
        Call::Returns(who) => {
            let request = v1::ReturnHandoffRequest { name, ..Default::default() };
            by(who).handoffs().return_handoff(request).await.map(nothing_of)
        }
        _ => Ok(None),
    }
}

fn nothing_of<T>(_: tonic::Response<T>) -> Said {
    None
}
