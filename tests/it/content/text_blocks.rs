//! The texts themselves: made, read, listed, changed, deleted.

use helpdesk::grpc::pb::access::AccessLevel;
use helpdesk::grpc::pb::v1::{self, ErrorReason};

use super::{archive, made, new, snippet, template, update};
use crate::support::app::{self, App};
use crate::support::client::{Client, assert_refused};
use crate::support::databases::both_engines;

async fn ids(caller: &Client, request: v1::ListTextBlocksRequest) -> (Vec<String>, String) {
    let request = v1::ListTextBlocksRequest { parent: app::account(), ..request };
    let page = caller.contents().list_text_blocks(request).await.expect("a page").into_inner();
    let id = |block: v1::TextBlock| block.name.rsplit('/').next().unwrap_or_default().to_owned();
    (page.text_blocks.into_iter().map(id).collect(), page.next_page_token)
}

both_engines!(a_text_is_made_read_changed_and_deleted, |db| async move {
    let app = App::start(db).await;
    let mia = app.agent("mia").await;
    let block = made(&mia, snippet("hello", "Hi {{contact.first_name}}")).await;
    assert_eq!((block.name.as_str(), block.etag.as_str()), ("accounts/acme/textBlocks/hello", "\"1\""));
    let get = || v1::GetTextBlockRequest { name: block.name.clone() };
    let read = mia.contents().get_text_block(get()).await.expect("read").into_inner().text_block;
    assert_eq!(read.as_ref(), Some(&block));
    let body = Some(v1::RichText { html: "<b>Hi</b><script>x()</script>".to_owned(), text: String::new() });
    let change = v1::TextBlock { body, ..block.clone() };
    let changed = mia.contents().update_text_block(update(change.clone(), "body")).await.expect("changed");
    let changed = changed.into_inner().text_block.expect("a text");
    assert_eq!(changed.body.map(|body| (body.text, body.html)), Some(("Hi".to_owned(), "<b>Hi</b>".to_owned())));
    let stale = mia.contents().update_text_block(update(change, "body")).await;
    assert_refused(stale, ErrorReason::EtagMismatch);
    let delete = || v1::DeleteTextBlockRequest { name: block.name.clone(), ..Default::default() };
    mia.contents().delete_text_block(delete()).await.expect("deleted");
    assert_refused(mia.contents().get_text_block(get()).await, ErrorReason::ResourceNotFound);
    assert_refused(mia.contents().delete_text_block(delete()).await, ErrorReason::ResourceNotFound);
});

both_engines!(a_text_that_nobody_could_fill_is_refused, |db| async move {
    let app = App::start(db).await;
    let mia = app.agent("mia").await;
    let bad = [
        snippet("a", "{{ ticket.secret }}"),
        snippet("a", "{% for x in range(9) %}x{% endfor %}"),
        snippet("a", "{{ 7 * 7 }}"),
        template("a", "{{ contact }}", "Hello"),
        new("a", v1::TextBlockType::Snippet, "A subject", "Hello"),
        snippet("a", "  "),
    ];
    for request in bad {
        let status = assert_refused(mia.contents().create_text_block(request).await, ErrorReason::FieldInvalid);
        let details = tonic_types::StatusExt::get_details_bad_request(&status).expect("details");
        assert!(details.field_violations[0].field.starts_with("text_block."), "{details:?}");
    }
    made(&mia, template("a", "Ticket {{ticket.number}}", r#"Hi {{contact.first_name | default("there")}}"#)).await;
    assert_refused(mia.contents().create_text_block(snippet("a", "Hi")).await, ErrorReason::ResourceAlreadyExists);
    let other = v1::TextBlock {
        name: "accounts/acme/textBlocks/a".to_owned(),
        r#type: v1::TextBlockType::Snippet.into(),
        ..v1::TextBlock::default()
    };
    assert_refused(mia.contents().update_text_block(update(other, "type")).await, ErrorReason::FieldImmutable);
});

both_engines!(a_shortcut_belongs_to_one_text, |db| async move {
    let app = App::start(db).await;
    let mia = app.agent("mia").await;
    let with = |id: &str| {
        let mut request = snippet(id, "Hello");
        "hi".clone_into(&mut request.text_block.as_mut().expect("a text").shortcut);
        request
    };
    let first = made(&mia, with("a")).await;
    assert_refused(mia.contents().create_text_block(with("b")).await, ErrorReason::DuplicateValue);
    let second = made(&mia, snippet("b", "Hello")).await;
    let take = v1::TextBlock { name: second.name.clone(), shortcut: "hi".to_owned(), ..v1::TextBlock::default() };
    let taken = mia.contents().update_text_block(update(take.clone(), "shortcut")).await;
    assert_refused(taken, ErrorReason::DuplicateValue);
    let free = v1::TextBlock { name: first.name, ..v1::TextBlock::default() };
    mia.contents().update_text_block(update(free, "shortcut")).await.expect("given away");
    mia.contents().update_text_block(update(take, "shortcut")).await.expect("taken");
});

both_engines!(texts_are_listed_by_type_and_those_out_of_use_on_request, |db| async move {
    let app = App::start(db).await;
    let mia = app.agent("mia").await;
    for id in ["a", "b", "c"] {
        made(&mia, snippet(id, "Hello")).await;
    }
    let last = made(&mia, template("d", "", "Hello")).await;
    archive(&mia, &last).await;
    let ask = v1::ListTextBlocksRequest::default;
    let (first, token) = ids(&mia, v1::ListTextBlocksRequest { page_size: 2, ..ask() }).await;
    let (second, end) = ids(&mia, v1::ListTextBlocksRequest { page_size: 2, page_token: token.clone(), ..ask() }).await;
    assert_eq!((first, second, end.as_str()), (vec!["a".to_owned(), "b".to_owned()], vec!["c".to_owned()], ""));
    let all = v1::ListTextBlocksRequest { show_archived: true, ..ask() };
    assert_eq!(ids(&mia, all).await.0.len(), 4);
    let kind = v1::TextBlockType::Template.into();
    let templates = v1::ListTextBlocksRequest { r#type: kind, show_archived: true, ..ask() };
    assert_eq!(ids(&mia, templates).await.0, ["d"]);
    let other = v1::ListTextBlocksRequest { parent: app::account(), show_archived: true, page_token: token, ..ask() };
    assert_refused(mia.contents().list_text_blocks(other).await, ErrorReason::PageTokenInvalid);
});

both_engines!(collaborators_use_texts_and_do_not_change_them, |db| async move {
    let app = App::start(db).await;
    let mia = app.agent("mia").await;
    let cole = app.collaborator("cole", AccessLevel::All).await;
    let block = made(&mia, snippet("a", "Hello")).await;
    let get = v1::GetTextBlockRequest { name: block.name.clone() };
    cole.contents().get_text_block(get).await.expect("read");
    assert_refused(cole.contents().create_text_block(snippet("b", "Hi")).await, ErrorReason::StandingTooLow);
    let delete = v1::DeleteTextBlockRequest { name: block.name, ..Default::default() };
    assert_refused(cole.contents().delete_text_block(delete).await, ErrorReason::StandingTooLow);
});
