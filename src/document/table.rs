//! Reading a configuration value by value. What is wrong with one is reported and the next is read, so that one run finds all errors.

use std::path::PathBuf;
use std::str::FromStr;

use super::Document;
use super::node::{Content, Given, Member, Node, Written};
use super::origin::{Fault, Origin};

/// A mapping of which each key is taken once; what is left at the end is unknown.
#[derive(Clone)]
pub struct Table<'d> {
    document: &'d Document,
    written: Written,
    members: Vec<Member>,
    known: Vec<&'static str>,
    /// The keys that it has from its defaults alone.
    inherited: Vec<String>,
    /// Whether none of its values may be a secret.
    is_open: bool,
}

/// One value and where it stands.
pub struct Entry<'d> {
    pub(super) document: &'d Document,
    pub(super) member: Member,
    is_inherited: bool,
}

impl<'d> Table<'d> {
    /// The table at the top of a document.
    #[must_use]
    pub fn root(document: &'d Document) -> Self {
        let members = if let Content::Mapping(members) = &document.root.content { members.clone() } else { Vec::new() };
        Self { document, written: document.root.written.clone(), members, known: Vec::new(), inherited: Vec::new(), is_open: false }
    }

    /// Has other values stand where this mapping has none of their own. Those of the keys `merged`, which are mappings, are put together.
    pub fn fall_back_to(&mut self, defaults: &Self, merged: &[&str]) {
        for other in &defaults.members {
            match self.members.iter_mut().find(|own| own.key == other.key) {
                None => {
                    self.inherited.push(other.key.clone());
                    self.members.push(other.clone());
                }
                Some(own) if merged.contains(&own.key.as_str()) => own.node.fall_back_to(&other.node),
                Some(_) => {}
            }
        }
    }

    /// Lets go of all keys but these.
    pub fn keep(&mut self, keys: &[&str]) {
        self.members.retain(|member| keys.contains(&member.key.as_str()));
    }

    /// The value under a key. One that is empty (`labels:`) counts as absent.
    pub fn take(&mut self, key: &'static str) -> Option<Entry<'d>> {
        self.known.push(key);
        let member = self.members.remove(self.members.iter().position(|member| member.key == key)?);
        let is_inherited = self.inherited.contains(&member.key);
        (!matches!(member.node.content, Content::Nothing)).then_some(Entry { document: self.document, member, is_inherited })
    }

    /// The value under a key that must be there.
    pub fn require(&mut self, key: &'static str, hint: &str) -> Option<Entry<'d>> {
        let entry = self.take(key);
        if entry.is_none() {
            self.document.report(self.origin().error(format!("`{key}` is missing")).hint(hint));
        }
        entry
    }

    /// All that is left, in the order of the file: for a mapping whose keys are names of the user's choice.
    pub fn entries(self) -> Vec<Entry<'d>> {
        self.members.into_iter().map(|member| Entry { document: self.document, member, is_inherited: false }).collect()
    }

    /// Of a mapping that has no place for a secret: an unknown key is always named.
    #[must_use]
    pub const fn open(mut self) -> Self {
        self.is_open = true;
        self
    }

    /// Refuses what was not taken.
    pub fn finish(mut self) {
        let (known, is_open) = (std::mem::take(&mut self.known), self.is_open);
        let document = self.document;
        for entry in self.entries() {
            let origin = entry.key_origin();
            // Of another form than our keys it may be anything, a connection string with its password as well. In the middle of a line it may be a piece
            // of one: `{ url: postgres://u:se, cret: x@h }`.
            let is_word = entry.key().chars().all(|c| c.is_ascii_alphanumeric() || c == '_' || c == '-');
            document.report(if is_word && (is_open || origin.begins_line()) {
                origin.error(format!("unknown key `{}`", entry.key())).suggest(entry.key(), known.iter().copied())
            } else {
                origin.hidden().error("unknown key").hint(format!("known are {}; a value with a comma needs quotes", known.join(", ")))
            });
        }
    }

    /// Refuses a key that others know and pgvigil does not do.
    pub fn refuse(&mut self, key: &'static str, hint: &str) {
        if let Some(entry) = self.take(key) {
            self.document.report(entry.key_origin().error(format!("`{key}` is not supported by pgvigil")).hint(hint));
        }
    }

    /// The document it is from.
    pub fn document(&self) -> &'d Document {
        self.document
    }

    /// Where the mapping begins.
    pub fn origin(&self) -> Origin {
        self.document.origin(&self.written)
    }
}

impl<'d> Entry<'d> {
    /// The key; empty within a list.
    pub fn key(&self) -> &str {
        &self.member.key
    }

    /// Where the key stands.
    pub fn key_origin(&self) -> Origin {
        self.document.origin(&self.member.written)
    }

    /// Where the value stands.
    pub fn origin(&self) -> Origin {
        self.document.origin(&self.member.node.written)
    }

