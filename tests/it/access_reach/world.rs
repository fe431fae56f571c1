//! Accounts with one of everything, made through the API.

use std::collections::BTreeMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use base64::Engine as _;
use helpdesk::auth::Bearer;
use helpdesk::domain::ids::{AccountId, UserId};
use serde_json::{Value, json};

use super::cast::Cast;
use super::contract::{Rpc, rpc};
use super::wire::{self, Answer};
use crate::support::app::{ACCOUNT, App};
use crate::support::databases::TestDatabase;

/// A service with accounts that have one of everything.
pub struct World {
    pub app: App,
    /// Where the database is.
    pub url: String,
    keys: Mutex<BTreeMap<String, String>>,
}

impl World {
    /// A service with the account of the tests, empty but for its super admin.
    pub async fn start(database: TestDatabase) -> Self {
        let url = database.url.clone();
        let app = App::start(database).await;
        let keys = BTreeMap::from([(ACCOUNT.to_owned(), app.machine_key().to_owned())]);
        Self { app, url, keys: Mutex::new(keys) }
    }

    /// Makes another account.
    pub async fn account(&mut self, id: &str) {
        let key = self.app.new_account(id).await;
        self.remember_key(id, &key);
    }

    /// Takes an access key for one that calls, under a name: `acme/name`.
    pub fn remember_key(&self, name: &str, credential: &str) {
        self.keys().insert(name.to_owned(), credential.to_owned());
    }

    /// Whether an access key is kept under this name.
    pub fn knows(&self, name: &str) -> bool {
        self.keys().contains_key(name)
    }

    fn keys(&self) -> MutexGuard<'_, BTreeMap<String, String>> {
        self.keys.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The credential of `acme/mia`, of `acme/key` (the key that may do everything), or of `operator`.
    pub fn credential(&self, who: &str) -> String {
        let Some((account, person)) = who.split_once('/') else { return self.app.operator_token() };
        if person == "key" {
            return self.keys()[account].clone();
        }
        if let Some(key) = self.keys().get(who) {
            return key.clone();
        }
        let (account, user) = (AccountId::stored(account.to_owned()), UserId::stored(person.to_owned()));
        self.app.token(Bearer::User { account, user })
    }

    /// Calls an rpc as somebody.
    pub async fn ask(&self, who: &str, rpc: &Rpc, request: &Value) -> Answer {
        wire::ask(&self.app.wire(), rpc, &self.credential(who), request).await
    }

    /// Calls an rpc that must go through.
    pub async fn ok(&self, who: &str, name: &str, request: Value) -> Value {
        self.ask(who, &rpc(name), &request).await.done(&format!("{who} {name} {request}"))
    }

