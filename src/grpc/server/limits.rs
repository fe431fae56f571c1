//! The limits of the edge, all on by default (reliability, section 5).

use std::time::Duration;

use crate::grpc::contract::access::RequestSize;

/// File descriptors that are kept for everything but client connections: database, files, exporters (L-06).
const DESCRIPTORS_KEPT: u64 = 256;
/// Below this many connections a server is of no use, and starting it would only hide the mistake.
const FEWEST_CONNECTIONS: u64 = 16;

/// What one server lets its clients do. Sizes are in bytes; zero switches off what says so. [`super::wiring`] fills it
/// from the settings; what these do not name is as here.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EdgeLimits {
    /// Open connections (L-06). Default 2,048; lowered to what the descriptor limit of the process leaves.
    pub connections: usize,
    /// Open connections of one address, an IPv6 network of 64 bits counting as one (L-06). Default 256; 0 = off, for a
    /// server behind a proxy or a mesh.
    pub connections_per_address: usize,
    /// Time to finish the TLS handshake and the HTTP/2 preface (L-07). Default 5 s.
    pub preface: Duration,
    /// A connection without a call is closed after this time (L-07). Default 5 min; 0 = off.
    pub idle: Duration,
    /// A connection is told to go away after this time, give or take a tenth (L-09). Default 15 min; 0 = off.
    pub connection_age: Duration,
    /// How long a connection that was told to go away and serves no call may stay. Default 5 s.
    pub goodbye: Duration,
    /// Concurrent calls of one connection (L-04). Default 128.
    pub streams_per_connection: u32,
    /// Malformed streams that a connection may have answered with a reset before it is closed (L-05). Default 1,024.
    pub local_error_resets: usize,
    /// Streams reset by the client before they were looked at, before the connection is closed (L-05). Default 20.
    pub pending_accept_resets: usize,
    /// Control frames per second beyond which, for five seconds, a connection is closed (L-08). Default 1,000; 0 = off.
    pub control_frames_per_second: u32,
    /// Metadata on the wire (L-03). Default 16 KiB: more is refused by the HTTP/2 layer with HTTP 431.
    pub header_list: u32,
    /// Metadata that is accepted (L-03). Default 8 KiB: more is refused with `METADATA_TOO_LARGE`.
    pub metadata: usize,
    /// Time between keepalive pings (L-08). Default 30 s.
    pub ping: Duration,
    /// Time to answer a ping (L-08). Default 20 s.
    pub ping_answer: Duration,
    /// Flow-control window of a call. Default 256 KiB.
    pub stream_window: u32,
    /// Flow-control window of a connection. Default 1 MiB.
    pub connection_window: u32,
    /// What may wait to be sent per call. Default 256 KiB.
    pub send_buffer: usize,
    /// Time of a unary call when the client gives none or more (L-10). Default 10 s.
    pub call: Duration,
    /// The same for bulk methods (L-10). Default 30 s.
    pub bulk_call: Duration,
    /// A call with less time left than this is refused at once (L-10). Default 5 ms.
    pub least_call: Duration,
    /// Time for the client to take the answer of a unary call once it is there. Default 10 s.
    pub take_answer: Duration,
    /// A stream is asked to end after this time, give or take a tenth (L-11). Default 30 min.
    pub stream_age: Duration,
    /// A stream that was asked to end is ended after this time. Default 2 s.
    pub stream_farewell: Duration,
    /// How many calls are worked on at once in this process (L-14).
    pub in_flight: InFlight,
    /// How long a call may wait for its turn (L-14). Default 100 ms.
    pub wait_for_turn: Duration,
    /// Requests up to this size are read without any limit but the connection's. Default 16 KiB.
    pub small_request: usize,
    /// Requests above that size that may be arriving at once in this process. Default 64.
    pub large_requests: usize,
    /// The largest requests of the methods.
    pub requests: RequestLimits,
}

/// How many calls are worked on at once (L-14): begins at `start` and follows the time that they take.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct InFlight {
    /// At first. Default 64.
    pub start: usize,
    /// Never fewer. Default 8.
    pub least: usize,
    /// Never more. Default 512.
    pub most: usize,
    /// A call that takes longer says that there is too much at once. Default 500 ms.
    pub slow: Duration,
}

