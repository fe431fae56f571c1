//! Scenes that many tests play: messages that come in, routing that is set, people who come and go.

use helpdesk::grpc::pb::access::Seat;
use helpdesk::grpc::pb::v1::{self, channel_routing::Target, inbound_sender::Point};
use prost_types::FieldMask;
use tonic::Status;

use super::app::{self, App, channel_name, team_name, user_name};

/// A message of `sender` on a channel.
pub fn message(channel: &str, external_id: &str, sender: &str, text: &str) -> v1::IngestMessageRequest {
    let sender = v1::InboundSender { point: Some(Point::Email(sender.to_owned())), ..v1::InboundSender::default() };
    let message = v1::InboundMessage {
        external_id: external_id.to_owned(),
        sender: Some(sender),
        body: Some(v1::RichText { text: text.to_owned(), ..v1::RichText::default() }),
        subject: text.to_owned(),
        ..v1::InboundMessage::default()
    };
    v1::IngestMessageRequest { channel: channel_name(channel), message: Some(message), ..Default::default() }
}

/// People as a routing target.
pub fn people(users: &[&str], teams: &[&str]) -> Target {
    Target::People(v1::PeopleTarget {
        users: users.iter().map(|id| user_name(id)).collect(),
        teams: teams.iter().map(|id| team_name(id)).collect(),
    })
}

impl App {
    /// Delivers a message through the adapter's key.
    pub async fn ingest(&self, request: v1::IngestMessageRequest) -> v1::IngestMessageResponse {
        self.machine().ingress().ingest_message(request).await.expect("the message is taken").into_inner()
    }

    /// A message that makes a ticket; returns the ticket.
    pub async fn arrives(&self, channel: &str, external_id: &str, sender: &str) -> v1::Ticket {
        let answer = self.ingest(message(channel, external_id, sender, "Where is my card?")).await;
        answer.ticket.expect("a ticket")
    }

    /// Sets where a channel's tickets go; every field of the routing is written that is given.
    pub async fn try_route(
        &self,
        channel: &str,
        routing: v1::ChannelRouting,
        paths: &[&str],
    ) -> Result<v1::UpdateChannelRoutingResponse, Status> {
        let name = format!("{}/routing", channel_name(channel));
        let request = v1::UpdateChannelRoutingRequest {
            channel_routing: Some(v1::ChannelRouting { name, ..routing }),
            update_mask: Some(FieldMask { paths: paths.iter().map(|path| (*path).to_owned()).collect() }),
            ..Default::default()
        };
        self.root().channels().update_channel_routing(request).await.map(tonic::Response::into_inner)
    }

    /// Sends a channel's tickets to a target.
    pub async fn route_to(&self, channel: &str, target: Target) {
        let path = match target {
            Target::Nobody(_) => "nobody",
            Target::People(_) => "people",
            Target::ContactOwner(_) => "contact_owner",
            Target::CustomerAgent(_) => "customer_agent",
        };
        let routing = v1::ChannelRouting { target: Some(target), ..v1::ChannelRouting::default() };
        self.try_route(channel, routing, &[path]).await.expect("the routing is saved");
    }

    /// Has an adapter deliver for a mail channel.
    pub async fn delivered_by_adapter(&self, channel: &str) {
        self.deliver(channel, v1::MailDelivery::Adapter).await;
    }

    /// Sets who delivers for a mail channel.
    pub async fn deliver(&self, channel: &str, delivery: v1::MailDelivery) {
        let email = v1::EmailConfig { delivery: delivery.into(), ..v1::EmailConfig::default() };
        let channel = v1::Channel {
            name: channel_name(channel),
            config: Some(v1::channel::Config::Email(email)),
            ..v1::Channel::default()
        };
        let update_mask = Some(FieldMask { paths: vec!["email.delivery".to_owned()] });
        let request = v1::UpdateChannelRequest { channel: Some(channel), update_mask, ..Default::default() };
        self.root().channels().update_channel(request).await.expect("the channel is changed");
    }

    /// Makes a user available or away.
    pub async fn available(&self, user: &str, available: bool) {
        let state = if available { v1::AvailabilityState::Available } else { v1::AvailabilityState::Away };
        let request = v1::SetAvailabilityRequest { name: user_name(user), state: state.into(), ..Default::default() };
        self.root().users().set_availability(request).await.expect("the availability is set");
    }

    /// Gives a user another seat.
    pub async fn seat(&self, user: &str, seat: Seat) {
        let request = v1::ChangeUserSeatRequest { name: user_name(user), seat: seat.into(), ..Default::default() };
        self.root().users().change_user_seat(request).await.expect("the seat is changed");
    }

    /// How many events the log has.
    pub async fn events_so_far(&self) -> usize {
        let request = v1::ListEventsRequest { parent: app::account(), page_size: 200, ..Default::default() };
        self.root().events().list_events(request).await.expect("a page").into_inner().events.len()
    }

