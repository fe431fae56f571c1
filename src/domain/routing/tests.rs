//! What balanced and random distribution promise, whatever the people and their loads (R-128, R-129, C-039, C-042).

use std::collections::BTreeSet;

use proptest::prelude::*;
use rand::SeedableRng;
use rand::rngs::SmallRng;

mod limits;
mod winners;

use super::*;
use crate::domain::access::{Seat, TicketAccess};
use crate::domain::channel::{Distribution, Routing, Target};
use crate::domain::contact::Contact;
use crate::domain::ids::{ContactId, TeamId, UserId};
use crate::domain::time::Timestamp;
use crate::domain::user::{User, UserState};

const NOON: Timestamp = Timestamp::from_micros(1_000_000);

fn user(id: &str) -> User {
    User {
        delete: TicketAccess::NONE,
        id: UserId::stored(id),
        display_name: id.to_owned(),
        email: format!("{id}@acme.example"),
        state: UserState::Active,
        seat: Seat::Service,
        super_admin: false,
        account_access: false,
        service_access: false,
        sales_access: false,
        customer_agent_editor: false,
        view: TicketAccess::ALL,
        edit: TicketAccess::ALL,
        available: true,
        availability_since: NOON,
        work: crate::domain::user::Work::default(),
        notifications: crate::domain::notification::NotificationSettings::default(),
        releasing: 0,
        create_time: NOON,
        update_time: NOON,
        version: 1,
    }
}

fn contact(owner: Option<&str>, tracked: bool) -> Contact {
    Contact {
        id: ContactId(uuid::Uuid::nil()),
        display_name: "Ada".to_owned(),
        owner: owner.map(UserId::stored),
        language_code: String::new(),
        points: Vec::new(),
        tracked,
        merged_into: None,
        opened: crate::domain::per_hour::PerHour::default(),
        marketing: true,
        mailed: crate::domain::per_hour::PerDay::default(),
        create_time: NOON,
        update_time: NOON,
        version: 1,
    }
}

fn name(index: usize) -> UserId {
    UserId::stored(format!("u{index:03}"))
}

fn candidate(index: usize, blockers: &[Ineligibility]) -> Candidate {
    Candidate { blockers: blockers.iter().copied().collect(), ..Candidate::free(name(index)) }
}

fn people(distribution: Distribution) -> Routing {
    let target = Target::People { users: vec![name(0)], teams: vec![TeamId::stored("red")] };
    Routing { target, distribution, ..Routing::default() }
}

fn pool(candidates: impl IntoIterator<Item = Candidate>, load_of: impl Fn(&UserId) -> Load) -> Pool {
    Pool::new(CapacityGroup::EmailAndOther, candidates, load_of)
}

