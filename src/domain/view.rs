//! Views of tickets: what every account has, and what people make for themselves, a team or everybody.

use super::codes::coded;
use super::ids::{BadId, TeamId, UserId, ViewId};
use super::time::Timestamp;

coded! {
    /// Who sees a custom view.
    ViewScope { Private = "private", Team = "team", Everyone = "everyone" }
}

/// A view that every account has (R-079, C-002, C-043).
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Standard {
    /// Open tickets that nobody owns, those given to teams only among them.
    Unassigned,
    /// Open tickets of the caller.
    AssignedToMe,
    /// Open tickets.
    AllOpen,
    /// Tickets on which a comment mentions the caller.
    MyMentions,
    /// Tickets that the caller follows.
    Following,
    /// Open tickets that nobody owns and that are assigned to one of the caller's teams.
    MyTeamsUnassigned,
    /// Open tickets that are assigned to one of the caller's teams.
    MyTeams,
    /// Closed tickets.
    AllClosed,
    /// Open tickets that nobody owns and that are assigned to this team.
    TeamUnassigned(TeamId),
}

impl Standard {
    /// Those that are there whatever teams there are, in the order in which they are listed.
    pub const FIXED: [Self; 8] = [
        Self::Unassigned,
        Self::AssignedToMe,
        Self::AllOpen,
        Self::MyMentions,
        Self::Following,
        Self::MyTeamsUnassigned,
        Self::MyTeams,
        Self::AllClosed,
    ];

    /// Its id. A dot keeps those of teams apart from chosen ids.
    pub fn id(&self) -> String {
        match self {
            Self::Unassigned => "unassigned".to_owned(),
            Self::AssignedToMe => "assigned-to-me".to_owned(),
            Self::AllOpen => "all-open".to_owned(),
            Self::MyMentions => "my-mentions".to_owned(),
            Self::Following => "following".to_owned(),
            Self::MyTeamsUnassigned => "my-teams-unassigned".to_owned(),
            Self::MyTeams => "my-teams".to_owned(),
            Self::AllClosed => "all-closed".to_owned(),
            Self::TeamUnassigned(team) => format!("unassigned.{team}"),
        }
    }

    fn parse(id: &str) -> Option<Self> {
        match id.strip_prefix("unassigned.") {
            Some(team) => TeamId::parse(team).ok().map(Self::TeamUnassigned),
            None => Self::FIXED.into_iter().find(|fixed| fixed.id() == id),
        }
    }

    /// Its name for people.
    pub fn title(&self) -> String {
        match self {
            Self::Unassigned => "Unassigned".to_owned(),
            Self::AssignedToMe => "Assigned to me".to_owned(),
            Self::AllOpen => "All open".to_owned(),
            Self::MyMentions => "My mentions".to_owned(),
            Self::Following => "Following".to_owned(),
            Self::MyTeamsUnassigned => "My teams' unassigned".to_owned(),
            Self::MyTeams => "My teams'".to_owned(),
            Self::AllClosed => "All closed".to_owned(),
            Self::TeamUnassigned(team) => format!("Unassigned of {team}"),
        }
    }

    /// What it shows, in the filter language.
    pub fn filter(&self) -> String {
        match self {
            Self::Unassigned => "state = OPEN AND NOT owner:*".to_owned(),
            Self::AssignedToMe => "state = OPEN AND owner = me()".to_owned(),
            Self::AllOpen => "state = OPEN".to_owned(),
            Self::MyMentions => "mention = me()".to_owned(),
            Self::Following => "follower = me()".to_owned(),
            Self::MyTeamsUnassigned => "state = OPEN AND NOT owner:* AND team = my_teams()".to_owned(),
            Self::MyTeams => "state = OPEN AND team = my_teams()".to_owned(),
            Self::AllClosed => "state = CLOSED".to_owned(),
            Self::TeamUnassigned(team) => format!("state = OPEN AND NOT owner:* AND team = {team}"),
        }
    }

    /// Whether those get it who have no seat (C-002).
    pub const fn without_seat(&self) -> bool {
        matches!(self, Self::AllOpen | Self::MyMentions | Self::Following)
    }

    /// Whether it is about the caller, who must be a person then.
    pub const fn is_personal(&self) -> bool {
        matches!(
            self,
            Self::AssignedToMe | Self::MyMentions | Self::Following | Self::MyTeamsUnassigned | Self::MyTeams
        )
    }
}

/// Which view.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum ViewKey {
    /// One that every account has.
    Standard(Standard),
    /// One that somebody made.
    Custom(ViewId),
}

impl ViewKey {
    /// Reads the id of a view.
    ///
    /// # Errors
    /// [`BadId`] for text that is no id.
    pub fn parse(text: &str) -> Result<Self, BadId> {
        match Standard::parse(text) {
            Some(standard) => Ok(Self::Standard(standard)),
            None => ViewId::parse(text).map(Self::Custom),
        }
    }
}

impl std::fmt::Display for ViewKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Standard(standard) => f.write_str(&standard.id()),
            Self::Custom(id) => id.fmt(f),
        }
    }
}

/// A view that somebody made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TicketView {
    /// Chosen or made id.
    pub id: ViewId,
    /// Name for people.
    pub display_name: String,
    /// What it shows, in the filter language; empty is everything.
    pub filter: String,
    /// In which order; empty is the order of lists.
    pub order_by: String,
    /// Fields that clients show, in order.
    pub columns: Vec<String>,
    /// Who sees it.
    pub scope: ViewScope,
    /// The team that sees it.
    pub team: Option<TeamId>,
    /// Who made it; none for a machine.
    pub owner: Option<UserId>,
    /// When it was made.
    pub create_time: Timestamp,
    /// When it last changed.
    pub update_time: Timestamp,
    /// The etag.
    pub version: i64,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_of_views_read_back_and_those_of_teams_are_no_chosen_ids() {
        let team = Standard::TeamUnassigned(TeamId::stored("red"));
        for standard in Standard::FIXED.into_iter().chain([team]) {
            let key = ViewKey::Standard(standard);
            assert_eq!(ViewKey::parse(&key.to_string()), Ok(key));
        }
        assert_eq!(ViewKey::parse("vip"), Ok(ViewKey::Custom(ViewId::stored("vip"))));
        for bad in ["", "unassigned.", "unassigned.A", "a.b", "-x"] {
            assert!(ViewKey::parse(bad).is_err(), "{bad}");
        }
    }
}