    /// Everything that an account has once: people, teams, channels, texts. Chosen ids end with the account's.
    pub async fn settings(&self, account: &str) -> Cast {
        let (root, parent) = (format!("{account}/root"), format!("accounts/{account}"));
        let named = |kind: &str, id: &str| format!("{parent}/{kind}/{id}-{account}");
        let mut cast = Cast::default();
        cast.set("account", &parent);
        cast.set("user", named("users", "ben"));
        cast.set("me", format!("{parent}/users/mia"));
        cast.set("gone_user", named("users", "gone"));
        for id in ["mia".to_owned(), format!("ben-{account}"), format!("gone-{account}")] {
            self.person(account, &id, &agent(&id, account)).await;
        }
        self.ok(&root, "UserService.DeactivateUser", json!({"name": named("users", "gone")})).await;
        for (part, id) in [("team", "team"), ("spare_team", "spare")] {
            let request = json!({"parent": parent, "team": {"display_name": id}, "team_id": format!("{id}-{account}")});
            self.ok(&root, "TeamService.CreateTeam", request).await;
            cast.set(part, named("teams", id));
        }
        let member = json!({"name": named("teams", "team"), "user": named("users", "ben")});
        self.ok(&root, "TeamService.AddTeamMember", member).await;
        self.channels(account, &mut cast).await;
        cast.set("pipeline", format!("{parent}/pipelines/support"));
        cast.set("status", format!("{parent}/pipelines/support/statuses/waiting-on-us"));
        cast.set("closed_status", format!("{parent}/pipelines/support/statuses/closed"));
        self.pipelines(account, &mut cast).await;
        let key = json!({"display_name": account, "permissions": ["PERMISSION_TICKETS_VIEW"]});
        let request = json!({"parent": parent, "access_key": key, "access_key_id": format!("key-{account}")});
        self.ok(&root, "AccessService.CreateAccessKey", request).await;
        cast.set("access_key", named("accessKeys", "key"));
        self.agents(account, &mut cast).await;
        let text = json!({"type": "TEXT_BLOCK_TYPE_SNIPPET", "display_name": account, "shortcut": "hi",
            "body": {"text": format!("{account} says hi")}});
        let request = json!({"parent": parent, "text_block": text, "text_block_id": format!("text-{account}")});
        self.ok(&root, "ContentService.CreateTextBlock", request).await;
        cast.set("text_block", named("textBlocks", "text"));
        cast.set("notification_settings", format!("{parent}/users/mia/notificationSettings"));
        self.calls(account, &mut cast).await;
        self.waiting(account, &mut cast).await;
        self.turns(account, &mut cast).await;
        self.workflows(account, &mut cast).await;
        let mail = "From: ann@customer.example\r\nSubject: Hello\r\n\r\nHello\r\n";
        let mail = self.upload(&format!("{account}/key"), cast.get("channel").expect("made"), mail).await;
        cast.set("mail_attachment", mail);
        let calling = cast.get("calling_channel").expect("made").to_owned();
        cast.set("recording", self.upload(&format!("{account}/key"), &calling, "OggS what was said").await);
        self.records(account, &mut cast).await;
        self.handoffs(account, &mut cast).await;
        cast
    }

    /// A workflow, and a ticket on its way through it.
    async fn workflows(&self, account: &str, cast: &mut Cast) {
        let (root, parent) = (format!("{account}/root"), format!("accounts/{account}"));
        let id = format!("workflow-{account}");
        let workflow = json!({"display_name": id, "steps": [{"step_id": "wait", "delay": "60s"}]});
        let request = json!({"parent": parent, "workflow": workflow, "workflow_id": id});
        self.ok(&root, "WorkflowService.CreateWorkflow", request).await;
        let name = format!("{parent}/workflows/{id}");
        self.ok(&root, "WorkflowService.TurnOnWorkflow", json!({"name": name})).await;
        let ticket = cast.get("queued_ticket").expect("made").to_owned();
        let share = json!({"user": cast.get("me"), "level": "SHARE_LEVEL_VIEW"});
        self.ok(&root, "TicketService.ShareTicket", json!({"name": ticket, "ticket_share": share})).await;
        let request = json!({"name": name, "ticket": ticket});
        let answer = self.ok(&root, "WorkflowService.EnrollTicket", request).await;
        cast.set("workflow_run", answer["run"]["name"].as_str().expect("a name"));
        cast.set("workflow", name);
        let status = cast.get("spare_status").expect("made").to_owned();
        let request = json!({"parent": status, "status_action": {"step": {"step_id": "act", "delay": "60s"}}});
        self.ok(&root, "PipelineService.CreateStatusAction", request).await;
        cast.set("status_action", format!("{status}/actions/act"));
        cast.set("email", format!("{parent}/textBlocks/ticket-received"));
    }

    /// Customer agents, one with a runtime: `acme/agent`.
    async fn agents(&self, account: &str, cast: &mut Cast) {
        let (root, parent) = (format!("{account}/root"), format!("accounts/{account}"));
        for (part, id) in [("customer_agent", "ava"), ("spare_customer_agent", "spare-agent")] {
            let id = format!("{id}-{account}");
            let agent = json!({"display_name": id});
            let request = json!({"parent": parent, "customer_agent": agent, "customer_agent_id": id});
            self.ok(&root, "CustomerAgentService.CreateCustomerAgent", request).await;
            cast.set(part, format!("{parent}/customerAgents/{id}"));
        }
        let key = json!({"display_name": "runtime", "permissions": ["PERMISSION_CUSTOMER_AGENTS_ACT"],
            "customer_agent": cast.get("customer_agent")});
        let request = json!({"parent": parent, "access_key": key, "access_key_id": format!("agent-{account}")});
        let made = self.ok(&root, "AccessService.CreateAccessKey", request).await;
        self.remember_key(&format!("{account}/agent"), made["secret"].as_str().expect("it is shown once"));
    }

