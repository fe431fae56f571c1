//! What only time changes for customer agents: turns that nobody takes, answers that are owed for too long, and agents that
//! are paused while they owe something.

use std::time::Duration;

use super::turns::{fire, follow_pause, held, look_at};
use crate::domain::control::Party;
use crate::domain::customer_agent::Credits;
use crate::domain::event::{Actor, SystemActor};
use crate::domain::ids::{AccountId, ConversationId, CustomerAgentId, UserId};
use crate::domain::page::PageRequest;
use crate::domain::rejection::Rejection;
use crate::domain::triggers::{Facts, fired};
use crate::service::conversations::pass_control;
use crate::service::desk::{Desk, UseCase};
use crate::service::grant::Grant;
use crate::service::handoffs::need_request;
use crate::service::{Encoder, Service, WriteCall, accounts};
use crate::storage::lane::{Keys, NewJob, World};
use crate::storage::read::{customer_agents, turns};

/// The job that looks at open turns; one per account that has any.
pub const WATCH_TURNS: &str = "watch_turns";
/// The job that looks at the open turns of customer agents that work again; one per account.
pub const RESUME_TURNS: &str = "resume_turns";
/// The job that takes conversations from a customer agent that is no more, or a person who is shut out: its payload.
pub const RELEASE_CONTROL: &str = "release_control";
/// Conversations that one change in the lane looks at (W7).
const AT_ONCE: u64 = 16;
/// Changes in one run of a job.
const PASSES: usize = 32;

/// Looks at the turns that are due first, and at those of paused agents; says after how long to look again, none when no
/// turn is open that anybody minds.
///
/// # Errors
/// The storage's.
pub async fn watch_turns(service: &Service, account: &AccountId) -> Result<Option<Duration>, Rejection> {
    of_paused(service, account).await?;
    for _ in 0..PASSES {
        let now = service.store.now(service.store.reader()).await.map_err(|error| error.rejection())?;
        let due = turns::due(&service.store, account, now, AT_ONCE).await.map_err(|error| error.rejection())?;
        if due.is_empty() {
            let next = turns::next_due(&service.store, account).await.map_err(|error| error.rejection())?;
            return Ok(next.map(|next| next.since(now)));
        }
        write(service, account, WATCH_TURNS, Late { conversations: due }).await?;
    }
    Ok(Some(Duration::ZERO))
}

/// Looks at every open turn of the agents that do not work now.
async fn of_paused(service: &Service, account: &AccountId) -> Result<(), Rejection> {
    of_agents(service, account, WATCH_TURNS, true).await
}

/// Looks at every open turn of the agents that work now: after a pause these are to be taken anew.
///
/// # Errors
/// The storage's.
pub async fn resume_turns(service: &Service, account: &AccountId) -> Result<(), Rejection> {
    of_agents(service, account, RESUME_TURNS, false).await
}

async fn of_agents(
    service: &Service,
    account: &AccountId,
    reason: &'static str,
    paused: bool,
) -> Result<(), Rejection> {
    let whole = PageRequest { size: 200, bytes: usize::MAX, after: None };
    let agents = customer_agents::list(&service.store, account, &whole).await.map_err(|error| error.rejection())?;
    let bought = accounts::get(service, &Grant::system(account.clone(), reason), account).await?;
    let (tier, credits): (_, Credits) = (bought.account.tier, bought.credits());
    for agent in agents.items.into_iter().filter(|agent| agent.pauses(tier, credits).is_empty() != paused) {
        let mut after = None;
        loop {
            let page = turns::owed(&service.store, account, &agent.id, after, AT_ONCE).await;
            let conversations: Vec<_> = page.map_err(|error| error.rejection())?.iter().map(|it| it.id).collect();
            let Some(last) = conversations.last().copied() else { break };
            after = Some(last);
            write(service, account, reason, Late { conversations }).await?;
        }
    }
    Ok(())
}

