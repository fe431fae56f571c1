//! The desk that a replay writes to: an account, one team of ten agents, and the channels that route to it.
//!
//! Setting it up a second time changes nothing, so a replay can be started again.

use std::time::Duration;

use super::plan::{TEAM_ADDRESS, Way};
use crate::cli::furnish::{Furnisher, NewChannel};
use crate::client::{CallError, Connection, Patience};
use crate::grpc::pb::v1::channel_routing::Target;
use crate::grpc::pb::v1::{ChannelType, PeopleTarget};

/// How many agents share the work.
const AGENTS: usize = 10;
/// The team.
const TEAM: &str = "replay";
/// Channel of a replay of stored mails.
pub const MAILS: &str = "replay-mails";
/// Team address of that channel.
const MAILS_ADDRESS: &str = "replay-mails@desk.example";

/// An account that is ready for a replay.
#[derive(Debug, Clone)]
pub struct Desk {
    /// Name of the account.
    pub account: String,
    /// Names of the agents.
    pub agents: Vec<String>,
}

/// Sets the desk up where it is missing.
///
/// # Errors
/// [`CallError`] when the credential may not, or the service cannot be reached.
pub async fn set_up(connection: &Connection, account: &str, patience: Duration) -> Result<Desk, CallError> {
    let (connection, account) = (connection.clone(), account.to_owned());
    let desk = Furnisher { connection, account, patience: Patience::of(patience, 0) };
    desk.team(TEAM, "Replay").await?;
    let mut agents = Vec::new();
    for number in 1..=AGENTS {
        let id = format!("replay-agent-{number:02}");
        desk.agent(&id, &format!("Replay Agent {number}"), &format!("{id}@desk.example")).await?;
        desk.member(TEAM, &id, true).await?;
        agents.push(desk.user_name(&id));
    }
    for way in Way::ALL {
        let id = way.channel();
        let channel = NewChannel { id, display_name: id, kind: way.kind(), address: TEAM_ADDRESS };
        desk.channel(channel, the_team(&desk)).await?;
    }
    let mails = NewChannel { id: MAILS, display_name: MAILS, kind: ChannelType::Email, address: MAILS_ADDRESS };
    desk.channel(mails, the_team(&desk)).await?;
    Ok(Desk { account: desk.account, agents })
}

fn the_team(desk: &Furnisher) -> Target {
    Target::People(PeopleTarget { users: Vec::new(), teams: vec![desk.team_name(TEAM)] })
}
