//! The state machine of hand-offs, step by step and at random.

use proptest::prelude::*;

use super::*;

fn at(seconds: i64) -> Timestamp {
    Timestamp::from_micros(seconds * 1_000_000)
}

fn user(id: &str) -> UserId {
    UserId::stored(id)
}

fn bot() -> CustomerAgentId {
    CustomerAgentId::stored("bot")
}

fn asked(policy: Policy) -> Handoff {
    Handoff {
        id: HandoffId(uuid::Uuid::nil()),
        conversation: ConversationId(uuid::Uuid::nil()),
        from: Party::Agent(bot()),
        state: State::Requested,
        mode: policy.mode(),
        facts: Facts::default(),
        reasons: Reasons::default(),
        policy,
        context: Context::default(),
        user: None,
        declined: Vec::new(),
        transfers: 0,
        decision: None,
        message: None,
        said: None,
        run: None,
        due: None,
        expire: None,
        outcome: None,
        digest: None,
        returned: None,
        times: Times::default(),
        create_time: at(0),
        update_time: at(0),
        version: 1,
    }
}

fn fired(reason: Reason, trigger: &str) -> Fired {
    Fired { reason, text: String::new(), trigger: trigger.to_owned(), time: at(0) }
}

// C-090: one hand-off, all reasons, in this order whatever came first; the same one once.
#[test]
fn all_reasons_are_kept_in_their_order() {
    let mut reasons = Reasons::default();
    for reason in [Reason::AgentPaused, Reason::CannotAnswer, Reason::Phrase, Reason::ContactAsked] {
        assert!(reasons.add(fired(reason, "")));
    }
    assert!(!reasons.add(fired(Reason::CannotAnswer, "")));
    assert!(reasons.add(fired(Reason::Phrase, "refund")));
    let order: Vec<Reason> = reasons.all().iter().map(|one| one.reason).collect();
    assert_eq!(
        order,
        [Reason::ContactAsked, Reason::Phrase, Reason::Phrase, Reason::CannotAnswer, Reason::AgentPaused]
    );
    assert_eq!(reasons.first().map(|one| one.reason), Some(Reason::ContactAsked));
}

fn texts(of: &[(&str, &str)]) -> Texts {
    of.iter().map(|(tag, text)| ((*tag).to_owned(), (*text).to_owned())).collect()
}

// R-242.
#[test]
fn the_message_is_of_the_nearest_language() {
    let available = texts(&[("", "Soon"), ("de", "Gleich"), ("pt-br", "Já")]);
    let words = Words { available, unavailable: texts(&[("", "Later")]), ..Words::default() };
    let said = |tag| words.text(Said::Available, tag);
    assert_eq!((said("de-AT"), said("pt-BR"), said("pt_BR")), (Some("Gleich"), Some("Já"), Some("Já")));
    assert_eq!((said("pt"), said(""), said("zh-Hant-TW")), (Some("Soon"), Some("Soon"), Some("Soon")));
    assert_eq!(words.text(Said::Unavailable, "de"), Some("Later"));
    assert_eq!(words.text(Said::NotAssigned, "de"), None);
}

// R-223, R-229, R-235, R-240, C-104.
#[test]
fn a_hand_off_to_people_needs_people_and_messages() {
    let said = |text: &str| texts(&[("", text)]);
    assert_eq!(Policy::default().fault(), None);
    let mut policy = Policy { process: Process::Async, ..Policy::default() };
    assert_eq!(policy.fault(), Some(Fault::Missing("assignment")));
    policy.users = vec![user("mia")];
    assert_eq!(policy.fault(), Some(Fault::Missing("available_messages")));
    policy.words.available = texts(&[("de", "Gleich")]);
    assert_eq!(policy.fault(), Some(Fault::Missing("available_messages")), "nothing for everybody else");
    policy.words.available = said("Soon");
    assert_eq!(policy.fault(), Some(Fault::Missing("unavailable_messages")));
    policy.words.unavailable = said("Later");
    assert_eq!(policy.fault(), None);
    policy.unassigned_chat = UnassignedChat::Close;
    assert_eq!(policy.fault(), Some(Fault::NotOffered("unassigned_chat")));
    policy.workflow = Some(crate::domain::ids::WorkflowId::stored("w"));
    policy.process = Process::Live;
    assert_eq!(policy.fault(), Some(Fault::Missing("not_assigned_messages")));
    policy.words.not_assigned = said("Nobody yet");
    assert_eq!(policy.fault(), Some(Fault::NotOffered("unavailable_messages")));
    policy.words.unavailable.clear();
    assert_eq!(policy.fault(), None);
    policy.destination = crate::domain::life::Area::Inbox;
    assert_eq!(policy.fault(), Some(Fault::NotOffered("destination")));
}

