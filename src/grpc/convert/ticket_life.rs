//! What becomes of tickets, on the wire: followed, shared, split, merged, moved, deleted, spam.

#![expect(clippy::needless_pass_by_value, reason = "every request is handed over whole, as `Front::write` asks")]

use std::collections::BTreeMap;

use crate::domain::ids::{CommentId, ConversationId, MessageId, PipelineId, StatusId, TicketNumber};
use crate::domain::life::Area;
use crate::domain::names::Name;
use crate::domain::rejection::Rejection;
use crate::domain::share::{Grantee, Share, ShareLevel};
use crate::grpc::convert::{actor, name, timestamp};
use crate::grpc::pb::v1::{self, ticket_share::Grantee as WireGrantee, unshare_ticket_request::Grantee as Taken};
use crate::service::desk::version_of;
use crate::service::grant::Grant;
use crate::service::tickets::{
    Delete, Expunge, Follow, Followed, GiveShare, MarkSpam, Merge, Relocate, Source, Split, TakeShare, Undelete,
};

/// Where a ticket is worked on.
pub fn area(area: Area) -> v1::Area {
    match area {
        Area::HelpDesk => v1::Area::HelpDesk,
        Area::Inbox => v1::Area::Inbox,
    }
}

/// Where a ticket is to be worked on.
pub(super) fn area_of(area: v1::Area) -> Option<Area> {
    match area {
        v1::Area::Unspecified => None,
        v1::Area::HelpDesk => Some(Area::HelpDesk),
        v1::Area::Inbox => Some(Area::Inbox),
    }
}

/// A follower as callers see it.
pub fn follower(grant: &Grant, followed: Option<Followed>) -> Option<v1::TicketFollower> {
    let (user, since) = followed?;
    let user = Name::User(user).within(grant.account().ok()?);
    Some(v1::TicketFollower { user, follow_time: Some(timestamp(since)) })
}

/// A share as callers see it.
pub fn share(grant: &Grant, share: Option<Share>) -> Option<v1::TicketShare> {
    let (share, account) = (share?, grant.account().ok()?);
    let grantee = match share.grantee {
        Grantee::User(id) => WireGrantee::User(Name::User(id).within(account)),
        Grantee::Team(id) => WireGrantee::Team(Name::Team(id).within(account)),
    };
    let level = match share.level {
        ShareLevel::View => v1::ShareLevel::View,
        ShareLevel::Edit => v1::ShareLevel::Edit,
    };
    Some(v1::TicketShare {
        grantee: Some(grantee),
        level: level.into(),
        sharer: Some(actor(account, &share.sharer)),
        share_time: Some(timestamp(share.share_time)),
    })
}

/// Names of tickets.
pub fn names(grant: &Grant, numbers: Vec<TicketNumber>) -> Vec<String> {
    let Ok(account) = grant.account() else { return Vec::new() };
    numbers.into_iter().map(|number| Name::Ticket(number).within(account)).collect()
}

/// The use case of a `FollowTicket` request.
///
/// # Errors
/// References that cannot exist.
pub fn follow(grant: &Grant, request: v1::FollowTicketRequest) -> Result<Follow, Rejection> {
    let ticket = name::ticket(grant, "name", &request.name)?;
    Ok(Follow { ticket, user: name::user_ref(grant, "user", &request.user)?, begin: true })
}

/// The use case of an `UnfollowTicket` request.
///
/// # Errors
/// References that cannot exist.
pub fn unfollow(grant: &Grant, request: v1::UnfollowTicketRequest) -> Result<Follow, Rejection> {
    let ticket = name::ticket(grant, "name", &request.name)?;
    Ok(Follow { ticket, user: name::user_ref(grant, "user", &request.user)?, begin: false })
}

/// The use case of a `ShareTicket` request.
///
/// # Errors
/// No grantee, or references that cannot exist.
pub fn give_share(grant: &Grant, request: v1::ShareTicketRequest) -> Result<GiveShare, Rejection> {
    let ticket = name::ticket(grant, "name", &request.name)?;
    let share = name::required("ticket_share", request.ticket_share)?;
    let level = match share.level() {
        v1::ShareLevel::Edit => ShareLevel::Edit,
        v1::ShareLevel::View | v1::ShareLevel::Unspecified => ShareLevel::View,
    };
    let grantee = match name::required("ticket_share.grantee", share.grantee)? {
        WireGrantee::User(user) => user_grantee(grant, "ticket_share.user", &user)?,
        WireGrantee::Team(team) => team_grantee(grant, "ticket_share.team", &team)?,
    };
    Ok(GiveShare { ticket, grantee, level, etag: version_of(&request.etag) })
}

/// The use case of an `UnshareTicket` request.
///
/// # Errors
/// No grantee, or references that cannot exist.
pub fn take_share(grant: &Grant, request: v1::UnshareTicketRequest) -> Result<TakeShare, Rejection> {
    let ticket = name::ticket(grant, "name", &request.name)?;
    let grantee = match name::required("grantee", request.grantee)? {
        Taken::User(user) => user_grantee(grant, "user", &user)?,
        Taken::Team(team) => team_grantee(grant, "team", &team)?,
    };
    Ok(TakeShare { ticket, grantee, etag: version_of(&request.etag) })
}

fn user_grantee(grant: &Grant, field: &str, text: &str) -> Result<Grantee, Rejection> {
    name::required(field, name::user_ref(grant, field, text)?).map(Grantee::User)
}

