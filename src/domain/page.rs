//! Pages of lists: where one ends and the next begins.

use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// How much a page may hold.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PageLimits {
    /// Entries when the caller names no number. Default 50 (contract 2.10).
    pub default: u32,
    /// Entries at most; a caller who asks for more gets this many. Default 200.
    pub most: u32,
    /// Bytes after which a page ends early; one entry always has room. Default 1 MiB (L-02).
    pub bytes: usize,
}

impl Default for PageLimits {
    fn default() -> Self {
        Self { default: 50, most: 200, bytes: 1 << 20 }
    }
}

/// One of the values that a list is ordered by, as the last row of a page has it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum Place {
    /// A number, or a time in microseconds.
    #[serde(rename = "n")]
    Number(i64),
    /// A text.
    #[serde(rename = "t")]
    Text(String),
    /// A made id.
    #[serde(rename = "u")]
    Id(Uuid),
}

/// Which page.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PageRequest {
    /// How many entries at most.
    pub size: u32,
    /// How many bytes at most, about.
    pub bytes: usize,
    /// The order values of the last row of the page before; none asks for the first page.
    pub after: Option<Vec<Place>>,
}

impl PageRequest {
    /// The page after `after`, within the limits. A `size` of 0 means the default.
    pub fn new(size: u32, after: Option<Vec<Place>>, limits: &PageLimits) -> Self {
        let size = if size == 0 { limits.default } else { size.min(limits.most) };
        Self { size, bytes: limits.bytes, after }
    }
}

/// Some entries of a list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Page<T> {
    /// The entries, in order.
    pub items: Vec<T>,
    /// The order values of the last of them; none when nothing follows.
    pub next: Option<Vec<Place>>,
}

impl<T> Page<T> {
    /// The same page with each entry made into something else.
    pub fn map<U>(self, change: impl FnMut(T) -> U) -> Page<U> {
        Page { items: self.items.into_iter().map(change).collect(), next: self.next }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_size_has_a_default_and_a_maximum() {
        let sizes = [0, 1, 200, 201].map(|size| PageRequest::new(size, None, &PageLimits::default()).size);
        assert_eq!(sizes, [50, 1, 200, 200]);
    }
}
