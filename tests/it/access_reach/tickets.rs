//! One of everything that hangs on tickets, made through the API.

use serde_json::{Value, json};

use super::cast::Cast;
use super::contract::rpc;
use super::wire::Answer;
use super::world::World;

/// Whose tickets, and who works on them.
pub struct Plan<'a> {
    pub account: &'a str,
    /// Stands in every text, as `{label}-words`.
    pub label: &'a str,
    /// Who writes comments and drafts, and is told.
    pub author: &'a str,
    /// Who owns the tickets at the end; nobody where it is empty.
    pub owner: &'a str,
    /// The teams that they are assigned to at the end.
    pub teams: &'a [&'a str],
}

impl Plan<'_> {
    fn parent(&self) -> String {
        format!("accounts/{}", self.account)
    }

    fn root(&self) -> String {
        format!("{}/root", self.account)
    }

    fn key(&self) -> String {
        format!("{}/key", self.account)
    }

    fn by_author(&self) -> String {
        format!("{}/{}", self.account, self.author)
    }

    fn words(&self) -> Value {
        json!({"text": format!("{}-words", self.label)})
    }
}

impl World {
    /// Tickets in every state, with conversations, comments, drafts, decisions, events and notifications.
    pub async fn tickets(&self, plan: &Plan<'_>) -> Cast {
        let mut cast = Cast::default();
        let first = self.arrives(plan, "mail", "1").await;
        let (ticket, conversation) = (text(&first["ticket"]["name"]), conversation(&first));
        cast.set("ticket", &ticket);
        cast.set("conversation", &conversation);
        cast.set("message", text(&first["message"]["name"]));
        cast.set("thread", text(&first["message"]["thread"]));
        cast.set("contact", text(&first["ticket"]["contact"]));
        let decisions = self.ok(&plan.root(), "RoutingService.ListRoutingDecisions", json!({"parent": ticket})).await;
        cast.set("decision", text(&decisions["routing_decisions"][0]["name"]));
        for (part, number) in [("other_ticket", "2"), ("closed_ticket", "3"), ("deleted_ticket", "4")] {
            cast.set(part, text(&self.arrives(plan, "mail", number).await["ticket"]["name"]));
        }
        self.chats(plan, &mut cast).await;
        let reply = json!({"parent": conversation, "message": {"body": plan.words()}});
        let reply = self.ok(&plan.key(), "ConversationService.SendMessage", reply).await;
        cast.set("outbound_message", text(&reply["message"]["name"]));
        self.event(plan, &mut cast).await;
        let cast = self.personal(plan, cast).await;
        self.hand_over(plan, &cast).await;
        let close = |part: &str| json!({"name": cast.get(part)});
        self.ok(&plan.root(), "TicketService.CloseTicket", close("closed_ticket")).await;
        self.ok(&plan.root(), "TicketService.DeleteTicket", close("deleted_ticket")).await;
        cast
    }

    async fn arrives(&self, plan: &Plan<'_>, channel: &str, number: &str) -> Value {
        let mut sender = json!({"display_name": plan.label});
        match channel {
            "mail" => sender["email"] = json!(format!("{}@customer.example", plan.label)),
            _ if number == "5" => sender["cookie"] = json!(format!("the cookie of {}", plan.label)),
            _ => sender["handle"] = json!(format!("{}-handle", plan.label)),
        }
        let message = json!({
            "external_id": format!("{}-{number}", plan.label), "subject": format!("{}-words", plan.label),
            "sender": sender, "body": plan.words(),
        });
        let channel = format!("{}/channels/{channel}-{}", plan.parent(), plan.account);
        self.ok(&plan.key(), "IngressService.IngestMessage", json!({"channel": channel, "message": message})).await
    }

    async fn chats(&self, plan: &Plan<'_>, cast: &mut Cast) {
        let visitor = self.arrives(plan, "chat", "5").await;
        cast.set("visitor_message", text(&visitor["message"]["name"]));
        cast.set("visitor_ticket", text(&visitor["ticket"]["name"]));
        let chat = self.arrives(plan, "chat", "6").await;
        cast.set("chat_ticket", text(&chat["ticket"]["name"]));
        let thread = text(&chat["message"]["thread"]);
        self.ok(&plan.root(), "ConversationService.CloseThread", json!({"name": thread})).await;
        cast.set("closed_thread", thread);
        let ticket = json!({"subject": format!("{}-words", plan.label), "pipeline": format!("{}/pipelines/support", plan.parent()),
            "status": format!("{}/pipelines/support/statuses/new", plan.parent())});
        let made = json!({"parent": plan.parent(), "ticket": ticket});
        let made = self.ok(&plan.key(), "TicketService.CreateTicket", made).await;
        cast.set("manual_ticket", text(&made["ticket"]["name"]));
    }

