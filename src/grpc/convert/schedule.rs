//! Working hours on the wire.

use crate::domain::hours::{Block, Hours};
use crate::domain::ids::AccountId;
use crate::domain::names::Name;
use crate::domain::rejection::Rejection;
use crate::domain::schedule::{Absence, Source};
use crate::domain::user::User;
use crate::grpc::convert::common::moment;
use crate::grpc::convert::{name, timestamp};
use crate::grpc::pb::v1;
use crate::service::grant::Grant;
use crate::service::users::SetSchedule;

/// When a person works, as callers see it.
pub fn work_schedule(account: &AccountId, user: &User) -> v1::WorkSchedule {
    let schedule = &user.work.schedule;
    let absence = |absence: &Absence| v1::OutOfOffice {
        start_time: Some(timestamp(absence.start)),
        end_time: Some(timestamp(absence.end)),
    };
    v1::WorkSchedule {
        name: Name::WorkSchedule(user.id.clone()).within(account),
        time_zone: schedule.hours.zone.clone(),
        blocks: schedule.hours.blocks.iter().map(block).collect(),
        out_of_office: schedule.absences.iter().map(absence).collect(),
    }
}

/// A block of hours.
pub fn block(block: &Block) -> v1::WorkBlock {
    v1::WorkBlock { day: i32::from(block.day) + 1, start_minute: block.start.into(), end_minute: block.end.into() }
}

/// The same as given.
pub fn block_of(block: &v1::WorkBlock) -> Block {
    let minute = |minute: i32| u16::try_from(minute).unwrap_or(u16::MAX);
    Block {
        day: u8::try_from(block.day - 1).unwrap_or(u8::MAX),
        start: minute(block.start_minute),
        end: minute(block.end_minute),
    }
}

/// What set an availability.
pub fn source(source: Option<Source>) -> v1::AvailabilitySource {
    match source {
        None => v1::AvailabilitySource::Unspecified,
        Some(Source::Own) => v1::AvailabilitySource::Own,
        Some(Source::Other) => v1::AvailabilitySource::Other,
        Some(Source::Schedule) => v1::AvailabilitySource::Schedule,
        Some(Source::OutOfOffice) => v1::AvailabilitySource::OutOfOffice,
    }
}

/// The use case of a `SetWorkSchedule` request.
///
/// # Errors
/// A name that is none, and times that are none.
pub fn set(grant: &Grant, request: v1::SetWorkScheduleRequest) -> Result<SetSchedule, Rejection> {
    let schedule = name::required("work_schedule", request.work_schedule)?;
    let user = name::work_schedule(grant, "work_schedule.name", &schedule.name)?;
    let hours = Hours { zone: schedule.time_zone.clone(), blocks: schedule.blocks.iter().map(block_of).collect() };
    let absences = schedule.out_of_office.iter().map(absence_of).collect::<Result<_, _>>()?;
    Ok(SetSchedule { user, hours, absences })
}

fn absence_of(given: &v1::OutOfOffice) -> Result<Absence, Rejection> {
    let field = "work_schedule.out_of_office";
    let time = |time: Option<&prost_types::Timestamp>| name::required(field, time.and_then(moment));
    Ok(Absence { start: time(given.start_time.as_ref())?, end: time(given.end_time.as_ref())? })
}
