//! The people and configuration of an account: read whole, kept while nobody changes them.

use std::collections::{BTreeSet, HashMap};

use super::table::Table;
use crate::domain::channel::{Channel, Target};
use crate::domain::ids::{AccessKeyId, ChannelId, PipelineId, StatusId, TeamId, UserId};
use crate::domain::pipeline::{Pipeline, Status};
use crate::domain::routing::{Candidate, Load, Pool, Verdict, verdict};
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
}

impl People {
    /// Statuses of a pipeline.
    pub fn statuses_of<'a>(&'a self, pipeline: &'a PipelineId) -> impl Iterator<Item = &'a Status> {
        self.statuses.values().filter(move |status| status.pipeline == *pipeline)
    }

    /// A place to come back to.
    pub fn mark(&self) -> [usize; 8] {
        [
            self.users.mark(),
            self.emails.mark(),
            self.teams.mark(),
            self.members.mark(),
            self.keys.mark(),
            self.pipelines.mark(),
            self.statuses.mark(),
            self.channels.mark(),
        ]
    }

    /// Undoes everything after `mark`, and says whether there was anything.
    pub fn rewind(&mut self, mark: [usize; 8]) -> bool {
        let undone = [
            self.users.rewind(mark[0]),
            self.emails.rewind(mark[1]),
            self.teams.rewind(mark[2]),
            self.members.rewind(mark[3]),
            self.keys.rewind(mark[4]),
            self.pipelines.rewind(mark[5]),
            self.statuses.rewind(mark[6]),
            self.channels.rewind(mark[7]),
        ];
        undone.contains(&true)
    }

    /// Whether the batch changed any of it.
    pub fn changed(&self) -> bool {
        self.mark() != [0; 8]
    }

    /// The batch is committed.
    pub fn settle(&mut self) {
        self.users.settle();
        self.emails.settle();
        self.teams.settle();
        self.members.settle();
        self.keys.settle();
        self.pipelines.settle();
        self.statuses.settle();
        self.channels.settle();
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
