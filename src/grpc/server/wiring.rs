//! The edge's limits from the settings, and its counts into the instruments.

use super::layers::observe::name_of;
use super::limits::{EdgeLimits, InFlight, RequestLimits};
use super::meter::{EdgeMeter, FinishedCall};
use crate::lifecycle::DrainTimes;
use crate::settings::{DrainSettings, Settings};
use crate::telemetry::{CallLabels, Meters};

impl From<&Settings> for EdgeLimits {
    fn from(settings: &Settings) -> Self {
        let (server, limits) = (&settings.server, &settings.limits);
        let defaults = Self::default();
        Self {
            connections: server.connections,
            connections_per_address: server.connections_per_peer,
            preface: server.handshake,
            idle: server.idle,
            connection_age: server.connection_age,
            streams_per_connection: server.http2.streams_per_connection,
            local_error_resets: server.http2.local_error_resets,
            pending_accept_resets: server.http2.pending_accept_resets,
            control_frames_per_second: server.http2.control_frames_per_second,
            ping: server.http2.keepalive_ping,
            ping_answer: server.http2.keepalive_timeout,
            header_list: u32::try_from(limits.metadata_wire).unwrap_or(u32::MAX),
            metadata: limits.metadata,
            call: limits.call_time,
            bulk_call: limits.bulk_call_time,
            least_call: limits.least_time_left,
            stream_age: settings.watch.stream_age,
            in_flight: InFlight {
                start: limits.in_flight_start,
                least: limits.in_flight_min,
                most: limits.in_flight_max,
                slow: defaults.in_flight.slow,
            },
            wait_for_turn: limits.queue_wait,
            requests: RequestLimits { small: limits.request, text: limits.text_request, mail: limits.ingest_request },
            ..defaults
        }
    }
}

impl From<&DrainSettings> for DrainTimes {
    fn from(settings: &DrainSettings) -> Self {
        Self { settle: settings.settle, hard_end: settings.settle + settings.work, exit: settings.exit }
    }
}

impl EdgeMeter for Meters {
    fn call_begun(&self) {
        self.calls_in_flight(1);
    }

    fn call_finished(&self, call: &FinishedCall<'_>) {
        self.calls_in_flight(-1);
        if let Some(limit) = call.reason.and_then(limit_of) {
            self.call_refused(limit);
        }
        let labels = CallLabels { service: call.service, method: call.method, code: name_of(call.code) };
        self.call(labels, call.elapsed);
    }

    fn connection_opened(&self) {
        self.connections(1);
    }

    fn connection_closed(&self) {
        self.connections(-1);
    }

    fn connection_refused(&self, limit: &'static str) {
        self.call_refused(limit);
    }

    fn panicked(&self) {
        self.panic("handler");
    }
}

/// The limit that a refusal speaks of.
fn limit_of(reason: &str) -> Option<&'static str> {
    match reason {
        "SERVER_OVERLOADED" => Some("in_flight"),
        "METADATA_TOO_LARGE" => Some("metadata"),
        "MESSAGE_TOO_LARGE" => Some("request"),
        "DEADLINE_TOO_SHORT" => Some("time"),
        "RATE_LIMITED" => Some("rate"),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::Duration;

    #[test]
    fn the_default_settings_are_the_default_limits() {
        let settings = Settings::defaults();
        assert_eq!(EdgeLimits::from(&settings), EdgeLimits::default());
        assert_eq!(DrainTimes::from(&settings.server.drain), DrainTimes::default());
    }

    #[test]
    fn the_instruments_take_what_the_edge_tells() {
        let meters = Meters::noop();
        meters.call_begun();
        meters.call_finished(&FinishedCall {
            service: "_other",
            method: "_other",
            code: tonic::Code::Unavailable,
            reason: Some("SERVER_OVERLOADED"),
            elapsed: Duration::ZERO,
        });
    }
}
