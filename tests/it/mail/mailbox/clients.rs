//! How mail programs write an answer: headers, addresses and quoting, each with its habits and faults.

use super::dice::Dice;

/// What is answered: a mail of ours.
#[derive(Debug, Clone)]
pub struct Answered {
    pub mail_id: String,
    pub references: Vec<String>,
    pub reply_to: String,
    pub text: String,
}

/// A written answer, without the fields that every mail has.
#[derive(Debug, Clone)]
pub struct Answer {
    /// Header lines.
    pub head: String,
    pub body: String,
    /// The headers lead back to the thread; else nothing but a reader's mind does.
    pub leads_back: bool,
}

/// The team's address without a tag.
pub const TEAM: &str = "mail@acme.example";

/// Subjects of answers, by program.
const PREFIXES: [&str; 8] = ["Re: ", "RE: ", "AW: ", "SV: ", "Antw: ", "Re[2]: ", "回复：", "Re: AW: "];

/// Writes an answer in the manner of some program.
pub fn answer(dice: &mut Dice, subject: &str, said: &str, to: &Answered) -> Answer {
    let changed = dice.mille(120);
    let subject = if changed {
        format!("And another thing, {}", dice.below(99))
    } else {
        format!("{}{subject}", dice.pick(&PREFIXES))
    };
    let (references, refers) = references(dice, to);
    let (recipients, tagged) = recipients(dice, to, refers);
    let head = format!("Subject: {subject}\r\n{references}{recipients}");
    let (kind, body) = quoted(dice, said, &to.text);
    Answer { head: format!("{head}{kind}"), body, leads_back: refers || tagged }
}

/// In-Reply-To and References; says whether our Message-ID is among them.
fn references(dice: &mut Dice, to: &Answered) -> (String, bool) {
    let id = &to.mail_id;
    let all: Vec<String> = to.references.iter().chain([id]).map(|id| format!("<{id}>")).collect();
    let first = all.first().cloned().unwrap_or_default();
    match dice.below(9) {
        0 | 1 => (format!("In-Reply-To: <{id}>\r\nReferences: {}\r\n", all.join("\r\n\t")), true),
        2 => (format!("In-Reply-To: <{id}>\r\n"), true),
        3 => (format!("References: {}\r\n", all.join(" ")), true),
        4 => (format!("References: {}\r\nIn-Reply-To: <{id}>\r\n", all.concat()), true),
        5 => (format!("In-Reply-To: Message from Help of today\r\n <{id}> (a comment)\r\n"), true),
        // The gateway made new ids, or cut the list from the wrong end.
        6 if to.references.is_empty() => (String::new(), false),
        6 => (format!("References: {first}\r\nIn-Reply-To: <0000.{}@gateway.invalid>\r\n", dice.below(9_999)), false),
        7 => ("References: <>\r\nIn-Reply-To: \r\n".to_owned(), false),
        _ => (String::new(), false),
    }
}

/// To and Cc; says whether the tagged address is among them. A program that ignores Reply-To while it refers to nothing
/// is rare, and cannot be helped.
fn recipients(dice: &mut Dice, to: &Answered, refers: bool) -> (String, bool) {
    let reply_to = &to.reply_to;
    let plain = if refers { dice.mille(200) } else { dice.mille(20) };
    if plain {
        return (format!("To: Help <{TEAM}>\r\n"), false);
    }
    let line = match dice.below(5) {
        0 => format!("To: <{reply_to}>\r\n"),
        1 => format!("To: \"Help, Desk\" <{}>\r\n", reply_to.to_uppercase()),
        2 => format!("To: boss@x.example, {reply_to}\r\nCc: Colleague <colleague@x.example>\r\n"),
        3 => format!("To: boss@x.example\r\nCc: {reply_to}\r\n"),
        _ => format!("To: undisclosed-recipients:;\r\nDelivered-To: {reply_to}\r\n"),
    };
    (line, true)
}

/// The lines that introduce a quote.
const INTRODUCTIONS: [&str; 6] = [
    "On Mon, Aug 3, 2026 at 10:00 AM Help <mail@acme.example> wrote:",
    "Am 03.08.2026 um 10:00 schrieb Help <mail@acme.example>:",
    "Le lun. 3 août 2026 à 10:00, Help <mail@acme.example>\r\na écrit :",
    "El 03/08/2026 a las 10:00, Help (<mail@acme.example>) escribió:",
    "Op ma 3 aug. 2026 om 10:00 schreef Help <mail@acme.example>:",
    "> On 3 Aug 2026, at 10:00, Help <mail@acme.example> wrote:",
];

/// Blocks above a quote without marks.
const BLOCKS: [&str; 3] = [
    "-----Original Message-----\r\nFrom: Help <mail@acme.example>\r\nSent: Monday, August 3, 2026 10:00 AM\r\nTo: Customer\r\nSubject: Re: it\r\n",
    "________________________________\r\nVon: Help <mail@acme.example>\r\nGesendet: Montag, 3. August 2026 10:00\r\nAn: Kunde\r\nBetreff: Re: it\r\n",
    "De : Help <mail@acme.example>\r\nEnvoyé : lundi 3 août 2026 10:00\r\nÀ : Client\r\nObjet : Re: it\r\n",
];

/// Media type and body.
fn quoted(dice: &mut Dice, said: &str, ours: &str) -> (String, String) {
    let plain = "Content-Type: text/plain; charset=utf-8\r\nContent-Transfer-Encoding: 8bit\r\n".to_owned();
    let marked: Vec<String> = ours.lines().map(|line| format!("> {line}")).collect();
    let marked = marked.join("\r\n");
    let introduction = dice.pick(&INTRODUCTIONS);
    let body = match dice.below(8) {
        0 | 1 => format!("{said}\r\n\r\n{introduction}\r\n{marked}\r\n"),
        2 => format!("{introduction}\r\n{marked}\r\n\r\n{said}\r\n"),
        3 => format!("{said}\r\n\r\n{}\r\n{ours}\r\n", dice.pick(&BLOCKS)),
        4 => format!("{said}\r\n\r\nSent from my phone\r\n\r\n{introduction}\r\n\r\n{marked}\r\n"),
        5 => format!("{said}\r\n-- \r\nA. Customer\r\nX Ltd\r\n\r\n{introduction}\r\n{marked}\r\n"),
        6 => {
            let markup = format!(
                "<div dir=\"ltr\">{said}</div><br><div class=\"gmail_quote\"><div>{introduction}<br></div><blockquote>{ours}</blockquote></div>"
            );
            let kind =
                "MIME-Version: 1.0\r\nContent-Type: text/html; charset=utf-8\r\nContent-Transfer-Encoding: 8bit\r\n";
            return (
                kind.to_owned(),
                markup.replace('&', "&amp;").replace("<mail@", "&lt;mail@").replace("example>", "example&gt;"),
            );
        }
        _ => format!("{said}\r\n"),
    };
    (plain, body)
}