async fn write(
    service: &Service,
    account: &AccountId,
    reason: &'static str,
    case: impl UseCase<Outcome = ()>,
) -> Result<(), Rejection> {
    let grant = Grant::system(account.clone(), reason);
    let encoder = Encoder { respond: Box::new(|(), _| ()), store: Box::new(|()| Vec::new()) };
    service.write(&grant, WriteCall::default(), case, encoder).await.map(drop)
}

/// Hands over what is due by now.
#[derive(Debug, Clone)]
struct Late {
    conversations: Vec<ConversationId>,
}

impl UseCase for Late {
    type Outcome = ();

    fn needs(&self, world: &World, keys: &mut Keys) {
        self.conversations.iter().for_each(|id| need_request(world, keys, *id));
    }

    fn decide(&self, desk: &mut Desk<'_, '_>) -> Result<(), Rejection> {
        self.conversations.iter().for_each(|id| look(desk, *id));
        Ok(())
    }
}

fn look(desk: &mut Desk<'_, '_>, id: ConversationId) {
    let now = desk.session.now();
    let Some(mut conversation) = desk.world().conversations.get(&id).cloned() else { return };
    let Some((agent, mut stretch)) = held(desk, &conversation) else { return };
    if conversation.archived {
        // Its ticket is deleted: nobody is owed anything.
        stretch.end();
        conversation.stretch = Some(Box::new(stretch));
        desk.session.world.conversations.put(id, conversation);
        return;
    }
    let paused = follow_pause(desk, &agent, &mut stretch) && !stretch.turns.is_empty();
    let found = fired(&agent.triggers, &Facts { paused, ..stretch.facts(now) });
    if found.is_empty() {
        // The triggers have changed since: it is due as they say now.
        stretch.told(&[], now, &agent.triggers);
        if let Some(due) = stretch.due {
            look_at(desk, due);
        }
    }
    conversation.stretch = Some(Box::new(stretch));
    desk.session.world.conversations.put(id, conversation);
    fire(desk, id, &found, SystemActor::Timer);
}

/// Takes the next conversations from who has control no more: a customer agent that is deleted, a person who is shut out.
/// Whether there may be others.
///
/// # Errors
/// The storage's.
pub async fn release_control(service: &Service, account: &AccountId, payload: &str) -> Result<bool, Rejection> {
    let party = released(payload);
    for _ in 0..PASSES {
        let held = turns::controlled(&service.store, account, &party, AT_ONCE).await;
        let conversations = held.map_err(|error| error.rejection())?;
        if conversations.is_empty() {
            return Ok(false);
        }
        write(service, account, RELEASE_CONTROL, Release { party: party.clone(), conversations }).await?;
    }
    Ok(true)
}

/// Whom a payload means: a party as it is stored, or the id of a customer agent.
fn released(payload: &str) -> Party {
    let party = Party::from_code(payload).filter(|party| *party != Party::Nobody);
    party.unwrap_or_else(|| Party::Agent(CustomerAgentId::stored(payload)))
}

/// Asks for the job that takes control from a person who is shut out.
pub fn release_person(desk: &mut Desk<'_, '_>, user: &UserId) {
    let (id, due) = (desk.session.new_id(), desk.session.now());
    let payload = Party::User(user.clone()).code();
    desk.session.world.jobs.push(NewJob { id, kind: RELEASE_CONTROL, payload, due });
}

/// Takes conversations from who has control of them.
#[derive(Debug, Clone)]
struct Release {
    party: Party,
    conversations: Vec<ConversationId>,
}

impl UseCase for Release {
    type Outcome = ();

    fn needs(&self, world: &World, keys: &mut Keys) {
        self.conversations.iter().for_each(|id| need_request(world, keys, *id));
    }

    fn decide(&self, desk: &mut Desk<'_, '_>) -> Result<(), Rejection> {
        for id in &self.conversations {
            let found = desk.world().conversations.get(id).cloned();
            if let Some(conversation) = found.filter(|it| it.control.party == self.party) {
                pass_control(desk, conversation, Party::Nobody, Some(&Actor::System(SystemActor::Timer)));
            }
        }
        Ok(())
    }
}
