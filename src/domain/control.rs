//! Who speaks in a conversation: exactly one party, and a counter that tells an old view from the present one.
//!
//! Control is apart from the owner of the ticket. The owner answers for the ticket; whoever has control writes.

use serde::{Deserialize, Serialize};

use super::ids::{CustomerAgentId, UserId};
use super::time::Timestamp;

/// Who can have control.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
pub enum Party {
    /// Nobody.
    #[default]
    Nobody,
    /// A person of the account.
    User(UserId),
    /// A customer agent.
    Agent(CustomerAgentId),
}

impl Party {
    /// The stored form; empty for nobody.
    pub fn code(&self) -> String {
        match self {
            Self::Nobody => String::new(),
            Self::User(id) => format!("user:{id}"),
            Self::Agent(id) => format!("agent:{id}"),
        }
    }

    /// Reads the stored form.
    pub fn from_code(code: &str) -> Option<Self> {
        match code.split_once(':') {
            None if code.is_empty() => Some(Self::Nobody),
            Some(("user", id)) => Some(Self::User(UserId::stored(id))),
            Some(("agent", id)) => Some(Self::Agent(CustomerAgentId::stored(id))),
            _ => None,
        }
    }

    /// The name relative to the account; empty for nobody.
    pub fn path(&self) -> String {
        match self {
            Self::Nobody => String::new(),
            Self::User(id) => format!("users/{id}"),
            Self::Agent(id) => format!("customerAgents/{id}"),
        }
    }

    /// Whether a customer agent has it.
    pub fn is_agent(&self) -> bool {
        matches!(self, Self::Agent(_))
    }
}

/// Who has control of a conversation, since when, and how often that has changed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Control {
    /// Who.
    pub party: Party,
    /// Grows by one with each change of the party; a conversation begins with 1.
    pub epoch: i64,
    /// Since when; none before the first change.
    pub since: Option<Timestamp>,
}

impl Default for Control {
    fn default() -> Self {
        Self { party: Party::Nobody, epoch: 1, since: None }
    }
}

/// Who wants to send a message.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Speaker {
    /// A person.
    User(UserId),
    /// A customer agent.
    Agent(CustomerAgentId),
    /// An integration, or the service itself: it never has control.
    Machine,
}

/// Why somebody may not speak.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Silence {
    /// What the speaker knows of control is old.
    Stale,
    /// Somebody else has control.
    NotInControl,
}

impl Control {
    /// Gives control to a party. Whether that changed anything.
    pub fn pass(&mut self, to: Party, now: Timestamp) -> bool {
        if self.party == to {
            return false;
        }
        *self = Self { party: to, epoch: self.epoch + 1, since: Some(now) };
        true
    }

    /// Whether `epoch` is the present one; none was not said.
    ///
    /// # Errors
    /// [`Silence::Stale`].
    pub fn is_at(&self, epoch: Option<i64>) -> Result<(), Silence> {
        if epoch.is_none_or(|epoch| epoch == self.epoch) { Ok(()) } else { Err(Silence::Stale) }
    }

