//! `AccountService`.

use tonic::{Request, Response};

use crate::grpc::call::{Front, Reply, grant_of, replayed, write_call};
use crate::grpc::contract::calls::Mutated;
use crate::grpc::convert::access::hide_secret;
use crate::grpc::convert::{self, account as convert_account};
use crate::grpc::pb::v1::{self, account_service_server::AccountService};
use crate::grpc::validation::checked;
use crate::service::accounts::{self, AccountView};
use crate::service::grant::Grant;
use crate::service::{Answer, Encoder, Written};

#[tonic::async_trait]
impl AccountService for Front {
    async fn get_account(&self, request: Request<v1::GetAccountRequest>) -> Reply<v1::GetAccountResponse> {
        self.read(request, async |grant, request| {
            let id = convert_account::account_name("name", &request.name)?;
            let found = accounts::get(&self.service, &grant, &id).await?;
            let account = convert_account::account(&found.account, found.credits_used);
            Ok(v1::GetAccountResponse { account: Some(account) })
        })
        .await
    }

    async fn update_account(&self, request: Request<v1::UpdateAccountRequest>) -> Reply<v1::UpdateAccountResponse> {
        let respond = |_: &Grant, changed: AccountView| v1::UpdateAccountResponse {
            account: Some(convert_account::account(&changed.account, changed.credits_used)),
            mutation: None,
        };
        self.write_inside(request, convert_account::changed_account, convert_account::update, respond).await
    }

    /// Outside lanes: the caller has no account, and the new one has no lane yet.
    async fn create_account(&self, request: Request<v1::CreateAccountRequest>) -> Reply<v1::CreateAccountResponse> {
        let grant = grant_of(&request)?;
        let message = checked(request.into_inner())?;
        let (call, tried) = (write_call(&message, None), message.validate_only);
        let new = convert_account::new_account(message)?;
        let answer = accounts::create_for(&self.service, &grant, call, &new, self.account_encoder(tried)).await?;
        match answer {
            Answer::Fresh(response) => Ok(Response::new(response)),
            Answer::Replayed(bytes) => replayed(&bytes),
        }
    }
}

impl Front {
    fn account_encoder(&self, tried: bool) -> Encoder<accounts::Created, v1::CreateAccountResponse> {
        let sealer = self.sealer.clone();
        Encoder {
            respond: Box::new(move |made: accounts::Created, written: &Written| {
                let mut response = convert_account::created(&made, tried);
                response.set_mutation(convert::mutation(&sealer, &made.account.id, written));
                response
            }),
            store: Box::new(|response| {
                let mut kept = response.clone();
                hide_secret(&mut kept.secret, &mut kept.mutation);
                prost::Message::encode_to_vec(&kept)
            }),
        }
    }
}