fn team_grantee(grant: &Grant, field: &str, text: &str) -> Result<Grantee, Rejection> {
    name::required(field, name::team_ref(grant, field, text)?).map(Grantee::Team)
}

/// The use case of a `MergeTickets` request.
///
/// # Errors
/// A ticket among its own sources, an etag of no source, or references that cannot exist.
pub fn merge(grant: &Grant, request: v1::MergeTicketsRequest) -> Result<Merge, Rejection> {
    let target = name::ticket(grant, "name", &request.name)?;
    if request.sources.contains(&request.name) {
        return Err(Rejection::field("sources", "INCONSISTENT", "must not hold the ticket itself"));
    }
    if request.source_etags.keys().any(|name| !request.sources.contains(name)) {
        return Err(Rejection::field("source_etags", "INCONSISTENT", "must only name sources"));
    }
    let source = |text: &String| {
        let ticket = name::required("sources", name::ticket_ref(grant, "sources", text)?)?;
        let etag = request.source_etags.get(text).and_then(|etag| version_of(etag));
        Ok(Source { ticket, etag })
    };
    let sources = request.sources.iter().map(source).collect::<Result<_, Rejection>>()?;
    Ok(Merge { target, sources, etag: version_of(&request.etag) })
}

/// The use case of a `SplitTicket` request.
///
/// # Errors
/// References that cannot exist.
pub fn split(grant: &Grant, request: v1::SplitTicketRequest) -> Result<Split, Rejection> {
    let ticket = name::ticket(grant, "name", &request.name)?;
    let message = |text: &String| name::required("messages", name::message_ref(grant, "messages", text)?);
    let comment = |text: &String| name::required("comments", name::comment_ref(grant, "comments", text)?);
    let messages: Result<Vec<(ConversationId, MessageId)>, _> = request.messages.iter().map(message).collect();
    let comments: Result<Vec<(ConversationId, CommentId)>, _> = request.comments.iter().map(comment).collect();
    let (messages, comments, etag) = (messages?, comments?, version_of(&request.etag));
    Ok(Split { ticket, messages, comments, subject: request.subject, etag })
}

/// The use case of a `MoveTicket` request.
///
/// # Errors
/// Nowhere to go, a status without pipeline, or references that cannot exist.
pub fn relocate(grant: &Grant, request: v1::MoveTicketRequest) -> Result<Relocate, Rejection> {
    let ticket = name::ticket(grant, "name", &request.name)?;
    let area = area_of(request.area());
    if request.pipeline.is_empty() && area.is_none() {
        return Err(Rejection::field("pipeline", "REQUIRED", "pipeline or area must be set"));
    }
    if request.pipeline.is_empty() && !(request.status.is_empty() && request.status_mapping.is_empty()) {
        return Err(Rejection::field("pipeline", "REQUIRED", "must be set with a status or a mapping"));
    }
    let status = |text: &str| -> Result<(PipelineId, StatusId), Rejection> {
        name::required("status_mapping", name::status_ref(grant, "status_mapping", text)?)
    };
    let pair = |(from, to): (&String, &String)| Ok((status(from)?, status(to)?));
    Ok(Relocate {
        ticket,
        pipeline: name::pipeline_ref(grant, "pipeline", &request.pipeline)?,
        status: name::status_ref(grant, "status", &request.status)?,
        mapping: request.status_mapping.iter().map(pair).collect::<Result<BTreeMap<_, _>, Rejection>>()?,
        area,
        etag: version_of(&request.etag),
    })
}

/// The use case of a `DeleteTicket` request.
///
/// # Errors
/// A name of something else.
pub fn delete(grant: &Grant, request: v1::DeleteTicketRequest) -> Result<Delete, Rejection> {
    deletion(grant, &request.name, &request.etag)
}

/// One deletion.
///
/// # Errors
/// A name of something else.
pub fn deletion(grant: &Grant, name: &str, etag: &str) -> Result<Delete, Rejection> {
    Ok(Delete { ticket: name::ticket(grant, "name", name)?, etag: version_of(etag) })
}

/// The use case of an `UndeleteTicket` request.
///
/// # Errors
/// A name of something else.
pub fn undelete(grant: &Grant, request: v1::UndeleteTicketRequest) -> Result<Undelete, Rejection> {
    Ok(Undelete { ticket: name::ticket(grant, "name", &request.name)?, etag: version_of(&request.etag) })
}

/// The use case of an `ExpungeTicket` request.
///
/// # Errors
/// A name of something else.
pub fn expunge(grant: &Grant, request: v1::ExpungeTicketRequest) -> Result<Expunge, Rejection> {
    Ok(Expunge { ticket: name::ticket(grant, "name", &request.name)?, etag: version_of(&request.etag) })
}

/// The use case of a `MarkTicketSpam` request.
///
/// # Errors
/// A name of something else.
pub fn mark_spam(grant: &Grant, request: v1::MarkTicketSpamRequest) -> Result<MarkSpam, Rejection> {
    Ok(MarkSpam { ticket: name::ticket(grant, "name", &request.name)?, spam: true, etag: version_of(&request.etag) })
}

/// The use case of an `UnmarkTicketSpam` request.
///
/// # Errors
/// A name of something else.
pub fn unmark_spam(grant: &Grant, request: v1::UnmarkTicketSpamRequest) -> Result<MarkSpam, Rejection> {
    Ok(MarkSpam { ticket: name::ticket(grant, "name", &request.name)?, spam: false, etag: version_of(&request.etag) })
}
