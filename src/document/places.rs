//! Where in a YAML file each key and each value stands. The configuration library keeps values only, so the file is read a second
//! time, by the same parser, for its marks.

use std::collections::HashMap;
use std::ops::Range;

use yaml_rust2::parser::{Event, Parser};
use yaml_rust2::scanner::{Marker, TScalarStyle};

use super::bounds::Bounds;
use super::origin::Fault;

/// The way from the root of the file to a value: keys, and numbers within lists.
pub type Path = Vec<String>;

/// The byte spans of everything in one file.
#[derive(Debug, Default)]
pub struct Places {
    values: HashMap<Path, Range<usize>>,
    keys: HashMap<Path, Range<usize>>,
    /// Whether the file holds anything but comments.
    pub filled: bool,
}

impl Places {
    /// Reads a file, or says where it is no YAML that a configuration could be.
    pub fn read(text: &str) -> Result<Self, Vec<(Range<usize>, Fault)>> {
        let mut reader = Reader::new(text);
        let mut parser = Parser::new_from_str(text);
        // Event by event: what reads a whole document at once calls itself for each level.
        loop {
            match parser.next_token() {
                Ok((Event::StreamEnd, _)) => break,
                Ok((event, mark)) => {
                    if let Err(fault) = reader.bounds.take(&event) {
                        let start = reader.byte(mark.index());
                        reader.faults.push((start..start + 1, fault));
                        break;
                    }
                    reader.on_event(event, mark);
                }
                Err(error) => {
                    let start = reader.byte(error.marker().index());
                    let fault = Fault::new(format!("not YAML: {}", error.info()));
                    reader.faults.push((start..start + 1, quote_hint(&text[start..], fault)));
                    break;
                }
            }
        }
        if reader.faults.is_empty() { Ok(reader.places) } else { Err(reader.faults) }
    }

    /// The value's place, or that of the nearest thing around it: what an alias (`*name`) stands for has no place of its own.
    pub fn value(&self, path: &[String]) -> Option<Range<usize>> {
        (0..=path.len()).rev().find_map(|length| self.values.get(&path[..length])).cloned()
    }

    /// The place of the key under which the value stands, else the value's.
    pub fn key(&self, path: &[String]) -> Option<Range<usize>> {
        self.keys.get(path).cloned().or_else(|| self.value(path))
    }

    /// The keys at the top of the file.
    pub fn top(&self) -> impl Iterator<Item = &str> {
        self.keys.keys().filter(|path| path.len() == 1).filter_map(|path| path.first()).map(String::as_str)
    }
}

/// `exclude: [*_old]` is the mistake that this file invites.
fn quote_hint(rest: &str, fault: Fault) -> Fault {
    if rest.starts_with('*') { fault.hint("put a pattern that begins with `*` in quotes") } else { fault }
}

/// Follows the parser and knows at each event which path it is at.
struct Reader<'t> {
    text: &'t str,
    /// The parser counts characters: their bytes.
    bytes: Vec<usize>,
    places: Places,
    path: Path,
    open: Vec<Open>,
    documents: usize,
    bounds: Bounds,
    faults: Vec<(Range<usize>, Fault)>,
}

/// A collection whose end has not been seen.
enum Open {
    /// A mapping: whether the next event is a value, its key being the last step of the path.
    Mapping { keyed: bool },
    /// A list: how many items have been seen.
    List { items: usize },
}

impl<'t> Reader<'t> {
    fn new(text: &'t str) -> Self {
        let bytes = text.char_indices().map(|(index, _)| index).collect();
        Self {
            text,
            bytes,
            places: Places::default(),
            path: Path::new(),
            open: Vec::new(),
            documents: 0,
            bounds: Bounds::default(),
            faults: Vec::new(),
        }
    }

    fn byte(&self, character: usize) -> usize {
        self.bytes.get(character).copied().unwrap_or(self.text.len())
    }

    fn awaits_key(&self) -> bool {
        matches!(self.open.last(), Some(Open::Mapping { keyed: false }))
    }

    fn key(&mut self, name: String, span: Range<usize>) {
        // The parser marks a mapping without braces only behind its first key.
        if let Some(mapping) = self.places.values.get_mut(&self.path).filter(|mapping| mapping.start > span.start) {
            *mapping = span.clone();
        }
        self.path.push(name);
        if self.places.keys.insert(self.path.clone(), span.clone()).is_some() {
            let message = format!("`{}` stands here a second time", self.path.last().map_or("", String::as_str));
            self.faults.push((span, Fault::new(message).hint("keep one of the two")));
        }
        self.set_keyed(true);
    }

