//! Capacity, skills, queues and ramps, whatever the people and their loads.

use std::collections::BTreeMap;
use std::time::Duration;

use super::*;
use crate::domain::channel::WhenFull;
use crate::domain::ids::SkillId;

pub(super) fn capacity() -> impl Strategy<Value = Capacity> {
    let limit = || prop::option::of(0_u32..4);
    (limit(), limit(), limit(), limit()).prop_map(|(total, calling, messaging, email_and_other)| Capacity {
        total,
        calling,
        messaging,
        email_and_other,
    })
}

pub(super) fn group() -> impl Strategy<Value = CapacityGroup> {
    prop::sample::select(CapacityGroup::ALL)
}

pub(super) fn grouped() -> impl Strategy<Value = Load> {
    let last = prop::option::of((0_i64..6).prop_map(Timestamp::from_micros));
    (0_i64..3, 0_i64..3, 0_i64..3, last).prop_map(|(calling, messaging, other, last_auto)| Load {
        open: calling + messaging + other,
        calling,
        messaging,
        last_auto,
        last_backlog: None,
    })
}

/// People with their capacities and loads.
fn crew() -> impl Strategy<Value = Vec<(Capacity, Load)>> {
    prop::collection::vec((capacity(), grouped()), 0..30)
}

fn candidates(crew: &[(Capacity, Load)]) -> Vec<Candidate> {
    let person = |(index, (capacity, _)): (usize, &(Capacity, Load))| Candidate {
        capacity: *capacity,
        ..Candidate::free(name(index))
    };
    crew.iter().enumerate().map(person).collect()
}

fn load_of(crew: &[(Capacity, Load)], id: &UserId) -> Load {
    crew[(0..crew.len()).find(|i| name(*i) == *id).expect("one of them")].1
}

fn queued(distribution: Distribution) -> Plan {
    Plan::plain(&Routing { when_full: WhenFull::Queue, ..people(distribution) })
}

proptest! {
    /// C-051: nobody gets more than their capacity, of the whole or of the kind of work, and one who has room is found.
    #[test]
    fn capacity_is_never_passed(crew in crew(), group in group(), random: bool, seed: u64) {
        let pool = Pool::new(group, candidates(&crew), |id| load_of(&crew, id));
        let plan = queued(if random { Distribution::Random } else { Distribution::Balanced });
        let mut dice = SmallRng::seed_from_u64(seed);
        let decision = decide(&subject(None, None), &plan, &pool, AT_ONCE, &mut dice);
        let room = crew.iter().filter(|(capacity, load)| capacity.reached(*load, group).is_none()).count();
        match decision.outcome {
            Outcome::Assigned(user) => {
                let (capacity, load) = crew[(0..crew.len()).find(|i| name(*i) == user).expect("one of them")];
                prop_assert_eq!(capacity.reached(load, group), None);
            }
            Outcome::Queued(why) => {
                prop_assert_eq!(room, 0);
                let expected = if crew.is_empty() { UnassignedReason::NobodyEligible } else { UnassignedReason::AllAtCapacity };
                prop_assert_eq!(why, expected);
            }
            Outcome::LeftUnassigned(_) => return Err(TestCaseError::fail("the channel has a queue")),
        }
    }

    /// A pool that was moved load by load is the pool that is made of the last loads.
    #[test]
    fn a_moved_pool_is_a_new_pool(crew in crew(), moves in prop::collection::vec((0_usize..30, grouped()), 0..40), group in group()) {
        let mut after = crew.clone();
        let mut moved = Pool::new(group, candidates(&crew), |id| load_of(&crew, id));
        for (index, load) in moves.into_iter().filter(|(index, _)| *index < crew.len()) {
            after[index].1 = load;
            moved.reload(&name(index), load);
        }
        let made = Pool::new(group, candidates(&after), |id| load_of(&after, id));
        prop_assert_eq!(moved.ranked().collect::<Vec<_>>(), made.ranked().collect::<Vec<_>>());
        prop_assert_eq!(moved.members(), made.members());
        prop_assert_eq!(moved.full().collect::<Vec<_>>(), made.full().collect::<Vec<_>>());
        prop_assert_eq!(moved.exclusion_counts(), made.exclusion_counts());
    }

    /// The order in which people are looked at does not matter.
    #[test]
    fn the_order_of_candidates_does_not_matter(crew in crew(), seed: u64, random: bool) {
        let forward = candidates(&crew);
        let backward: Vec<_> = forward.iter().rev().cloned().collect();
        let plan = queued(if random { Distribution::Random } else { Distribution::Balanced });
        let decided = |candidates| {
            let pool = Pool::new(CapacityGroup::Messaging, candidates, |id| load_of(&crew, id));
            decide(&subject(None, None), &plan, &pool, AT_ONCE, &mut SmallRng::seed_from_u64(seed))
        };
        prop_assert_eq!(decided(forward), decided(backward));
    }

    /// R-133, C-053: a person needs every skill, each at least at its level.
    #[test]
    fn every_skill_is_needed(own in prop::collection::btree_map(0_u8..4, 1_u8..6, 0..4), wanted in prop::collection::vec((0_u8..4, 1_u8..6), 0..4)) {
        let skill = |index: u8| SkillId::stored(format!("s{index}"));
        let skills: Skills = own.iter().map(|(index, level)| (skill(*index), *level)).collect();
        let demand = Demand {
            named: None,
            available_only: true,
            skills: wanted.iter().map(|(index, level)| (skill(*index), *level)).collect(),
            group: CapacityGroup::EmailAndOther,
        };
        let has_all = wanted.iter().all(|(index, level)| own.get(index).is_some_and(|has| has >= level));
        let found = blockers(&user("mia"), Named::Fully, &skills, &demand, NOON);
        prop_assert_eq!(found.is_empty(), has_all);
    }
}