    /// Conversations that the agent has, and some that it handed over: `user` is away, so they wait until `me` takes one.
    async fn handoffs(&self, account: &str, cast: &mut Cast) {
        let (root, key) = (format!("{account}/root"), format!("{account}/key"));
        let agent = cast.get("customer_agent").expect("made").to_owned();
        let words = json!([{"text": format!("{account} says wait")}]);
        let policy = json!({"name": format!("{agent}/handoffPolicy"), "process": "HANDOFF_PROCESS_LIVE",
            "same_targets": {"users": [cast.get("user")]}, "available_messages": words, "unavailable_messages": words});
        let mask = "process,sameTargets,availableMessages,unavailableMessages";
        let request = json!({"handoff_policy": policy, "update_mask": mask});
        self.ok(&root, "HandoffService.UpdateHandoffPolicy", request).await;
        cast.set("handoff_policy", format!("{agent}/handoffPolicy"));
        for (part, ticket) in [
            ("agent_conversation", "agent_ticket"),
            ("waiting_handoff", "waiting_ticket"),
            ("handoff", "handoff_ticket"),
        ] {
            let sender = json!({"handle": format!("{account}-{part}")});
            let message =
                json!({"external_id": part, "sender": sender, "body": {"text": format!("{account} asks-words")}});
            let request = json!({"channel": cast.get("chat_channel"), "message": message});
            let answer = self.ok(&key, "IngressService.IngestMessage", request).await;
            let message = answer["message"]["name"].as_str().expect("a message").to_owned();
            let conversation = message.split("/messages/").next().expect("a parent").to_owned();
            let name = answer["ticket"]["name"].as_str().expect("a ticket").to_owned();
            let share = json!({"user": cast.get("me"), "level": "SHARE_LEVEL_EDIT"});
            self.ok(&root, "TicketService.ShareTicket", json!({"name": name, "ticket_share": share})).await;
            cast.set(ticket, name);
            let request = json!({"conversation": conversation, "customer_agent": agent});
            self.ok(&root, "CustomerAgentService.AssignConversation", request).await;
            if part == "agent_conversation" {
                cast.set(part, conversation);
                continue;
            }
            let request = json!({"conversation": conversation, "reasons": [{"reason": "HANDOFF_REASON_REQUESTED"}]});
            let answer = self.ok(&root, "HandoffService.RequestHandoff", request).await;
            cast.set(part, answer["handoff"]["name"].as_str().expect("a name"));
        }
        let mia = format!("{account}/mia");
        self.ok(&mia, "HandoffService.AcceptHandoff", json!({"name": cast.get("handoff")})).await;
    }

    /// A conversation that the customer agent has, with a turn.
    async fn turns(&self, account: &str, cast: &mut Cast) {
        let (root, key) = (format!("{account}/root"), format!("{account}/key"));
        let sender = json!({"handle": format!("{account}-asks")});
        let message =
            json!({"external_id": "turn-1", "sender": sender, "body": {"text": format!("{account} asks-words")}});
        let request = json!({"channel": cast.get("inbox_channel"), "message": message});
        let answer = self.ok(&key, "IngressService.IngestMessage", request).await;
        let message = answer["message"]["name"].as_str().expect("a message").to_owned();
        let conversation = message.split("/messages/").next().expect("a parent").to_owned();
        let request = json!({"conversation": conversation, "customer_agent": cast.get("customer_agent")});
        self.ok(&root, "CustomerAgentService.AssignConversation", request).await;
        cast.set("turn", message.replace("/messages/", "/turns/"));
        cast.set("agent_conversation", conversation);
        let triggers = format!("{}/handoffTriggers", cast.get("customer_agent").expect("made"));
        cast.set("handoff_triggers", triggers);
    }

