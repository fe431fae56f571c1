//! Both databases find what the domain says, for texts and queries of chance (T4).

use std::collections::BTreeSet;

use futures_util::StreamExt;
use helpdesk::domain::search::{Query, words};
use helpdesk::grpc::pb::v1;
use rand::rngs::SmallRng;
use rand::{Rng, SeedableRng};

use super::{ask, asked, found, made, numbers};
use crate::support::app::{self, App};
use crate::support::client::Client;
use crate::support::databases::both_engines;

/// Words that are alike in many ways: accents, case, beginnings, scripts without spaces, marks, signs between them.
const PIECES: [&str; 28] = [
    "card",
    "cards",
    "Cárd",
    "CARD",
    "car",
    "reader",
    "read-er",
    "reader's",
    "a",
    "b",
    "a.b",
    "ß",
    "ss",
    "ΟΔΟΣ",
    "οδός",
    "ещё",
    "еще",
    "打印",
    "印机",
    "打",
    "พิมพ์",
    "ที่",
    "한국",
    "مُحَمَّد",
    "محمد",
    "４２",
    "42",
    "e\u{301}",
];
const GAPS: [&str; 5] = [" ", " ", "  ", "-", ""];

struct Chance(SmallRng);

impl Chance {
    fn pick(&mut self, from: &[&'static str]) -> &'static str {
        from[self.0.random_range(0..from.len())]
    }

    fn text(&mut self, most: usize) -> String {
        let count = self.0.random_range(1..=most);
        (0..count).flat_map(|_| [self.pick(&PIECES), self.pick(&GAPS)]).collect()
    }

    fn query(&mut self) -> String {
        let terms = self.0.random_range(1..=3);
        let term = |chance: &mut Self| {
            let text = chance.text(2);
            match chance.0.random_range(0..6) {
                0 => format!("-{}", chance.pick(&PIECES)),
                1 => format!("-\"{text}\""),
                2 | 3 => format!("\"{text}\""),
                _ => text,
            }
        };
        (0..terms).map(|_| term(self)).collect::<Vec<_>>().join(" ")
    }
}

/// Tickets of chance, once the index has them.
async fn tickets_of(app: &App, mia: &Client, chance: &mut Chance) -> Vec<v1::Ticket> {
    let texts: Vec<(String, String)> = (0..80).map(|_| (chance.text(6), chance.text(12))).collect();
    let make = |(subject, description): (String, String)| async move {
        made(mia, v1::Ticket { description, ..app::ticket(&subject) }).await
    };
    let tickets: Vec<v1::Ticket> = futures_util::stream::iter(texts).map(make).buffer_unordered(8).collect().await;
    found(app, mia, "card").await;
    tickets
}

/// Numbers that the domain finds.
fn expected(tickets: &[v1::Ticket], query: &Query) -> BTreeSet<i64> {
    let of = |ticket: &v1::Ticket| [words(&ticket.subject), words(&ticket.description)];
    tickets.iter().filter(|ticket| query.finds(&of(ticket))).map(|ticket| ticket.number).collect()
}

/// Numbers on all pages, and whether only the newest texts were looked at.
async fn answered(mia: &Client, text: &str) -> (Vec<i64>, bool) {
    let (mut answered, mut page_token) = (Vec::new(), String::new());
    loop {
        let request = v1::SearchTicketsRequest { page_size: 50, page_token, ..asked(text) };
        let page = ask(mia, request).await.expect("an answer");
        answered.extend(numbers(&page));
        page_token = page.next_page_token;
        if page_token.is_empty() {
            return (answered, page.newest_only);
        }
    }
}

both_engines!(databases_find_what_the_domain_finds, |db| async move {
    let app = App::start(db).await;
    let mia = app.agent("mia").await;
    let mut chance = Chance(SmallRng::seed_from_u64(17));
    let tickets = tickets_of(&app, &mia, &mut chance).await;
    let mut hits = 0;
    for _ in 0..300 {
        let text = chance.query();
        let Ok(query) = Query::parse(&text) else { continue };
        let (mut found, newest_only) = answered(&mia, &text).await;
        found.sort_unstable();
        assert!(!newest_only, "{text}");
        assert_eq!(found, Vec::from_iter(expected(&tickets, &query)), "{text}");
        hits += found.len();
    }
    assert!(hits > 1000, "the queries should find something: {hits}");
});

// Words that many texts have are asked for on the tickets of the others: the same is found, or the answer says that older
// tickets may be missing.
both_engines!(common_words_find_the_same_or_say_so, |db| async move {
    let app = App::start_set(db, &[("limits.search_texts", "25")]).await;
    let mia = app.agent("mia").await;
    let mut chance = Chance(SmallRng::seed_from_u64(18));
    let tickets = tickets_of(&app, &mia, &mut chance).await;
    let (mut whole, mut newest) = (0, 0);
    for _ in 0..600 {
        let text = chance.query();
        let Ok(query) = Query::parse(&text) else { continue };
        let (found, newest_only) = answered(&mia, &text).await;
        let distinct: BTreeSet<i64> = found.iter().copied().collect();
        assert_eq!(distinct.len(), found.len(), "{text}: each once");
        let expected = expected(&tickets, &query);
        if newest_only {
            assert!(distinct.is_subset(&expected), "{text}");
            newest += found.len();
        } else {
            assert_eq!(distinct, expected, "{text}");
            whole += found.len();
        }
    }
    assert!(whole > 100 && newest > 100, "both kinds of queries should find something: {whole}, {newest}");
    for _ in 0..30 {
        made(&mia, v1::Ticket { description: "common".to_owned(), ..app::ticket("everywhere") }).await;
    }
    super::found(&app, &mia, "everywhere").await;
    let (found, newest_only) = answered(&mia, "everywhere common").await;
    assert_eq!((found, newest_only), ((86..=110).rev().collect(), true), "the newest 25 that have both");
    let (found, newest_only) = answered(&mia, "a").await;
    assert!(newest_only && (12..=25).contains(&found.len()), "25 texts at most: {found:?}");
});

// A text longer than what a row of the index holds is searched to its end, phrases across the cuts too.
both_engines!(long_texts_are_searched_in_all_their_pieces, |db| async move {
    let app = App::start(db).await;
    let mia = app.agent("mia").await;
    app.channel("mail", v1::ChannelType::Email).await;
    let text = (0..5_000).map(|number| format!("w{number}")).collect::<Vec<_>>().join(" ");
    let same = "the ".repeat(1_000) + "end";
    let long = super::mailed(&app, "1", "Long", &text).await.number;
    let dull = super::mailed(&app, "2", "Dull", &same).await.number;
    for (query, expected) in
        [("\"w3999 w4000\"", long), ("\"w3960 w3961\"", long), ("w4999", long), ("\"the the end\"", dull)]
    {
        assert_eq!(found(&app, &mia, query).await, [expected], "{query}");
    }
    assert_eq!(found(&app, &mia, "\"w4000 w3999\"").await, [0_i64; 0]);
});

// What many contacts are called is asked for on the tickets that another word names, wanted or not, and counts as much as ever.
both_engines!(a_common_word_of_contacts_is_asked_for_on_the_tickets_of_another, |db| async move {
    let app = App::start_set(db, &[("limits.search_texts", "10")]).await;
    let mia = app.agent("mia").await;
    for number in 0..12 {
        let contact = app.contact(&format!("c{number}@customer.example"), "", false).await.name;
        made(&mia, v1::Ticket { contact, ..app::ticket(&format!("Order {number}")) }).await;
    }
    let contact = app.contact("c12@customer.example", "", false).await.name;
    let described = v1::Ticket { contact, description: "A rare order".to_owned(), ..app::ticket("Question") };
    let described = made(&mia, described).await.number;
    let alone = made(&mia, app::ticket("Rare order")).await.number;
    let cases: [(&str, &[i64]); 8] = [
        ("rare", &[alone, described]),
        ("rare order", &[alone, described]),
        ("rare customer", &[described]),
        ("customer rare", &[described]),
        ("rare customer c12", &[described]),
        ("rare -customer", &[alone]),
        ("rare -order", &[]),
        ("rare \"order 7\"", &[]),
    ];
    for (query, expected) in cases {
        let answer = super::settled(&app, &mia, asked(query)).await;
        assert_eq!((numbers(&answer).as_slice(), answer.newest_only), (expected, false), "{query}");
    }
    let hit = &super::settled(&app, &mia, asked("rare customer")).await.hits[0];
    assert_eq!(hit.field(), v1::SearchField::Contact, "the text that counts most");
    // Of the newest ten with the whole word, nine have a customer; what stands in a subject comes first.
    assert_eq!(answered(&mia, "order customer").await, ((5..=12).rev().chain([described]).collect(), true));
});
