//! What must hold, read from the log and from what was said.

use std::collections::{BTreeMap, BTreeSet};

use helpdesk::grpc::pb::v1::{self, ErrorReason, EventType, HandoffMessage, HandoffState};
use tonic::{Code, Status};
use tonic_types::StatusExt;

use super::super::fleet::{Log, again};
use crate::conversation::take_control::held;
use crate::handoff::hands::words;
use crate::support::app;
use crate::support::client::Client;

/// What agents say unasked; what the service says for them is something else.
pub const UNASKED: &str = "Is there anything else?";

/// What is known of the conversations so far.
#[derive(Debug, Default)]
pub struct Judge {
    pub changes: usize,
    pub handoffs: usize,
    pub messages: usize,
    /// Those of agents that nobody asked for.
    pub unasked: usize,
    /// Conversations that ended with a turn of an agent.
    pub owed: usize,
    /// Who had control in each epoch.
    control: BTreeMap<String, BTreeMap<i64, String>>,
    /// The state of each hand-off, as its last event says.
    states: BTreeMap<String, String>,
    /// The state of each turn, as its last event says.
    turns: BTreeMap<String, String>,
}

/// Whether a call was refused for what others did before it. A conversation that a customer agent never had is not there for it.
pub fn is_a_refusal(status: &Status, by_an_agent: bool) -> bool {
    const EXPECTED: [ErrorReason; 12] = [
        ErrorReason::ControlEpochStale,
        ErrorReason::NotInControl,
        ErrorReason::HandoffNotOpen,
        ErrorReason::HandoffNotYours,
        ErrorReason::TooManyReturns,
        ErrorReason::TicketClosed,
        ErrorReason::StateTransitionNotAllowed,
        ErrorReason::CustomerAgentNotLive,
        ErrorReason::ServerOverloaded,
        ErrorReason::StorageUnavailable,
        ErrorReason::DeadlineTooShort,
        ErrorReason::RequestInProgress,
    ];
    let hidden = by_an_agent && is_one_of(status, &[ErrorReason::ResourceNotFound]);
    hidden || is_one_of(status, &EXPECTED) || matches!(status.code(), Code::Unavailable | Code::DeadlineExceeded)
}

/// Whether somebody spoke who has no say any more.
pub fn is_stale(status: &Status) -> bool {
    is_one_of(status, &[ErrorReason::ControlEpochStale, ErrorReason::NotInControl])
}

fn is_one_of(status: &Status, reasons: &[ErrorReason]) -> bool {
    let reason = status.get_details_error_info().map(|info| info.reason).unwrap_or_default();
    reasons.iter().any(|known| known.as_str_name() == format!("ERROR_REASON_{reason}"))
}

fn field<'e>(event: &'e v1::Event, name: &str) -> Option<(&'e str, &'e str)> {
    let change = event.fields.iter().find(|change| change.field == name)?;
    Some((change.before.as_str(), change.after.as_str()))
}

/// A message that went through for somebody who knew of `epoch`; 0 for whoever wrote blind. Control comes with a message to
/// people alone.
pub fn was_said(epoch: i64, message: &v1::Message) {
    let (under, takes) = (message.control_epoch, !is_agents(message));
    let may = under == epoch || takes && under == epoch + 1;
    assert!(epoch == 0 || may, "said under {under} by who knew of {epoch}: {message:?}");
}