    /// The document it is from, which takes errors even after the value was read.
    pub fn document(&self) -> &'d Document {
        self.document
    }

    /// Whether it is a default, and not said of this very thing.
    pub const fn is_inherited(&self) -> bool {
        self.is_inherited
    }

    /// Whether a part of it is not known, since a variable or a file is not on this machine.
    pub fn is_unsure(&self) -> bool {
        matches!(&self.member.node.content, Content::Given(given) if !given.unsure.is_empty())
    }

    /// Says that errors about it count although a part of it is not known, if each such part is harmless: given what stands before and behind it.
    pub fn trust_if(&self, is_harmless: impl Fn(&str, &str) -> bool) {
        if let Content::Given(Given { text, unsure, .. }) = &self.member.node.content
            && unsure.iter().all(|part| is_harmless(&text[..part.start], &text[part.end..]))
        {
            self.document.trust(&self.origin());
        }
    }

    /// Whether it is written in the document as it is, without `${...}`.
    pub fn is_literal(&self) -> bool {
        matches!(self.member.node.written, Written::Here(_)) && !matches!(self.member.node.content, Content::Given(_))
    }

    /// A text as it was written.
    pub fn text(self) -> Option<String> {
        match self.member.node.content {
            Content::Text(text) | Content::Given(Given { text, .. }) => Some(text),
            _ => self.unexpected(TEXT),
        }
    }

    /// A text, or a number as a text: what a person need not put in quotes.
    pub fn scalar(self) -> Option<String> {
        match self.member.node.content {
            Content::Whole(number) => Some(number.to_string()),
            Content::Fraction(number) => Some(number.to_string()),
            _ => self.text(),
        }
    }

    /// Whether it is a mapping.
    pub fn is_table(&self) -> bool {
        matches!(self.member.node.content, Content::Mapping(_))
    }

    /// Whether it is a list, or a variable, which may be one.
    pub fn is_list(&self) -> bool {
        matches!(self.member.node.content, Content::List(_)) || self.is_variable()
    }

    /// A text that no error may show. Digits are one too, so that nothing tells what else stands there.
    pub fn secret(self) -> Option<String> {
        if let Content::Given(given) = &self.member.node.content {
            given.files.iter().for_each(|file| self.document.secret_file(file));
        }
        self.scalar()
    }

    /// The same with a syntax of its own.
    pub fn parse_secret<T: FromStr<Err = Fault>>(self) -> Option<T> {
        let (document, origin) = (self.document, self.origin().hidden());
        self.secret()?.parse().map_err(|fault| document.report(origin.fault(fault))).ok()
    }

    /// A text that is not empty.
    pub fn word(self) -> Option<String> {
        let (document, origin) = (self.document, self.origin());
        let text = self.text()?;
        if text.trim().is_empty() {
            document.report(origin.error("must not be empty"));
            return None;
        }
        Some(text)
    }

    /// A text with a syntax of its own.
    pub fn parse<T: FromStr<Err = Fault>>(self) -> Option<T> {
        let (document, origin) = (self.document, self.origin());
        self.text()?.parse().map_err(|fault| document.report(origin.fault(fault))).ok()
    }

    /// A path of the file system.
    pub fn file(self) -> Option<PathBuf> {
        let (document, is_variable) = (self.document, self.is_variable());
        let origin = self.origin().hidden();
        let text = self.word()?;
        // What should be in the file stands here itself, as a key or a password may.
        if text.contains(char::is_control) || text.contains("-----BEGIN") {
            document.report(origin.error("expected the path of a file, found several lines"));
            return None;
        }
        Some(if is_variable { text.into() } else { document.resolve(&text) })
    }

    /// A mapping.
    pub fn table(self) -> Option<Table<'d>> {
        match self.member.node {
            Node { content: Content::Mapping(members), written } => {
                Some(Table { document: self.document, written, members, known: Vec::new(), inherited: Vec::new(), is_open: false })
            }
            _ => self.unexpected(TABLE),
        }
    }

    /// The items of a list; in a variable they are separated by commas.
    pub fn list(self) -> Option<Vec<Entry<'d>>> {
        let (document, is_variable) = (self.document, self.is_variable());
        let items = match self.member.node {
            Node { content: Content::List(items), .. } => items,
            Node { content: Content::Text(text), written } if is_variable => {
                let item = |item: &str| Node { content: Content::Text(item.trim().to_owned()), written: written.clone() };
                text.split(',').map(item).collect()
            }
            _ => return self.unexpected(LIST),
        };
        let member = |node: Node| Member { key: String::new(), written: node.written.clone(), node };
        let entry = |node: Node| Entry { document, member: member(node), is_inherited: false };
        Some(items.into_iter().map(entry).collect())
    }

    pub(super) fn is_variable(&self) -> bool {
        matches!(self.member.node.written, Written::Variable(_))
    }

    /// Reports that it is of another kind. Names kinds only, for the value itself may be a password under the wrong key.
    pub(super) fn unexpected<T>(&self, expected: &str) -> Option<T> {
        let content = &self.member.node.content;
        let is_single = !matches!(content, Content::Nothing | Content::List(_) | Content::Mapping(_));
        // Nor whether a password happens to read as a number.
        let found = if is_single && [LIST, TABLE].contains(&expected) { "a single value" } else { content.kind() };
        let error = self.origin().hidden().error(format!("expected {expected}, found {found}"));
        self.document.report(if is_single && expected == TEXT { error.hint("put it in quotes") } else { error });
        None
    }
}

const TEXT: &str = "a string";
const LIST: &str = "a list";
const TABLE: &str = "a mapping";
