//! Lists of what was said, within the caller's reach.

use super::reach::{Sight, sight};
use super::read::visible;
use super::threads::SeenThread;
use crate::domain::conversation::{Comment, Conversation, Message, Thread};
use crate::domain::draft::Draft;
use crate::domain::filter::schema::{CONVERSATION, MESSAGE};
use crate::domain::ids::{ChannelId, ConversationId, ThreadId};
use crate::domain::names::Name;
use crate::domain::page::{Page, Place};
use crate::domain::rejection::Rejection;
use crate::service::Service;
use crate::service::grant::Grant;
use crate::service::page::{ListQuery, plan};
use crate::storage::read::said::{self, Viewer};
use crate::storage::read::{conversations as stored, drafts as kept, feed};

/// A page ends early where its texts reach about this many bytes, so that an answer stays far below its limit (L-02).
const PAGE_BYTES: usize = 1024 * 1024;

/// Conversations, oldest first.
///
/// # Errors
/// A filter that does not hold, and the storage's.
pub async fn conversations(
    service: &Service,
    grant: &Grant,
    query: &ListQuery,
) -> Result<Page<Conversation>, Rejection> {
    let plan = plan(service, grant, &CONVERSATION, &query.filter)?;
    let channels = channels_of(sight(service, grant).await?);
    let viewer = Viewer { account: grant.account()?, rights: grant.rights(), channels: channels.as_deref() };
    said::conversations(&service.store, viewer, &plan, &query.page).await.map_err(|error| error.rejection())
}

/// Messages of one conversation, or of all in reach, in the order they were stored.
///
/// # Errors
/// [`Rejection::NotFound`] for a conversation out of reach, a filter that does not hold, and the storage's.
pub async fn messages(
    service: &Service,
    grant: &Grant,
    of: Option<ConversationId>,
    query: &ListQuery,
) -> Result<Page<Message>, Rejection> {
    let plan = plan(service, grant, &MESSAGE, &query.filter)?;
    let channels = match of {
        Some(id) => {
            visible(service, grant, id, &Name::Conversation(id)).await?;
            None
        }
        None => channels_of(sight(service, grant).await?),
    };
    let viewer = Viewer { account: grant.account()?, rights: grant.rights(), channels: channels.as_deref() };
    let page = said::messages(&service.store, viewer, of, &plan, &query.page).await;
    let size = |message: &Message| message.text.len() + message.html.len();
    Ok(within(page.map_err(|error| error.rejection())?, size, |message| Place::Number(message.sequence)))
}

/// Comments of a conversation in the order they were stored.
///
/// # Errors
/// [`Rejection::NotFound`] for a conversation out of reach, and the storage's.
pub async fn comments(
    service: &Service,
    grant: &Grant,
    of: ConversationId,
    query: &ListQuery,
) -> Result<Page<Comment>, Rejection> {
    visible(service, grant, of, &Name::Conversation(of)).await?;
    let page = said::comments(&service.store, grant.account()?, of, &query.page).await;
    let size = |comment: &Comment| comment.text.len() + comment.html.len();
    Ok(within(page.map_err(|error| error.rejection())?, size, |comment| Place::Number(comment.sequence)))
}

/// The caller's drafts in one conversation, or in all in reach, oldest first.
///
/// # Errors
/// [`Rejection::NotFound`] for a conversation out of reach, and the storage's.
pub async fn drafts(
    service: &Service,
    grant: &Grant,
    of: Option<ConversationId>,
    query: &ListQuery,
) -> Result<Page<Draft>, Rejection> {
    let Some(user) = &grant.rights().user else { return Ok(Page { items: Vec::new(), next: None }) };
    let channels = match of {
        Some(id) => {
            visible(service, grant, id, &Name::Conversation(id)).await?;
            None
        }
        None => channels_of(sight(service, grant).await?),
    };
    let viewer = Viewer { account: grant.account()?, rights: grant.rights(), channels: channels.as_deref() };
    let page = kept::list(&service.store, viewer, user, of, &query.page).await;
    let size = |draft: &Draft| draft.text.len() + draft.html.len();
    Ok(within(page.map_err(|error| error.rejection())?, size, |draft| Place::Id(draft.id.0)))
}

