//! What each plan includes: the table of `domain/plan.rs` through the API, and what going down and up does.

use helpdesk::domain::access::Tier;
use helpdesk::grpc::pb::access::Tier as Wire;
use helpdesk::grpc::pb::v1::{self, ErrorReason};
use helpdesk::grpc::status::reason;
use tonic::Status;

use super::hands::{
    automate, automation, create, creating, enter, limit, plain_agent, rule, set_tier, status, ticket_in,
};
use crate::mail::desk::MailDesk;
use crate::support::app::{self, App, status_name};
use crate::support::client::{Client, assert_refused};
use crate::support::databases::{TestDatabase, both_engines};

const TIERS: [(Wire, Tier); 4] = [
    (Wire::Free, Tier::Free),
    (Wire::Starter, Tier::Starter),
    (Wire::Professional, Tier::Professional),
    (Wire::Enterprise, Tier::Enterprise),
];

/// Whether a call went through; the only other answer is that the plan does not include it.
fn included<T: std::fmt::Debug>(result: Result<T, Status>) -> bool {
    let Err(refused) = result else { return true };
    assert_eq!(reason(&refused).as_deref(), Some("SUBSCRIPTION_REQUIRED"), "{refused:?}");
    false
}

async fn sends(caller: &Client, on: bool) -> Result<v1::PipelineAutomation, Status> {
    let sent = v1::StatusRule { enabled: on, ..Default::default() };
    let new = v1::PipelineAutomation { on_email_sent: Some(sent), ..Default::default() };
    automate(caller, "support", new, &["on_email_sent"]).await
}

// C-006: each function from its plan on, and on no lower one.
both_engines!(each_plan_includes_what_it_says, |db| async move {
    let app = App::start(db).await;
    let root = app.root();
    let (mut emails, mut limits) = (Vec::new(), Vec::new());
    for (wire, tier) in TIERS {
        set_tier(&app, app::ACCOUNT, wire).await;
        if included(sends(&root, true).await) {
            emails.push(tier);
            sends(&root, false).await.expect("switched off");
        }
        if included(limit(&root, "support", &[("new", "closed")]).await) {
            limits.push(tier);
            limit(&root, "support", &[]).await.expect("free again");
        }
    }
    assert_eq!(emails, [Tier::Starter, Tier::Professional, Tier::Enterprise]);
    assert_eq!(limits, [Tier::Professional, Tier::Enterprise]);
});

// pipelines by plan: 1, 2, 15; the refusal names the plan that takes one more. Those that are there stay.
both_engines!(each_plan_has_room_for_its_pipelines, |db| async move {
    let app = App::start(db).await;
    let root = app.root();
    let mut made = 1;
    for (wire, most, next) in
        [(Wire::Free, 1, "STARTER"), (Wire::Starter, 2, "PROFESSIONAL"), (Wire::Professional, 15, "ENTERPRISE")]
    {
        set_tier(&app, app::ACCOUNT, wire).await;
        while made < most {
            create(&root, &format!("p{made}"), &[]).await;
            made += 1;
        }
        let refused = root.pipelines().create_pipeline(creating("more", &[])).await;
        let refused = assert_refused(refused, ErrorReason::SubscriptionRequired);
        let info = tonic_types::StatusExt::get_details_error_info(&refused).expect("details");
        assert_eq!(info.metadata.get("requiredTier").map(String::as_str), Some(next), "{wire:?}");
    }
    set_tier(&app, app::ACCOUNT, Wire::Free).await;
    let made = ticket_in(&root, "p7", "new").await.expect("what is there is used");
    assert_eq!(made.status, status("p7", "new"));
});

// tickets from channels, and opening by an answer (C-069), on the free tools too.
both_engines!(the_free_tools_make_tickets_and_open_them_again, |db: TestDatabase| async move {
    let desk = MailDesk::start(db).await;
    set_tier(&desk.app, app::ACCOUNT, Wire::Free).await;
    let conversation = desk.begin("ann@x.example").await;
    let ours = desk.reply(&conversation, "Done.").await.mail_id;
    desk.app.close("accounts/acme/tickets/1").await;
    let head = format!(
        "From: ann@x.example\r\nTo: mail@acme.example\r\nMessage-ID: <m@x.example>\r\nIn-Reply-To: <{ours}>\r\nSubject: Re: Printer\r\n"
    );
    assert!(desk.receive(&head, "It still smokes.").await.ticket_reopened);
});

// C-007: what an account set up stays stored on a lower plan, is marked as suspended and does nothing, and comes back.
both_engines!(a_lower_plan_suspends_and_a_higher_one_brings_back, |db: TestDatabase| async move {
    let desk = MailDesk::start(db).await;
    let (root, ben) = (desk.app.root(), plain_agent(&desk.app, "ben").await);
    let new = v1::PipelineAutomation { on_email_sent: Some(rule(&status_name("waiting-on-us"))), ..Default::default() };
    automate(&root, "support", new, &["on_email_sent"]).await.expect("set");
    limit(&root, "support", &[("new", "waiting-on-us")]).await.expect("limited");
    let conversation = desk.begin("ann@x.example").await;
    let ticket = "accounts/acme/tickets/1";
    set_tier(&desk.app, app::ACCOUNT, Wire::Free).await;
    let suspended = automation(&root, "support").await.on_email_sent.expect("a rule");
    assert!(suspended.enabled && suspended.suspended && suspended.to_status == status_name("waiting-on-us"));
    desk.reply(&conversation, "Hello").await;
    assert_eq!(desk.app.ticket_now(ticket).await.status, status_name("new"), "it does nothing");
    enter(&ben, ticket, &status_name("waiting-on-contact")).await.expect("no limits");
    assert!(!included(sends(&root, true).await), "nothing new is set up");
    set_tier(&desk.app, app::ACCOUNT, Wire::Enterprise).await;
    let back = automation(&root, "support").await.on_email_sent.expect("a rule");
    assert!(back.enabled && !back.suspended);
    desk.reply(&conversation, "Hello again").await;
    assert_eq!(desk.app.ticket_now(ticket).await.status, status_name("waiting-on-us"));
    let refused = enter(&ben, ticket, &status_name("closed")).await;
    assert_refused(refused, ErrorReason::StatusTransitionNotAllowed);
    set_tier(&desk.app, app::ACCOUNT, Wire::Free).await;
    sends(&root, false).await.expect("switching off is on every plan");
});
