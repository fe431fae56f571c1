//! How large a filter may be (reliability L-18).

/// Characters in a filter.
pub const MAX_CHARACTERS: usize = 2_000;

/// Comparisons, calls and words in a filter.
pub const MAX_TERMS: usize = 50;

/// Brackets inside brackets, those of calls included.
pub const MAX_DEPTH: usize = 5;

/// Values in a filter: what stands right of a comparison and what is handed to a call.
pub const MAX_VALUES: usize = 100;
