//! Who calls a function, as far as the script alone can tell.

use std::collections::HashMap;

use super::{
    super::syntax::{Node, Syntax},
    helpers::{Helpers, Meaning},
    scopes::{BindingId, FUNCTIONS, Scopes},
};

/// Finds the calls of a function that would have to await it once it is async.
#[derive(Debug)]
pub(super) struct Callers<'a, 's> {
    syntax: &'a Syntax<'s>,
    scopes: &'a Scopes<'s>,
    helpers: &'a Helpers<'a, 's>,
    /// Where something is asked for a property, by the property's name.
    members: HashMap<&'s str, Vec<Node>>,
}

/// The calls, or where a function stands whose callers can't be told or can't wait.
type Found = Result<Vec<Node>, &'static str>;

/// How far a function is followed through others that it is handed to.
const DEPTH: usize = 8;

/// Functions that ignore what a callback returns: an async one does as well.
const CALLING_LATER: [&str; 5] = [
    "setTimeout",
    "setInterval",
    "setImmediate",
    "queueMicrotask",
    "nextTick",
];
const LISTENING: [&str; 5] = ["on", "once", "addListener", "prependListener", "addEventListener"];
const NODES_CALLBACKS: [&str; 26] = [
    "access",
    "appendFile",
    "chmod",
    "chown",
    "copyFile",
    "exec",
    "execFile",
    "get",
    "link",
    "lookup",
    "lstat",
    "mkdir",
    "open",
    "query",
    "question",
    "readFile",
    "readdir",
    "rename",
    "request",
    "rm",
    "rmdir",
    "stat",
    "symlink",
    "unlink",
    "utimes",
    "writeFile",
];

impl<'a, 's> Callers<'a, 's> {
    pub(super) fn new(syntax: &'a Syntax<'s>, scopes: &'a Scopes<'s>, helpers: &'a Helpers<'a, 's>) -> Self {
        let mut members: HashMap<&str, Vec<Node>> = HashMap::new();
        for node in syntax.all().filter(|&node| syntax.is(node, "member_expression")) {
            if let Some(property) = syntax.child(node, "property") {
                members.entry(syntax.text(property)).or_default().push(node);
            }
        }
        Self {
            syntax,
            scopes,
            helpers,
            members,
        }
    }

    pub(super) fn of(&self, function: Node) -> Found {
        self.of_function(function, DEPTH)
    }

    fn of_function(&self, function: Node, depth: usize) -> Found {
        let syntax = self.syntax;
        match syntax.kind(function) {
            "function_declaration" => {
                let name = syntax.child(function, "name").ok_or("in a function")?;
                self.of_name(name, depth)
            }
            "method_definition" => {
                let name = syntax.child(function, "name").ok_or("in a method")?;
                self.of_method(syntax.text(name))
            }
            _ => {
                let mut calls = self.of_value(function, depth)?;
                // A function expression knows itself by its name.
                if let Some(name) = syntax.child(function, "name") {
                    calls.extend(self.of_name(name, depth)?);
                }
                Ok(calls)
            }
        }
    }

    fn of_name(&self, name: Node, depth: usize) -> Found {
        match self.scopes.of(name) {
            Some(binding) => self.of_binding(binding, depth),
            None => Err("in a function"),
        }
    }

    fn of_binding(&self, binding: BindingId, depth: usize) -> Found {
        let mut calls = Vec::new();
        for &reference in &self.scopes.bindings[binding].references {
            let parent = self.syntax.parent(reference);
            let assigned = parent.is_some_and(|parent| {
                self.syntax.is(parent, "assignment_expression") && self.syntax.field(reference) == Some("left")
            });
            if !assigned {
                calls.extend(self.of_value(reference, depth)?);
            }
        }
        Ok(calls)
    }