    /// Who has control once the speaker has sent a message, knowing `epoch`; `take`: a person takes it with the message.
    ///
    /// A person who says no epoch writes blind, as everybody could before there was control: only a customer agent keeps
    /// such a message back. It moves control all the same, so that whoever does say the epoch learns of it.
    ///
    /// # Errors
    /// Why the speaker may not.
    pub fn after_speaking(&self, speaker: &Speaker, epoch: Option<i64>, take: bool) -> Result<Party, Silence> {
        self.is_at(epoch)?;
        match (speaker, &self.party) {
            (Speaker::User(user), Party::User(holder)) if user == holder => Ok(self.party.clone()),
            (Speaker::User(user), _) if take => Ok(Party::User(user.clone())),
            (Speaker::User(user), Party::Nobody) => Ok(Party::User(user.clone())),
            (Speaker::User(user), Party::User(_)) if epoch.is_none() => Ok(Party::User(user.clone())),
            (Speaker::Agent(agent), Party::Agent(holder)) if agent == holder => match epoch {
                Some(_) => Ok(self.party.clone()),
                None => Err(Silence::Stale),
            },
            (Speaker::Machine, Party::Nobody | Party::User(_)) => Ok(self.party.clone()),
            _ => Err(Silence::NotInControl),
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn user(id: &str) -> UserId {
        UserId::stored(id)
    }

    fn agent(id: &str) -> CustomerAgentId {
        CustomerAgentId::stored(id)
    }

    fn held_by(party: Party) -> Control {
        Control { party, epoch: 7, since: None }
    }

    #[test]
    fn control_reads_back_as_it_was_stored() {
        for party in [Party::Nobody, Party::User(user("mia")), Party::Agent(agent("bot"))] {
            assert_eq!(Party::from_code(&party.code()), Some(party));
        }
        assert_eq!(Party::from_code("team:x"), None);
    }

    #[test]
    fn a_customer_agent_speaks_only_in_control_and_only_under_the_present_epoch() {
        let (bot, speaker) = (held_by(Party::Agent(agent("bot"))), Speaker::Agent(agent("bot")));
        assert_eq!(bot.after_speaking(&speaker, Some(7), false), Ok(bot.party.clone()));
        assert_eq!(bot.after_speaking(&speaker, Some(6), false), Err(Silence::Stale));
        assert_eq!(bot.after_speaking(&speaker, None, false), Err(Silence::Stale));
        for party in [Party::Nobody, Party::User(user("mia")), Party::Agent(agent("other"))] {
            assert_eq!(held_by(party).after_speaking(&speaker, Some(7), true), Err(Silence::NotInControl));
        }
    }

    #[test]
    fn a_person_takes_control_by_saying_so_or_from_nobody() {
        let (mia, ben) = (Speaker::User(user("mia")), Party::User(user("ben")));
        let mine = Ok(Party::User(user("mia")));
        assert_eq!(held_by(Party::Nobody).after_speaking(&mia, None, false), mine);
        assert_eq!(held_by(ben.clone()).after_speaking(&mia, None, false), mine, "written blind, and told to ben");
        assert_eq!(held_by(ben.clone()).after_speaking(&mia, Some(7), false), Err(Silence::NotInControl));
        assert_eq!(held_by(ben.clone()).after_speaking(&mia, Some(7), true), mine);
        assert_eq!(held_by(ben).after_speaking(&mia, Some(6), true), Err(Silence::Stale));
        let bot = held_by(Party::Agent(agent("bot")));
        assert_eq!(bot.after_speaking(&mia, None, false), Err(Silence::NotInControl));
        assert_eq!(bot.after_speaking(&mia, None, true), mine);
        assert_eq!(bot.after_speaking(&Speaker::Machine, None, false), Err(Silence::NotInControl));
    }

    fn party() -> impl Strategy<Value = Party> {
        prop_oneof![
            Just(Party::Nobody),
            "[ab]".prop_map(|id| Party::User(UserId::stored(id))),
            "[cd]".prop_map(|id| Party::Agent(CustomerAgentId::stored(id))),
        ]
    }

    proptest! {
        /// The epoch counts the changes, and nothing else; whoever speaks has control afterwards.
        #[test]
        fn the_epoch_counts_the_changes(steps in prop::collection::vec((party(), 0..4_i64, any::<bool>()), 1..60)) {
            let (mut control, mut changes) = (Control::default(), 0);
            for (party, behind, take) in steps {
                let speaker = match &party {
                    Party::Nobody => Speaker::Machine,
                    Party::User(id) => Speaker::User(id.clone()),
                    Party::Agent(id) => Speaker::Agent(id.clone()),
                };
                let epoch = (behind < 3).then_some(control.epoch - behind);
                let before = control.clone();
                match control.after_speaking(&speaker, epoch, take) {
                    Ok(next) => {
                        prop_assert!(epoch.is_none_or(|epoch| epoch == before.epoch));
                        prop_assert!(speaker == Speaker::Machine || next == party);
                        changes += i64::from(control.pass(next, Timestamp::from_micros(1)));
                    }
                    Err(Silence::Stale) => prop_assert!(epoch != Some(before.epoch)),
                    Err(Silence::NotInControl) => prop_assert!(before.party != party),
                }
                prop_assert_eq!(control.epoch, 1 + changes);
                prop_assert_eq!(control.epoch != before.epoch, control.party != before.party);
            }
        }
    }
}
