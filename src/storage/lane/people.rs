//! The people and configuration of an account: read whole, kept while nobody changes them.

use std::collections::{BTreeSet, HashMap};

use super::table::{Journal, Table};
use crate::domain::channel::Channel;
use crate::domain::customer_agent::CustomerAgent;
use crate::domain::ids::{
    AccessKeyId, ChannelId, CustomerAgentId, PipelineId, PropertyId, SkillId, StatusId, TeamId, UserId, WorkflowId,
};
use crate::domain::pipeline::{Pipeline, Status};
use crate::domain::property::Property;
use crate::domain::routing::{Candidate, Capacity, Demand, Load, Named, Pool, Skills, blockers};
use crate::domain::skill::Skill;
use crate::domain::ticket_form::TicketForm;
use crate::domain::time::Timestamp;
use crate::domain::user::{AccessKey, Membership, Team, User};
use crate::domain::workflow::Workflow;

/// People and configuration, every row of them.
#[derive(Debug)]
pub struct People {
    /// Users.
    pub users: Table<UserId, User>,
    /// Users by mail address in the compared form.
    pub emails: Table<String, UserId>,
    /// Teams.
    pub teams: Table<TeamId, Team>,
    /// Who is in which team.
    pub members: Table<(TeamId, UserId), Membership>,
    /// Machine credentials.
    pub keys: Table<AccessKeyId, AccessKey>,
    /// Pipelines.
    pub pipelines: Table<PipelineId, Pipeline>,
    /// Statuses.
    pub statuses: Table<(PipelineId, StatusId), Status>,
    /// Channels.
    pub channels: Table<ChannelId, Channel>,
    /// Properties of tickets.
    pub properties: Table<PropertyId, Property>,
    /// The creation form, once it was changed.
    pub forms: Table<(), TicketForm>,
    /// Skills.
    pub skills: Table<SkillId, Skill>,
    /// Workflows.
    pub workflows: Table<WorkflowId, Workflow>,
    /// Customer agents.
    pub agents: Table<CustomerAgentId, CustomerAgent>,
}

/// Every table of people, once.
macro_rules! tables {
    ($people:ident, $($borrow:tt)+) => {
        vec![
            $($borrow)+ $people.users,
            $($borrow)+ $people.emails,
            $($borrow)+ $people.teams,
            $($borrow)+ $people.members,
            $($borrow)+ $people.keys,
            $($borrow)+ $people.pipelines,
            $($borrow)+ $people.statuses,
            $($borrow)+ $people.channels,
            $($borrow)+ $people.properties,
            $($borrow)+ $people.forms,
            $($borrow)+ $people.skills,
            $($borrow)+ $people.workflows,
            $($borrow)+ $people.agents,
        ]
    };
}

impl People {
    /// Statuses of a pipeline that tickets can enter: all but those that are being deleted.
    pub fn statuses_of<'a>(&'a self, pipeline: &'a PipelineId) -> impl Iterator<Item = &'a Status> {
        self.every_status_of(pipeline).filter(|status| status.leaving.is_none())
    }

    /// Every status of a pipeline.
    pub fn every_status_of<'a>(&'a self, pipeline: &'a PipelineId) -> impl Iterator<Item = &'a Status> {
        self.statuses.values().filter(move |status| status.pipeline == *pipeline)
    }

    /// A pipeline that tickets can come into.
    pub fn pipeline_to_enter(&self, id: &PipelineId) -> Option<&Pipeline> {
        self.pipelines.get(id).filter(|pipeline| pipeline.leaving.is_none())
    }

    /// A status that tickets can enter.
    pub fn status_to_enter(&self, key: &(PipelineId, StatusId)) -> Option<&Status> {
        self.statuses.get(key).filter(|status| status.leaving.is_none())
    }

    /// The creation form.
    pub fn form(&self) -> TicketForm {
        self.forms.get(&()).cloned().unwrap_or_default()
    }

