//! Where the fields of each resource are found in the tables.

use sea_orm::sea_query::{ExprTrait, Query, SimpleExpr};
use sea_orm::{ColumnTrait, Condition, DbBackend};

use super::{Target, qualified};
use crate::domain::contact::PointKind;
use crate::domain::filter::PropertyField;
use crate::domain::filter::schema::{
    ActivityField, CompanyField, ContactField, ConversationField, DealField, DecisionField, EventField, HandoffField,
    MessageField, NotificationField, TicketField,
};
use crate::domain::property::PropertyKind;
use crate::storage::rows;

/// That two columns hold the same value: how rows of one table belong to a row of another.
fn same(left: impl ColumnTrait, right: impl ColumnTrait) -> SimpleExpr {
    qualified(left).eq(qualified(right))
}

/// Fields of table `ticket`.
pub fn ticket(field: TicketField, backend: DbBackend) -> Target {
    use rows::ticket::Column as C;
    use rows::ticket_value::Column as Said;
    use rows::{ticket_follower::Column as Follower, ticket_tag::Column as Tag, ticket_team::Column as Team};
    match field {
        TicketField::Number => Target::column(C::Number),
        TicketField::Subject => Target::first_line(C::TextFolded, backend),
        TicketField::Description => Target::other_lines(C::TextFolded, backend),
        TicketField::Pipeline => Target::column(C::PipelineId),
        TicketField::Status => Target::column(C::StatusId),
        TicketField::StatusCategory => Target::column(C::StatusCategory),
        TicketField::State => Target::column(C::Open),
        TicketField::Priority => Target::column(C::Priority),
        TicketField::Category => Target::column(C::Category),
        TicketField::Tags => {
            Target::rows(Tag::Tag, same(Tag::AccountId, C::AccountId).and(same(Tag::Number, C::Number)))
        }
        TicketField::Contact => linked("contact"),
        TicketField::Company => linked("company"),
        TicketField::Deal => linked("deal"),
        TicketField::Activity => linked("activity"),
        TicketField::Owner => Target::column(C::OwnerId),
        TicketField::Team => {
            Target::rows(Team::TeamId, same(Team::AccountId, C::AccountId).and(same(Team::Number, C::Number)))
        }
        TicketField::Channel => Target::column(C::ChannelId),
        TicketField::Source => Target::column(C::Source),
        TicketField::Manual => Target::column(C::Manual),
        TicketField::CreateTime => Target::column(C::CreateTime),
        TicketField::UpdateTime => Target::column(C::UpdateTime),
        TicketField::CloseTime => Target::column(C::CloseTime),
        TicketField::UnassignedReason => Target::column(C::UnassignedReason),
        TicketField::MergedInto => Target::column(C::MergedInto),
        TicketField::SplitFrom => Target::column(C::SplitFrom),
        TicketField::Spam => Target::One(qualified(C::SpamTime).is_not_null()),
        TicketField::SpamTime => Target::column(C::SpamTime),
        TicketField::Area => Target::column(C::Area),
        TicketField::Follower => {
            let own = same(Follower::AccountId, C::AccountId).and(same(Follower::Number, C::Number));
            Target::rows(Follower::UserId, own)
        }
        TicketField::Mention => mentions(),
        TicketField::SharedUser => shares("user"),
        TicketField::SharedTeam => shares("team"),
        TicketField::DeleteTime => Target::column(C::DeleteTime),
        TicketField::Properties => Target::rows(Said::PropertyId, own_values()),
        TicketField::Property(PropertyField { id, kind }) => {
            let own = own_values().and(qualified(Said::PropertyId).eq(id.as_str()));
            let column = match kind {
                PropertyKind::Text => Said::TextFolded,
                PropertyKind::Number | PropertyKind::Boolean | PropertyKind::Date => Said::Scalar,
                PropertyKind::Choice | PropertyKind::Choices => Said::Item,
            };
            Target::rows(column, own)
        }
    }
}

/// What the properties of a ticket say.
fn own_values() -> SimpleExpr {
    use rows::{ticket::Column as C, ticket_value::Column as Said};
    same(Said::AccountId, C::AccountId).and(same(Said::Number, C::Number))
}

