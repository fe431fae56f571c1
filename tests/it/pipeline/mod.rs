//! `PipelineService`.

mod actions;
mod add_ons;
mod by_email;
mod close_dates;
mod day;
mod deletion;
pub mod hands;
mod pipelines;
mod plans;
mod rules;
mod statuses;

use helpdesk::grpc::pb::v1::{self, ErrorReason, StatusCategory as Is};

use crate::support::app::{self, App};
use crate::support::client::assert_refused;
use crate::support::databases::both_engines;

// R-021, C-070: every account has one pipeline with four statuses, in order.
both_engines!(an_account_has_one_pipeline_with_four_statuses, |db| async move {
    let app = App::start(db).await;
    let mia = app.agent("mia").await;
    let request = v1::ListPipelinesRequest { parent: app::account(), ..v1::ListPipelinesRequest::default() };
    let pipelines = mia.pipelines().list_pipelines(request).await.expect("a page").into_inner().pipelines;
    let [pipeline] = pipelines.as_slice() else { panic!("one pipeline") };
    let get = v1::GetPipelineRequest { name: pipeline.name.clone() };
    let found = mia.pipelines().get_pipeline(get).await.expect("found").into_inner().pipeline;
    assert_eq!(found.as_ref(), Some(pipeline));
    let (mut statuses, mut page_token) = (Vec::new(), String::new());
    loop {
        let request = v1::ListPipelineStatusesRequest { parent: pipeline.name.clone(), page_size: 3, page_token };
        let page = mia.pipelines().list_pipeline_statuses(request).await.expect("a page").into_inner();
        statuses.extend(page.pipeline_statuses);
        page_token = page.next_page_token;
        if page_token.is_empty() {
            break;
        }
    }
    let categories: Vec<_> = statuses.iter().map(v1::PipelineStatus::category).collect();
    assert_eq!(categories, [Is::New, Is::WaitingOnContact, Is::WaitingOnUs, Is::Closed]);
    let names: Vec<_> = statuses.iter().map(|status| status.name.clone()).collect();
    assert_eq!(pipeline.statuses, names);
    let get = v1::GetPipelineStatusRequest { name: names[3].clone() };
    let status = mia.pipelines().get_pipeline_status(get).await.expect("found").into_inner().pipeline_status;
    assert_eq!(status.as_ref(), statuses.last());
    let get = v1::GetPipelineStatusRequest { name: format!("{}/statuses/other", pipeline.name) };
    assert_refused(mia.pipelines().get_pipeline_status(get).await, ErrorReason::ResourceNotFound);
});