    async fn pipelines(&self, account: &str, cast: &mut Cast) {
        let parent = format!("accounts/{account}");
        cast.set("pipeline_automation", format!("{parent}/pipelines/support/automation"));
        let spare = format!("spare-{account}");
        let status = |id: &str, category: &str| {
            json!({"status_id": format!("{id}-{account}"), "display_name": id,
            "category": format!("STATUS_CATEGORY_{category}")})
        };
        let statuses = json!([status("one", "NEW"), status("two", "NEW"), status("three", "CLOSED")]);
        let request = json!({"parent": parent, "pipeline": {"display_name": spare}, "pipeline_id": spare,
            "initial_statuses": statuses});
        self.ok(&format!("{account}/root"), "PipelineService.CreatePipeline", request).await;
        let pipeline = format!("{parent}/pipelines/{spare}");
        for (part, id) in [("spare_status", "one"), ("other_spare_status", "two"), ("closed_spare_status", "three")] {
            cast.set(part, format!("{pipeline}/statuses/{id}-{account}"));
        }
        cast.set("spare_pipeline", pipeline);
    }

    /// Uploads a text as a file of a conversation, ticket or channel; returns the attachment.
    pub async fn upload(&self, who: &str, parent: &str, text: &str) -> String {
        let header = json!({"parent": parent, "filename": "note.txt"});
        let chunk = base64::engine::general_purpose::STANDARD.encode(text);
        let request = json!([{"header": header}, {"chunk": chunk}]);
        let answer = self.ok(who, "AttachmentService.UploadAttachment", request).await;
        answer["attachment"]["name"].as_str().expect("a name").to_owned()
    }

    /// Adds a person.
    pub async fn person(&self, account: &str, id: &str, user: &Value) {
        let request = json!({"parent": format!("accounts/{account}"), "user": user, "user_id": id});
        self.ok(&format!("{account}/root"), "UserService.CreateUser", request).await;
    }

    async fn channels(&self, account: &str, cast: &mut Cast) {
        let (root, parent) = (format!("{account}/root"), format!("accounts/{account}"));
        for (part, id, kind) in [
            ("channel", "mail", "CHANNEL_TYPE_EMAIL"),
            ("chat_channel", "chat", "CHANNEL_TYPE_CHAT"),
            ("spare_channel", "spare", "CHANNEL_TYPE_FORM"),
            ("inbox_channel", "inbox", "CHANNEL_TYPE_CHAT"),
            ("queue_channel", "queue", "CHANNEL_TYPE_FORM"),
            ("calling_channel", "calling", "CHANNEL_TYPE_CALLING"),
        ] {
            let id = format!("{id}-{account}");
            let mut channel =
                json!({"display_name": id, "type": kind, "pipeline": format!("{parent}/pipelines/support")});
            if part == "channel" {
                channel["email"] =
                    json!({"address": format!("{id}@{account}.example"), "delivery": "MAIL_DELIVERY_ADAPTER"});
            }
            channel["creates_tickets"] = json!(part != "inbox_channel");
            let request = json!({"parent": parent, "channel": channel, "channel_id": id});
            self.ok(&root, "ChannelService.CreateChannel", request).await;
            cast.set(part, format!("{parent}/channels/{id}"));
        }
        cast.set("channel_routing", format!("{parent}/channels/spare-{account}/routing"));
        cast.set("routing_version", format!("{parent}/channels/queue-{account}/routingVersions/2"));
    }

    /// Calls that ring at the user, and when the user works.
    async fn calls(&self, account: &str, cast: &mut Cast) {
        let (root, key) = (format!("{account}/root"), format!("{account}/key"));
        let routing = json!({"name": format!("{}/routing", cast.get("calling_channel").expect("made")),
            "people": {"users": [cast.get("user")]}});
        let request = json!({"channel_routing": routing, "update_mask": "people"});
        self.ok(&root, "ChannelService.UpdateChannelRouting", request).await;
        for (part, id) in [("call", "call-1"), ("other_call", "call-2")] {
            let request = json!({"channel": cast.get("calling_channel"), "external_id": id});
            let answer = self.ok(&key, "CallService.RouteCall", request).await;
            cast.set(part, answer["call"]["name"].as_str().expect("a name"));
        }
        let schedule = format!("{}/workSchedule", cast.get("user").expect("made"));
        cast.set("work_schedule", schedule);
    }

