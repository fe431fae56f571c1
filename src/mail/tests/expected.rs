//! What each fixture is read as.

use std::collections::BTreeSet;

use super::fixtures;
use crate::mail::{InboundMail, parse};

/// What is asserted of one fixture. `text` is the whole text.
struct Case {
    name: &'static str,
    sender: &'static str,
    display_name: &'static str,
    subject: &'static str,
    text: &'static str,
    /// `file name, type, bytes`, and `embedded` where it is.
    attachments: &'static [&'static str],
    /// Those of `auto bounce list forwarded` that hold.
    kind: &'static str,
}

const MAIL: Case = Case { name: "", sender: "", display_name: "", subject: "", text: "", attachments: &[], kind: "" };

const CASES: &[Case] = &[
    Case {
        name: "plain-ascii",
        sender: "nora.field@customer.example",
        display_name: "Nora Field",
        subject: "Kettle does not switch off",
        text: "Hello,\n\nthe kettle I bought last week keeps boiling.\nWhat can I do?\n\nNora",
        ..MAIL
    },
    Case {
        name: "utf8-8bit",
        sender: "juergen@kunde.example",
        display_name: "Jürgen Görlitz",
        subject: "Rücksendung möglich? € 12",
        text: "Grüße aus Görlitz! Ist die Rücksendung für 12 € möglich? 🙂",
        ..MAIL
    },
    Case {
        name: "latin1-quoted-printable",
        sender: "amelie@client.example",
        display_name: "Lefèvre, Amélie",
        subject: "Problème de facture n° 42",
        text: "Bonjour, la facture n° 42 a été payée deux fois - pardon, débitée deux fois. Merci de me rembourser le \
               plus tôt possible.",
        ..MAIL
    },
    Case {
        name: "koi8-base64",
        sender: "ivan@client.example",
        display_name: "Иван Петров",
        subject: "Не приходит письмо",
        text: "Здравствуйте! Письмо с кодом не приходит уже второй день.",
        ..MAIL
    },
    Case {
        name: "windows-1251-raw",
        sender: "olga@client.example",
        display_name: "Ольга",
        subject: "Вопрос о доставке",
        text: "Когда приедет курьер?",
        ..MAIL
    },
    Case {
        name: "iso-2022-jp",
        sender: "yamada@client.example",
        display_name: "山田花子",
        subject: "ログインできません",
        text: "パスワードを忘れました。\nよろしくお願いします。",
        ..MAIL
    },
    Case {
        name: "east-asian-parts",
        sender: "asia@client.example",
        subject: "发票问题",
        text: "荷物が届きません。\n\n请重新开发票。\n\n환불해 주세요.\n\n請問何時到貨？",
        ..MAIL
    },
    Case {
        name: "utf16-base64",
        sender: "sixteen@client.example",
        subject: "Zwölf",
        text: "Zwölf Boxkämpfer jagen Viktor.",
        ..MAIL
    },
    Case {
        name: "utf7",
        sender: "mueller@client.example",
        display_name: "Müller",
        subject: "Größe",
        text: "Welche Größe passt? bitte",
        ..MAIL
    },
    Case {
        name: "charset-mislabeled",
        sender: "lies@client.example",
        subject: "Label",
        text: "Schöne Grüße\n\nSchöne Grüße noch einmal\n\nPrix : 5 €",
        ..MAIL
    },
    Case {
        name: "html-only",
        sender: "shopper@client.example",
        display_name: "Shop Customer",
        subject: "Order 4711",
        text: "Dear team,\n\nmy order 4711 is missing.\nSee the order <https://shop.example/orders/4711> or this.\n- one \
               lamp\n- two bulbs – 60\u{a0}W",
        ..MAIL
    },
    Case {
        name: "html-meta-charset", sender: "yara@client.example", subject: "سؤال", text: "مرحبا بكم", ..MAIL
    },
    Case {
        name: "alternative",
        sender: "ada@client.example",
        display_name: "Ada",
        subject: "Two forms",
        text: "The plain form.",
        ..MAIL
    },
    Case {
        name: "alternative-blank-plain",
        sender: "phone@client.example",
        subject: "Sent from my phone",
        text: "Only the HTML says something.",
        ..MAIL
    },
    Case {
        name: "nested-related-attachments",
        sender: "dana@client.example",
        display_name: "Dana",
        subject: "Broken handle, with photos",
        text: "The handle broke off, see the picture.",
        attachments: &[
            "photo.png, image/png, 70, embedded",
            "Rechnung März 2025.pdf, application/pdf, 19",
            "Stückliste.csv, text/csv, 20",
        ],
        ..MAIL
    },
    Case {
        name: "attachment-names",
        sender: "names@client.example",
        subject: "Names of files",
        text: "See the files.",
        attachments: &[
            "system.ini, application/octet-stream, 3",
            "invoicefdp.exe, application/x-msdownload, 2",
            "attachment-3.jpg, image/jpeg, 1",
            "attachment-4.ics, text/calendar, 30",
            "notes.txt, text/plain, 10",
        ],
        ..MAIL
    },
    Case {
        name: "text-image-text",
        sender: "zed@client.example",
        display_name: "Zed",
        subject: "Before and after",
        text: "Before the picture.\n\n\nAfter the picture.",
        attachments: &["inline.png, image/png, 70"],
        ..MAIL
    },
    Case {
        name: "auto-reply-vacation",
        sender: "eve@client.example",
        display_name: "Eve Long",
        subject: "Automatic reply: Your ticket",
        text: "I am away until Monday.",
        kind: "auto list",
        ..MAIL
    },
    Case {
        name: "bounce-report",
        sender: "MAILER-DAEMON@relay.example",
        display_name: "Mail Delivery System",
        subject: "Undelivered Mail Returned to Sender",
        text: "Your message could not be delivered to nobody@client.example.",
        attachments: &["attachment-1.txt, message/delivery-status, 116", "Your ticket.eml, message/rfc822, 136"],
        kind: "auto bounce",
    },
    Case {
        name: "bounce-plain",
        sender: "MAILER-DAEMON@old.example",
        subject: "failure notice",
        text: "Hi. This is the mail program at old.example.\nI'm afraid I wasn't able to deliver your message to the \
               following addresses.\n\n<gone@old.example>:\nSorry, no mailbox here by that name.",
        kind: "auto bounce",
        ..MAIL
    },
    Case {
        name: "read-receipt",
        sender: "reader@client.example",
        subject: "Read: Your ticket",
        text: "Your message was displayed.",
        attachments: &["attachment-1.txt, message/disposition-notification, 102"],
        kind: "auto",
        ..MAIL
    },
    Case {
        name: "mailing-list",
        sender: "garden@lists.example",
        display_name: "Gil via Garden",
        subject: "[garden] Roses",
        text: "Which roses survive –20 °C?\n\n_______________\nGarden list",
        kind: "list",
        ..MAIL
    },
    Case {
        name: "forwarded-inline",
        sender: "hans@client.example",
        display_name: "Hans",
        subject: "WG: AW: Angebot",
        text: "Zur Info.\n\n-----Ursprüngliche Nachricht-----\nVon: Firma <info@firma.example>\nGesendet: Freitag, 14. März \
               2025 09:00\nAn: Hans\nBetreff: AW: Angebot\n\nGern, 100 Stück.",
        kind: "forwarded",
        ..MAIL
    },
    Case {
        name: "forwarded-attached",
        sender: "iris@client.example",
        display_name: "Iris",
        subject: "please look",
        text: "Der Gutschein läuft ab.",
        attachments: &["Gutschein für dich.eml, message/rfc822, 446"],
        kind: "forwarded",
    },
    Case {
        name: "reply-quoted",
        sender: "kim@client.example",
        display_name: "Kim",
        subject: "Re: Kettle does not switch off",
        text: "Thanks, that worked!\n\nOn Fri, 14 Mar 2025 at 17:00, Desk <support@desk.example> wrote:\n> Please press \
               the button twice.\n>\n> -- \n> Desk",
        ..MAIL
    },
    Case { name: "no-sender", subject: "Who am I", text: "Guess.", ..MAIL },
    Case {
        name: "sender-from-return-path",
        sender: "lee@client.example",
        display_name: "Lee",
        subject: "no address in From",
        text: "Hello.",
        ..MAIL
    },
    Case { name: "headerless", text: "Hello support,\nmy question: where is my parcel?\n\nBye", ..MAIL },
    Case {
        name: "missing-empty-line",
        sender: "max@client.example",
        subject: "No gap",
        text: "Hello, I forgot the empty line.\nSecond line.",
        ..MAIL
    },
    Case {
        name: "carriage-returns-only",
        sender: "mac@client.example",
        subject: "Old Mac",
        text: "Line one\nLine two",
        ..MAIL
    },
    Case {
        name: "mbox-separator",
        sender: "nia@client.example",
        display_name: "Nia",
        subject: "Spool",
        text: "From a spool file.",
        ..MAIL
    },
    Case {
        name: "multipart-unterminated",
        sender: "olaf@client.example",
        subject: "Cut off",
        text: "This part has an end.",
        attachments: &["cut.png, image/png, 15"],
        ..MAIL
    },
    Case {
        name: "multipart-without-parts",
        sender: "pia@client.example",
        subject: "No parts",
        text: "The gateway removed the boundaries but left the text.",
        ..MAIL
    },
    Case {
        name: "boundary-misspelled",
        sender: "uma@client.example",
        subject: "Wrong case",
        text: "Größe falsch",
        ..MAIL
    },
    Case {
        name: "control-characters",
        sender: "quin@client.example",
        display_name: "Quin",
        subject: "bell and nul [31mred",
        text: "ABC\tD[0m\nEF",
        ..MAIL
    },
    Case {
        name: "uuencoded",
        sender: "rob@client.example",
        subject: "Picture from an old program",
        text: "Here it is.\n\n\nRegards\nRob",
        attachments: &["dot.png, application/octet-stream, 70"],
        ..MAIL
    },
    Case {
        name: "digest-enriched",
        sender: "sam@client.example",
        subject: "Digest",
        text: "Two mails below.",
        attachments: &["First.eml, message/rfc822, 21", "Second.eml, message/rfc822, 22"],
        ..MAIL
    },
    Case {
        name: "signed",
        sender: "tess@client.example",
        display_name: "Tess",
        subject: "Signed complaint",
        text: "I complain formally.",
        attachments: &["signature.asc, application/pgp-signature, 75"],
        ..MAIL
    },
    Case {
        name: "odd-headers",
        sender: "vera@client.example",
        subject: "word00 word01 word02 word03 word04 word05 word06 word07 word08 word09 word10 word11 word12 word13 word14 \
                  word15 word16 word17 word18 word19 word20 word21 word22 word23 word24 word25 word26 word27 word28 word29 \
                  word30 word31 word32 word33 word34 word35 wor",
        text: "ok",
        ..MAIL
    },
    Case { name: "subject-only", sender: "wim@client.example", subject: "Call me back, please", ..MAIL },
];

