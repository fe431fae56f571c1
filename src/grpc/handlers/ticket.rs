//! `TicketService`.

use tonic::Request;

use crate::domain::ids::TicketNumber;
use crate::grpc::call::{Front, Reply};
use crate::grpc::convert::{
    activity, association, history, name, search, ticket as convert, ticket_batch as batch, ticket_life as life,
};
use crate::grpc::handlers::watch::TicketStream;
use crate::grpc::paging::{ListFields, list_fields};
use crate::grpc::pb::v1::{self, ticket_service_server::TicketService};
use crate::service::conversations;
use crate::service::grant::Grant;
use crate::service::records;
use crate::service::tickets::{self, Merged, SplitOff};

fn owned(grant: &Grant, ticket: &crate::domain::ticket::Ticket) -> Option<v1::Ticket> {
    grant.account().ok().map(|account| convert::ticket(account, ticket))
}

#[tonic::async_trait]
impl TicketService for Front {
    async fn get_ticket(&self, request: Request<v1::GetTicketRequest>) -> Reply<v1::GetTicketResponse> {
        self.read(request, async |grant, request| {
            let number = name::ticket(&grant, "name", &request.name)?;
            let ticket = tickets::get(&self.service, &grant, number).await?;
            Ok(v1::GetTicketResponse { ticket: owned(&grant, &ticket) })
        })
        .await
    }

    async fn get_ticket_context(
        &self,
        request: Request<v1::GetTicketContextRequest>,
    ) -> Reply<v1::GetTicketContextResponse> {
        self.read(request, async |grant, request| {
            let number = name::ticket(&grant, "name", &request.name)?;
            let context = records::ticket_context(&self.service, &grant, number).await?;
            let said = activity::conversations_in(&context);
            let locked = conversations::locked(&self.service, &grant, &said).await?;
            Ok(v1::GetTicketContextResponse { context: Some(activity::context(grant.account()?, &context, &locked)) })
        })
        .await
    }

    async fn create_ticket(&self, request: Request<v1::CreateTicketRequest>) -> Reply<v1::CreateTicketResponse> {
        let respond =
            |grant: &Grant, ticket| v1::CreateTicketResponse { ticket: owned(grant, &ticket), mutation: None };
        self.write(request, convert::create, respond).await
    }

    async fn list_tickets(&self, request: Request<v1::ListTicketsRequest>) -> Reply<v1::ListTicketsResponse> {
        self.read(request, async |grant, request| {
            let account = name::account(&grant, "parent", &request.parent)?;
            let view = name::view_ref(&grant, "view", &request.view)?;
            let parent = format!("{} {}", request.parent, request.view);
            let fields = ListFields { parent: &parent, show_deleted: request.show_deleted, ..list_fields!(request) };
            let paging = self.paging(&grant, fields)?;
            let deleted = request.show_deleted;
            let page = tickets::list(&self.service, &grant, &paging.query, deleted, view.as_ref()).await?;
            Ok(v1::ListTicketsResponse {
                tickets: page.items.iter().map(|ticket| convert::ticket(&account, ticket)).collect(),
                next_page_token: paging.next(page.next),
            })
        })
        .await
    }

    async fn search_tickets(&self, request: Request<v1::SearchTicketsRequest>) -> Reply<v1::SearchTicketsResponse> {
        self.read(request, async |grant, mut request| {
            let account = name::account(&grant, "parent", &request.parent)?;
            request.page_size = tickets::page_size(request.page_size);
            let paging = self.paging(&grant, list_fields!(request, search))?;
            let found = tickets::search(&self.service, &grant, &request.query, &paging.query).await?;
            Ok(v1::SearchTicketsResponse {
                hits: found.page.items.iter().map(|hit| search::hit(&account, hit, &request.query)).collect(),
                next_page_token: paging.next(found.page.next),
                index_sequence: found.indexed,
                newest_only: found.newest_only,
            })
        })
        .await
    }

    async fn list_ticket_changes(
        &self,
        request: Request<v1::ListTicketChangesRequest>,
    ) -> Reply<v1::ListTicketChangesResponse> {
        self.read(request, async |grant, request| {
            let number = name::ticket(&grant, "parent", &request.parent)?;
            let paging = self.paging(&grant, list_fields!(request))?;
            let tickets::Changes { page, origins } =
                tickets::changes(&self.service, &grant, number, &paging.query).await?;
            let account = grant.account()?;
            Ok(v1::ListTicketChangesResponse {
                ticket_changes: page.items.iter().map(|event| history::change(account, event, &origins)).collect(),
                next_page_token: paging.next(page.next),
            })
        })
        .await
    }

    type WatchTicketStream = TicketStream;

    async fn watch_ticket(&self, request: Request<v1::WatchTicketRequest>) -> Reply<TicketStream> {
        self.ticket_stream(request).await
    }

    async fn update_ticket(&self, request: Request<v1::UpdateTicketRequest>) -> Reply<v1::UpdateTicketResponse> {
        let respond =
            |grant: &Grant, ticket| v1::UpdateTicketResponse { ticket: owned(grant, &ticket), mutation: None };
        self.write(request, convert::update, respond).await
    }

