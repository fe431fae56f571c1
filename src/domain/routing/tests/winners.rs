//! Whoever wins may have the ticket, whatever the plan, the people, their hours and their loads.

use super::limits::{capacity, group, grouped};
use super::*;
use crate::domain::access::Level;
use crate::domain::hours::{Block, Hours};
use crate::domain::ids::SkillId;
use crate::domain::schedule::{Absence, Schedule};

/// A Monday, 2026-11-23T00:00:00Z.
const MONDAY: i64 = 1_795_392_000;

fn moment(minute: u32) -> Timestamp {
    Timestamp::from_micros((MONDAY + i64::from(minute) * 60) * 1_000_000)
}

/// A person with how the target names them and what they have.
#[derive(Debug, Clone)]
struct Member {
    user: User,
    named: Named,
    load: Load,
}

fn schedule() -> impl Strategy<Value = Schedule> {
    let zone = prop::sample::select(vec!["UTC", "Europe/Berlin", "America/New_York", "Asia/Kolkata"]);
    let block = (0_u8..7, 0_u16..20, 1_u16..5).prop_map(|(day, hour, length)| Block {
        day,
        start: hour * 60,
        end: (hour + length).min(24) * 60,
    });
    let absence = prop::option::weighted(0.2, (0_u32..10_080, 1_u32..3_000));
    (zone, prop::option::of(block), absence).prop_map(|(zone, block, absence)| Schedule {
        hours: Hours { zone: zone.to_owned(), blocks: block.into_iter().collect() },
        absences: absence
            .into_iter()
            .map(|(start, length)| Absence { start: moment(start), end: moment(start + length) })
            .collect(),
        // Nothing was set by hand since: the schedule says what holds.
        until: Some(moment(0)),
        ..Schedule::default()
    })
}

fn member() -> impl Strategy<Value = Member> {
    let seat = prop::sample::select(vec![Seat::Service, Seat::Service, Seat::Service, Seat::Core]);
    let named = prop::sample::select(vec![Named::Fully, Named::Fully, Named::Fully, Named::AsExtra, Named::Not]);
    let level = prop::sample::select(vec![Level::All, Level::Owned, Level::Team, Level::None]);
    let skills = prop::collection::btree_map(0_u8..3, 1_u8..6, 0..3);
    let standing = (seat, prop::bool::weighted(0.9), level, named);
    (standing, schedule(), skills, capacity(), grouped()).prop_map(
        |((seat, active, level, named), schedule, skills, capacity, load)| {
            let mut user = user("somebody");
            user.seat = seat;
            user.state = if active { UserState::Active } else { UserState::Deactivated };
            user.view.level = level;
            user.work.schedule = schedule;
            user.work.capacity = capacity;
            user.work.skills =
                skills.into_iter().map(|(skill, level)| (SkillId::stored(format!("s{skill}")), level)).collect();
            Member { user, named, load }
        },
    )
}

/// Whether the person may have a ticket of the demand at `now`, said once more and differently.
fn may(member: &Member, demand: &Demand, now: Timestamp) -> bool {
    let (user, load) = (&member.user, member.load);
    let schedule = &user.work.schedule;
    let there = schedule.hours.open_at(now) && !schedule.absences.iter().any(|it| it.start <= now && now < it.end);
    let limit = user.work.capacity;
    let in_group = match demand.group {
        CapacityGroup::Calling => (load.calling, limit.calling),
        CapacityGroup::Messaging => (load.messaging, limit.messaging),
        CapacityGroup::EmailAndOther => (load.open - load.calling - load.messaging, limit.email_and_other),
    };
    let room = |(open, limit): (i64, Option<u32>)| limit.is_none_or(|limit| open < i64::from(limit));
    let can = |(skill, level): &(SkillId, u8)| user.work.skills.get(skill).copied().unwrap_or(0) >= *level;
    user.state == UserState::Active
        && user.seat == Seat::Service
        && user.view.level != Level::None
        && member.named == Named::Fully
        && (there || !demand.available_only)
        && room((load.open, limit.total))
        && room(in_group)
        && demand.skills.iter().all(can)
}

proptest! {
    /// C-051, C-053: never somebody without seat or access, away, over a limit, in the team on
    /// the side, or without a skill; and nobody only when there is none such.
    #[test]
    fn a_winner_breaks_no_constraint_and_there_is_one_if_there_can_be(
        crew in prop::collection::vec(member(), 0..25),
        wanted in prop::option::of((0_u8..3, 1_u8..4)),
        minute in 0_u32..10_080,
        available_only: bool,
        random: bool,
        group in group(),
        seed: u64,
    ) {
        let now = moment(minute);
        let skills = wanted.map(|(skill, level)| (SkillId::stored(format!("s{skill}")), level)).into_iter().collect();
        let demand = Demand { named: None, available_only, skills, group };
        let candidates = crew.iter().enumerate().map(|(index, member)| Candidate {
            user: name(index),
            blockers: blockers(&member.user, member.named, &member.user.work.skills, &demand, now),
            capacity: member.user.work.capacity,
        });
        let load_of = |id: &UserId| crew[(0..crew.len()).find(|index| name(*index) == *id).expect("one of them")].load;
        let pool = Pool::new(group, candidates, load_of);
        let distribution = if random { Distribution::Random } else { Distribution::Balanced };
        let plan = Plan::plain(&Routing { available_only, ..people(distribution) });
        let subject = Subject { contact: None, contact_owner: None, group, except: &[] };
        let decision = decide(&subject, &plan, &pool, Moment { now, ..AT_ONCE }, &mut SmallRng::seed_from_u64(seed));
        let eligible: Vec<UserId> =
            (0..crew.len()).filter(|index| may(&crew[*index], &demand, now)).map(name).collect();
        match decision.outcome {
            Outcome::Assigned(winner) => prop_assert!(eligible.contains(&winner), "{winner} of {eligible:?}"),
            Outcome::LeftUnassigned(_) => prop_assert_eq!(eligible, Vec::<UserId>::new()),
            Outcome::Queued(_) => return Err(TestCaseError::fail("the channel has no queue")),
        }
    }
}