    /// Closes a ticket.
    pub async fn close(&self, ticket: &str) {
        let request = v1::CloseTicketRequest { name: ticket.to_owned(), ..Default::default() };
        self.root().tickets().close_ticket(request).await.expect("the ticket is closed");
    }

    /// A contact with an address and an owner; `tracked` by the cookie `cookie-<id>` when asked.
    pub async fn contact(&self, email: &str, owner: &str, tracked: bool) -> v1::Contact {
        let owner = if owner.is_empty() { String::new() } else { user_name(owner) };
        let contact = v1::Contact {
            display_name: email.to_owned(),
            emails: vec![email.to_owned()],
            owner,
            ..v1::Contact::default()
        };
        let request = v1::CreateContactRequest { parent: app::account(), contact: Some(contact), ..Default::default() };
        let made = self.root().contacts().create_contact(request).await.expect("a contact").into_inner();
        let contact = made.contact.expect("a contact");
        if tracked {
            let request = v1::IdentifyVisitorRequest {
                parent: app::account(),
                cookie: format!("cookie-of-{email}"),
                contact: contact.name.clone(),
                ..Default::default()
            };
            self.root().contacts().identify_visitor(request).await.expect("the visitor is known");
        }
        contact
    }
}

/// A rule that asks for skills, for the tickets that a condition holds for.
pub fn rule(id: &str, condition: &str, skills: &[(&str, i32)]) -> v1::RoutingRule {
    let need = |(skill, min_level): &(&str, i32)| v1::SkillRequirement {
        skill: format!("{}/skills/{skill}", app::account()),
        min_level: *min_level,
        drop_after: None,
    };
    v1::RoutingRule {
        rule_id: id.to_owned(),
        condition: condition.to_owned(),
        skills: skills.iter().map(need).collect(),
        ..Default::default()
    }
}

impl App {
    /// Makes skills of one category.
    pub async fn skills(&self, ids: &[&str]) {
        for id in ids {
            let skill =
                v1::Skill { display_name: (*id).to_owned(), category: "Language".to_owned(), ..Default::default() };
            let request = v1::CreateSkillRequest {
                parent: app::account(),
                skill: Some(skill),
                skill_id: (*id).to_owned(),
                ..Default::default()
            };
            self.root().skills().create_skill(request).await.expect("a skill");
        }
    }

    /// Sets the skills of a person or a team, with their levels.
    pub async fn has_skills(&self, holder: &str, skills: &[(&str, i32)]) {
        let assignment = |(skill, level): &(&str, i32)| v1::SkillAssignment {
            skill: format!("{}/skills/{skill}", app::account()),
            level: *level,
        };
        let skills = skills.iter().map(assignment).collect();
        let request = v1::AssignSkillsRequest { name: holder.to_owned(), skills, ..Default::default() };
        self.root().skills().assign_skills(request).await.expect("the skills are set");
    }

    /// Sets the rules of a channel.
    pub async fn rules(&self, channel: &str, rules: Vec<v1::RoutingRule>) {
        let routing = v1::ChannelRouting { rules, ..Default::default() };
        self.try_route(channel, routing, &["rules"]).await.expect("the rules are saved");
    }

    /// Lets a channel's tickets wait in order, with a ramp of so many seconds.
    pub async fn queue(&self, channel: &str, ramp: i64) {
        let routing = v1::ChannelRouting {
            when_full: v1::WhenFull::Queue.into(),
            ramp: Some(prost_types::Duration { seconds: ramp, nanos: 0 }),
            ..Default::default()
        };
        self.try_route(channel, routing, &["when_full", "ramp"]).await.expect("the channel queues");
    }

    /// Limits how many open tickets a user gets.
    pub async fn capacity(&self, user: &str, capacity: v1::Capacity) {
        let user = v1::User { name: user_name(user), capacity: Some(capacity), ..Default::default() };
        let request = v1::UpdateUserRequest {
            user: Some(user),
            update_mask: Some(FieldMask { paths: vec!["capacity".to_owned()] }),
            ..Default::default()
        };
        self.root().users().update_user(request).await.expect("the capacity is set");
    }

    /// Limits how many open tickets a user gets, over all kinds of work.
    pub async fn limit(&self, user: &str, total: i32) {
        self.capacity(user, v1::Capacity { total_limit: Some(total), groups: Vec::new(), ..Default::default() }).await;
    }

    /// A ticket as it is now.
    pub async fn ticket_now(&self, name: &str) -> v1::Ticket {
        let request = v1::GetTicketRequest { name: name.to_owned() };
        self.root().tickets().get_ticket(request).await.expect("found").into_inner().ticket.expect("a ticket")
    }
}
