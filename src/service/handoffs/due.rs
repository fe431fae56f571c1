//! Hand-offs for which the time has come: offers that nobody took, ones that wait too long, workflows that do not end.

use std::time::Duration;

use super::check::let_go_of_due;
use super::give::need_unanswered;
use super::keep::take;
use super::request::assigned_by_workflow;
use crate::domain::handoff::Step;
use crate::domain::ids::{AccountId, HandoffId};
use crate::domain::rejection::Rejection;
use crate::service::conversations::needs_of;
use crate::service::desk::{Desk, UseCase};
use crate::service::grant::Grant;
use crate::service::{Encoder, Service, WriteCall};
use crate::storage::lane::{Keys, World};
use crate::storage::read::handoffs;

/// Kind of the job that looks at hand-offs when they are due; one per account that has any.
pub const RUN_HANDOFFS: &str = "run_handoffs";
/// Changes in one run of the job: what each run costs beside is shared by them.
const PASSES: usize = 32;

/// Looks at the hand-offs that are due, and says after how long to look again; none when none waits for its time.
///
/// # Errors
/// The storage's.
pub async fn run_due(service: &Service, account: &AccountId) -> Result<Option<Duration>, Rejection> {
    for _ in 0..PASSES {
        let now = service.store.now(service.store.reader()).await.map_err(|error| error.rejection())?;
        match handoffs::next_due(&service.store, account).await.map_err(|error| error.rejection())? {
            Some(due) if due <= now => {}
            next => return Ok(next.map(|next| next.since(now))),
        }
        let grant = Grant::system(account.clone(), RUN_HANDOFFS);
        let encoder = Encoder { respond: Box::new(|(), _| ()), store: Box::new(|()| Vec::new()) };
        service.write(&grant, WriteCall::default(), RunDue, encoder).await?;
    }
    Ok(Some(Duration::ZERO))
}

/// Looks at the hand-offs that are due first.
#[derive(Debug, Clone, Copy)]
struct RunDue;

fn due(world: &World) -> Vec<HandoffId> {
    world.handoffs.due().into_iter().take_while(|(due, _)| *due <= world.now).map(|(_, id)| id).collect()
}

impl UseCase for RunDue {
    type Outcome = ();

    fn needs(&self, world: &World, keys: &mut Keys) {
        keys.handoffs.due = true;
        for found in due(world).iter().filter_map(|id| world.handoffs.rows.peek(id)) {
            needs_of(world, keys, found.conversation);
            if found.expire.is_some_and(|expire| expire <= world.now) {
                need_unanswered(world, keys, found);
            }
        }
    }

    fn decide(&self, desk: &mut Desk<'_, '_>) -> Result<(), Rejection> {
        let_go_of_due(desk);
        for id in due(desk.world()) {
            let Some(handoff) = desk.world().handoffs.rows.peek(&id).cloned() else { continue };
            if handoff.run.is_some() {
                assigned_by_workflow(desk, &handoff, handoff.clone());
            } else {
                // Whoever was faster has done it already.
                let _ = take(desk, &handoff, Step::Due);
            }
        }
        Ok(())
    }
}
