//! Field rules of the contract on real requests: all that is wrong is said at once, with path and reason.

use std::fmt::Debug;

use helpdesk::grpc::{
    contract::validate::Validate,
    pb::v1::{
        AssignTicketRequest, CreateTicketRequest, CreateUserRequest, InboundMessage, InboundSender,
        IngestMessageRequest, ListTicketsRequest, ReportDeliveryRequest, RichText, Ticket, UpdateTicketRequest, User,
        WatchEventsRequest, inbound_sender::Point,
    },
    validation::checked,
};
use prost_types::{Duration, FieldMask, Timestamp};
use tonic::{Code, Status};
use tonic_types::StatusExt;

const TICKET: &str = "accounts/acme/tickets/7";
const CHANNEL: &str = "accounts/acme/channels/mail";

/// Field and reason of every violation.
fn broken(request: &impl Validate) -> Vec<(String, &'static str)> {
    request.validate().into_iter().map(|broken| (broken.field, broken.reason.name())).collect()
}

fn sound(request: &(impl Validate + Debug)) {
    assert_eq!(request.validate(), [], "{request:?}");
}

fn inbound(message: InboundMessage) -> IngestMessageRequest {
    IngestMessageRequest { channel: CHANNEL.to_owned(), message: Some(message), ..IngestMessageRequest::default() }
}

fn from(point: Point) -> IngestMessageRequest {
    let sender = Some(InboundSender { point: Some(point), ..InboundSender::default() });
    inbound(InboundMessage { sender, ..InboundMessage::default() })
}

#[test]
fn names_follow_their_pattern() {
    let assign = |name: &str| AssignTicketRequest { name: name.to_owned(), ..AssignTicketRequest::default() };
    sound(&assign(TICKET));
    for name in ["", "7", "accounts/acme/tickets/x", "accounts/Acme/tickets/7", "accounts/acme/tickets/7\n"] {
        assert_eq!(broken(&assign(name)), [("name".to_owned(), "PATTERN")], "{name}");
    }
}

#[test]
fn an_unset_optional_field_is_not_looked_at() {
    let name = TICKET.to_owned();
    let request = |owner: &str, request_id: &str| AssignTicketRequest {
        name: name.clone(),
        owner: owner.to_owned(),
        request_id: request_id.to_owned(),
        ..AssignTicketRequest::default()
    };
    sound(&request("", ""));
    sound(&request("accounts/acme/users/mia", "01976f8e-5a3b-7c4d-8e9f-0a1b2c3d4e5f"));
    let wrong = [("owner".to_owned(), "PATTERN"), ("request_id".to_owned(), "UUID")];
    assert_eq!(broken(&request("mia", "1")), wrong);
}

#[test]
fn lists_are_bounded_unique_and_checked_item_by_item() {
    let teams = |teams: &[&str]| AssignTicketRequest {
        name: TICKET.to_owned(),
        teams: teams.iter().map(ToString::to_string).collect(),
        ..AssignTicketRequest::default()
    };
    sound(&teams(&["accounts/acme/teams/a", "accounts/acme/teams/b"]));
    assert_eq!(broken(&teams(&["accounts/acme/teams/a", "b"])), [("teams[1]".to_owned(), "PATTERN")]);
    assert_eq!(broken(&teams(&["accounts/acme/teams/a"; 2])), [("teams".to_owned(), "NOT_UNIQUE")]);
    let many: Vec<String> = (0..101).map(|number| format!("accounts/acme/teams/t{number}")).collect();
    let many: Vec<&str> = many.iter().map(String::as_str).collect();
    assert_eq!(broken(&teams(&many)), [("teams".to_owned(), "TOO_MANY")]);
}

#[test]
fn inner_messages_have_paths_with_dots() {
    sound(&from(Point::Email("mia@example.com".to_owned())));
    sound(&from(Point::Phone("+4915112345678".to_owned())));
    assert_eq!(broken(&from(Point::Email("mia".to_owned()))), [("message.sender.email".to_owned(), "EMAIL")]);
    assert_eq!(broken(&from(Point::Phone("0151".to_owned()))), [("message.sender.phone".to_owned(), "PATTERN")]);
    assert_eq!(broken(&from(Point::Handle(String::new()))), [("message.sender.handle".to_owned(), "TOO_SHORT")]);
    assert_eq!(
        broken(&IngestMessageRequest { channel: CHANNEL.to_owned(), ..IngestMessageRequest::default() }),
        [("message".to_owned(), "REQUIRED")]
    );
}

#[test]
fn maps_and_data_are_bounded() {
    let form = |key: &str, value: &str| {
        let form_values = [(key.to_owned(), value.to_owned())].into();
        inbound(InboundMessage { form_values, ..InboundMessage::default() })
    };
    sound(&form("color", "red"));
    assert_eq!(broken(&form("", "")), [("message.form_values[\"\"]".to_owned(), "TOO_SHORT")]);
    assert_eq!(broken(&form("color", &"x".repeat(4097))), [("message.form_values[\"color\"]".to_owned(), "TOO_LONG")]);
    let mail = |length| inbound(InboundMessage { raw_mail: vec![0; length], ..InboundMessage::default() });
    sound(&mail(1 << 20));
    assert_eq!(broken(&mail((1 << 20) + 1)), [("message.raw_mail".to_owned(), "TOO_LONG")]);
}

