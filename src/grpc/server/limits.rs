//! The limits of the edge, all on by default (reliability, section 5).

use std::time::Duration;

use serde::{Deserialize, Serialize};

/// File descriptors that are kept for everything but client connections: database, files, exporters (L-06).
const DESCRIPTORS_KEPT: u64 = 256;
/// Below this many connections a server is of no use, and starting it would only hide the mistake.
const FEWEST_CONNECTIONS: u64 = 16;

/// What one server lets its clients do. Times are in milliseconds, sizes in bytes; 0 switches off what says so.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct EdgeLimits {
    /// Open connections (L-06). Default 2,048; lowered to what the descriptor limit of the process leaves.
    pub connections: usize,
    /// Open connections of one address, an IPv6 network of 64 bits counting as one (L-06). Default 256; 0 = off, for a
    /// server behind a proxy or a mesh.
    pub connections_per_address: usize,
    /// Time to finish the TLS handshake and the HTTP/2 preface (L-07). Default 5,000.
    pub preface_ms: u64,
    /// A connection without a call is closed after this time (L-07). Default 300,000; 0 = off.
    pub idle_ms: u64,
    /// A connection is told to go away after this time, give or take a tenth (L-09). Default 900,000; 0 = off.
    pub connection_age_ms: u64,
    /// How long a connection that was told to go away and serves no call may stay. Default 5,000.
    pub goodbye_ms: u64,
    /// Concurrent calls of one connection (L-04). Default 128.
    pub streams_per_connection: u32,
    /// Malformed streams that a connection may have answered with a reset before it is closed (L-05). Default 1,024.
    pub local_error_resets: usize,
    /// Streams reset by the client before they were looked at, before the connection is closed (L-05). Default 20.
    pub pending_accept_resets: usize,
    /// Control frames per second beyond which, for five seconds, a connection is closed (L-08). Default 1,000; 0 = off.
    pub control_frames_per_second: u32,
    /// Metadata on the wire (L-03). Default 16,384: more is refused by the HTTP/2 layer with HTTP 431.
    pub header_list_bytes: u32,
    /// Metadata that is accepted (L-03). Default 8,192: more is refused with `METADATA_TOO_LARGE`.
    pub metadata_bytes: usize,
    /// Time between keepalive pings (L-08). Default 30,000.
    pub ping_ms: u64,
    /// Time to answer a ping (L-08). Default 20,000.
    pub ping_answer_ms: u64,
    /// Flow-control window of a call. Default 262,144.
    pub stream_window_bytes: u32,
    /// Flow-control window of a connection. Default 1,048,576.
    pub connection_window_bytes: u32,
    /// What may wait to be sent per call. Default 262,144.
    pub send_buffer_bytes: usize,
    /// Time of a unary call when the client gives none or more (L-10). Default 10,000.
    pub call_ms: u64,
    /// The same for bulk methods (L-10). Default 30,000.
    pub bulk_call_ms: u64,
    /// A call with less time left than this is refused at once (L-10). Default 5.
    pub least_call_ms: u64,
    /// Time for the client to take the answer of a unary call once it is there. Default 10,000.
    pub take_answer_ms: u64,
    /// A stream is asked to end after this time, give or take a tenth (L-11). Default 1,800,000.
    pub stream_age_ms: u64,
    /// A stream that was asked to end is ended after this time. Default 2,000.
    pub stream_farewell_ms: u64,
    /// Calls that are worked on at once in this process (L-14). Default 256.
    pub calls_in_flight: usize,
    /// Calls that may wait for their turn (L-14). Default 256.
    pub calls_waiting: usize,
    /// How long a call may wait for its turn (L-14). Default 100.
    pub wait_for_turn_ms: u64,
    /// Requests up to this size are read without any limit but the connection's. Default 16,384.
    pub small_request_bytes: usize,
    /// Requests above that size that may be arriving at once in this process. Default 64.
    pub large_requests: usize,
    /// The largest request of any method (L-01, batches). Default 4 MiB; methods set lower ones of their own.
    pub request_bytes: usize,
}

impl Default for EdgeLimits {
    fn default() -> Self {
        Self {
            connections: 2_048,
            connections_per_address: 256,
            preface_ms: 5_000,
            idle_ms: 5 * 60_000,
            connection_age_ms: 15 * 60_000,
            goodbye_ms: 5_000,
            streams_per_connection: 128,
            local_error_resets: 1_024,
            pending_accept_resets: 20,
            control_frames_per_second: 1_000,
            header_list_bytes: 16 * 1_024,
            metadata_bytes: 8 * 1_024,
            ping_ms: 30_000,
            ping_answer_ms: 20_000,
            stream_window_bytes: 256 * 1_024,
            connection_window_bytes: 1_024 * 1_024,
            send_buffer_bytes: 256 * 1_024,
            call_ms: 10_000,
            bulk_call_ms: 30_000,
            least_call_ms: 5,
            take_answer_ms: 10_000,
            stream_age_ms: 30 * 60_000,
            stream_farewell_ms: 2_000,
            calls_in_flight: 256,
            calls_waiting: 256,
            wait_for_turn_ms: 100,
            small_request_bytes: 16 * 1_024,
            large_requests: 64,
            request_bytes: 4 * 1_024 * 1_024,
        }
    }
}

/// Limits that cannot hold together.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum LimitsError {
    /// A limit that must be at least one is zero.
    #[error("edge limit {0} must not be 0")]
    Zero(&'static str),
    /// Metadata that the edge accepts would be refused by the HTTP/2 layer first.
    #[error("edge limit metadata_bytes ({metadata}) must be below header_list_bytes ({header_list})")]
    Metadata {
        /// The limit of the edge.
        metadata: usize,
        /// The limit of the HTTP/2 layer.
        header_list: u32,
    },
    /// HTTP/2 allows windows between 65,535 and 2^31 - 1 (RFC 9113, section 6.9.2).
    #[error("edge limit {0} must be between 65,535 and 2,147,483,647")]
    Window(&'static str),
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
        if self.metadata_bytes >= usize::try_from(self.header_list_bytes).unwrap_or(usize::MAX) {
            return Err(LimitsError::Metadata { metadata: self.metadata_bytes, header_list: self.header_list_bytes });
        }
        for (name, window) in [
            ("stream_window_bytes", self.stream_window_bytes),
            ("connection_window_bytes", self.connection_window_bytes),
        ] {
            if !(65_535..=2_147_483_647).contains(&window) {
                return Err(LimitsError::Window(name));
            }
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
            ("calls_in_flight", self.calls_in_flight),
            ("large_requests", self.large_requests),
            ("request_bytes", self.request_bytes),
            ("send_buffer_bytes", self.send_buffer_bytes),
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
        assert_eq!(refused(|limits| limits.calls_in_flight = 0), LimitsError::Zero("calls_in_flight"));
        assert_eq!(refused(|limits| limits.stream_window_bytes = 1), LimitsError::Window("stream_window_bytes"));
        let metadata = LimitsError::Metadata { metadata: 16_384, header_list: 16_384 };
        assert_eq!(refused(|limits| limits.metadata_bytes = 16_384), metadata);
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

    #[test]
    fn settings_fill_the_limits_and_unknown_ones_are_refused() {
        let limits: EdgeLimits = toml::from_str("connections = 5").expect("valid");
        assert_eq!(limits, EdgeLimits { connections: 5, ..EdgeLimits::default() });
        assert!(toml::from_str::<EdgeLimits>("conections = 5").is_err());
    }
}
