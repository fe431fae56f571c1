//! Header blocks: finding the fields, and reading a field by the grammar its name calls for.

use mail_parser::{Addr, Address, HeaderValue, parsers::MessageStream};

use super::{MediaType, charset, encoded_word, scan};

/// Bytes read of a value with parameters. A file name of 255 characters has its place in it, however encoded.
const MAX_PARAMETER_BYTES: usize = 4096;

/// The fields above a body.
#[derive(Debug, Default, Clone)]
pub(in crate::mail) struct HeaderBlock<'x> {
    fields: Vec<Field<'x>>,
}

/// One field as it stands in the mail, folding included.
#[derive(Debug, Clone, Copy)]
pub(in crate::mail) struct Field<'x> {
    pub(super) name: &'x str,
    pub(super) value: &'x [u8],
}

impl<'x> HeaderBlock<'x> {
    /// Splits `input` into a header block and the body under it. Input that does not start with fields is all body.
    pub(in crate::mail) fn split(input: &'x [u8]) -> (Self, &'x [u8]) {
        let (fields, body) = scan::split(input);
        (Self { fields }, body)
    }

    /// Whether there is no field at all.
    pub(in crate::mail) fn is_empty(&self) -> bool {
        self.fields.is_empty()
    }

    /// All fields in the order of the mail.
    pub(in crate::mail) fn iter(&self) -> impl Iterator<Item = &Field<'x>> {
        self.fields.iter()
    }

    /// The fields called `name` (any case).
    pub(in crate::mail) fn all(&self, name: &str) -> impl Iterator<Item = &Field<'x>> {
        self.fields.iter().filter(move |field| field.name.eq_ignore_ascii_case(name))
    }

    /// The first field called `name` (any case).
    pub(in crate::mail) fn first(&self, name: &str) -> Option<&Field<'x>> {
        self.all(name).next()
    }

    /// Decoded text of the first field called `name`.
    pub(in crate::mail) fn text(&self, name: &str, hint: Option<&str>) -> Option<String> {
        self.first(name).map(|field| field.text(hint))
    }
}

impl<'x> Field<'x> {
    /// The field name as written.
    pub(in crate::mail) fn name(&self) -> &'x str {
        self.name
    }

    /// Free text with its encoded words decoded and its folding undone.
    pub(in crate::mail) fn text(&self, hint: Option<&str>) -> String {
        encoded_word::decode(&self.unfolded(hint), hint)
    }

    /// The value on one line with nothing decoded.
    pub(in crate::mail) fn unfolded(&self, hint: Option<&str>) -> String {
        charset::decode_header(self.value, hint).replace(['\r', '\n'], "").trim().to_owned()
    }

    /// A list of addresses (RFC 5322 section 3.4), groups dissolved.
    pub(in crate::mail) fn addresses(&self, hint: Option<&str>) -> Vec<Addr<'static>> {
        let line = self.as_line(hint);
        match MessageStream::new(line.as_bytes()).parse_address() {
            HeaderValue::Address(Address::List(list)) => list.into_iter().map(Addr::into_owned).collect(),
            HeaderValue::Address(Address::Group(groups)) => {
                groups.into_iter().flat_map(|group| group.addresses).map(Addr::into_owned).collect()
            }
            _ => Vec::new(),
        }
    }

    /// A value with parameters: Content-Type, Content-Disposition.
    pub(in crate::mail) fn media_type(&self, hint: Option<&str>) -> Option<MediaType> {
        let short = Self { name: self.name, value: &self.value[..self.value.len().min(MAX_PARAMETER_BYTES)] };
        let line = short.as_line(hint);
        match MessageStream::new(line.as_bytes()).parse_content_type() {
            HeaderValue::ContentType(value) => Some(MediaType::from(value)),
            _ => None,
        }
    }

    /// A date (RFC 5322 section 3.3) in seconds since 1970 UTC.
    pub(in crate::mail) fn date(&self) -> Option<i64> {
        let line = self.as_line(None);
        match MessageStream::new(line.as_bytes()).parse_date() {
            HeaderValue::DateTime(date) if date.is_valid() => Some(date.to_timestamp()),
            _ => None,
        }
    }

    /// The value as one line in UTF-8 with plain encoded words, ended as the field grammars need it.
    fn as_line(&self, hint: Option<&str>) -> String {
        let mut line = encoded_word::normalize(&self.unfolded(hint), hint);
        line.push('\n');
        line
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn split(input: &str) -> (Vec<(String, String)>, String) {
        let (block, body) = HeaderBlock::split(input.as_bytes());
        let fields =
            block.iter().map(|f| (f.name().to_owned(), String::from_utf8_lossy(f.value).trim().to_owned())).collect();
        (fields, String::from_utf8_lossy(body).into_owned())
    }

    #[test]
    fn fields_and_body_are_told_apart() {
        let (fields, body) = split("Subject: a\r\n b\r\nFrom : c@x.example\r\n\r\nHello: you\r\n");
        assert_eq!(fields, [("Subject".into(), "a\r\n b".into()), ("From".into(), "c@x.example".into())]);
        assert_eq!(body, "Hello: you\r\n");
    }

    #[test]
    fn a_missing_empty_line_ends_the_header_at_the_first_prose() {
        let (fields, body) = split("Subject: a\nHello there,\nplease help: now\n");
        assert_eq!(fields.len(), 1);
        assert_eq!(body, "Hello there,\nplease help: now\n");
    }

    #[test]
    fn a_line_that_lost_its_indentation_belongs_to_the_field_above() {
        let (fields, body) = split("Subject: a long\nsubject\nFrom: c@x.example\n\nbody");
        assert_eq!(fields[0].1, "a long\nsubject");
        assert_eq!((fields.len(), body.as_str()), (2, "body"));
    }

    #[test]
    fn prose_with_colons_is_not_a_header() {
        let (fields, body) = split("Problem: it does not start\nTried: everything\n\nthanks");
        assert!(fields.is_empty());
        assert!(body.starts_with("Problem:"));
    }

    #[test]
    fn a_mailbox_separator_is_skipped() {
        let (fields, _) = split("From c@x.example Mon Jan  1 00:00:00 2024\nSubject: a\n\nb");
        assert_eq!(fields, [("Subject".into(), "a".into())]);
    }
}
