//! `ChannelService`.

mod channels;
mod routing;
