//! `ContentService`.

use tonic::Request;

use crate::domain::rejection::Rejection;
use crate::domain::text_block::TextBlock;
use crate::grpc::call::{Front, Reply};
use crate::grpc::convert::conversation::place;
use crate::grpc::convert::{content as convert, name};
use crate::grpc::paging::ListFields;
use crate::grpc::pb::v1::{self, content_service_server::ContentService};
use crate::service::content::{self, BlockQuery};
use crate::service::grant::Grant;

fn wire(grant: &Grant, block: &TextBlock) -> Option<v1::TextBlock> {
    grant.account().ok().map(|account| convert::text_block(account, block))
}

#[tonic::async_trait]
impl ContentService for Front {
    async fn get_text_block(&self, request: Request<v1::GetTextBlockRequest>) -> Reply<v1::GetTextBlockResponse> {
        self.read(request, async |grant, request| {
            let id = name::text_block(&grant, "name", &request.name)?;
            let block = content::get(&self.service, &grant, &id).await?;
            Ok(v1::GetTextBlockResponse { text_block: wire(&grant, &block) })
        })
        .await
    }

    async fn list_text_blocks(&self, request: Request<v1::ListTextBlocksRequest>) -> Reply<v1::ListTextBlocksResponse> {
        self.read(request, async |grant, request| {
            let account = name::account(&grant, "parent", &request.parent)?;
            let (kind, archived) = (convert::kind(request.r#type()), request.show_archived);
            let fields = ListFields {
                parent: &request.parent,
                page_size: request.page_size,
                page_token: &request.page_token,
                filter: &format!("{kind:?} {archived}"),
                ..ListFields::default()
            };
            let paging = self.paging(&grant, fields)?;
            let query = BlockQuery { kind, archived, page: paging.query.page.clone() };
            let page = content::list(&self.service, &grant, &query).await?;
            Ok(v1::ListTextBlocksResponse {
                text_blocks: page.items.iter().map(|block| convert::text_block(&account, block)).collect(),
                next_page_token: paging.next(page.next),
            })
        })
        .await
    }

    async fn create_text_block(
        &self,
        request: Request<v1::CreateTextBlockRequest>,
    ) -> Reply<v1::CreateTextBlockResponse> {
        let unnamed = request.get_ref().validate_only && request.get_ref().text_block_id.is_empty();
        let respond = move |grant: &Grant, block: TextBlock| {
            let mut text_block = wire(grant, &block);
            text_block.iter_mut().filter(|_| unnamed).for_each(|block| block.name.clear());
            v1::CreateTextBlockResponse { text_block, mutation: None }
        };
        self.write(request, convert::create, respond).await
    }

    async fn update_text_block(
        &self,
        request: Request<v1::UpdateTextBlockRequest>,
    ) -> Reply<v1::UpdateTextBlockResponse> {
        let respond = |grant: &Grant, block: TextBlock| v1::UpdateTextBlockResponse {
            text_block: wire(grant, &block),
            mutation: None,
        };
        self.write(request, convert::update, respond).await
    }

    async fn delete_text_block(
        &self,
        request: Request<v1::DeleteTextBlockRequest>,
    ) -> Reply<v1::DeleteTextBlockResponse> {
        self.write(request, convert::delete, |_, ()| v1::DeleteTextBlockResponse { mutation: None }).await
    }

    async fn render_text_block(
        &self,
        request: Request<v1::RenderTextBlockRequest>,
    ) -> Reply<v1::RenderTextBlockResponse> {
        self.read(request, async |grant, request| {
            let id = name::text_block(&grant, "name", &request.name)?;
            let at = if request.place.is_empty() { None } else { Some(place_ref(&grant, &request.place)?) };
            let rendered = content::rendered(&self.service, &grant, &id, at).await?;
            Ok(convert::rendered(rendered))
        })
        .await
    }
}

/// The place is a reference: what is out of reach there is REFERENCE_NOT_FOUND.
fn place_ref(grant: &Grant, text: &str) -> Result<crate::service::conversations::Place, Rejection> {
    place(grant, "place", text)
        .map_err(|_| Rejection::ReferenceNotFound { field: "place".to_owned(), resource: text.to_owned() })
}