/// Threads of a conversation, oldest first.
///
/// # Errors
/// [`Rejection::NotFound`] for a conversation out of reach, and the storage's.
pub async fn threads(
    service: &Service,
    grant: &Grant,
    of: ConversationId,
    query: &ListQuery,
) -> Result<Page<SeenThread>, Rejection> {
    visible(service, grant, of, &Name::Conversation(of)).await?;
    let (store, account) = (&service.store, grant.account()?);
    let page = said::threads(store, account, of, &query.page).await.map_err(|error| error.rejection())?;
    Ok(Page { items: seen(service, grant, page.items).await?, next: page.next })
}

/// Threads with what their channels say about them.
async fn seen(service: &Service, grant: &Grant, threads: Vec<Thread>) -> Result<Vec<SeenThread>, Rejection> {
    let channels = if threads.iter().any(|thread| thread.kind.has_window()) {
        stored::channels(&service.store, grant.account()?).await.map_err(|error| error.rejection())?
    } else {
        Vec::new()
    };
    let seen = |thread: Thread| {
        let channel = channels.iter().find(|channel| channel.id == thread.channel);
        SeenThread { window_closes: channel.and_then(|channel| thread.window_closes(channel)), thread }
    };
    Ok(threads.into_iter().map(seen).collect())
}

/// The threads of a conversation that were begun last. Who may see them is judged by the caller.
pub(super) async fn last_threads(
    service: &Service,
    grant: &Grant,
    of: ConversationId,
    limit: u64,
) -> Result<Vec<SeenThread>, Rejection> {
    let found = feed::last_threads(&service.store, grant.account()?, of, limit).await;
    seen(service, grant, found.map_err(|error| error.rejection())?).await
}

/// Those of these threads that belong to the conversation. Who may see them is judged by the caller.
pub(super) async fn some_threads(
    service: &Service,
    grant: &Grant,
    of: ConversationId,
    ids: Vec<ThreadId>,
) -> Result<Vec<SeenThread>, Rejection> {
    if ids.is_empty() {
        return Ok(Vec::new());
    }
    let found = feed::threads(&service.store, grant.account()?, of, ids).await;
    seen(service, grant, found.map_err(|error| error.rejection())?).await
}

fn channels_of(sight: Sight) -> Option<Vec<ChannelId>> {
    match sight {
        Sight::All => None,
        Sight::Channels(channels) => Some(channels.into_iter().collect()),
    }
}

/// Cuts a page that is ordered by one place where its texts grow too long; it keeps at least one entry.
fn within<T>(mut page: Page<T>, size: impl Fn(&T) -> usize, place: impl Fn(&T) -> Place) -> Page<T> {
    let mut bytes = 0;
    let fits = |entry: &T| {
        bytes += size(entry);
        bytes <= PAGE_BYTES
    };
    let kept = page.items.iter().map(fits).take_while(|fits| *fits).count().max(1);
    if kept < page.items.len() {
        page.items.truncate(kept);
        page.next = page.items.last().map(|last| vec![place(last)]);
    }
    page
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_page_of_long_texts_ends_early_and_says_where_to_go_on() {
        let page = |sizes: &[usize]| Page { items: sizes.iter().copied().zip(1..).collect(), next: None };
        let cut = |sizes: &[usize]| within(page(sizes), |entry| entry.0, |entry| Place::Number(entry.1));
        let half = PAGE_BYTES / 2;
        assert_eq!(cut(&[1, 2, 3]).items.len(), 3);
        assert_eq!(cut(&[]).next, None);
        assert_eq!(cut(&[half, half, 1]).next, Some(vec![Place::Number(2)]));
        assert_eq!(cut(&[3 * half, 1]).items, [(3 * half, 1)], "at least one, or a list would never end");
        assert_eq!(cut(&[half, half]).next, None);
    }
}
