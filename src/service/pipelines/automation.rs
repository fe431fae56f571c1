//! What happens by itself in a pipeline: close times, and statuses that follow mails.

use super::pipeline::{StatusKey, status_of};
use crate::domain::event::{EventType, FieldChange};
use crate::domain::ids::PipelineId;
use crate::domain::names::Name;
use crate::domain::pipeline::{Pipeline, Status, StatusCategory, StatusRule};
use crate::domain::plan::Feature;
use crate::domain::rejection::Rejection;
use crate::service::desk::{Desk, UseCase};
use crate::storage::lane::{Keys, World};

/// New values of a rule; none leaves a field as it is.
#[derive(Debug, Clone, Default)]
pub struct RuleChanges {
    /// Whether it does anything.
    pub enabled: Option<bool>,
    /// Which status; none inside: the usual one.
    pub to: Option<Option<StatusKey>>,
}

/// New values of an automation; none leaves a field as it is.
#[derive(Debug, Clone, Default)]
pub struct AutomationChanges {
    /// Whether closing sets the close time.
    pub sets_close_time: Option<bool>,
    /// When a user sends a mail from a ticket.
    pub on_sent: RuleChanges,
    /// When a contact answers.
    pub on_reply: RuleChanges,
}

/// Changes what happens by itself in a pipeline.
#[derive(Debug, Clone)]
pub struct UpdateAutomation {
    /// The pipeline.
    pub pipeline: PipelineId,
    /// What to change.
    pub changes: AutomationChanges,
    /// What the caller last saw.
    pub etag: Option<i64>,
}

impl UseCase for UpdateAutomation {
    /// The pipeline, and whether its rules do nothing for want of a tier.
    type Outcome = (Pipeline, bool);

    fn needs(&self, _world: &World, _keys: &mut Keys) {}

    fn decide(&self, desk: &mut Desk<'_, '_>) -> Result<(Pipeline, bool), Rejection> {
        let name = Name::PipelineAutomation(self.pipeline.clone());
        let before = desk.world().people().pipelines.get(&self.pipeline).cloned();
        let before = before.ok_or_else(|| desk.not_found(&name))?;
        desk.same_version(&name, self.etag, before.automation_version)?;
        let mut after = before.clone();
        let (sent, answer) = (StatusCategory::WaitingOnContact, StatusCategory::WaitingOnUs);
        after.automation.on_sent =
            self.rule(desk, "on_email_sent", (&before.automation.on_sent, &self.changes.on_sent), sent)?;
        after.automation.on_reply =
            self.rule(desk, "on_contact_reply", (&before.automation.on_reply, &self.changes.on_reply), answer)?;
        let sets_close_time = self.changes.sets_close_time;
        after.automation.sets_close_time = sets_close_time.unwrap_or(before.automation.sets_close_time);
        let fields = self.changed(desk, &before, &after);
        if !fields.is_empty() {
            after.automation_version += 1;
            after.automation_update_time = desk.session.now();
            desk.session.world.people_mut().pipelines.put(self.pipeline.clone(), after.clone());
            desk.event(EventType::ConfigChanged, &name, fields);
        }
        Ok((after, !desk.includes(Feature::StatusFromEmail)))
    }
}

impl UpdateAutomation {
    /// A rule after its changes. Switching off is free on every plan.
    fn rule(
        &self,
        desk: &Desk<'_, '_>,
        field: &str,
        (before, changes): (&StatusRule, &RuleChanges),
        usual: StatusCategory,
    ) -> Result<StatusRule, Rejection> {
        let path = format!("pipeline_automation.{field}.to_status");
        let mut after = before.clone();
        after.enabled = changes.enabled.unwrap_or(before.enabled);
        if let Some(to) = &changes.to {
            let status = to.as_ref().map(|key| status_of(desk, &path, &self.pipeline, key)).transpose()?;
            after.to = status.map(|status| status.id);
        }
        if after != *before && (after.enabled || (after.to.is_some() && after.to != before.to)) {
            desk.needs(Feature::StatusFromEmail)?;
        }
        let statuses: Vec<&Status> = desk.world().people().statuses_of(&self.pipeline).collect();
        if after != *before && after.enabled && after.target(&statuses, usual).is_none() {
            return Err(Rejection::field(path, "REQUIRED", "must be set: the pipeline has no usual status for it"));
        }
        Ok(after)
    }

    fn changed(&self, desk: &Desk<'_, '_>, before: &Pipeline, after: &Pipeline) -> Vec<FieldChange> {
        let status = |rule: &StatusRule| {
            let name = |id| desk.name(&Name::Status(self.pipeline.clone(), id));
            rule.to.clone().map(name).unwrap_or_default()
        };
        let (was, is) = (&before.automation, &after.automation);
        let changes = [
            FieldChange::of("on_email_sent.enabled", was.on_sent.enabled, is.on_sent.enabled),
            FieldChange::of("on_email_sent.to_status", status(&was.on_sent), status(&is.on_sent)),
            FieldChange::of("on_contact_reply.enabled", was.on_reply.enabled, is.on_reply.enabled),
            FieldChange::of("on_contact_reply.to_status", status(&was.on_reply), status(&is.on_reply)),
            FieldChange::of("set_close_time", was.sets_close_time, is.sets_close_time),
        ];
        changes.into_iter().flatten().collect()
    }
}
