//! Which of the tickets that wait are looked at.

use crate::domain::ids::{ChannelId, TeamId};
use crate::domain::ticket::Ticket;

/// Which of those that wait.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Line {
    /// Only those of this channel.
    pub channel: Option<ChannelId>,
    /// Only those assigned to this team.
    pub team: Option<TeamId>,
}

impl Line {
    /// Whether a ticket that waits is one of them.
    pub fn has(&self, ticket: &Ticket) -> bool {
        let of_channel = self.channel.is_none() || ticket.channel == self.channel;
        of_channel && self.team.as_ref().is_none_or(|team| ticket.teams.contains(team))
    }
}
