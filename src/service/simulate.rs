//! Trying routing out: the very same decisions, under assumptions, of which nothing stays (R-133 and the rest).
//!
//! A simulation is an operation of the account's lane that is always only validated: assumptions and tickets are written
//! into the world of the batch, decided on by the allocator itself, and rewound. Those who wait have their turn first where
//! what is assumed may free somebody: that, too, is what would then happen.

use std::collections::{BTreeMap, BTreeSet};

use super::channels::Tried;
use super::decisions::FoundDecision;
use super::desk::{Desk, UseCase};
use super::grant::Grant;
use super::routing::{route_found, serve_one, wanted};
use super::routing_now::{needs_to_route, needs_to_try};
use super::{Answer, Encoder, Service, WriteCall};
use crate::domain::channel::Channel;
use crate::domain::contact::PointKind;
use crate::domain::conversation::{Delivery, Direction, Message};
use crate::domain::event::Actor;
use crate::domain::ids::{ChannelId, ContactId, ConversationId, MessageId, SkillId, ThreadId, TicketNumber, UserId};
use crate::domain::life::{Life, Routed};
use crate::domain::names::Name;
use crate::domain::pipeline::first_status;
use crate::domain::property::Values;
use crate::domain::rejection::Rejection;
use crate::domain::routing::{CapacityGroup, Load, Outcome, RoutingCause};
use crate::domain::schedule::Source;
use crate::domain::ticket::{Priority, Ticket};
use crate::domain::time::Timestamp;
use crate::domain::user::User;
use crate::storage::lane::{Keys, World};

/// Decisions that an answer shows; the spread counts all.
const SHOWN: usize = 20;

/// What it is decided about.
#[derive(Debug, Clone)]
pub enum About {
    /// A stored ticket.
    Ticket(TicketNumber),
    /// One that is only imagined.
    Draft(Box<Draft>),
}

/// A ticket that is only imagined.
#[derive(Debug, Clone)]
pub struct Draft {
    /// The channel it came on.
    pub channel: ChannelId,
    /// Its subject.
    pub subject: String,
    /// What the first message says.
    pub text: String,
    /// How urgent.
    pub priority: Option<Priority>,
    /// Free category.
    pub category: String,
    /// Free tags.
    pub tags: BTreeSet<String>,
    /// Who wrote.
    pub contact: Option<ContactId>,
}

/// What is pretended of one person.
#[derive(Debug, Clone)]
pub struct Pretended {
    /// Who.
    pub user: UserId,
    /// Available or away; none as it is.
    pub available: Option<bool>,
    /// Open tickets, all of the kind of work that it is about; none as they are.
    pub open: Option<i64>,
    /// Skills, all of them; none as they are.
    pub skills: Option<BTreeMap<SkillId, u8>>,
}

/// A simulation.
#[derive(Debug, Clone)]
pub struct Simulate {
    /// What about.
    pub about: About,
    /// When; none is now.
    pub at: Option<Timestamp>,
    /// What is pretended of people.
    pub people: Vec<Pretended>,
    /// The routing that is tried; none is the channel's own.
    pub routing: Option<Tried>,
    /// How many alike tickets, one after another.
    pub repeat: usize,
}

/// What would have happened.
#[derive(Debug, Clone, PartialEq)]
pub struct Simulated {
    /// The first decisions.
    pub decisions: Vec<FoundDecision>,
    /// How many each person would have got.
    pub spread: BTreeMap<UserId, usize>,
    /// How many nobody would have got.
    pub unassigned: usize,
}

impl UseCase for Simulate {
    type Outcome = Simulated;

    fn needs(&self, world: &World, keys: &mut Keys) {
        keys.waiting = true;
        if let Some(tried) = &self.routing {
            tried.needs(keys);
        }
        match &self.about {
            About::Ticket(number) => {
                keys.tickets.insert(*number);
                needs_to_route(world, keys, *number);
                if let Some(tried) = &self.routing {
                    needs_to_try(world, keys, *number, tried.has_rules(world));
                }
            }
            About::Draft(draft) => keys.contacts.extend(draft.contact),
        }
    }

