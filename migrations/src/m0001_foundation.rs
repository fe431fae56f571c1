//! The first schema: accounts and people, channels and pipelines, tickets and conversations, routing decisions,
//! events, request ids and jobs.

use sea_orm_migration::prelude::*;
use sea_orm_migration::sea_orm::DbBackend;

use crate::schema::{TableSpec, col, index};

const LEVELS: &[&str] = &["none", "owned", "team", "all"];
const CATEGORIES: &[&str] = &["new", "waiting_on_contact", "waiting_on_us", "closed"];
const KINDS: &[&str] = &["email", "form", "chat", "whatsapp", "messenger", "calling", "api"];

/// See the module.
#[derive(Debug)]
pub struct Migration;

impl MigrationName for Migration {
    fn name(&self) -> &'static str {
        "m0001_foundation"
    }
}

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let backend = manager.get_database_backend();
        accounts(manager, backend).await?;
        people(manager, backend).await?;
        configuration(manager, backend).await?;
        contacts(manager, backend).await?;
        tickets(manager, backend).await?;
        conversations(manager, backend).await?;
        messages(manager, backend).await?;
        routing(manager, backend).await?;
        log(manager, backend).await?;
        jobs(manager, backend).await
    }
}

/// What most resources carry.
fn stamped(table: TableSpec) -> TableSpec {
    table.int("create_time").int("update_time").int("version")
}

async fn accounts(manager: &SchemaManager<'_>, backend: DbBackend) -> Result<(), DbErr> {
    let account = TableSpec::new(backend, "account")
        .text("id")
        .text("display_name")
        .code("state", &["active", "suspended"])
        .code("tier", &["free", "starter", "professional", "enterprise"]);
    stamped(account).key(&["id"]).create(manager).await?;
    // Counters of an account, apart from the row that foreign keys point to (W6).
    TableSpec::new(backend, "account_head")
        .text("account_id")
        .int("last_event")
        .int("last_ticket")
        .int("config_seq")
        .int("load_seq")
        .key(&["account_id"])
        .of_account()
        .create(manager)
        .await?;
    TableSpec::new(backend, "lane_batch")
        .text("account_id")
        .uuid("id")
        .int("create_time")
        .key(&["account_id", "id"])
        .of_account()
        .create(manager)
        .await
}

async fn people(manager: &SchemaManager<'_>, backend: DbBackend) -> Result<(), DbErr> {
    let user = TableSpec::new(backend, "account_user")
        .text("account_id")
        .text("id")
        .text("display_name")
        .text("email")
        .text("email_key")
        .code("state", &["active", "deactivated"])
        .code("seat", &["none", "view_only", "core", "service"])
        .flag("super_admin")
        .flag("account_access")
        .flag("service_access")
        .flag("sales_access")
        .code("view_level", LEVELS)
        .flag("view_unassigned")
        .code("edit_level", LEVELS)
        .flag("edit_unassigned")
        .flag("available")
        .int("availability_since");
    stamped(user).key(&["account_id", "id"]).of_account().create(manager).await?;
    index(manager, "account_user", "ux_user_email", &["account_id", "email_key"], true, None).await?;
    let team = TableSpec::new(backend, "team").text("account_id").text("id").text("display_name");
    stamped(team).key(&["account_id", "id"]).of_account().create(manager).await?;
    TableSpec::new(backend, "team_member")
        .text("account_id")
        .text("team_id")
        .text("user_id")
        .flag("main")
        .int("join_time")
        .key(&["account_id", "team_id", "user_id"])
        .belongs("team_id", "team")
        .belongs("user_id", "account_user")
        .create(manager)
        .await?;
    index(manager, "team_member", "ix_member_user", &["account_id", "user_id"], false, None).await?;
    let key = TableSpec::new(backend, "access_key")
        .text("account_id")
        .text("id")
        .text("display_name")
        .text("permissions")
        .bytes("secret_hash")
        .flag("revoked")
        .int_or_null("expire_time");
    stamped(key).key(&["account_id", "id"]).of_account().create(manager).await
}

