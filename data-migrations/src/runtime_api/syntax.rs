//! A syntax tree, laid out flat.

use std::{ops::Range, sync::LazyLock};

use tree_sitter::{Language, LanguageError};

/// A grammar with the names of its nodes, which live as long as the program.
#[derive(Debug)]
pub(super) struct Grammar {
    language: Language,
    kinds: Vec<String>,
    fields: Vec<String>,
}

pub(super) static BASH: LazyLock<Grammar> = LazyLock::new(|| Grammar::of(tree_sitter_bash::LANGUAGE.into()));
pub(super) static PYTHON: LazyLock<Grammar> = LazyLock::new(|| Grammar::of(tree_sitter_python::LANGUAGE.into()));
pub(super) static NODEJS: LazyLock<Grammar> = LazyLock::new(|| Grammar::of(tree_sitter_javascript::LANGUAGE.into()));

impl Grammar {
    fn of(language: Language) -> Self {
        let count = u16::try_from(language.node_kind_count()).unwrap_or(u16::MAX);
        let kinds = (0..count).map(|id| language.node_kind_for_id(id).unwrap_or_default().to_owned());
        let count = u16::try_from(language.field_count()).unwrap_or(u16::MAX);
        // Fields are counted from 1.
        let fields = (0..=count).map(|id| language.field_name_for_id(id).unwrap_or_default().to_owned());
        Self {
            kinds: kinds.collect(),
            fields: fields.collect(),
            language,
        }
    }
}

/// Parses scripts of one language.
pub(super) struct Parser {
    parser: tree_sitter::Parser,
    grammar: &'static Grammar,
}

impl Parser {
    pub(super) fn new(grammar: &'static Grammar) -> Result<Self, LanguageError> {
        let mut parser = tree_sitter::Parser::new();
        parser.set_language(&grammar.language)?;
        Ok(Self { parser, grammar })
    }
}

/// How deep a script may nest. Nobody writes that deep; only what goes through an expression by recursion would notice.
const DEPTH: usize = 1000;

/// A node of a [`Syntax`]: its place in the order in which the nodes begin.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) struct Node(usize);

/// All nodes of a script, parents before their children.
///
/// tree-sitter finds a node's parent by a search from the root, and scripts may nest deeply: here the way up is one step,
/// and no walk needs the stack.
#[derive(Debug)]
pub(super) struct Syntax<'s> {
    pub(super) source: &'s str,
    nodes: Vec<Entry>,
}

#[derive(Debug)]
struct Entry {
    kind: &'static str,
    named: bool,
    field: Option<&'static str>,
    range: Range<usize>,
    row: usize,
    parent: Option<Node>,
    /// The first node that is not below this one.
    next: usize,
}

impl<'s> Syntax<'s> {
    /// Parses a script. None where its syntax can't be read as a whole, or where it nests too deep.
    pub(super) fn parse(parser: &mut Parser, source: &'s str) -> Option<Self> {
        Self::parse_as(parser, source, source)
    }

    /// Parses a text that stands for the script: of the same length, with the same lines.
    pub(super) fn parse_as(parser: &mut Parser, stand_in: &str, source: &'s str) -> Option<Self> {
        let tree = parser.parser.parse(stand_in, None)?;
        let grammar = parser.grammar;
        if tree.root_node().has_error() {
            return None;
        }
        let mut nodes: Vec<Entry> = Vec::new();
        let mut open: Vec<Node> = Vec::new();
        let mut cursor = tree.walk();
        loop {
            let node = cursor.node();
            let here = Node(nodes.len());
            nodes.push(Entry {
                kind: grammar
                    .kinds
                    .get(usize::from(node.kind_id()))
                    .map_or("", String::as_str),
                named: node.is_named(),
                field: cursor
                    .field_id()
                    .and_then(|id| grammar.fields.get(usize::from(id.get())))
                    .map(String::as_str),
                range: node.byte_range(),
                row: node.start_position().row,
                parent: open.last().copied(),
                next: here.0 + 1,
            });
            if cursor.goto_first_child() {
                open.push(here);
                if open.len() > DEPTH {
                    return None;
                }
                continue;
            }
            while !cursor.goto_next_sibling() {
                if !cursor.goto_parent() {
                    return Some(Self { source, nodes });
                }
                let next = nodes.len();
                if let Some(parent) = open.pop() {
                    nodes[parent.0].next = next;
                }
            }
        }
    }

    pub(super) const fn root() -> Node {
        Node(0)
    }

    pub(super) fn kind(&self, node: Node) -> &'static str {
        self.nodes[node.0].kind
    }

    pub(super) fn is(&self, node: Node, kind: &str) -> bool {
        self.kind(node) == kind
    }

    pub(super) fn is_named(&self, node: Node) -> bool {
        self.nodes[node.0].named
    }

    pub(super) fn field(&self, node: Node) -> Option<&'static str> {
        self.nodes[node.0].field
    }

    pub(super) fn range(&self, node: Node) -> Range<usize> {
        self.nodes[node.0].range.clone()
    }

    pub(super) fn start(&self, node: Node) -> usize {
        self.nodes[node.0].range.start
    }

    pub(super) fn end(&self, node: Node) -> usize {
        self.nodes[node.0].range.end
    }

    pub(super) fn text(&self, node: Node) -> &'s str {
        &self.source[self.range(node)]
    }

    /// Counted from 1.
    pub(super) fn line(&self, node: Node) -> usize {
        self.nodes[node.0].row + 1
    }

    pub(super) fn parent(&self, node: Node) -> Option<Node> {
        self.nodes[node.0].parent
    }

    /// From the parent up to the root.
    pub(super) fn ancestors(&self, node: Node) -> impl Iterator<Item = Node> {
        std::iter::successors(self.parent(node), |&node| self.parent(node))
    }

    pub(super) fn children(&self, node: Node) -> impl Iterator<Item = Node> {
        let end = self.nodes[node.0].next;
        let first = (node.0 + 1 < end).then(|| Node(node.0 + 1));
        std::iter::successors(first, move |child| {
            let next = self.nodes[child.0].next;
            (next < end).then_some(Node(next))
        })
    }

    pub(super) fn named_children(&self, node: Node) -> impl Iterator<Item = Node> {
        self.children(node).filter(|&child| self.is_named(child))
    }

    /// The first child of a field.
    pub(super) fn child(&self, node: Node, field: &str) -> Option<Node> {
        self.children(node).find(|&child| self.field(child) == Some(field))
    }

    pub(super) fn child_of_kind(&self, node: Node, kind: &str) -> Option<Node> {
        self.children(node).find(|&child| self.is(child, kind))
    }

    /// The node itself and all below it, in the order of the text.
    pub(super) fn within(&self, node: Node) -> impl DoubleEndedIterator<Item = Node> + use<> {
        (node.0..self.nodes[node.0].next).map(Node)
    }

    pub(super) fn all(&self) -> impl DoubleEndedIterator<Item = Node> + use<> {
        (0..self.nodes.len()).map(Node)
    }

    pub(super) fn len(&self) -> usize {
        self.nodes.len()
    }

    /// Whether the node is the other or below it.
    pub(super) fn is_in(&self, node: Node, other: Node) -> bool {
        other <= node && node.0 < self.nodes[other.0].next
    }

    /// The sibling before, of those that are named and no comments.
    pub(super) fn previous(&self, node: Node) -> Option<Node> {
        self.named_children(self.parent(node)?)
            .take_while(|&sibling| sibling != node)
            .filter(|&sibling| !self.is(sibling, "comment"))
            .last()
    }
}

impl Node {
    pub(super) const fn index(self) -> usize {
        self.0
    }
}