fn shares(kind: &str) -> Target {
    use rows::ticket::Column as C;
    use rows::ticket_share::Column as Share;
    let own = same(Share::AccountId, C::AccountId).and(same(Share::Number, C::Number));
    Target::rows(Share::GranteeId, own.and(Share::Kind.eq(kind)))
}

/// Records of a kind that a ticket is associated with.
fn linked(kind: &str) -> Target {
    use rows::ticket::Column as C;
    use rows::ticket_record::Column as Record;
    let own = same(Record::AccountId, C::AccountId).and(same(Record::Number, C::Number));
    Target::rows(Record::RecordId, own.and(Record::Kind.eq(kind)))
}

/// Whom the comments on the conversations of a ticket mention.
fn mentions() -> Target {
    use rows::{comment, comment_mention as mention, conversation, ticket::Column as C};
    let place =
        same(conversation::Column::AccountId, C::AccountId).and(same(conversation::Column::TicketNumber, C::Number));
    let on = |left: SimpleExpr, right: SimpleExpr| left.and(right);
    let comments = on(
        same(comment::Column::AccountId, conversation::Column::AccountId),
        same(comment::Column::ConversationId, conversation::Column::Id),
    );
    let mentions = on(
        same(mention::Column::AccountId, comment::Column::AccountId),
        same(mention::Column::CommentId, comment::Column::Id),
    );
    let mut rows = Query::select();
    rows.expr(SimpleExpr::value(1))
        .from(conversation::Entity)
        .inner_join(comment::Entity, comments)
        .inner_join(mention::Entity, mentions)
        .and_where(place);
    Target::Many(Box::new(rows), qualified(mention::Column::UserId))
}

/// Fields of table `contact`.
pub fn contact(field: ContactField, _: DbBackend) -> Target {
    use rows::contact::Column as C;
    match field {
        ContactField::DisplayName => Target::column(C::NameFolded),
        ContactField::Email => points(PointKind::Email),
        ContactField::Phone => points(PointKind::Phone),
        ContactField::Owner => Target::column(C::OwnerId),
        ContactField::Tracked => Target::column(C::Tracked),
        ContactField::LanguageCode => Target::column(C::LanguageCode),
        ContactField::CreateTime => Target::column(C::CreateTime),
        ContactField::UpdateTime => Target::column(C::UpdateTime),
    }
}

fn points(kind: PointKind) -> Target {
    use rows::contact::Column as C;
    use rows::contact_point::Column as Point;
    let own = same(Point::AccountId, C::AccountId).and(same(Point::ContactId, C::Id));
    Target::rows(Point::Value, own.and(Point::Kind.eq(kind.code())))
}

/// Fields of table `company`.
pub fn company(field: CompanyField, _: DbBackend) -> Target {
    use rows::company::Column as C;
    use rows::company_domain::Column as Domain;
    match field {
        CompanyField::DisplayName => Target::column(C::NameFolded),
        CompanyField::Domain => {
            Target::rows(Domain::Domain, same(Domain::AccountId, C::AccountId).and(same(Domain::CompanyId, C::Id)))
        }
        CompanyField::Owner => Target::column(C::OwnerId),
        CompanyField::CreateTime => Target::column(C::CreateTime),
        CompanyField::UpdateTime => Target::column(C::UpdateTime),
    }
}

/// Fields of table `activity`.
pub fn activity(field: ActivityField, backend: DbBackend) -> Target {
    use rows::activity::Column as C;
    use rows::activity_record::Column as About;
    let about = |kind: &str| {
        let own = same(About::AccountId, C::AccountId).and(same(About::ActivityId, C::Id));
        Target::rows(About::RecordId, own.and(About::Kind.eq(kind)))
    };
    match field {
        ActivityField::Kind => Target::column(C::Kind),
        ActivityField::Subject => Target::first_line(C::TextFolded, backend),
        ActivityField::Text => Target::other_lines(C::TextFolded, backend),
        ActivityField::Contact => about("contact"),
        ActivityField::Company => about("company"),
        ActivityField::Deal => about("deal"),
        ActivityField::Ticket => tickets_of_activity(Condition::all()),
        ActivityField::HappenTime => Target::column(C::HappenTime),
        ActivityField::CreateTime => Target::column(C::CreateTime),
        ActivityField::UpdateTime => Target::column(C::UpdateTime),
    }
}

