//! Bytes to text, with the label of the mail as a claim rather than a fact.

use std::borrow::Cow;

use mail_parser::decoders::charsets::{DecoderFnc, map::charset_decoder};

/// Decodes `bytes`. `label` is the charset the mail names for them, `hint` one that it names elsewhere and that is used
/// when the label is missing or wrong. Never fails: what nothing explains is read as Windows-1252.
///
/// UTF-8 is recognized under any single-byte or missing label, because text of another charset is practically never
/// valid UTF-8 by accident; the reverse mistake (Latin-1 labeled as UTF-8) is noticed as well.
pub(in crate::mail) fn decode(bytes: &[u8], label: Option<&str>, hint: Option<&str>) -> String {
    if let Some(text) = decode_by_mark(bytes) {
        return text;
    }
    let label = label.map(clean_label).filter(|label| !label.is_empty());
    match label.as_deref().map_or(Claim::Unknown, claim) {
        Claim::Decoder(decoder) => run(decoder, bytes),
        Claim::Weak(decoder) => decode_unless_utf8(bytes, decoder),
        Claim::Utf8 if mostly_utf8(bytes) => String::from_utf8_lossy(bytes).into_owned(),
        Claim::Utf8 | Claim::Unknown => decode_unless_utf8(bytes, hinted_decoder(hint)),
    }
}

/// How far a charset label is believed.
enum Claim {
    /// A charset that UTF-8 is not mistaken for.
    Decoder(DecoderFnc),
    /// US-ASCII and Latin-1, which clients write without looking at the text.
    Weak(DecoderFnc),
    Utf8,
    Unknown,
}

fn claim(label: &str) -> Claim {
    match label {
        "utf-8" | "utf8" | "unicode-1-1-utf-8" | "cp65001" => Claim::Utf8,
        "us-ascii" | "ascii" | "iso-8859-1" | "latin1" | "iso8859-1" | "windows-1252" | "cp1252" => {
            Claim::Weak(windows_1252)
        }
        "cp949" | "uhc" | "ms949" | "windows-949" => known("euc-kr"),
        "cp932" | "windows-932" => known("shift_jis"),
        "cp950" => known("big5"),
        _ => known(label),
    }
}

fn known(label: &str) -> Claim {
    charset_decoder(label.as_bytes()).map_or(Claim::Unknown, Claim::Decoder)
}

fn clean_label(label: &str) -> String {
    label.trim_matches(|c: char| c.is_whitespace() || c == '"' || c == '\'').to_ascii_lowercase()
}

fn hinted_decoder(hint: Option<&str>) -> DecoderFnc {
    match hint.map(|hint| claim(&clean_label(hint))) {
        Some(Claim::Decoder(decoder) | Claim::Weak(decoder)) => decoder,
        _ => windows_1252,
    }
}

fn windows_1252(bytes: &[u8]) -> String {
    charset_decoder(b"windows-1252").map_or_else(|| String::from_utf8_lossy(bytes).into_owned(), |decode| decode(bytes))
}

fn decode_unless_utf8(bytes: &[u8], decoder: DecoderFnc) -> String {
    if looks_like_iso_2022_jp(bytes) {
        return charset_decoder(b"iso-2022-jp").unwrap_or(decoder)(bytes);
    }
    match std::str::from_utf8(bytes) {
        Ok(text) => text.to_owned(),
        Err(_) if mostly_utf8(bytes) => String::from_utf8_lossy(bytes).into_owned(),
        Err(_) => run(decoder, bytes),
    }
}

/// Runs a decoder; a final space flushes the ones that hold back an unfinished shift sequence (UTF-7).
fn run(decoder: DecoderFnc, bytes: &[u8]) -> String {
    if bytes.contains(&b'+') && bytes.is_ascii() {
        let mut flushed = Vec::with_capacity(bytes.len() + 1);
        flushed.extend_from_slice(bytes);
        flushed.push(b' ');
        let mut text = decoder(&flushed);
        text.truncate(text.strip_suffix(' ').map_or(text.len(), str::len));
        return text;
    }
    decoder(bytes)
}

/// Text that starts with a byte order mark says itself what it is.
fn decode_by_mark(bytes: &[u8]) -> Option<String> {
    match bytes {
        [0xef, 0xbb, 0xbf, rest @ ..] => Some(String::from_utf8_lossy(rest).into_owned()),
        [0xff, 0xfe, ..] | [0xfe, 0xff, ..] => charset_decoder(b"utf-16").map(|decode| decode(bytes)),
        _ => None,
    }
}

/// Escape sequences of ISO-2022-JP in text that is otherwise seven-bit: Japanese clients of old leave out the label.
fn looks_like_iso_2022_jp(bytes: &[u8]) -> bool {
    bytes.windows(3).any(|w| matches!(w, [0x1b, b'$', b'B' | b'@'])) && bytes.is_ascii()
}

/// More well-formed multi-byte sequences than broken ones.
fn mostly_utf8(bytes: &[u8]) -> bool {
    let (mut good, mut bad) = (0usize, 0usize);
    for chunk in bytes.utf8_chunks() {
        good += chunk.valid().chars().filter(|c| !c.is_ascii()).count();
        bad += usize::from(!chunk.invalid().is_empty());
    }
    good > bad || bad == 0
}

/// Header bytes as text: raw eight-bit characters are not allowed there but sent all the same.
pub(super) fn decode_header<'x>(bytes: &'x [u8], hint: Option<&str>) -> Cow<'x, str> {
    match std::str::from_utf8(bytes) {
        Ok(text) if !looks_like_iso_2022_jp(bytes) => Cow::Borrowed(text),
        _ => Cow::Owned(decode(bytes, None, hint)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_label_is_followed_where_it_fits() {
        assert_eq!(decode(b"\xcf\xf0\xe8\xe2\xe5\xf2", Some("windows-1251"), None), "Привет");
        assert_eq!(decode(b"\x83n\x83\x8d\x81[", Some("Shift_JIS"), None), "ハロー");
        assert_eq!(decode(b"caf\xe9", Some("\"ISO-8859-1\""), None), "café");
        assert_eq!(decode(b"\x805", Some("us-ascii"), None), "€5");
    }

    #[test]
    fn a_wrong_or_missing_label_is_corrected() {
        assert_eq!(decode("Größe".as_bytes(), Some("iso-8859-1"), None), "Größe");
        assert_eq!(decode("Größe".as_bytes(), None, None), "Größe");
        assert_eq!(decode(b"Gr\xf6\xdfe", Some("utf-8"), None), "Größe");
        assert_eq!(decode(b"\xcf\xf0\xe8", Some("x-unknown"), Some("windows-1251")), "При");
    }

    #[test]
    fn utf8_cut_in_the_middle_of_a_character_stays_utf8() {
        assert_eq!(decode(b"sch\xc3\xb6n, h\xc3\xb6flich, s\xc3", Some("utf-8"), None), "schön, höflich, s\u{fffd}");
    }

    #[test]
    fn an_unfinished_shift_sequence_of_utf7_is_not_lost() {
        assert_eq!(decode(b"Gr+APYA3w", Some("utf-7"), None), "Größ");
    }

    #[test]
    fn no_label_and_no_bytes_make_a_decoder_panic() {
        let labels = include_str!("charset_labels.txt").lines();
        for label in labels.chain([""]) {
            for bytes in
                [&b""[..], b"\xff", b"\x81", b"\x1b$", b"\x8f\xa1", b"\x84\x31\xa4", b"+", b"~{", b"\x80\x80\x80"]
            {
                decode(bytes, Some(label), Some(label));
            }
        }
    }
}
