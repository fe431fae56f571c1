//! The grammar of filters: text to tree.

use super::ast::{Call, Comparison, Expr, Literal, LiteralKind, Op, Search, Term};
use super::error::{FilterError, FilterErrorKind};
use super::limits::{MAX_DEPTH, MAX_TERMS, MAX_VALUES};
use super::pattern::Pattern;
use super::scan::{Place, Scanner};

/// Reads a filter; see the [module](super) for the grammar. Empty text is a filter that holds for everything.
///
/// # Errors
/// [`FilterError`] with the place where the text leaves the grammar or grows beyond the limits. Field names, operators
/// and values are judged by [`check`](super::check()).
pub fn parse(text: &str) -> Result<Expr, FilterError> {
    let mut parser = Parser { scan: Scanner::new(text)?, depth: 0, terms: 0, values: 0 };
    parser.scan.skip_spaces();
    if parser.scan.peek().is_none() {
        return Ok(Expr::And(Vec::new()));
    }
    let expr = parser.expr()?;
    match parser.scan.peek() {
        None => Ok(expr),
        Some(_) => Err(parser.expected("AND, OR or the end")),
    }
}

/// Whether `text` may stand for a field or function: letters, digits and `_`, not beginning with a digit.
pub(super) fn is_ident(text: &str) -> bool {
    text.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_')
        && text.chars().all(|c| c.is_ascii_alphanumeric() || c == '_')
}

