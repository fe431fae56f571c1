//! The desk of the story: its people with their hours, its contacts with their languages, its agent, and what can be seen.

use std::sync::atomic::{AtomicU32, Ordering};

use helpdesk::domain::time::Timestamp;
use helpdesk::grpc::pb::v1::{
    self, ErrorReason, HandoffProcess as Process, UnassignedChat, channel_routing::Target, handoff_policy::Assignment,
    workflow_step::Kind,
};
use tonic::Status;

use crate::conversation::take_control::control;
use crate::conversation::talk;
use crate::customer_agent::hands::{agent_name, make, runtime_of};
use crate::customer_agent::scene::{phrases, set_triggers};
use crate::handoff::hands::{BASIC, set, to_people, told, words, work};
use crate::pipeline::hands::mask;
use crate::support::app::{self, App, user_name};
use crate::support::client::{Client, assert_refused};
use crate::support::databases::TestDatabase;
use crate::support::scene::message;
use crate::workflow::hands as flows;

/// What contacts are told, in English for everybody, and in German.
pub const HERE: [&str; 2] = ["Somebody will be with you in a moment.", "Gleich ist jemand für Sie da."];
pub const AWAY: [&str; 2] = ["Nobody is here now. We will come back to you.", "Jetzt ist niemand da. Wir melden uns."];
pub const NOBODY: [&str; 2] = ["Everybody is busy.", "Alle sind im Gespräch."];
/// Contacts who read German.
const GERMAN: [&str; 4] = ["anna", "clara", "hans", "emil"];
const OTHERS: [&str; 5] = ["bob", "dora", "fred", "greta", "ida"];
/// Monday to Friday.
const WEEK: std::ops::RangeInclusive<i32> = 1..=5;

fn texts([english, german]: [&str; 2]) -> Vec<v1::HandoffText> {
    let text = |tag: &str, text: &str| v1::HandoffText { language_code: tag.to_owned(), text: text.to_owned() };
    vec![text("", english), text("de", german)]
}

/// A step that gives tickets to one person in turn.
pub fn rotating(user: &str) -> Kind {
    Kind::RotateOwner(v1::RotateOwnerStep { users: vec![user_name(user)], ..Default::default() })
}

/// See the module.
pub struct Desk {
    pub app: App,
    /// The runtime of the agent.
    ava: Client,
    /// Messages that contacts wrote.
    written: AtomicU32,
}

impl Desk {
    /// Two people with working hours, and an agent that somebody set up who may do nothing else.
    pub async fn set_up(db: TestDatabase) -> Self {
        let app = App::start(db).await;
        for id in ["mia", "ben"] {
            let person = app.agent(id).await;
            let block = |day| v1::WorkBlock { day, start_minute: 540, end_minute: 1_020 };
            let name = format!("{}/workSchedule", user_name(id));
            let blocks = WEEK.map(block).collect();
            let schedule = v1::WorkSchedule { name, time_zone: "Etc/UTC".to_owned(), blocks, ..Default::default() };
            let request = v1::SetWorkScheduleRequest { work_schedule: Some(schedule), ..Default::default() };
            person.users().set_work_schedule(request).await.expect("hours");
        }
        app.agent("eva").await;
        assert_refused(make(&app.user("eva"), "ava").await, ErrorReason::PermissionMissing);
        let editor = v1::User { name: user_name("eva"), customer_agent_editor: true, ..Default::default() };
        let update_mask = Some(mask(&["customer_agent_editor"]));
        let request = v1::UpdateUserRequest { user: Some(editor), update_mask, ..Default::default() };
        app.root().users().update_user(request).await.expect("an editor");
        make(&app.user("eva"), "ava").await.expect("made");
        let ava = runtime_of(&app, "ava").await;
        app.channel("wa", v1::ChannelType::Whatsapp).await;
        app.channel("chat", v1::ChannelType::Chat).await;
        let target = v1::CustomerAgentTarget { customer_agent: agent_name("ava") };
        app.route_to("wa", Target::CustomerAgent(target)).await;
        let desk = Self { app, ava, written: AtomicU32::new(0) };
        for id in GERMAN.into_iter().chain(OTHERS) {
            desk.contact(id).await;
        }
        desk.triggers(&["cancellation", "refund"]).await;
        desk.process(Process::Live).await;
        desk
    }

