//! `AccessService`.

use tonic::Request;

use crate::grpc::call::{Front, Reply};
use crate::grpc::convert::access::{self as convert, hide_secret};
use crate::grpc::convert::{name, timestamp};
use crate::grpc::paging::list_fields;
use crate::grpc::pb::v1::{self, access_service_server::AccessService};
use crate::service::access;
use crate::service::grant::Grant;

fn shown(grant: &Grant, key: &crate::domain::user::AccessKey) -> Option<v1::AccessKey> {
    grant.account().ok().map(|account| convert::access_key(account, key))
}

#[tonic::async_trait]
impl AccessService for Front {
    async fn get_caller(&self, request: Request<v1::GetCallerRequest>) -> Reply<v1::GetCallerResponse> {
        let ends = request.extensions().get::<crate::grpc::call::CredentialEnd>().map(|end| timestamp(end.0));
        self.read(request, async |grant, _| {
            Ok(v1::GetCallerResponse { caller: Some(convert::caller(&access::view(&grant), ends)) })
        })
        .await
    }

    async fn get_access_key(&self, request: Request<v1::GetAccessKeyRequest>) -> Reply<v1::GetAccessKeyResponse> {
        self.read(request, async |grant, request| {
            let id = name::access_key(&grant, "name", &request.name)?;
            let key = access::get(&self.service, &grant, &id).await?;
            Ok(v1::GetAccessKeyResponse { access_key: shown(&grant, &key) })
        })
        .await
    }

    async fn list_access_keys(&self, request: Request<v1::ListAccessKeysRequest>) -> Reply<v1::ListAccessKeysResponse> {
        self.read(request, async |grant, request| {
            let account = name::account(&grant, "parent", &request.parent)?;
            let paging = self.paging(&grant, list_fields!(request, plain))?;
            let page = access::list(&self.service, &grant, &paging.query.page).await?;
            Ok(v1::ListAccessKeysResponse {
                access_keys: page.items.iter().map(|key| convert::access_key(&account, key)).collect(),
                next_page_token: paging.next(page.next),
            })
        })
        .await
    }

    async fn create_access_key(
        &self,
        request: Request<v1::CreateAccessKeyRequest>,
    ) -> Reply<v1::CreateAccessKeyResponse> {
        let tried = request.get_ref().validate_only;
        let build =
            |grant: &Grant, request| access::Create::prepare(&self.service, grant, convert::wish(grant, request)?);
        let respond = move |grant: &Grant, made: access::NewKey| {
            let access_key = shown(grant, &made.key);
            let secret = if tried { String::new() } else { made.credential.expose().to_owned() };
            v1::CreateAccessKeyResponse { access_key, secret, mutation: None }
        };
        self.write_keeping(request, build, respond, |kept| hide_secret(&mut kept.secret, &mut kept.mutation)).await
    }

    async fn revoke_access_key(
        &self,
        request: Request<v1::RevokeAccessKeyRequest>,
    ) -> Reply<v1::RevokeAccessKeyResponse> {
        let respond =
            |grant: &Grant, key| v1::RevokeAccessKeyResponse { access_key: shown(grant, &key), mutation: None };
        self.write(request, convert::revoke, respond).await
    }
}
