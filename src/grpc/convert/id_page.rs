//! Pages of lists that go by id: people, teams, access keys. Nothing can be filtered or ordered there.

use std::time::Duration;

use prost::Message;
use serde::{Deserialize, Serialize};

use crate::domain::ids::AccountId;
use crate::domain::rejection::Rejection;
use crate::domain::time::Timestamp;
use crate::grpc::sealing::Sealer;

/// Records of a page when the caller does not say.
const USUAL: i32 = 50;
/// Records of a page at most.
const MOST: i32 = 200;
/// Bytes after which a page ends early.
const FULL: usize = 1024 * 1024;
/// How long a token may be used.
const GOOD_FOR: Duration = Duration::from_hours(3 * 24);

/// A list of one account: the method's path with the name that the call is about.
#[derive(Debug, Clone, Copy)]
pub struct List<'a> {
    /// Makes and reads tokens.
    pub sealer: &'a Sealer,
    /// Whose list.
    pub account: &'a AccountId,
    /// The path of the method.
    pub method: &'static str,
    /// The parent, as the caller wrote it.
    pub parent: &'a str,
    /// The moment.
    pub now: Timestamp,
}

/// The page that a call asks for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct IdPage {
    /// The last id of the page before.
    pub after: Option<String>,
    size: usize,
}

impl IdPage {
    /// How many records to read: one more than the page holds tells whether there is another page.
    pub fn limit(&self) -> u64 {
        self.size as u64 + 1
    }
}

#[derive(Serialize, Deserialize)]
struct Token {
    #[serde(rename = "a")]
    after: String,
    #[serde(rename = "p")]
    parent: String,
    #[serde(rename = "t")]
    time: Timestamp,
}

impl List<'_> {
    fn purpose(&self) -> String {
        format!("page:{}", self.method)
    }

    /// Reads what a call asks for.
    ///
    /// # Errors
    /// [`Rejection::PageToken`] for a token that is altered, of another list, or older than 3 days.
    pub fn page(&self, size: i32, token: &str) -> Result<IdPage, Rejection> {
        let size = if size <= 0 { USUAL } else { size.min(MOST) };
        let size = usize::try_from(size).unwrap_or_default();
        if token.is_empty() {
            return Ok(IdPage { after: None, size });
        }
        let token: Token = self.sealer.open(&self.purpose(), self.account, token).ok_or(Rejection::PageToken)?;
        if token.parent != self.parent || self.now.since(token.time) > GOOD_FOR {
            return Err(Rejection::PageToken);
        }
        Ok(IdPage { after: Some(token.after), size })
    }

    /// Cuts `records` to the page and makes the token for the next one; empty at the end. `id` is the id of a name.
    pub fn cut<R: Message>(&self, page: &IdPage, mut records: Vec<R>, id: impl Fn(&R) -> String) -> (Vec<R>, String) {
        let mut bytes = 0;
        let within = |record: &&R| {
            bytes += record.encoded_len();
            bytes <= FULL
        };
        let fitting = records.iter().take(page.size).take_while(within).count().max(1);
        if records.len() <= fitting {
            return (records, String::new());
        }
        records.truncate(fitting);
        let after = records.last().map(id).unwrap_or_default();
        let token = Token { after, parent: self.parent.to_owned(), time: self.now };
        (records, self.sealer.seal(&self.purpose(), self.account, &token))
    }
}

/// The last part of a resource name.
pub fn last_part(name: &str) -> String {
    name.rsplit('/').next().unwrap_or_default().to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::grpc::pb::v1::Team;

    fn teams(range: std::ops::Range<usize>) -> Vec<Team> {
        range.map(|n| Team { name: format!("accounts/acme/teams/{n:03}"), ..Team::default() }).collect()
    }

    #[test]
    fn a_page_goes_on_where_the_one_before_ended() {
        let (sealer, account) = (Sealer::new(&[1; 32]), AccountId::stored("acme"));
        let now = Timestamp::from_micros(0);
        let list = List { sealer: &sealer, account: &account, method: "/ListTeams", parent: "accounts/acme", now };
        let page = list.page(2, "").expect("valid");
        assert_eq!((page.after.clone(), page.limit()), (None, 3));
        let (shown, token) = list.cut(&page, teams(0..3), |team| last_part(&team.name));
        assert_eq!(shown.len(), 2);
        assert_eq!(list.page(2, &token).expect("valid").after.as_deref(), Some("001"));
        let (rest, end) = list.cut(&page, teams(2..3), |team| last_part(&team.name));
        assert_eq!((rest.len(), end.as_str()), (1, ""));
        let other = List { method: "/ListUsers", ..list };
        assert_eq!(other.page(2, &token), Err(Rejection::PageToken));
        let elsewhere = List { parent: "accounts/acme/teams/x", ..list };
        assert_eq!(elsewhere.page(2, &token), Err(Rejection::PageToken));
        let late = List { now: now.plus(GOOD_FOR + Duration::from_secs(1)), ..list };
        assert_eq!(late.page(2, &token), Err(Rejection::PageToken));
    }

    #[test]
    fn sizes_have_a_default_and_a_limit() {
        let (sealer, account) = (Sealer::new(&[1; 32]), AccountId::stored("acme"));
        let now = Timestamp::from_micros(0);
        let list = List { sealer: &sealer, account: &account, method: "/ListTeams", parent: "accounts/acme", now };
        let sizes = [0, 1, 200, 201].map(|size| list.page(size, "").expect("valid").limit() - 1);
        assert_eq!(sizes, [50, 1, 200, 200]);
        let long = vec![Team { display_name: "x".repeat(FULL / 2), ..Team::default() }; 3];
        let page = list.page(0, "").expect("valid");
        assert_eq!(list.cut(&page, long, |_| String::new()).0.len(), 1);
    }
}
