//! The text of a YAML file as a tree of values, each with its place. The parser tells events with their marks, and the tree is made of them
//! in one pass: a library's own tree of values has no places.

use std::collections::{HashMap, HashSet};
use std::ops::Range;

use yaml_rust2::Yaml;
use yaml_rust2::parser::{Event, Parser};
use yaml_rust2::scanner::{Marker, TScalarStyle};

use super::bounds::Bounds;
use super::node::{Content, Member, Node, Written};
use super::origin::Fault;

/// What is wrong and where.
type FaultAt = (Range<usize>, Fault);

/// Reads a file whose root is a mapping or nothing, or says where it is no YAML that a configuration could be.
pub fn read(text: &str) -> Result<Node, Vec<FaultAt>> {
    let mut builder = Builder::new(text);
    let mut parser = Parser::new_from_str(text);
    // Event by event: what reads a whole document at once calls itself for each level.
    loop {
        match parser.next_token() {
            Ok((Event::StreamEnd, _)) => break,
            Ok((event, mark)) => {
                if let Err(fault) = builder.bounds.take(&event) {
                    let start = builder.byte(mark.index());
                    builder.faults.push((start..start + 1, fault));
                    break;
                }
                builder.on_event(event, mark);
            }
            Err(error) => {
                let start = builder.byte(error.marker().index());
                let fault = Fault::new(format!("not YAML: {}", error.info()));
                builder.faults.push((start..start + 1, quote_hint(&text[start..], fault)));
                break;
            }
        }
    }
    if builder.faults.is_empty() { Ok(builder.root.unwrap_or_else(Node::nothing)) } else { Err(builder.faults) }
}

/// `exclude: [*_old]` is the mistake that this file invites.
fn quote_hint(rest: &str, fault: Fault) -> Fault {
    if rest.starts_with('*') { fault.hint("put a pattern that begins with `*` in quotes") } else { fault }
}

/// Puts together what the parser tells.
struct Builder<'t> {
    text: &'t str,
    /// The parser counts characters: their bytes.
    bytes: Vec<usize>,
    open: Vec<Open>,
    /// What each anchor (`&name`) stands for.
    anchors: HashMap<usize, Node>,
    root: Option<Node>,
    documents: usize,
    bounds: Bounds,
    faults: Vec<FaultAt>,
}

/// A collection whose end has not been seen.
struct Open {
    span: Range<usize>,
    anchor: usize,
    inside: Inside,
}

enum Inside {
    /// A mapping: its members, the names of their keys, and the key whose value has not been seen.
    Mapping {
        members: Vec<Member>,
        names: HashSet<String>,
        key: Option<(String, Range<usize>)>,
    },
    List(Vec<Node>),
}

impl<'t> Builder<'t> {
    fn new(text: &'t str) -> Self {
        Self {
            text,
            bytes: text.char_indices().map(|(index, _)| index).collect(),
            open: Vec::new(),
            anchors: HashMap::new(),
            root: None,
            documents: 0,
            bounds: Bounds::default(),
            faults: Vec::new(),
        }
    }

    fn byte(&self, character: usize) -> usize {
        self.bytes.get(character).copied().unwrap_or(self.text.len())
    }