/// Whether `word` is a word of the language itself.
pub(super) fn is_keyword(word: &str) -> bool {
    matches!(word, "AND" | "OR" | "NOT")
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Joint {
    And,
    Or,
}

struct Parser {
    scan: Scanner,
    depth: usize,
    terms: usize,
    values: usize,
}

impl Parser {
    fn expr(&mut self) -> Result<Expr, FilterError> {
        let first = self.unary()?;
        let Some((_, joint)) = self.joint()? else {
            return Ok(first);
        };
        let mut parts = vec![first, self.unary()?];
        while let Some((position, next)) = self.joint()? {
            if next != joint {
                return Err(mixed(position));
            }
            parts.push(self.unary()?);
        }
        Ok(match joint {
            Joint::And => Expr::And(parts),
            Joint::Or => Expr::Or(parts),
        })
    }

    /// The word between two operands; none at the end and before a closing bracket.
    fn joint(&mut self) -> Result<Option<(usize, Joint)>, FilterError> {
        self.scan.skip_spaces();
        let position = self.scan.position();
        if matches!(self.scan.peek(), None | Some(')')) {
            Ok(None)
        } else if self.scan.take_keyword("AND") {
            Ok(Some((position, Joint::And)))
        } else if self.scan.take_keyword("OR") {
            Ok(Some((position, Joint::Or)))
        } else {
            Err(self.expected("AND or OR (in capitals)"))
        }
    }

    fn unary(&mut self) -> Result<Expr, FilterError> {
        self.scan.skip_spaces();
        if self.scan.take_keyword("NOT") {
            self.scan.skip_spaces();
            return Ok(Expr::Not(Box::new(self.operand()?)));
        }
        if self.scan.take('-') {
            return Ok(Expr::Not(Box::new(self.operand()?)));
        }
        self.operand()
    }

    fn operand(&mut self) -> Result<Expr, FilterError> {
        let position = self.scan.position();
        if !self.scan.take('(') {
            return self.term().map(Expr::Term);
        }
        self.deeper(position)?;
        let expr = self.expr()?;
        self.close()?;
        Ok(expr)
    }

    fn deeper(&mut self, position: usize) -> Result<(), FilterError> {
        self.depth += 1;
        let message = || format!("a filter has at most {MAX_DEPTH} brackets inside each other");
        within(self.depth, MAX_DEPTH, position, FilterErrorKind::TooDeep, message)
    }

    fn close(&mut self) -> Result<(), FilterError> {
        self.scan.skip_spaces();
        if !self.scan.take(')') {
            return Err(self.expected("`)`"));
        }
        self.depth -= 1;
        Ok(())
    }

    fn term(&mut self) -> Result<Term, FilterError> {
        let position = self.scan.position();
        self.count_term(position)?;
        if let Some(pattern) = self.scan.string()? {
            return self.search(position, pattern);
        }
        let word = self.scan.peek_word(Place::Term);
        if word.is_empty() || word.starts_with('-') || is_keyword(&word) {
            return Err(self.expected("a field or a word"));
        }
        self.scan.word(Place::Term);
        if self.scan.peek() == Some('(') {
            return self.call(position, word).map(Term::Call);
        }
        match self.scan.operator() {
            Some((op_position, op)) => self.comparison(position, word, op_position, op).map(Term::Compare),
            None => self.search(position, Pattern::from_word(&word)),
        }
    }

    fn count_term(&mut self, position: usize) -> Result<(), FilterError> {
        self.terms += 1;
        let message = || format!("a filter has at most {MAX_TERMS} terms");
        within(self.terms, MAX_TERMS, position, FilterErrorKind::TooManyTerms, message)
    }

    fn search(&mut self, position: usize, pattern: Pattern) -> Result<Term, FilterError> {
        if pattern.is_empty() {
            return Err(FilterError::syntax(position, "there is nothing to search for"));
        }
        self.boundary()?;
        Ok(Term::Search(Search { position, pattern }))
    }

    fn comparison(
        &mut self,
        position: usize,
        path: String,
        op_position: usize,
        op: Op,
    ) -> Result<Comparison, FilterError> {
        if !path.split('.').all(is_ident) {
            return Err(FilterError::syntax(position, format!("`{path}` is not a field name")));
        }
        let value = self.value()?;
        Ok(Comparison { position, path, op_position, op, value })
    }

    fn value(&mut self) -> Result<Literal, FilterError> {
        self.scan.skip_spaces();
        let position = self.scan.position();
        self.values += 1;
        let message = || format!("a filter has at most {MAX_VALUES} values");
        within(self.values, MAX_VALUES, position, FilterErrorKind::TooManyValues, message)?;
        let kind = match self.scan.string()? {
            Some(pattern) => LiteralKind::Text(pattern),
            None => self.bare_value(position)?,
        };
        self.boundary()?;
        Ok(Literal { position, kind })
    }

    fn bare_value(&mut self, position: usize) -> Result<LiteralKind, FilterError> {
        let word = self.scan.peek_word(Place::Value);
        if word.is_empty() || is_keyword(&word) {
            return Err(self.expected("a value"));
        }
        self.scan.word(Place::Value);
        match self.scan.peek() {
            Some('(') => self.call(position, word).map(LiteralKind::Call),
            _ => Ok(LiteralKind::Text(Pattern::from_word(&word))),
        }
    }

    fn call(&mut self, position: usize, name: String) -> Result<Call, FilterError> {
        if !is_ident(&name) {
            return Err(FilterError::syntax(position, format!("`{name}` is not a function name")));
        }
        let bracket = self.scan.position();
        self.scan.take('(');
        self.deeper(bracket)?;
        let args = self.args()?;
        self.close()?;
        self.boundary()?;
        Ok(Call { position, name, args })
    }

    fn args(&mut self) -> Result<Vec<Literal>, FilterError> {
        let mut args = Vec::new();
        self.scan.skip_spaces();
        if self.scan.peek() == Some(')') {
            return Ok(args);
        }
        loop {
            args.push(self.value()?);
            self.scan.skip_spaces();
            if !self.scan.take(',') {
                return Ok(args);
            }
        }
    }

    /// After a term or value comes a space, a bracket, a comma or the end.
    fn boundary(&mut self) -> Result<(), FilterError> {
        match self.scan.peek() {
            None | Some(')' | ',') => Ok(()),
            Some(c) if c.is_whitespace() => Ok(()),
            Some(_) => Err(self.expected("a space")),
        }
    }

    fn expected(&self, what: &str) -> FilterError {
        let found = self.scan.describe_next();
        FilterError::syntax(self.scan.position(), format!("expected {what}, found {found}"))
    }
}

fn within(
    count: usize,
    limit: usize,
    position: usize,
    kind: FilterErrorKind,
    message: impl Fn() -> String,
) -> Result<(), FilterError> {
    if count > limit { Err(FilterError::new(position, kind, message())) } else { Ok(()) }
}

fn mixed(position: usize) -> FilterError {
    let message = "AND and OR side by side need brackets, for example `a AND (b OR c)`";
    FilterError::new(position, FilterErrorKind::MixedOperators, message)
}
