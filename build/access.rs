//! The table of access rules, from `option (helpdesk.access.v1.rule)` of every rpc.

use std::collections::BTreeMap;

use prost_reflect::{DescriptorPool, DynamicMessage, FieldDescriptor, Kind, MessageDescriptor, MethodDescriptor};

use super::{Outcome, literals, methods, option, path, sizes, stated};

/// Kinds of caller that may be let in without permission: whoever runs the service.
const OPERATOR: i32 = 5;

/// `static RULES`, sorted by path. Fails on an rpc without a rule and on a rule that would let everyone in.
pub fn table(pool: &DescriptorPool) -> Outcome<String> {
    let mut rows = BTreeMap::new();
    for method in methods(pool) {
        let rule = rule(pool, &method)?;
        check(&method, &rule)?;
        rows.insert(path(&method), row(&method, &rule)?);
    }
    let lines = rows.into_values().collect::<Vec<_>>();
    Ok(format!("static RULES: [Rule; {}] = [\n    {}\n];\n", lines.len(), lines.join(",\n    ")))
}

/// What the rpc asks of its caller.
pub fn rule(pool: &DescriptorPool, method: &MethodDescriptor) -> Outcome<DynamicMessage> {
    let declared = stated(&method.options(), &option(pool, "helpdesk.access.v1.rule")?);
    declared.ok_or_else(|| format!("{} declares no access rule", method.full_name()).into())
}

/// The request fields from the request down to the name that the rule judges, or none where it names no record.
pub fn resource(rule: &DynamicMessage, method: &MethodDescriptor) -> Outcome<Vec<FieldDescriptor>> {
    let value = rule.get_field_by_name("resource");
    let path = value.as_ref().and_then(|value| value.as_str()).unwrap_or_default();
    let mut message = Some(method.input());
    let mut fields = Vec::new();
    for step in path.split('.').filter(|step| !step.is_empty()) {
        let field = message.as_ref().and_then(|message: &MessageDescriptor| message.get_field_by_name(step));
        let field = field.filter(|field| !field.is_list() && !field.is_map());
        let field = field.ok_or_else(|| format!("{} has no field {path}", method.input().full_name()))?;
        message = field.kind().as_message().cloned();
        fields.push(field);
    }
    if fields.last().is_some_and(|last| last.kind() != Kind::String || last.supports_presence()) {
        return Err(format!("{path} of {} is no plain string", method.input().full_name()).into());
    }
    Ok(fields)
}

fn check(method: &MethodDescriptor, rule: &DynamicMessage) -> Outcome<()> {
    resource(rule, method)?;
    if method.is_client_streaming() && method.is_server_streaming() {
        return Err(format!("{} streams both ways", method.full_name()).into());
    }
    let says = |name: &str| rule.has_field_by_name(name);
    if says("permission") || says("own_only") || says("anonymous") || only_operator(rule) {
        return Ok(());
    }
    Err(format!("{} lets callers in without asking for anything", method.full_name()).into())
}

fn only_operator(rule: &DynamicMessage) -> bool {
    let callers = rule.get_field_by_name("callers");
    let callers = callers.as_ref().and_then(|callers| callers.as_list()).unwrap_or_default();
    !callers.is_empty() && callers.iter().all(|caller| caller.as_enum_number() == Some(OPERATOR))
}

fn row(method: &MethodDescriptor, rule: &DynamicMessage) -> Outcome<String> {
    let streaming = match (method.is_client_streaming(), method.is_server_streaming()) {
        (true, _) => "Request",
        (false, true) => "Response",
        (false, false) => "Neither",
    };
    let idempotency = method.options().get_field_by_name("idempotency_level").and_then(|level| level.as_enum_number());
    let idempotency = ["Unknown", "NoSideEffects", "Idempotent"][usize::try_from(idempotency.unwrap_or(0))?];
    Ok(format!(
        "Rule {{ path: {:?}, service: {:?}, method: {:?}, streaming: Streaming::{streaming}, \
         idempotency: Idempotency::{idempotency}, request_size: RequestSize::{}, {}..Rule::UNSET }}",
        path(method),
        method.parent_service().full_name(),
        method.name(),
        sizes::class(method)?,
        literals::fields(rule)?,
    ))
}
