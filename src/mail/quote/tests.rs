//! What the module reads out of texts as programs write them.

use super::*;

/// What is new of a text.
fn new(text: &str) -> String {
    new_text(text, &cuts(text))
}

#[test]
fn answers_above_a_marked_quote() {
    let quoted = "It still smokes.\n\nOn Mon, 3 Aug 2026 at 10:00, Help <help@x.example> wrote:\n\n> We look into it.\n>\n> Mia\n";
    assert_eq!(new(quoted), "It still smokes.");
    let kept = cuts(quoted);
    assert_eq!(kept.len(), 1);
    let kept = &quoted[kept[0].start as usize..kept[0].end as usize];
    assert!(kept.starts_with("On Mon") && kept.ends_with("Mia\n"), "{kept}");
}

#[test]
fn introductions_of_many_languages_and_several_lines() {
    for introduction in [
        "Am 03.08.2026 um 10:00 schrieb Help <help@x.example>:",
        "Le lun. 3 août 2026 à 10:00, Help <help@x.example> a\nécrit :",
        "El lun, 3 ago 2026 a las 10:00, Help (<help@x.example>)\nescribió:",
        "On Monday, August 3, 2026 at 10:00:00 AM GMT+2,\nHelp Desk\n<help@x.example> wrote:",
        "Il giorno lun 3 ago 2026 alle ore 10:00 Help <help@x.example> ha scritto:",
        "W dniu 3.08.2026 o 10:00, Help pisze, napisał(a):",
        "在 2026年8月3日，Help <help@x.example> 写道：",
        "*On 3 Aug 2026, at 10:00, Help <help@x.example> wrote:*",
    ] {
        let text = format!("Merci.\n\n{introduction}\n> quoted\n> more\n");
        assert_eq!(new(&text), "Merci.", "{introduction}");
    }
}

#[test]
fn clients_that_quote_without_marks() {
    for head in [
        "-----Original Message-----\nFrom: Help\nSent: Monday\n",
        "-----Ursprüngliche Nachricht-----\nVon: Help\n",
        "________________________________\nFrom: Help <help@x.example>\nSent: Monday, August 3, 2026 10:00\nTo: Ann\nSubject: Printer\n",
        "Von: Help <help@x.example>\nGesendet: Montag\nAn: Ann\nBetreff: Drucker\n",
        "*From:* Help <help@x.example>\n*Date:* Monday\n*To:* Ann\n*Subject:* Printer\n",
        "On Monday, 3 August 2026, Help <help@x.example> wrote:\n",
    ] {
        let text = format!("Still broken.\n\n{head}\nWe look into it.\n\nMia\n");
        assert_eq!(new(&text), "Still broken.", "{head}");
    }
}

#[test]
fn answers_between_and_below_the_quote() {
    let between =
        "On 3 Aug 2026, Help <help@x.example> wrote:\n> Which printer?\nThe red one.\n> Since when?\nMonday.\n";
    assert_eq!(new(between), "The red one.\n\nMonday.");
    let below =
        "Help schrieb am 03.08.2026:\n> Which printer?\n> Since when?\n\nThe red one, since Monday.\n-- \nAnn\nX Ltd\n";
    assert_eq!(new(below), "The red one, since Monday.");
}

#[test]
fn signatures_and_footers() {
    assert_eq!(new("Hello\n\n-- \nAnn\nX Ltd, 1 Road\n"), "Hello");
    assert_eq!(new("Hello\n\nSent from my iPhone\n"), "Hello");
    assert_eq!(new("Hallo\n\nVon meinem iPhone gesendet\n\nAm 03.08.2026 schrieb Help:\n> a\n> b"), "Hallo");
    let list = format!("Hello\n{}\nusers mailing list\nusers@lists.x.example\n", "_".repeat(47));
    assert_eq!(new(&list), "Hello");
    let kinds: Vec<CutKind> =
        cuts("Hi\n-- \nAnn\n\nOn 3 Aug 2026, H <h@x.example> wrote:\n> a\n").iter().map(|cut| cut.kind).collect();
    assert_eq!(kinds, [CutKind::Signature, CutKind::Quote]);
}

#[test]
fn in_doubt_a_line_is_new() {
    for text in [
        "The value must be\n> 5 volts\nor it stops.",
        "From: the beginning\nI did not trust it.",
        "I wrote to you on 3 May 2026, and you said: wait.",
        "Prices:\n-----\n12 each",
        "He wrote:\nnothing at all",
        "Your colleague wrote on 03.05.2026:\nsend it in. Now what?",
        "> all of it\n> is quoted",
        "Regards\nAnn",
        "",
    ] {
        assert_eq!(new(text), text.trim(), "{text}");
        assert!(cuts(text).is_empty(), "{text}");
    }
    let long = format!("Hello\n--\n{}", "a line\n".repeat(40));
    assert_eq!(new(&long), long.trim());
}

#[test]
fn ranges_that_do_not_fit_are_passed_over() {
    let odd = |start, end| Cut { kind: CutKind::Quote, start, end };
    assert_eq!(new_text("Größe", &[odd(3, 4), odd(9, 70), odd(4, 1)]), "Größe");
}

#[test]
fn a_hostile_text_takes_no_time() {
    let text = "On 3 Aug 2026 @ wrote\n> \n".repeat(2_000) + &">".repeat(20_000) + &"From: a\n".repeat(2_000);
    assert!(cuts(&text).len() <= MOST_CUTS);
}
