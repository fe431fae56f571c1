//! What the service writes itself cannot be written by callers (T-04): output-only fields are ignored wherever they are sent.

use prost_reflect::{FieldDescriptor, Kind, MessageDescriptor};
use serde_json::{Value, json};

use super::contract::{Rpc, is_output_only, rpcs};
use super::requests::{samples, samples_of};
use super::tickets::Plan;
use super::wire::Answer;
use super::world::World;
use crate::support::databases::both_engines;

both_engines!(fields_that_the_service_writes_are_ignored_in_requests, |db| async move {
    let world = World::start(db).await;
    let settings = world.settings("acme").await;
    let plan = Plan { account: "acme", label: "mine", author: "root", owner: "root", teams: &[] };
    let cast = settings.clone().over(&world.tickets(&plan).await);
    let samples = samples();
    let (mut tried, mut findings) = (0, Vec::new());
    for rpc in rpcs().iter().filter(|rpc| rpc.has_dry_run()) {
        for sample in samples_of(&samples, rpc) {
            let mut request = cast.fill(&sample.request);
            request["validate_only"] = json!(true);
            let unforged = ask(&world, rpc, &request).await;
            for (field, forged) in forged(&rpc.method.input(), &request, "") {
                let answer = ask(&world, rpc, &forged).await;
                tried += 1;
                let refused = answer.class() != "OK" && unforged.class() == "OK";
                if answer.text() != unforged.text() && !refused {
                    findings.push(format!("{} {field}: {}\n    not {}", rpc.name(), answer.text(), unforged.text()));
                }
            }
        }
    }
    assert!(tried > 100, "{tried}");
    assert!(findings.is_empty(), "{} finding(s):\n{}", findings.len(), findings.join("\n"));
});

async fn ask(world: &World, rpc: &Rpc, request: &Value) -> Answer {
    use helpdesk::grpc::pb::access::CallerKind;
    let kinds = rpc.rule.callers;
    let who = match () {
        () if kinds.contains(&CallerKind::User) => "acme/root",
        () if kinds.contains(&CallerKind::AccessKey) => "acme/key",
        () => "operator",
    };
    world.ask(who, rpc, request).await
}

/// The request with one output-only field more, for each that its messages have.
fn forged(form: &MessageDescriptor, request: &Value, path: &str) -> Vec<(String, Value)> {
    let mut found = Vec::new();
    for field in form.fields() {
        let name = field.name();
        let at = format!("{path}{name}");
        let with = |inner: Value| {
            let mut request = request.clone();
            request[name] = inner;
            request
        };
        if is_output_only(&field) {
            found.extend(value(&field).map(|value| (at, with(value))));
        } else if let (Kind::Message(inner), Some(held)) = (field.kind(), request.get(name))
            && inner.package_name() == "helpdesk.v1"
            && held.is_object()
        {
            let below = forged(&inner, held, &format!("{at}."));
            found.extend(below.into_iter().map(|(at, held)| (at, with(held))));
        }
    }
    found
}

/// Something that the field could hold.
fn value(field: &FieldDescriptor) -> Option<Value> {
    let value = match field.kind() {
        Kind::String => json!("accounts/acme/users/mia"),
        Kind::Bool => json!(true),
        Kind::Int32 | Kind::Int64 => json!(7),
        Kind::Enum(_) => json!(1),
        Kind::Message(form) if form.full_name() == "google.protobuf.Timestamp" => json!("2001-01-01T00:00:00Z"),
        _ => return None,
    };
    Some(if field.is_list() { json!([value]) } else { value })
}
