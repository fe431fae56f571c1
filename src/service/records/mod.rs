//! Records around tickets: companies and deals.

mod company;
mod deal;
mod read;

pub use company::{CompanyChanges, CreateCompany, DeleteCompany, UpdateCompany};
pub use deal::{CreateDeal, DealChanges, DeleteDeal, UpdateDeal};
pub use read::{companies, company, deal, deals};