async fn configuration(manager: &SchemaManager<'_>, backend: DbBackend) -> Result<(), DbErr> {
    let pipeline =
        TableSpec::new(backend, "pipeline").text("account_id").text("id").text("display_name").int("position");
    stamped(pipeline).key(&["account_id", "id"]).of_account().create(manager).await?;
    let status = TableSpec::new(backend, "pipeline_status")
        .text("account_id")
        .text("pipeline_id")
        .text("id")
        .text("display_name")
        .code("category", CATEGORIES)
        .int("position");
    stamped(status)
        .key(&["account_id", "pipeline_id", "id"])
        .belongs("pipeline_id", "pipeline")
        .create(manager)
        .await?;
    let channel = TableSpec::new(backend, "channel")
        .text("account_id")
        .text("id")
        .text("display_name")
        .code("kind", KINDS)
        .flag("enabled")
        .flag("creates_tickets")
        .text("pipeline_id")
        .text("email_address")
        .text("routing")
        .int("routing_version")
        .int("routing_update_time");
    stamped(channel).key(&["account_id", "id"]).of_account().belongs("pipeline_id", "pipeline").create(manager).await
}

async fn contacts(manager: &SchemaManager<'_>, backend: DbBackend) -> Result<(), DbErr> {
    let contact = TableSpec::new(backend, "contact")
        .text("account_id")
        .uuid("id")
        .text("display_name")
        .text("name_folded")
        .text_or_null("owner_id")
        .text("language_code")
        .text("points")
        .flag("tracked");
    stamped(contact)
        .key(&["account_id", "id"])
        .of_account()
        .belongs("owner_id", "account_user")
        .create(manager)
        .await?;
    index(manager, "contact", "ix_contact_update", &["account_id", "update_time", "id"], false, None).await?;
    TableSpec::new(backend, "contact_point")
        .text("account_id")
        .code("kind", &["email", "phone", "handle"])
        .text("value")
        .uuid("contact_id")
        .key(&["account_id", "kind", "value"])
        .belongs("contact_id", "contact")
        .create(manager)
        .await?;
    index(manager, "contact_point", "ix_point_contact", &["account_id", "contact_id"], false, None).await?;
    TableSpec::new(backend, "contact_cookie")
        .text("account_id")
        .text("cookie_hash")
        .uuid("contact_id")
        .key(&["account_id", "cookie_hash"])
        .belongs("contact_id", "contact")
        .create(manager)
        .await
}

async fn tickets(manager: &SchemaManager<'_>, backend: DbBackend) -> Result<(), DbErr> {
    let ticket = TableSpec::new(backend, "ticket")
        .text("account_id")
        .int("number")
        .text("subject")
        .text("description")
        .text("text_folded")
        .text("pipeline_id")
        .text("status_id")
        .code("status_category", CATEGORIES)
        .flag("open")
        .code_or_null("priority", &["low", "medium", "high", "urgent"])
        .text("category")
        .text("tags")
        .uuid_or_null("contact_id")
        .text_or_null("owner_id")
        .text("teams")
        .text_or_null("channel_id")
        .code_or_null("source", KINDS)
        .text("conversations")
        .flag("manual")
        .text_or_null("unassigned_reason")
        .text("creator")
        .int_or_null("close_time")
        .int_or_null("first_assign_time")
        .int_or_null("first_reply_time")
        .int_or_null("last_reply_time")
        .int_or_null("last_contact_message_time")
        .int("status_change_time")
        .int("event_count");
    stamped(ticket)
        .key(&["account_id", "number"])
        .of_account()
        .refers(&["account_id", "pipeline_id", "status_id"], "pipeline_status", &["account_id", "pipeline_id", "id"])
        .belongs("contact_id", "contact")
        .belongs("owner_id", "account_user")
        .belongs("channel_id", "channel")
        .create(manager)
        .await?;
    let order = ["account_id", "update_time", "number"];
    index(manager, "ticket", "ix_ticket_update", &order, false, None).await?;
    index(manager, "ticket", "ix_ticket_open", &order, false, Some(col("open"))).await?;
    let by_owner = ["account_id", "owner_id", "update_time", "number"];
    index(manager, "ticket", "ix_ticket_owner", &by_owner, false, None).await?;
    index(manager, "ticket", "ix_ticket_contact", &["account_id", "contact_id"], false, None).await?;
    ticket_lists(manager, backend).await
}