#[test]
fn lengths_count_characters() {
    let ticket = |subject: &str| CreateTicketRequest {
        parent: "accounts/acme".to_owned(),
        ticket: Some(Ticket {
            subject: subject.to_owned(),
            pipeline: "accounts/acme/pipelines/support".to_owned(),
            status: "accounts/acme/pipelines/support/statuses/new".to_owned(),
            ..Ticket::default()
        }),
        ..CreateTicketRequest::default()
    };
    sound(&ticket(&"ü".repeat(255)));
    assert_eq!(broken(&ticket(&"ü".repeat(256))), [("ticket.subject".to_owned(), "TOO_LONG")]);
    assert_eq!(broken(&ticket("")), [("ticket.subject".to_owned(), "TOO_SHORT")]);
    assert_eq!(broken(&ticket("a\0b")), [("ticket.subject".to_owned(), "CONTROL_CHARACTER")]);
}

#[test]
fn no_text_anywhere_holds_a_nul_character() {
    let body = Some(RichText { text: "a\0".to_owned(), ..RichText::default() });
    let message = inbound(InboundMessage { body, ..InboundMessage::default() });
    assert_eq!(broken(&message), [("message.body.text".to_owned(), "CONTROL_CHARACTER")]);
}

#[test]
fn enums_are_known_and_said() {
    let report = |state| ReportDeliveryRequest {
        channel: CHANNEL.to_owned(),
        message: format!("accounts/acme/conversations/{0}/messages/{0}", "01976f8e-5a3b-7c4d-8e9f-0a1b2c3d4e5f"),
        state,
        ..ReportDeliveryRequest::default()
    };
    sound(&report(1));
    assert_eq!(broken(&report(0)), [("state".to_owned(), "NOT_ALLOWED")]);
    assert_eq!(broken(&report(99)), [("state".to_owned(), "UNKNOWN_ENUM")]);
}

#[test]
fn numbers_spans_and_times_keep_their_bounds() {
    let parent = || "accounts/acme".to_owned();
    let list = ListTicketsRequest { parent: parent(), page_size: -1, ..ListTicketsRequest::default() };
    assert_eq!(broken(&list), [("page_size".to_owned(), "OUT_OF_RANGE")]);
    let watch = |seconds| {
        let progress_interval = Some(Duration { seconds, nanos: 0 });
        WatchEventsRequest { parent: parent(), progress_interval, ..WatchEventsRequest::default() }
    };
    sound(&watch(15));
    assert_eq!(broken(&watch(3600)), [("progress_interval".to_owned(), "OUT_OF_RANGE")]);
    let send_time = Some(Timestamp { seconds: i64::MAX, nanos: 0 });
    let message = inbound(InboundMessage { send_time, ..InboundMessage::default() });
    assert_eq!(broken(&message), [("message.send_time".to_owned(), "OUT_OF_RANGE")]);
}

#[test]
fn an_update_is_checked_as_far_as_its_mask_goes() {
    let update = |paths: &[&str]| UpdateTicketRequest {
        ticket: Some(Ticket { name: TICKET.to_owned(), priority: 99, ..Ticket::default() }),
        update_mask: Some(FieldMask { paths: paths.iter().map(ToString::to_string).collect() }),
        ..UpdateTicketRequest::default()
    };
    sound(&update(&["category"]));
    assert_eq!(broken(&update(&["priority"])), [("ticket.priority".to_owned(), "UNKNOWN_ENUM")]);
    assert_eq!(broken(&update(&["subject"])), [("ticket.subject".to_owned(), "TOO_SHORT")]);
}

#[test]
fn what_the_server_writes_is_ignored_in_requests() {
    let user = User {
        display_name: "Mia".to_owned(),
        email: "mia@example.com".to_owned(),
        state: 99,
        create_time: Some(Timestamp { seconds: i64::MIN, nanos: -1 }),
        ..User::default()
    };
    let parent = "accounts/acme".to_owned();
    sound(&CreateUserRequest { parent, user: Some(user), ..CreateUserRequest::default() });
}

#[test]
fn a_refused_request_names_all_its_fields_at_once() {
    let wrong = AssignTicketRequest { owner: "mia".to_owned(), ..AssignTicketRequest::default() };
    let status = Status::from(checked(wrong).expect_err("two fields are wrong"));
    assert_eq!(status.code(), Code::InvalidArgument);
    assert!(status.message().starts_with("name must match") && status.message().ends_with(", and 1 more"));
    assert_eq!(status.get_details_error_info().expect("it is a refusal").reason, "FIELD_INVALID");
    let fields = status.get_details_bad_request().expect("it names fields").field_violations;
    let fields: Vec<_> = fields.iter().map(|broken| (&*broken.field, &*broken.reason)).collect();
    assert_eq!(fields, [("name", "PATTERN"), ("owner", "PATTERN")]);
}
