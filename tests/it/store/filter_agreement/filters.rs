//! Random filters that make sense for a schema.

use helpdesk::domain::filter::{
    Call, Comparison, Enumeration, Expr, Field, IdKind, Kind, Literal, LiteralKind, Op, Pattern, Schema, Search, Shape,
    Term,
};

use super::dice::Dice;
use super::properties;
use super::records::{CONTACTS, RECORDS, TIMES};

const MATCHING: [&Op; 3] = [&Op::Has, &Op::Equal, &Op::NotEqual];
const ORDERING: [&Op; 7] =
    [&Op::Has, &Op::Equal, &Op::NotEqual, &Op::Less, &Op::LessOrEqual, &Op::Greater, &Op::GreaterOrEqual];

/// A filter with at most `depth` levels above its terms.
pub fn expr<F>(dice: &mut Dice, schema: &Schema<F>, depth: usize) -> Expr {
    match dice.below(if depth == 0 { 1 } else { 5 }) {
        1 => Expr::And(some(dice, schema, depth)),
        2 => Expr::Or(some(dice, schema, depth)),
        3 => Expr::Not(Box::new(expr(dice, schema, depth - 1))),
        _ => Expr::Term(term(dice, schema)),
    }
}

fn some<F>(dice: &mut Dice, schema: &Schema<F>, depth: usize) -> Vec<Expr> {
    (0..2 + dice.below(2)).map(|_| expr(dice, schema, depth - 1)).collect()
}

fn term<F>(dice: &mut Dice, schema: &Schema<F>) -> Term {
    let searchable = schema.fields.iter().any(|field| field.searched);
    if searchable && dice.once_in(8) {
        return Term::Search(Search { position: 0, pattern: dice.pattern() });
    }
    let field = &schema.fields[dice.below(schema.fields.len())];
    // Every second question of those about tickets is about what their account added.
    if schema.fields.iter().any(|field| matches!(field.kind, Kind::Properties(_))) && dice.once_in(2) {
        return properties::term(dice);
    }
    let ordered = match field.kind {
        Kind::Number | Kind::Time => true,
        Kind::Enum(set) => set.shape == Shape::Ordered,
        _ => false,
    };
    let op = *dice.pick(if ordered { &ORDERING } else { &MATCHING });
    let any = MATCHING.contains(&&op) && dice.once_in(10);
    let value = if any { word("*") } else { value(dice, field, op) };
    let value = Literal { position: 0, kind: value };
    Term::Compare(Comparison { position: 0, path: field.path.to_owned(), op_position: 0, op, value })
}

fn value<F>(dice: &mut Dice, field: &Field<F>, op: Op) -> LiteralKind {
    match &field.kind {
        Kind::Text | Kind::Address | Kind::Keyword => LiteralKind::Text(dice.pattern()),
        Kind::Name => word(dice.pick(&["tickets/1", "accounts/acme/tickets/*", "*/2", "contacts/x", "tick*"])),
        Kind::Number => word(&dice.below(60).to_string()),
        Kind::Bool => word(dice.pick(&["true", "FALSE"])),
        Kind::Time => time(dice),
        Kind::Enum(set) => enum_name(dice, set, op),
        Kind::Actor => actor(dice),
        Kind::Properties(_) => word("number"),
        Kind::Reference(target) => match (target.id, target.collection) {
            (IdKind::TicketNumber, _) => word(&(1 + dice.below(60)).to_string()),
            (IdKind::Uuid, "contacts") => word(dice.pick(&CONTACTS)),
            (IdKind::Uuid, _) => word(dice.pick(&RECORDS)),
            (_, "users") => person(dice),
            (_, "teams") => team(dice),
            (_, "pipelines") => word(dice.pick(&["support", "accounts/acme/pipelines/sales"])),
            (_, "statuses") => word(dice.pick(&["new", "done", "accounts/acme/pipelines/sales/statuses/new"])),
            (_, collection) => word(dice.pick(&["mail", &format!("accounts/acme/{collection}/chat")])),
        },
    }
}

fn word(text: &str) -> LiteralKind {
    LiteralKind::Text(Pattern::from_word(text))
}

fn call(name: &str, args: &[&str]) -> LiteralKind {
    let args = args.iter().map(|arg| Literal { position: 0, kind: word(arg) }).collect();
    LiteralKind::Call(Call { position: 0, name: name.to_owned(), args })
}

fn time(dice: &mut Dice) -> LiteralKind {
    match dice.below(3) {
        0 => call("now", &[]),
        1 => call("ago", &[dice.pick(&["1s", "2h", "0d"])]),
        _ => word(dice.pick(&TIMES)),
    }
}

fn enum_name(dice: &mut Dice, set: &Enumeration, op: Op) -> LiteralKind {
    let name = dice.pick(set.codes).replace(|c: char| !c.is_ascii_alphanumeric(), "_");
    let cut = name.len() / 2;
    match dice.below(3) {
        0 => word(&name),
        1 if MATCHING.contains(&&op) => word(&format!("{}*", &name[..cut])),
        _ => word(&format!("{}{name}", set.prefix).to_uppercase()),
    }
}

fn person(dice: &mut Dice) -> LiteralKind {
    match dice.pick(&["", "bob", "accounts/acme/users/mia"]) {
        "" => call("me", &[]),
        name => word(name),
    }
}

fn team(dice: &mut Dice) -> LiteralKind {
    match dice.pick(&["", "green", "accounts/acme/teams/red"]) {
        "" => call("my_teams", &[]),
        name => word(name),
    }
}

fn actor(dice: &mut Dice) -> LiteralKind {
    match dice.pick(&["", "bob", "accounts/acme/users/mia", "system:*", "visitor:", "accounts/acme/accessKeys/ci"]) {
        "" => call("me", &[]),
        name => word(name),
    }
}
