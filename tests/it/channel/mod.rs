//! `ChannelService`.

mod channels;
mod inbox;
mod kinds;
mod routing;
mod versions;
