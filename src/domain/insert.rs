//! What a reply can carry beside its own words: texts of the account, and links to what lies elsewhere.

use serde::{Deserialize, Serialize};

use super::codes::coded;
use super::ids::TextBlockId;

coded! {
    /// What is inserted. Snippets and templates are texts of the account; the others lie elsewhere and are links.
    InsertKind {
        Article = "article",
        Snippet = "snippet",
        Video = "video",
        Meeting = "meeting",
        Document = "document",
        Quote = "quote",
        Template = "template",
    }
}

/// One thing inserted into a reply.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Insert {
    /// What it is.
    pub kind: InsertKind,
    /// The text of the account; only for snippets and templates.
    pub block: Option<TextBlockId>,
    /// What people read in its place.
    pub title: String,
    /// Where it lies; only for links.
    pub url: String,
    /// The body has its words already: it is recorded and adds nothing.
    pub placed: bool,
}

/// Whether a link may stand in a reply: https, a host by name, no user and no password in it. `hosts` are the only ones
/// allowed; empty allows all.
///
/// # Errors
/// What is wrong with it.
pub fn check_link(url: &str, hosts: &[String]) -> Result<(), BadLink> {
    let rest = url.strip_prefix("https://").ok_or(BadLink::Malformed)?;
    let authority = rest.split(['/', '?', '#']).next().unwrap_or_default();
    let host = authority.strip_suffix(":443").unwrap_or(authority).to_ascii_lowercase();
    let label = |part: &str| {
        let inner = |c: char| c.is_ascii_alphanumeric() || c == '-';
        (1..=63).contains(&part.len()) && part.chars().all(inner) && !part.starts_with('-') && !part.ends_with('-')
    };
    let mut parts = host.rsplit('.');
    let named = parts.next().is_some_and(|top| label(top) && !top.chars().all(|c| c.is_ascii_digit()));
    let plain = |c: char| !c.is_control() && !c.is_whitespace() && !matches!(c, '"' | '<' | '>' | '\\' | '`');
    if !named || !host.contains('.') || !parts.all(label) || host.len() > 253 || !url.chars().all(plain) {
        return Err(BadLink::Malformed);
    }
    let below = |allowed: &String| {
        host == *allowed || host.strip_suffix(allowed.as_str()).is_some_and(|head| head.ends_with('.'))
    };
    if hosts.is_empty() || hosts.iter().any(below) { Ok(()) } else { Err(BadLink::ForeignHost) }
}

/// Why a link may not stand in a reply.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum BadLink {
    /// No https link to a host with a name.
    Malformed,
    /// The host is none of those that the service is set to allow.
    ForeignHost,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_plain_https_links_to_named_hosts_pass() {
        for good in ["https://help.example.com/a?b=c#d", "https://EXAMPLE.com", "https://a-b.example.org:443/"] {
            assert_eq!(check_link(good, &[]), Ok(()), "{good}");
        }
        let bad = [
            "http://example.com",
            "javascript:alert(1)",
            "https://",
            "https://localhost/x",
            "https://10.0.0.1/",
            "https://me@example.com/",
            "https://example.com:8443/",
            "https://ex ample.com/",
            "https://example.com/\"onclick=",
            "https://example.com\\@evil.example",
            "https://-a.example.com",
            "https://example..com",
        ];
        for bad in bad {
            assert_eq!(check_link(bad, &[]), Err(BadLink::Malformed), "{bad}");
        }
    }

    #[test]
    fn a_list_of_hosts_lets_them_and_what_is_below_them_pass() {
        let hosts = ["example.com".to_owned()];
        assert_eq!(check_link("https://help.example.com/x", &hosts), Ok(()));
        assert_eq!(check_link("https://example.com", &hosts), Ok(()));
        assert_eq!(check_link("https://badexample.com", &hosts), Err(BadLink::ForeignHost));
        assert_eq!(check_link("https://example.com.evil.example", &hosts), Err(BadLink::ForeignHost));
    }
}