/// The largest request messages by kind of method (L-01).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RequestLimits {
    /// Most methods. Default 256 KiB.
    pub small: usize,
    /// Methods that carry texts. Default 1 MiB.
    pub text: usize,
    /// Methods that carry raw mails. Default 2 MiB.
    pub mail: usize,
}

impl RequestLimits {
    /// The limit of a method.
    pub fn of(&self, size: RequestSize) -> usize {
        match size {
            RequestSize::Small => self.small,
            RequestSize::Text => self.text,
            RequestSize::Mail => self.mail,
        }
    }
}

impl Default for EdgeLimits {
    fn default() -> Self {
        Self {
            connections: 2_048,
            connections_per_address: 256,
            preface: Duration::from_secs(5),
            idle: Duration::from_mins(5),
            connection_age: Duration::from_mins(15),
            goodbye: Duration::from_secs(5),
            streams_per_connection: 128,
            local_error_resets: 1_024,
            pending_accept_resets: 20,
            control_frames_per_second: 1_000,
            header_list: 16 * 1_024,
            metadata: 8 * 1_024,
            ping: Duration::from_secs(30),
            ping_answer: Duration::from_secs(20),
            stream_window: 256 * 1_024,
            connection_window: 1_024 * 1_024,
            send_buffer: 256 * 1_024,
            call: Duration::from_secs(10),
            bulk_call: Duration::from_secs(30),
            least_call: Duration::from_millis(5),
            take_answer: Duration::from_secs(10),
            stream_age: Duration::from_mins(30),
            stream_farewell: Duration::from_secs(2),
            in_flight: InFlight::default(),
            wait_for_turn: Duration::from_millis(100),
            small_request: 16 * 1_024,
            large_requests: 64,
            requests: RequestLimits::default(),
        }
    }
}

impl Default for InFlight {
    fn default() -> Self {
        Self { start: 64, least: 8, most: 512, slow: Duration::from_millis(500) }
    }
}

impl Default for RequestLimits {
    fn default() -> Self {
        Self { small: RequestSize::Small.bytes(), text: RequestSize::Text.bytes(), mail: RequestSize::Mail.bytes() }
    }
}

