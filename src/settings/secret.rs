//! Values that are used but never shown.

use std::fmt;
use std::str::FromStr;

use serde::de::Error as _;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// What is printed in the place of a secret that is set.
pub const HIDDEN: &str = "********";

/// A text that no formatter, log line or printed setting shows; empty means "not set".
#[derive(Clone, Default, PartialEq, Eq)]
pub struct Secret(String);

impl Secret {
    /// Hides `text`.
    pub fn new(text: impl Into<String>) -> Self {
        Self(text.into())
    }

    /// Whether it holds anything.
    pub fn is_set(&self) -> bool {
        !self.0.is_empty()
    }

    /// The hidden text. Hand it to what needs it, never to a formatter.
    pub fn expose(&self) -> &str {
        &self.0
    }

    fn shown(&self) -> &'static str {
        if self.is_set() { HIDDEN } else { "" }
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(self.shown(), f)
    }
}

impl fmt::Display for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.shown())
    }
}

impl<'de> Deserialize<'de> for Secret {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        // The usual error would repeat the value, for example a secret of digits that lacks its quotes.
        String::deserialize(deserializer).map(Self).map_err(|_| D::Error::custom("a secret must be a text in quotes"))
    }
}

impl Serialize for Secret {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.shown())
    }
}

/// Which engine a database URL names.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Engine {
    /// Embedded SQLite.
    Sqlite,
    /// A PostgreSQL server.
    Postgres,
}

/// A database URL whose password is never shown.
#[derive(Clone, PartialEq, Eq, Deserialize)]
#[serde(try_from = "String")]
pub struct DatabaseUrl {
    text: String,
    engine: Engine,
}

impl DatabaseUrl {
    /// The whole URL, password included, for the database driver alone.
    pub fn expose(&self) -> &str {
        &self.text
    }

    /// Which engine it names.
    pub fn engine(&self) -> Engine {
        self.engine
    }

    /// The password in the URL, as written there.
    pub(super) fn password(&self) -> Option<&str> {
        self.user_info().and_then(|info| info.split_once(':')).map(|(_, password)| password)
    }

    /// The host of a PostgreSQL server; `None` for a Unix socket and for SQLite.
    pub(super) fn host(&self) -> Option<&str> {
        if self.engine == Engine::Sqlite {
            return None;
        }
        let authority = self.authority();
        let host = authority.rsplit_once('@').map_or(authority, |(_, host)| host);
        // An IPv6 address is bracketed; a port follows the last colon outside the brackets.
        let bare = match host.strip_prefix('[') {
            Some(rest) => rest.split(']').next().unwrap_or(rest),
            None => host.split(':').next().unwrap_or(host),
        };
        (!bare.is_empty()).then_some(bare)
    }

    /// The value of one query parameter.
    pub(super) fn parameter(&self, name: &str) -> Option<&str> {
        let (_, query) = self.text.split_once('?')?;
        query.split('&').filter_map(|pair| pair.split_once('=')).find_map(|(key, value)| (key == name).then_some(value))
    }

    /// Whether the data is gone when the process ends.
    pub(super) fn is_in_memory(&self) -> bool {
        self.engine == Engine::Sqlite && (self.text.contains(":memory:") || self.parameter("mode") == Some("memory"))
    }

    /// What stands between `://` and the path, user and password included.
    fn authority(&self) -> &str {
        let head = self.head();
        // A password may hold a '/' that was not encoded: the authority ends at the first one behind the last '@'.
        let behind_user = head.rfind('@').map_or(0, |at| at + 1);
        let end = head[behind_user..].find('/').map_or(head.len(), |end| behind_user + end);
        &head[..end]
    }

    /// Everything between `://` and the query.
    fn head(&self) -> &str {
        let rest = self.text.split_once("://").map_or("", |(_, rest)| rest);
        rest.split('?').next().unwrap_or(rest)
    }

    /// A question mark stands before the `@`: it may belong to a password that was not encoded.
    fn is_ambiguous(&self) -> bool {
        self.engine == Engine::Postgres && !self.head().contains('@') && self.text.contains('@')
    }