    async fn assign_ticket(&self, request: Request<v1::AssignTicketRequest>) -> Reply<v1::AssignTicketResponse> {
        let respond =
            |grant: &Grant, ticket| v1::AssignTicketResponse { ticket: owned(grant, &ticket), mutation: None };
        self.write(request, convert::assign, respond).await
    }

    async fn unassign_ticket(&self, request: Request<v1::UnassignTicketRequest>) -> Reply<v1::UnassignTicketResponse> {
        let respond =
            |grant: &Grant, ticket| v1::UnassignTicketResponse { ticket: owned(grant, &ticket), mutation: None };
        self.write(request, convert::unassign, respond).await
    }

    async fn change_ticket_status(
        &self,
        request: Request<v1::ChangeTicketStatusRequest>,
    ) -> Reply<v1::ChangeTicketStatusResponse> {
        let respond =
            |grant: &Grant, ticket| v1::ChangeTicketStatusResponse { ticket: owned(grant, &ticket), mutation: None };
        self.write(request, convert::change_status, respond).await
    }

    async fn close_ticket(&self, request: Request<v1::CloseTicketRequest>) -> Reply<v1::CloseTicketResponse> {
        let respond = |grant: &Grant, ticket| v1::CloseTicketResponse { ticket: owned(grant, &ticket), mutation: None };
        self.write(request, convert::close, respond).await
    }

    async fn reopen_ticket(&self, request: Request<v1::ReopenTicketRequest>) -> Reply<v1::ReopenTicketResponse> {
        let respond =
            |grant: &Grant, ticket| v1::ReopenTicketResponse { ticket: owned(grant, &ticket), mutation: None };
        self.write(request, convert::reopen, respond).await
    }

    async fn follow_ticket(&self, request: Request<v1::FollowTicketRequest>) -> Reply<v1::FollowTicketResponse> {
        let respond = |grant: &Grant, followed| v1::FollowTicketResponse {
            ticket_follower: life::follower(grant, followed),
            mutation: None,
        };
        self.write(request, life::follow, respond).await
    }

    async fn unfollow_ticket(&self, request: Request<v1::UnfollowTicketRequest>) -> Reply<v1::UnfollowTicketResponse> {
        let respond = |grant: &Grant, followed| v1::UnfollowTicketResponse {
            ticket_follower: life::follower(grant, followed),
            mutation: None,
        };
        self.write(request, life::unfollow, respond).await
    }

    async fn list_ticket_followers(
        &self,
        request: Request<v1::ListTicketFollowersRequest>,
    ) -> Reply<v1::ListTicketFollowersResponse> {
        self.read(request, async |grant, request| {
            let number = name::ticket(&grant, "parent", &request.parent)?;
            let paging = self.paging(&grant, list_fields!(request, plain))?;
            let ticket = tickets::get(&self.service, &grant, number).await?;
            let page = tickets::followers(&ticket, &paging.query.page);
            Ok(v1::ListTicketFollowersResponse {
                ticket_followers: page.items.into_iter().filter_map(|it| life::follower(&grant, Some(it))).collect(),
                next_page_token: paging.next(page.next),
            })
        })
        .await
    }

    async fn share_ticket(&self, request: Request<v1::ShareTicketRequest>) -> Reply<v1::ShareTicketResponse> {
        let respond = |grant: &Grant, share| v1::ShareTicketResponse {
            ticket_share: life::share(grant, Some(share)),
            mutation: None,
        };
        self.write(request, life::give_share, respond).await
    }

    async fn unshare_ticket(&self, request: Request<v1::UnshareTicketRequest>) -> Reply<v1::UnshareTicketResponse> {
        let respond = |grant: &Grant, share| v1::UnshareTicketResponse {
            ticket_share: life::share(grant, share),
            mutation: None,
        };
        self.write(request, life::take_share, respond).await
    }

    async fn associate_ticket(
        &self,
        request: Request<v1::AssociateTicketRequest>,
    ) -> Reply<v1::AssociateTicketResponse> {
        let respond =
            |grant: &Grant, ticket| v1::AssociateTicketResponse { ticket: owned(grant, &ticket), mutation: None };
        self.write(request, association::associate, respond).await
    }

    async fn dissociate_ticket(
        &self,
        request: Request<v1::DissociateTicketRequest>,
    ) -> Reply<v1::DissociateTicketResponse> {
        let respond =
            |grant: &Grant, ticket| v1::DissociateTicketResponse { ticket: owned(grant, &ticket), mutation: None };
        self.write(request, association::dissociate, respond).await
    }

