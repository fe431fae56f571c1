//! Who a comment mentions, and whether a comment may be written.

use super::channel::ChannelKind;
use super::conversation::Conversation;

/// Mentions of one comment at most.
pub const MOST_MENTIONS: usize = 50;

/// The handles after an `@` in plain text: lower-cased, each once, in the order of the text. A handle is the id of a user;
/// an `@` inside a word, as in a mail address, begins none.
pub fn handles(text: &str) -> Vec<String> {
    let mut found: Vec<String> = Vec::new();
    let mut before = ' ';
    for (place, sign) in text.char_indices() {
        if sign == '@' && !joins(before) {
            let word: String = text[place + 1..].chars().take_while(|c| joins(*c)).collect();
            let handle = word.trim_end_matches(['-', '_', '.', '+']).to_lowercase();
            if !handle.is_empty() && !found.contains(&handle) {
                found.push(handle);
            }
        }
        before = sign;
    }
    found
}

/// Whether a character belongs to a word or to the left half of a mail address.
fn joins(sign: char) -> bool {
    sign.is_alphanumeric() || matches!(sign, '-' | '_' | '.' | '+')
}

/// Whether comments may be written on a ticket: on one that began with an inbound call only once an outbound mail was
/// drafted or sent on it. Judged anew for each comment (C-036).
pub const fn may_comment(began_with_call: bool, mail_drafted_or_sent: bool) -> bool {
    !began_with_call || mail_drafted_or_sent
}

/// Whether nobody may comment in a conversation yet. The ticket decides with all that was said on it: `source` is where the
/// ticket came from, and `others` are its other conversations. After a merge all of them go by the same rule.
pub fn comments_locked<'c>(
    conversation: &Conversation,
    source: Option<ChannelKind>,
    others: impl IntoIterator<Item = &'c Conversation>,
) -> bool {
    let from_call = conversation.from_call || source == Some(ChannelKind::Calling);
    let mailed = |one: &Conversation| one.outbound_mails > 0;
    !may_comment(from_call, mailed(conversation) || others.into_iter().any(mailed))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_handle_follows_an_at_sign_that_begins_a_word() {
        let cases: [(&str, &[&str]); 9] = [
            ("@mia please look", &["mia"]),
            ("(@mia), @ben: and @Mia again", &["mia", "ben"]),
            ("write to mia@example.com", &[]),
            ("me+x@y.org and a.@b", &[]),
            ("@team-7's turn, @mia-.", &["team-7", "mia"]),
            ("5 @ 3 and @ mia", &[]),
            ("line\n@ben\t@zo\u{eb}", &["ben", "zo\u{eb}"]),
            ("@@mia", &["mia"]),
            ("", &[]),
        ];
        for (text, expected) in cases {
            assert_eq!(handles(text), expected, "{text}");
        }
    }

    // only a call without any outbound mail keeps comments locked.
    #[test]
    fn a_call_is_commented_once_a_mail_was_drafted_or_sent() {
        assert!(!may_comment(true, false));
        assert!(may_comment(true, true));
        assert!(may_comment(false, false));
    }
}
