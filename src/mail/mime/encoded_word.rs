//! Encoded words in headers (RFC 2047), read more kindly than the letter of it.
//!
//! Neighbors with the same charset are joined before they are decoded: many clients cut a multi-byte character in two.

use base64::{Engine, engine::general_purpose::STANDARD};

use super::{base64_lenient, charset};
use crate::mail::text::cap_bytes;

/// RFC 2047 allows 75; clients that forget to split long subjects are followed this far.
const MAX_WORD_BYTES: usize = 4096;

/// Replaces every encoded word of `value` by its text.
pub(super) fn decode(value: &str, hint: Option<&str>) -> String {
    rewrite(value, hint, |text, out| out.push_str(text))
}

/// Replaces every run of encoded words by a single one in UTF-8 and Base64, which any grammar of headers can read
/// without being confused by commas or quotes inside it.
pub(super) fn normalize(value: &str, hint: Option<&str>) -> String {
    rewrite(value, hint, |text, out| {
        out.push_str("=?utf-8?B?");
        STANDARD.encode_string(text.replace(char::is_control, " "), out);
        out.push_str("?=");
    })
}

fn rewrite(value: &str, hint: Option<&str>, emit: impl Fn(&str, &mut String)) -> String {
    let mut out = String::with_capacity(value.len());
    let mut rest = value;
    while let Some(start) = rest.find("=?") {
        let Some(word) = Word::read(&rest[start..]) else {
            out.push_str(&rest[..start + 2]);
            rest = &rest[start + 2..];
            continue;
        };
        out.push_str(&rest[..start]);
        let (bytes, after) = read_run(&word, &rest[start + word.length..]);
        emit(&charset::decode(&bytes, Some(word.charset), hint), &mut out);
        rest = after;
        // White space between two words of different charsets is not part of the text either.
        if Word::read(rest.trim_start()).is_some() {
            rest = rest.trim_start();
        }
    }
    out.push_str(rest);
    out
}

/// Collects the bytes of `first` and of the words right after it that continue it; returns what follows them.
fn read_run<'v>(first: &Word<'v>, mut rest: &'v str) -> (Vec<u8>, &'v str) {
    let mut bytes = first.bytes();
    while let Some(next) = Word::read(rest.trim_start()) {
        if !next.charset.eq_ignore_ascii_case(first.charset) {
            break;
        }
        bytes.extend(next.bytes());
        rest = &rest.trim_start()[next.length..];
    }
    (bytes, rest)
}

/// One encoded word, `=?charset?encoding?data?=`.
struct Word<'v> {
    charset: &'v str,
    base64: bool,
    data: &'v str,
    length: usize,
}

impl<'v> Word<'v> {
    /// Reads a word at the very start of `value`.
    fn read(value: &'v str) -> Option<Self> {
        // Looking no further than a word can reach keeps a header full of false starts linear.
        let body = cap_bytes(value.strip_prefix("=?")?, MAX_WORD_BYTES);
        let (charset, after) = body.split_once('?')?;
        // A language suffix (RFC 2231 section 5) follows an asterisk.
        let charset = charset.split('*').next().unwrap_or_default();
        let valid = (1..=60).contains(&charset.len()) && charset.bytes().all(|b| b.is_ascii_graphic());
        let (encoding, after) = after.split_once('?').filter(|_| valid)?;
        let base64 = match encoding {
            "b" | "B" => true,
            "q" | "Q" => false,
            _ => return None,
        };
        let end = after.find("?=")?;
        // A question mark inside the data is sent by clients that forget to encode it; another start is not.
        let data = after.get(..end).filter(|data| !data.contains("=?"))?;
        let length = 2 + body.len() - after.len() + end + 2;
        Some(Self { charset, base64, data, length })
    }

    fn bytes(&self) -> Vec<u8> {
        if self.base64 { base64_lenient(self.data.as_bytes()) } else { decode_q(self.data.as_bytes()) }
    }
}

/// The "Q" encoding: quoted-printable with `_` for a space.
fn decode_q(data: &[u8]) -> Vec<u8> {
    let spaced: Vec<u8> = data.iter().map(|&b| if b == b'_' { b' ' } else { b }).collect();
    super::transfer::quoted_printable(&spaced)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(value: &str) -> String {
        decode(value, None)
    }

    #[test]
    fn words_are_decoded_and_spaces_between_them_go() {
        assert_eq!(text("=?utf-8?Q?Gr=C3=BC=C3=9Fe?= aus =?iso-8859-1?B?S/ZsbiE=?="), "Grüße aus Köln!");
        assert_eq!(text("=?utf-8?q?a_b?= \t=?iso-8859-1?q?=E4?="), "a bä");
        assert_eq!(text("=?utf-8*de?Q?ja?="), "ja");
    }

    #[test]
    fn a_character_cut_between_two_words_is_whole_again() {
        assert_eq!(text("=?utf-8?Q?K=C3?= =?utf-8?Q?=B6ln?="), "Köln");
        assert_eq!(text("=?utf-8?B?w7w=?= =?UTF-8?B?w7w=?="), "üü");
    }

    #[test]
    fn what_is_no_word_stays_as_it_is() {
        for value in ["=?", "=?utf-8?X?a?=", "a =?utf-8?Q?never ends", "=??Q?a?=", "1+1=?", "=?=?=?"] {
            assert_eq!(text(value), value);
        }
    }

    #[test]
    fn normalized_words_hide_commas() {
        assert_eq!(
            normalize("=?utf-8?Q?M=C3=BCller=2C_Eva?= <e@x.example>", None),
            "=?utf-8?B?TcO8bGxlciwgRXZh?= <e@x.example>"
        );
    }
}
