//! What words, folds and queries are, and properties of them.

use proptest::prelude::*;

use super::*;

fn texts(text: &str) -> Vec<String> {
    words(text).into_iter().map(|word| word.text).collect()
}

fn finds(query: &str, text: &str) -> bool {
    Query::parse(query).expect("a query").finds(&[words(text)])
}

#[test]
fn accents_case_and_forms_make_no_difference_and_letters_stay() {
    let same = [
        ("Ärger mit Crème brûlée", "ARGER MIT CREME BRULEE"),
        ("Straße", "STRASSE"),
        ("Łódź Ørsted Đorđe", "lodz orsted dorde"),
        ("ﬁle ＡＢＣ１２", "file abc12"),
        ("Ελλάδα ΟΔΥΣΣΕΎΣ", "ελλαδα οδυσσευσ"),
        ("Ещё Ёлка", "еще елка"),
        ("مُحَمَّد", "محمد"),
        ("שָׁלוֹם", "שלום"),
        ("ｶﾞ", "ガ"),
    ];
    for (left, right) in same {
        assert_eq!(fold(left), fold(right), "{left}");
    }
    for (left, right) in [("が", "か"), ("ที่", "ทา"), ("कि", "की"), ("한", "하")] {
        assert_ne!(fold(left), fold(right), "{left}");
    }
}

#[test]
fn folding_twice_is_folding_once() {
    for c in '\0'..=char::MAX {
        let once = fold(&c.to_string());
        assert_eq!(fold(&once), once, "{c:?}");
    }
}

#[test]
fn words_are_runs_of_letters_and_single_characters_where_no_spaces_are_written() {
    let cases: [(&str, &[&str]); 8] = [
        ("Mia's e-mail: MIA@Example.com", &["mia", "s", "e", "mail", "mia", "example", "com"]),
        ("order #4711, 3.5 kg", &["order", "4711", "3", "5", "kg"]),
        ("打印机 broken", &["打", "印", "机", "broken"]),
        ("ABC打印", &["abc", "打", "印"]),
        ("ที่นี่", &["ที่", "นี่"]),
        ("한국어", &["한", "국", "어"]),
        ("soft\u{AD}hyphen zero\u{200D}width", &["softhyphen", "zerowidth"]),
        ("!!! \u{301} -", &[]),
    ];
    for (text, expected) in cases {
        assert_eq!(texts(text), expected, "{text}");
    }
}

#[test]
fn a_query_has_words_phrases_exclusions_and_a_last_prefix() {
    let term = |words: &[&str], prefix| Term { words: words.iter().map(ToString::to_string).collect(), prefix };
    let query = Query::parse(r#"Broken "Card reader" -refund -"old card" print"#).expect("a query");
    assert_eq!(query.wanted, [term(&["broken"], false), term(&["card", "reader"], false), term(&["print"], true)]);
    assert_eq!(query.unwanted, [term(&["refund"], false), term(&["old", "card"], false)]);
    assert_eq!(Query::parse("„card reader”").map(|query| query.wanted), Ok(vec![term(&["card", "reader"], false)]));
    assert_eq!(Query::parse("\"open end").map(|query| query.wanted), Ok(vec![term(&["open", "end"], false)]));
    assert_eq!(Query::parse("a@b.c").map(|query| query.wanted), Ok(vec![term(&["a", "b", "c"], true)]));
    for empty in ["", "  ", "-refund", "!!! ?", "\"\"", "-"] {
        assert_eq!(Query::parse(empty), Err(BadQuery::Empty), "{empty}");
    }
    let many: Vec<String> = (0..=MAX_TERMS).map(|number| format!("w{number}")).collect();
    assert_eq!(Query::parse(&many.join(" ")), Err(BadQuery::TooManyTerms));
    assert_eq!(Query::parse(&"字".repeat(MAX_PHRASE + 1)), Err(BadQuery::PhraseTooLong));
    assert!(Query::parse(&"字".repeat(MAX_PHRASE)).is_ok());
}

#[test]
fn a_text_is_found_by_its_words_in_any_script() {
    let text =
        "The card reader in Málaga broke. Ο εκτυπωτής χάλασε. Принтер сломался. الطابعة معطلة. 打印机坏了。เครื่องพิมพ์เสีย";
    for query in
        ["CARD", "malaga", "\"card reader\"", "read", "εκτυπωτης", "ПРИНТЕР", "الطابعة", "打印机", "坏", "พิมพ์", "car"]
    {
        assert!(finds(query, text), "{query}");
    }
    for query in ["ard", "\"reader card\"", "card -reader", "read card", "印打", "refund", "\"car\""] {
        assert!(!finds(query, text), "{query}");
    }
}

#[test]
fn an_excerpt_is_one_line_around_the_first_hit() {
    let query = Query::parse("needle").expect("a query");
    assert_eq!(excerpt("A needle\r\n\tin\u{7} hay", &query), "A needle in hay");
    let long = format!("{} needle {}", "hay ".repeat(100), "straw ".repeat(100));
    let cut = excerpt(&long, &query);
    assert!(cut.starts_with("…hay") && cut.ends_with('…') && cut.contains(" needle straw"), "{cut}");
    assert!(cut.chars().count() <= 202, "{cut}");
    assert_eq!(excerpt("nothing here", &query), "nothing here");
    let wide = "字".repeat(500);
    assert_eq!(excerpt(&wide, &query).chars().count(), 201);
}

#[test]
fn pieces_stay_within_what_both_databases_hold() {
    let text: String = (0..10_000).map(|number| format!("w{number} ")).collect();
    let list = words(&text);
    let pieces = chunks(&list);
    assert_eq!(pieces.len(), 3);
    assert!(pieces.iter().all(|piece| piece.len() <= CHUNK_WORDS));
    let same = words(&"a ".repeat(1000));
    assert!(chunks(&same).iter().all(|piece| piece.len() <= MAX_REPEATS));
    assert_eq!(chunks(&[]).len(), 0);
}

proptest! {
    /// Cutting a text into pieces loses no phrase, and places name the words as they were written.
    #[test]
    fn a_phrase_of_the_text_is_found_in_one_of_its_pieces(
        text in "([abc]{1,2} ){1,900}", start in 0_usize..800, length in 1_usize..=MAX_PHRASE
    ) {
        let list = words(&text);
        let start = start.min(list.len() - 1);
        let phrase = &list[start..(start + length).min(list.len())];
        let term = Term { words: phrase.iter().map(|word| word.text.clone()).collect(), prefix: false };
        prop_assert!(chunks(&list).iter().any(|piece| term.place_in(piece).is_some()));
        prop_assert!(list.iter().all(|word| text[word.place.clone()] == word.text));
    }

    #[test]
    fn any_text_can_be_read_as_text_and_as_query(text in "\\PC{0,80}") {
        for word in words(&text) {
            prop_assert!(text.get(word.place.clone()).is_some());
            prop_assert!(!word.text.contains(['\'', '"', '\\', ' ']));
            prop_assert_eq!(texts(&word.text).concat(), word.text);
        }
        if let Ok(query) = Query::parse(&text) {
            prop_assert!(!query.wanted.is_empty());
            excerpt(&text, &query);
        }
    }
}
