//! `ConversationService`.

use tonic::Request;

use crate::domain::conversation::Conversation;
use crate::domain::names::Name;
use crate::grpc::call::{Front, Reply};
use crate::grpc::convert::{activity, conversation as convert, draft, name, start};
use crate::grpc::handlers::watch::ConversationStream;
use crate::grpc::paging::list_fields;
use crate::grpc::pb::v1::{self, conversation_service_server::ConversationService};
use crate::service::conversations::{self, Commented, SeenConversation, SeenThread, Sent};
use crate::service::grant::Grant;
use crate::service::records;

#[tonic::async_trait]
impl ConversationService for Front {
    async fn get_conversation(
        &self,
        request: Request<v1::GetConversationRequest>,
    ) -> Reply<v1::GetConversationResponse> {
        self.read(request, async |grant, request| {
            let id = name::conversation(&grant, "name", &request.name)?;
            let found = conversations::conversation(&self.service, &grant, id).await?;
            let locked = conversations::is_locked(&self.service, &grant, &found).await?;
            let conversation = Some(convert::conversation(grant.account()?, &found, locked));
            Ok(v1::GetConversationResponse { conversation })
        })
        .await
    }

    async fn list_conversations(
        &self,
        request: Request<v1::ListConversationsRequest>,
    ) -> Reply<v1::ListConversationsResponse> {
        self.read(request, async |grant, request| {
            let account = name::account(&grant, "parent", &request.parent)?;
            let paging = self.paging(&grant, list_fields!(request, filtered))?;
            let page = conversations::conversations(&self.service, &grant, &paging.query).await?;
            let found: Vec<&Conversation> = page.items.iter().collect();
            let locked = conversations::locked(&self.service, &grant, &found).await?;
            let shown = |one: &&Conversation| convert::conversation(&account, one, locked.contains(&one.id));
            Ok(v1::ListConversationsResponse {
                conversations: found.iter().map(shown).collect(),
                next_page_token: paging.next(page.next),
            })
        })
        .await
    }

    type WatchConversationStream = ConversationStream;

    async fn watch_conversation(&self, request: Request<v1::WatchConversationRequest>) -> Reply<ConversationStream> {
        self.conversation_stream(request).await
    }

    async fn list_threads(&self, request: Request<v1::ListThreadsRequest>) -> Reply<v1::ListThreadsResponse> {
        self.read(request, async |grant, request| {
            let parent = name::conversation(&grant, "parent", &request.parent)?;
            let paging = self.paging(&grant, list_fields!(request, plain))?;
            let page = conversations::threads(&self.service, &grant, parent, &paging.query).await?;
            let account = grant.account()?;
            Ok(v1::ListThreadsResponse {
                threads: page.items.iter().map(|found| convert::thread(account, found)).collect(),
                next_page_token: paging.next(page.next),
            })
        })
        .await
    }

    async fn get_message(&self, request: Request<v1::GetMessageRequest>) -> Reply<v1::GetMessageResponse> {
        self.read(request, async |grant, request| {
            let (conversation, id) = name::message(&grant, "name", &request.name)?;
            let found = conversations::message(&self.service, &grant, conversation, id).await?;
            Ok(v1::GetMessageResponse { message: Some(convert::shown_message(grant.account()?, &found)) })
        })
        .await
    }

    async fn list_messages(&self, request: Request<v1::ListMessagesRequest>) -> Reply<v1::ListMessagesResponse> {
        self.read(request, async |grant, request| {
            let parent = convert::messages_of(&grant, &request.parent)?;
            let paging = self.paging(&grant, list_fields!(request, filtered))?;
            let page = conversations::messages(&self.service, &grant, parent, &paging.query).await?;
            let account = grant.account()?;
            Ok(v1::ListMessagesResponse {
                messages: page.items.iter().map(|found| convert::shown_message(account, found)).collect(),
                next_page_token: paging.next(page.next),
            })
        })
        .await
    }

    async fn send_message(&self, request: Request<v1::SendMessageRequest>) -> Reply<v1::SendMessageResponse> {
        let prepared = self.prepared(&request).await?;
        let respond = |grant: &Grant, sent| sent_response(grant, sent);
        self.write(request, |grant, request| convert::send(grant, &request, prepared), respond).await
    }