    fn on_event(&mut self, event: Event, mark: Marker) {
        let start = self.byte(mark.index());
        match event {
            Event::DocumentStart => {
                self.documents += 1;
                if self.documents == 2 {
                    self.faults.push((start..start + 3, Fault::new("more than one document in one file")));
                }
            }
            Event::Scalar(text, style, anchor, tag) => {
                let span = self.span(start, &text, style);
                if self.awaits_key() {
                    let is_word = style != TScalarStyle::Plain || !matches!(Yaml::from_str(&text), Yaml::Null);
                    self.key(text, span, is_word);
                } else {
                    let content = Content::scalar(text, style, tag.as_ref());
                    self.value(content, span, anchor);
                }
            }
            Event::Alias(anchor) => {
                let span = start..start + 1;
                if self.awaits_key() {
                    self.key(String::new(), span, false);
                } else {
                    let content = self.anchors.get(&anchor).map_or(Content::Nothing, |node| node.content.clone());
                    self.value(content, span, 0);
                }
            }
            Event::MappingStart(anchor, _) => {
                let inside = Inside::Mapping { members: Vec::new(), names: HashSet::new(), key: None };
                self.open.push(Open { span: start..start + 1, anchor, inside });
            }
            Event::SequenceStart(anchor, _) => {
                self.open.push(Open { span: start..start + 1, anchor, inside: Inside::List(Vec::new()) });
            }
            Event::MappingEnd | Event::SequenceEnd => {
                if let Some(Open { span, anchor, inside }) = self.open.pop() {
                    let content = match inside {
                        Inside::Mapping { members, .. } => Content::Mapping(members),
                        Inside::List(items) => Content::List(items),
                    };
                    if self.awaits_key() {
                        self.key(String::new(), span, false);
                    } else {
                        self.value(content, span, anchor);
                    }
                }
            }
            Event::Nothing | Event::StreamStart | Event::StreamEnd | Event::DocumentEnd => {}
        }
    }

    fn awaits_key(&self) -> bool {
        matches!(self.open.last(), Some(Open { inside: Inside::Mapping { key: None, .. }, .. }))
    }

    /// The key of the next value. One that is no word is reported, and what follows is read to find what else is wrong.
    fn key(&mut self, name: String, span: Range<usize>, is_word: bool) {
        let Some(Open { span: whole, inside: Inside::Mapping { names, key, .. }, .. }) = self.open.last_mut() else { return };
        // The parser marks a mapping without braces only behind its first key.
        if whole.start > span.start {
            *whole = span.clone();
        }
        if !is_word {
            self.faults.push((span.clone(), Fault::new("a key must be a word")));
        } else if !names.insert(name.clone()) {
            let fault = Fault::new("duplicate key").hint("keep one of the two");
            self.faults.push((span.clone(), fault));
        }
        *key = Some((name, span));
    }

    fn value(&mut self, content: Content, span: Range<usize>, anchor: usize) {
        if self.open.is_empty() && !matches!(content, Content::Mapping(_) | Content::Nothing) {
            self.faults.push((span.clone(), Fault::new("expected keys, such as `servers:`")));
        }
        let node = Node { content, written: Written::Here(span) };
        if anchor > 0 {
            self.anchors.insert(anchor, node.clone());
        }
        match self.open.last_mut().map(|open| &mut open.inside) {
            Some(Inside::Mapping { members, key, .. }) => {
                if let Some((key, span)) = key.take() {
                    members.push(Member { key, written: Written::Here(span), node });
                }
            }
            Some(Inside::List(items)) => items.push(node),
            None => self.root = Some(node),
        }
    }

