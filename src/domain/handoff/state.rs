//! What may follow on what.
//!
//! `REQUESTED -> OFFERED -> ACCEPTING -> HUMAN_ACTIVE -> RETURNED | COMPLETED`; from REQUESTED also
//! `QUEUED_ASYNC -> ACCEPTING`; DECLINED, EXPIRED, CANCELLED and FAILED end it before a person is there.

use std::time::Duration;

use super::policy::{Mode, Then};
use super::{Handoff, Outcome};
use crate::domain::codes::coded;
use crate::domain::control::Party;
use crate::domain::ids::{CustomerAgentId, UserId};
use crate::domain::time::Timestamp;

/// How long after nobody may receive tickets at all somebody looks again.
const LOOK_AGAIN: Duration = Duration::from_mins(15);
/// One that goes back to waiting waits at least so long.
const LEAST_WAIT: Duration = Duration::from_mins(1);
/// How soon after a look at who is free the next one follows, where it is looked again.
const TICK: Duration = Duration::from_millis(800);

coded! {
    /// How far a hand-off has come.
    State {
        /// It waits: nobody has it.
        Requested = "requested",
        /// Somebody may take it until a deadline.
        Offered = "offered",
        /// Somebody has it and has not written yet.
        Accepting = "accepting",
        /// Somebody, or nobody yet, comes back to it later.
        QueuedAsync = "queued_async",
        /// A person speaks.
        HumanActive = "human_active",
        /// The customer agent has it again.
        Returned = "returned",
        /// A person has done it.
        Completed = "completed",
        /// It was not handed off.
        Declined = "declined",
        /// Nobody took it in time.
        Expired = "expired",
        /// It was called off.
        Cancelled = "cancelled",
        /// It could not be carried out.
        Failed = "failed",
    }
}

impl State {
    /// Whether anything can still become of it.
    pub const fn is_open(self) -> bool {
        matches!(self, Self::Requested | Self::Offered | Self::Accepting | Self::QueuedAsync | Self::HumanActive)
    }

    /// Whether it is open and no person has spoken.
    pub const fn is_before_person(self) -> bool {
        self.is_open() && !matches!(self, Self::HumanActive)
    }
}

/// What the allocator said about whom it goes to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Placed {
    /// To this person, who has the ticket now.
    Given(UserId),
    /// To this person, if the person takes it.
    Offered(UserId),
    /// To nobody yet.
    Nobody,
}

/// What happens to a hand-off.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Step {
    /// The allocator has looked for somebody: at first, and after each [`Done::allocate`].
    Place(Placed),
    /// A person takes it.
    Take(UserId),
    /// A person was given its ticket by something else: by hand, by a workflow.
    Given(UserId),
    /// The person who had its ticket has it no longer, and nobody else does.
    Lost,
    /// A person will not take it.
    Decline(UserId),
    /// A person wrote to the contact, or took control.
    Speak(UserId, bool),
    /// The time has come that was waited for.
    Due,
    /// Somebody calls it off.
    Cancel,
    /// It goes to somebody else.
    Transfer,
    /// It goes back to a customer agent.
    Return(CustomerAgentId),
    /// A person has done it.
    Complete(Outcome),
    /// It cannot be carried out.
    Fail,
}

/// What follows from a step for everything around the hand-off.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Done {
    /// Who has control now; none: it stays.
    pub control: Option<Party>,
    /// The allocator is to look for somebody, and its answer is the next step.
    pub allocate: bool,
    /// Whoever has the ticket because of the hand-off has it no longer.
    pub unassign: bool,
    /// This person gets the ticket.
    pub assign: Option<UserId>,
}

/// Why a step cannot be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Wrong {
    /// It is over, or not so far.
    State,
    /// It is offered to somebody else.
    NotYours,
}

impl Handoff {
    /// Whether a person has it, who has written or not.
    pub fn is_with_person(&self) -> bool {
        self.user.is_some() && matches!(self.state, State::Accepting | State::QueuedAsync | State::HumanActive)
    }

    /// The customer agent that is to have it again when it ends before a person was there.
    pub fn falls_back(&self) -> Option<&CustomerAgentId> {
        self.agent().filter(|_| self.policy.then == Then::Agent)
    }