    async fn start_conversation(
        &self,
        request: Request<v1::StartConversationRequest>,
    ) -> Reply<v1::StartConversationResponse> {
        self.write(request, start::start, |grant, started| start::started(grant, &started)).await
    }

    async fn tie_visitor(&self, request: Request<v1::TieVisitorRequest>) -> Reply<v1::TieVisitorResponse> {
        self.write(request, start::tie, |grant, tied| start::tied(grant, &tied)).await
    }

    async fn move_to_help_desk(
        &self,
        request: Request<v1::MoveToHelpDeskRequest>,
    ) -> Reply<v1::MoveToHelpDeskResponse> {
        self.write(request, start::to_help_desk, |grant, moved| start::moved(grant, &moved)).await
    }

    async fn take_control(&self, request: Request<v1::TakeControlRequest>) -> Reply<v1::TakeControlResponse> {
        let respond = |grant: &Grant, found: SeenConversation| v1::TakeControlResponse {
            conversation: convert::seen(grant, &found),
            mutation: None,
        };
        self.write(request, start::take_control, respond).await
    }

    async fn release_control(&self, request: Request<v1::ReleaseControlRequest>) -> Reply<v1::ReleaseControlResponse> {
        let respond = |grant: &Grant, found: SeenConversation| v1::ReleaseControlResponse {
            conversation: convert::seen(grant, &found),
            mutation: None,
        };
        self.write(request, start::release_control, respond).await
    }

    async fn close_thread(&self, request: Request<v1::CloseThreadRequest>) -> Reply<v1::CloseThreadResponse> {
        let respond =
            |grant: &Grant, seen| v1::CloseThreadResponse { thread: wire_thread(grant, &seen), mutation: None };
        self.write(request, |grant, request| start::close(grant, &request), respond).await
    }

    async fn reopen_thread(&self, request: Request<v1::ReopenThreadRequest>) -> Reply<v1::ReopenThreadResponse> {
        let respond =
            |grant: &Grant, seen| v1::ReopenThreadResponse { thread: wire_thread(grant, &seen), mutation: None };
        self.write(request, |grant, request| start::reopen(grant, &request), respond).await
    }

    async fn save_draft(&self, request: Request<v1::SaveDraftRequest>) -> Reply<v1::SaveDraftResponse> {
        let content = self.service.content.clone();
        let rules = self.service.file_rules();
        let build = |grant: &Grant, request| draft::save(grant, request, &content.link_hosts, rules);
        self.write(request, build, |grant, saved| draft::saved(grant, &saved)).await
    }

    async fn get_draft(&self, request: Request<v1::GetDraftRequest>) -> Reply<v1::GetDraftResponse> {
        self.read(request, async |grant, request| {
            let (conversation, id) = name::draft(&grant, "name", &request.name)?;
            let found = conversations::draft(&self.service, &grant, conversation, id).await?;
            Ok(v1::GetDraftResponse { draft: Some(draft::draft(grant.account()?, &found)) })
        })
        .await
    }

    async fn list_drafts(&self, request: Request<v1::ListDraftsRequest>) -> Reply<v1::ListDraftsResponse> {
        self.read(request, async |grant, request| {
            let parent = convert::messages_of(&grant, &request.parent)?;
            let paging = self.paging(&grant, list_fields!(request, plain))?;
            let page = conversations::drafts(&self.service, &grant, parent, &paging.query).await?;
            let account = grant.account()?;
            Ok(v1::ListDraftsResponse {
                drafts: page.items.iter().map(|found| draft::draft(account, found)).collect(),
                next_page_token: paging.next(page.next),
            })
        })
        .await
    }

    async fn delete_draft(&self, request: Request<v1::DeleteDraftRequest>) -> Reply<v1::DeleteDraftResponse> {
        let respond = |_: &Grant, comments_locked| v1::DeleteDraftResponse { comments_locked, mutation: None };
        let rules = self.service.file_rules();
        self.write(request, |grant, request| draft::delete(grant, request, rules), respond).await
    }

