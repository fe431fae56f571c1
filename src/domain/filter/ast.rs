//! What the parser makes of a filter: the text as a tree, nothing looked up yet.

use super::pattern::Pattern;

/// A filter as it was written. The empty filter is `And` of nothing, which holds for every record.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Expr {
    /// All hold.
    And(Vec<Expr>),
    /// At least one holds.
    Or(Vec<Expr>),
    /// It does not hold.
    Not(Box<Expr>),
    /// One comparison, call or word.
    Term(Term),
}

impl Expr {
    /// Whether it compares `field`, or anything below it.
    pub fn names(&self, field: &str) -> bool {
        let below = |path: &str| path.strip_prefix(field).is_some_and(|rest| rest.is_empty() || rest.starts_with('.'));
        match self {
            Self::And(parts) | Self::Or(parts) => parts.iter().any(|part| part.names(field)),
            Self::Not(inner) => inner.names(field),
            Self::Term(Term::Compare(comparison)) => below(&comparison.path),
            Self::Term(Term::Call(_) | Term::Search(_)) => false,
        }
    }
}

/// The leaf of a filter.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Term {
    /// `path op value`
    Compare(Comparison),
    /// `name(values)` standing alone.
    Call(Call),
    /// A word or string standing alone: searched for in the text fields.
    Search(Search),
}

/// A word to search for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Search {
    /// Characters before it.
    pub position: usize,
    /// The word.
    pub pattern: Pattern,
}

/// A field compared with a value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Comparison {
    /// Characters before the path.
    pub position: usize,
    /// Names joined by dots.
    pub path: String,
    /// Characters before the operator.
    pub op_position: usize,
    /// How the two are compared.
    pub op: Op,
    /// The right-hand side.
    pub value: Literal,
}

/// How a field is compared with a value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Op {
    /// `:`
    Has,
    /// `=`
    Equal,
    /// `!=`
    NotEqual,
    /// `<`
    Less,
    /// `<=`
    LessOrEqual,
    /// `>`
    Greater,
    /// `>=`
    GreaterOrEqual,
}

impl Op {
    /// Every operator, the longer spellings first so that the first match is the right one.
    pub const ALL: [Self; 7] =
        [Self::NotEqual, Self::LessOrEqual, Self::GreaterOrEqual, Self::Has, Self::Equal, Self::Less, Self::Greater];

    /// As it is written.
    pub const fn symbol(self) -> &'static str {
        match self {
            Self::Has => ":",
            Self::Equal => "=",
            Self::NotEqual => "!=",
            Self::Less => "<",
            Self::LessOrEqual => "<=",
            Self::Greater => ">",
            Self::GreaterOrEqual => ">=",
        }
    }
}

/// A function with its values.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Call {
    /// Characters before the name.
    pub position: usize,
    /// The function.
    pub name: String,
    /// What it is given.
    pub args: Vec<Literal>,
}

/// A value as written; quotes make no difference to its meaning, only to what can be written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Literal {
    /// Characters before it.
    pub position: usize,
    /// What it is.
    pub kind: LiteralKind,
}

/// The two kinds of value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum LiteralKind {
    /// A word or string; the field it is compared with says whether it is a number, a time, an id.
    Text(Pattern),
    /// A function.
    Call(Call),
}
