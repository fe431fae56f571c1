//! What the descriptors say: every rpc, and the places of its request that name an object.

use std::sync::OnceLock;

use helpdesk::grpc::contract::access::{Rule, rules};
use helpdesk::grpc::pb::FILE_DESCRIPTOR_SET;
use prost_reflect::{
    DescriptorPool, DynamicMessage, FieldDescriptor, Kind, MessageDescriptor, MethodDescriptor, Value,
};
use regex::Regex;

/// Messages within messages that are looked into.
const DEPTH: usize = 5;

/// An rpc with its rule and its messages.
pub struct Rpc {
    pub rule: &'static Rule,
    pub method: MethodDescriptor,
}

impl Rpc {
    /// `TicketService.GetTicket`.
    pub fn name(&self) -> String {
        format!("{}.{}", self.method.parent_service().name(), self.method.name())
    }

    /// Whether a request can be tried without being stored.
    pub fn has_dry_run(&self) -> bool {
        self.method.input().get_field_by_name("validate_only").is_some()
    }
}

/// Every rpc of the contract.
pub fn rpcs() -> Vec<Rpc> {
    let find = |rule: &'static Rule| {
        let service = pool().get_service_by_name(rule.service).expect("a service of the contract");
        let method = service.methods().find(|method| method.name() == rule.method).expect("its rpc");
        Rpc { rule, method }
    };
    rules().iter().map(find).collect()
}

/// The rpc of that name, `TicketService.GetTicket`.
pub fn rpc(name: &str) -> Rpc {
    rpcs().into_iter().find(|rpc| rpc.name() == name).unwrap_or_else(|| panic!("there is no rpc {name}"))
}

fn pool() -> &'static DescriptorPool {
    static POOL: OnceLock<DescriptorPool> = OnceLock::new();
    POOL.get_or_init(|| DescriptorPool::decode(FILE_DESCRIPTOR_SET).expect("the set is whole"))
}

/// One step from a message to a place within it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Step {
    /// The field, as in JSON.
    pub field: String,
    /// A list, of which the first element is meant.
    pub list: bool,
    /// Fields that cannot be set beside it.
    pub rivals: Vec<String>,
}

/// A place in a request that holds the name of an object, or a token.
#[derive(Clone, Debug)]
pub struct Place {
    pub path: Vec<Step>,
    pub holds: Holds,
    /// The service writes it; what callers put there is ignored.
    pub output_only: bool,
}

/// What a place holds.
#[derive(Clone, Debug)]
pub enum Holds {
    /// A name of this form.
    Name(Regex),
    /// `page_token`.
    PageToken,
    /// `resume_token`.
    ResumeToken,
}

impl Place {
    /// `ticket.owner`, `changes[0].name`.
    pub fn text(&self) -> String {
        let step = |step: &Step| format!("{}{}", step.field, if step.list { "[0]" } else { "" });
        self.path.iter().map(step).collect::<Vec<_>>().join(".")
    }
}

/// Every place of a request that names an object, in nested and repeated messages too.
pub fn places(message: &MessageDescriptor) -> Vec<Place> {
    let mut found = Vec::new();
    walk(message, &[], false, &mut found);
    found
}

fn walk(message: &MessageDescriptor, path: &[Step], output_only: bool, found: &mut Vec<Place>) {
    if path.len() >= DEPTH || message.package_name() != "helpdesk.v1" {
        return;
    }
    for field in message.fields() {
        let rivals = field.containing_oneof().map_or_else(Vec::new, |oneof| {
            let others = oneof.fields().filter(|other| other.name() != field.name());
            others.map(|other| other.name().to_owned()).collect()
        });
        let step = Step { field: field.name().to_owned(), list: field.is_list(), rivals };
        let path: Vec<Step> = path.iter().cloned().chain([step]).collect();
        let output_only = output_only || is_output_only(&field);
        match field.kind() {
            Kind::Message(inner) if !field.is_map() => walk(&inner, &path, output_only, found),
            Kind::String => found.extend(holds(&field).map(|holds| Place { path, holds, output_only })),
            _ => {}
        }
    }
}

fn holds(field: &FieldDescriptor) -> Option<Holds> {
    match field.name() {
        "page_token" => Some(Holds::PageToken),
        "resume_token" => Some(Holds::ResumeToken),
        _ => pattern(field)
            .filter(|pattern| pattern.starts_with("^accounts/"))
            .map(|pattern| Holds::Name(Regex::new(&pattern).expect("a pattern of the contract"))),
    }
}

/// The pattern that a text field asks, of its elements where it is a list.
fn pattern(field: &FieldDescriptor) -> Option<String> {
    let extension = pool().get_extension_by_name("buf.validate.field").expect("the field rules");
    let options = field.options();
    let rules = options.get_extension(&extension).as_message()?.clone();
    let rules = if field.is_list() { inner(&inner(&rules, "repeated")?, "items")? } else { rules };
    let text = inner(&rules, "string")?.get_field_by_name("pattern")?.as_str()?.to_owned();
    (!text.is_empty()).then_some(text)
}

fn inner(message: &DynamicMessage, field: &str) -> Option<DynamicMessage> {
    message.has_field_by_name(field).then(|| message.get_field_by_name(field))??.as_message().cloned()
}

/// Whether the service writes a field and callers do not.
pub fn is_output_only(field: &FieldDescriptor) -> bool {
    const OUTPUT_ONLY: i32 = 3;
    let extension = pool().get_extension_by_name("google.api.field_behavior").expect("the field behaviours");
    let options = field.options();
    let behaviors = options.get_extension(&extension);
    behaviors.as_list().is_some_and(|list| list.contains(&Value::EnumNumber(OUTPUT_ONLY)))
}

#[test]
fn places_are_found_in_nested_and_repeated_messages() {
    let texts = |name: &str| -> Vec<String> {
        places(&rpc(name).method.input()).iter().filter(|it| !it.output_only).map(Place::text).collect()
    };
    assert_eq!(texts("TicketService.GetTicket"), ["name"]);
    let batch = texts("TicketService.BatchAssignTickets");
    assert_eq!(batch, ["parent", "changes[0].name", "changes[0].owner", "changes[0].teams[0]"]);
    assert!(texts("TicketService.ListTickets").contains(&"page_token".to_owned()));
    assert!(texts("ConversationService.SendMessage").contains(&"message.inserts[0].reference".to_owned()));
}
