//! What a hand-off does because something around it changed: who has control, who owns the ticket.

use super::{Handoff, State, Step};
use crate::domain::control::Party;
use crate::domain::ids::UserId;

impl Handoff {
    /// What follows when control has moved to a party; `owned`: its ticket has an owner. Whoever takes control has it, also
    /// who was only asked; one that a person has and nobody answers for any more waits again.
    pub fn after_control(&self, party: &Party, owned: bool) -> Option<Step> {
        match party {
            Party::User(user) if self.user.as_ref() != Some(user) || self.state == State::Offered => {
                Some(Step::Speak(user.clone(), false))
            }
            Party::Nobody if self.is_with_person() && !owned => Some(Step::Lost),
            _ => None,
        }
    }

    /// What follows when its ticket has another owner; `lost`: who had the ticket before, as far as that is known. A person
    /// who speaks goes on although somebody else lost the ticket.
    pub fn after_owner(&self, owner: Option<&UserId>, lost: Option<&UserId>, control: &Party) -> Option<Step> {
        if self.user.as_ref() == owner && self.state != State::Offered {
            return None;
        }
        if let Some(owner) = owner {
            return Some(Step::Given(owner.clone()));
        }
        match control {
            Party::User(user) if self.state == State::HumanActive && lost.is_some_and(|lost| lost != user) => {
                Some(Step::Speak(user.clone(), false))
            }
            _ => self.is_with_person().then_some(Step::Lost),
        }
    }
}
