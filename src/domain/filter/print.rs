//! A filter as text again: what is printed parses to the same tree.

use std::fmt::{self, Display, Formatter, Write};

use super::ast::{Call, Comparison, Expr, Literal, LiteralKind, Term};
use super::parse::is_keyword;
use super::pattern::Pattern;

impl Display for Expr {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        match self {
            Self::And(parts) => joined(f, parts, " AND "),
            Self::Or(parts) => joined(f, parts, " OR "),
            Self::Not(inner) => {
                f.write_str("NOT ")?;
                operand(f, inner)
            }
            Self::Term(term) => term.fmt(f),
        }
    }
}

fn joined(f: &mut Formatter<'_>, parts: &[Expr], joint: &str) -> fmt::Result {
    for (index, part) in parts.iter().enumerate() {
        if index > 0 {
            f.write_str(joint)?;
        }
        match part {
            Expr::Not(_) => part.fmt(f)?,
            _ => operand(f, part)?,
        }
    }
    Ok(())
}

fn operand(f: &mut Formatter<'_>, expr: &Expr) -> fmt::Result {
    match expr {
        Expr::Term(term) => term.fmt(f),
        _ => write!(f, "({expr})"),
    }
}

impl Display for Term {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        match self {
            Self::Compare(Comparison { path, op, value, .. }) => write!(f, "{path} {} {value}", op.symbol()),
            Self::Call(call) => call.fmt(f),
            Self::Search(search) => search.pattern.fmt(f),
        }
    }
}

impl Display for Call {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        write!(f, "{}(", self.name)?;
        for (index, arg) in self.args.iter().enumerate() {
            f.write_str(if index > 0 { ", " } else { "" })?;
            arg.fmt(f)?;
        }
        f.write_char(')')
    }
}

impl Display for Literal {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        match &self.kind {
            LiteralKind::Text(pattern) => pattern.fmt(f),
            LiteralKind::Call(call) => call.fmt(f),
        }
    }
}

impl Display for Pattern {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        let bare = self.parts().join("*");
        if may_stand_bare(self, &bare) { f.write_str(&bare) } else { quoted(f, self) }
    }
}

/// A word that needs no quotes wherever it stands; quoting too often does no harm.
fn may_stand_bare(pattern: &Pattern, word: &str) -> bool {
    let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '.' | '/' | '@' | '-');
    pattern.parts().iter().all(|part| part.chars().all(plain))
        && !word.is_empty()
        && !word.starts_with('-')
        && !is_keyword(word)
}

fn quoted(f: &mut Formatter<'_>, pattern: &Pattern) -> fmt::Result {
    f.write_char('"')?;
    for (index, part) in pattern.parts().iter().enumerate() {
        f.write_str(if index > 0 { "*" } else { "" })?;
        for c in part.chars() {
            f.write_str(if matches!(c, '"' | '\\' | '*') { "\\" } else { "" })?;
            f.write_char(c)?;
        }
    }
    f.write_char('"')
}