    /// What the author writes, keeps and is told on the first ticket of a cast.
    pub async fn personal(&self, plan: &Plan<'_>, mut cast: Cast) -> Cast {
        let by = plan.by_author();
        let conversation = cast.get("conversation").expect("it is made").to_owned();
        let comment = json!({"parent": conversation, "comment": {"body": plan.words()}});
        let comment = self.ok(&by, "ConversationService.CreateComment", comment).await;
        cast.set("comment", text(&comment["comment"]["name"]));
        let words = format!("{}-words", plan.label);
        cast.set("attachment", self.upload(&by, &conversation, &words).await);
        if plan.author == "key" {
            return cast;
        }
        let me = format!("{}/users/{}", plan.parent(), plan.author);
        cast.set("me", &me);
        cast.set("notification_settings", format!("{me}/notificationSettings"));
        let draft = json!({"parent": conversation, "draft": {"body": plan.words()}});
        let draft = self.ok(&by, "ConversationService.SaveDraft", draft).await;
        cast.set("draft", text(&draft["draft"]["name"]));
        cast.set("view", self.view(plan).await);
        self.told(plan, &mut cast).await;
        cast
    }

    /// A view of the author's own; who may not make one has a view that everybody has.
    async fn view(&self, plan: &Plan<'_>) -> String {
        let view = json!({"display_name": format!("{}-words", plan.label), "scope": "TICKET_VIEW_SCOPE_PRIVATE"});
        let id = format!("view-{}-{}", plan.author, plan.label).replace('_', "-");
        let request = json!({"parent": plan.parent(), "ticket_view": view, "ticket_view_id": id});
        match self.ask(&plan.by_author(), &rpc("TicketViewService.CreateTicketView"), &request).await {
            Answer::Done(made) => text(&made["ticket_view"]["name"]),
            Answer::Refused { .. } => format!("{}/ticketViews/following", plan.parent()),
        }
    }

    async fn told(&self, plan: &Plan<'_>, cast: &mut Cast) {
        let by = if plan.author == "root" { format!("{0}/ben-{0}", plan.account) } else { plan.root() };
        let body = json!({"text": format!("@{} {}-words", plan.author, plan.label)});
        let comment = json!({"parent": cast.get("conversation"), "comment": {"body": body}});
        self.ok(&by, "ConversationService.CreateComment", comment).await;
        let list = json!({"parent": format!("{}/users/{}", plan.parent(), plan.author)});
        let found = self.ok(&plan.by_author(), "NotificationService.ListNotifications", list).await;
        let about = |it: &&Value| it["ticket"].as_str() == cast.get("ticket");
        let notification = list_of(&found["notifications"]).iter().find(about).map(|it| text(&it["name"]));
        cast.set("notification", notification.expect("the author is told"));
    }

    /// The first event of the first ticket of a cast.
    async fn event(&self, plan: &Plan<'_>, cast: &mut Cast) {
        let filter = format!("ticket = \"{}\"", cast.get("ticket").expect("it is made"));
        let list = json!({"parent": plan.parent(), "event_filter": {"filter": filter}});
        let found = self.ok(&plan.root(), "EventService.ListEvents", list).await;
        cast.set("event", text(&found["events"][0]["name"]));
    }

    async fn hand_over(&self, plan: &Plan<'_>, cast: &Cast) {
        for part in TICKETS {
            let name = cast.get(part).expect("it is made");
            if plan.owner.is_empty() && plan.teams.is_empty() {
                self.ok(&plan.root(), "TicketService.UnassignTicket", json!({"name": name})).await;
                continue;
            }
            let mut request = json!({"name": name});
            if !plan.owner.is_empty() {
                request["owner"] = json!(format!("{}/users/{}", plan.parent(), plan.owner));
            }
            if !plan.teams.is_empty() {
                let team = |id: &&str| json!(format!("{}/teams/{id}", plan.parent()));
                request["teams"] = plan.teams.iter().map(team).collect();
            }
            self.ok(&plan.root(), "TicketService.AssignTicket", request).await;
        }
    }
}

/// The parts that are tickets.
pub const TICKETS: [&str; 7] =
    ["ticket", "other_ticket", "closed_ticket", "deleted_ticket", "visitor_ticket", "chat_ticket", "manual_ticket"];

fn list_of(value: &Value) -> &[Value] {
    value.as_array().map_or(&[], Vec::as_slice)
}

fn text(value: &Value) -> String {
    value.as_str().unwrap_or_else(|| panic!("no text: {value}")).to_owned()
}

fn conversation(answer: &Value) -> String {
    let message = text(&answer["message"]["name"]);
    message.split("/messages/").next().expect("a parent").to_owned()
}
