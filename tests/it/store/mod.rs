//! The storage layer, the same bodies on both engines.

mod filter_agreement;
