//! The people and configuration of an account: read whole, kept while nobody changes them.

use std::collections::{BTreeSet, HashMap};

use super::table::{Journal, Table};
use crate::domain::channel::{Channel, Target};
use crate::domain::ids::{AccessKeyId, ChannelId, PipelineId, PropertyId, StatusId, TeamId, UserId};
use crate::domain::pipeline::{Pipeline, Status};
use crate::domain::property::Property;
use crate::domain::routing::{Candidate, Load, Pool, Verdict, verdict};
use crate::domain::ticket_form::TicketForm;
use crate::domain::user::{AccessKey, Membership, Team, User};

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
        ]
    };
}

impl People {
    /// Statuses of a pipeline.
    pub fn statuses_of<'a>(&'a self, pipeline: &'a PipelineId) -> impl Iterator<Item = &'a Status> {
        self.statuses.values().filter(move |status| status.pipeline == *pipeline)
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

    /// The candidates of a channel's people target, judged and ordered.
    pub fn pool(&self, channel: &Channel, load_of: impl Fn(&UserId) -> Load) -> Pool {
        let Target::People { users, teams } = &channel.routing.target else { return Pool::default() };
        let mut named: BTreeSet<&UserId> = users.iter().collect();
        let mut extra: BTreeSet<&UserId> = BTreeSet::new();
        for member in self.members.values().filter(|member| teams.contains(&member.team)) {
            if member.main {
                named.insert(&member.user)
            } else {
                extra.insert(&member.user)
            };
        }
        let candidates = named.union(&extra).filter_map(|id| self.users.get(id)).map(|user| {
            let (is_named, is_extra) = (named.contains(&user.id), extra.contains(&user.id));
            let blockers = match verdict(user, is_named, is_extra, channel.routing.available_only) {
                Verdict::Eligible => BTreeSet::new(),
                Verdict::Blocked(why) => why,
            };
            Candidate { user: user.id.clone(), blockers }
        });
        Pool::new(candidates.collect::<Vec<_>>(), load_of)
    }
}