#[test]
fn every_fixture_is_read_as_expected() {
    let fixtures = fixtures();
    for case in CASES {
        let mail = parse(&fixtures[case.name]).expect("fixtures are mails");
        let sender = mail.sender.as_ref();
        let name = sender.and_then(|s| s.display_name.as_deref()).unwrap_or_default();
        assert_eq!(sender.map_or("", |s| s.address.as_str()), case.sender, "{}", case.name);
        assert_eq!(name, case.display_name, "{}", case.name);
        assert_eq!(mail.subject, case.subject, "{}", case.name);
        assert_eq!(mail.text, case.text, "{}", case.name);
        assert_eq!(attachments_of(&mail), case.attachments, "{}", case.name);
        assert_eq!(kind_of(&mail), case.kind, "{}", case.name);
    }
}

#[test]
fn every_fixture_has_an_expectation() {
    let named: BTreeSet<String> = CASES.iter().map(|case| case.name.to_owned()).collect();
    assert_eq!(named, fixtures().into_keys().collect());
    assert_eq!(named.len(), CASES.len());
}

fn attachments_of(mail: &InboundMail) -> Vec<String> {
    let one = |a: &crate::mail::Attachment| {
        let embedded = if a.embedded { ", embedded" } else { "" };
        format!("{}, {}, {}{embedded}", a.filename, a.mime_type, a.size_bytes)
    };
    mail.attachments.iter().map(one).collect()
}

fn kind_of(mail: &InboundMail) -> String {
    let kinds =
        [(mail.auto_reply, "auto"), (mail.bounce, "bounce"), (mail.list, "list"), (mail.forwarded, "forwarded")];
    kinds.iter().filter(|(holds, _)| *holds).map(|(_, name)| *name).collect::<Vec<_>>().join(" ")
}
