//! ContentService, and what replies insert.

mod inserts;
mod render_text_block;
mod text_blocks;

use helpdesk::grpc::pb::v1;

use crate::support::app;
use crate::support::client::Client;

/// A text to make.
fn new(id: &str, r#type: v1::TextBlockType, subject: &str, text: &str) -> v1::CreateTextBlockRequest {
    let block = v1::TextBlock {
        r#type: r#type.into(),
        display_name: format!("Text {id}"),
        subject: subject.to_owned(),
        body: Some(v1::RichText { text: text.to_owned(), html: String::new() }),
        ..v1::TextBlock::default()
    };
    v1::CreateTextBlockRequest {
        parent: app::account(),
        text_block: Some(block),
        text_block_id: id.to_owned(),
        ..Default::default()
    }
}

fn snippet(id: &str, text: &str) -> v1::CreateTextBlockRequest {
    new(id, v1::TextBlockType::Snippet, "", text)
}

fn template(id: &str, subject: &str, text: &str) -> v1::CreateTextBlockRequest {
    new(id, v1::TextBlockType::Template, subject, text)
}

async fn made(caller: &Client, request: v1::CreateTextBlockRequest) -> v1::TextBlock {
    caller.contents().create_text_block(request).await.expect("made").into_inner().text_block.expect("a text")
}

fn update(block: v1::TextBlock, path: &str) -> v1::UpdateTextBlockRequest {
    v1::UpdateTextBlockRequest {
        text_block: Some(block),
        update_mask: Some(prost_types::FieldMask { paths: vec![path.to_owned()] }),
        ..Default::default()
    }
}

/// Puts a text out of use.
async fn archive(caller: &Client, block: &v1::TextBlock) {
    let out = v1::TextBlock { name: block.name.clone(), archived: true, ..v1::TextBlock::default() };
    caller.contents().update_text_block(update(out, "archived")).await.expect("out of use");
}
