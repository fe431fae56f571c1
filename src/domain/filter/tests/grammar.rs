//! What is a filter, what is not, and where it stops being one.

use crate::domain::filter::{
    Expr, FilterErrorKind, LiteralKind, MAX_CHARACTERS, MAX_DEPTH, MAX_TERMS, MAX_VALUES, Op, Term, parse,
};

/// The printed tree: shows the structure, with quotes only where they are needed.
fn read(text: &str) -> String {
    parse(text).unwrap_or_else(|error| panic!("{text}: {error}")).to_string()
}

#[test]
fn everything_the_grammar_names_is_read() {
    let cases = [
        ("", ""),
        (" \n ", ""),
        ("refund", "refund"),
        ("\"two words\"", "\"two words\""),
        ("'two words'", "\"two words\""),
        ("owner=mia", "owner = mia"),
        ("tags : vip", "tags : vip"),
        ("a.b_2.c != x", "a.b_2.c != x"),
        ("number>=10", "number >= 10"),
        ("number<-10", "number < \"-10\""),
        ("a=1 AND b=2 AND c=3", "a = 1 AND b = 2 AND c = 3"),
        ("a=1 OR (b=2 AND c=3)", "a = 1 OR (b = 2 AND c = 3)"),
        ("(((a=1)))", "a = 1"),
        ("NOT a=1", "NOT a = 1"),
        ("-a=1", "NOT a = 1"),
        ("-(a OR b)", "NOT (a OR b)"),
        ("NOT(a)AND(b)", "NOT a AND b"),
        ("NOT (NOT a)", "NOT (NOT a)"),
        ("notable AND ANDroid", "notable AND ANDroid"),
        ("owner = me()", "owner = me()"),
        ("update_time > ago( 2h )", "update_time > ago(2h)"),
        ("changed(\"priority\")", "changed(priority)"),
        ("f(a, 'b c', g())", "f(a, \"b c\", g())"),
        ("t > 2026-01-31T09:00:00+01:00", "t > \"2026-01-31T09:00:00+01:00\""),
        ("mail = o'brien@example.com", "mail = \"o'brien@example.com\""),
        ("name = accounts/acme/users/mia", "name = accounts/acme/users/mia"),
        (r#"s = "a*b\*c\"d\\e\'f""#, r#"s = "a*b\*c\"d\\e'f""#),
        ("s:*", "s : *"),
        ("Größe*", "\"Größe*\""),
    ];
    for (text, printed) in cases {
        assert_eq!(read(text), printed, "{text}");
        assert_eq!(read(printed), printed, "{printed}");
    }
}

#[test]
fn positions_count_characters_not_bytes() {
    let Ok(Expr::And(parts)) = parse("é AND owner != me()") else { panic!("two terms") };
    let Expr::Term(Term::Compare(comparison)) = &parts[1] else { panic!("a comparison") };
    assert_eq!((comparison.position, comparison.op_position, comparison.op), (6, 12, Op::NotEqual));
    assert_eq!(comparison.value.position, 15);
    assert!(matches!(&comparison.value.kind, LiteralKind::Call(call) if call.position == 15));
}

#[test]
fn a_mistake_is_reported_where_it_is() {
    let cases = [
        ("AND", 0, "expected a field or a word, found `AND`"),
        ("a AND", 5, "expected a field or a word, found the end"),
        ("a b", 2, "expected AND or OR (in capitals), found `b`"),
        ("a and b", 2, "expected AND or OR (in capitals), found `and`"),
        ("é = 'x'y", 0, "`é` is not a field name"),
        ("a = 'é'y", 7, "expected a space, found `y`"),
        ("(a", 2, "expected `)`, found the end"),
        ("a)", 1, "expected AND, OR or the end, found `)`"),
        ("()", 1, "expected a field or a word, found `)`"),
        ("a = ", 4, "expected a value, found the end"),
        ("a = AND b", 4, "expected a value, found `AND`"),
        ("a == b", 3, "expected a value, found `=`"),
        ("a ! b", 2, "expected AND or OR (in capitals), found `!`"),
        ("a = \"x", 4, "this string has no closing quote"),
        ("a = \"x\\n\"", 6, r#"in a string only \" \' \\ and \* may follow a backslash"#),
        ("a = \"x\\", 6, r#"in a string only \" \' \\ and \* may follow a backslash"#),
        ("a = x\\*", 5, "expected a space, found `\\`"),
        ("--a", 1, "expected a field or a word, found `-a`"),
        ("- a", 1, "expected a field or a word, found a space"),
        ("NOT NOT a", 4, "expected a field or a word, found `NOT`"),
        ("1a = b", 0, "`1a` is not a field name"),
        ("a..b = c", 0, "`a..b` is not a field name"),
        ("f(a b)", 4, "expected `)`, found `b`"),
        ("f(a,)", 4, "expected a value, found `)`"),
        ("a-b(c)", 0, "`a-b` is not a function name"),
        ("\"\"", 0, "there is nothing to search for"),
        ("a \u{0}", 2, "this character is not allowed in a filter"),
    ];
    for (text, position, message) in cases {
        let error = parse(text).expect_err(text);
        assert_eq!((error.position, error.message.as_str()), (position, message), "{text}");
        assert_eq!(error.kind, FilterErrorKind::Syntax, "{text}");
    }
}

#[test]
fn and_beside_or_needs_brackets() {
    for (text, position) in [("a AND b OR c", 8), ("a OR b AND c", 7), ("(a OR b) AND c OR d", 15)] {
        let error = parse(text).expect_err(text);
        assert_eq!((error.position, error.kind), (position, FilterErrorKind::MixedOperators), "{text}");
    }
    assert!(parse("(a AND b) OR (c AND d)").is_ok());
}

#[test]
fn limits_hold_to_the_last_one() {
    let kind = |text: &str| parse(text).err().map(|error| error.kind);
    assert_eq!(kind(&"x".repeat(MAX_CHARACTERS)), None);
    assert_eq!(kind(&"é".repeat(MAX_CHARACTERS)), None);
    assert_eq!(kind(&"x".repeat(MAX_CHARACTERS + 1)), Some(FilterErrorKind::TooLong));

    let terms = |count: usize| vec!["a"; count].join(" OR ");
    assert_eq!(kind(&terms(MAX_TERMS)), None);
    assert_eq!(kind(&terms(MAX_TERMS + 1)), Some(FilterErrorKind::TooManyTerms));

    let deep = |depth: usize| format!("{}a{}", "(".repeat(depth), ")".repeat(depth));
    assert_eq!(kind(&deep(MAX_DEPTH)), None);
    assert_eq!(kind(&deep(MAX_DEPTH + 1)), Some(FilterErrorKind::TooDeep));
    assert_eq!(kind(&vec![deep(MAX_DEPTH); 9].join(" AND ")), None);

    let calls = |depth: usize| format!("{}{}", "f(".repeat(depth), ")".repeat(depth));
    assert_eq!(kind(&calls(MAX_DEPTH)), None);
    assert_eq!(kind(&calls(MAX_DEPTH + 1)), Some(FilterErrorKind::TooDeep));

    let values = |count: usize| format!("f({})", vec!["a"; count].join(","));
    assert_eq!(kind(&values(MAX_VALUES)), None);
    assert_eq!(kind(&values(MAX_VALUES + 1)), Some(FilterErrorKind::TooManyValues));
}
