//! What each kind of channel offers for its routing.

use helpdesk::grpc::pb::v1::{
    self, ChannelType, Distribution, ErrorReason, OwnerTarget, UnassignedReason, channel_routing::Target,
};

use crate::support::app::App;
use crate::support::client::assert_refused;
use crate::support::databases::both_engines;
use crate::support::scene::people;

const KINDS: [(&str, ChannelType); 7] = [
    ("email", ChannelType::Email),
    ("form", ChannelType::Form),
    ("chat", ChannelType::Chat),
    ("whatsapp", ChannelType::Whatsapp),
    ("messenger", ChannelType::Messenger),
    ("calling", ChannelType::Calling),
    ("api", ChannelType::Api),
];

// C-049, C-111: each kind offers exactly its own choices.
both_engines!(each_kind_of_channel_offers_exactly_its_own_choices, |db| async move {
    let app = App::start(db).await;
    app.agent("ada").await;
    for (id, kind) in KINDS {
        app.channel(id, kind).await;
        app.route_to(id, people(&["ada"], &[])).await;
        let owner = v1::ChannelRouting { target: Some(Target::ContactOwner(OwnerTarget {})), ..Default::default() };
        let owner = app.try_route(id, owner, &["contact_owner"]).await;
        if matches!(id, "email" | "form" | "whatsapp" | "api") {
            owner.unwrap_or_else(|refusal| panic!("{id}: {refusal:?}"));
        } else {
            assert_refused(owner, ErrorReason::RoutingOptionNotOffered);
        }
        app.route_to(id, people(&["ada"], &[])).await;
        let random = v1::ChannelRouting { distribution: Distribution::Random.into(), ..Default::default() };
        let random = app.try_route(id, random, &["distribution"]).await;
        let anybody = v1::ChannelRouting { available_only: Some(false), ..Default::default() };
        let anybody = app.try_route(id, anybody, &["available_only"]).await;
        if matches!(id, "email" | "form" | "api") {
            assert!(random.is_ok() && anybody.is_ok(), "{id}");
        } else {
            assert_refused(random, ErrorReason::RoutingOptionNotOffered);
            assert_refused(anybody, ErrorReason::RoutingOptionNotOffered);
        }
    }
});

// nobody means nobody, on mail and on forms.
both_engines!(nobody_means_nobody, |db| async move {
    let app = App::start(db).await;
    app.agent("ada").await;
    for (id, kind) in [("mail", ChannelType::Email), ("form", ChannelType::Form)] {
        app.channel(id, kind).await;
        app.route_to(id, people(&["ada"], &[])).await;
        app.route_to(id, Target::Nobody(v1::NobodyTarget {})).await;
        let ticket = app.arrives(id, &format!("{id}-1"), "ann@example.com").await;
        assert_eq!((ticket.owner.as_str(), ticket.unassigned_reason()), ("", UnassignedReason::Off));
    }
});
