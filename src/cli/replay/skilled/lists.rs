//! Reading through the API, and through it alone, who got what and who could have.

use super::super::lists::{Lists, PAGE};
use super::judge::{Decided, Given, Holder};
use crate::client::{CallError, following_pages, until_answered};
use crate::domain::hours::{Block, Hours};
use crate::domain::time::Timestamp;
use crate::grpc::pb::v1::{GetWorkScheduleRequest, ListUsersRequest, WorkBlock};

fn moment(time: crate::client::Timestamp) -> Timestamp {
    Timestamp::from_micros(time.seconds * 1_000_000 + i64::from(time.nanos) / 1_000)
}

/// The last part of a name.
fn id(name: &str) -> String {
    name.rsplit('/').next().unwrap_or_default().to_owned()
}

impl Lists {
    /// The tickets of a channel, with what they are about and their owners.
    ///
    /// # Errors
    /// The first page that cannot be read.
    pub async fn given(&self, channel: &str) -> Result<Vec<Given>, CallError> {
        let given = |ticket: crate::grpc::pb::v1::Ticket| Given {
            ticket: ticket.name,
            intent: ticket.subject,
            owner: id(&ticket.owner),
        };
        Ok(self.tickets(channel).await?.into_iter().map(given).collect())
    }

    /// Everybody with their skills and hours.
    ///
    /// # Errors
    /// The first page that cannot be read.
    pub async fn holders(&self) -> Result<Vec<Holder>, CallError> {
        let request = ListUsersRequest { parent: self.account.clone(), page_size: PAGE, ..ListUsersRequest::default() };
        let mut found = Vec::new();
        let fetch = async |page_token| {
            let request = ListUsersRequest { page_token, ..request.clone() };
            let page =
                until_answered(self.patience, async || self.connection.users().list_users(request.clone()).await);
            page.await.map(|page| (page.users, page.next_page_token))
        };
        let holder = |user: crate::grpc::pb::v1::User| Holder {
            user: id(&user.name),
            skills: user.skills.iter().map(|skill| (id(&skill.skill), skill.level)).collect(),
            hours: Hours::default(),
        };
        following_pages(fetch, |page| found.extend(page.into_iter().map(holder))).await?;
        for holder in &mut found {
            holder.hours = self.hours(&holder.user).await?;
        }
        Ok(found)
    }

    async fn hours(&self, user: &str) -> Result<Hours, CallError> {
        let request = GetWorkScheduleRequest { name: format!("{}/users/{user}/workSchedule", self.account) };
        let users = || self.connection.users();
        let answer = until_answered(self.patience, async || users().get_work_schedule(request.clone()).await).await?;
        let schedule = answer.work_schedule.unwrap_or_default();
        let minute = |minute: i32| u16::try_from(minute).unwrap_or_default();
        let block = |block: &WorkBlock| Block {
            day: u8::try_from(block.day - 1).unwrap_or_default(),
            start: minute(block.start_minute),
            end: minute(block.end_minute),
        };
        Ok(Hours { zone: schedule.time_zone, blocks: schedule.blocks.iter().map(block).collect() })
    }

    /// Every decision.
    ///
    /// # Errors
    /// The first page that cannot be read.
    pub async fn decided(&self) -> Result<Vec<Decided>, CallError> {
        let decided = |decision: crate::grpc::pb::v1::RoutingDecision| {
            let reason = |count: &crate::grpc::pb::v1::ExclusionCount| {
                let reason = count.reason().as_str_name().trim_start_matches("INELIGIBILITY_").to_lowercase();
                (reason, count.user_count)
            };
            Decided {
                exclusions: decision.exclusions.iter().map(reason).collect(),
                user: id(&decision.user),
                ticket: decision.ticket,
                rule: decision.rule,
                time: decision.decide_time.map(moment).unwrap_or_default(),
            }
        };
        Ok(self.decisions().await?.into_iter().map(decided).collect())
    }
}