impl Judge {
    /// The log: control goes from one to the next, and hand-offs from state to state, without a gap.
    pub fn see(&mut self, news: &[v1::Event]) {
        for event in news {
            match event.r#type() {
                EventType::ControlChanged => self.control_moved(event),
                EventType::TurnChanged => {
                    let (_, state) = field(event, "state").expect("a turn has a state");
                    self.turns.insert(event.resource.clone(), state.to_owned());
                }
                EventType::HandoffRequested
                | EventType::HandoffOffered
                | EventType::HandoffAccepted
                | EventType::HandoffReturned
                | EventType::HandoffCompleted
                | EventType::HandoffEnded
                | EventType::HandoffChanged => self.handoff_moved(event),
                _ => {}
            }
        }
    }

    fn control_moved(&mut self, event: &v1::Event) {
        let epochs = self.control.entry(event.resource.clone()).or_insert_with(|| [(1, String::new())].into());
        let (before, after) = field(event, "controller").expect("control moves from one to another");
        let (old, new) = field(event, "control_epoch").expect("with an epoch");
        let (old, new): (i64, i64) = (old.parse().expect("a number"), new.parse().expect("a number"));
        let (last, holder) = epochs.last_key_value().expect("the first one");
        assert_eq!((*last, holder.as_str(), new), (old, before, old + 1), "{event:?}");
        epochs.insert(new, after.to_owned());
        self.changes += 1;
    }

    fn handoff_moved(&mut self, event: &v1::Event) {
        let Some((before, after)) = field(event, "state") else { return };
        let known = self.states.insert(event.resource.clone(), after.to_owned());
        assert_eq!(known.unwrap_or_default(), before, "{event:?}");
        self.handoffs += usize::from(before.is_empty());
    }

    /// Everything about one conversation, when a game is over.
    pub async fn looks_at(&mut self, root: &Client, log: &mut Log, conversation: &str) {
        let handoffs = self.as_told(root, log, conversation).await;
        let said = said(root, conversation).await;
        let epochs = &self.control[conversation];
        for message in &said {
            let holder = epochs.get(&message.control_epoch).map(String::as_str);
            assert_eq!(holder, Some(sender(message)), "{message:?}");
        }
        let told: Vec<&str> = handoffs
            .iter()
            .filter(|handoff| handoff.told() != HandoffMessage::Unspecified)
            .map(|handoff| handoff.transition_message.as_str())
            .collect();
        let (unasked, by_agents): (Vec<&v1::Message>, Vec<&v1::Message>) =
            said.iter().filter(|message| is_agents(message)).partition(|message| words(message) == UNASKED);
        let by_agents: BTreeSet<&str> = by_agents.into_iter().map(|message| message.name.as_str()).collect();
        assert_eq!(told.len(), handoffs.len(), "each hand-off is told");
        assert_eq!(told.iter().copied().collect::<BTreeSet<_>>(), by_agents, "once, and nothing else is");
        assert_eq!(told.len(), by_agents.len());
        let open: Vec<&v1::Handoff> = handoffs.iter().filter(|handoff| is_open(handoff.state())).collect();
        assert!(open.len() <= 1, "{open:?}");
        for handoff in &handoffs {
            let somebodys = !handoff.user.is_empty() || handoff.expire_time.is_some();
            assert!(!is_open(handoff.state()) || somebodys, "nobody's, and nobody looks again: {handoff:?}");
        }
        self.somebody_answers(root, conversation, &handoffs).await;
        self.messages += said.len();
        self.unasked += unasked.len();
    }

    /// The hand-offs of a conversation, which are as the log tells them: who waits is looked for while it is read.
    async fn as_told(&mut self, root: &Client, log: &mut Log, conversation: &str) -> Vec<v1::Handoff> {
        for _ in 0..10 {
            let found = handoffs(root, conversation).await;
            let news = log.news(root).await;
            self.see(&news);
            if found.iter().all(|handoff| self.states.get(&handoff.name) == Some(&state_name(handoff.state()))) {
                return found;
            }
        }
        panic!("the log tells of other states than those that there are: {conversation}");
    }

    /// Where a person speaks, somebody has control or the ticket; and a customer agent that has control has a turn for what
    /// the contact wrote last.
    async fn somebody_answers(&mut self, root: &Client, name: &str, handoffs: &[v1::Handoff]) {
        let request = v1::GetConversationRequest { name: name.to_owned() };
        let found = again(async || root.conversations().get_conversation(request.clone()).await).await;
        let found = found.conversation.expect("a conversation");
        let (controller, epoch) = held(found.controller);
        if let Some(speaks) = handoffs.iter().find(|handoff| handoff.state() == HandoffState::HumanActive) {
            let request = v1::GetTicketRequest { name: found.ticket };
            let ticket = again(async || root.tickets().get_ticket(request.clone()).await).await;
            let owner = ticket.ticket.expect("a ticket").owner;
            assert!(
                controller.contains("/users/") || !owner.is_empty(),
                "a person speaks, and nobody is there: {speaks:?}"
            );
        }
        // A timer may have moved control since the log was read: then another look judges it.
        let judged = self.control[name].last_key_value().is_some_and(|(last, _)| *last == epoch);
        if !judged || !controller.contains("/customerAgents/") {
            return;
        }
        if let Some(last) = last_said_by_contact(root, name).await.filter(|last| !ended_with_ticket(handoffs, last)) {
            let turn = last.name.replace("/messages/", "/turns/");
            let state = self.turns.get(&turn).map_or("", String::as_str);
            assert!(["WAITING", "TAKEN", "FAILED"].contains(&state), "nobody owes an answer ({state}): {last:?}");
            self.owed += 1;
        }
    }
}