    fn decide(&self, desk: &mut Desk<'_, '_>) -> Result<Simulated, Rejection> {
        let frees = self.may_free(desk.session.now());
        self.pretend(desk)?;
        let (channel, pattern) = self.subject(desk)?;
        take_turns(desk, pattern.number, frees);
        let mut simulated = Simulated { decisions: Vec::new(), spread: BTreeMap::new(), unassigned: 0 };
        for _ in 0..self.repeat.max(1) {
            let number = TicketNumber(desk.world().head.last_ticket + 1);
            desk.session.world.head.last_ticket = number.0;
            desk.save_ticket(Ticket { number, owner: None, ..pattern.clone() });
            let found = route_found(desk, number, &channel, RoutingCause::Created);
            match &found.decision.decision.outcome {
                Outcome::Assigned(user) => *simulated.spread.entry(user.clone()).or_default() += 1,
                Outcome::LeftUnassigned(_) | Outcome::Queued(_) => simulated.unassigned += 1,
            }
            if simulated.decisions.len() < SHOWN {
                simulated.decisions.push(found);
            }
        }
        Ok(simulated)
    }
}

impl Simulate {
    /// Whether what is pretended may free somebody for those who wait now. Of a past moment nobody knows who waited.
    fn may_free(&self, now: Timestamp) -> bool {
        let other = self.at.is_some() || !self.people.is_empty() || self.routing.is_some();
        other && self.at.is_none_or(|at| at >= now)
    }

    /// The kind of work that it is about.
    fn group(&self, desk: &Desk<'_, '_>) -> CapacityGroup {
        let world = desk.world();
        let source = match &self.about {
            About::Ticket(number) => world.tickets.peek(number).and_then(|ticket| ticket.source),
            About::Draft(draft) => world.people().channels.get(&draft.channel).map(|channel| channel.kind),
        };
        CapacityGroup::of(source)
    }

    /// Writes what is pretended into the world, where it stays until the operation is rewound.
    fn pretend(&self, desk: &mut Desk<'_, '_>) -> Result<(), Rejection> {
        for (index, pretended) in self.people.iter().enumerate() {
            let (name, field) = (Name::User(pretended.user.clone()), format!("users[{index}].user"));
            let user = desk.world().people().users.get(&pretended.user).cloned();
            let missing = || Rejection::ReferenceNotFound { field, resource: desk.name(&name) };
            let mut user = user.ok_or_else(missing)?;
            if let Some(available) = pretended.available {
                user.set_state(available, Source::Own, None, desk.session.now());
                user.work.schedule.until = None;
            }
            if let Some(skills) = &pretended.skills {
                let known = &desk.world().people().skills;
                if let Some(unknown) = skills.keys().find(|skill| known.get(skill).is_none()) {
                    let resource = desk.name(&Name::Skill(unknown.clone()));
                    return Err(Rejection::ReferenceNotFound { field: format!("users[{index}].skills"), resource });
                }
                user.work.skills.clone_from(skills);
            }
            desk.session.world.people_mut().users.put(pretended.user.clone(), user);
            if let Some(open) = pretended.open {
                let mut load = Load { open: 0, calling: 0, messaging: 0, ..desk.world().load(&pretended.user) };
                load.change(self.group(desk), open);
                desk.session.world.set_load(&pretended.user, load);
            }
        }
        if let Some(at) = self.at {
            self.go_to(desk, at);
        }
        Ok(())
    }

    /// Lets it be another moment. Of a past one only hours and periods out of office are known, so they say who was there.
    fn go_to(&self, desk: &mut Desk<'_, '_>, at: Timestamp) {
        if at < desk.session.now() {
            let pretended = |id: &UserId| self.people.iter().any(|it| it.user == *id && it.available.is_some());
            let mut users: Vec<User> = desk.world().people().users.values().cloned().collect();
            users.retain(|user| !pretended(&user.id));
            for mut user in users {
                user.work.schedule.until = Some(at);
                desk.session.world.people_mut().users.put(user.id.clone(), user);
            }
        }
        desk.session.world.pretend_moment(at);
    }