fn subject<'a>(contact: Option<&'a Contact>, contact_owner: Option<(&'a User, Load, Capacity)>) -> Subject<'a> {
    Subject { contact, contact_owner, group: CapacityGroup::EmailAndOther, except: &[] }
}

const AT_ONCE: Moment = Moment { now: NOON, ramp: None, behind: false };

fn decided(routing: &Routing, pool: &Pool, seed: u64) -> Decision {
    decide(&subject(None, None), &Plan::plain(routing), pool, AT_ONCE, &mut SmallRng::seed_from_u64(seed))
}

fn load() -> impl Strategy<Value = Load> {
    let last = prop::option::of((0_i64..6).prop_map(Timestamp::from_micros));
    (0_i64..5, last).prop_map(|(open, last_auto)| Load { open, last_auto, ..Load::default() })
}

proptest! {
    /// R-129, C-039: fewest open tickets, then longest without one (never before ever), then the smallest id.
    #[test]
    fn balanced_takes_the_least_in_the_order_of_the_policy(loads in prop::collection::vec(load(), 1..40)) {
        let pool = pool((0..loads.len()).map(|i| candidate(i, &[])), |id| {
            loads[(0..loads.len()).find(|i| name(*i) == *id).expect("one of them")]
        });
        let least = (0..loads.len()).min_by_key(|i| (loads[*i].open, loads[*i].last_auto, name(*i)));
        let decision = decided(&people(Distribution::Balanced), &pool, 7);
        prop_assert_eq!(decision.outcome, Outcome::Assigned(name(least.expect("not empty"))));
    }

    /// Handing out one after another keeps everybody within one ticket of everybody else.
    #[test]
    fn balanced_one_after_another_stays_level(people_count in 1_usize..12, tickets in 0_usize..60) {
        let mut pool = pool((0..people_count).map(|i| candidate(i, &[])), |_| Load::default());
        for ticket in 0..tickets {
            let Outcome::Assigned(user) = decided(&people(Distribution::Balanced), &pool, 1).outcome else {
                return Err(TestCaseError::fail("somebody may receive"));
            };
            let open = pool.load(&user).expect("a candidate").open + 1;
            let last_auto = Some(Timestamp::from_micros(i64::try_from(ticket).expect("small")));
            pool.reload(&user, Load { open, last_auto, ..Load::default() });
        }
        let loads: Vec<_> = pool.ranked().map(|score| score.open).collect();
        let (least, most) = (loads.iter().min().expect("people"), loads.iter().max().expect("people"));
        prop_assert!(most - least <= 1);
    }

    /// The same facts and the same seed give the same decision, and nobody excluded is ever chosen.
    #[test]
    fn the_same_seed_chooses_the_same_and_only_the_eligible(eligible in 0_usize..20, blocked in 0_usize..20, seed: u64) {
        let candidates = (0..eligible)
            .map(|i| candidate(i, &[]))
            .chain((eligible..eligible + blocked).map(|i| candidate(i, &[Ineligibility::Seat])));
        let pool = pool(candidates, |_| Load::default());
        let first = decided(&people(Distribution::Random), &pool, seed);
        prop_assert_eq!(&first, &decided(&people(Distribution::Random), &pool, seed));
        match first.outcome {
            Outcome::Assigned(user) => prop_assert!((0..eligible).any(|i| name(i) == user)),
            Outcome::LeftUnassigned(why) => {
                prop_assert_eq!(eligible, 0);
                prop_assert_eq!(why, UnassignedReason::NobodyEligible);
            }
            Outcome::Queued(_) => return Err(TestCaseError::fail("the channel has no queue")),
        }
        prop_assert_eq!(first.exclusions.get(&Ineligibility::Seat).copied().unwrap_or(0) as usize, blocked);
    }
}

/// R-128, C-042: uniform over the eligible. With 10,000 draws among 5, each count has mean 2,000 and standard deviation
/// 40; six of those are allowed.
#[test]
fn random_is_uniform_over_the_eligible() {
    let pool = pool((0..5).map(|i| candidate(i, &[])), |id| Load {
        open: if *id == name(0) { 99 } else { 0 },
        ..Load::default()
    });
    let mut counts = [0_i64; 5];
    for seed in 0..10_000 {
        let Outcome::Assigned(user) = decided(&people(Distribution::Random), &pool, seed).outcome else {
            panic!("somebody may receive")
        };
        counts[(0..5).find(|i| name(*i) == user).expect("one of five")] += 1;
    }
    assert!(counts.iter().all(|count| (count - 2_000).abs() < 240), "{counts:?}");
}

/// C-042: a user named twice, directly and through a team, counts once.
#[test]
fn a_user_named_twice_counts_once() {
    let twice = [candidate(0, &[]), candidate(0, &[]), candidate(1, &[])];
    let pool = pool(twice, |_| Load::default());
    assert_eq!(pool.len(), 2);
}

/// each hard constraint alone takes a person out, and says so.
#[test]
fn each_constraint_takes_a_person_out() {
    use Ineligibility as Why;
    let mia = || user("mia");
    let demand = |available_only| Demand {
        named: None,
        available_only,
        skills: Vec::new(),
        group: CapacityGroup::EmailAndOther,
    };
    let cases = [
        (mia(), Named::Fully, None),
        (User { seat: Seat::Core, ..mia() }, Named::Fully, Some(Why::Seat)),
        (User { seat: Seat::None, super_admin: true, ..mia() }, Named::Fully, Some(Why::Seat)),
        (User { view: TicketAccess::NONE, ..mia() }, Named::Fully, Some(Why::NoTicketAccess)),
        (User { state: UserState::Deactivated, ..mia() }, Named::Fully, Some(Why::Deactivated)),
        (User { available: false, ..mia() }, Named::Fully, Some(Why::Unavailable)),
        (mia(), Named::AsExtra, Some(Why::ExtraMember)),
        (mia(), Named::Not, Some(Why::NotInTarget)),
    ];
    for (person, named, why) in cases {
        let found = blockers(&person, named, &Skills::default(), &demand(true), NOON);
        assert_eq!(found, why.into_iter().collect());
    }
    // availability is ignored where the channel says so.
    let away = User { available: false, ..mia() };
    assert_eq!(blockers(&away, Named::Fully, &Skills::default(), &demand(false), NOON), BTreeSet::new());
}

/// R-135, C-044: nobody available and nobody eligible are told apart; the target's teams are kept.
#[test]
fn nobody_available_is_not_nobody_eligible() {
    let away = [Ineligibility::Unavailable];
    let away_and_seatless = [Ineligibility::Unavailable, Ineligibility::Seat];
    let cases = [
        (vec![candidate(0, &away), candidate(1, &away_and_seatless)], UnassignedReason::NobodyAvailable),
        (vec![candidate(0, &away_and_seatless)], UnassignedReason::NobodyEligible),
        (vec![], UnassignedReason::NobodyEligible),
    ];
    for (candidates, why) in cases {
        let decision = decided(&people(Distribution::Balanced), &pool(candidates, |_| Load::default()), 1);
        assert_eq!(decision.outcome, Outcome::LeftUnassigned(why));
        assert_eq!(decision.teams, BTreeSet::from([TeamId::stored("red")]));
    }
}

/// C-045 to C-048: each missing condition of the contact's owner has its own reason.
#[test]
fn the_contacts_owner_gets_it_only_under_every_condition() {
    use UnassignedReason as Why;
    let (mia, away) = (user("mia"), User { available: false, ..user("mia") });
    let seatless = User { seat: Seat::None, available: false, ..user("mia") };
    let (tracked, untracked) = (contact(Some("mia"), true), contact(Some("mia"), false));
    let cases = [
        (None, None, true, Some(Why::NoContact)),
        (Some(&tracked), None, true, Some(Why::NoOwner)),
        (Some(&untracked), Some(&mia), true, Some(Why::NotTracked)),
        (Some(&tracked), Some(&seatless), true, Some(Why::OwnerNotEligible)),
        (Some(&tracked), Some(&away), true, Some(Why::OwnerAway)),
        (Some(&tracked), Some(&away), false, None),
        (Some(&tracked), Some(&mia), true, None),
    ];
    for (contact, owner, available_only, why) in cases {
        let routing = Routing { target: Target::ContactOwner, available_only, ..Routing::default() };
        let subject = subject(contact, owner.map(|owner| (owner, Load::default(), owner.work.capacity)));
        let nobody = Pool::empty(subject.group);
        let decision = decide(&subject, &Plan::plain(&routing), &nobody, AT_ONCE, &mut SmallRng::seed_from_u64(1));
        let expected = why.map_or(Outcome::Assigned(UserId::stored("mia")), Outcome::LeftUnassigned);
        assert_eq!(decision.outcome, expected);
    }
}

/// a channel that routes to nobody assigns nobody.
#[test]
fn routing_to_nobody_assigns_nobody() {
    let pool = pool([candidate(0, &[])], |_| Load::default());
    let decision = decided(&Routing::default(), &pool, 1);
    assert_eq!(decision.outcome, Outcome::LeftUnassigned(UnassignedReason::Off));
}

/// C-055: what settled a choice is named.
#[test]
fn what_settled_the_choice_is_named() {
    let settled = |loads: &[Load]| {
        let of = |id: &UserId| loads[(0..loads.len()).find(|i| name(*i) == *id).expect("one of them")];
        let pool = pool((0..loads.len()).map(|i| candidate(i, &[])), of);
        decided(&people(Distribution::Balanced), &pool, 1).tie_break
    };
    let load = |open, last_auto: Option<i64>| Load {
        open,
        last_auto: last_auto.map(Timestamp::from_micros),
        ..Load::default()
    };
    assert_eq!(settled(&[load(3, None)]), "only_candidate");
    assert_eq!(settled(&[load(3, None), load(2, Some(5))]), "open_tickets");
    assert_eq!(settled(&[load(2, Some(1)), load(2, None)]), "last_assignment");
    assert_eq!(settled(&[load(2, None), load(2, None)]), "id");
}

/// C-050: users who lost eligibility and teams where nobody is left are flagged; being away is no flag.
#[test]
fn those_who_cannot_receive_any_more_are_flagged() {
    let red = TeamId::stored("red");
    let (mia, leo) = (UserId::stored("mia"), UserId::stored("leo"));
    let target = Target::People { users: vec![mia.clone(), leo.clone()], teams: vec![red.clone()] };
    let mut people = TargetPeople::default();
    people.users.insert(mia, User { available: false, ..user("mia") });
    people.users.insert(leo.clone(), User { seat: Seat::Core, ..user("leo") });
    let flagged = [TargetFlag::User(leo.clone(), Ineligibility::Seat), TargetFlag::Team(red.clone())];
    assert_eq!(flags(&target, &people), flagged);
    people.main_members.insert(red.clone(), vec![leo]);
    assert_eq!(flags(&target, &people), flagged);
    people.main_members.entry(red).or_default().push(UserId::stored("mia"));
    assert_eq!(flags(&target, &people), flagged[..1]);
    assert_eq!(flags(&Target::Nobody, &people), []);
}