    /// Not handed off at all: it is kept because it was asked for (C-092).
    pub fn keep_only(&mut self, now: Timestamp) {
        self.end(State::Declined, Outcome::NotHandedOff, now);
    }

    /// Takes a step at `now`. A step that changes nothing, because it was taken already, does nothing.
    ///
    /// # Errors
    /// Why it cannot be; nothing is changed then.
    pub fn step(&mut self, step: Step, now: Timestamp) -> Result<Done, Wrong> {
        let before = self.clone();
        let done = match step {
            Step::Place(placed) => self.placed(placed, now),
            Step::Take(user) => self.take(user, now),
            Step::Given(user) => self.given(user, now),
            Step::Lost => self.lost(now),
            Step::Decline(user) => self.decline(user),
            Step::Speak(user, wrote) => self.speak(user, wrote, now),
            Step::Due => self.due(now),
            Step::Cancel if self.state.is_before_person() => {
                Ok(self.end_before_person(State::Cancelled, Outcome::CalledOff, now))
            }
            Step::Transfer if self.is_open() => Ok(self.transfer()),
            Step::Return(agent) if self.is_with_person() => {
                self.end(State::Returned, Outcome::Returned, now);
                Ok(Done { control: Some(Party::Agent(agent)), unassign: true, ..Done::default() })
            }
            Step::Complete(outcome) if self.is_with_person() => {
                self.end(State::Completed, outcome, now);
                Ok(Done::default())
            }
            Step::Fail if self.state.is_before_person() => {
                Ok(self.end_before_person(State::Failed, Outcome::Abandoned, now))
            }
            Step::Cancel | Step::Transfer | Step::Return(_) | Step::Complete(_) | Step::Fail => Err(Wrong::State),
        };
        match done {
            Ok(done) => {
                // When somebody looks again is nobody else's matter.
                if *self != (Self { due: self.due, ..before }) {
                    self.version += 1;
                    self.update_time = now;
                }
                Ok(done)
            }
            Err(wrong) => {
                *self = before;
                Err(wrong)
            }
        }
    }

    fn placed(&mut self, placed: Placed, now: Timestamp) -> Result<Done, Wrong> {
        if self.state != State::Requested && self.state != State::QueuedAsync {
            return Err(Wrong::State);
        }
        let later = self.mode == Mode::Async;
        match placed {
            Placed::Offered(user) => {
                self.state = State::Offered;
                self.times.offer.get_or_insert(now);
                self.due = self.policy.offer_stands().map(|stands| now.plus(stands));
                self.user = Some(user);
                Ok(Done { control: Some(Party::Nobody), ..Done::default() })
            }
            Placed::Given(user) => {
                self.state = if later { State::QueuedAsync } else { State::Accepting };
                self.times.accept.get_or_insert(now);
                self.due = None;
                self.expire = None;
                self.user = Some(user.clone());
                Ok(Done { control: Some(Party::User(user)), ..Done::default() })
            }
            Placed::Nobody => {
                self.wait(now);
                Ok(Done { control: Some(Party::Nobody), ..Done::default() })
            }
        }
    }

    /// Nobody has it: until when it waits, and when it is looked at again.
    fn wait(&mut self, now: Timestamp) {
        self.user = None;
        if self.mode == Mode::Async {
            self.state = State::QueuedAsync;
            self.due = Some(now.plus(LOOK_AGAIN));
            return;
        }
        self.state = State::Requested;
        let usual = self.create_time.plus(self.policy.waits()).max(now.plus(LEAST_WAIT));
        let expire = *self.expire.get_or_insert(usual);
        self.due = Some(if self.policy.retries { expire.min(now.plus(TICK)) } else { expire });
    }

    /// Somebody has its ticket by a way that is not the hand-off's own.
    fn given(&mut self, user: UserId, now: Timestamp) -> Result<Done, Wrong> {
        if !self.is_open() {
            return Err(Wrong::State);
        }
        if self.user.as_ref() == Some(&user) && self.state != State::Offered {
            return Ok(Done::default());
        }
        let speaks = self.state == State::HumanActive;
        if !speaks {
            let later = self.mode == Mode::Async;
            self.state = if later { State::QueuedAsync } else { State::Accepting };
        }
        self.times.accept.get_or_insert(now);
        self.due = None;
        self.expire = None;
        self.user = Some(user.clone());
        // Assigning a ticket takes nobody the word.
        Ok(Done { control: (!speaks).then_some(Party::User(user)), ..Done::default() })
    }

