//! Which module uses which: every path in the code that leads into another module of the crate.
//!
//! Counted are the paths of `use`, all others (`crate::a::b(x)`, `super::Type`, `child::CONSTANT`) and those within macros. Not counted are
//! `mod name;`, which declares a module and uses nothing of it, visibility (`pub(in path)`), attributes, documentation, and what is
//! compiled for tests only. A path that ends at a re-export leads to the module that re-exports.

use std::collections::{BTreeMap, BTreeSet};

use proc_macro2::{TokenStream, TokenTree};
use syn::visit::{self, Visit};
use syn::{Attribute, ImplItemFn, Item, ItemMod, ItemUse, Macro, UseTree, Visibility};

use crate::modules::{Module, is_for_tests};

/// That one module uses another.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Import {
    /// The user, by its index.
    pub from: usize,
    /// The used, by its index.
    pub to: usize,
}

/// All of them.
pub fn imports(modules: &[Module]) -> BTreeSet<Import> {
    let known: BTreeMap<&[String], usize> = modules.iter().enumerate().map(|(index, module)| (&module.name[..], index)).collect();
    let mut found = BTreeSet::new();
    for (index, module) in modules.iter().enumerate() {
        let mut reader = Reader { known: &known, file: index, here: module.name.clone(), found: &mut found };
        reader.visit_file(&module.syntax);
    }
    found
}

struct Reader<'a> {
    known: &'a BTreeMap<&'a [String], usize>,
    file: usize,
    /// The module that the reader is in, which may stand within the file's.
    here: Vec<String>,
    found: &'a mut BTreeSet<Import>,
}

impl Reader<'_> {
    /// Notes a path, if it leads into another file of the crate.
    fn path(&mut self, segments: &[String]) {
        let Some((first, rest)) = segments.split_first() else { return };
        let (mut base, mut rest) = match first.as_str() {
            "crate" => (Vec::new(), rest),
            "self" => (self.here.clone(), rest),
            "super" => (self.here.clone(), segments),
            // Of the module's own children; any other name was imported, which was noted there, or belongs to another crate.
            child if self.known.contains_key(&[&self.here[..], &[child.to_owned()]].concat()[..]) => (self.here.clone(), segments),
            _ => return,
        };
        while let Some((_, more)) = rest.split_first().filter(|(first, _)| *first == "super") {
            base.pop();
            rest = more;
        }
        base.extend_from_slice(rest);
        let to = (0..=base.len()).rev().find_map(|length| self.known.get(&base[..length])).copied();
        if let Some(to) = to.filter(|to| *to != self.file) {
            self.found.insert(Import { from: self.file, to });
        }
    }

    fn tree(&mut self, before: &[String], tree: &UseTree) {
        let with = |name: String| [before, &[name]].concat();
        match tree {
            UseTree::Path(path) => self.tree(&with(path.ident.to_string()), &path.tree),
            UseTree::Name(name) => self.leaf(before, &name.ident.to_string()),
            UseTree::Rename(rename) => self.leaf(before, &rename.ident.to_string()),
            UseTree::Glob(_) => self.path(before),
            UseTree::Group(group) => group.items.iter().for_each(|tree| self.tree(before, tree)),
        }
    }

    fn leaf(&mut self, before: &[String], name: &str) {
        let is_whole = name == "self" && !before.is_empty();
        let path = if is_whole { before.to_vec() } else { [before, &[name.to_owned()]].concat() };
        self.path(&path);
    }

    /// The paths within a macro's call, whose syntax is its own: names with `::` between them.
    fn tokens(&mut self, tokens: TokenStream) {
        let mut path: Vec<String> = Vec::new();
        let mut colons = 0;
        for token in tokens {
            match token {
                TokenTree::Ident(name) if !path.is_empty() && colons == 2 => path.push(name.to_string()),
                TokenTree::Ident(name) => {
                    self.path(&std::mem::take(&mut path));
                    path.push(name.to_string());
                }
                TokenTree::Punct(mark) if mark.as_char() == ':' && !path.is_empty() => {
                    colons += 1;
                    continue;
                }
                other => {
                    self.path(&std::mem::take(&mut path));
                    if let TokenTree::Group(group) = other {
                        self.tokens(group.stream());
                    }
                }
            }
            colons = 0;
        }
        self.path(&path);
    }
}

impl<'ast> Visit<'ast> for Reader<'_> {
    fn visit_item(&mut self, item: &'ast Item) {
        let attributes: &[Attribute] = match item {
            Item::Const(item) => &item.attrs,
            Item::Enum(item) => &item.attrs,
            Item::Fn(item) => &item.attrs,
            Item::Impl(item) => &item.attrs,
            Item::Mod(item) => &item.attrs,
            Item::Static(item) => &item.attrs,
            Item::Struct(item) => &item.attrs,
            Item::Trait(item) => &item.attrs,
            Item::Type(item) => &item.attrs,
            Item::Use(item) => &item.attrs,
            _ => &[],
        };
        if !is_for_tests(attributes) {
            visit::visit_item(self, item);
        }
    }

    fn visit_impl_item_fn(&mut self, item: &'ast ImplItemFn) {
        if !is_for_tests(&item.attrs) {
            visit::visit_impl_item_fn(self, item);
        }
    }

    fn visit_item_mod(&mut self, module: &'ast ItemMod) {
        self.here.push(module.ident.to_string());
        visit::visit_item_mod(self, module);
        self.here.pop();
    }

    fn visit_item_use(&mut self, item: &'ast ItemUse) {
        if item.leading_colon.is_none() {
            self.tree(&[], &item.tree);
        }
    }

    fn visit_path(&mut self, path: &'ast syn::Path) {
        if path.leading_colon.is_none() {
            let segments: Vec<String> = path.segments.iter().map(|segment| segment.ident.to_string()).collect();
            // One name alone is a variable, a type or a function, which stands here or was imported.
            if segments.len() > 1 {
                self.path(&segments);
            }
        }
        visit::visit_path(self, path);
    }

    fn visit_macro(&mut self, call: &'ast Macro) {
        self.tokens(call.tokens.clone());
        visit::visit_macro(self, call);
    }

    fn visit_visibility(&mut self, _: &'ast Visibility) {}

    fn visit_attribute(&mut self, _: &'ast Attribute) {}
}
