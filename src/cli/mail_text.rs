//! Writing a small mail (RFC 5322), for questions that travel as mail.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

/// Longest run of bytes in one encoded word, so that a line of the head stays below 76 letters (RFC 2047, section 2).
const WORD: usize = 39;

/// What the mail says.
#[derive(Debug, Clone, Copy)]
pub struct Draft<'a> {
    /// Its Message-ID without angle brackets.
    pub id: &'a str,
    /// The sender's name.
    pub from_name: &'a str,
    /// The sender's address.
    pub from: &'a str,
    /// The team address it goes to.
    pub to: &'a str,
    /// Its subject.
    pub subject: &'a str,
    /// Its text.
    pub text: &'a str,
    /// Message-ID of the mail that it answers, without angle brackets; empty when it answers none.
    pub answers: &'a str,
}

/// The mail as it goes over the wire: UTF-8 text in base64, which keeps long lines and every letter whole.
pub fn write(draft: &Draft<'_>) -> Vec<u8> {
    let encoded = STANDARD.encode(draft.text);
    let body = lines_of(&encoded, 76);
    let mut head = vec![
        format!("Message-ID: <{}>", draft.id),
        format!("From: {} <{}>", words(draft.from_name), draft.from),
        format!("To: <{}>", draft.to),
        format!("Subject: {}", words(draft.subject)),
        "MIME-Version: 1.0".to_owned(),
        "Content-Type: text/plain; charset=utf-8".to_owned(),
        "Content-Transfer-Encoding: base64".to_owned(),
    ];
    if !draft.answers.is_empty() {
        head.push(format!("In-Reply-To: <{}>", draft.answers));
        head.push(format!("References: <{}>", draft.answers));
    }
    format!("{}\r\n\r\n{body}\r\n", head.join("\r\n")).into_bytes()
}

/// A text for the head of a mail, in encoded words where plain letters do not do (RFC 2047).
fn words(text: &str) -> String {
    let is_plain = |letter: char| letter.is_ascii_alphanumeric() || " ?!'-#".contains(letter);
    if text.chars().all(is_plain) && text.len() < 60 {
        return text.to_owned();
    }
    let mut pieces = vec![String::new()];
    for letter in text.chars() {
        let is_full = pieces.last().is_some_and(|piece| piece.len() + letter.len_utf8() > WORD);
        if is_full {
            pieces.push(String::new());
        }
        if let Some(piece) = pieces.last_mut() {
            piece.push(letter);
        }
    }
    let encoded: Vec<String> = pieces.iter().map(|piece| format!("=?utf-8?B?{}?=", STANDARD.encode(piece))).collect();
    encoded.join("\r\n ")
}

fn lines_of(text: &str, length: usize) -> String {
    let mut lines = String::with_capacity(text.len() + text.len() / length * 2);
    for (at, letter) in text.chars().enumerate() {
        if at > 0 && at % length == 0 {
            lines.push_str("\r\n");
        }
        lines.push(letter);
    }
    lines
}

#[cfg(test)]
mod tests {
    use mail_parser::MessageParser;

    use super::*;

    #[test]
    fn a_mail_says_what_it_was_written_with() {
        let text = format!("Wo bleibt „es“? 🙂\n\n{}\n.\nEnde", "lang ".repeat(500));
        let subject = "Größe falsch — bitte noch einmal, und zwar so bald wie irgend möglich 🙂";
        let draft = Draft {
            id: "a1@x.example",
            from_name: "Jürgen, Groß",
            from: "j@x.example",
            to: "t@y.example",
            subject,
            text: &text,
            answers: "o1@y.example",
        };
        let raw = write(&draft);
        assert!(raw.split(|byte| *byte == b'\n').all(|line| line.len() <= 79), "short lines");
        let mail = MessageParser::default().parse(&raw).expect("a mail");
        assert_eq!(mail.message_id(), Some("a1@x.example"));
        assert_eq!(mail.subject(), Some(subject));
        assert_eq!(
            (mail.in_reply_to().as_text(), mail.references().as_text()),
            (Some("o1@y.example"), Some("o1@y.example"))
        );
        assert_eq!(mail.body_text(0).as_deref(), Some(text.as_str()));
        let from = mail.from().and_then(|from| from.first()).expect("a sender");
        assert_eq!((from.name(), from.address()), (Some("Jürgen, Groß"), Some("j@x.example")));
    }

    #[test]
    fn plain_heads_stay_readable() {
        let draft = Draft {
            id: "a@b",
            from_name: "Mia",
            from: "m@x.example",
            to: "t@y.example",
            subject: "Why?",
            text: "?",
            answers: "",
        };
        assert!(String::from_utf8(write(&draft)).expect("letters").contains("\r\nSubject: Why?\r\n"));
    }
}
