//! `ContactService`.

use tonic::Request;

use crate::domain::contact::Contact;
use crate::grpc::call::{Front, Reply};
use crate::grpc::convert::common::count;
use crate::grpc::convert::{contact as convert, name};
use crate::grpc::paging::list_fields;
use crate::grpc::pb::v1::{self, contact_service_server::ContactService};
use crate::service::contacts::{self, Identified, Merged};
use crate::service::grant::Grant;
use crate::service::records::Released;

fn wire(grant: &Grant, contact: &Contact) -> Option<v1::Contact> {
    grant.account().ok().map(|account| convert::contact(account, contact))
}

#[tonic::async_trait]
impl ContactService for Front {
    async fn get_contact(&self, request: Request<v1::GetContactRequest>) -> Reply<v1::GetContactResponse> {
        self.read(request, async |grant, request| {
            let id = name::contact(&grant, "name", &request.name)?;
            let contact = contacts::find(&self.service, &grant, id).await?;
            Ok(v1::GetContactResponse { contact: wire(&grant, &contact) })
        })
        .await
    }

    async fn list_contacts(&self, request: Request<v1::ListContactsRequest>) -> Reply<v1::ListContactsResponse> {
        self.read(request, async |grant, request| {
            let account = name::account(&grant, "parent", &request.parent)?;
            let paging = self.paging(&grant, list_fields!(request))?;
            let page = contacts::list(&self.service, &grant, &paging.query).await?;
            Ok(v1::ListContactsResponse {
                contacts: page.items.iter().map(|contact| convert::contact(&account, contact)).collect(),
                next_page_token: paging.next(page.next),
            })
        })
        .await
    }

    async fn batch_get_contacts(
        &self,
        request: Request<v1::BatchGetContactsRequest>,
    ) -> Reply<v1::BatchGetContactsResponse> {
        self.read(request, async |grant, request| {
            name::account(&grant, "parent", &request.parent)?;
            let results = convert::several(&self.service, &grant, &request.names).await?;
            Ok(v1::BatchGetContactsResponse { results })
        })
        .await
    }

    async fn create_contact(&self, request: Request<v1::CreateContactRequest>) -> Reply<v1::CreateContactResponse> {
        let respond =
            |grant: &Grant, contact| v1::CreateContactResponse { contact: wire(grant, &contact), mutation: None };
        self.write(request, convert::create, respond).await
    }

    async fn update_contact(&self, request: Request<v1::UpdateContactRequest>) -> Reply<v1::UpdateContactResponse> {
        let respond =
            |grant: &Grant, contact| v1::UpdateContactResponse { contact: wire(grant, &contact), mutation: None };
        self.write(request, convert::update, respond).await
    }

    async fn delete_contact(&self, request: Request<v1::DeleteContactRequest>) -> Reply<v1::DeleteContactResponse> {
        let respond = |_: &Grant, released: Released| v1::DeleteContactResponse {
            released_tickets: count(released.tickets),
            release_pending: released.pending,
            mutation: None,
        };
        self.write(request, convert::delete, respond).await
    }

    async fn merge_contacts(&self, request: Request<v1::MergeContactsRequest>) -> Reply<v1::MergeContactsResponse> {
        let respond = |grant: &Grant, Merged { contact, moved }| v1::MergeContactsResponse {
            contact: wire(grant, &contact),
            moved_tickets: count(moved.tickets),
            move_pending: moved.pending,
            mutation: None,
        };
        self.write(request, convert::merge, respond).await
    }

    async fn identify_visitor(
        &self,
        request: Request<v1::IdentifyVisitorRequest>,
    ) -> Reply<v1::IdentifyVisitorResponse> {
        let respond = |grant: &Grant, Identified { contact, linked }| v1::IdentifyVisitorResponse {
            contact: wire(grant, &contact),
            linked,
            mutation: None,
        };
        self.write(request, convert::identify, respond).await
    }
}
