//! Which conversations a caller may read outside the lane (A2, C-004): those of visible tickets; without ticket, those of
//! channels that route to the caller's teams, and with full standing all.

use std::collections::BTreeSet;

use crate::domain::access::Standing;
use crate::domain::channel::Target;
use crate::domain::conversation::Conversation;
use crate::domain::ids::ChannelId;
use crate::domain::rejection::Rejection;
use crate::service::Service;
use crate::service::grant::Grant;
use crate::service::tickets;
use crate::storage::read;
use crate::storage::read::said::Viewer;

/// What a caller sees of conversations without ticket.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Sight {
    /// All.
    All,
    /// Those of these channels.
    Channels(BTreeSet<ChannelId>),
}

/// The caller's sight; asks the database only below full standing.
///
/// # Errors
/// The storage's.
pub async fn sight(service: &Service, grant: &Grant) -> Result<Sight, Rejection> {
    let rights = grant.rights();
    if rights.standing == Standing::Full {
        return Ok(Sight::All);
    }
    if rights.teams.is_empty() {
        return Ok(Sight::Channels(BTreeSet::new()));
    }
    let channels = read::conversations::channels(&service.store, grant.account()?).await;
    let channels = channels.map_err(|error| error.rejection())?;
    let mine = channels.into_iter().filter(|channel| match &channel.routing.target {
        Target::People { teams, .. } => teams.iter().any(|team| rights.teams.contains(team)),
        _ => false,
    });
    Ok(Sight::Channels(mine.map(|channel| channel.id).collect()))
}

/// Somebody who reads lists, with the channels whose conversations without ticket they see.
#[derive(Debug, Clone)]
pub struct Reader(Option<Vec<ChannelId>>);

impl Reader {
    /// The caller as a reader; asks the database only below full standing.
    ///
    /// # Errors
    /// The storage's.
    pub async fn of(service: &Service, grant: &Grant) -> Result<Self, Rejection> {
        Ok(Self(match sight(service, grant).await? {
            Sight::All => None,
            Sight::Channels(channels) => Some(channels.into_iter().collect()),
        }))
    }

    /// The form in which lists are asked for.
    ///
    /// # Errors
    /// The grant of somebody without account.
    pub fn viewer<'r>(&'r self, grant: &'r Grant) -> Result<Viewer<'r>, Rejection> {
        Ok(Viewer { account: grant.account()?, rights: grant.rights(), channels: self.0.as_deref() })
    }
}

/// Whether the caller may read this conversation.
pub(super) async fn may_read(service: &Service, grant: &Grant, found: &Conversation) -> Result<bool, Rejection> {
    let Some(number) = found.ticket else {
        return Ok(match sight(service, grant).await? {
            Sight::All => true,
            Sight::Channels(channels) => channels.contains(&found.channel),
        });
    };
    let ticket = read::tickets::get(&service.store, grant.account()?, number).await.map_err(|e| e.rejection())?;
    match ticket {
        Some(ticket) => tickets::visible(service, grant, &ticket).await,
        None => Ok(false),
    }
}
