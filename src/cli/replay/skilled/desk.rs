//! The desk of a replay by skills: twelve skills, sixty agents with hours in three zones, and rules that ask for skills.
//!
//! Setting it up a second time changes nothing, so a replay can be started again.

use super::super::plan::{TEAM_ADDRESS, Way};
use super::intents::{NEEDS, Need};
use crate::cli::furnish::{Furnisher, NewChannel};
use crate::client::{CallError, FieldMask, until_answered};
use crate::grpc::pb::v1::channel_routing::Target;
use crate::grpc::pb::v1::{
    AssignSkillsRequest, ChannelRouting, CreateSkillRequest, NobodyTarget, RoutingRule, SetWorkScheduleRequest, Skill,
    SkillAssignment, SkillRequirement, UpdateChannelRoutingRequest, WorkBlock, WorkSchedule,
};

/// Agents.
pub const AGENTS: usize = 60;
/// Where they work, and from which minute of the day to which on their clocks. At every hour somebody of them does.
const ZONES: [(&str, i32, i32); 3] =
    [("Asia/Tokyo", 8 * 60, 17 * 60), ("Europe/Berlin", 8 * 60, 17 * 60), ("America/New_York", 9 * 60, 20 * 60)];
/// The least level that every rule asks for.
pub const LEAST: i32 = 2;

/// Id of agent `number`, from 0.
pub fn agent(number: usize) -> String {
    format!("skilled-agent-{:02}", number + 1)
}

/// The skills of agent `number` with their levels: two that count and one that is too low, unless they fall together.
pub fn skills(number: usize) -> Vec<(&'static str, i32)> {
    let places = [(number, 3), (number * 5 + 1, 2), (number * 7 + 2, 1)];
    let mut found: Vec<(&'static str, i32)> = Vec::new();
    for (place, level) in places {
        let skill = NEEDS[place % NEEDS.len()].skill;
        if found.iter().all(|(known, _)| *known != skill) {
            found.push((skill, level));
        }
    }
    found
}

/// The zone of agent `number`: the first twenty share one, and so on.
const fn zone_of(number: usize) -> usize {
    number * ZONES.len() / AGENTS
}

/// Sets the desk up where it is missing; returns the names of the agents.
///
/// # Errors
/// [`CallError`] when the credential may not, or the service cannot be reached.
pub async fn set_up(desk: &Furnisher) -> Result<Vec<String>, CallError> {
    for need in &NEEDS {
        skill(desk, need).await?;
    }
    let mut agents = Vec::new();
    for number in 0..AGENTS {
        let id = agent(number);
        desk.agent(&id, &format!("Skilled Agent {}", number + 1), &format!("{id}@desk.example")).await?;
        able(desk, number).await?;
        works(desk, number).await?;
        agents.push(desk.user_name(&id));
    }
    for way in Way::ALL {
        let id = way.channel();
        let channel = NewChannel { id, display_name: id, kind: way.kind(), address: TEAM_ADDRESS };
        desk.channel(channel, Target::Nobody(NobodyTarget {})).await?;
        rules(desk, id).await?;
    }
    Ok(agents)
}

fn skill_name(desk: &Furnisher, id: &str) -> String {
    format!("{}/skills/{id}", desk.account)
}

async fn skill(desk: &Furnisher, need: &Need) -> Result<(), CallError> {
    let display_name = need.display_name.to_owned();
    let request = CreateSkillRequest {
        parent: desk.account.clone(),
        skill: Some(Skill { display_name, category: "Banking".to_owned(), ..Skill::default() }),
        skill_id: need.skill.to_owned(),
        ..CreateSkillRequest::default()
    };
    desk.made(async || desk.connection.skills().create_skill(request.clone()).await).await
}

async fn able(desk: &Furnisher, number: usize) -> Result<(), CallError> {
    let assignment = |(id, level): (&str, i32)| SkillAssignment { skill: skill_name(desk, id), level };
    let request = AssignSkillsRequest {
        name: desk.user_name(&agent(number)),
        skills: skills(number).into_iter().map(assignment).collect(),
        ..AssignSkillsRequest::default()
    };
    let call = until_answered(desk.patience, async || desk.connection.skills().assign_skills(request.clone()).await);
    call.await.map(drop)
}

/// Every day, by the clock of the zone.
async fn works(desk: &Furnisher, number: usize) -> Result<(), CallError> {
    let (zone, start_minute, end_minute) = ZONES[zone_of(number)];
    let schedule = WorkSchedule {
        name: format!("{}/workSchedule", desk.user_name(&agent(number))),
        time_zone: zone.to_owned(),
        blocks: (1..=7).map(|day| WorkBlock { day, start_minute, end_minute }).collect(),
        ..WorkSchedule::default()
    };
    let request = SetWorkScheduleRequest { work_schedule: Some(schedule), ..SetWorkScheduleRequest::default() };
    let users = || desk.connection.users();
    until_answered(desk.patience, async || users().set_work_schedule(request.clone()).await).await.map(drop)
}

/// One rule per skill: the subject says what the question is about.
fn rule(desk: &Furnisher, need: &Need) -> RoutingRule {
    let about: Vec<String> = need.intents.iter().map(|intent| format!("ticket.subject = \"{intent}\"")).collect();
    let skill = SkillRequirement { skill: skill_name(desk, need.skill), min_level: LEAST, ..Default::default() };
    RoutingRule {
        rule_id: need.skill.to_owned(),
        display_name: need.display_name.to_owned(),
        condition: about.join(" OR "),
        skills: vec![skill],
        ..RoutingRule::default()
    }
}

async fn rules(desk: &Furnisher, channel: &str) -> Result<(), CallError> {
    let routing = ChannelRouting {
        name: format!("{}/channels/{channel}/routing", desk.account),
        rules: NEEDS.iter().map(|need| rule(desk, need)).collect(),
        ..ChannelRouting::default()
    };
    let request = UpdateChannelRoutingRequest {
        channel_routing: Some(routing),
        update_mask: Some(FieldMask { paths: vec!["rules".to_owned()] }),
        ..UpdateChannelRoutingRequest::default()
    };
    let channels = || desk.connection.channels();
    until_answered(desk.patience, async || channels().update_channel_routing(request.clone()).await).await.map(drop)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn in_every_zone_somebody_has_each_skill_well_enough() {
        for zone in 0..ZONES.len() {
            for need in &NEEDS {
                let able = |number: &usize| skills(*number).iter().any(|it| it.0 == need.skill && it.1 >= LEAST);
                let holders = (0..AGENTS).filter(|number| zone_of(*number) == zone).filter(able).count();
                assert!(holders >= 1, "{} in zone {zone}", need.skill);
            }
        }
    }
}