    /// The ticket was taken from whom it was with: it waits for people.
    fn lost(&mut self, now: Timestamp) -> Result<Done, Wrong> {
        if !matches!(self.state, State::Accepting | State::QueuedAsync | State::HumanActive) {
            return Err(Wrong::State);
        }
        self.expire = None;
        self.wait(now);
        Ok(Done { control: Some(Party::Nobody), ..Done::default() })
    }

    fn take(&mut self, user: UserId, now: Timestamp) -> Result<Done, Wrong> {
        let theirs = self.user.as_ref() == Some(&user);
        match self.state {
            State::Accepting | State::HumanActive if theirs => return Ok(Done::default()),
            State::Offered if !theirs => return Err(Wrong::NotYours),
            State::QueuedAsync if self.user.is_some() && !theirs => return Err(Wrong::NotYours),
            State::Requested | State::Offered | State::QueuedAsync => {}
            State::Accepting | State::HumanActive => return Err(Wrong::NotYours),
            _ => return Err(Wrong::State),
        }
        self.state = State::Accepting;
        self.times.accept.get_or_insert(now);
        self.due = None;
        self.expire = None;
        self.user = Some(user.clone());
        Ok(Done { control: Some(Party::User(user.clone())), assign: Some(user), ..Done::default() })
    }

    fn decline(&mut self, user: UserId) -> Result<Done, Wrong> {
        if !matches!(self.state, State::Offered | State::Accepting | State::QueuedAsync) {
            return Err(Wrong::State);
        }
        if self.user.as_ref() != Some(&user) {
            return Err(Wrong::NotYours);
        }
        Ok(self.look_again(Some(user)))
    }

    /// A person speaks: from then on the hand-off has done what it is for.
    fn speak(&mut self, user: UserId, wrote: bool, now: Timestamp) -> Result<Done, Wrong> {
        if !self.is_open() {
            return Err(Wrong::State);
        }
        self.state = State::HumanActive;
        self.times.accept.get_or_insert(now);
        if wrote {
            self.times.first_reply.get_or_insert(now);
        }
        self.due = None;
        self.expire = None;
        self.user = Some(user);
        Ok(Done::default())
    }

    fn due(&mut self, now: Timestamp) -> Result<Done, Wrong> {
        if self.due.is_none_or(|due| now < due) {
            return Err(Wrong::State);
        }
        match self.state {
            State::Offered => {
                let user = self.user.clone();
                Ok(self.look_again(user))
            }
            State::QueuedAsync => Ok(self.look_again(None)),
            State::Requested if self.expire.is_some_and(|expire| now < expire) => Ok(self.look_again(None)),
            State::Requested => Ok(self.end_before_person(State::Expired, Outcome::Nobody, now)),
            _ => Err(Wrong::State),
        }
    }

    fn transfer(&mut self) -> Done {
        self.transfers += 1;
        self.declined.clear();
        self.expire = None;
        self.look_again(None)
    }

    /// Takes it from whom it was with; the allocator looks for somebody else.
    fn look_again(&mut self, except: Option<UserId>) -> Done {
        let had = matches!(self.state, State::Accepting | State::QueuedAsync | State::HumanActive);
        self.declined.extend(except);
        self.state = State::Requested;
        self.user = None;
        self.due = None;
        Done { control: Some(Party::Nobody), allocate: true, unassign: had, assign: None }
    }

    fn end(&mut self, state: State, outcome: Outcome, now: Timestamp) {
        self.state = state;
        self.outcome = Some(outcome);
        self.times.end = Some(now);
        self.due = None;
        self.expire = None;
        self.run = None;
    }

    fn end_before_person(&mut self, state: State, outcome: Outcome, now: Timestamp) -> Done {
        let had = matches!(self.state, State::Accepting | State::QueuedAsync) && self.user.is_some();
        self.end(state, outcome, now);
        let control = self.falls_back().cloned().map_or(Party::Nobody, Party::Agent);
        Done { control: Some(control), unassign: had, ..Done::default() }
    }
}
