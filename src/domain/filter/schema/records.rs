//! Companies and deals.

use super::{field, reference, searched};
use crate::domain::filter::kind::{IdKind, Kind, Schema};

/// Fields of a company.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[expect(missing_docs, reason = "the fields of the resource of the contract, under the same names")]
pub enum CompanyField {
    DisplayName,
    Domain,
    Owner,
    CreateTime,
    UpdateTime,
}

/// Companies.
pub static COMPANY: Schema<CompanyField> = {
    use CompanyField as F;
    Schema {
        fields: &[
            searched("display_name", F::DisplayName, Kind::Text),
            searched("domain", F::Domain, Kind::Address),
            field("owner", F::Owner, reference("users", IdKind::Chosen)),
            field("create_time", F::CreateTime, Kind::Time),
            field("update_time", F::UpdateTime, Kind::Time),
        ],
    }
};

/// What lists of companies may be ordered by.
pub const COMPANY_ORDER: &[(&str, CompanyField)] = &[
    ("display_name", CompanyField::DisplayName),
    ("create_time", CompanyField::CreateTime),
    ("update_time", CompanyField::UpdateTime),
];

/// Fields of a deal.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[expect(missing_docs, reason = "the fields of the resource of the contract, under the same names")]
pub enum DealField {
    DisplayName,
    Stage,
    AmountMicros,
    CurrencyCode,
    Owner,
    CreateTime,
    UpdateTime,
}

/// Deals.
pub static DEAL: Schema<DealField> = {
    use DealField as F;
    Schema {
        fields: &[
            searched("display_name", F::DisplayName, Kind::Text),
            field("stage", F::Stage, Kind::Keyword),
            field("amount_micros", F::AmountMicros, Kind::Number),
            field("currency_code", F::CurrencyCode, Kind::Keyword),
            field("owner", F::Owner, reference("users", IdKind::Chosen)),
            field("create_time", F::CreateTime, Kind::Time),
            field("update_time", F::UpdateTime, Kind::Time),
        ],
    }
};

/// What lists of deals may be ordered by.
pub const DEAL_ORDER: &[(&str, DealField)] = &[
    ("display_name", DealField::DisplayName),
    ("create_time", DealField::CreateTime),
    ("update_time", DealField::UpdateTime),
];