    /// The channel, with the routing that is tried, and the ticket that is decided on.
    fn subject(&self, desk: &mut Desk<'_, '_>) -> Result<(Channel, Ticket), Rejection> {
        let (id, ticket) = match &self.about {
            About::Ticket(number) => {
                let name = desk.name(&Name::Ticket(*number));
                let missing = |_| Rejection::ReferenceNotFound { field: "ticket".to_owned(), resource: name };
                let ticket = desk.ticket(*number).map_err(missing)?;
                let refused =
                    || Rejection::TicketNotRoutable { ticket: desk.name(&Name::Ticket(*number)), cause: "NO_CHANNEL" };
                (ticket.channel.clone().ok_or_else(refused)?, Some(ticket))
            }
            About::Draft(draft) => (draft.channel.clone(), None),
        };
        let name = Name::Channel(id.clone());
        let channel = desk.world().people().channels.get(&id).cloned();
        let missing = || Rejection::ReferenceNotFound { field: "draft.channel".to_owned(), resource: desk.name(&name) };
        let mut channel = channel.ok_or_else(missing)?;
        if let Some(tried) = &self.routing {
            channel.routing = tried.of(desk, &channel)?;
        }
        desk.session.world.people_mut().channels.put(id, channel.clone());
        let ticket = match (&self.about, ticket) {
            (About::Draft(draft), _) => imagined(desk, &channel, draft)?,
            (_, Some(ticket)) => ticket,
            (About::Ticket(number), None) => return Err(desk.not_found(&Name::Ticket(*number))),
        };
        Ok((channel, Ticket { life: Life { routed: Routed::default(), ..ticket.life.clone() }, open: true, ..ticket }))
    }
}

/// Lets those who wait before the ticket have their turn, where somebody may be free for them. One that waits itself keeps
/// its place: it is behind neither itself nor those who came after it. A draft is behind all of them.
fn take_turns(desk: &mut Desk<'_, '_>, number: TicketNumber, frees: bool) {
    let waiting = desk.world().waiting();
    let place = waiting.iter().position(|ticket| ticket.number == number).unwrap_or(waiting.len());
    let (before, others) = waiting.split_at(place);
    if frees {
        serve(desk, before);
    }
    for ticket in others {
        set_waiting(desk, ticket, None);
    }
    // Further back than what is at hand of its line, it waits behind that.
    let own = desk.world().tickets.peek(&number).filter(|ticket| ticket.waits()).cloned();
    if let Some(own) = own {
        set_waiting(desk, &own, None);
    }
}

/// Serves these in order, as the queue does, but all at once. Where a line goes on behind what is at hand, the last of that
/// stays, so that nobody overtakes the rest.
fn serve(desk: &mut Desk<'_, '_>, waiting: &[Ticket]) {
    for ticket in waiting {
        let channel = ticket.channel.as_ref().and_then(|id| desk.world().people().channels.get(id)).cloned();
        let Some(channel) = channel else { continue };
        let demand = wanted(desk, ticket, &channel);
        if demand.is_some_and(|demand| desk.session.world.pool(&demand).is_empty()) {
            continue;
        }
        if serve_one(desk, ticket, &channel) && desk.world().waits_unread() {
            set_waiting(desk, ticket, ticket.life.routed.waiting_since);
        }
    }
}

/// Lets a ticket wait since then, or no longer, and nothing else.
fn set_waiting(desk: &mut Desk<'_, '_>, ticket: &Ticket, since: Option<Timestamp>) {
    let mut after = ticket.clone();
    after.life.routed.waiting_since = since;
    desk.session.world.head.waiting += if after.waits() { 1 } else { -1 };
    desk.session.world.tickets.put(after.number, after);
}

