//! The short day of the demonstration: who writes what, and what the agents do in between. Plain data.

/// The channel that something comes in by.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Way {
    /// Raw mail, written from the fields of the letter.
    Mail,
    /// Mail that an adapter has taken apart already.
    PlainMail,
    /// Raw mail, word for word as in the letter's text.
    Verbatim,
    /// The form on the web site.
    Form,
    /// The chat on the web site.
    Chat,
}

/// Somebody who writes in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Writer {
    /// Name as given.
    pub name: &'static str,
    /// Mail address; empty for somebody who does not say.
    pub email: &'static str,
    /// The cookie of the browser; empty when there is none.
    pub cookie: &'static str,
}

/// One inbound message.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Letter {
    /// What the service knows it by.
    pub id: &'static str,
    /// How it comes.
    pub way: Way,
    /// Who writes.
    pub from: Writer,
    /// Subject; empty where the channel has none.
    pub subject: &'static str,
    /// What it says.
    pub text: &'static str,
    /// Id of the letter whose last reply of ours it answers; empty when it answers none.
    pub answers: &'static str,
}

/// One thing that happens. Letters are named by their ids.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Step {
    /// A message comes in.
    Write(Letter),
    /// The channel delivers an earlier message once more.
    Again(&'static str),
    /// Somebody replies on the ticket of a letter; an empty user means its owner.
    Reply(&'static str, &'static str, &'static str),
    /// Somebody writes a comment on the ticket of a letter.
    Comment(&'static str, &'static str, &'static str),
    /// The owner closes the ticket of a letter.
    Close(&'static str),
    /// Somebody goes away.
    Away(&'static str),
    /// Somebody is back.
    Back(&'static str),
}

const fn writer(name: &'static str, email: &'static str) -> Writer {
    Writer { name, email, cookie: "" }
}

/// Has an owner and a browser that is known: the form routes to the owner.
pub const INES: Writer =
    Writer { name: "Ines Duarte", email: "ines@customers.example", cookie: "demo-cookie-of-ines-0001" };
/// Has an owner, but her browser is not known.
pub const BRUNA: Writer = writer("Bruna Keller", "bruna@customers.example");
const CARLA: Writer = writer("Carla Ruiz", "carla@customers.example");
const TOM: Writer = writer("Tom Berg", "tom@customers.example");
const YUKI: Writer = writer("田中 雪", "yuki@customers.example");
const PIOTR: Writer = writer("Piotr Nowak", "piotr@customers.example");
const AMINA: Writer = writer("أمينة", "amina@customers.example");
const OLU: Writer = writer("Olu Adeyemi", "olu@customers.example");
const GUEST: Writer = writer("", "");

/// Id of the last letter: when it is there, the day is over.
pub const LAST: &str = "demo-20@customers.example";

const fn letter(id: &'static str, way: Way, from: Writer, subject: &'static str, text: &'static str) -> Step {
    Step::Write(Letter { id, way, from, subject, text, answers: "" })
}

const fn answer(id: &'static str, to: &'static str, from: Writer, subject: &'static str, text: &'static str) -> Step {
    Step::Write(Letter { id, way: Way::Mail, from, subject, text, answers: to })
}

const C1: &str = "demo-01@customers.example";

/// The day.
pub const DAY: &[Step] = &[
    letter(C1, Way::Mail, CARLA, "Order 4471 has not arrived", "It should have come on Monday. Where is it?"),
    letter("demo-02", Way::PlainMail, TOM, "Wrong amount on invoice 88", "You charged me twice for one bicycle."),
    letter("demo-03", Way::Form, INES, "Ask us", "Can I add two seats to my contract?"),
    letter("demo-04", Way::Chat, YUKI, "", "注文した時計はいつ届きますか。"),
    letter("demo-05", Way::Chat, YUKI, "", "番号は 4480 です。"),
    letter("demo-06", Way::Form, BRUNA, "Ask us", "How do I cancel my subscription?"),
    Step::Reply("", C1, "I am sorry, Carla. The parcel is on its way; it will be with you tomorrow."),
    answer("demo-07@customers.example", C1, CARLA, "Re: Order 4471 has not arrived", "Thank you! I will wait, then."),
    Step::Comment("noah", "demo-02", "Accounting says: the second charge goes back today."),
    Step::Away("lena"),
    letter("demo-08@customers.example", Way::Mail, PIOTR, "Dostawa w sobotę?", "Czy mogę odebrać paczkę w sobotę?"),
    letter("demo-09@customers.example", Way::Verbatim, writer("Jürgen Groß", "j.gross@customers.example"), "", LATIN_1),
    Step::Again("demo-08@customers.example"),
    letter("demo-10", Way::Form, OLU, "Ask us", "Do you deliver to Lagos?"),
    Step::Reply("sam", "demo-06", "I can do that for you, Bruna. Shall it end this month?"),
    Step::Close(C1),
    letter("demo-11@customers.example", Way::Verbatim, writer("Shop", "news@shop.example"), "", HTML_ONLY),
    answer("demo-12@customers.example", C1, CARLA, "Re: Order 4471 has not arrived", "It came, but the box is empty!"),
    letter("demo-13", Way::Chat, AMINA, "", "مرحبا، أين طلبي؟"),
    letter("demo-14", Way::Chat, GUEST, "", "hi, is anybody there?"),
    Step::Away("omar"),
    letter("demo-15", Way::Form, INES, "Ask us", "One more thing: may I pay by the year?"),
    Step::Back("lena"),
    letter("demo-16", Way::PlainMail, OLU, "My lamp flickers 🙂", "Since this morning. It is the small one."),
    letter("demo-17@customers.example", Way::Verbatim, TOM, "", OUT_OF_OFFICE),
    letter("demo-18", Way::Verbatim, GUEST, "", NO_SENDER),
    Step::Again("demo-02"),
    letter("demo-19", Way::Chat, AMINA, "", "شكرًا لكم."),
    letter(LAST, Way::Mail, PIOTR, "Lost password", "The link in your mail does not work. Can you send another?"),
];

/// An old client's mail: umlauts in one byte each, as quoted-printable.
const LATIN_1: &str = "Message-ID: <demo-09@customers.example>\r\n\
    From: =?iso-8859-1?Q?J=FCrgen_Gro=DF?= <j.gross@customers.example>\r\n\
    To: help@demo.example\r\n\
    Subject: =?iso-8859-1?Q?K=FCndigung?=\r\n\
    Content-Type: text/plain; charset=iso-8859-1\r\n\
    Content-Transfer-Encoding: quoted-printable\r\n\r\n\
    Bitte best=E4tigen Sie die K=FCndigung zum M=E4rz.\r\n";

/// Only HTML, with what must not be shown to agents.
const HTML_ONLY: &str = "Message-ID: <demo-11@customers.example>\r\n\
    From: Shop <news@shop.example>\r\n\
    To: help@demo.example\r\n\
    Subject: Partnership\r\n\
    MIME-Version: 1.0\r\n\
    Content-Type: text/html; charset=utf-8\r\n\r\n\
    <h1>Hello</h1><p>May we <b>sell</b> your lamps?</p><script>alert(1)</script><img src=\"http://x.example/1.gif\">\r\n";

/// Written by a machine.
const OUT_OF_OFFICE: &str = "Message-ID: <demo-17@customers.example>\r\n\
    From: Tom Berg <tom@customers.example>\r\n\
    To: help@demo.example\r\n\
    Subject: Out of office\r\n\
    Auto-Submitted: auto-replied\r\n\r\n\
    I am away until Monday.\r\n";

/// Broken: nobody sent it, and it has no id of its own.
const NO_SENDER: &str = "Subject: scan from the copier\r\n\r\nSee page 1.\r\n";

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn the_day_names_only_letters_that_came_before() {
        let mut seen = BTreeSet::new();
        for step in DAY {
            match step {
                Step::Write(letter) => {
                    assert!(letter.answers.is_empty() || seen.contains(letter.answers), "{}", letter.id);
                    assert!(seen.insert(letter.id), "{} is there twice", letter.id);
                }
                Step::Again(id) | Step::Close(id) | Step::Reply(_, id, _) | Step::Comment(_, id, _) => {
                    assert!(seen.contains(id), "{id}");
                }
                Step::Away(_) | Step::Back(_) => {}
            }
        }
        assert_eq!(seen.len(), 20);
        assert!(matches!(DAY.last(), Some(Step::Write(letter)) if letter.id == LAST));
    }
}
