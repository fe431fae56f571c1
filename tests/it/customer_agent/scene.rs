//! A customer agent with its runtime, and a channel that routes to it.

use helpdesk::grpc::pb::v1::{self, channel_routing::Target, inbound_sender::Point};
use prost_types::FieldMask;
use tonic::Status;

use super::hands::{agent_name, runtime};
use crate::conversation::take_control::{control, held};
use crate::conversation::talk;
use crate::handoff::hands::{BASIC, set as set_policy, to_people};
use crate::support::app::App;
use crate::support::client::Client;
use crate::support::databases::TestDatabase;

/// Where the triggers of `ava` are.
pub fn triggers_name() -> String {
    format!("{}/handoffTriggers", agent_name("ava"))
}

/// The triggers of `ava`.
pub async fn read_triggers(caller: &Client) -> Result<v1::HandoffTriggers, Status> {
    let request = v1::GetHandoffTriggersRequest { name: triggers_name() };
    let found = caller.handoffs().get_handoff_triggers(request).await?.into_inner();
    Ok(found.handoff_triggers.expect("triggers"))
}

/// Sets these fields of them.
pub async fn set_triggers(
    caller: &Client,
    triggers: v1::HandoffTriggers,
    paths: &[&str],
) -> Result<v1::HandoffTriggers, Status> {
    let request = v1::UpdateHandoffTriggersRequest {
        handoff_triggers: Some(v1::HandoffTriggers { name: triggers_name(), ..triggers }),
        update_mask: Some(FieldMask { paths: paths.iter().map(|path| (*path).to_owned()).collect() }),
        ..Default::default()
    };
    let set = caller.handoffs().update_handoff_triggers(request).await?.into_inner();
    Ok(set.handoff_triggers.expect("triggers"))
}

/// Triggers with these phrases.
pub fn phrases(of: &[&str]) -> v1::HandoffTriggers {
    let phrases = of.iter().map(|phrase| (*phrase).to_owned()).collect();
    v1::HandoffTriggers { phrases, ..Default::default() }
}

/// A whole scene: `ava` with a runtime, a WhatsApp channel `wa` that routes to her, a chat that routes to nobody, `mia`.
pub struct Scene {
    pub app: App,
    pub ava: Client,
    pub mia: Client,
}

impl Scene {
    pub async fn start(database: TestDatabase) -> Self {
        let app = App::start(database).await;
        let ava = runtime(&app, "ava").await;
        let mia = app.agent("mia").await;
        app.channel("wa", v1::ChannelType::Whatsapp).await;
        app.channel("chat", v1::ChannelType::Chat).await;
        let target = v1::CustomerAgentTarget { customer_agent: agent_name("ava") };
        app.route_to("wa", Target::CustomerAgent(target)).await;
        // What is handed over waits for `mia`, who is away.
        let policy = to_people(v1::HandoffProcess::Live, &["mia"], &[]);
        set_policy(&app.root(), policy, &BASIC).await.expect("a policy");
        app.available("mia", false).await;
        Self { app, ava, mia }
    }

    /// A contact writes on the channel of the agent.
    pub async fn says(&self, who: &str, id: &str, text: &str) -> v1::IngestMessageResponse {
        self.says_on("wa", who, id, text).await
    }

    /// A contact writes on a channel.
    pub async fn says_on(&self, channel: &str, who: &str, id: &str, text: &str) -> v1::IngestMessageResponse {
        let mut request = talk::from(channel, &format!("{who}-{id}"), Point::Handle(who.to_owned()));
        request.message.as_mut().expect("a message").body = talk::text(text);
        self.app.ingest(request).await
    }

    /// A conversation that the agent has from its first message on, with the epoch.
    pub async fn given(&self, who: &str, text: &str) -> (String, i64) {
        let came = self.says(who, "1", text).await;
        let name = talk::conversation_of(&came);
        let (controller, epoch) = self.controller(&name).await;
        assert_eq!(controller, agent_name("ava"));
        (name, epoch)
    }

    /// A conversation that the agent never had.
    pub async fn people_only(&self, who: &str) -> String {
        talk::conversation_of(&self.says_on("chat", who, &format!("{who}-chat"), "Hello").await)
    }

    /// Who has control, and the epoch.
    pub async fn controller(&self, conversation: &str) -> (String, i64) {
        control(&self.mia, conversation).await
    }

    /// The agent answers under an epoch; who has control then.
    pub async fn answer(&self, conversation: &str, epoch: i64, text: &str) -> Result<(String, i64), Status> {
        let request = v1::SendMessageRequest { control_epoch: epoch, ..talk::reply(conversation, text) };
        let sent = self.ava.conversations().send_message(request).await?.into_inner();
        Ok(held(sent.controller))
    }

    /// A stream of the agent's turns.
    pub async fn watch(&self, token: &str) -> Turns {
        let request = v1::WatchTurnsRequest { name: agent_name("ava"), resume_token: token.to_owned() };
        Turns(self.ava.agents().watch_turns(request).await.expect("a stream").into_inner())
    }

    /// Works off what is due.
    pub async fn settle(&self) {
        self.app.running().worker.run_until_idle().await.expect("worked");
    }

    /// Reasons of the triggers that fired so far, one text per time.
    pub async fn fired(&self) -> Vec<String> {
        let of = |event: &v1::Event| {
            let field = event.fields.iter().find(|field| field.field == "reasons");
            field.map(|field| field.after.clone()).unwrap_or_default()
        };
        talk::events(&self.app, v1::EventType::HandoffTriggered).await.iter().map(of).collect()
    }

    /// The newest hand-off of a conversation.
    pub async fn handoff(&self, conversation: &str) -> String {
        let request = v1::ListHandoffsRequest {
            parent: crate::support::app::account(),
            filter: format!("conversation = \"{conversation}\""),
            page_size: 1,
            ..Default::default()
        };
        let found = self.mia.handoffs().list_handoffs(request).await.expect("hand-offs").into_inner().handoffs;
        found.into_iter().next().expect("a hand-off").name
    }

    /// What became of turns so far, in order.
    pub async fn turn_states(&self) -> Vec<String> {
        let of = |event: &v1::Event| event.fields[0].after.clone();
        talk::events(&self.app, v1::EventType::TurnChanged).await.iter().map(of).collect()
    }

    /// Credits used so far.
    pub async fn credits_used(&self) -> i64 {
        let request = v1::GetAccountRequest { name: crate::support::app::account() };
        let found = self.app.root().accounts().get_account(request).await.expect("an account").into_inner();
        found.account.expect("an account").subscription.expect("a subscription").credits_used
    }
}

/// A stream of turns.
pub struct Turns(tonic::Streaming<v1::WatchTurnsResponse>);

impl Turns {
    /// The next answer that is no sign of progress.
    pub async fn next(&mut self) -> v1::WatchTurnsResponse {
        loop {
            let answer = self.0.message().await.expect("no end").expect("an answer");
            if !answer.progress {
                return answer;
            }
        }
    }

    /// The next answer, whatever it is.
    pub async fn any(&mut self) -> v1::WatchTurnsResponse {
        self.0.message().await.expect("no end").expect("an answer")
    }

    /// The one open turn of the next answer.
    pub async fn turn(&mut self) -> v1::Turn {
        let answer = self.next().await;
        assert_eq!(answer.turns.len(), 1, "{answer:?}");
        answer.turns.into_iter().next().expect("a turn")
    }
}