fn live() -> Policy {
    Policy { process: Process::Live, ..Policy::default() }
}

#[test]
fn a_live_one_goes_to_a_person_who_speaks_and_back() {
    let mut it = asked(live());
    let done = it.step(Step::Place(Placed::Given(user("mia"))), at(1)).expect("given");
    assert_eq!((it.state, done.control), (State::Accepting, Some(Party::User(user("mia")))));
    assert_eq!(it.step(Step::Speak(user("mia"), true), at(2)), Ok(Done::default()));
    assert_eq!((it.state, it.times.first_reply), (State::HumanActive, Some(at(2))));
    assert_eq!(it.step(Step::Cancel, at(3)), Err(Wrong::State), "a person is there");
    let done = it.step(Step::Return(bot()), at(4)).expect("returned");
    assert_eq!((done.control, done.unassign), (Some(Party::Agent(bot())), true));
    assert_eq!((it.state, it.outcome, it.times.end), (State::Returned, Some(Outcome::Returned), Some(at(4))));
}

#[test]
fn an_offer_is_one_persons_until_its_deadline() {
    let mut it = asked(Policy { offer: Some(30), ..live() });
    it.step(Step::Place(Placed::Offered(user("mia"))), at(0)).expect("offered");
    assert_eq!((it.state, it.due), (State::Offered, Some(at(30))));
    assert_eq!(it.step(Step::Take(user("ben")), at(1)), Err(Wrong::NotYours));
    assert_eq!(it.step(Step::Due, at(29)), Err(Wrong::State));
    let done = it.step(Step::Due, at(30)).expect("it is over");
    assert_eq!((it.state, done.allocate, &it.declined[..]), (State::Requested, true, &[user("mia")][..]));
    it.step(Step::Place(Placed::Offered(user("ben"))), at(30)).expect("offered");
    assert_eq!(it.step(Step::Decline(user("mia")), at(31)), Err(Wrong::NotYours));
    let done = it.step(Step::Take(user("ben")), at(31)).expect("taken");
    assert_eq!((it.state, done.assign), (State::Accepting, Some(user("ben"))));
    assert_eq!(it.step(Step::Take(user("ben")), at(32)), Ok(Done::default()), "taken already");
}

// C-093, C-095: nobody is there: it waits until somebody comes or its time is over, and for later somebody has it.
#[test]
fn one_that_nobody_can_take_waits_and_ends() {
    let mut it = asked(Policy { patience: 60, then: Then::Agent, ..live() });
    let done = it.step(Step::Place(Placed::Nobody), at(0)).expect("it waits");
    assert_eq!((it.state, done.control, it.due), (State::Requested, Some(Party::Nobody), Some(at(60))));
    let done = it.step(Step::Due, at(60)).expect("it ends");
    assert_eq!((it.state, done.control), (State::Expired, Some(Party::Agent(bot()))));
    let mut later = asked(Policy { process: Process::Async, ..Policy::default() });
    later.step(Step::Place(Placed::Given(user("mia"))), at(0)).expect("given");
    assert_eq!((later.state, later.due), (State::QueuedAsync, None));
    let mut nobody = asked(Policy { process: Process::Async, ..Policy::default() });
    nobody.step(Step::Place(Placed::Nobody), at(0)).expect("it waits");
    assert!(nobody.due.is_some(), "somebody looks again");
}

/// Something that happens to a hand-off, or around it.
#[derive(Debug, Clone)]
enum Move {
    /// A step.
    Step(Step),
    /// The ticket gets another owner.
    Owner(Option<UserId>),
    /// Control goes to a person, or to nobody.
    Control(Option<UserId>),
}

fn step() -> impl Strategy<Value = Step> {
    let who = || "[abc]".prop_map(UserId::stored);
    prop_oneof![
        who().prop_map(|id| Step::Place(Placed::Given(id))),
        who().prop_map(|id| Step::Place(Placed::Offered(id))),
        Just(Step::Place(Placed::Nobody)),
        who().prop_map(Step::Take),
        who().prop_map(Step::Decline),
        Just(Step::Due),
        Just(Step::Cancel),
        Just(Step::Transfer),
        Just(Step::Return(bot())),
        Just(Step::Complete(Outcome::Resolved)),
        Just(Step::Fail),
    ]
}

