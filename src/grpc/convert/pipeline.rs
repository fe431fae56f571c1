//! Pipelines and their statuses on the wire.

use crate::domain::ids::AccountId;
use crate::domain::names::Name;
use crate::domain::pipeline::Status;
use crate::grpc::convert::ticket::status_category;
use crate::grpc::convert::timestamp;
use crate::grpc::pb::v1;
use crate::service::desk::etag;
use crate::service::pipelines::PipelineWithStatuses;

/// A pipeline as callers see it.
pub fn pipeline(account: &AccountId, (pipeline, statuses): &PipelineWithStatuses) -> v1::Pipeline {
    let status = |id: &crate::domain::ids::StatusId| Name::Status(pipeline.id.clone(), id.clone()).within(account);
    v1::Pipeline {
        name: Name::Pipeline(pipeline.id.clone()).within(account),
        display_name: pipeline.display_name.clone(),
        position: i32::try_from(pipeline.position).unwrap_or(i32::MAX),
        statuses: statuses.iter().map(status).collect(),
        create_time: Some(timestamp(pipeline.create_time)),
        update_time: Some(timestamp(pipeline.update_time)),
        etag: etag(pipeline.version),
    }
}

/// A status as callers see it.
pub fn status(account: &AccountId, status: &Status) -> v1::PipelineStatus {
    v1::PipelineStatus {
        name: Name::Status(status.pipeline.clone(), status.id.clone()).within(account),
        display_name: status.display_name.clone(),
        category: status_category(status.category).into(),
        position: i32::try_from(status.position).unwrap_or(i32::MAX),
        create_time: Some(timestamp(status.create_time)),
        update_time: Some(timestamp(status.update_time)),
        etag: etag(status.version),
    }
}
