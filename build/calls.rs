//! Traits of requests and responses that follow from the numbers of shared fields and from the access rules.

use std::collections::BTreeSet;

use prost_reflect::{DescriptorPool, FieldDescriptor, Kind, MessageDescriptor, MethodDescriptor};

use super::{Outcome, access, methods, names, only_reads, path};

/// Implementations of `Call` and `Retryable` for requests and of `Mutated` for responses. Fails where an rpc shares its
/// request with another one, or where a write could not be repeated or would not tell its effects.
pub fn traits(pool: &DescriptorPool) -> Outcome<String> {
    let mut code = String::new();
    let mut requests = BTreeSet::new();
    for method in methods(pool) {
        if !requests.insert(method.input().full_name().to_owned()) {
            return Err(format!("{} is the request of two methods", method.input().full_name()).into());
        }
        code += &call(pool, &method)?;
        if writes(&method)? {
            code += &retryable(&method.input());
            code += &mutated(&method.output());
        }
    }
    Ok(code)
}

fn call(pool: &DescriptorPool, method: &MethodDescriptor) -> Outcome<String> {
    let fields = access::resource(&access::rule(pool, method)?, method)?;
    Ok(format!(
        "impl Call for {} {{\n    type Response = {};\n    const PATH: &'static str = {:?};\n    \
         fn scope(&self) -> &{}str {{ {} }}\n}}\n",
        names::message(&method.input()),
        names::message(&method.output()),
        path(method),
        if fields.is_empty() { "'static " } else { "" },
        accessor("self", &fields),
    ))
}

/// The expression that reads the string at the end of a path of fields.
fn accessor(value: &str, fields: &[FieldDescriptor]) -> String {
    let Some((first, rest)) = fields.split_first() else { return "\"\"".to_owned() };
    let name = names::identifier(first.name());
    if rest.is_empty() {
        return format!("&{value}.{name}");
    }
    format!("{value}.{name}.as_ref().map_or(\"\", |inner| {})", accessor("inner", rest))
}

/// Whether the rpc changes something and takes part in the retry contract: then all the shared fields must be there.
pub fn writes(method: &MethodDescriptor) -> Outcome<bool> {
    let streams = method.is_client_streaming() || method.is_server_streaming();
    let expected = !streams && !only_reads(method);
    let request = method.input();
    let found = [
        has(&request, 14, "request_id", &Kind::String),
        has(&request, 15, "validate_only", &Kind::Bool),
        method.output().get_field(15).is_some_and(|field| field.name() == "mutation"),
    ];
    if found == [expected; 3] {
        return Ok(expected);
    }
    let rule = "a unary write has request_id = 14, validate_only = 15 and mutation = 15 in its response, others do not";
    Err(format!("{}: {rule}", method.full_name()).into())
}

fn has(message: &MessageDescriptor, number: u32, name: &str, kind: &Kind) -> bool {
    message.get_field(number).is_some_and(|field| field.name() == name && field.kind() == *kind)
}

fn retryable(request: &MessageDescriptor) -> String {
    format!(
        "impl Retryable for {} {{\n    fn request_id(&self) -> &str {{ &self.request_id }}\n    \
         fn clear_request_id(&mut self) {{ self.request_id.clear(); }}\n    \
         fn validate_only(&self) -> bool {{ self.validate_only }}\n}}\n",
        names::message(request)
    )
}

fn mutated(response: &MessageDescriptor) -> String {
    format!(
        "impl Mutated for {} {{\n    \
         fn mutation_mut(&mut self) -> &mut Option<MutationInfo> {{ &mut self.mutation }}\n}}\n",
        names::message(response)
    )
}
