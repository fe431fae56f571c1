//! What the edge knows of the methods behind it: which are streams and which may take long.

use std::collections::HashSet;

use crate::grpc::contract::access::{RequestSize, Streaming, rule};

/// Calls of this service are never made to wait: a prober must hear from a busy server.
const HEALTH: &str = "/grpc.health.v1.Health/";
/// The streams of the services that every server has.
const COMMON_STREAMS: [&str; 3] = [
    "/grpc.health.v1.Health/Watch",
    "/grpc.reflection.v1.ServerReflection/ServerReflectionInfo",
    "/grpc.reflection.v1alpha.ServerReflection/ServerReflectionInfo",
];

/// How a method's time is bounded.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CallKind {
    /// One request, one answer.
    Unary,
    /// The same, with the longer time of bulk methods.
    Bulk,
    /// Either side may send any number of messages.
    Stream,
}

/// What the edge must know of each method: from the contract, and for what is not in it from whoever serves it.
#[derive(Debug, Clone)]
pub struct Methods {
    streams: HashSet<String>,
    bulk: HashSet<String>,
}

impl Default for Methods {
    fn default() -> Self {
        Self { streams: COMMON_STREAMS.map(str::to_owned).into(), bulk: HashSet::new() }
    }
}

impl Methods {
    /// Adds streaming methods.
    pub fn add_streams<P: Into<String>>(&mut self, paths: impl IntoIterator<Item = P>) {
        self.streams.extend(paths.into_iter().map(Into::into));
    }

    /// Adds bulk methods.
    pub fn add_bulk<P: Into<String>>(&mut self, paths: impl IntoIterator<Item = P>) {
        self.bulk.extend(paths.into_iter().map(Into::into));
    }

    /// How the time of the method at `path` is bounded.
    pub fn kind(&self, path: &str) -> CallKind {
        let streams = rule(path).is_some_and(|rule| rule.streaming != Streaming::Neither);
        if streams || self.streams.contains(path) {
            CallKind::Stream
        } else if self.bulk.contains(path) {
            CallKind::Bulk
        } else {
            CallKind::Unary
        }
    }
}

/// How large the request of the method at `path` may be. What is not in the contract has small ones.
pub fn request_size(path: &str) -> RequestSize {
    rule(path).map_or(RequestSize::Small, |rule| rule.request_size)
}

/// Whether the method belongs to the health service.
pub fn is_health(path: &str) -> bool {
    path.starts_with(HEALTH)
}

/// Whether the client sends a stream.
pub fn uploads(path: &str) -> bool {
    rule(path).is_some_and(|rule| rule.streaming == Streaming::Request)
}

/// Service and method of a path `/package.Service/Method`; nothing for any other path.
pub fn service_and_method(path: &str) -> Option<(&str, &str)> {
    let (service, method) = path.strip_prefix('/')?.split_once('/')?;
    let word = |text: &str, also: &[u8]| {
        !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || also.contains(&byte))
    };
    (word(service, b"_.") && word(method, b"_")).then_some((service, method))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_method_path_has_two_parts_of_plain_words() {
        assert_eq!(service_and_method("/a.v1.Tickets/Get"), Some(("a.v1.Tickets", "Get")));
        for odd in ["", "/", "/a", "/a/", "//b", "/a/b/c", "a/b", "/a/b%20", "/a/../b", "/a b/c", "/a/b.c", "/ä/b", "*"]
        {
            assert_eq!(service_and_method(odd), None, "{odd}");
        }
    }

    #[test]
    fn the_contract_says_what_its_methods_are() {
        let methods = Methods::default();
        assert_eq!(methods.kind("/helpdesk.v1.EventService/WatchEvents"), CallKind::Stream);
        assert_eq!(methods.kind("/helpdesk.v1.TicketService/GetTicket"), CallKind::Unary);
        assert_eq!(request_size("/helpdesk.v1.IngressService/IngestMessage"), RequestSize::Mail);
        assert_eq!(request_size("/helpdesk.v1.TicketService/GetTicket"), RequestSize::Small);
    }

    #[test]
    fn methods_are_unary_unless_said_otherwise() {
        let mut methods = Methods::default();
        methods.add_streams(["/a.A/Watch"]);
        methods.add_bulk(["/a.A/Import"]);
        let kinds = ["/a.A/Watch", "/a.A/Import", "/a.A/Get", "/grpc.health.v1.Health/Watch"];
        let expected = [CallKind::Stream, CallKind::Bulk, CallKind::Unary, CallKind::Stream];
        assert_eq!(kinds.map(|path| methods.kind(path)), expected);
        assert!(is_health("/grpc.health.v1.Health/Check") && !is_health("/grpc.health.v1.HealthX/Check"));
    }
}