/// The tickets that an activity is associated with, of those in sight: `seen` says which rows of table `ticket` are.
pub fn tickets_of_activity(seen: Condition) -> Target {
    use rows::activity::Column as C;
    use rows::ticket_record::Column as Linked;
    use rows::{ticket, ticket_record};
    let own = same(Linked::AccountId, C::AccountId).and(same(Linked::RecordId, C::Id));
    let place = same(ticket::Column::AccountId, Linked::AccountId).and(same(ticket::Column::Number, Linked::Number));
    let mut rows = Query::select();
    rows.expr(SimpleExpr::value(1))
        .from(ticket_record::Entity)
        .inner_join(ticket::Entity, place)
        .and_where(own.and(Linked::Kind.eq("activity")))
        .cond_where(seen);
    Target::Many(Box::new(rows), qualified(Linked::Number))
}

/// Fields of table `deal`.
pub fn deal(field: DealField, _: DbBackend) -> Target {
    use rows::deal::Column as C;
    Target::column(match field {
        DealField::DisplayName => C::NameFolded,
        DealField::Stage => C::Stage,
        DealField::AmountMicros => C::AmountMicros,
        DealField::CurrencyCode => C::CurrencyCode,
        DealField::Owner => C::OwnerId,
        DealField::CreateTime => C::CreateTime,
        DealField::UpdateTime => C::UpdateTime,
    })
}

/// Fields of table `conversation`.
pub fn conversation(field: ConversationField, _: DbBackend) -> Target {
    use rows::conversation::Column as C;
    Target::column(match field {
        ConversationField::Ticket => C::TicketNumber,
        ConversationField::Contact => C::ContactId,
        ConversationField::Channel => C::ChannelId,
        ConversationField::CreateTime => C::CreateTime,
        ConversationField::LastMessageTime => C::LastMessageTime,
    })
}

/// Fields of table `handoff`.
pub fn handoff(field: HandoffField, _: DbBackend) -> Target {
    use rows::handoff::Column as C;
    Target::column(match field {
        HandoffField::Conversation => C::ConversationId,
        HandoffField::State => C::State,
        HandoffField::Mode => C::Mode,
        HandoffField::Reason => C::Reason,
        HandoffField::User => C::UserId,
        HandoffField::CreateTime => C::CreateTime,
        HandoffField::UpdateTime => C::UpdateTime,
    })
}

/// Fields of table `message`.
pub fn message(field: MessageField, _: DbBackend) -> Target {
    use rows::message::Column as C;
    Target::column(match field {
        MessageField::Conversation => C::ConversationId,
        MessageField::ExternalId => C::ExternalId,
        MessageField::Direction => C::Direction,
        MessageField::DeliveryState => C::Delivery,
        MessageField::Channel => C::ChannelId,
        MessageField::Thread => C::ThreadId,
        MessageField::SendTime => C::SendTime,
        MessageField::CreateTime => C::CreateTime,
    })
}

/// Fields of table `routing_decision`.
pub fn decision(field: DecisionField, _: DbBackend) -> Target {
    use rows::routing_decision::Column as C;
    Target::column(match field {
        DecisionField::Channel => C::ChannelId,
        DecisionField::User => C::UserId,
        DecisionField::Cause => C::Cause,
        DecisionField::Outcome => C::Outcome,
        DecisionField::UnassignedReason => C::UnassignedReason,
        DecisionField::DecideTime => C::DecideTime,
    })
}

/// Fields of table `event`.
pub fn event(field: EventField, _: DbBackend) -> Target {
    use rows::event::Column as C;
    Target::column(match field {
        EventField::Type => C::Kind,
        EventField::Resource => C::Resource,
        EventField::Ticket => C::TicketNumber,
        EventField::Actor => C::Actor,
        EventField::EventTime => C::Time,
        EventField::Sequence => C::Sequence,
    })
}

/// Fields of table `notification`.
pub fn notification(field: NotificationField, _: DbBackend) -> Target {
    use rows::notification::Column as C;
    Target::column(match field {
        NotificationField::Read => C::Read,
        NotificationField::Kind => C::Kind,
        NotificationField::Ticket => C::TicketNumber,
        NotificationField::CreateTime => C::CreateTime,
    })
}
