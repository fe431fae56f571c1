//! Random tickets, contacts and events, in two accounts with the same numbers.

use std::collections::BTreeSet;

use helpdesk::domain::channel::ChannelKind;
use helpdesk::domain::contact::{Contact, Point, PointKind};
use helpdesk::domain::event::{Actor, Event, EventType};
use helpdesk::domain::filter::schema::{ContactField, TicketField};
use helpdesk::domain::filter::{PropertyField, Record, Value};
use helpdesk::domain::ids::{
    AccountId, ActivityId, ChannelId, CompanyId, ContactId, DealId, PipelineId, StatusId, TeamId, TicketNumber, UserId,
};
use helpdesk::domain::life::{Area, Life};
use helpdesk::domain::links::{RecordKind, RecordRef};
use helpdesk::domain::pipeline::StatusCategory;
use helpdesk::domain::routing::UnassignedReason;
use helpdesk::domain::share::{Grantee, Share, ShareLevel};
use helpdesk::domain::ticket::{Priority, Ticket};
use helpdesk::domain::time::Timestamp;
use helpdesk::storage::dialect::RowsVerb;
use helpdesk::storage::rows::{
    Stored, contact_point, ticket_follower, ticket_record, ticket_share, ticket_tag, ticket_team, ticket_value,
};
use helpdesk::storage::write_rows;
use sea_orm::{DatabaseConnection, EntityTrait, ModelTrait};

use super::dice::Dice;
use super::{properties, surroundings};

/// When the filters are asked.
pub const NOW: Timestamp = Timestamp::from_micros(1_767_268_800_000_000);

/// Times that records and filters have in common.
pub const TIMES: [&str; 4] =
    ["2026-01-01T12:00:00Z", "2026-01-01T11:59:59Z", "2026-01-01T10:00:00.000001Z", "2026-01-01T10:00:00+00:00"];

/// Contacts that tickets point to.
pub const CONTACTS: [&str; 2] = ["01890a5d-ac96-774b-bcce-b302099a8057", "01890a5d-ac96-774b-bcce-b302099a8058"];

/// Companies, deals and activities that tickets are associated with.
pub const RECORDS: [&str; 2] = ["01890a5d-ac96-774b-bcce-b302099a8059", "01890a5d-ac96-774b-bcce-b302099a805a"];

/// How many records of each resource and account there are.
const COUNT: i64 = 60;

/// A record with the number that tells it apart.
pub trait Numbered {
    fn number(&self) -> i64;
}

/// The records of account `acme`.
pub struct Sets {
    pub tickets: Vec<TicketSample>,
    pub contacts: Vec<ContactSample>,
    pub events: Vec<Event>,
}

/// A ticket.
pub struct TicketSample(Ticket);

/// A contact; told apart by its time of creation.
pub struct ContactSample(Contact);

/// Makes the records and writes them.
pub async fn insert(db: &DatabaseConnection, dice: &mut Dice) -> Sets {
    account(db, dice, "other").await;
    account(db, dice, "acme").await
}

async fn account(db: &DatabaseConnection, dice: &mut Dice, name: &str) -> Sets {
    let account = AccountId::stored(name);
    surroundings::insert(db, &account).await;
    let contacts: Vec<Contact> = (0..COUNT).map(|number| contact(dice, number)).collect();
    write(db, &account, &contacts).await;
    let tickets: Vec<Ticket> = (1..=COUNT).map(|number| ticket(dice, number)).collect();
    write(db, &account, &tickets).await;
    let events: Vec<Event> = (1..=COUNT).map(|number| event(dice, number)).collect();
    write(db, &account, &events).await;
    lists(db, &account, &tickets, &contacts).await;
    write(db, &account, &properties::all()).await;
    let said = |ticket: &Ticket| -> Vec<ticket_value::Model> {
        let values = ticket.properties.iter();
        values.flat_map(|(id, value)| ticket_value::rows(&account, ticket.number.0, id, value)).collect()
    };
    write_all::<ticket_value::Entity>(db, &tickets.iter().flat_map(said).collect::<Vec<_>>()).await;
    Sets {
        tickets: tickets.into_iter().map(TicketSample).collect(),
        contacts: contacts.into_iter().map(ContactSample).collect(),
        events,
    }
}

pub async fn write<T: Stored>(db: &DatabaseConnection, account: &AccountId, values: &[T]) {
    let rows: Vec<_> = values.iter().map(|value| value.to_row(account)).collect();
    write_all::<T::Table>(db, &rows).await;
}

