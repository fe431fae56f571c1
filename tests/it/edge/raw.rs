//! HTTP/2 frames by hand, for what a well-behaved client cannot send (RFC 9113, RFC 7541).

use std::net::SocketAddr;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::net::tcp::{OwnedReadHalf, OwnedWriteHalf};
use tokio::time::timeout;

use super::server::PATIENCE;

pub const DATA: u8 = 0;
pub const HEADERS: u8 = 1;
pub const RST_STREAM: u8 = 3;
pub const SETTINGS: u8 = 4;
pub const GOAWAY: u8 = 7;
pub const CONTINUATION: u8 = 9;

/// `END_STREAM` and `END_HEADERS`.
pub const WHOLE: u8 = 0x1 | 0x4;
/// `END_HEADERS`.
pub const HEADERS_ONLY: u8 = 0x4;

#[derive(Debug, PartialEq, Eq)]
pub struct Frame {
    pub kind: u8,
    pub flags: u8,
    pub stream: u32,
    pub payload: Vec<u8>,
}

impl Frame {
    /// The error code of a `RST_STREAM` or of a GOAWAY.
    pub fn error_code(&self) -> u32 {
        let at = if self.kind == GOAWAY { 4 } else { 0 };
        u32::from_be_bytes(self.payload[at..at + 4].try_into().expect("four bytes"))
    }

    /// The settings of a SETTINGS frame.
    pub fn settings(&self) -> Vec<(u16, u32)> {
        let setting = |bytes: &[u8]| {
            let (id, value) = bytes.split_at(2);
            (u16::from_be_bytes([id[0], id[1]]), u32::from_be_bytes(value.try_into().expect("four bytes")))
        };
        self.payload.chunks(6).map(setting).collect()
    }
}

pub fn frame(kind: u8, flags: u8, stream: u32, payload: &[u8]) -> Vec<u8> {
    let length = u32::try_from(payload.len()).expect("a small frame").to_be_bytes();
    let head = [length[1], length[2], length[3], kind, flags];
    [head.as_slice(), &stream.to_be_bytes(), payload].concat()
}

/// The header block of a call, without any compression.
pub fn call_headers(path: &str) -> Vec<u8> {
    let fields = [
        (":method", "POST"),
        (":scheme", "http"),
        (":path", path),
        (":authority", "edge"),
        ("content-type", "application/grpc"),
        ("te", "trailers"),
    ];
    fields.iter().flat_map(|(name, value)| literal(name, value)).collect()
}

/// A literal field that is not indexed.
fn literal(name: &str, value: &str) -> Vec<u8> {
    let text = |text: &str| [&[u8::try_from(text.len()).expect("a short text")], text.as_bytes()].concat();
    [vec![0], text(name), text(value)].concat()
}

pub struct Raw {
    pub read: OwnedReadHalf,
    pub write: OwnedWriteHalf,
}

impl Raw {
    /// A connection that has said nothing.
    pub async fn silent(address: SocketAddr) -> Self {
        let (read, write) = TcpStream::connect(address).await.expect("the server listens").into_split();
        Self { read, write }
    }

    /// A connection that has sent its preface and empty settings.
    pub async fn connect(address: SocketAddr) -> Self {
        let mut raw = Self::silent(address).await;
        raw.send(b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n").await;
        raw.send(&frame(SETTINGS, 0, 0, &[])).await;
        raw
    }

    /// Sends bytes; a server that has closed the connection is seen by reading.
    pub async fn send(&mut self, bytes: &[u8]) {
        let _ = self.write.write_all(bytes).await;
    }

    /// The next frame, or nothing when the connection is closed.
    pub async fn next(&mut self) -> Option<Frame> {
        timeout(PATIENCE, read_frame(&mut self.read)).await.expect("a frame or the end in time")
    }

    /// Skips to the next frame of a kind.
    pub async fn until(&mut self, kind: u8) -> Option<Frame> {
        loop {
            let frame = self.next().await?;
            if frame.kind == kind {
                return Some(frame);
            }
        }
    }

    /// Reads until the server closes the connection.
    pub async fn until_closed(&mut self) {
        while self.next().await.is_some() {}
    }
}

pub async fn read_frame(read: &mut OwnedReadHalf) -> Option<Frame> {
    let mut head = [0; 9];
    read.read_exact(&mut head).await.ok()?;
    let mut payload = vec![0; usize::from(head[0]) << 16 | usize::from(head[1]) << 8 | usize::from(head[2])];
    read.read_exact(&mut payload).await.ok()?;
    let stream = u32::from_be_bytes(head[5..9].try_into().expect("four bytes")) & 0x7FFF_FFFF;
    Some(Frame { kind: head[3], flags: head[4], stream, payload })
}
