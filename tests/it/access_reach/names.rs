//! Other names for a place: of another account, of what the caller may not view, and made up.

use super::cast::Cast;
use super::wire::Answer;

/// Another name for a place, with what it is.
#[derive(Clone, Debug)]
pub struct Other {
    pub what: &'static str,
    pub name: String,
}

/// The casts that names are taken from.
pub struct Casts {
    /// What the caller may view.
    pub own: Cast,
    /// What the caller's account has and the caller may not view.
    pub hidden: Cast,
    /// The same things in the other account.
    pub foreign: Cast,
}

impl Casts {
    /// Every name that must be answered like one that was made up, which is the last.
    pub fn others(&self, part: &str, hidden: bool) -> Vec<Other> {
        let own = self.own.get(part).expect("a part of the cast");
        let foreign = self.foreign.get(part).expect("the other account has the same");
        let mut found = Vec::new();
        let mut add = |what, name: String| {
            let known = self.own.has(&name) || (!hidden && self.hidden.has(&name));
            if !known && found.iter().all(|it: &Other| it.name != name) {
                found.push(Other { what, name });
            }
        };
        add("of the other account", foreign.to_owned());
        add("made up in the other account", made_up(foreign));
        add("of an account that is made up", in_account(foreign, "accounts/nowhere"));
        if part == "account" {
            return found;
        }
        add("of the other account under this one", in_account(foreign, &account_of(own)));
        add("of the other account within ours", crossed(own, foreign));
        if hidden && let Some(hidden) = self.hidden.get(part) {
            add("that may not be viewed", hidden.to_owned());
            add("that may not be viewed within ours", crossed(own, hidden));
            add("ours within what may not be viewed", crossed(hidden, own));
        }
        add("made up", made_up(own));
        found
    }
}

fn account_of(name: &str) -> String {
    name.split('/').take(2).collect::<Vec<_>>().join("/")
}

fn in_account(name: &str, account: &str) -> String {
    let rest: Vec<&str> = name.split('/').skip(2).collect();
    if rest.is_empty() { account.to_owned() } else { format!("{account}/{}", rest.join("/")) }
}

/// The parent of one name with the last id of the other.
fn crossed(parent: &str, child: &str) -> String {
    let mut parts: Vec<&str> = parent.split('/').collect();
    let last = last_id(&parts);
    parts[last] = child.split('/').nth(last).unwrap_or(parts[last]);
    parts.join("/")
}

/// The same with an id that nothing has.
fn made_up(name: &str) -> String {
    let mut parts: Vec<String> = name.split('/').map(str::to_owned).collect();
    let last = last_id(&parts);
    let id = &parts[last];
    parts[last] = if id.len() == 36 && id.matches('-').count() == 4 {
        "0199ffff-ffff-7fff-bfff-ffffffffffff".to_owned()
    } else if id.bytes().all(|byte| byte.is_ascii_digit()) {
        "987654321".to_owned()
    } else {
        "ofnobody".to_owned()
    };
    parts.join("/")
}

/// Collections and ids take turns; a singleton stands at the end alone.
fn last_id<T>(parts: &[T]) -> usize {
    if parts.len().is_multiple_of(2) { parts.len() - 1 } else { parts.len() - 2 }
}

/// What was answered, without the name that was asked for: the rest must not depend on it.
pub fn without(answer: &Answer, asked: &str) -> String {
    match answer {
        Answer::Done(_) => answer.text().replace(asked, "<asked>"),
        Answer::Refused { whole, .. } => without_parents(whole, asked),
    }
}

/// A refusal may name the parent of what was asked for.
fn without_parents(refusal: &str, asked: &str) -> String {
    let parts: Vec<&str> = asked.split('/').collect();
    let shorter = (4..parts.len()).rev().map(|length| parts[..length].join("/"));
    shorter.fold(refusal.replace(asked, "<asked>"), |text, parent| text.replace(&parent, "<asked>"))
}

#[test]
fn names_are_made_up_and_crossed_at_the_last_id() {
    let uuid = "01890a5d-ac96-774b-bcce-b302099a8057";
    assert_eq!(made_up("accounts/acme"), "accounts/ofnobody");
    assert_eq!(made_up("accounts/acme/tickets/7"), "accounts/acme/tickets/987654321");
    assert_eq!(made_up("accounts/acme/channels/mail/routing"), "accounts/acme/channels/ofnobody/routing");
    let crossing =
        crossed(&format!("accounts/a/conversations/{uuid}/messages/x"), "accounts/b/conversations/y/messages/z");
    assert_eq!(crossing, format!("accounts/a/conversations/{uuid}/messages/z"));
    assert_eq!(in_account("accounts/umbra/tickets/7", "accounts/acme"), "accounts/acme/tickets/7");
    assert_eq!(without_parents("no accounts/a/channels/x here", "accounts/a/channels/x/routing"), "no <asked> here");
}
