//! Whose domain name it is: a search structure over the companies, and what keeps a name with one of them.

use sea_orm::entity::prelude::*;

/// A row of `company_domain`.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "company_domain")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    /// The account.
    pub account_id: String,
    #[sea_orm(primary_key, auto_increment = false)]
    /// The domain name.
    pub domain: String,
    /// The company.
    pub company_id: Uuid,
}

super::plain_entity!();