/// Limits that cannot hold together.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum LimitsError {
    /// A limit that must be at least one is zero.
    #[error("edge limit {0} must not be 0")]
    Zero(&'static str),
    /// Metadata that the edge accepts would be refused by the HTTP/2 layer first.
    #[error("edge limit metadata ({metadata}) must be below header_list ({header_list})")]
    Metadata {
        /// The limit of the edge.
        metadata: usize,
        /// The limit of the HTTP/2 layer.
        header_list: u32,
    },
    /// HTTP/2 allows windows between 65,535 and 2^31 - 1 (RFC 9113, section 6.9.2).
    #[error("edge limit {0} must be between 65,535 and 2,147,483,647")]
    Window(&'static str),
    /// The calls in flight must begin between their bounds.
    #[error("edge limit in_flight must have least <= start <= most: {0:?}")]
    InFlight(InFlight),
    /// The process may open too few files.
    #[error("the process may open {0} files, which leaves too few connections: raise the limit (ulimit -n)")]
    Descriptors(u64),
}

impl EdgeLimits {
    /// Checks that the limits fit together and lowers `connections` to what the process may open.
    ///
    /// # Errors
    /// [`LimitsError`], which names the limit; the server must not start then.
    pub fn checked(mut self, descriptors: Option<u64>) -> Result<Self, LimitsError> {
        self.check_zeros()?;
        if self.metadata >= usize::try_from(self.header_list).unwrap_or(usize::MAX) {
            return Err(LimitsError::Metadata { metadata: self.metadata, header_list: self.header_list });
        }
        for (name, window) in [("stream_window", self.stream_window), ("connection_window", self.connection_window)] {
            if !(65_535..=2_147_483_647).contains(&window) {
                return Err(LimitsError::Window(name));
            }
        }
        if !(self.in_flight.least..=self.in_flight.most).contains(&self.in_flight.start) {
            return Err(LimitsError::InFlight(self.in_flight));
        }
        if let Some(descriptors) = descriptors {
            self.connections = self.connections.min(connections_within(descriptors)?);
        }
        Ok(self)
    }

    fn check_zeros(&self) -> Result<(), LimitsError> {
        let wide = |bytes: u32| usize::try_from(bytes).unwrap_or(usize::MAX);
        let at_least_one = [
            ("connections", self.connections),
            ("streams_per_connection", wide(self.streams_per_connection)),
            ("in_flight.least", self.in_flight.least),
            ("large_requests", self.large_requests),
            ("send_buffer", self.send_buffer),
        ];
        match at_least_one.iter().find(|(_, limit)| *limit == 0) {
            Some((name, _)) => Err(LimitsError::Zero(name)),
            None => Ok(()),
        }
    }
}

fn connections_within(descriptors: u64) -> Result<usize, LimitsError> {
    let left = descriptors.saturating_sub(DESCRIPTORS_KEPT);
    if left < FEWEST_CONNECTIONS {
        return Err(LimitsError::Descriptors(descriptors));
    }
    Ok(usize::try_from(left).unwrap_or(usize::MAX))
}

/// How many files this process may open, where the operating system says it in a file (Linux).
pub fn descriptor_limit() -> Option<u64> {
    soft_limit(&std::fs::read_to_string("/proc/self/limits").ok()?)
}

fn soft_limit(limits: &str) -> Option<u64> {
    let line = limits.lines().find_map(|line| line.strip_prefix("Max open files"))?;
    line.split_whitespace().next()?.parse().ok()
}

/// `base` give or take a tenth, the same for the same `number`: so that what began together does not end together
/// (L-09, L-11).
pub fn jittered(base: Duration, number: u64) -> Duration {
    // SplitMix64: neighboring numbers land far apart.
    let mut mixed = number.wrapping_add(0x9E37_79B9_7F4A_7C15);
    mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    let permille = 900 + u32::try_from((mixed ^ (mixed >> 31)) % 201).unwrap_or(100);
    base / 1_000 * permille
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_default_limits_fit_together() {
        assert_eq!(EdgeLimits::default().checked(None), Ok(EdgeLimits::default()));
        assert_eq!(EdgeLimits::default().checked(Some(1 << 20)), Ok(EdgeLimits::default()));
    }

    #[test]
    fn connections_stay_below_the_descriptor_limit() {
        let within = |descriptors| EdgeLimits::default().checked(Some(descriptors)).map(|limits| limits.connections);
        assert_eq!(within(2_304), Ok(2_048));
        assert_eq!(within(1_024), Ok(768));
        assert_eq!(within(272), Ok(16));
        assert_eq!(within(271), Err(LimitsError::Descriptors(271)));
    }

    #[test]
    fn limits_that_contradict_each_other_are_refused() {
        let refused = |change: fn(&mut EdgeLimits)| {
            let mut limits = EdgeLimits::default();
            change(&mut limits);
            limits.checked(None).expect_err("refused")
        };
        assert_eq!(refused(|limits| limits.in_flight.least = 0), LimitsError::Zero("in_flight.least"));
        assert_eq!(refused(|limits| limits.stream_window = 1), LimitsError::Window("stream_window"));
        let in_flight = InFlight { start: 600, ..InFlight::default() };
        assert_eq!(refused(|limits| limits.in_flight.start = 600), LimitsError::InFlight(in_flight));
        let metadata = LimitsError::Metadata { metadata: 16_384, header_list: 16_384 };
        assert_eq!(refused(|limits| limits.metadata = 16_384), metadata);
    }

    #[test]
    fn the_soft_limit_is_the_first_of_the_two() {
        let limits = "Limit                     Soft Limit           Hard Limit           Units     \n\
                      Max processes             95683                95683                processes \n\
                      Max open files            1024                 524288               files     \n";
        assert_eq!(soft_limit(limits), Some(1_024));
        assert_eq!(soft_limit("nothing of the kind"), None);
    }

    #[test]
    fn jitter_stays_within_a_tenth_and_spreads() {
        let base = Duration::from_secs(1_000);
        let drawn: std::collections::BTreeSet<_> = (0..1_000).map(|number| jittered(base, number).as_secs()).collect();
        assert!(drawn.iter().all(|seconds| (900..=1_100).contains(seconds)));
        assert!(drawn.len() > 150, "{} different ages", drawn.len());
    }
}