fn is_agents(message: &v1::Message) -> bool {
    sender(message).contains("/customerAgents/")
}

fn sender(message: &v1::Message) -> &str {
    use v1::actor::Kind;
    match message.sender.as_ref().and_then(|sender| sender.kind.as_ref()) {
        Some(Kind::User(name) | Kind::CustomerAgent(name)) => name,
        _ => "",
    }
}

fn state_name(state: HandoffState) -> String {
    state.as_str_name().trim_start_matches("HANDOFF_STATE_").to_owned()
}

fn is_open(state: HandoffState) -> bool {
    use HandoffState as S;
    matches!(state, S::Requested | S::Offered | S::Accepting | S::QueuedAsync | S::HumanActive)
}

async fn handoffs(root: &Client, conversation: &str) -> Vec<v1::Handoff> {
    let request = v1::ListHandoffsRequest {
        parent: app::account(),
        filter: format!("conversation = \"{conversation}\""),
        page_size: 200,
        ..Default::default()
    };
    again(async || root.handoffs().list_handoffs(request.clone()).await).await.handoffs
}

/// Whether a hand-off ended with its ticket after this was written: it is not answered any more.
fn ended_with_ticket(handoffs: &[v1::Handoff], last: &v1::Message) -> bool {
    let at = |time: Option<prost_types::Timestamp>| time.map(|time| (time.seconds, time.nanos));
    let mut failed = handoffs.iter().filter(|handoff| handoff.state() == HandoffState::Failed);
    failed.any(|handoff| at(handoff.end_time) >= at(last.create_time))
}

/// The last message of a conversation, where the contact wrote it and nothing else is of that moment.
async fn last_said_by_contact(root: &Client, conversation: &str) -> Option<v1::Message> {
    let request = v1::ListMessagesRequest { parent: conversation.to_owned(), page_size: 200, ..Default::default() };
    let page = again(async || root.conversations().list_messages(request.clone()).await).await;
    assert_eq!(page.next_page_token, "", "all of it");
    let at = |message: &v1::Message| message.create_time.map(|time| (time.seconds, time.nanos));
    let last = page.messages.iter().map(at).max()?;
    let mut of_then = page.messages.into_iter().filter(|message| at(message) == last);
    let (one, others) = (of_then.next(), of_then.next());
    one.filter(|message| others.is_none() && message.direction() == v1::MessageDirection::Inbound)
}

async fn said(root: &Client, conversation: &str) -> Vec<v1::Message> {
    let request = v1::ListMessagesRequest {
        parent: conversation.to_owned(),
        filter: "direction = OUTBOUND".to_owned(),
        page_size: 200,
        ..Default::default()
    };
    let page = again(async || root.conversations().list_messages(request.clone()).await).await;
    assert_eq!(page.next_page_token, "", "all of it");
    page.messages
}