/// Search structures over the lists of a ticket; the ticket row has the truth.
async fn ticket_lists(manager: &SchemaManager<'_>, backend: DbBackend) -> Result<(), DbErr> {
    let number = ["account_id", "number"];
    TableSpec::new(backend, "ticket_team")
        .text("account_id")
        .text("team_id")
        .int("number")
        .key(&["account_id", "team_id", "number"])
        .belongs("team_id", "team")
        .refers(&number, "ticket", &number)
        .create(manager)
        .await?;
    index(manager, "ticket_team", "ix_ticket_team_number", &number, false, None).await?;
    TableSpec::new(backend, "ticket_tag")
        .text("account_id")
        .text("tag")
        .int("number")
        .key(&["account_id", "tag", "number"])
        .refers(&number, "ticket", &number)
        .create(manager)
        .await?;
    index(manager, "ticket_tag", "ix_ticket_tag_number", &number, false, None).await
}

async fn conversations(manager: &SchemaManager<'_>, backend: DbBackend) -> Result<(), DbErr> {
    let conversation = TableSpec::new(backend, "conversation")
        .text("account_id")
        .uuid("id")
        .int_or_null("ticket_number")
        .text("channel_id")
        .uuid_or_null("contact_id")
        .text("visitor")
        .int("message_count")
        .int("comment_count")
        .int_or_null("last_message_time");
    stamped(conversation)
        .key(&["account_id", "id"])
        .of_account()
        .refers(&["account_id", "ticket_number"], "ticket", &["account_id", "number"])
        .belongs("channel_id", "channel")
        .belongs("contact_id", "contact")
        .create(manager)
        .await?;
    index(manager, "conversation", "ix_conversation_ticket", &["account_id", "ticket_number"], false, None).await?;
    let order = ["account_id", "update_time", "id"];
    index(manager, "conversation", "ix_conversation_update", &order, false, None).await?;
    TableSpec::new(backend, "thread")
        .text("account_id")
        .uuid("id")
        .uuid("conversation_id")
        .text("channel_id")
        .code("kind", KINDS)
        .text("key")
        .flag("open")
        .text("address")
        .text("subject")
        .text("reply_token")
        .int("create_time")
        .int("update_time")
        .key(&["account_id", "id"])
        .belongs("conversation_id", "conversation")
        .belongs("channel_id", "channel")
        .create(manager)
        .await?;
    index(manager, "thread", "ix_thread_conversation", &["account_id", "conversation_id"], false, None).await?;
    // At most one open thread per channel and key: two first messages at once meet here at the latest (T-21).
    let open = col("open").and(col("key").ne(""));
    index(manager, "thread", "ux_thread_open", &["account_id", "channel_id", "key"], true, Some(open)).await?;
    let token = col("reply_token").ne("");
    index(manager, "thread", "ux_thread_token", &["account_id", "reply_token"], true, Some(token)).await
}

async fn messages(manager: &SchemaManager<'_>, backend: DbBackend) -> Result<(), DbErr> {
    TableSpec::new(backend, "message")
        .text("account_id")
        .uuid("id")
        .uuid("conversation_id")
        .uuid("thread_id")
        .text("channel_id")
        .code("direction", &["inbound", "outbound"])
        .text("sender")
        .text("sender_name")
        .text("sender_address")
        .text("recipients")
        .text("subject")
        .text("text")
        .text("html")
        .text("attachments")
        .code("delivery", &["received", "queued", "sent", "delivered", "read", "failed"])
        .text("delivery_error")
        .text_or_null("external_id")
        .text_or_null("mail_id")
        .text_or_null("raw_sha256")
        .flag("auto_reply")
        .flag("bounce")
        .flag("forwarded")
        .flag("sender_unverified")
        .int("send_time")
        .int("create_time")
        .int("sequence")
        .key(&["account_id", "id"])
        .belongs("conversation_id", "conversation")
        .belongs("thread_id", "thread")
        .belongs("channel_id", "channel")
        .create(manager)
        .await?;
    // One message once, whatever the adapter does (T-20).
    let external = ["account_id", "channel_id", "external_id"];
    index(manager, "message", "ux_message_external", &external, true, Some(col("external_id").is_not_null())).await?;
    let mail = ["account_id", "mail_id"];
    index(manager, "message", "ix_message_mail", &mail, false, Some(col("mail_id").is_not_null())).await?;
    let place = ["account_id", "conversation_id", "sequence"];
    index(manager, "message", "ix_message_place", &place, false, None).await?;
    let queue = ["account_id", "channel_id", "sequence"];
    index(manager, "message", "ix_message_queued", &queue, false, Some(col("delivery").eq("queued"))).await?;
    TableSpec::new(backend, "comment")
        .text("account_id")
        .uuid("id")
        .uuid("conversation_id")
        .text("author")
        .text("text")
        .text("html")
        .int("create_time")
        .int("sequence")
        .key(&["account_id", "id"])
        .belongs("conversation_id", "conversation")
        .create(manager)
        .await?;
    index(manager, "comment", "ix_comment_place", &place, false, None).await
}

