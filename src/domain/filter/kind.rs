//! What a resource tells the language about its fields.

use crate::domain::ids::PropertyId;
use crate::domain::property::PropertyKind;

/// The fields of one resource. `F` names them; one enum per resource, so that records and columns are matched
/// exhaustively.
#[derive(Debug)]
pub struct Schema<F: 'static> {
    /// Every field that can be named.
    pub fields: &'static [Field<F>],
}

impl<F> Schema<F> {
    /// The field that is written `path`.
    pub fn find(&self, path: &str) -> Option<&'static Field<F>> {
        self.fields.iter().find(|field| field.path == path)
    }
}

/// One field.
#[derive(Debug)]
pub struct Field<F: 'static> {
    /// As it is written.
    pub path: &'static str,
    /// As the program names it.
    pub id: F,
    /// What its values are.
    pub kind: Kind<F>,
    /// Whether a word standing alone is looked for here: text and addresses only.
    pub searched: bool,
}

/// What the values of a field are. A field may hold one or several of them; a comparison with several holds when it
/// holds for one.
#[derive(Debug)]
pub enum Kind<F: 'static> {
    /// Prose: compared without case, `:` looks inside. The record gives the text as it is, the column is the shadow
    /// made by [`fold`](super::fold).
    Text,
    /// A mail address: compared in lower case, in which records and columns hold it; `:` looks inside.
    Address,
    /// An exact word such as a tag; `:` is the same as `=`.
    Keyword,
    /// The name of any resource of the account; with or without its `accounts/{account}/`, stored without.
    Name,
    /// A whole number.
    Number,
    /// `true` or `false`.
    Bool,
    /// A point in time.
    Time,
    /// One of a closed set.
    Enum(&'static Enumeration),
    /// Who did something: a user by id, anybody by full name or by the stored `kind:id`, for example `system:router`.
    Actor,
    /// The id of another resource.
    Reference(Reference<F>),
    /// What the account's own properties say: `properties:order_id` asks whether there is a value, and below it each
    /// property is a field of its own, as the program names it.
    Properties(fn(PropertyField) -> F),
}

/// A field that an account defines.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct PropertyField {
    /// The property.
    pub id: PropertyId,
    /// What its values are: where they are found in the database.
    pub kind: PropertyKind,
}

/// A closed set of values. The name of a value is its code in capitals, with `_` for anything but letters and digits:
/// `ticket.created` is written `TICKET_CREATED`, in any case, with or without the prefix.
#[derive(Debug)]
pub struct Enumeration {
    /// What the contract puts before each name, for example `PRIORITY_`.
    pub prefix: &'static str,
    /// The codes, in ascending order if there is one.
    pub codes: &'static [&'static str],
    /// What is stored and whether there is an order.
    pub shape: Shape,
}

/// What is stored for a value of a closed set.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Shape {
    /// Its code; there is no order.
    Plain,
    /// Its code, and `<` and `>` mean something.
    Ordered,
    /// False for the first of its two codes, true for the second.
    Flag,
}

/// A field that points to another resource, written as its full name or as its id alone.
#[derive(Debug)]
pub struct Reference<F: 'static> {
    /// The collection of the other resource, for example `users`.
    pub collection: &'static str,
    /// How its ids look.
    pub id: IdKind,
    /// The resource above it, if its name has one below the account.
    pub parent: Option<Parent<F>>,
}

/// The upper half of a two-level name: `pipelines/{pipeline}` in `pipelines/{pipeline}/statuses/{status}`.
#[derive(Debug)]
pub struct Parent<F: 'static> {
    /// The collection of the upper resource.
    pub collection: &'static str,
    /// How the upper ids look.
    pub id: IdKind,
    /// The field of the record that holds the upper id; it is compared too when the full name is given.
    pub field: F,
}

/// How the ids of a collection look.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum IdKind {
    /// Chosen text.
    Chosen,
    /// A UUID in lower-case hyphenated form.
    Uuid,
    /// The number of a ticket.
    TicketNumber,
}
