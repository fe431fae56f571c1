//! Content-Transfer-Encoding (RFC 2045 section 6), decoded leniently.

use std::borrow::Cow;

use base64::{
    Engine,
    alphabet::STANDARD,
    engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig},
};

/// How the bytes of a part travel.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::mail) enum TransferEncoding {
    /// As they are: 7bit, 8bit, binary, and whatever nobody knows.
    Plain,
    /// quoted-printable.
    QuotedPrintable,
    /// base64.
    Base64,
    /// x-uuencode, from before MIME settled.
    Uuencode,
}

impl TransferEncoding {
    /// Reads the value of a Content-Transfer-Encoding header.
    pub(in crate::mail) fn from_value(value: &str) -> Self {
        let token = value.split([';', ' ', '(']).next().unwrap_or_default().trim_matches('"');
        match token.to_ascii_lowercase().as_str() {
            "quoted-printable" | "quotedprintable" => Self::QuotedPrintable,
            "base64" | "base-64" => Self::Base64,
            "x-uuencode" | "x-uue" | "uuencode" => Self::Uuencode,
            _ => Self::Plain,
        }
    }

    /// The bytes behind the encoding. Damage is skipped rather than reported.
    pub(in crate::mail) fn decode(self, body: &[u8]) -> Cow<'_, [u8]> {
        match self {
            Self::Plain => Cow::Borrowed(body),
            Self::QuotedPrintable => Cow::Owned(quoted_printable(body)),
            Self::Base64 => Cow::Owned(base64_lenient(body)),
            Self::Uuencode => Cow::Owned(crate::mail::uuencode::decode_block(body)),
        }
    }
}

/// Padding and stray bits are nobody's fault by the time they arrive.
const LENIENT: GeneralPurpose = GeneralPurpose::new(
    &STANDARD,
    GeneralPurposeConfig::new()
        .with_decode_allow_trailing_bits(true)
        .with_decode_padding_mode(DecodePaddingMode::RequireNone),
);

/// Decodes base64 with line breaks, foreign characters and several padded blocks in a row. What a list server has put
/// under a finished block in clear text is left out.
pub(in crate::mail) fn base64_lenient(body: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(body.len() / 4 * 3);
    let mut digits = Vec::with_capacity(body.len());
    let mut finished = false;
    for line in body.split(|&b| b == b'\n').map(<[u8]>::trim_ascii) {
        if finished && !line.iter().all(|&b| is_base64_digit(b) || b == b'=') {
            break;
        }
        let end = line.iter().position(|&b| b == b'=');
        digits.extend(line[..end.unwrap_or(line.len())].iter().copied().filter(|b| is_base64_digit(*b)));
        if end.is_some() {
            finished = true;
            flush(&mut digits, &mut out);
        }
    }
    flush(&mut digits, &mut out);
    out
}

/// Decodes and clears the digits collected so far.
fn flush(digits: &mut Vec<u8>, out: &mut Vec<u8>) {
    // A single left-over digit holds no whole byte.
    if digits.len() % 4 == 1 {
        digits.pop();
    }
    // Cannot fail: only digits, in a possible number.
    let _ = LENIENT.decode_vec(&*digits, out);
    digits.clear();
}

fn is_base64_digit(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || byte == b'+' || byte == b'/'
}

/// Decodes quoted-printable; an `=` that starts nothing valid stands for itself.
pub(super) fn quoted_printable(body: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(body.len());
    let mut rest = body;
    while let Some(at) = rest.iter().position(|&b| b == b'=') {
        out.extend_from_slice(&rest[..at]);
        let (decoded, used) = escape(&rest[at + 1..]);
        out.extend(decoded);
        rest = &rest[at + 1 + used..];
    }
    out.extend_from_slice(rest);
    out
}

/// What follows an `=`: the byte it stands for, if any, and how many bytes it used.
fn escape(after: &[u8]) -> (Option<u8>, usize) {
    if let [high, low, ..] = after
        && let (Some(high), Some(low)) = (hex_digit(*high), hex_digit(*low))
    {
        return (Some(high << 4 | low), 2);
    }
    let blanks = after.iter().take_while(|b| matches!(b, b' ' | b'\t')).count();
    match &after[blanks..] {
        [b'\r', b'\n', ..] => (None, blanks + 2),
        [b'\n', ..] => (None, blanks + 1),
        [] => (None, blanks),
        _ => (Some(b'='), 0),
    }
}

fn hex_digit(byte: u8) -> Option<u8> {
    // A hexadecimal digit is below 16, so the conversion always fits.
    char::from(byte).to_digit(16).and_then(|digit| u8::try_from(digit).ok())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quoted_printable_forgives() {
        assert_eq!(quoted_printable(b"a=3Db=\r\nc= \t\nd=e9"), b"a=bcd\xe9");
        assert_eq!(quoted_printable(b"1=1 =ZZ ="), b"1=1 =ZZ ");
    }

    #[test]
    fn base64_forgives() {
        assert_eq!(base64_lenient(b"aGV s\r\nbG8="), b"hello");
        assert_eq!(base64_lenient(b"aGVsbG8=\nIQ==\n"), b"hello!");
        assert_eq!(base64_lenient(b"aGVsb*G8"), b"hello");
        assert_eq!(base64_lenient(b"="), b"");
        assert_eq!(base64_lenient(b"aGVsbG8= ignored\n____\nOur list: join us\n"), b"hello");
        assert_eq!(base64_lenient(b"aGVsbG8hA"), b"hello!");
    }

    #[test]
    fn names_are_read_in_any_spelling() {
        assert_eq!(TransferEncoding::from_value("BASE64 (really)"), TransferEncoding::Base64);
        assert_eq!(TransferEncoding::from_value("Quoted-Printable;"), TransferEncoding::QuotedPrintable);
        assert_eq!(TransferEncoding::from_value("8bit"), TransferEncoding::Plain);
    }
}
