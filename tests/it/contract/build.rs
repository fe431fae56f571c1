//! The build script refuses a contract that does not say who may call, or that asks for what nothing checks.

#[path = "../../../build/mod.rs"]
mod contract;

use std::{fs, path::Path};

use protox::Compiler;

/// A contract of one write, one read and one message, as text whose parts the tests replace.
const SOUND: &str = r#"
syntax = "proto3";
package helpdesk.v1;
import "buf/validate/validate.proto";
import "google/api/field_behavior.proto";
import "google/protobuf/struct.proto";
import "helpdesk/access/v1/access.proto";
enum ErrorReason {
  ERROR_REASON_UNSPECIFIED = 0;
  ERROR_REASON_GONE = 1 [(helpdesk.access.v1.error) = {code: NOT_FOUND metadata_keys: "what"}];
}
message Thing {
  string name = 1;
  string field = 2 [(buf.validate.field).string.max_len = 9];
}
service ThingService {
  rpc GetThing(GetThingRequest) returns (GetThingResponse) {
    option idempotency_level = NO_SIDE_EFFECTS;
    option (helpdesk.access.v1.rule) = {permission: PERMISSION_TICKETS_VIEW resource: "name"};
  }
  rpc UpdateThing(UpdateThingRequest) returns (UpdateThingResponse) {
    option (helpdesk.access.v1.rule) = {permission: PERMISSION_TICKETS_EDIT resource: "thing.name"};
  }
}
message GetThingRequest { string name = 1; }
message GetThingResponse { Thing thing = 1; }
message UpdateThingRequest { Thing thing = 1; string request_id = 14; bool validate_only = 15; }
message UpdateThingResponse { Thing thing = 1; Thing mutation = 15; }
"#;

/// The generated files for a contract, or what the build says of it.
fn generate(contract: &str) -> Result<Vec<(&'static str, String)>, String> {
    let folder = tempfile::tempdir().expect("a folder for the contract");
    let path = folder.path().join("thing.proto");
    fs::write(&path, contract).expect("the contract is written");
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut compiler = Compiler::new([folder.path(), &root.join("proto"), &root.join("third_party")]).expect("folders");
    compiler.include_imports(true).open_file(&path).expect("the contract compiles");
    contract::generate(&compiler.encode_file_descriptor_set()).map_err(|error| error.to_string())
}

/// What the build says when `part` of the sound contract reads `other`.
fn refusal(part: &str, other: &str) -> String {
    assert!(SOUND.contains(part), "{part} is no part of the sound contract");
    generate(&SOUND.replace(part, other)).expect_err("the build stops")
}

/// What the build says when the field of `Thing` has this type and these rules.
fn field_refusal(field_type: &str, rules: &str) -> String {
    refusal("string field = 2 [(buf.validate.field).string.max_len = 9]", &format!("{field_type} field = 2 [{rules}]"))
}