    async fn contact(&self, id: &str) {
        let language = if GERMAN.contains(&id) { "de-AT" } else { "" };
        let contact = v1::Contact {
            display_name: id.to_owned(),
            emails: vec![format!("{id}@x.example")],
            language_code: language.to_owned(),
            ..Default::default()
        };
        let request = v1::CreateContactRequest { parent: app::account(), contact: Some(contact), ..Default::default() };
        self.app.root().contacts().create_contact(request).await.expect("a contact");
    }

    /// The editor, with a credential that is good now.
    fn eva(&self) -> Client {
        self.app.user("eva")
    }

    /// Moves the clock, which begins on Saturday the 21st at nine, and does what has become due.
    pub async fn go_to(&self, time: &str) {
        let to = Timestamp::parse_rfc3339(time).expect("a time");
        self.app.advance(to.since(self.app.now()));
        work(&self.app).await;
    }

    /// Which words of contacts hand over.
    pub async fn triggers(&self, words: &[&str]) {
        set_triggers(&self.eva(), phrases(words), &["phrases"]).await.expect("the triggers are saved");
    }

    /// To the same two people for everything, in this way.
    pub async fn process(&self, process: Process) {
        if process == Process::None {
            let policy = to_people(process, &[], &[]);
            set(&self.eva(), policy, &["process"]).await.expect("the process is saved");
            return;
        }
        let policy = v1::HandoffPolicy {
            available_messages: texts(HERE),
            unavailable_messages: texts(AWAY),
            ..to_people(process, &["mia", "ben"], &[])
        };
        set(&self.eva(), policy, &BASIC).await.expect("the process is saved");
    }

    /// Live, to whom a workflow says, and what becomes of the chat when it says nobody.
    pub async fn by_workflow(&self, workflow: &str, chat: UnassignedChat) {
        let policy = v1::HandoffPolicy {
            assignment: Some(Assignment::Workflow(flows::name(workflow))),
            unassigned_chat: chat.into(),
            available_messages: texts(HERE),
            not_assigned_messages: texts(NOBODY),
            unavailable_messages: Vec::new(),
            ..to_people(Process::Live, &[], &[])
        };
        let paths = [&BASIC[..1], &BASIC[2..], &["workflow", "unassigned_chat", "not_assigned_messages"]].concat();
        set(&self.eva(), policy, &paths).await.expect("the process is saved");
    }

    /// The one template of the library that some words find.
    pub async fn template(&self, words: &str) -> v1::WorkflowTemplate {
        let request = v1::SearchWorkflowTemplatesRequest { parent: app::account(), query: words.to_owned() };
        let found = self.app.root().workflows().search_workflow_templates(request).await.expect("found");
        let [template] = found.into_inner().workflow_templates.try_into().expect("one template");
        template
    }

    /// A contact writes.
    pub async fn writes(&self, channel: &str, who: &str, text: &str) -> v1::IngestMessageResponse {
        let id = format!("{channel}-{who}-{}", self.written.fetch_add(1, Ordering::Relaxed));
        self.app.ingest(message(channel, &id, &format!("{who}@x.example"), text)).await
    }

    /// The agent answers under an epoch.
    pub async fn answers(&self, conversation: &str, control_epoch: i64, text: &str) -> Result<(), Status> {
        let request = v1::SendMessageRequest { control_epoch, ..talk::reply(conversation, text) };
        self.ava.conversations().send_message(request).await.map(drop)
    }

    /// The hand-offs of a conversation, newest first.
    pub async fn handoffs_of(&self, conversation: &str) -> Vec<v1::Handoff> {
        let filter = format!("conversation = \"{conversation}\"");
        let request = v1::ListHandoffsRequest { parent: app::account(), filter, ..Default::default() };
        self.app.root().handoffs().list_handoffs(request).await.expect("listed").into_inner().handoffs
    }

    /// Its only one.
    pub async fn handoff_of(&self, conversation: &str) -> v1::Handoff {
        let [handoff] = self.handoffs_of(conversation).await.try_into().expect("one hand-off");
        handoff
    }

    /// The conversation of a contact on a channel.
    pub async fn conversation_of(&self, channel: &str, who: &str) -> String {
        let request = v1::ListConversationsRequest { parent: app::account(), page_size: 200, ..Default::default() };
        let all = self.app.root().conversations().list_conversations(request).await.expect("listed").into_inner();
        let contact = self.contact_named(who).await;
        let of = |it: &v1::Conversation| it.contact == contact && it.channel == app::channel_name(channel);
        all.conversations.into_iter().find(of).expect("a conversation").name
    }