async fn write_all<E>(db: &DatabaseConnection, rows: &[E::Model])
where
    E: EntityTrait,
    E::Model: ModelTrait<Entity = E> + Send + Sync,
{
    write_rows::<E>(db, RowsVerb::Insert, rows).await.expect("the rows are valid");
}

async fn lists(db: &DatabaseConnection, account: &AccountId, tickets: &[Ticket], contacts: &[Contact]) {
    let (mut tags, mut teams, mut points) = (Vec::new(), Vec::new(), Vec::new());
    let (mut followers, mut shares) = (Vec::new(), Vec::new());
    let linked = |ticket: &Ticket, record: RecordRef| ticket_record::Model {
        account_id: account.to_string(),
        kind: record.kind().code().to_owned(),
        record_id: record.uuid(),
        number: ticket.number.0,
    };
    let records = tickets.iter().flat_map(|ticket| ticket.records().map(|record| linked(ticket, record)));
    write_all::<ticket_record::Entity>(db, &records.collect::<Vec<_>>()).await;
    for ticket in tickets {
        let Ticket { number, tags: own_tags, teams: own_teams, .. } = ticket;
        let (account_id, number) = (account.to_string(), number.0);
        let tag = |tag: &String| ticket_tag::Model { account_id: account_id.clone(), tag: tag.clone(), number };
        tags.extend(own_tags.iter().map(tag));
        let team = |team: &TeamId| ticket_team::Model::new(account_id.clone(), team, ticket);
        teams.extend(own_teams.iter().map(team));
    }
    for Ticket { number, life, .. } in tickets {
        let (account_id, number) = (account.to_string(), number.0);
        let follower = |user: &UserId| ticket_follower::Model {
            account_id: account_id.clone(),
            user_id: user.to_string(),
            number,
        };
        followers.extend(life.followers.keys().map(follower));
        let share = |share: &Share| ticket_share::Model {
            account_id: account_id.clone(),
            kind: if matches!(share.grantee, Grantee::User(_)) { "user" } else { "team" }.to_owned(),
            grantee_id: match &share.grantee {
                Grantee::User(id) => id.to_string(),
                Grantee::Team(id) => id.to_string(),
            },
            number,
            level: share.level.code().to_owned(),
        };
        shares.extend(life.shares.iter().map(share));
    }
    for contact in contacts {
        points.extend(contact.points.iter().map(|point| contact_point::Model {
            account_id: account.to_string(),
            kind: point.kind.code().to_owned(),
            value: point.value.clone(),
            contact_id: contact.id.0,
        }));
    }
    write_all::<ticket_tag::Entity>(db, &tags).await;
    write_all::<ticket_team::Entity>(db, &teams).await;
    write_all::<ticket_follower::Entity>(db, &followers).await;
    write_all::<ticket_share::Entity>(db, &shares).await;
    write_all::<contact_point::Entity>(db, &points).await;
}

fn time(dice: &mut Dice) -> Timestamp {
    Timestamp::parse_rfc3339(dice.pick(&TIMES)).expect("valid")
}

fn owner(dice: &mut Dice) -> Option<UserId> {
    dice.maybe(&["mia", "bob"]).map(UserId::stored)
}

fn ticket(dice: &mut Dice, number: i64) -> Ticket {
    let mut ticket = plain_ticket(dice, number);
    for _ in 0..dice.below(4) {
        let id = uuid::Uuid::try_parse(dice.pick(&RECORDS)).expect("valid");
        let record = match dice.below(4) {
            0 => RecordRef::Contact(ContactId::parse(dice.pick(&CONTACTS)).expect("valid")),
            1 => RecordRef::Company(CompanyId(id)),
            2 => RecordRef::Deal(DealId(id)),
            _ => RecordRef::Activity(ActivityId(id)),
        };
        ticket.associate(record);
    }
    ticket
}

