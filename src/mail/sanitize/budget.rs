//! How much of an HTML source can be parsed without its tree growing out of proportion.
//!
//! The rules for unclosed formatting elements let a source of some hundred kilobytes build millions of nodes (every
//! paragraph repeats them), and deep nesting makes parsing quadratic. A dry run of the same parser, with nothing kept
//! but counts, finds where that starts.

use std::{borrow::Cow, cell::Cell, rc::Rc};

use html5ever::{
    Attribute, ExpandedName, LocalName, ParseOpts, QualName,
    interface::{ElementFlags, NodeOrText, QuirksMode, TreeSink},
    ns, parse_fragment,
    tendril::{StrTendril, TendrilSink},
};

/// Elements of one document; the longest newsletters have some thousands.
const MAX_ELEMENTS: usize = 10_000;
/// Elements within elements; layouts made of tables reach about a hundred.
const MAX_DEPTH: usize = 250;
/// Sources with fewer tags cannot reach either bound's cost.
const FREE_TAGS: usize = 200;
/// Bytes parsed between two looks at the counts.
const STEP: usize = 64;

/// The length of the longest prefix of `source` that stays within the bounds.
pub(super) fn affordable(source: &str) -> usize {
    if source.bytes().filter(|b| *b == b'<').count() < FREE_TAGS {
        return source.len();
    }
    let counts = Rc::new(Counts::default());
    let sink = DryRun { counts: Rc::clone(&counts), document: Node::new(element_name("#document")) };
    let context = element_name("div");
    let mut parser = parse_fragment(sink, ParseOpts::default(), context, Vec::new(), false);
    let mut end = 0;
    while end < source.len() {
        let next = source.ceil_char_boundary(end + STEP);
        parser.process(StrTendril::from_slice(&source[end..next]));
        if counts.elements.get() > MAX_ELEMENTS || counts.depth.get() > MAX_DEPTH {
            return source[..end].rfind('<').unwrap_or(end);
        }
        end = next;
    }
    source.len()
}

fn element_name(local: &str) -> QualName {
    QualName::new(None, ns!(html), LocalName::from(local))
}

#[derive(Default)]
struct Counts {
    elements: Cell<usize>,
    depth: Cell<usize>,
}

/// A node that knows its name and how deep it stands, nothing else.
struct Node {
    name: QualName,
    depth: Cell<usize>,
}

impl Node {
    fn new(name: QualName) -> Rc<Self> {
        Rc::new(Self { name, depth: Cell::new(0) })
    }
}

/// A tree that is not built.
struct DryRun {
    counts: Rc<Counts>,
    document: Rc<Node>,
}

impl DryRun {
    fn place(&self, child: &NodeOrText<Rc<Node>>, depth: usize) {
        if let NodeOrText::AppendNode(node) = child {
            node.depth.set(depth);
            self.counts.depth.set(self.counts.depth.get().max(depth));
        }
    }
}

impl TreeSink for DryRun {
    type Handle = Rc<Node>;
    type Output = ();
    type ElemName<'a> = ExpandedName<'a>;

    fn finish(self) {}

    fn parse_error(&self, _message: Cow<'static, str>) {}

    fn get_document(&self) -> Rc<Node> {
        Rc::clone(&self.document)
    }

    fn elem_name<'a>(&'a self, target: &'a Rc<Node>) -> ExpandedName<'a> {
        target.name.expanded()
    }

    fn create_element(&self, name: QualName, _attributes: Vec<Attribute>, _flags: ElementFlags) -> Rc<Node> {
        self.counts.elements.set(self.counts.elements.get() + 1);
        Node::new(name)
    }

    fn create_comment(&self, _text: StrTendril) -> Rc<Node> {
        Node::new(element_name("#comment"))
    }

    fn create_pi(&self, _target: StrTendril, _data: StrTendril) -> Rc<Node> {
        Node::new(element_name("#instruction"))
    }

    fn append(&self, parent: &Rc<Node>, child: NodeOrText<Rc<Node>>) {
        self.place(&child, parent.depth.get() + 1);
    }

    fn append_based_on_parent_node(&self, element: &Rc<Node>, _previous: &Rc<Node>, child: NodeOrText<Rc<Node>>) {
        self.place(&child, element.depth.get() + 1);
    }

    fn append_doctype_to_document(&self, _name: StrTendril, _public: StrTendril, _system: StrTendril) {}

    fn get_template_contents(&self, target: &Rc<Node>) -> Rc<Node> {
        Rc::clone(target)
    }

    fn same_node(&self, x: &Rc<Node>, y: &Rc<Node>) -> bool {
        Rc::ptr_eq(x, y)
    }

    fn set_quirks_mode(&self, _mode: QuirksMode) {}

    fn append_before_sibling(&self, sibling: &Rc<Node>, new_node: NodeOrText<Rc<Node>>) {
        self.place(&new_node, sibling.depth.get());
    }

    fn add_attrs_if_missing(&self, _target: &Rc<Node>, _attributes: Vec<Attribute>) {}

    fn remove_from_parent(&self, _target: &Rc<Node>) {}

    fn reparent_children(&self, _node: &Rc<Node>, _new_parent: &Rc<Node>) {}
}
