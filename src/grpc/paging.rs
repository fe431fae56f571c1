//! Page tokens: where the last page ended, sealed, and good only for the list and caller they were made for.

use std::time::Duration;

use aws_lc_rs::digest;
use serde::{Deserialize, Serialize};

use super::call::Front;
use super::sealing::Sealer;
use crate::domain::ids::AccountId;
use crate::domain::page::{PageRequest, Place};
use crate::domain::rejection::Rejection;
use crate::domain::time::Timestamp;
use crate::service::grant::Grant;
use crate::service::page::ListQuery;

/// How long a page token is good (contract 2.10).
const LIFETIME: Duration = Duration::from_hours(72);
const PURPOSE: &str = "page";

/// The fields of a list request. A list without filter or order leaves them empty.
#[derive(Debug, Clone, Copy, Default)]
pub struct ListFields<'a> {
    /// Whose.
    pub parent: &'a str,
    /// Entries per page as asked: 0 is the default.
    pub page_size: i32,
    /// Empty for the first page.
    pub page_token: &'a str,
    /// Which ones.
    pub filter: &'a str,
    /// In which order.
    pub order_by: &'a str,
    /// Deleted ones too.
    pub show_deleted: bool,
}

/// Makes the paging fields of a request into [`ListFields`]: `list_fields!(request)`, `list_fields!(request, filtered)`
/// for a request without order, `list_fields!(request, plain)` for one without filter and order.
macro_rules! list_fields {
    ($request:expr) => {
        $crate::grpc::paging::ListFields {
            parent: &$request.parent,
            page_size: $request.page_size,
            page_token: &$request.page_token,
            filter: &$request.filter,
            order_by: &$request.order_by,
            ..$crate::grpc::paging::ListFields::default()
        }
    };
    ($request:expr, filtered) => {
        $crate::grpc::paging::ListFields { filter: &$request.filter, ..list_fields!($request, plain) }
    };
    ($request:expr, plain) => {
        $crate::grpc::paging::ListFields {
            parent: &$request.parent,
            page_size: $request.page_size,
            page_token: &$request.page_token,
            ..$crate::grpc::paging::ListFields::default()
        }
    };
}
pub(crate) use list_fields;

/// One call of a list: what is asked, and how its next token is made.
#[derive(Debug)]
pub struct Paging<'a> {
    /// What is asked.
    pub query: ListQuery,
    sealer: &'a Sealer,
    account: AccountId,
    list: Vec<u8>,
    now: Timestamp,
}

#[derive(Debug, Serialize, Deserialize)]
struct Token {
    /// Order values of the last row.
    #[serde(rename = "p")]
    after: Vec<Place>,
    /// Hash of the list that the token continues.
    #[serde(rename = "l")]
    list: Vec<u8>,
    /// Not good from this moment on.
    #[serde(rename = "x")]
    expire: Timestamp,
}

impl Front {
    /// Reads the paging fields of a request.
    ///
    /// # Errors
    /// [`Rejection::PageToken`] for a token that is altered, expired, or of another list or caller.
    pub fn paging(&self, grant: &Grant, fields: ListFields<'_>) -> Result<Paging<'_>, Rejection> {
        let now = self.service.clock.now();
        let account = grant.account()?.clone();
        let list = list_hash(grant.method(), &grant.caller().key(), &fields);
        let after = opened(&self.sealer, &account, fields.page_token, &list, now)?;
        let page = PageRequest::new(u32::try_from(fields.page_size).unwrap_or(0), after);
        let query = ListQuery { filter: fields.filter.to_owned(), order_by: fields.order_by.to_owned(), page };
        Ok(Paging { query, sealer: &self.sealer, account, list, now })
    }
}

impl Paging<'_> {
    /// The token of the page behind this one; empty when nothing follows.
    pub fn next(&self, after: Option<Vec<Place>>) -> String {
        let Some(after) = after else { return String::new() };
        let token = Token { after, list: self.list.clone(), expire: self.now.plus(LIFETIME) };
        self.sealer.seal(PURPOSE, &self.account, &token)
    }
}

fn opened(
    sealer: &Sealer,
    account: &AccountId,
    token: &str,
    list: &[u8],
    now: Timestamp,
) -> Result<Option<Vec<Place>>, Rejection> {
    if token.is_empty() {
        return Ok(None);
    }
    let token: Token = sealer.open(PURPOSE, account, token).ok_or(Rejection::PageToken)?;
    if token.list != list || token.expire <= now {
        return Err(Rejection::PageToken);
    }
    Ok(Some(token.after))
}

/// Half a SHA-256 over all that makes a list the same list: method, caller, parent, filter and order, each with its length.
fn list_hash(method: &str, caller: &str, fields: &ListFields<'_>) -> Vec<u8> {
    let mut context = digest::Context::new(&digest::SHA256);
    for part in [method, caller, fields.parent, fields.filter, fields.order_by] {
        context.update(&(part.len() as u64).to_be_bytes());
        context.update(part.as_bytes());
    }
    context.update(&[u8::from(fields.show_deleted)]);
    context.finish().as_ref()[..16].to_vec()
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOON: Timestamp = Timestamp::from_micros(1_000_000_000);

    fn open(token: &str, fields: &ListFields<'_>, now: Timestamp) -> Result<Option<Vec<Place>>, Rejection> {
        let (sealer, account) = (Sealer::new(&[7; 32]), AccountId::stored("acme"));
        opened(&sealer, &account, token, &list_hash("/tickets", "u:mia", fields), now)
    }

    #[test]
    fn a_token_continues_only_the_list_it_was_made_for() {
        let fields =
            ListFields { parent: "accounts/acme", filter: "number > 5", order_by: "number", ..ListFields::default() };
        let sealer = Sealer::new(&[7; 32]);
        let query = ListQuery { filter: String::new(), order_by: String::new(), page: PageRequest::new(0, None) };
        let list = list_hash("/tickets", "u:mia", &fields);
        let paging = Paging { query, sealer: &sealer, account: AccountId::stored("acme"), list, now: NOON };
        let after = vec![Place::Number(7), Place::Text("x".into()), Place::Id(uuid::Uuid::nil())];
        assert_eq!(paging.next(None), "");
        let token = paging.next(Some(after.clone()));

        assert_eq!(open(&token, &fields, NOON), Ok(Some(after)));
        assert_eq!(open("", &fields, NOON), Ok(None));
        let others = [
            ListFields { filter: "number > 6", ..fields },
            ListFields { order_by: "number desc", ..fields },
            ListFields { parent: "accounts/acme/tickets/1", ..fields },
            ListFields { show_deleted: true, ..fields },
        ];
        for other in others {
            assert_eq!(open(&token, &other, NOON), Err(Rejection::PageToken));
        }
        let foreign = list_hash("/tickets", "u:leo", &fields);
        let account = AccountId::stored("acme");
        assert_eq!(opened(&sealer, &account, &token, &foreign, NOON), Err(Rejection::PageToken));
        assert_eq!(open(&token[1..], &fields, NOON), Err(Rejection::PageToken));
        assert_eq!(open(&token, &fields, NOON.plus(LIFETIME)), Err(Rejection::PageToken));
    }
}
