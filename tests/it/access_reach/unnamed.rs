//! Effects and refusals name no ticket that the caller may not see.

use helpdesk::grpc::pb::access::{AccessLevel, Seat};
use helpdesk::grpc::pb::v1::{self, ChannelType, EffectKind, ErrorReason, StatusCategory, ticket_share::Grantee};

use crate::pipeline::hands::{add_status, change_status, create, delete, delete_status, pipeline, ticket_in};
use crate::support::app::{self, App, person, user_name};
use crate::support::client::{Client, assert_refused};
use crate::support::databases::both_engines;
use crate::support::scene::people;
use crate::ticket_property;
use crate::user::{owned_ticket, ticket};
use crate::workflow::hands as flows;

/// Somebody with a Service seat who sees the own tickets alone.
async fn seated(app: &App, id: &str) -> Client {
    app.add_user(v1::User { seat: Seat::Service.into(), ..person(id, AccessLevel::Owned) }, id).await
}

/// What a refusal says that the record is used by, within the account.
fn used_by<T: std::fmt::Debug>(result: Result<T, tonic::Status>) -> String {
    use tonic_types::StatusExt;
    let refused = assert_refused(result, ErrorReason::ResourceInUse);
    let info = refused.get_details_error_info().expect("an error info");
    within(info.metadata.get("usedBy").expect("usedBy"))
}

/// A name within the account.
fn within(name: &str) -> String {
    name.strip_prefix("accounts/acme/").expect("a name of the account").to_owned()
}

// R-010, C-037: whoever frees somebody hears nothing of the ticket that is served with it and out of sight.
both_engines!(who_is_served_is_told_only_to_who_sees_the_ticket, |db| async move {
    let app = App::start(db).await;
    let mia = seated(&app, "mia").await;
    app.agent("bob").await;
    app.channel("mail", ChannelType::Email).await;
    app.route_to("mail", people(&["bob"], &[])).await;
    app.queue("mail", 0).await;
    app.limit("bob", 1).await;
    let first = app.arrives("mail", "1", "ann@example.com").await;
    let second = app.arrives("mail", "2", "ann@example.com").await;
    let third = app.arrives("mail", "3", "ann@example.com").await;
    let grantee = Some(Grantee::User(user_name("mia")));
    let share = v1::TicketShare { grantee, level: v1::ShareLevel::Edit.into(), ..Default::default() };
    let share = v1::ShareTicketRequest { name: first.name.clone(), ticket_share: Some(share), ..Default::default() };
    app.root().tickets().share_ticket(share).await.expect("shared");
    let close = v1::CloseTicketRequest {
        name: first.name.clone(),
        request_id: "0190b6a5-6f3e-7c4e-9f0a-000000000001".to_owned(),
        ..Default::default()
    };
    for _ in ["made", "replayed"] {
        let closed = mia.tickets().close_ticket(close.clone()).await.expect("closed").into_inner();
        assert_eq!(closed.mutation.expect("a mutation").effects, []);
    }
    assert_eq!(app.ticket_now(&second.name).await.owner, user_name("bob"));
    assert_refused(ticket(&mia, &second.name).await, ErrorReason::ResourceNotFound);
    let close = v1::CloseTicketRequest { name: second.name, ..Default::default() };
    let closed = app.root().tickets().close_ticket(close).await.expect("closed").into_inner();
    let effects = closed.mutation.expect("a mutation").effects;
    let kinds: Vec<_> = effects.iter().map(|effect| (effect.kind(), effect.resource == third.name)).collect();
    assert_eq!(kinds, [(EffectKind::Assigned, true), (EffectKind::Notified, false)], "{effects:?}");
});

// what a caller does to a ticket is told, though the ticket is out of sight then.
both_engines!(a_ticket_that_is_given_away_is_named, |db| async move {
    let app = App::start(db).await;
    let mia = seated(&app, "mia").await;
    app.agent("bob").await;
    let own = owned_ticket(&app, "mia", &[]).await;
    let give = v1::AssignTicketRequest { name: own.name.clone(), owner: user_name("bob"), ..Default::default() };
    let given = mia.tickets().assign_ticket(give).await.expect("given").into_inner();
    let effects = given.mutation.expect("a mutation").effects;
    assert!(effects.iter().any(|effect| effect.kind() == EffectKind::Notified), "{effects:?}");
    assert_refused(ticket(&mia, &own.name).await, ErrorReason::ResourceNotFound);
});

// who manages people and has no access to the help desk hears of no ticket.
both_engines!(who_manages_people_alone_hears_of_no_ticket, |db| async move {
    let app = App::start(db).await;
    let hr = app.add_user(v1::User { account_access: true, ..person("hr", AccessLevel::All) }, "hr").await;
    app.agent("bob").await;
    app.team("red", &[]).await;
    owned_ticket(&app, "bob", &[]).await;
    let reds = v1::Ticket { teams: vec![app::team_name("red")], ..app::ticket("Red's") };
    let reds = ticket_property::ticket(&app.root(), reds).await.expect("a ticket");
    let out = v1::DeactivateUserRequest { name: user_name("bob"), ..Default::default() };
    let done = hr.users().deactivate_user(out).await.expect("done").into_inner();
    assert_eq!(done.mutation.expect("a mutation").effects, []);
    let team = v1::DeleteTeamRequest { name: app::team_name("red"), ..Default::default() };
    assert_eq!(used_by(hr.teams().delete_team(team.clone()).await), "tickets");
    assert_eq!(used_by(app.root().teams().delete_team(team).await), within(&reds.name));
});