fn plain_ticket(dice: &mut Dice, number: i64) -> Ticket {
    Ticket {
        number: TicketNumber(number),
        subject: dice.text(),
        description: dice.lines(),
        pipeline: PipelineId::stored(dice.pick(&["support", "sales"])),
        status: StatusId::stored(dice.pick(&["new", "done"])),
        status_category: *dice.pick(&StatusCategory::ALL.iter().collect::<Vec<_>>()),
        open: dice.once_in(2),
        priority: dice.maybe(&Priority::ALL.iter().collect::<Vec<_>>()).copied(),
        category: dice.text(),
        tags: (0..dice.below(3)).map(|_| format!("{}a", dice.text())).collect(),
        properties: properties::values(dice),
        contact: dice.maybe(&CONTACTS).map(|id| ContactId::parse(id).expect("valid")),
        links: BTreeSet::new(),
        owner: owner(dice),
        teams: (0..dice.below(3)).map(|_| TeamId::stored(dice.pick(&["red", "blue", "green"]))).collect(),
        channel: dice.maybe(&["mail", "chat"]).map(ChannelId::stored),
        source: dice.maybe(&ChannelKind::ALL.iter().collect::<Vec<_>>()).copied(),
        manual: dice.once_in(2),
        conversations: vec![],
        unassigned_reason: dice.maybe(&UnassignedReason::ALL.iter().collect::<Vec<_>>()).copied(),
        creator: Actor::Visitor,
        close_time: dice.once_in(2).then(|| time(dice)),
        first_assign_time: None,
        first_reply_time: None,
        last_reply_time: None,
        last_contact_message_time: None,
        status_change_time: NOW,
        create_time: time(dice),
        update_time: time(dice),
        life: life(dice),
        event_count: 0,
        version: 1,
    }
}

fn life(dice: &mut Dice) -> Life {
    let mut life = Life {
        merged_into: dice.once_in(3).then_some(TicketNumber(1)),
        split_from: dice.once_in(3).then_some(TicketNumber(2)),
        delete_time: dice.once_in(3).then(|| time(dice)),
        purge_time: None,
        spam_time: dice.once_in(3).then(|| time(dice)),
        area: *dice.pick(&Area::ALL.iter().collect::<Vec<_>>()),
        ..Life::default()
    };
    life.followers.extend(owner(dice).map(|user| (user, NOW)));
    let team = dice.maybe(&["red", "blue"]).map(|id| Grantee::Team(TeamId::stored(id)));
    for grantee in owner(dice).map(Grantee::User).into_iter().chain(team) {
        life.put_share(Share { grantee, level: ShareLevel::View, sharer: Actor::Visitor, share_time: NOW });
    }
    life
}

impl Numbered for TicketSample {
    fn number(&self) -> i64 {
        self.0.number.0
    }
}

impl Record for TicketSample {
    type Field = TicketField;

    fn value(&self, field: TicketField) -> Value<'_> {
        let Self(ticket) = self;
        match field {
            TicketField::Number => Value::Number(ticket.number.0),
            TicketField::Subject => Value::from(ticket.subject.as_str()),
            TicketField::Description => Value::from(ticket.description.as_str()),
            TicketField::Pipeline => Value::from(ticket.pipeline.as_str()),
            TicketField::Status => Value::from(ticket.status.as_str()),
            TicketField::StatusCategory => Value::from(ticket.status_category.code()),
            TicketField::State => Value::Bool(ticket.open),
            TicketField::Priority => Value::from(ticket.priority.map(Priority::code)),
            TicketField::Category => Value::from(ticket.category.as_str()),
            TicketField::Tags => Value::List(ticket.tags.iter().map(|tag| Value::from(tag.as_str())).collect()),
            TicketField::Contact => linked(ticket, RecordKind::Contact),
            TicketField::Company => linked(ticket, RecordKind::Company),
            TicketField::Deal => linked(ticket, RecordKind::Deal),
            TicketField::Activity => linked(ticket, RecordKind::Activity),
            TicketField::Owner => Value::from(ticket.owner.as_ref().map(UserId::as_str)),
            TicketField::Team => Value::List(ticket.teams.iter().map(|team| Value::from(team.as_str())).collect()),
            TicketField::Channel => Value::from(ticket.channel.as_ref().map(ChannelId::as_str)),
            TicketField::Source => Value::from(ticket.source.map(ChannelKind::code)),
            TicketField::Manual => Value::Bool(ticket.manual),
            TicketField::CreateTime => Value::Time(ticket.create_time),
            TicketField::UpdateTime => Value::Time(ticket.update_time),
            TicketField::CloseTime => Value::from(ticket.close_time),
            TicketField::UnassignedReason => Value::from(ticket.unassigned_reason.map(UnassignedReason::code)),
            TicketField::MergedInto => Value::from(ticket.life.merged_into.map(|number| number.0)),
            TicketField::SplitFrom => Value::from(ticket.life.split_from.map(|number| number.0)),
            TicketField::Spam => Value::Bool(ticket.life.spam_time.is_some()),
            TicketField::SpamTime => Value::from(ticket.life.spam_time),
            TicketField::Area => Value::from(ticket.life.area.code()),
            TicketField::Follower => {
                Value::List(ticket.life.followers.keys().map(|id| Value::from(id.as_str())).collect())
            }
            // The samples have no comments.
            TicketField::Mention => Value::List(Vec::new()),
            TicketField::SharedUser => grantees(ticket, |grantee| match grantee {
                Grantee::User(id) => Some(id.as_str()),
                Grantee::Team(_) => None,
            }),
            TicketField::SharedTeam => grantees(ticket, |grantee| match grantee {
                Grantee::Team(id) => Some(id.as_str()),
                Grantee::User(_) => None,
            }),
            TicketField::DeleteTime => Value::from(ticket.life.delete_time),
            TicketField::Properties => {
                Value::List(ticket.properties.keys().map(|id| Value::from(id.as_str())).collect())
            }
            TicketField::Property(PropertyField { id, .. }) => properties::judged(&ticket.properties, &id),
        }
    }
}

