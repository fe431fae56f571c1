//! The table of error reasons, from `(helpdesk.access.v1.error)` of every value of `ErrorReason`.

use std::fmt::Write;

use prost_reflect::DescriptorPool;

use super::{Outcome, literals, names, option, stated};

const PREFIX: &str = "ERROR_REASON_";

/// `static REASONS` and the match from a reason to its row. Fails on a value that says nothing about itself.
pub fn table(pool: &DescriptorPool) -> Outcome<String> {
    let reasons = pool.get_enum_by_name("helpdesk.v1.ErrorReason").ok_or("there is no enum ErrorReason")?;
    let option = option(pool, "helpdesk.access.v1.error")?;
    let mut rows = String::new();
    for value in reasons.values().filter(|value| value.number() != 0) {
        let spec = stated(&value.options(), &option).filter(|spec| spec.has_field_by_name("code"));
        let spec = spec.ok_or_else(|| format!("{} has no status code", value.full_name()))?;
        let name = value.name().strip_prefix(PREFIX).ok_or_else(|| format!("{} lacks its prefix", value.name()))?;
        let fields = literals::fields(&spec)?;
        let variant = names::variant(&value);
        writeln!(rows, "    Spec {{ reason: {variant}, name: {name:?}, {fields}..Spec::UNSET }},")?;
    }
    let lint = "#[expect(clippy::needless_update, reason = \"the contract may say everything of a reason\")]";
    Ok(format!("{lint}\nstatic REASONS: &[Spec] = &[\n{rows}];\n"))
}