    fn begin(&mut self, span: Range<usize>) {
        if let Some(Open::List { items }) = self.open.last_mut() {
            self.path.push(items.to_string());
            *items += 1;
        }
        self.places.values.insert(self.path.clone(), span);
    }

    fn end(&mut self) {
        if !self.open.is_empty() {
            self.path.pop();
        }
        self.set_keyed(false);
    }

    fn set_keyed(&mut self, value: bool) {
        if let Some(Open::Mapping { keyed }) = self.open.last_mut() {
            *keyed = value;
        }
    }

    fn scalar(&mut self, text: String, span: Range<usize>) {
        if self.awaits_key() {
            self.key(text, span);
            return;
        }
        if self.open.is_empty() && !(text.is_empty() || text == "~" || text == "null") {
            self.faults.push((span.clone(), not_a_mapping()));
        }
        self.begin(span);
        self.end();
    }

    fn collection(&mut self, open: Open, span: Range<usize>) {
        if self.awaits_key() {
            // Goes on as if there were a name, to find what else is wrong.
            self.faults.push((span.clone(), Fault::new("a key must be a word")));
            self.key(String::new(), span.clone());
        } else if self.open.is_empty() {
            self.places.filled = true;
            if matches!(open, Open::List { .. }) {
                self.faults.push((span.clone(), not_a_mapping()));
            }
        }
        self.begin(span);
        self.open.push(open);
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

fn not_a_mapping() -> Fault {
    Fault::new("expected keys, such as `servers:`")
}

impl Reader<'_> {
    fn on_event(&mut self, event: Event, mark: Marker) {
        let start = self.byte(mark.index());
        match event {
            Event::DocumentStart => {
                self.documents += 1;
                if self.documents == 2 {
                    self.faults.push((start..start + 3, Fault::new("a second document in one file")));
                }
            }
            Event::Scalar(text, style, ..) => {
                let span = self.span(start, &text, style);
                self.scalar(text, span);
            }
            Event::Alias(_) => self.scalar(String::new(), start..start + 1),
            Event::MappingStart(..) => self.collection(Open::Mapping { keyed: false }, start..start + 1),
            Event::SequenceStart(..) => self.collection(Open::List { items: 0 }, start..start + 1),
            Event::MappingEnd | Event::SequenceEnd => {
                self.open.pop();
                self.end();
            }
            Event::Nothing | Event::StreamStart | Event::StreamEnd | Event::DocumentEnd => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEXT: &str = "# ü\nlisten: :9187\nservers:\n  - name: 'a b'\n    labels: { x: \"1\", y: z }\n  - { name: c }\n";

    fn value(path: &str) -> &'static str {
        &TEXT[Places::read(TEXT).unwrap().value(&path.split('.').map(str::to_owned).collect::<Path>()).unwrap()]
    }

    fn faults(text: &str) -> Vec<(&str, String)> {
        Places::read(text).unwrap_err().into_iter().map(|(span, fault)| (text.get(span).unwrap_or(""), fault.message)).collect()
    }

    #[test]
    fn knows_where_everything_stands() {
        assert_eq!(value("listen"), ":9187");
        assert_eq!(value("servers.0.name"), "'a b'");
        assert_eq!(value("servers.0.labels.x"), "\"1\"");
        assert_eq!(value("servers.0.labels.y"), "z");
        assert_eq!(value("servers.1.name"), "c");
        assert_eq!(value("servers.1.labels.nowhere"), "{");
        let places = Places::read(TEXT).unwrap();
        assert_eq!(&TEXT[places.key(&["servers".into(), "1".into(), "name".into()]).unwrap()], "name");
        assert_eq!(&TEXT[places.key(&["servers".into(), "1".into()]).unwrap()], "{");
    }

    #[test]
    fn a_file_of_comments_is_empty() {
        for text in ["", "# nothing\n", "---\n", "~"] {
            assert!(!Places::read(text).unwrap().filled, "{text:?}");
        }
    }

    #[test]
    fn refuses_what_is_no_configuration() {
        assert_eq!(faults("a: 1\nb: 2\na: 3\n"), [("a", "`a` stands here a second time".to_owned())]);
        assert_eq!(faults("- a\n")[0].1, "expected keys, such as `servers:`");
        assert_eq!(faults("hello"), [("hello", "expected keys, such as `servers:`".to_owned())]);
        assert_eq!(faults("a: 1\n---\nb: 2\n")[0].1, "a second document in one file");
        assert_eq!(faults("? [a]\n: 1\n")[0].1, "a key must be a word");
        assert!(faults("a: [1\nb: 2\n")[0].1.starts_with("not YAML: "));
        let alias = Places::read("a: [*_old]\n").unwrap_err();
        assert_eq!(alias[0].1.hint.as_deref(), Some("put a pattern that begins with `*` in quotes"));
    }
}
