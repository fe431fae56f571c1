//! What every rpc asks of its caller, from the options of the contract (contract rule 2.12).

use crate::grpc::pb::{
    self,
    helpdesk::access::v1::{CallerKind, Permission, Standing, Tier},
};

/// The access rule of one rpc together with what else must be known of it before its request is decoded.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Rule {
    /// Path of the HTTP/2 request, `/helpdesk.v1.TicketService/GetTicket`.
    pub path: &'static str,
    /// Full name of the service, `helpdesk.v1.TicketService`.
    pub service: &'static str,
    /// Name of the rpc, `GetTicket`.
    pub method: &'static str,
    /// No credential is asked.
    pub anonymous: bool,
    /// Lowest standing of a person; machine callers have none and are not asked for one.
    pub standing: Standing,
    /// What the caller must hold at some level; `Unspecified` where nothing is asked.
    pub permission: Permission,
    /// Further permissions, all of them; with `own_only` asked only of a caller that acts on another.
    pub also: &'static [Permission],
    /// Path of the request field with the name of the record that the level is judged on; see [`super::calls::Call`].
    pub resource: &'static str,
    /// Lowest tier of the account.
    pub tier: Tier,
    /// Kinds of caller let in.
    pub callers: &'static [CallerKind],
    /// The caller acts on itself and needs no permission for that.
    pub own_only: bool,
    /// Which side sends more than one message.
    pub streaming: Streaming,
    /// Whether a call may be repeated.
    pub idempotency: Idempotency,
    /// How large the request may be.
    pub request_size: RequestSize,
}

/// Which side of a call sends a stream of messages. Both at once is not in the contract.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Streaming {
    /// One request, one response.
    Neither,
    /// The client uploads.
    Request,
    /// The client watches or downloads.
    Response,
}

/// The `idempotency_level` of an rpc.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Idempotency {
    /// Only a `request_id` makes a repeat safe.
    Unknown,
    /// Reads.
    NoSideEffects,
    /// Writes that end the same however often they come.
    Idempotent,
}

/// Classes of request size (limit L-01). The build picks one by the widest field of the request.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum RequestSize {
    /// Names, filters and settings.
    Small,
    /// Bodies of tickets and messages.
    Text,
    /// A raw mail.
    Mail,
}

impl RequestSize {
    /// The limit in bytes.
    pub const fn bytes(self) -> usize {
        const KIB: usize = 1024;
        match self {
            Self::Small => 256 * KIB,
            Self::Text => 1024 * KIB,
            Self::Mail => 2048 * KIB,
        }
    }
}

impl Rule {
    /// What holds where the option says nothing.
    const UNSET: Self = Self {
        path: "",
        service: "",
        method: "",
        anonymous: false,
        standing: Standing::Unspecified,
        permission: Permission::Unspecified,
        also: &[],
        resource: "",
        tier: Tier::Unspecified,
        callers: &[CallerKind::User, CallerKind::AccessKey],
        own_only: false,
        streaming: Streaming::Neither,
        idempotency: Idempotency::Unknown,
        request_size: RequestSize::Small,
    };
}

/// The rule of the rpc at a path, or none when the contract has no such rpc: then the call is refused.
pub fn rule(path: &str) -> Option<&'static Rule> {
    let place = RULES.binary_search_by_key(&path, |rule| rule.path).ok()?;
    Some(&RULES[place])
}

/// Every rule, sorted by path.
pub fn rules() -> &'static [Rule] {
    &RULES
}

include!(concat!(env!("OUT_DIR"), "/access_table.rs"));