    /// The calls of a function that an expression stands for.
    fn of_value(&self, value: Node, depth: usize) -> Found {
        let syntax = self.syntax;
        let Some(parent) = syntax.parent(value) else {
            return Err("in a function");
        };
        let field = syntax.field(value);
        match syntax.kind(parent) {
            "call_expression" if field == Some("function") => Ok(vec![parent]),
            "parenthesized_expression" => self.of_value(parent, depth),
            "unary_expression" | "expression_statement" => Ok(Vec::new()),
            "variable_declarator" if field == Some("value") => {
                let name = syntax.child(parent, "name").ok_or("in a function")?;
                self.of_name(name, depth)
            }
            "assignment_expression" if field == Some("right") => {
                let left = syntax.child(parent, "left").ok_or("in a function")?;
                match syntax.kind(left) {
                    "identifier" => self.of_name(left, depth),
                    "member_expression" if is_exported(syntax.text(left)) => Ok(Vec::new()),
                    "member_expression" => {
                        self.of_method(syntax.child(left, "property").map_or("", |name| syntax.text(name)))
                    }
                    _ => Err("in a function"),
                }
            }
            // `f.call(this)`
            "member_expression" if field == Some("object") => {
                let method = syntax.child(parent, "property").map_or("", |name| syntax.text(name));
                match syntax.parent(parent) {
                    Some(call) if syntax.is(call, "call_expression") && matches!(method, "call" | "apply") => {
                        Ok(vec![call])
                    }
                    _ => Err("in a function that is used as a value"),
                }
            }
            "pair" if field == Some("value") => {
                let key = syntax.child(parent, "key").map_or("", |key| syntax.text(key));
                self.in_object(parent, key.trim_matches(['\'', '"']))
            }
            // `{ f }`
            "object" => self.in_object(value, syntax.text(value)),
            "field_definition" => {
                let name = syntax.child(parent, "property").map_or("", |name| syntax.text(name));
                self.of_method(name)
            }
            "arguments" => self.of_callback(parent, value, depth),
            "new_expression" => Err("in a constructor"),
            _ => Err("in a function that is used as a value"),
        }
    }

    fn in_object(&self, pair: Node, key: &str) -> Found {
        let object = self
            .syntax
            .parent(pair)
            .filter(|&object| self.syntax.is(object, "object"));
        let exported = object
            .and_then(|object| self.syntax.parent(object))
            .is_some_and(|above| {
                let left = self.syntax.child(above, "left");
                left.is_some_and(|left| is_exported(self.syntax.text(left)))
            });
        if exported {
            return Ok(Vec::new());
        }
        self.of_method(key)
    }

    /// The calls of all methods of a name, if all that is done with the name is to call it.
    fn of_method(&self, name: &str) -> Found {
        let syntax = self.syntax;
        let mut calls = Vec::new();
        let named = self.members.get(name).into_iter().flatten().copied().filter(|&node| {
            let meaning = self.helpers.meaning(node);
            !matches!(meaning, Some(Meaning::Function(_)))
        });
        for node in named {
            let parent = syntax.parent(node);
            match parent.map(|parent| (syntax.kind(parent), syntax.field(node))) {
                Some(("call_expression", Some("function"))) => calls.extend(parent),
                Some(("assignment_expression", Some("left"))) => {}
                _ => return Err("in a method that is used as a value"),
            }
        }
        // What JavaScript calls by itself, and what every array has.
        let ambiguous = matches!(
            name,
            "toString"
                | "valueOf"
                | "toJSON"
                | "next"
                | "then"
                | "get"
                | "set"
                | "has"
                | "push"
                | "map"
                | "forEach"
                | "filter"
                | "sort"
                | "find"
                | "some"
                | "every"
                | "reduce"
                | "call"
                | "apply"
                | "bind"
                | "join"
        );
        if calls.is_empty() || ambiguous {
            return Err("in a method whose callers are not known");
        }
        Ok(calls)
    }

