//! `ChannelService`.

use tonic::Request;

use crate::domain::channel::Channel;
use crate::domain::routing::RoutingVersion;
use crate::grpc::call::{Front, Reply};
use crate::grpc::convert::{channel as convert, name};
use crate::grpc::paging::list_fields;
use crate::grpc::pb::v1::{self, channel_service_server::ChannelService};
use crate::service::channels::{self, FlaggedRouting};
use crate::service::grant::Grant;

fn wire(grant: &Grant, channel: &Channel) -> Option<v1::Channel> {
    grant.account().ok().map(|account| convert::channel(account, channel))
}

fn wire_routing(grant: &Grant, routing: &FlaggedRouting) -> Option<v1::ChannelRouting> {
    grant.account().ok().map(|account| convert::routing(account, routing, grant.tier()))
}

#[tonic::async_trait]
impl ChannelService for Front {
    async fn get_channel(&self, request: Request<v1::GetChannelRequest>) -> Reply<v1::GetChannelResponse> {
        self.read(request, async |grant, request| {
            let id = name::channel(&grant, "name", &request.name)?;
            let channel = channels::get(&self.service, &grant, &id).await?;
            Ok(v1::GetChannelResponse { channel: wire(&grant, &channel) })
        })
        .await
    }

    async fn list_channels(&self, request: Request<v1::ListChannelsRequest>) -> Reply<v1::ListChannelsResponse> {
        self.read(request, async |grant, request| {
            let account = name::account(&grant, "parent", &request.parent)?;
            let paging = self.paging(&grant, list_fields!(request, plain))?;
            let page = channels::list(&self.service, &grant, &paging.query).await?;
            Ok(v1::ListChannelsResponse {
                channels: page.items.iter().map(|channel| convert::channel(&account, channel)).collect(),
                next_page_token: paging.next(page.next),
            })
        })
        .await
    }

    async fn list_ticket_channels(
        &self,
        request: Request<v1::ListTicketChannelsRequest>,
    ) -> Reply<v1::ListTicketChannelsResponse> {
        self.read(request, async |grant, request| {
            let pipeline = name::pipeline(&grant, "parent", &request.parent)?;
            let paging = self.paging(&grant, list_fields!(request, plain))?;
            let page = channels::making_tickets(&self.service, &grant, &pipeline, &paging.query).await?;
            let account = grant.account()?;
            Ok(v1::ListTicketChannelsResponse {
                channels: page.items.iter().map(|channel| convert::channel(account, channel)).collect(),
                next_page_token: paging.next(page.next),
            })
        })
        .await
    }

    async fn create_channel(&self, request: Request<v1::CreateChannelRequest>) -> Reply<v1::CreateChannelResponse> {
        let respond =
            |grant: &Grant, channel| v1::CreateChannelResponse { channel: wire(grant, &channel), mutation: None };
        self.write(request, convert::create, respond).await
    }

    async fn update_channel(&self, request: Request<v1::UpdateChannelRequest>) -> Reply<v1::UpdateChannelResponse> {
        let respond =
            |grant: &Grant, channel| v1::UpdateChannelResponse { channel: wire(grant, &channel), mutation: None };
        self.write(request, convert::update, respond).await
    }

    async fn delete_channel(&self, request: Request<v1::DeleteChannelRequest>) -> Reply<v1::DeleteChannelResponse> {
        self.write(request, convert::delete, |_, ()| v1::DeleteChannelResponse { mutation: None }).await
    }

    async fn get_channel_routing(
        &self,
        request: Request<v1::GetChannelRoutingRequest>,
    ) -> Reply<v1::GetChannelRoutingResponse> {
        self.read(request, async |grant, request| {
            let id = name::channel_routing(&grant, "name", &request.name)?;
            let routing = channels::routing(&self.service, &grant, &id).await?;
            Ok(v1::GetChannelRoutingResponse { channel_routing: wire_routing(&grant, &routing) })
        })
        .await
    }

    async fn get_routing_version(
        &self,
        request: Request<v1::GetRoutingVersionRequest>,
    ) -> Reply<v1::GetRoutingVersionResponse> {
        self.read(request, async |grant, request| {
            let (channel, number) = name::routing_version(&grant, "name", &request.name)?;
            let found = channels::version(&self.service, &grant, &channel, number).await?;
            let routing_version = Some(convert::version(grant.account()?, &found));
            Ok(v1::GetRoutingVersionResponse { routing_version })
        })
        .await
    }

    async fn list_routing_versions(
        &self,
        request: Request<v1::ListRoutingVersionsRequest>,
    ) -> Reply<v1::ListRoutingVersionsResponse> {
        self.read(request, async |grant, request| {
            let channel = name::channel(&grant, "parent", &request.parent)?;
            let paging = self.paging(&grant, list_fields!(request, plain))?;
            let page = channels::versions(&self.service, &grant, &channel, &paging.query).await?;
            let account = grant.account()?;
            let routing_versions = page.items.iter().map(|version| convert::version(account, version)).collect();
            Ok(v1::ListRoutingVersionsResponse { routing_versions, next_page_token: paging.next(page.next) })
        })
        .await
    }

    async fn create_routing_draft(
        &self,
        request: Request<v1::CreateRoutingDraftRequest>,
    ) -> Reply<v1::CreateRoutingDraftResponse> {
        let respond = |grant: &Grant, version| v1::CreateRoutingDraftResponse {
            routing_version: grant.account().ok().map(|account| convert::version(account, &version)),
            mutation: None,
        };
        self.write(request, convert::draft, respond).await
    }

    async fn activate_routing_version(
        &self,
        request: Request<v1::ActivateRoutingVersionRequest>,
    ) -> Reply<v1::ActivateRoutingVersionResponse> {
        let respond = |grant: &Grant, (version, flagged): (RoutingVersion, FlaggedRouting)| {
            let routing_version = grant.account().ok().map(|account| convert::version(account, &version));
            let channel_routing = wire_routing(grant, &flagged);
            v1::ActivateRoutingVersionResponse { routing_version, channel_routing, mutation: None }
        };
        self.write(request, convert::activate, respond).await
    }

    async fn update_channel_routing(
        &self,
        request: Request<v1::UpdateChannelRoutingRequest>,
    ) -> Reply<v1::UpdateChannelRoutingResponse> {
        let respond = |grant: &Grant, routing| v1::UpdateChannelRoutingResponse {
            channel_routing: wire_routing(grant, &routing),
            mutation: None,
        };
        self.write(request, convert::update_routing, respond).await
    }
}