    async fn contact_named(&self, who: &str) -> String {
        let filter = format!("email = \"{who}@x.example\"");
        let request = v1::ListContactsRequest { parent: app::account(), filter, ..Default::default() };
        let found = self.app.root().contacts().list_contacts(request).await.expect("listed").into_inner();
        found.contacts.into_iter().next().expect("a contact").name
    }

    /// What the agent said to a contact, oldest first.
    pub async fn agent_said(&self, conversation: &str) -> Vec<String> {
        let kind = Some(v1::actor::Kind::CustomerAgent(agent_name("ava")));
        let by_agent = |it: &v1::Message| it.sender.as_ref().and_then(|sender| sender.kind.clone()) == kind;
        let said = told(&self.app, conversation).await;
        said.iter().filter(|it| by_agent(it)).map(|it| words(it).to_owned()).collect()
    }

    /// The contact was told this, once and last of all that the agent said, and the hand-off names the message.
    pub async fn was_told(&self, conversation: &str, handoff: &v1::Handoff, text: &str) {
        assert_eq!(self.agent_said(conversation).await, ["How can I help?", text]);
        let said = told(&self.app, conversation).await;
        let message = said.iter().find(|message| message.name == handoff.transition_message).expect("the message");
        assert_eq!(words(message), text);
    }

    /// From the hand-off on the agent says nothing: its answers are refused, it gets no turn, and the word fires no more.
    pub async fn agent_is_silent(&self, conversation: &str, handoff: &v1::Handoff) {
        let said = self.agent_said(conversation).await;
        let (_, epoch) = control(&self.app.root(), conversation).await;
        assert_refused(self.answers(conversation, 2, "I can help!").await, ErrorReason::ControlEpochStale);
        assert_refused(self.answers(conversation, epoch, "I can help!").await, ErrorReason::NotInControl);
        let channel = talk::conversation(&self.app.root(), conversation).await.channel;
        let who = self.contact_of(conversation).await;
        let channel = channel.rsplit('/').next().expect("an id");
        self.writes(channel, &who, "Refund! Refund!").await;
        let request = v1::WatchTurnsRequest { name: agent_name("ava"), ..Default::default() };
        let mut turns = self.ava.agents().watch_turns(request).await.expect("a stream").into_inner();
        let open = turns.message().await.expect("no end").expect("an answer").turns;
        assert!(open.iter().all(|turn| turn.conversation != conversation), "{open:?}");
        assert_eq!(self.handoff_of(conversation).await.reasons, handoff.reasons);
        assert_eq!(self.agent_said(conversation).await, said);
    }

    async fn contact_of(&self, conversation: &str) -> String {
        let name = talk::conversation(&self.app.root(), conversation).await.contact;
        let found = self.app.root().contacts().get_contact(v1::GetContactRequest { name }).await.expect("found");
        found.into_inner().contact.expect("a contact").display_name
    }

    /// What the agent's transition messages are, over the whole story: each hand-off that was told has one of its own.
    pub async fn nobody_was_told_twice(&self) {
        let request = v1::ListHandoffsRequest { parent: app::account(), page_size: 200, ..Default::default() };
        let all = self.app.root().handoffs().list_handoffs(request).await.expect("listed").into_inner().handoffs;
        let mut messages: Vec<String> = all.iter().map(|handoff| handoff.transition_message.clone()).collect();
        messages.retain(|message| !message.is_empty());
        let count = messages.len();
        messages.sort_unstable();
        messages.dedup();
        assert_eq!((all.len(), count, messages.len()), (9, 8, 8), "all but the one that was not handed over");
    }

    /// The tickets of the view of those that nobody has.
    pub async fn unassigned(&self) -> Vec<String> {
        let view = format!("{}/ticketViews/unassigned", app::account());
        let request = v1::ListTicketsRequest { parent: app::account(), view, ..Default::default() };
        let page = self.app.root().tickets().list_tickets(request).await.expect("listed").into_inner();
        page.tickets.into_iter().map(|ticket| ticket.name).collect()
    }

    /// Whether the chat is open.
    pub async fn chat_state(&self, conversation: &str) -> v1::ThreadState {
        let request = v1::ListThreadsRequest { parent: conversation.to_owned(), ..Default::default() };
        self.app.root().conversations().list_threads(request).await.expect("listed").into_inner().threads[0].state()
    }
}