// what keeps a property is named to who sees it.
both_engines!(a_property_is_kept_by_tickets_and_views_without_their_names, |db| async move {
    use helpdesk::grpc::pb::v1::{PropertyType, TicketViewScope};
    use ticket_property::{delete, made, saying, text};
    let app = App::start(db).await;
    let (root, mia, bob) = (app.root(), seated(&app, "mia").await, app.agent("bob").await);
    made(&root, "order", PropertyType::Text, &[]).await;
    made(&root, "vip", PropertyType::Boolean, &[]).await;
    let said = ticket_property::ticket(&root, saying(&[("order", text("A-1"))])).await.expect("a ticket");
    assert_eq!(used_by(delete(&mia, "order").await), "tickets");
    assert_eq!(used_by(delete(&root, "order").await), within(&said.name));
    let view = v1::TicketView {
        display_name: "Mine alone".to_owned(),
        filter: "properties.vip = true".to_owned(),
        scope: TicketViewScope::Private.into(),
        ..Default::default()
    };
    let view = v1::CreateTicketViewRequest {
        parent: app::account(),
        ticket_view: Some(view),
        ticket_view_id: "mine-alone".to_owned(),
        ..Default::default()
    };
    bob.ticket_views().create_ticket_view(view).await.expect("a view");
    assert_eq!(used_by(delete(&mia, "vip").await), "ticketViews");
    assert_eq!(used_by(delete(&bob, "vip").await), "ticketViews/mine-alone");
});

// and what keeps a pipeline, a status and a channel.
both_engines!(a_place_is_kept_by_tickets_without_their_names, |db| async move {
    let app = App::start(db).await;
    let (root, mia) = (app.root(), seated(&app, "mia").await);
    create(&root, "sales", &[]).await;
    let sold = ticket_in(&root, "sales", "new").await.expect("a ticket");
    assert_eq!(used_by(delete(&mia, "sales", "").await), "tickets");
    assert_eq!(used_by(delete(&root, "sales", "").await), within(&sold.name));
    let spare = add_status(&root, "support", "spare", StatusCategory::WaitingOnUs).await.expect("a status");
    let held = ticket_in(&root, "support", "spare").await.expect("a ticket");
    let closed =
        v1::PipelineStatus { name: spare.clone(), category: StatusCategory::Closed.into(), ..Default::default() };
    assert_eq!(used_by(delete_status(&mia, &spare, "").await), "tickets");
    assert_eq!(used_by(change_status(&mia, closed.clone(), &["category"]).await), "tickets");
    assert_eq!(used_by(change_status(&root, closed, &["category"]).await), within(&held.name));
    app.channel("chat", ChannelType::Chat).await;
    let written = app.arrives("chat", "1", "ann@example.com").await;
    let channel = v1::DeleteChannelRequest { name: app::channel_name("chat"), ..Default::default() };
    assert_eq!(used_by(mia.channels().delete_channel(channel.clone()).await), "conversations");
    assert_eq!(used_by(root.channels().delete_channel(channel).await), within(&written.conversations[0]));
    let gone = delete(&mia, "sales", "support").await.expect("deleted");
    assert_eq!((gone.moved_ticket_count, gone.pending), (0, false), "of those that she sees");
    assert_eq!(app.ticket_now(&sold.name).await.pipeline, pipeline("support"));
});

// nor do the runs of workflows, which are read and cancelled within the caller's reach.
both_engines!(runs_on_tickets_out_of_sight_are_not_there, |db| async move {
    let app = App::start(db).await;
    let mia = seated(&app, "mia").await;
    app.agent("bob").await;
    let kinds = vec![flows::delay(3_600), flows::category("late")];
    flows::live(&app.root(), "wait", flows::workflow(Vec::new(), kinds)).await;
    let (own, hidden) = (owned_ticket(&app, "mia", &[]).await, owned_ticket(&app, "bob", &[]).await);
    for ticket in [&own, &hidden] {
        flows::enroll(&app.root(), "wait", &ticket.name).await.expect("enrolled");
    }
    flows::work(&app).await;
    let all = flows::runs(&app.root(), "wait").await;
    let of = |ticket: &v1::Ticket| all.iter().find(|run| run.ticket == ticket.name).expect("a run").name.clone();
    let seen: Vec<_> = flows::runs(&mia, "wait").await.into_iter().map(|run| run.ticket).collect();
    assert_eq!((all.len(), seen), (2, vec![own.name.clone()]));
    let get = |name: String| v1::GetWorkflowRunRequest { name };
    assert_refused(mia.workflows().get_workflow_run(get(of(&hidden))).await, ErrorReason::ResourceNotFound);
    mia.workflows().get_workflow_run(get(of(&own))).await.expect("her own");
    let cancel = |name: String| v1::CancelWorkflowRunRequest { name, ..Default::default() };
    assert_refused(mia.workflows().cancel_workflow_run(cancel(of(&hidden))).await, ErrorReason::ResourceNotFound);
    mia.workflows().cancel_workflow_run(cancel(of(&own))).await.expect("her own");
});
