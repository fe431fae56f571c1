//! Watches the frames that a client sends: whether it has begun, and whether it floods (T-43, L-08).
//!
//! The HTTP/2 library limits floods of resets, continuations and empty data, but answers any number of pings and settings
//! (reliability 0.9). So the bytes are counted here, before it sees them.

use std::time::Duration;

use tokio::time::Instant;

/// The connection preface (RFC 9113, section 3.4) and the head of the SETTINGS frame that must follow it.
const PREFACE: usize = 24;
const HEAD: usize = 9;
/// Seconds of flood, one after the other, before the connection is cut.
const PATIENCE: u32 = 5;
/// Frames allowed beyond the budget for each frame of a call and for each so many bytes sent: a client that measures its
/// bandwidth pings along with what it receives.
const PER_CALL_FRAME: u64 = 4;
const BYTES_PER_FRAME: u64 = 32;

/// The client sends control frames without end.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the client floods the connection with control frames")]
pub struct Flood;

/// Follows the frames of one connection through its bytes.
#[derive(Debug)]
pub struct FrameWatch {
    /// Bytes of the preface, or of the payload of the present frame, that are still to come.
    skip: usize,
    head: [u8; HEAD],
    head_length: usize,
    begun: bool,
    budget: u64,
    second: Second,
    floods: u32,
}

/// What came and went within one second.
#[derive(Debug, Clone, Copy)]
struct Second {
    since: Instant,
    control: u64,
    calls: u64,
    sent_bytes: u64,
}

impl Second {
    fn new(since: Instant) -> Self {
        Self { since, control: 0, calls: 0, sent_bytes: 0 }
    }

    fn is_flood(&self, budget: u64) -> bool {
        self.control > budget + PER_CALL_FRAME * self.calls + self.sent_bytes / BYTES_PER_FRAME
    }
}

impl FrameWatch {
    /// Allows `budget` control frames per second; 0 allows any number.
    pub fn new(budget: u32, now: Instant) -> Self {
        Self {
            skip: PREFACE,
            head: [0; HEAD],
            head_length: 0,
            begun: false,
            budget: if budget == 0 { u64::from(u32::MAX) } else { budget.into() },
            second: Second::new(now),
            floods: 0,
        }
    }

    /// Whether the client has sent its preface.
    pub fn has_begun(&self) -> bool {
        self.begun
    }

    /// Notes bytes that were sent to the client.
    pub fn sent(&mut self, bytes: usize) {
        self.second.sent_bytes += bytes as u64;
    }

    /// Follows bytes that came from the client.
    ///
    /// # Errors
    /// [`Flood`] when the connection should be cut.
    pub fn received(&mut self, mut bytes: &[u8], now: Instant) -> Result<(), Flood> {
        while !bytes.is_empty() {
            if self.skip > 0 {
                let skipped = self.skip.min(bytes.len());
                self.skip -= skipped;
                bytes = &bytes[skipped..];
                continue;
            }
            let taken = (HEAD - self.head_length).min(bytes.len());
            self.head[self.head_length..self.head_length + taken].copy_from_slice(&bytes[..taken]);
            self.head_length += taken;
            bytes = &bytes[taken..];
            if self.head_length == HEAD {
                self.frame();
            }
        }
        self.look_at_clock(now)
    }

    /// A frame has begun (RFC 9113, section 4.1).
    fn frame(&mut self) {
        self.begun = true;
        self.head_length = 0;
        self.skip = usize::from(self.head[0]) << 16 | usize::from(self.head[1]) << 8 | usize::from(self.head[2]);
        match self.head[3] {
            // DATA, HEADERS, CONTINUATION: part of a call.
            0 | 1 | 9 => self.second.calls += 1,
            // RST_STREAM and WINDOW_UPDATE come with calls and are limited by the library.
            3 | 8 => {}
            _ => self.second.control += 1,
        }
    }

    fn look_at_clock(&mut self, now: Instant) -> Result<(), Flood> {
        if now - self.second.since < Duration::from_secs(1) {
            return Ok(());
        }
        self.floods = if self.second.is_flood(self.budget) { self.floods + 1 } else { 0 };
        self.second = Second::new(now);
        if self.floods < PATIENCE { Ok(()) } else { Err(Flood) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const PING: [u8; 17] = [0, 0, 8, 6, 0, 0, 0, 0, 0, 1, 2, 3, 4, 5, 6, 7, 8];
    const DATA: [u8; 12] = [0, 0, 3, 0, 0, 0, 0, 0, 1, 9, 9, 9];

    /// Feeds `frames` copies of `frame` per second, in pieces of `piece` bytes, and returns the second of the flood.
    fn flood_after(frame: &[u8], frames: usize, piece: usize, sent: usize) -> Option<u64> {
        let born = Instant::now();
        let mut watch = FrameWatch::new(1_000, born);
        watch.received(&[b'P'; 24], born).expect("the preface is no flood");
        let bytes = frame.repeat(frames);
        (1..=20).find(|second| {
            watch.sent(sent);
            bytes
                .chunks(piece)
                .any(|piece| watch.received(piece, born + Duration::from_millis(second * 1_000)).is_err())
        })
    }

    #[tokio::test]
    async fn a_flood_of_pings_is_noticed_after_five_seconds() {
        assert_eq!(flood_after(&PING, 1_500, 4_096, 0), Some(6));
        assert_eq!(flood_after(&PING, 1_500, 7, 0), Some(6), "also in pieces that cut frames apart");
    }

    #[tokio::test]
    async fn pings_within_the_budget_and_pings_that_go_with_data_are_none() {
        assert_eq!(flood_after(&PING, 1_000, 4_096, 0), None);
        assert_eq!(flood_after(&PING, 2_000, 4_096, 100_000), None, "a client that receives much");
        assert_eq!(flood_after(&[PING.as_slice(), &DATA].concat(), 3_000, 4_096, 0), None, "a client that sends much");
    }

    #[tokio::test]
    async fn the_connection_begins_with_the_first_frame_after_the_preface() {
        let now = Instant::now();
        let mut watch = FrameWatch::new(0, now);
        watch.received(b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", now).expect("no flood");
        assert!(!watch.has_begun());
        watch.received(&[0, 0, 0, 4, 0, 0, 0, 0], now).expect("no flood");
        assert!(!watch.has_begun());
        watch.received(&[0], now).expect("no flood");
        assert!(watch.has_begun());
    }
}
