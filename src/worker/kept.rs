//! Jobs that are never set aside, however often they fail or their workers die of them: an account has one of each, or what
//! they leave is half done. Nothing else would ever take up their work again.

use crate::service::{
    calls, customer_agents, files, handoffs, mail, pipelines, queue, records, tickets, users, workflows,
};

/// Their kinds, beside the regular ones.
pub(super) const KEPT: &[&str] = &[
    // One per account, which looks at all that waits for its time.
    calls::LAPSE_CALLS,
    customer_agents::RESUME_TURNS,
    customer_agents::WATCH_TURNS,
    handoffs::RUN_HANDOFFS,
    queue::SERVE_QUEUE,
    users::EXPIRE_PRESENCE,
    users::SETTLE_AVAILABILITY,
    workflows::RUN_WORKFLOWS,
    // The rest of something that was begun.
    customer_agents::RELEASE_CONTROL,
    files::DELETE_BLOBS,
    files::FORGET_FILES,
    mail::ADOPT_MAILS,
    pipelines::MOVE_TICKETS,
    records::RELEASE_RECORD,
    tickets::PURGE_TICKET,
    users::RELEASE_TICKETS,
];