    fn user_info(&self) -> Option<&str> {
        self.authority().rsplit_once('@').map(|(info, _)| info)
    }
}

impl TryFrom<String> for DatabaseUrl {
    type Error = String;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        let engine = match text.split_once(':').map(|(scheme, _)| scheme) {
            Some("sqlite") => Engine::Sqlite,
            Some("postgres" | "postgresql") => Engine::Postgres,
            // The text is not repeated: it may hold a password behind a misspelled scheme.
            _ => return Err("a database URL begins with sqlite:, postgres: or postgresql:".to_owned()),
        };
        Ok(Self { text, engine })
    }
}

impl FromStr for DatabaseUrl {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        text.to_owned().try_into()
    }
}

impl fmt::Display for DatabaseUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.is_ambiguous() {
            return write!(f, "postgres://{HIDDEN}");
        }
        let mut shown = self.text.clone();
        if let (Some(info), Some(password)) = (self.user_info(), self.password()) {
            let user = &info[..info.len() - password.len()];
            shown = shown.replacen(info, &format!("{user}{HIDDEN}"), 1);
        }
        if let Some(password) = self.parameter("password") {
            shown = shown.replace(&format!("password={password}"), &format!("password={HIDDEN}"));
        }
        f.write_str(&shown)
    }
}

impl fmt::Debug for DatabaseUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl Serialize for DatabaseUrl {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_secret_is_never_shown() {
        let secret = Secret::new("open sesame");
        assert_eq!(secret.expose(), "open sesame");
        for shown in [format!("{secret}"), format!("{secret:?}"), serde_json::to_string(&secret).expect("text")] {
            assert!(shown.contains(HIDDEN) && !shown.contains("sesame"), "{shown}");
        }
        assert_eq!(Secret::default().to_string(), "");
        assert!(!Secret::default().is_set());
    }

    #[test]
    fn the_password_of_a_database_url_is_never_shown() {
        let cases = [
            ("postgres://desk:pa55@db:5432/help", "postgres://desk:********@db:5432/help"),
            (
                "postgresql://desk:p@a/5:5@[::1]:5432/help?sslmode=require",
                "postgresql://desk:********@[::1]:5432/help?sslmode=require",
            ),
            ("postgres://desk@db/help", "postgres://desk@db/help"),
            ("postgres://desk:p?a55@db/help", "postgres://********"),
            (
                "postgres:///help?host=/run/postgresql&password=pa55",
                "postgres:///help?host=/run/postgresql&password=********",
            ),
            ("sqlite://./data/help.db?mode=rwc", "sqlite://./data/help.db?mode=rwc"),
        ];
        for (text, shown) in cases {
            let url: DatabaseUrl = text.parse().expect("valid");
            assert_eq!(url.to_string(), shown);
            assert_eq!(format!("{url:?}"), shown);
            assert_eq!(url.expose(), text);
        }
    }

    #[test]
    fn the_parts_of_a_database_url_are_found() {
        let url = |text: &str| text.parse::<DatabaseUrl>().expect("valid");
        assert_eq!(url("postgres://u:p@h.example:5432/d").host(), Some("h.example"));
        assert_eq!(url("postgres://u:p@[2001:db8::1]:5432/d").host(), Some("2001:db8::1"));
        assert_eq!(url("postgres:///d?host=/run").host(), None);
        assert_eq!(url("postgres://h/d?a=b&sslmode=disable").parameter("sslmode"), Some("disable"));
        assert!(url("sqlite::memory:").is_in_memory());
        assert!(!url("sqlite://x.db").is_in_memory());
        assert_eq!(url("sqlite://x.db").engine(), Engine::Sqlite);
    }

    #[test]
    fn another_scheme_is_refused_without_repeating_the_url() {
        let error = "mysql://root:pa55@db/help".parse::<DatabaseUrl>().expect_err("not served");
        assert!(!error.contains("pa55"));
    }
}
