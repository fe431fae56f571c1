//! Both databases find what the domain says, for texts and queries of chance (T4).

use futures_util::StreamExt;
use helpdesk::domain::search::{Query, words};
use helpdesk::grpc::pb::v1;
use rand::rngs::SmallRng;
use rand::{Rng, SeedableRng};

use super::{ask, asked, found, made, numbers};
use crate::support::app::{self, App};
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

both_engines!(databases_find_what_the_domain_finds, |db| async move {
    let app = App::start(db).await;
    let mia = app.agent("mia").await;
    let mut chance = Chance(SmallRng::seed_from_u64(17));
    let texts: Vec<(String, String)> = (0..80).map(|_| (chance.text(6), chance.text(12))).collect();
    let make = |(subject, description): (String, String)| {
        let mia = &mia;
        async move { made(mia, v1::Ticket { description, ..app::ticket(&subject) }).await }
    };
    let tickets: Vec<v1::Ticket> = futures_util::stream::iter(texts).map(make).buffer_unordered(8).collect().await;
    found(&app, &mia, "card").await;
    let mut hits = 0;
    for _ in 0..300 {
        let text = chance.query();
        let Ok(query) = Query::parse(&text) else { continue };
        let of = |ticket: &v1::Ticket| [words(&ticket.subject), words(&ticket.description)];
        let expected = tickets.iter().filter(|ticket| query.finds(&of(ticket))).map(|ticket| ticket.number);
        let mut expected: Vec<i64> = expected.collect();
        let (mut answered, mut page_token) = (Vec::new(), String::new());
        loop {
            let request = v1::SearchTicketsRequest { page_size: 50, page_token, ..asked(&text) };
            let page = ask(&mia, request).await.expect("an answer");
            answered.extend(numbers(&page));
            page_token = page.next_page_token;
            if page_token.is_empty() {
                break;
            }
        }
        expected.sort_unstable();
        answered.sort_unstable();
        assert_eq!(answered, expected, "{text}");
        hits += expected.len();
    }
    assert!(hits > 1000, "the queries should find something: {hits}");
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