/// Somebody who just got a ticket of the backlog gets the next when the ramp lets it, and not before.
#[test]
fn a_backlog_flows_no_faster_than_the_ramp() {
    let second = Duration::from_secs(1);
    let load = Load { last_backlog: Some(NOON), ..Load::default() };
    for distribution in [Distribution::Balanced, Distribution::Random] {
        let pool = pool([candidate(0, &[])], |_| load);
        let decided = |after: Duration, ramp: Option<Duration>| {
            let moment = Moment { now: NOON.plus(after), ramp, behind: false };
            let dice = &mut SmallRng::seed_from_u64(1);
            decide(&subject(None, None), &queued(distribution), &pool, moment, dice)
        };
        let held = decided(9 * second, Some(10 * second));
        assert_eq!(held.outcome, Outcome::Queued(UnassignedReason::AllAtCapacity));
        assert_eq!(held.exclusions.get(&Ineligibility::Ramping), Some(&1));
        assert_eq!(decided(10 * second, Some(10 * second)).outcome, Outcome::Assigned(name(0)));
        assert_eq!(decided(Duration::ZERO, None).outcome, Outcome::Assigned(name(0)), "what is new does not ramp");
    }
}

/// Who let a ticket go, be it twice, is passed over and named once; the others keep their ranks.
#[test]
fn who_let_it_go_is_passed_over_and_counted_once() {
    let decided = |people: usize| {
        let pool = pool((0..people).map(|person| candidate(person, &[])), |_| Load::default());
        let except = [name(0), name(0)];
        let about = Subject { except: &except, ..subject(None, None) };
        let moment = Moment { now: NOON, ramp: None, behind: false };
        decide(&about, &queued(Distribution::Balanced), &pool, moment, &mut SmallRng::seed_from_u64(1))
    };
    let among = decided(3);
    assert_eq!(among.outcome, Outcome::Assigned(name(1)));
    let ranks: Vec<_> =
        among.candidates.iter().map(|it| (it.rank, it.blockers.contains(&Ineligibility::LetGo))).collect();
    assert_eq!(ranks, [(0, true), (1, false), (2, false)]);
    assert_eq!(among.exclusions, BTreeMap::from([(Ineligibility::LetGo, 1)]));
    let alone = decided(1);
    assert_eq!(alone.outcome, Outcome::Queued(UnassignedReason::Returned));
    assert_eq!(alone.exclusions, BTreeMap::from([(Ineligibility::LetGo, 1)]));
}
