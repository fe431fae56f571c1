//! Records around tickets: companies and deals.

mod company;
mod deal;
mod read;
mod release;

pub use company::{CompanyChanges, CreateCompany, DeleteCompany, UpdateCompany};
pub use deal::{CreateDeal, DealChanges, DeleteDeal, UpdateDeal};
pub use read::{companies, company, deal, deals};
pub use release::{RELEASE_RECORD, Released, go_on, need_released, release};