async fn routing(manager: &SchemaManager<'_>, backend: DbBackend) -> Result<(), DbErr> {
    TableSpec::new(backend, "agent_load")
        .text("account_id")
        .text("user_id")
        .int("open_tickets")
        .int_or_null("last_auto")
        .int("changed_seq")
        .key(&["account_id", "user_id"])
        .belongs("user_id", "account_user")
        .create(manager)
        .await?;
    index(manager, "agent_load", "ix_load_changed", &["account_id", "changed_seq"], false, None).await?;
    TableSpec::new(backend, "routing_decision")
        .text("account_id")
        .uuid("id")
        .int("ticket_number")
        .text("cause")
        .int("decide_time")
        .code("outcome", &["assigned", "left_unassigned"])
        .text_or_null("unassigned_reason")
        .text_or_null("user_id")
        .text("teams")
        .text("channel_id")
        .int("routing_version")
        .text("routing")
        .text("tie_break")
        .int("seed")
        .text("candidates")
        .text("exclusions")
        .text("summary")
        .int("sequence")
        .key(&["account_id", "id"])
        .refers(&["account_id", "ticket_number"], "ticket", &["account_id", "number"])
        .belongs("channel_id", "channel")
        .create(manager)
        .await?;
    let by_ticket = ["account_id", "ticket_number", "sequence"];
    index(manager, "routing_decision", "ix_decision_ticket", &by_ticket, false, None).await?;
    index(manager, "routing_decision", "ix_decision_place", &["account_id", "sequence"], false, None).await
}

async fn log(manager: &SchemaManager<'_>, backend: DbBackend) -> Result<(), DbErr> {
    TableSpec::new(backend, "event")
        .text("account_id")
        .int("sequence")
        .text("kind")
        .text("resource")
        .int_or_null("ticket_number")
        .int("ticket_sequence")
        .text("actor")
        .int("cause_root")
        .int("cause_depth")
        .int("cause_parent")
        .text("fields")
        .text("request_id")
        .int("time")
        .key(&["account_id", "sequence"])
        .of_account()
        .create(manager)
        .await?;
    let by_ticket = ["account_id", "ticket_number", "sequence"];
    index(manager, "event", "ix_event_ticket", &by_ticket, false, Some(col("ticket_number").is_not_null())).await?;
    index(manager, "event", "ix_event_time", &["account_id", "time"], false, None).await?;
    TableSpec::new(backend, "request_record")
        .text("account_id")
        .text("caller")
        .text("method")
        .text("request_id")
        .bytes("request_hash")
        .bytes("answer")
        .int("expire_time")
        .key(&["account_id", "caller", "method", "request_id"])
        .of_account()
        .create(manager)
        .await?;
    index(manager, "request_record", "ix_request_expire", &["account_id", "expire_time"], false, None).await
}

async fn jobs(manager: &SchemaManager<'_>, backend: DbBackend) -> Result<(), DbErr> {
    TableSpec::new(backend, "job")
        .text("account_id")
        .uuid("id")
        .text("kind")
        .text("payload")
        .int("due_time")
        .int("attempts")
        .int("fence")
        .int_or_null("lease_until")
        .code("state", &["waiting", "parked"])
        .text("last_error")
        .int("create_time")
        .key(&["account_id", "id"])
        .of_account()
        .create(manager)
        .await?;
    let due = ["account_id", "due_time"];
    index(manager, "job", "ix_job_due", &due, false, Some(col("state").eq("waiting"))).await?;
    index(manager, "job", "ix_job_kind", &["account_id", "kind"], false, None).await?;
    // When an account next has something to do: served in turn, so that nobody's backlog delays another (T2).
    TableSpec::new(backend, "job_head")
        .text("account_id")
        .int("next_due")
        .key(&["account_id"])
        .of_account()
        .create(manager)
        .await?;
    index(manager, "job_head", "ix_job_head_due", &["next_due"], false, None).await
}