#[test]
fn a_sound_contract_becomes_four_files() {
    let files = generate(SOUND).expect("nothing is wrong");
    let text = |name: &str| &files.iter().find(|file| file.0 == name).expect("the file is there").1;
    assert!(text("access_table.rs").contains(r#"path: "/helpdesk.v1.ThingService/GetThing""#));
    assert!(text("reasons.rs").contains(r#"name: "GONE""#));
    assert!(text("calls.rs").contains("impl Retryable for pb::helpdesk::v1::UpdateThingRequest"));
    assert!(text("validators.rs").contains("impl Validate for pb::helpdesk::v1::Thing"));
}

#[test]
fn an_rpc_says_who_may_call_it() {
    let rule = r#"option (helpdesk.access.v1.rule) = {permission: PERMISSION_TICKETS_VIEW resource: "name"};"#;
    assert_eq!(refusal(rule, ""), "helpdesk.v1.ThingService.GetThing declares no access rule");
    let open = "option (helpdesk.access.v1.rule) = {standing: STANDING_SIGNED_IN};";
    assert!(refusal(rule, open).contains("lets callers in without asking for anything"));
}

#[test]
fn a_rule_names_a_field_of_its_request() {
    assert_eq!(refusal(r#""thing.name""#, r#""thing.id""#), "helpdesk.v1.UpdateThingRequest has no field thing.id");
    assert_eq!(refusal(r#""thing.name""#, r#""name""#), "helpdesk.v1.UpdateThingRequest has no field name");
    assert!(refusal(r#""thing.name""#, r#""thing""#).contains("is no plain string"));
}

#[test]
fn an_error_reason_has_a_status_code() {
    let option = r#" [(helpdesk.access.v1.error) = {code: NOT_FOUND metadata_keys: "what"}]"#;
    assert_eq!(refusal(option, ""), "helpdesk.v1.ERROR_REASON_GONE has no status code");
    assert!(refusal("code: NOT_FOUND ", "").contains("has no status code"));
}

#[test]
fn a_write_can_be_repeated_and_tells_its_effects() {
    for part in ["string request_id = 14; ", "bool validate_only = 15; ", " Thing mutation = 15;"] {
        assert!(refusal(part, "").contains("a unary write has request_id = 14"), "{part}");
    }
    assert!(refusal("request_id = 14", "request_id = 13").contains("a unary write has request_id = 14"));
    assert!(refusal("option idempotency_level = NO_SIDE_EFFECTS;", "").contains("GetThing: a unary write"));
}

#[test]
fn a_request_belongs_to_one_rpc_and_streams_go_one_way() {
    let second = r"service ThingService {
        rpc PeekThing(GetThingRequest) returns (GetThingResponse) {
            option idempotency_level = NO_SIDE_EFFECTS;
            option (helpdesk.access.v1.rule) = {permission: PERMISSION_TICKETS_VIEW};
        }";
    let shared = refusal("service ThingService {", second);
    assert_eq!(shared, "helpdesk.v1.GetThingRequest is the request of two methods");
    let both_ways = "GetThing(stream GetThingRequest) returns (stream GetThingResponse)";
    assert!(refusal("GetThing(GetThingRequest) returns (GetThingResponse)", both_ways).contains("streams both ways"));
}

#[test]
fn a_field_rule_that_nothing_checks_stops_the_build() {
    let unknown = [
        ("string", "(buf.validate.field).string.prefix = \"a\"", "string.prefix"),
        ("string", "(buf.validate.field).cel_expression = \"true\"", "cel_expression"),
        ("string", "(buf.validate.field).ignore = IGNORE_ALWAYS", "ignore"),
        ("int32", "(buf.validate.field).int32.const = 1", "int32.const"),
        ("int32", "(buf.validate.field).string.max_len = 1", "has string rules but is of type int32"),
        ("repeated string", "(buf.validate.field).repeated.items.string.suffix = \"a\"", "string.suffix"),
        ("google.protobuf.Struct", "(google.api.field_behavior) = OPTIONAL", "message of this type"),
    ];
    for (field_type, rules, complaint) in unknown {
        let said = field_refusal(field_type, rules);
        assert!(said.starts_with("helpdesk.v1.Thing.field: ") && said.contains(complaint), "{rules}: {said}");
    }
    let of_message = "message Thing { option (buf.validate.message).cel_expression = \"true\";";
    assert!(refusal("message Thing {", of_message).contains("rules of a whole message"));
}

#[test]
fn a_pattern_is_sound_and_reads_the_same_everywhere() {
    assert!(
        field_refusal("string", "(buf.validate.field).string.pattern = \"[a\"").contains("unclosed character class")
    );
    assert!(
        field_refusal("string", "(buf.validate.field).string.pattern = \"\\\\d\"").contains("not the same everywhere")
    );
}

#[test]
fn what_the_server_alone_writes_is_not_checked() {
    let field = "google.protobuf.Struct field = 2 [(google.api.field_behavior) = OUTPUT_ONLY]";
    let contract = SOUND.replace("string field = 2 [(buf.validate.field).string.max_len = 9]", field);
    assert!(generate(&contract).is_ok());
}
