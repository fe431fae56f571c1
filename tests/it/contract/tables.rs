//! The tables agree with the descriptor set that reflection serves.

use std::collections::BTreeSet;

use helpdesk::grpc::{
    contract::{
        access::{self, Idempotency, RequestSize, Streaming},
        calls::{Call, Mutated, Mutating, request_hash},
    },
    pb::{
        FILE_DESCRIPTOR_SET,
        access::{CallerKind, Permission, Standing},
        v1::{
            AssignTicketRequest, GetCallerRequest, InboundMessage, IngestMessageRequest, MutationInfo, Ticket,
            UpdateTicketRequest, UpdateTicketResponse,
        },
    },
};
use prost_reflect::DescriptorPool;

fn pool() -> DescriptorPool {
    DescriptorPool::decode(FILE_DESCRIPTOR_SET).expect("the set is whole")
}

#[test]
fn every_rpc_has_a_rule_and_every_rule_an_rpc() {
    let pool = pool();
    let services = pool.services().filter(|service| service.package_name() == "helpdesk.v1");
    let served: BTreeSet<String> = services
        .flat_map(|service| service.methods().collect::<Vec<_>>())
        .map(|method| format!("/{}/{}", method.parent_service().full_name(), method.name()))
        .collect();
    let ruled: BTreeSet<String> = access::rules().iter().map(|rule| rule.path.to_owned()).collect();
    assert!(served.len() > 50);
    assert_eq!(served, ruled);
    assert!(served.iter().all(|path| access::rule(path).is_some_and(|rule| rule.path == path)));
    for unknown in ["", "/", "/helpdesk.v1.TicketService/", "/helpdesk.v1.TicketService/getticket"] {
        assert!(access::rule(unknown).is_none(), "{unknown}");
    }
}

#[test]
fn a_rule_says_what_the_contract_says() {
    let assign = access::rule(AssignTicketRequest::PATH).expect("it is served");
    assert_eq!((assign.service, assign.method), ("helpdesk.v1.TicketService", "AssignTicket"));
    assert_eq!((assign.standing, assign.permission), (Standing::Collaborator, Permission::TicketsAssign));
    assert_eq!(assign.callers, [CallerKind::User, CallerKind::AccessKey]);
    assert_eq!((assign.streaming, assign.idempotency), (Streaming::Neither, Idempotency::Unknown));
    let watch = access::rule("/helpdesk.v1.EventService/WatchEvents").expect("it is served");
    assert_eq!((watch.streaming, watch.idempotency), (Streaming::Response, Idempotency::NoSideEffects));
    let ingest = access::rule(IngestMessageRequest::PATH).expect("it is served");
    assert_eq!((ingest.request_size, ingest.callers), (RequestSize::Mail, &[CallerKind::AccessKey][..]));
}

#[test]
fn the_descriptor_set_keeps_options_comments_and_error_details() {
    let pool = pool();
    let rule = pool.get_extension_by_name("helpdesk.access.v1.rule").expect("the option is declared");
    let service = pool.get_service_by_name("helpdesk.v1.TicketService").expect("it is served");
    assert!(service.methods().all(|method| method.options().has_extension(&rule)));
    let comments = service.parent_file().file_descriptor_proto().source_code_info.clone().unwrap_or_default();
    assert!(comments.location.iter().any(|place| place.leading_comments.is_some()));
    assert!(pool.get_message_by_name("google.rpc.ErrorInfo").is_some());
}

#[test]
fn the_scope_of_a_call_is_the_name_its_rule_points_at() {
    let name = "accounts/acme/tickets/7".to_owned();
    let ticket = Some(Ticket { name: name.clone(), ..Ticket::default() });
    assert_eq!(UpdateTicketRequest { ticket, ..UpdateTicketRequest::default() }.scope(), name);
    assert_eq!(UpdateTicketRequest::default().scope(), "");
    assert_eq!(GetCallerRequest::default().scope(), "");
}

#[test]
fn a_write_tells_its_effects_in_the_same_place() {
    fn told<R: Mutating<Response: Default>>(_: &R, mutation: MutationInfo) -> R::Response {
        let mut response = R::Response::default();
        response.set_mutation(mutation);
        response
    }
    let mutation = MutationInfo { replayed: true, ..MutationInfo::default() };
    let response: UpdateTicketResponse = told(&UpdateTicketRequest::default(), mutation);
    assert!(response.mutation.is_some_and(|mutation| mutation.replayed));
}

#[test]
fn requests_are_equal_whatever_their_id_and_the_order_of_their_maps() {
    let request = |id: &str, channel: &str, values: &[(&str, &str)]| {
        let form_values = values.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned())).collect();
        let message = Some(InboundMessage { form_values, ..InboundMessage::default() });
        let (channel, request_id) = (channel.to_owned(), id.to_owned());
        request_hash(&IngestMessageRequest { channel, message, request_id, validate_only: false })
    };
    let first = request("1", "mail", &[("a", "1"), ("b", "2")]);
    assert_eq!(first, request("2", "mail", &[("b", "2"), ("a", "1")]));
    assert_ne!(first, request("1", "chat", &[("a", "1"), ("b", "2")]));
    assert_ne!(first, request("1", "mail", &[("a", "1"), ("b", "3")]));
}