fn linked(ticket: &Ticket, kind: RecordKind) -> Value<'_> {
    Value::List(ticket.records_of(kind).map(|record| Value::Uuid(record.uuid())).collect())
}

fn grantees(ticket: &Ticket, pick: impl Fn(&Grantee) -> Option<&str>) -> Value<'_> {
    Value::List(ticket.life.shares.iter().filter_map(|share| pick(&share.grantee)).map(Value::from).collect())
}

/// The first ones are those that tickets point to.
fn contact(dice: &mut Dice, number: i64) -> Contact {
    let index = usize::try_from(number).expect("not negative");
    let made = format!("01890a5d-0000-7000-8000-{number:012}");
    let point = |dice: &mut Dice, place: usize| match dice.below(3) {
        0 => Point::phone(&format!("+49 {number}{place}")),
        1 => Point::handle(&format!("{}{number}.{place}", dice.text())),
        _ => Point::email(&format!("{}{number}.{place}@Example.com", dice.text())),
    };
    Contact {
        id: ContactId::parse(CONTACTS.get(index).copied().unwrap_or(&made)).expect("valid"),
        display_name: dice.text(),
        owner: owner(dice),
        language_code: dice.maybe(&["a", "A"]).unwrap_or_default().to_owned(),
        points: (0..dice.below(3)).map(|place| point(dice, place)).collect(),
        tracked: dice.once_in(2),
        marketing: false,
        merged_into: None,
        opened: helpdesk::domain::per_hour::PerHour::default(),
        mailed: helpdesk::domain::per_hour::PerDay::default(),
        create_time: Timestamp::from_micros(number),
        update_time: time(dice),
        version: 1,
    }
}

impl Numbered for ContactSample {
    fn number(&self) -> i64 {
        self.0.create_time.as_micros()
    }
}

impl Record for ContactSample {
    type Field = ContactField;

    fn value(&self, field: ContactField) -> Value<'_> {
        let Self(contact) = self;
        let points = |kind| {
            let own = contact.points.iter().filter(move |point| point.kind == kind);
            Value::List(own.map(|point| Value::from(point.value.as_str())).collect())
        };
        match field {
            ContactField::DisplayName => Value::from(contact.display_name.as_str()),
            ContactField::Email => points(PointKind::Email),
            ContactField::Phone => points(PointKind::Phone),
            ContactField::Owner => Value::from(contact.owner.as_ref().map(UserId::as_str)),
            ContactField::Tracked => Value::Bool(contact.tracked),
            ContactField::LanguageCode => Value::from(contact.language_code.as_str()),
            ContactField::CreateTime => Value::Time(contact.create_time),
            ContactField::UpdateTime => Value::Time(contact.update_time),
        }
    }
}

fn event(dice: &mut Dice, sequence: i64) -> Event {
    let actor = dice.pick(&["user:mia", "user:bob", "key:ci", "visitor:", "system:router", "system:timer"]);
    Event {
        sequence,
        kind: *dice.pick(&EventType::ALL.iter().collect::<Vec<_>>()),
        resource: dice.pick(&["tickets/1", "tickets/2", "contacts/x", "Tickets/1"]).to_owned(),
        ticket: dice.once_in(2).then_some(TicketNumber(sequence)),
        ticket_sequence: 0,
        actor: Actor::from_code(actor).expect("valid"),
        cause_root: sequence,
        cause_depth: 0,
        cause_parent: 0,
        fields: vec![],
        request_id: String::new(),
        time: time(dice),
    }
}

impl Numbered for Event {
    fn number(&self) -> i64 {
        self.sequence
    }
}
