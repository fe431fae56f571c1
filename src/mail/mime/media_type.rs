//! A media type or disposition with its parameters (RFC 2045 section 5, RFC 2183, RFC 2231).

use mail_parser::ContentType;

/// `type/subtype; name=value`, all names in lower case.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::mail) struct MediaType {
    kind: String,
    subtype: String,
    parameters: Vec<(String, String)>,
}

impl MediaType {
    /// `text/plain` and the like, without parameters.
    pub(in crate::mail) fn plain(kind: &str, subtype: &str) -> Self {
        Self { kind: kind.to_owned(), subtype: subtype.to_owned(), parameters: Vec::new() }
    }

    /// What stands before the slash; for a disposition all of it.
    pub(in crate::mail) fn kind(&self) -> &str {
        &self.kind
    }

    /// What stands behind the slash.
    pub(in crate::mail) fn subtype(&self) -> &str {
        &self.subtype
    }

    /// Whether this is `kind/subtype`.
    pub(in crate::mail) fn is(&self, kind: &str, subtype: &str) -> bool {
        self.kind == kind && self.subtype == subtype
    }

    /// A whole attached message.
    pub(in crate::mail) fn is_message(&self) -> bool {
        self.kind == "message" && matches!(self.subtype.as_str(), "rfc822" | "global")
    }

    /// The value of a parameter.
    pub(in crate::mail) fn parameter(&self, name: &str) -> Option<&str> {
        self.parameters.iter().find(|(key, _)| key == name).map(|(_, value)| value.as_str())
    }

    /// `type/subtype`, or `application/octet-stream` where the mail writes something else.
    pub(in crate::mail) fn essence(&self) -> String {
        let is_token = |text: &str| {
            (1..=100).contains(&text.len())
                && text.bytes().all(|b| b.is_ascii_alphanumeric() || b"!#$&^_.+-".contains(&b))
        };
        if is_token(&self.kind) && is_token(&self.subtype) {
            format!("{}/{}", self.kind, self.subtype)
        } else {
            "application/octet-stream".to_owned()
        }
    }
}

impl From<ContentType<'_>> for MediaType {
    fn from(value: ContentType<'_>) -> Self {
        let parameters = value.attributes.unwrap_or_default();
        Self {
            kind: value.c_type.trim().to_ascii_lowercase(),
            subtype: value.c_subtype.map(|subtype| subtype.trim().to_ascii_lowercase()).unwrap_or_default(),
            parameters: parameters.into_iter().map(|a| (a.name.to_ascii_lowercase(), a.value.into_owned())).collect(),
        }
    }
}
