//! What a help desk does, across its services: the requirements that no single rpc shows.

mod access;
mod assignment;
mod options;
mod owner_mail;
mod owner_routing;
mod people_routing;
mod records;
mod status;