    fn tables(&self) -> Vec<&dyn Journal> {
        tables!(self, &)
    }

    fn tables_mut(&mut self) -> Vec<&mut dyn Journal> {
        tables!(self, &mut)
    }

    /// A place to come back to.
    pub fn mark(&self) -> Vec<usize> {
        self.tables().into_iter().map(Journal::mark).collect()
    }

    /// Undoes everything after `mark`, and says whether there was anything.
    pub fn rewind(&mut self, mark: &[usize]) -> bool {
        let undone: Vec<bool> =
            self.tables_mut().into_iter().zip(mark).map(|(table, mark)| table.rewind(*mark)).collect();
        undone.contains(&true)
    }

    /// Whether the batch changed any of it.
    pub fn changed(&self) -> bool {
        self.written() > 0
    }

    /// How many rows the batch wrote.
    pub fn written(&self) -> usize {
        self.tables().into_iter().map(Journal::written).sum()
    }

    /// The batch is committed.
    pub fn settle(&mut self) {
        self.tables_mut().into_iter().for_each(Journal::settle);
    }

    /// The teams of everybody.
    pub fn teams_by_user(&self) -> HashMap<UserId, BTreeSet<TeamId>> {
        let mut teams: HashMap<UserId, BTreeSet<TeamId>> = HashMap::new();
        for member in self.members.values() {
            teams.entry(member.user.clone()).or_default().insert(member.team.clone());
        }
        teams
    }

    /// The skills of a person: the own ones and those of the main team, each at the higher level.
    pub fn skills_of(&self, user: &User, main_team: Option<&TeamId>) -> Skills {
        let mut skills = user.work.skills.clone();
        for (skill, level) in main_team.and_then(|team| self.teams.get(team)).into_iter().flat_map(|t| &t.skills) {
            let own = skills.entry(skill.clone()).or_default();
            *own = (*own).max(*level);
        }
        skills
    }

    /// The candidates of a demand at `now`, judged and ordered.
    pub fn pool(
        &self,
        demand: &Demand,
        now: Timestamp,
        limits_of: impl Fn(&User) -> Capacity,
        load_of: impl Fn(&UserId) -> Load,
    ) -> Pool {
        let (mut main, mut extra): (HashMap<&UserId, &TeamId>, BTreeSet<&UserId>) = Default::default();
        let teams = demand.named.as_ref().map_or(&[][..], |(_, teams)| teams);
        for member in self.members.values() {
            if member.main {
                main.insert(&member.user, &member.team);
            } else if teams.contains(&member.team) {
                extra.insert(&member.user);
            }
        }
        let named: Option<BTreeSet<&UserId>> = demand.named.as_ref().map(|(users, teams)| {
            let through = main.iter().filter(|(_, team)| teams.contains(team)).map(|(user, _)| *user);
            users.iter().chain(through).collect()
        });
        let how = |id: &UserId| match &named {
            None => Some(Named::Fully),
            Some(named) if named.contains(id) => Some(Named::Fully),
            Some(_) => extra.contains(id).then_some(Named::AsExtra),
        };
        let judged = |user: &User| {
            let skills = self.skills_of(user, main.get(&user.id).copied());
            let blockers = blockers(user, how(&user.id)?, &skills, demand, now);
            Some(Candidate { user: user.id.clone(), blockers, capacity: limits_of(user) })
        };
        let candidates: Vec<_> = match &named {
            None => self.users.values().filter_map(judged).collect(),
            Some(named) => {
                let all = named.iter().chain(&extra).collect::<BTreeSet<_>>();
                all.into_iter().filter_map(|id| self.users.get(id)).filter_map(judged).collect()
            }
        };
        let people = candidates.iter().filter_map(|candidate| self.users.get(&candidate.user));
        let until = if demand.available_only { people.filter_map(|user| user.changes_at(now)).min() } else { None };
        Pool::new(demand.group, candidates, load_of).until(until)
    }
}
