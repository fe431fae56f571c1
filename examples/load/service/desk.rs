//! What routing is asked for: skills, rules that need them, limits, queues, and people who come and go.

use futures_util::future::try_join_all;
use helpdesk::grpc::pb::v1::skill_service_client::SkillServiceClient;
use helpdesk::grpc::pb::v1::user_service_client::UserServiceClient;
use helpdesk::grpc::pb::v1::{
    self as api, AvailabilityState, Capacity, ChannelRouting, RoutingRule, Skill, SkillAssignment, SkillRequirement,
    User, Weekday, WhenFull, WorkBlock, WorkSchedule,
};
use prost_types::FieldMask;
use tonic::transport::Channel;

use super::accounts::{AGENTS, Account, said, set_routing};
use crate::Result;

/// The skills that every ticket asks for, all at once.
const SKILLS: [&str; 3] = ["german", "billing", "returns"];
/// The time zones of the agents, in turn.
const ZONES: [&str; 3] = ["Europe/Berlin", "America/New_York", "Asia/Kolkata"];
/// The days of a week.
const WEEK: [Weekday; 7] = [
    Weekday::Monday,
    Weekday::Tuesday,
    Weekday::Wednesday,
    Weekday::Thursday,
    Weekday::Friday,
    Weekday::Saturday,
    Weekday::Sunday,
];
/// Minutes after midnight.
const NOON: i32 = 12 * 60;
const MIDNIGHT: i32 = 24 * 60;
/// Calls of a set-up at a time.
const TOGETHER: usize = 8;

/// The people of one account, as somebody sets them up who may.
pub struct Desk<'a> {
    /// The account.
    pub account: &'a Account,
    /// A connection.
    pub channel: Channel,
}

/// A mask of these fields.
pub(super) fn mask(paths: &[&str]) -> FieldMask {
    FieldMask { paths: paths.iter().map(|path| (*path).to_owned()).collect() }
}

impl Desk<'_> {
    /// Gives every agent three skills, and has the form channel ask for them.
    pub async fn with_skills(&self) -> Result<()> {
        let mut client = SkillServiceClient::new(self.channel.clone());
        for id in SKILLS {
            let skill = Skill { display_name: id.to_owned(), category: "Work".to_owned(), ..Default::default() };
            let parent = format!("accounts/{}", self.account.id);
            let request =
                api::CreateSkillRequest { parent, skill: Some(skill), skill_id: id.to_owned(), ..Default::default() };
            said("CreateSkill", client.create_skill(self.account.person.put_on(request)).await)?;
        }
        let name = |id: &str| self.account.name(&format!("skills/{id}"));
        let skills: Vec<_> = SKILLS.iter().map(|id| SkillAssignment { skill: name(id), level: 3 }).collect();
        for agent in self.agents(0) {
            let request = api::AssignSkillsRequest { name: agent, skills: skills.clone(), ..Default::default() };
            said("AssignSkills", client.assign_skills(self.account.person.put_on(request)).await)?;
        }
        let need = |id: &&str| SkillRequirement { skill: name(id), min_level: 2, ..Default::default() };
        let rule = RoutingRule {
            rule_id: "skilled".to_owned(),
            condition: "ticket.subject:Question".to_owned(),
            skills: SKILLS.iter().map(need).collect(),
            ..Default::default()
        };
        self.route(ChannelRouting { rules: vec![rule], ..Default::default() }, &["rules"]).await
    }

    /// Lets every agent take so many tickets.
    pub async fn with_limits(&self, limit: i32) -> Result<()> {
        let mut client = UserServiceClient::new(self.channel.clone());
        for name in self.agents(0) {
            let capacity = Some(Capacity { total_limit: Some(limit), groups: Vec::new(), ..Default::default() });
            let user = Some(User { name, capacity, ..Default::default() });
            let request = api::UpdateUserRequest { user, update_mask: Some(mask(&["capacity"])), ..Default::default() };
            said("UpdateUser", client.update_user(self.account.person.put_on(request)).await)?;
        }
        Ok(())
    }

    /// Gives every agent working hours of two blocks a day, in zones that change their clocks; somebody is always there.
    pub async fn with_hours(&self) -> Result<()> {
        let mut client = UserServiceClient::new(self.channel.clone());
        let block = |day: Weekday, start_minute, end_minute| WorkBlock { day: day.into(), start_minute, end_minute };
        let week = WEEK.into_iter().flat_map(|day| [block(day, 0, NOON), block(day, NOON, MIDNIGHT)]);
        let blocks: Vec<_> = week.collect();
        for (agent, zone) in self.agents(0).into_iter().zip(ZONES.into_iter().cycle()) {
            let name = format!("{agent}/workSchedule");
            let schedule =
                WorkSchedule { name, time_zone: zone.to_owned(), blocks: blocks.clone(), ..Default::default() };
            let request = api::SetWorkScheduleRequest { work_schedule: Some(schedule), ..Default::default() };
            said("SetWorkSchedule", client.set_work_schedule(self.account.person.put_on(request)).await)?;
        }
        Ok(())
    }

    /// Lets tickets of the form channel wait, without a ramp.
    pub async fn with_queue(&self) -> Result<()> {
        let (when_full, ramp) = (WhenFull::Queue.into(), Some(prost_types::Duration::default()));
        self.route(ChannelRouting { when_full, ramp, ..Default::default() }, &["when_full", "ramp"]).await
    }

    async fn route(&self, routing: ChannelRouting, paths: &[&str]) -> Result<()> {
        set_routing(&self.channel, self.account, "form", routing, paths).await
    }

    /// Names of the agents, and of so many others that were copied from them.
    fn agents(&self, crowd: u32) -> Vec<String> {
        let agents = (0..AGENTS).map(|number| format!("users/agent-{number}"));
        agents
            .chain((1..=crowd).map(|number| format!("users/crowd-{number}")))
            .map(|id| self.account.name(&id))
            .collect()
    }

    /// Has all agents, and so many others, come or go.
    pub async fn available(&self, crowd: u32, available: bool) -> Result<()> {
        let state = if available { AvailabilityState::Available } else { AvailabilityState::Away };
        let users = UserServiceClient::new(self.channel.clone());
        for few in self.agents(crowd).chunks(TOGETHER) {
            try_join_all(few.iter().map(|name| {
                let request =
                    api::SetAvailabilityRequest { name: name.clone(), state: state.into(), ..Default::default() };
                let mut users = users.clone();
                let request = self.account.person.put_on(request);
                async move { said("SetAvailability", users.set_availability(request).await).map(drop) }
            }))
            .await?;
        }
        Ok(())
    }
}