    /// A conversation without ticket, and a ticket that waits: its channel routes to somebody who is away.
    async fn waiting(&self, account: &str, cast: &mut Cast) {
        let (root, key) = (format!("{account}/root"), format!("{account}/key"));
        let away = json!({"name": cast.get("user"), "state": "AVAILABILITY_STATE_AWAY"});
        self.ok(&root, "UserService.SetAvailability", away).await;
        let routing = json!({"name": format!("{}/routing", cast.get("queue_channel").expect("made")),
            "people": {"users": [cast.get("user")]}, "when_full": "WHEN_FULL_QUEUE"});
        let request = json!({"channel_routing": routing, "update_mask": "people,whenFull"});
        self.ok(&root, "ChannelService.UpdateChannelRouting", request).await;
        for (channel, number) in [("inbox_channel", "inbox-1"), ("queue_channel", "queue-1")] {
            let sender = match number {
                "inbox-1" => json!({"handle": format!("{account}-visitor")}),
                _ => json!({"email": format!("waits@{account}.example")}),
            };
            let message =
                json!({"external_id": number, "sender": sender, "body": {"text": format!("{account} waits-words")}});
            let request = json!({"channel": cast.get(channel), "message": message});
            let answer = self.ok(&key, "IngressService.IngestMessage", request).await;
            let message = answer["message"]["name"].as_str().expect("a message").to_owned();
            if channel == "inbox_channel" {
                cast.set("inbox_conversation", message.split("/messages/").next().expect("a parent"));
            } else {
                cast.set("queued_ticket", answer["ticket"]["name"].as_str().expect("a ticket"));
            }
        }
    }

    async fn records(&self, account: &str, cast: &mut Cast) {
        let (root, parent) = (format!("{account}/root"), format!("accounts/{account}"));
        let skill = json!({"parent": parent, "skill": {"display_name": account, "category": "Language"}, "skill_id": format!("skill-{account}")});
        self.ok(&root, "SkillService.CreateSkill", skill).await;
        cast.set("skill", format!("{parent}/skills/skill-{account}"));
        let property = json!({"type": "PROPERTY_TYPE_TEXT", "display_name": account});
        let id = format!("property_{account}");
        let property = json!({"parent": parent, "ticket_property": property, "ticket_property_id": id});
        self.ok(&root, "TicketPropertyService.CreateTicketProperty", property).await;
        cast.set("ticket_property", format!("{parent}/ticketProperties/{id}"));
        cast.set("ticket_form", format!("{parent}/ticketForm"));
        let contact = json!({"parent": parent, "contact": {"display_name": format!("{account} spare")}});
        let contact = self.ok(&root, "ContactService.CreateContact", contact).await;
        cast.set("spare_contact", contact["contact"]["name"].as_str().expect("a name"));
        let company = json!({"parent": parent, "company": {"display_name": format!("{account} company")}});
        let company = self.ok(&root, "CompanyService.CreateCompany", company).await;
        cast.set("company", company["company"]["name"].as_str().expect("a name"));
        let about = json!([cast.get("company")]);
        let activity = json!({"kind": "ACTIVITY_KIND_NOTE", "subject": format!("{account} note"), "companies": about});
        let activity = json!({"parent": parent, "activity": activity});
        let activity = self.ok(&root, "ActivityService.CreateActivity", activity).await;
        cast.set("activity", activity["activity"]["name"].as_str().expect("a name"));
        let deal = json!({"parent": parent, "deal": {"display_name": format!("{account} deal")}});
        let deal = self.ok(&root, "DealService.CreateDeal", deal).await;
        cast.set("deal", deal["deal"]["name"].as_str().expect("a name"));
    }
}

/// A person with a Service seat who sees every ticket.
pub fn agent(id: &str, account: &str) -> Value {
    let all = json!({"level": "ACCESS_LEVEL_ALL", "include_unassigned": true});
    json!({
        "display_name": format!("{id} of {account}"), "email": format!("{id}@{account}.example"), "seat": "SEAT_SERVICE",
        "account_access": true, "customer_agent_editor": true, "ticket_view": all, "ticket_edit": all, "ticket_delete": all,
    })
}
