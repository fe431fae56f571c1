//! What every resource uses: times, actors, effects.

use crate::domain::event::{Actor, SystemActor};
use crate::domain::ids::AccountId;
use crate::domain::names::Name;
use crate::domain::time::Timestamp;
use crate::grpc::pb::v1;
use crate::grpc::sealing::{ResumePoint, Sealer};
use crate::service::{EffectKind, Written};

/// A point in time.
pub fn timestamp(time: Timestamp) -> prost_types::Timestamp {
    let (micros, second) = (time.as_micros(), 1_000_000);
    let nanos = i32::try_from(micros.rem_euclid(second) * 1_000).unwrap_or(0);
    prost_types::Timestamp { seconds: micros.div_euclid(second), nanos }
}

/// A point in time that a caller gave, cut to microseconds; nothing when it lies outside the years 1 to 9999.
pub fn moment(time: &prost_types::Timestamp) -> Option<Timestamp> {
    let in_range =
        (-62_135_596_800..=253_402_300_799).contains(&time.seconds) && (0..1_000_000_000).contains(&time.nanos);
    in_range.then(|| Timestamp::from_micros(time.seconds * 1_000_000 + i64::from(time.nanos / 1_000)))
}

/// Who did something.
pub fn actor(account: &AccountId, actor: &Actor) -> v1::Actor {
    use v1::actor::Kind;
    let kind = match actor {
        Actor::User(id) => Kind::User(Name::User(id.clone()).within(account)),
        Actor::AccessKey(id) => Kind::AccessKey(Name::AccessKey(id.clone()).within(account)),
        Actor::CustomerAgent(id) => Kind::CustomerAgent(Name::CustomerAgent(id.clone()).within(account)),
        Actor::Contact(id) => Kind::Contact(Name::Contact(*id).within(account)),
        Actor::Visitor => Kind::Visitor(v1::VisitorActor {}),
        Actor::System(part) => Kind::System(system_actor(*part).into()),
    };
    v1::Actor { kind: Some(kind) }
}

fn system_actor(part: SystemActor) -> v1::SystemActor {
    match part {
        SystemActor::Router => v1::SystemActor::Router,
        SystemActor::Pipeline => v1::SystemActor::PipelineAutomation,
        SystemActor::Timer => v1::SystemActor::Timer,
        SystemActor::Operator => v1::SystemActor::Operator,
        SystemActor::Workflow => v1::SystemActor::Workflow,
    }
}

/// What a write brought about.
pub fn mutation(sealer: &Sealer, account: &AccountId, written: &Written) -> v1::MutationInfo {
    let full = |path: &str| if path.is_empty() { String::new() } else { format!("accounts/{account}/{path}") };
    let resume_token = if written.validated_only {
        String::new()
    } else {
        sealer.resume(account, ResumePoint { sequence: written.sequence, time: written.time })
    };
    let effect = |effect: &crate::service::Effect| v1::Effect {
        kind: effect_kind(effect.kind).into(),
        resource: full(&effect.resource),
        cause: full(&effect.cause),
        summary: effect.summary.clone(),
    };
    let warning = |warning: &crate::service::Warning| v1::Warning {
        field: warning.field.clone(),
        text: warning.text.clone(),
        resource: full(&warning.resource),
    };
    v1::MutationInfo {
        replayed: false,
        validated_only: written.validated_only,
        resume_token,
        effects: written.effects.iter().map(effect).collect(),
        warnings: written.warnings.iter().map(warning).collect(),
    }
}

fn effect_kind(kind: EffectKind) -> v1::EffectKind {
    match kind {
        EffectKind::StatusChanged => v1::EffectKind::StatusChanged,
        EffectKind::Assigned => v1::EffectKind::Assigned,
        EffectKind::Unassigned => v1::EffectKind::Unassigned,
        EffectKind::MessageQueued => v1::EffectKind::MessageQueued,
        EffectKind::TicketCreated => v1::EffectKind::TicketCreated,
        EffectKind::ContactCreated => v1::EffectKind::ContactCreated,
        EffectKind::MainTeamChanged => v1::EffectKind::MainTeamChanged,
        EffectKind::ControlMoved => v1::EffectKind::ControlMoved,
        EffectKind::HandoffTriggered => v1::EffectKind::HandoffTriggered,
        EffectKind::Notified => v1::EffectKind::Notified,
    }
}

/// How many there are.
pub fn count(number: usize) -> i32 {
    i32::try_from(number).unwrap_or(i32::MAX)
}
