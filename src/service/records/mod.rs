//! Records around tickets: companies, deals, activities, and what an agent wants to see of all of them.

mod activity;
mod company;
mod context;
mod deal;
mod handover;
mod read;
mod release;
mod timeline;

pub use activity::{ActivityChanges, CreateActivity, DeleteActivity, UpdateActivity};
pub use company::{CompanyChanges, CreateCompany, DeleteCompany, UpdateCompany};
pub use context::{Context, conversation_context, ticket_context};
pub use deal::{CreateDeal, DealChanges, DeleteDeal, UpdateDeal};
pub use handover::need_handed_over;
pub use read::{activities, activity, companies, company, deal, deals};
pub use release::{RELEASE_RECORD, Released, go_on, need_released, release, release_to};
pub use timeline::{Entry, Happened, subject_of, timeline};
