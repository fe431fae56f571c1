//! `CallService`.

use tonic::Request;

use crate::grpc::call::{Front, Reply};
use crate::grpc::convert::{call as convert, name};
use crate::grpc::pb::v1::{self, call_service_server::CallService};
use crate::service::calls::{self, SeenCall};
use crate::service::grant::Grant;

fn wire(grant: &Grant, seen: &SeenCall) -> Option<v1::Call> {
    grant.account().ok().map(|account| convert::call(account, seen))
}

#[tonic::async_trait]
impl CallService for Front {
    async fn route_call(&self, request: Request<v1::RouteCallRequest>) -> Reply<v1::RouteCallResponse> {
        let respond = |grant: &Grant, seen| v1::RouteCallResponse { call: wire(grant, &seen), mutation: None };
        self.write(request, convert::come_in, respond).await
    }

    async fn answer_call(&self, request: Request<v1::AnswerCallRequest>) -> Reply<v1::AnswerCallResponse> {
        let respond = |grant: &Grant, seen| v1::AnswerCallResponse { call: wire(grant, &seen), mutation: None };
        self.write(request, convert::answer, respond).await
    }

    async fn end_call(&self, request: Request<v1::EndCallRequest>) -> Reply<v1::EndCallResponse> {
        let respond = |grant: &Grant, seen| v1::EndCallResponse { call: wire(grant, &seen), mutation: None };
        let rules = self.service.file_rules();
        self.write(request, |grant, request| convert::end(grant, request, rules), respond).await
    }

    async fn get_call(&self, request: Request<v1::GetCallRequest>) -> Reply<v1::GetCallResponse> {
        self.read(request, async |grant, request| {
            let id = name::call(&grant, "name", &request.name)?;
            let seen = calls::get(&self.service, &grant, id).await?;
            Ok(v1::GetCallResponse { call: wire(&grant, &seen) })
        })
        .await
    }
}