    /// A scalar's bytes as they stand in the file, quotes and all. One that runs over several lines is pointed at by its first.
    fn span(&self, start: usize, value: &str, style: TScalarStyle) -> Range<usize> {
        let rest = &self.text[start..];
        let quoted = |quote| rest.char_indices().skip(1).find(|(_, c)| *c == quote).map(|(index, _)| index + 1);
        let length = match style {
            TScalarStyle::Plain if rest.starts_with(value) => Some(value.len()),
            TScalarStyle::SingleQuoted => quoted('\''),
            TScalarStyle::DoubleQuoted => quoted('"'),
            _ => None,
        };
        start..start + length.unwrap_or_else(|| rest.find('\n').unwrap_or(rest.len()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEXT: &str = "# ü\nlisten: :9187\nservers:\n  - name: 'a b'\n    labels: { x: \"1\", y: z }\n  - { name: c }\n";

    /// What stands at a key's place and at its value's. A number is a step into a list.
    fn places(path: &str) -> (&'static str, &'static str) {
        let (mut node, mut key) = (read(TEXT).unwrap(), Written::Nowhere);
        for step in path.split('.') {
            node = match node.content {
                Content::List(mut items) => items.remove(step.parse().unwrap()),
                Content::Mapping(members) => {
                    let member = members.into_iter().find(|member| member.key == step).unwrap();
                    key = member.written;
                    member.node
                }
                _ => panic!("{path}"),
            };
        }
        let text = |written| if let Written::Here(span) = written { &TEXT[span] } else { "" };
        (text(key), text(node.written))
    }

    fn faults(text: &str) -> Vec<(&str, String)> {
        read(text).unwrap_err().into_iter().map(|(span, fault)| (text.get(span).unwrap_or(""), fault.message)).collect()
    }

    #[test]
    fn knows_where_everything_stands() {
        assert_eq!(places("listen"), ("listen", ":9187"));
        assert_eq!(places("servers.0"), ("servers", "name"), "a mapping without braces begins at its first key");
        assert_eq!(places("servers.0.name"), ("name", "'a b'"));
        assert_eq!(places("servers.0.labels"), ("labels", "{"));
        assert_eq!(places("servers.0.labels.x"), ("x", "\"1\""));
        assert_eq!(places("servers.0.labels.y"), ("y", "z"));
        assert_eq!(places("servers.1.name"), ("name", "c"));
    }

    #[test]
    fn a_scalar_is_what_its_text_says() {
        let kind = |text: &str| match read(&format!("a: {text}")).unwrap().content {
            Content::Mapping(mut members) => format!("{:?}", members.remove(0).node.content),
            other => format!("{other:?}"),
        };
        for (text, expected) in [
            ("", "Nothing"),
            ("~", "Nothing"),
            ("true", "Flag(true)"),
            ("yes", "Text(\"yes\")"),
            ("0x10", "Whole(16)"),
            ("-5", "Whole(-5)"),
            ("1.10", "Fraction(1.1)"),
            ("99999999999999999999", "Fraction(1e20)"),
            ("'5'", "Text(\"5\")"),
            ("!!str 5", "Text(\"5\")"),
            ("!!int 5", "Whole(5)"),
            ("!own 5", "Text(\"5\")"),
            ("10s", "Text(\"10s\")"),
        ] {
            assert_eq!(kind(text), expected, "{text}");
        }
    }

    #[test]
    fn an_alias_is_what_it_stands_for_at_a_place_of_its_own() {
        let text = "a: &a { b: c }\nd: *a\n";
        let Content::Mapping(members) = read(text).unwrap().content else { panic!() };
        let [a, d] = [&members[0].node, &members[1].node];
        assert_eq!(format!("{:?}", a.content), format!("{:?}", d.content));
        assert_eq!(d.written, Written::Here(18..19));
    }

    #[test]
    fn a_file_of_comments_is_empty() {
        for text in ["", "# nothing\n", "---\n", "~"] {
            assert!(matches!(read(text).unwrap().content, Content::Nothing), "{text:?}");
        }
    }

    #[test]
    fn refuses_what_is_no_configuration() {
        assert_eq!(faults("a: 1\nb: 2\na: 3\n"), [("a", "duplicate key".to_owned())]);
        assert_eq!(faults("- a\n")[0].1, "expected keys, such as `servers:`");
        assert_eq!(faults("hello"), [("hello", "expected keys, such as `servers:`".to_owned())]);
        assert_eq!(faults("a: 1\n---\nb: 2\n")[0].1, "more than one document in one file");
        for text in ["? [a]\n: 1\n", "~: 1\n", "a: &a b\n*a : c\n"] {
            assert_eq!(faults(text)[0].1, "a key must be a word", "{text}");
        }
        assert!(faults("a: [1\nb: 2\n")[0].1.starts_with("not YAML: "));
        let alias = read("a: [*_old]\n").unwrap_err();
        assert_eq!(alias[0].1.hint.as_deref(), Some("put a pattern that begins with `*` in quotes"));
    }
}
