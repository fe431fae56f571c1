//! GetHandoff and ListHandoffs: within reach, by filter, page by page.

use helpdesk::grpc::pb::access::AccessLevel;
use helpdesk::grpc::pb::v1::{self, ErrorReason, HandoffReason as Why};

use super::hands::{another, ask, asking, cancel, get, hand_off, live};
use crate::customer_agent::hands::runtime;
use crate::support::app::{self, App, user_name};
use crate::support::client::{Client, assert_refused};
use crate::support::databases::both_engines;

async fn list(caller: &Client, filter: &str, order_by: &str) -> Vec<String> {
    let request = v1::ListHandoffsRequest {
        parent: app::account(),
        filter: filter.to_owned(),
        order_by: order_by.to_owned(),
        ..Default::default()
    };
    let page = caller.handoffs().list_handoffs(request).await.expect("listed").into_inner();
    page.handoffs.into_iter().map(|handoff| handoff.name).collect()
}

both_engines!(hand_offs_are_listed_by_filter_and_order, |db| async move {
    let app = App::start(db).await;
    let scene = live(&app).await;
    let first = hand_off(&scene).await;
    let other = another(&app, "2", "zoe").await;
    let (second, _) = ask(&scene.ava, asking(&other, &[Why::CannotAnswer])).await.expect("a hand-off");
    cancel(&scene.mia, &first.name).await.expect("called off");
    assert_eq!(list(&scene.mia, "", "").await, [second.name.clone(), first.name.clone()]);
    assert_eq!(list(&scene.mia, "", "create_time").await, [first.name.clone(), second.name.clone()]);
    assert_eq!(list(&scene.mia, "state = CANCELLED", "").await, std::slice::from_ref(&first.name));
    assert_eq!(
        list(&scene.mia, "reason = CANNOT_ANSWER AND mode = LIVE", "").await,
        std::slice::from_ref(&second.name)
    );
    assert_eq!(list(&scene.mia, &format!("conversation = \"{other}\""), "").await, std::slice::from_ref(&second.name));
    let own = get(&scene.mia, &second.name).await;
    assert_eq!(list(&scene.mia, &format!("user = \"{}\"", own.user), "update_time desc").await.len(), {
        usize::from(first.user == own.user) + 1
    });
    let request = v1::ListHandoffsRequest { parent: app::account(), page_size: 1, ..Default::default() };
    let page = scene.mia.handoffs().list_handoffs(request.clone()).await.expect("listed").into_inner();
    let next = v1::ListHandoffsRequest { page_token: page.next_page_token, ..request };
    let page = scene.mia.handoffs().list_handoffs(next).await.expect("listed").into_inner();
    assert_eq!((page.handoffs[0].name.as_str(), page.next_page_token.as_str()), (first.name.as_str(), ""));
});

both_engines!(a_hand_off_is_seen_with_its_conversation, |db| async move {
    let app = App::start(db).await;
    let scene = live(&app).await;
    let nina = app.collaborator("nina", AccessLevel::Owned).await;
    let eva = runtime(&app, "eva").await;
    let handoff = hand_off(&scene).await;
    let read = v1::GetHandoffRequest { name: handoff.name.clone() };
    assert_refused(nina.handoffs().get_handoff(read.clone()).await, ErrorReason::ResourceNotFound);
    assert_refused(eva.handoffs().get_handoff(read).await, ErrorReason::ResourceNotFound);
    assert!(list(&nina, "", "").await.is_empty() && list(&eva, "", "").await.is_empty());
    assert_eq!(list(&scene.ava, "", "").await, std::slice::from_ref(&handoff.name));
    let assign = v1::AssignTicketRequest {
        name: super::hands::ticket_of(&app, &scene.conversation).await.name,
        owner: user_name("nina"),
        ..Default::default()
    };
    app.root().tickets().assign_ticket(assign).await.expect("assigned");
    assert_eq!(get(&nina, &handoff.name).await.user, user_name("nina"));
    assert_eq!(list(&nina, "", "").await, [handoff.name]);
});