    async fn list_ticket_shares(
        &self,
        request: Request<v1::ListTicketSharesRequest>,
    ) -> Reply<v1::ListTicketSharesResponse> {
        self.read(request, async |grant, request| {
            let number = name::ticket(&grant, "parent", &request.parent)?;
            let paging = self.paging(&grant, list_fields!(request, plain))?;
            let ticket = tickets::get(&self.service, &grant, number).await?;
            let page = tickets::shares(&ticket, &paging.query.page);
            Ok(v1::ListTicketSharesResponse {
                ticket_shares: page.items.into_iter().filter_map(|it| life::share(&grant, Some(it))).collect(),
                next_page_token: paging.next(page.next),
            })
        })
        .await
    }

    async fn split_ticket(&self, request: Request<v1::SplitTicketRequest>) -> Reply<v1::SplitTicketResponse> {
        let respond = |grant: &Grant, both: SplitOff| v1::SplitTicketResponse {
            ticket: owned(grant, &both.ticket),
            split_ticket: owned(grant, &both.split),
            mutation: None,
        };
        self.write(request, life::split, respond).await
    }

    async fn merge_tickets(&self, request: Request<v1::MergeTicketsRequest>) -> Reply<v1::MergeTicketsResponse> {
        let respond = |grant: &Grant, merged: Merged| v1::MergeTicketsResponse {
            ticket: owned(grant, &merged.target),
            sources: merged.sources.iter().filter_map(|source| owned(grant, source)).collect(),
            mutation: None,
        };
        self.write(request, life::merge, respond).await
    }

    async fn expunge_ticket(&self, request: Request<v1::ExpungeTicketRequest>) -> Reply<v1::ExpungeTicketResponse> {
        let respond = |grant: &Grant, gone: Vec<TicketNumber>| v1::ExpungeTicketResponse {
            tickets: life::names(grant, gone),
            mutation: None,
        };
        self.write(request, life::expunge, respond).await
    }

    async fn move_ticket(&self, request: Request<v1::MoveTicketRequest>) -> Reply<v1::MoveTicketResponse> {
        let respond = |grant: &Grant, ticket| v1::MoveTicketResponse { ticket: owned(grant, &ticket), mutation: None };
        self.write(request, life::relocate, respond).await
    }

    async fn delete_ticket(&self, request: Request<v1::DeleteTicketRequest>) -> Reply<v1::DeleteTicketResponse> {
        let respond =
            |grant: &Grant, ticket| v1::DeleteTicketResponse { ticket: owned(grant, &ticket), mutation: None };
        self.write(request, life::delete, respond).await
    }

    async fn undelete_ticket(&self, request: Request<v1::UndeleteTicketRequest>) -> Reply<v1::UndeleteTicketResponse> {
        let respond =
            |grant: &Grant, ticket| v1::UndeleteTicketResponse { ticket: owned(grant, &ticket), mutation: None };
        self.write(request, life::undelete, respond).await
    }

    async fn mark_ticket_spam(&self, request: Request<v1::MarkTicketSpamRequest>) -> Reply<v1::MarkTicketSpamResponse> {
        let respond =
            |grant: &Grant, ticket| v1::MarkTicketSpamResponse { ticket: owned(grant, &ticket), mutation: None };
        self.write(request, life::mark_spam, respond).await
    }

    async fn unmark_ticket_spam(
        &self,
        request: Request<v1::UnmarkTicketSpamRequest>,
    ) -> Reply<v1::UnmarkTicketSpamResponse> {
        let respond =
            |grant: &Grant, ticket| v1::UnmarkTicketSpamResponse { ticket: owned(grant, &ticket), mutation: None };
        self.write(request, life::unmark_spam, respond).await
    }

    async fn batch_get_tickets(
        &self,
        request: Request<v1::BatchGetTicketsRequest>,
    ) -> Reply<v1::BatchGetTicketsResponse> {
        self.read(request, async |grant, request| {
            name::account(&grant, "parent", &request.parent)?;
            let results = batch::get(&self.service, &grant, &request.names).await?;
            Ok(v1::BatchGetTicketsResponse { results })
        })
        .await
    }

    async fn batch_update_tickets(
        &self,
        request: Request<v1::BatchUpdateTicketsRequest>,
    ) -> Reply<v1::BatchUpdateTicketsResponse> {
        let respond = |grant: &Grant, done: Vec<_>| v1::BatchUpdateTicketsResponse {
            results: batch::results(grant, done),
            mutation: None,
        };
        self.write(request, batch::update, respond).await
    }

    async fn batch_assign_tickets(
        &self,
        request: Request<v1::BatchAssignTicketsRequest>,
    ) -> Reply<v1::BatchAssignTicketsResponse> {
        let respond = |grant: &Grant, done: Vec<_>| v1::BatchAssignTicketsResponse {
            results: batch::results(grant, done),
            mutation: None,
        };
        self.write(request, batch::assign, respond).await
    }

    async fn batch_delete_tickets(
        &self,
        request: Request<v1::BatchDeleteTicketsRequest>,
    ) -> Reply<v1::BatchDeleteTicketsResponse> {
        let respond = |grant: &Grant, done: Vec<_>| v1::BatchDeleteTicketsResponse {
            results: batch::results(grant, done),
            mutation: None,
        };
        self.write(request, batch::delete, respond).await
    }
}