fn happens() -> impl Strategy<Value = Move> {
    let who = || prop::option::of("[abc]".prop_map(UserId::stored));
    prop_oneof![3 => step().prop_map(Move::Step), 1 => who().prop_map(Move::Owner), 1 => who().prop_map(Move::Control)]
}

/// A hand-off with what is around it.
struct Table {
    it: Handoff,
    owner: Option<UserId>,
    control: Party,
}

impl Table {
    /// What happens, with what follows from it. What was refused, if anything was.
    fn play(&mut self, happens: Move, now: Timestamp) -> Result<(), Wrong> {
        let follows = match happens {
            Move::Step(step) => return self.take(step, now),
            Move::Owner(owner) => {
                let lost = std::mem::replace(&mut self.owner, owner);
                let follows = self.it.after_owner(self.owner.as_ref(), lost.as_ref(), &self.control);
                follows.filter(|_| lost != self.owner)
            }
            Move::Control(user) => {
                let party = user.map_or(Party::Nobody, Party::User);
                let before = std::mem::replace(&mut self.control, party);
                let follows = self.it.after_control(&self.control, self.owner.is_some());
                follows.filter(|_| before != self.control)
            }
        };
        match follows.filter(|_| self.it.is_open()) {
            Some(step) => self.take(step, now),
            None => Ok(()),
        }
    }

    fn take(&mut self, step: Step, now: Timestamp) -> Result<(), Wrong> {
        let (had, given) = (self.it.user.clone(), matches!(step, Step::Place(Placed::Given(_))));
        let done = self.it.step(step, now)?;
        if (done.unassign && self.owner == had) || given {
            self.owner = if given { self.it.user.clone() } else { None };
        }
        if done.assign.is_some() {
            assert_eq!(done.assign, self.it.user);
            self.owner.clone_from(&done.assign);
        }
        if done.allocate {
            self.it.step(Step::Place(Placed::Nobody), now).expect("the allocator answers");
        }
        if let Some(party) = done.control {
            self.control = party;
        }
        Ok(())
    }
}

proptest! {
    /// Whatever happens in whatever order: what is over stays over, what is refused changes nothing, whatever is open is
    /// somebody's or has a time at which it is looked at again, and where a person speaks somebody answers for it.
    #[test]
    fn nothing_is_ever_left_lying(
        moves in prop::collection::vec((happens(), 0..90_i64), 1..80),
        later in any::<bool>(), offer in prop::option::of(1..60_u32), back in any::<bool>(),
    ) {
        let process = if later { Process::Async } else { Process::Live };
        let then = if back { Then::Agent } else { Then::Nobody };
        let it = asked(Policy { process, offer: offer.or(Some(30)), then, patience: 600, ..Policy::default() });
        let mut table = Table { it, owner: None, control: Party::Agent(bot()) };
        table.take(Step::Place(Placed::Nobody), at(0)).expect("placed at first");
        let mut now = 0;
        for (happens, pause) in moves {
            now += pause;
            let before = table.it.clone();
            let went = table.play(happens.clone(), at(now));
            let it = &table.it;
            let quiet = Handoff { due: it.due, ..before.clone() };
            prop_assert_eq!(it.version > before.version, *it != quiet);
            prop_assert!(before.is_open() || *it == before, "{:?} after the end", happens);
            prop_assert!(went.is_ok() || *it == before, "{:?} was refused", happens);
            if it.is_open() {
                prop_assert!(it.outcome.is_none() && it.times.end.is_none());
                prop_assert!(it.due.is_some() || it.user.is_some(), "nobody's, and nobody looks again: {:?}", it);
                prop_assert!(it.state != State::Offered || it.due.is_some());
                let answers = table.owner.is_some() || matches!(table.control, Party::User(_));
                prop_assert!(it.state != State::HumanActive || answers, "a person speaks, and nobody is there: {:?}", it);
            } else {
                prop_assert!(it.outcome.is_some() && it.times.end.is_some() && it.due.is_none());
                let falls = before.is_open() && it.times.accept.is_none() && it.falls_back().is_some();
                prop_assert!(!falls || table.control == Party::Agent(bot()), "the agent is to have it: {:?}", it);
            }
        }
    }
}
