//! What a query finds, in which order, and what it is refused for.

use helpdesk::grpc::pb::v1::{self, ErrorReason, SearchField};

use super::{ask, asked, comment, found, made, mailed, numbers, settled, with_subject};
use crate::support::app::{self, App};
use crate::support::client::assert_refused;
use crate::support::databases::both_engines;

both_engines!(every_text_of_a_ticket_is_searched_and_a_snippet_says_which, |db| async move {
    let app = App::start(db).await;
    let mia = app.agent("mia").await;
    app.channel("mail", v1::ChannelType::Email).await;
    let mail = mailed(&app, "1", "Delivery", "My parcel from Reykjavík\nhas not come.").await;
    let note = comment(&mia, &mail.conversations[0], "Probably stuck in customs.").await;
    let description = "It prints nothing but stripes.".to_owned();
    let printer = made(&mia, v1::Ticket { description, ..app::ticket("Printer broken") }).await;
    let contact =
        v1::Contact { display_name: "Zoë Lindqvist".to_owned(), name: mail.contact.clone(), ..Default::default() };
    let update_mask = Some(prost_types::FieldMask { paths: vec!["display_name".to_owned()] });
    let rename = v1::UpdateContactRequest { contact: Some(contact), update_mask, ..Default::default() };
    mia.contacts().update_contact(rename).await.expect("renamed");
    let cases = [
        ("printer", printer.name.as_str(), SearchField::Subject, "Printer broken"),
        ("STRIPES", &printer.name, SearchField::Description, "It prints nothing but stripes."),
        ("reykjavik", "", SearchField::Message, "My parcel from Reykjavík has not come."),
        ("customs", &note.name, SearchField::Comment, "Probably stuck in customs."),
        ("zoe", &mail.contact, SearchField::Contact, "Zoë Lindqvist ada@example.com"),
        ("ada@example.com", &mail.contact, SearchField::Contact, "Zoë Lindqvist ada@example.com"),
    ];
    for (query, source, field, snippet) in cases {
        let answer = settled(&app, &mia, asked(query)).await;
        let [hit] = answer.hits.as_slice() else { panic!("{query}: {answer:?}") };
        assert_eq!((hit.field(), hit.snippet.as_str()), (field, snippet), "{query}");
        assert!(hit.source == source || (source.is_empty() && hit.source.contains("/messages/")), "{query}: {hit:?}");
    }
    assert_eq!(found(&app, &mia, "delivery customs zoe").await, [mail.number], "words of different texts");
    assert_eq!(found(&app, &mia, "delivery stripes").await, [0_i64; 0], "words of different tickets");
});

both_engines!(words_phrases_exclusions_and_the_beginning_of_the_last_word, |db| async move {
    let app = App::start(db).await;
    let mia = app.agent("mia").await;
    with_subject(&mia, "Card reader broken").await;
    with_subject(&mia, "Reader of cards, broken card").await;
    with_subject(&mia, "Card lost").await;
    let cases: [(&str, &[i64]); 11] = [
        ("card", &[3, 2, 1]),
        ("card reader", &[2, 1]),
        ("\"card reader\"", &[1]),
        ("card -reader", &[3]),
        ("card -\"card reader\"", &[3, 2]),
        ("bro", &[2, 1]),
        ("bro card", &[]),
        ("\"car\"", &[]),
        ("cards", &[2]),
        ("card's", &[]),
        ("lost 'card'", &[3]),
    ];
    for (query, expected) in cases {
        assert_eq!(found(&app, &mia, query).await, expected, "{query}");
    }
});

// T-07: whatever stands in a query is a word or nothing.
both_engines!(a_query_is_bound_and_refused_only_for_what_it_says, |db| async move {
    let app = App::start(db).await;
    let mia = app.agent("mia").await;
    with_subject(&mia, "x' OR NEAR(a b) AND column:words").await;
    for query in
        ["x' OR 1=1", "NEAR(a b)", "column:words", "a* NOT", "words) --", "'; DROP TABLE ticket;", "& | ! <-> a:*"]
    {
        settled(&app, &mia, asked(query)).await;
    }
    assert_eq!(found(&app, &mia, "near(a or column:words").await, [1]);
    let sixteen: Vec<String> = (0..17).map(|number| format!("w{number}")).collect();
    for query in ["", "...", "-card", &sixteen.join(" "), &"x".repeat(501), &"字".repeat(33)] {
        assert_refused(ask(&mia, asked(query)).await, ErrorReason::FieldInvalid);
    }
    let filter = v1::SearchTicketsRequest { filter: "nothing = 1".to_owned(), ..asked("card") };
    assert_refused(ask(&mia, filter).await, ErrorReason::FilterFieldUnknown);
});

both_engines!(accents_fold_and_no_script_is_lost, |db| async move {
    let app = App::start(db).await;
    let mia = app.agent("mia").await;
    let cases = [
        ("Ärger mit der Straße in Łódź", "arger strasse lodz"),
        ("Ο εκτυπωτής δεν δουλεύει", "ΕΚΤΥΠΩΤΗΣ δουλευει"),
        ("Принтер ещё не работает", "ПРИНТЕР еще"),
        ("الطَّابعة معطلة", "الطابعة"),
        ("打印机不能用了", "不能用"),
        ("プリンターが壊れた", "プリンタ"),
        ("프린터가 고장났어요", "프린터"),
        ("เครื่องพิมพ์ใช้งานไม่ได้", "พิมพ์ใช้งาน"),
        ("प्रिंटर काम नहीं कर रहा", "प्रिंटर नहीं"),
        ("המדפסת שבורה", "המדפסת"),
    ];
    for (subject, _) in cases {
        with_subject(&mia, subject).await;
    }
    for (number, (subject, query)) in (1..).zip(cases) {
        assert_eq!(found(&app, &mia, query).await, [number], "{subject}");
    }
});

// A subject counts more than a contact, that more than a message, that more than a comment; the newest first among equals.
both_engines!(hits_in_the_subject_come_first_and_pages_hold_each_once, |db| async move {
    let app = App::start(db).await;
    let mia = app.agent("mia").await;
    app.channel("mail", v1::ChannelType::Email).await;
    let noted = mailed(&app, "1", "Delivery", "Where is it?").await;
    comment(&mia, &noted.conversations[0], "The invoice again.").await;
    let subject = with_subject(&mia, "Invoice wrong").await;
    let said = mailed(&app, "2", "Payment", "My invoice is wrong, the invoice invoice").await.number;
    let newer = with_subject(&mia, "Invoice").await;
    let expected = [newer, subject, said, noted.number];
    assert_eq!(found(&app, &mia, "invoice").await, expected);
    let (mut page_token, mut seen) = (String::new(), Vec::new());
    loop {
        let request = v1::SearchTicketsRequest { page_size: 1, page_token, ..asked("invoice") };
        let answer = ask(&mia, request).await.expect("a page");
        seen.extend(numbers(&answer));
        if !answer.next_page_token.is_empty() {
            let other = v1::SearchTicketsRequest { page_token: answer.next_page_token.clone(), ..asked("wrong") };
            assert_refused(ask(&mia, other).await, ErrorReason::PageTokenInvalid);
        }
        page_token = answer.next_page_token;
        if page_token.is_empty() {
            break;
        }
    }
    assert_eq!(seen, expected);
    let open = v1::SearchTicketsRequest { filter: "manual = true".to_owned(), ..asked("invoice") };
    assert_eq!(numbers(&settled(&app, &mia, open).await), [newer, subject], "the filter stands beside the words");
});
