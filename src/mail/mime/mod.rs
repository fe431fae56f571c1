//! The structure of a message: header blocks and a bounded tree of parts (RFC 2045, RFC 2046).

mod charset;
mod encoded_word;
mod header;
mod media_type;
mod scan;
mod transfer;
mod tree;

pub(super) use header::{Field, HeaderBlock};
pub(super) use media_type::MediaType;
use transfer::{TransferEncoding, base64_lenient};
pub(super) use tree::Part;
