//! Channels: made, changed, listed, deleted.

use helpdesk::grpc::pb::v1::{self, ChannelType, ErrorReason};
use prost_types::FieldMask;

use crate::support::app::{self, App};
use crate::support::client::assert_refused;
use crate::support::databases::both_engines;

fn update(channel: v1::Channel, paths: &[&str]) -> v1::UpdateChannelRequest {
    let paths = paths.iter().map(|path| (*path).to_owned()).collect();
    let update_mask = Some(FieldMask { paths });
    v1::UpdateChannelRequest { channel: Some(channel), update_mask, ..v1::UpdateChannelRequest::default() }
}

// a new channel is enabled, makes tickets and routes to nobody, balanced, to the available.
both_engines!(a_new_channel_routes_to_nobody_balanced_to_the_available, |db| async move {
    let app = App::start(db).await;
    let name = app.channel("mail", ChannelType::Email).await;
    let root = app.root();
    let channel = root.channels().get_channel(v1::GetChannelRequest { name: name.clone() }).await.expect("found");
    let channel = channel.into_inner().channel.expect("a channel");
    assert_eq!((channel.enabled, channel.creates_tickets), (Some(true), Some(true)));
    let request = v1::GetChannelRoutingRequest { name: format!("{name}/routing") };
    let routing = root.channels().get_channel_routing(request).await.expect("found").into_inner().channel_routing;
    let routing = routing.expect("a routing");
    assert_eq!(routing.target, Some(v1::channel_routing::Target::Nobody(v1::NobodyTarget {})));
    assert_eq!((routing.distribution(), routing.available_only), (v1::Distribution::Balanced, Some(true)));
    assert_eq!((routing.routing_version, routing.target_warnings.len()), (1, 0));
});

both_engines!(ids_and_mail_addresses_are_taken_once, |db| async move {
    let app = App::start(db).await;
    let mail = app.channel("mail", ChannelType::Email).await;
    let create = |id: &str, address: &str| v1::CreateChannelRequest {
        parent: app::account(),
        channel: Some(v1::Channel {
            display_name: "Mail".to_owned(),
            r#type: ChannelType::Email.into(),
            config: Some(v1::channel::Config::Email(v1::EmailConfig {
                address: address.to_owned(),
                ..Default::default()
            })),
            ..v1::Channel::default()
        }),
        channel_id: id.to_owned(),
        ..v1::CreateChannelRequest::default()
    };
    let root = app.root();
    let taken = root.channels().create_channel(create("mail", "other@acme.example")).await;
    assert_refused(taken, ErrorReason::ResourceAlreadyExists);
    let duplicate = root.channels().create_channel(create("second", "MAIL@acme.example")).await;
    let status = assert_refused(duplicate, ErrorReason::DuplicateValue);
    let info = tonic_types::StatusExt::get_details_error_info(&status).expect("details");
    assert_eq!(info.metadata.get("existing"), Some(&mail));
});

both_engines!(a_channel_changes_but_never_its_type, |db| async move {
    let app = App::start(db).await;
    let name = app.channel("chat", ChannelType::Chat).await;
    let root = app.root();
    let to = |kind: ChannelType| v1::Channel {
        name: name.clone(),
        display_name: "Web chat".to_owned(),
        r#type: kind.into(),
        enabled: Some(false),
        ..v1::Channel::default()
    };
    let paths = ["display_name", "enabled", "type"];
    let changed = root.channels().update_channel(update(to(ChannelType::Chat), &paths)).await.expect("changed");
    let channel = changed.into_inner().channel.expect("a channel");
    assert_eq!(
        (channel.display_name.as_str(), channel.enabled, channel.etag.as_str()),
        ("Web chat", Some(false), "\"2\"")
    );
    let refused = root.channels().update_channel(update(to(ChannelType::Api), &paths)).await;
    assert_refused(refused, ErrorReason::FieldImmutable);
    let stale = v1::Channel { etag: "\"1\"".to_owned(), ..to(ChannelType::Chat) };
    assert_refused(root.channels().update_channel(update(stale, &paths)).await, ErrorReason::EtagMismatch);
});

// C-107: pages follow one another without gap or repetition, and a token is good for its list alone.
both_engines!(channels_are_listed_page_by_page, |db| async move {
    let app = App::start(db).await;
    for id in ["one", "three", "two"] {
        app.channel(id, ChannelType::Api).await;
    }
    let root = app.root();
    let page =
        |page_size: i32, page_token: String| v1::ListChannelsRequest { parent: app::account(), page_size, page_token };
    let first = root.channels().list_channels(page(2, String::new())).await.expect("a page").into_inner();
    let token = first.next_page_token.clone();
    let second = root.channels().list_channels(page(2, token.clone())).await.expect("a page").into_inner();
    let names: Vec<_> =
        first.channels.iter().chain(&second.channels).map(|channel| channel.display_name.as_str()).collect();
    assert_eq!((names, second.next_page_token.as_str()), (vec!["one", "three", "two"], ""));
    let mia = app.agent("mia").await;
    assert_refused(mia.channels().list_channels(page(2, token)).await, ErrorReason::PageTokenInvalid);
    let torn = root.channels().list_channels(page(2, "torn".to_owned())).await;
    assert_refused(torn, ErrorReason::PageTokenInvalid);
});

both_engines!(an_unused_channel_is_deleted_for_good, |db| async move {
    let app = App::start(db).await;
    let name = app.channel("api", ChannelType::Api).await;
    let root = app.root();
    let request = v1::DeleteChannelRequest { name: name.clone(), ..v1::DeleteChannelRequest::default() };
    root.channels().delete_channel(request.clone()).await.expect("deleted");
    assert_refused(root.channels().delete_channel(request).await, ErrorReason::ResourceNotFound);
    assert_refused(root.channels().get_channel(v1::GetChannelRequest { name }).await, ErrorReason::ResourceNotFound);
});
