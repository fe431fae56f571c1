//! People: added, changed, shut out, let in again; seats and availability.

mod availability;
mod create;
mod granting;
mod person;
mod presence;
mod read;
mod release;
mod schedule;
mod seat;
mod state;
mod update;

pub use availability::SetAvailability;
pub use create::Create;
pub use person::Person;
pub(super) use person::memberships;
pub use presence::{EXPIRE_PRESENCE, RenewPresence, Renewed, expire_presence, renew};
pub use read::{get, list};
pub(super) use release::{FIRST, release_reopened, release_tickets};
pub use release::{RELEASE_TICKETS, release_next};
pub use schedule::{SETTLE_AVAILABILITY, SetSchedule, settle_account};
pub use seat::ChangeSeat;
pub use state::{Deactivate, Reactivate};
pub use update::{AccessChange, Changes, Update};
