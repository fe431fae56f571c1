//! Turns the options of the contract into Rust source text.

mod access;
mod calls;
mod fields;
mod literals;
mod names;
mod reasons;
mod sizes;
mod texts;
mod validators;

use std::error::Error;

use prost_reflect::{DescriptorPool, DynamicMessage, ExtensionDescriptor, MethodDescriptor};

/// A result whose error is a sentence for whoever edits the contract.
pub type Outcome<T> = Result<T, Box<dyn Error>>;

/// The generated files, as name and text, from the bytes of a descriptor set with all its options.
pub fn generate(descriptors: &[u8]) -> Outcome<Vec<(&'static str, String)>> {
    let pool = DescriptorPool::decode(descriptors)?;
    Ok(vec![
        ("validators.rs", validators::implementations(&pool)?),
        ("access_table.rs", access::table(&pool)?),
        ("reasons.rs", reasons::table(&pool)?),
        ("calls.rs", calls::traits(&pool)?),
        ("texts.rs", texts::visitors(&pool)?),
    ])
}

/// Every method of our own services.
fn methods(pool: &DescriptorPool) -> Vec<MethodDescriptor> {
    let ours = pool.services().filter(|service| service.package_name().starts_with("helpdesk."));
    ours.flat_map(|service| service.methods().collect::<Vec<_>>()).collect()
}

/// The path of a method as it stands in an HTTP/2 request.
fn path(method: &MethodDescriptor) -> String {
    format!("/{}/{}", method.parent_service().full_name(), method.name())
}

/// Whether the method states that it changes nothing.
fn only_reads(method: &MethodDescriptor) -> bool {
    let level = method.options().get_field_by_name("idempotency_level").and_then(|level| level.as_enum_number());
    level == Some(1) // NO_SIDE_EFFECTS
}

/// The declaration of an option. It stands in the contract itself, so that it is missing only from a broken one.
fn option(pool: &DescriptorPool, name: &str) -> Outcome<ExtensionDescriptor> {
    pool.get_extension_by_name(name).ok_or_else(|| format!("the option {name} is not declared").into())
}

/// What an option of message type says, or nothing where it is not set.
fn stated(options: &DynamicMessage, option: &ExtensionDescriptor) -> Option<DynamicMessage> {
    options.has_extension(option).then(|| options.get_extension(option).as_message().cloned())?
}
