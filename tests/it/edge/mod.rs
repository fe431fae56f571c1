//! The edge over real sockets: what it answers, what it refuses, what it survives and how it ends.

mod client;
mod contract;
mod drain;
mod floods;
mod limits;
mod load;
mod probe;
mod raw;
mod server;
mod streams;
mod tls;