/// The ticket of a draft, with its first message.
fn imagined(desk: &mut Desk<'_, '_>, channel: &Channel, draft: &Draft) -> Result<Ticket, Rejection> {
    if let Some(id) = draft.contact.filter(|id| desk.world().contacts.get(id).is_none()) {
        let resource = desk.name(&Name::Contact(id));
        return Err(Rejection::ReferenceNotFound { field: "draft.contact".to_owned(), resource });
    }
    let conversation = ConversationId(desk.session.new_id());
    say(desk, channel, conversation, draft);
    let status = first_status(desk.world().people().statuses_of(&channel.pipeline), true).cloned();
    let status = status.ok_or_else(|| Rejection::Internal("a pipeline without open status".to_owned()))?;
    let now = desk.session.now();
    Ok(Ticket {
        number: TicketNumber(0),
        subject: draft.subject.clone(),
        description: String::new(),
        pipeline: status.pipeline.clone(),
        status: status.id.clone(),
        status_category: status.category,
        open: true,
        priority: draft.priority,
        category: draft.category.clone(),
        tags: draft.tags.clone(),
        properties: Values::default(),
        links: BTreeSet::new(),
        contact: draft.contact,
        owner: None,
        teams: BTreeSet::new(),
        channel: Some(channel.id.clone()),
        source: Some(channel.kind),
        conversations: vec![conversation],
        manual: false,
        unassigned_reason: None,
        creator: Actor::Visitor,
        close_time: None,
        first_assign_time: None,
        first_reply_time: None,
        last_reply_time: None,
        last_contact_message_time: Some(now),
        status_change_time: now,
        create_time: now,
        update_time: now,
        life: Life::default(),
        event_count: 0,
        version: 0,
    })
}

fn say(desk: &mut Desk<'_, '_>, channel: &Channel, conversation: ConversationId, draft: &Draft) {
    let (id, now) = (MessageId(desk.session.new_id()), desk.session.now());
    let contact = draft.contact.and_then(|id| desk.world().contacts.peek(&id));
    let mail = contact.and_then(|contact| contact.points.iter().find(|point| point.kind == PointKind::Email));
    let sender_address = mail.map(|point| point.value.clone()).unwrap_or_default();
    let message = Message {
        id,
        conversation,
        thread: ThreadId(desk.session.new_id()),
        channel: channel.id.clone(),
        direction: Direction::Inbound,
        sender: Actor::Visitor,
        sender_name: String::new(),
        sender_address,
        recipients: Vec::new(),
        subject: draft.subject.clone(),
        text: draft.text.clone(),
        html: String::new(),
        inserts: Vec::new(),
        attachments: Vec::new(),
        delivery: Delivery::Received,
        delivery_error: String::new(),
        external_id: None,
        mail_id: None,
        raw_sha256: None,
        auto_reply: false,
        bounce: false,
        forwarded: false,
        list: false,
        check: None,
        cuts: Vec::new(),
        bounce_of: None,
        delivery_time: None,
        delivery_tries: 0,
        control_epoch: 0,
        send_time: now,
        create_time: now,
        sequence: 0,
    };
    desk.session.world.messages.put(id, message);
}

/// Runs a simulation; nothing of it is stored.
///
/// # Errors
/// References to what does not exist, a ticket that is invisible or came from no channel.
pub async fn simulate(service: &Service, grant: &Grant, case: Simulate) -> Result<Simulated, Rejection> {
    let dry = WriteCall { validate_only: true, ..WriteCall::default() };
    let encoder = Encoder { respond: Box::new(|simulated, _| simulated), store: Box::new(|_| Vec::new()) };
    match service.write(grant, dry, case, encoder).await? {
        Answer::Fresh(simulated) => Ok(simulated),
        Answer::Replayed(_) => Err(Rejection::Internal("a simulation was kept".to_owned())),
    }
}
