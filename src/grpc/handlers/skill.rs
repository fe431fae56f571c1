//! `SkillService`.

use tonic::Request;

use crate::domain::routing::Skills;
use crate::domain::skill::Skill;
use crate::grpc::call::{Front, Reply};
use crate::grpc::convert::{name, skill as convert, user};
use crate::grpc::paging::list_fields;
use crate::grpc::pb::v1::{self, skill_service_server::SkillService};
use crate::service::grant::Grant;
use crate::service::skills;

fn wire(grant: &Grant, skill: &Skill) -> Option<v1::Skill> {
    grant.account().ok().map(|account| convert::skill(account, skill))
}

#[tonic::async_trait]
impl SkillService for Front {
    async fn get_skill(&self, request: Request<v1::GetSkillRequest>) -> Reply<v1::GetSkillResponse> {
        self.read(request, async |grant, request| {
            let id = name::skill(&grant, "name", &request.name)?;
            let skill = skills::get(&self.service, &grant, &id).await?;
            Ok(v1::GetSkillResponse { skill: wire(&grant, &skill) })
        })
        .await
    }

    async fn list_skills(&self, request: Request<v1::ListSkillsRequest>) -> Reply<v1::ListSkillsResponse> {
        self.read(request, async |grant, request| {
            let account = name::account(&grant, "parent", &request.parent)?;
            let paging = self.paging(&grant, list_fields!(request, plain))?;
            let page = skills::list(&self.service, &grant, &paging.query).await?;
            Ok(v1::ListSkillsResponse {
                skills: page.items.iter().map(|skill| convert::skill(&account, skill)).collect(),
                next_page_token: paging.next(page.next),
            })
        })
        .await
    }

    async fn create_skill(&self, request: Request<v1::CreateSkillRequest>) -> Reply<v1::CreateSkillResponse> {
        let respond = |grant: &Grant, skill| v1::CreateSkillResponse { skill: wire(grant, &skill), mutation: None };
        self.write(request, convert::create, respond).await
    }

    async fn update_skill(&self, request: Request<v1::UpdateSkillRequest>) -> Reply<v1::UpdateSkillResponse> {
        let respond = |grant: &Grant, skill| v1::UpdateSkillResponse { skill: wire(grant, &skill), mutation: None };
        self.write(request, convert::update, respond).await
    }

    async fn delete_skill(&self, request: Request<v1::DeleteSkillRequest>) -> Reply<v1::DeleteSkillResponse> {
        self.write(request, convert::delete, |_, ()| v1::DeleteSkillResponse { mutation: None }).await
    }

    async fn assign_skills(&self, request: Request<v1::AssignSkillsRequest>) -> Reply<v1::AssignSkillsResponse> {
        let respond = |grant: &Grant, skills: Skills| v1::AssignSkillsResponse {
            skills: grant.account().map(|account| user::skills(account, &skills)).unwrap_or_default(),
            mutation: None,
        };
        self.write(request, convert::assign, respond).await
    }

    async fn list_skill_uses(&self, request: Request<v1::ListSkillUsesRequest>) -> Reply<v1::ListSkillUsesResponse> {
        self.read(request, async |grant, request| {
            let id = name::skill(&grant, "name", &request.name)?;
            let uses = skills::uses(&self.service, &grant, &id).await?;
            Ok(convert::uses(grant.account()?, uses))
        })
        .await
    }
}