    /// A function that is handed to another.
    fn of_callback(&self, arguments: Node, value: Node, depth: usize) -> Found {
        let syntax = self.syntax;
        let Some(call) = syntax.parent(arguments) else {
            return Err("in a callback");
        };
        if syntax.is(call, "new_expression") {
            return Err("in a callback of a constructor");
        }
        let Some(callee) = syntax.child(call, "function") else {
            return Err("in a callback");
        };
        let method = syntax.child(callee, "property").unwrap_or(callee);
        let name = syntax.text(method);
        let member = syntax.is(callee, "member_expression");
        let first = syntax
            .named_children(arguments)
            .next()
            .map_or("", |first| syntax.text(first));
        if member && matches!(name, "then" | "catch" | "finally") {
            return Ok(Vec::new());
        }
        if CALLING_LATER.contains(&name) && (member || self.scopes.is_free(callee)) {
            return Ok(Vec::new());
        }
        if member && LISTENING.contains(&name) {
            // At the end of a process nothing is waited for any more.
            let last = first.trim_matches(['\'', '"', '`']) == "exit";
            return if last {
                Err("in a listener for the end of the process")
            } else {
                Ok(Vec::new())
            };
        }
        let is_last = syntax.named_children(arguments).last() == Some(value);
        if NODES_CALLBACKS.contains(&name)
            && is_last
            && syntax.named_children(arguments).count() > 1
            && self.is_nodes(callee)
        {
            return Ok(Vec::new());
        }
        if member && name == "map" && self.is_awaited_as_a_whole(call) {
            return Ok(Vec::new());
        }
        if let Some(function) = self.declared_function(callee).filter(|_| depth > 0) {
            return self.of_parameter(function, arguments, value, depth - 1);
        }
        Err(match name {
            "forEach" => "in a callback of `forEach`",
            "map" | "flatMap" => "in a callback of `map`",
            "filter" => "in a callback of `filter`",
            "reduce" | "reduceRight" => "in a callback of `reduce`",
            "sort" => "in a callback of `sort`",
            _ => "in a callback",
        })
    }

    /// `fs.readFile` and `readFile`, but not a method of the script's own.
    fn is_nodes(&self, callee: Node) -> bool {
        let object = self.syntax.child(callee, "object").unwrap_or(callee);
        let Some(binding) = self.scopes.of(object).map(|binding| &self.scopes.bindings[binding]) else {
            return false;
        };
        binding.declarations.iter().all(|&name| {
            self.syntax.ancestors(name).take(4).any(|above| {
                let value = self
                    .syntax
                    .child(above, "value")
                    .or_else(|| self.syntax.child(above, "source"));
                value.is_some_and(|value| {
                    self.syntax.text(value).contains("require(") || self.syntax.is(value, "string")
                })
            })
        })
    }

    /// `Promise.all(list.map(…))`
    fn is_awaited_as_a_whole(&self, call: Node) -> bool {
        let arguments = self
            .syntax
            .parent(call)
            .filter(|&parent| self.syntax.is(parent, "arguments"));
        let all = arguments.and_then(|arguments| self.syntax.parent(arguments));
        let function = all.and_then(|all| self.syntax.child(all, "function"));
        function.is_some_and(|function| matches!(self.syntax.text(function), "Promise.all" | "Promise.allSettled"))
    }

    /// The function of the script's own that a name stands for.
    fn declared_function(&self, callee: Node) -> Option<Node> {
        let binding = &self.scopes.bindings[self.scopes.of(callee)?];
        let &[declaration] = binding.declarations.as_slice() else {
            return None;
        };
        let parent = self.syntax.parent(declaration)?;
        let function = match self.syntax.kind(parent) {
            "function_declaration" => parent,
            "variable_declarator" => self.syntax.child(parent, "value")?,
            _ => return None,
        };
        FUNCTIONS.contains(&self.syntax.kind(function)).then_some(function)
    }

    /// The calls of the parameter that the function is handed to.
    fn of_parameter(&self, function: Node, arguments: Node, value: Node, depth: usize) -> Found {
        let at = self
            .syntax
            .named_children(arguments)
            .position(|argument| argument == value);
        let parameter = match self.syntax.child(function, "parameters") {
            Some(parameters) => self.syntax.named_children(parameters).nth(at.unwrap_or(usize::MAX)),
            None => self.syntax.child(function, "parameter").filter(|_| at == Some(0)),
        };
        match parameter.filter(|&parameter| self.syntax.is(parameter, "identifier")) {
            Some(parameter) => self.of_name(parameter, depth),
            None => Err("in a callback"),
        }
    }
}

fn is_exported(left: &str) -> bool {
    left == "module.exports" || left.starts_with("module.exports.") || left.starts_with("exports.")
}
