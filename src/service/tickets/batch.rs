//! Several changes in one transaction, each done or refused for itself, in order.

use crate::domain::rejection::Rejection;
use crate::service::desk::{Desk, UseCase};
use crate::storage::lane::{Keys, World};

/// Changes of one kind; one that could not even be asked for is its refusal.
#[derive(Debug, Clone)]
pub struct Batch<U>(pub Vec<Result<U, Rejection>>);

impl<U: UseCase> UseCase for Batch<U> {
    type Outcome = Vec<Result<U::Outcome, Rejection>>;

    fn needs(&self, world: &World, keys: &mut Keys) {
        self.0.iter().flatten().for_each(|case| case.needs(world, keys));
    }

    fn decide(&self, desk: &mut Desk<'_, '_>) -> Result<Self::Outcome, Rejection> {
        Ok(self
            .0
            .iter()
            .map(|asked| asked.as_ref().map_err(Clone::clone).and_then(|case| attempt(desk, case)))
            .collect())
    }
}

/// One change; when it is refused, nothing of it is left.
fn attempt<U: UseCase>(desk: &mut Desk<'_, '_>, case: &U) -> Result<U::Outcome, Rejection> {
    let (rights, grant) = (desk.rights.clone(), desk.grant);
    desk.session.attempt(|session| case.decide(&mut Desk { session, rights, grant }))
}
