//! What holds for every filter.

use proptest::prelude::*;

use super::ticket_plan;
use crate::domain::filter::{Call, Comparison, Expr, Literal, LiteralKind, Op, Pattern, Search, Term, parse};

/// Texts of letters that mean something to the language, and of some that do not.
fn pattern() -> impl Strategy<Value = Pattern> {
    prop::collection::vec(r#"[aAzßé0-9_.:/@%*()"'\\<>=!, -]{0,4}"#, 1..3).prop_map(Pattern::new)
}

fn ident() -> impl Strategy<Value = String> {
    "[a-z_][a-z0-9_]{0,6}"
}

fn literal() -> impl Strategy<Value = Literal> {
    let text = pattern().prop_map(LiteralKind::Text);
    let kind = text.prop_recursive(2, 4, 2, |inner| {
        let args = prop::collection::vec(inner.prop_map(|kind| Literal { position: 0, kind }), 0..2);
        (ident(), args).prop_map(|(name, args)| LiteralKind::Call(Call { position: 0, name, args }))
    });
    kind.prop_map(|kind| Literal { position: 0, kind })
}

fn term() -> impl Strategy<Value = Term> {
    let path = prop::collection::vec(ident(), 1..3).prop_map(|names| names.join("."));
    let op = prop::sample::select(Op::ALL.to_vec());
    let compare = (path, op, literal())
        .prop_map(|(path, op, value)| Term::Compare(Comparison { position: 0, path, op_position: 0, op, value }));
    let search = pattern()
        .prop_filter("an empty word is no term", |pattern| !pattern.is_empty())
        .prop_map(|pattern| Term::Search(Search { position: 0, pattern }));
    prop_oneof![3 => compare, 1 => search]
}

fn expr() -> impl Strategy<Value = Expr> {
    term().prop_map(Expr::Term).prop_recursive(3, 20, 3, |inner| {
        let some = || prop::collection::vec(inner.clone(), 2..4);
        prop_oneof![
            some().prop_map(Expr::And),
            some().prop_map(Expr::Or),
            inner.clone().prop_map(|inner| Expr::Not(Box::new(inner))),
        ]
    })
}

/// The same tree with every position 0.
fn without_positions(expr: Expr) -> Expr {
    let all = |parts: Vec<Expr>| parts.into_iter().map(without_positions).collect();
    match expr {
        Expr::And(parts) => Expr::And(all(parts)),
        Expr::Or(parts) => Expr::Or(all(parts)),
        Expr::Not(inner) => Expr::Not(Box::new(without_positions(*inner))),
        Expr::Term(Term::Compare(c)) => {
            Expr::Term(Term::Compare(Comparison { position: 0, op_position: 0, value: unplaced(c.value), ..c }))
        }
        Expr::Term(Term::Search(search)) => Expr::Term(Term::Search(Search { position: 0, ..search })),
        Expr::Term(Term::Call(call)) => Expr::Term(Term::Call(unplaced_call(call))),
    }
}

fn unplaced(literal: Literal) -> Literal {
    let kind = match literal.kind {
        LiteralKind::Call(call) => LiteralKind::Call(unplaced_call(call)),
        text @ LiteralKind::Text(_) => text,
    };
    Literal { position: 0, kind }
}

fn unplaced_call(call: Call) -> Call {
    Call { position: 0, name: call.name, args: call.args.into_iter().map(unplaced).collect() }
}

proptest! {
    #[test]
    fn what_is_printed_parses_to_the_same_tree(expr in expr()) {
        let text = expr.to_string();
        let again = parse(&text).map_err(|error| TestCaseError::fail(format!("{text}: {error}")))?;
        prop_assert_eq!(without_positions(again), expr, "{}", text);
    }

    #[test]
    fn no_text_makes_the_parser_panic(text in any::<String>()) {
        judge(&text)?;
    }

    #[test]
    fn no_text_of_meaningful_letters_makes_the_parser_panic(
        text in r#"([aAzßé0-9_.:/@%*()"'\\<>=!, -]|AND |OR |NOT |number|subject|priority|owner|me\(\)|ago\(2h\)){0,20}"#
    ) {
        judge(&text)?;
    }
}

/// Either a tree that survives printing, or a mistake inside the text; and the check does not panic on it.
fn judge(text: &str) -> Result<(), TestCaseError> {
    match parse(text) {
        Ok(expr) => {
            let printed = expr.to_string();
            let again = parse(&printed).map_err(|error| TestCaseError::fail(format!("{printed}: {error}")))?;
            prop_assert_eq!(without_positions(again), without_positions(expr));
            if let Err(error) = ticket_plan(text) {
                prop_assert!(error.position < text.chars().count());
            }
        }
        Err(error) => prop_assert!(error.position <= text.chars().count()),
    }
    Ok(())
}