    async fn create_comment(&self, request: Request<v1::CreateCommentRequest>) -> Reply<v1::CreateCommentResponse> {
        let respond = |grant: &Grant, done: Commented| {
            let Ok(account) = grant.account() else { return v1::CreateCommentResponse::default() };
            v1::CreateCommentResponse {
                comment: Some(convert::comment(account, &done.comment)),
                notified: convert::users(account, &done.notified),
                not_notified: convert::users(account, &done.not_notified),
                mutation: None,
            }
        };
        let rules = self.service.file_rules();
        self.write(request, |grant, request| convert::write_comment(grant, request, rules), respond).await
    }

    async fn get_conversation_context(
        &self,
        request: Request<v1::GetConversationContextRequest>,
    ) -> Reply<v1::GetConversationContextResponse> {
        self.read(request, async |grant, request| {
            let (id, comment) = match name::subject(&grant, "name", &request.name)? {
                Name::Comment(id, comment) => (id, Some(comment)),
                _ => (name::conversation(&grant, "name", &request.name)?, None),
            };
            let comment = match comment {
                Some(comment) => Some(conversations::comment(&self.service, &grant, id, comment).await?),
                None => None,
            };
            let (conversation, context) = records::conversation_context(&self.service, &grant, id).await?;
            let mut said = activity::conversations_in(&context);
            said.push(&conversation);
            let locked = conversations::locked(&self.service, &grant, &said).await?;
            let account = grant.account()?;
            let is_locked = locked.contains(&conversation.id);
            Ok(v1::GetConversationContextResponse {
                conversation: Some(convert::conversation(account, &conversation, is_locked)),
                comment: comment.map(|comment| convert::shown_comment(account, &comment)),
                context: Some(activity::context(account, &context, &locked)),
            })
        })
        .await
    }

    async fn get_comment(&self, request: Request<v1::GetCommentRequest>) -> Reply<v1::GetCommentResponse> {
        self.read(request, async |grant, request| {
            let (conversation, id) = name::comment(&grant, "name", &request.name)?;
            let found = conversations::comment(&self.service, &grant, conversation, id).await?;
            Ok(v1::GetCommentResponse { comment: Some(convert::shown_comment(grant.account()?, &found)) })
        })
        .await
    }

    async fn update_comment(&self, request: Request<v1::UpdateCommentRequest>) -> Reply<v1::UpdateCommentResponse> {
        let respond = |grant: &Grant, done: Commented| {
            let Ok(account) = grant.account() else { return v1::UpdateCommentResponse::default() };
            v1::UpdateCommentResponse {
                comment: Some(convert::comment(account, &done.comment)),
                notified: convert::users(account, &done.notified),
                not_notified: convert::users(account, &done.not_notified),
                mutation: None,
            }
        };
        self.write(request, convert::edit_comment, respond).await
    }

    async fn delete_comment(&self, request: Request<v1::DeleteCommentRequest>) -> Reply<v1::DeleteCommentResponse> {
        self.write(request, convert::delete_comment, |_: &Grant, ()| v1::DeleteCommentResponse { mutation: None }).await
    }

    async fn list_comments(&self, request: Request<v1::ListCommentsRequest>) -> Reply<v1::ListCommentsResponse> {
        self.read(request, async |grant, request| {
            let parent = name::conversation(&grant, "parent", &request.parent)?;
            let paging = self.paging(&grant, list_fields!(request, plain))?;
            let page = conversations::comments(&self.service, &grant, parent, &paging.query).await?;
            let account = grant.account()?;
            Ok(v1::ListCommentsResponse {
                comments: page.items.iter().map(|found| convert::shown_comment(account, found)).collect(),
                next_page_token: paging.next(page.next),
            })
        })
        .await
    }
}

fn wire_thread(grant: &Grant, seen: &SeenThread) -> Option<v1::Thread> {
    grant.account().ok().map(|account| convert::thread(account, seen))
}

fn sent_response(grant: &Grant, sent: Sent) -> v1::SendMessageResponse {
    let Ok(account) = grant.account() else { return v1::SendMessageResponse::default() };
    let message = convert::message(account, &sent.message);
    let new_owner = sent.new_owner.map(|user| Name::User(user).within(account)).unwrap_or_default();
    let controller = Some(convert::controller(account, &sent.control));
    v1::SendMessageResponse { message: Some(message), controller, new_owner, mutation: None }
}
