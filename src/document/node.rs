//! A value of a file and where it was written.

use std::ops::Range;
use std::path::PathBuf;

use yaml_rust2::Yaml;
use yaml_rust2::parser::Tag;
use yaml_rust2::scanner::TScalarStyle;

/// A value.
#[derive(Debug, Clone)]
pub struct Node {
    /// What it is.
    pub content: Content,
    /// Where it was written.
    pub written: Written,
}

/// What a value is. A mapping and a list are in the order of the file.
#[derive(Debug, Clone)]
pub enum Content {
    /// Nothing, as behind `labels:`.
    Nothing,
    /// `true` or `false`.
    Flag(bool),
    /// A whole number.
    Whole(i64),
    /// A number that is not whole.
    Fraction(f64),
    /// A text.
    Text(String),
    /// A text with something put in by `${NAME}` or `${file:PATH}`: it is a number or a switch where one is expected.
    Given(Given),
    /// A list.
    List(Vec<Node>),
    /// A mapping.
    Mapping(Vec<Member>),
}

/// A text with something put in.
#[derive(Debug, Clone, Default)]
pub struct Given {
    /// The text.
    pub text: String,
    /// The bytes of it that stand for something that is not known.
    pub unsure: Vec<Range<usize>>,
    /// The files that parts of it are from.
    pub files: Vec<PathBuf>,
}

/// A key of a mapping and its value.
#[derive(Debug, Clone)]
pub struct Member {
    /// The key.
    pub key: String,
    /// Where the key was written.
    pub written: Written,
    /// The value.
    pub node: Node,
}

/// Where something was written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Written {
    /// These bytes of the file.
    Here(Range<usize>),
    /// A variable of the environment.
    Variable(&'static str),
    /// Nowhere: the file as a whole.
    Nowhere,
}

impl Content {
    /// What a scalar is: without quotes and a tag of somebody's own, its text says so.
    pub fn scalar(text: String, style: TScalarStyle, tag: Option<&Tag>) -> Self {
        let is_core = tag.is_none_or(|tag| tag.handle == "tag:yaml.org,2002:" && tag.suffix != "str");
        if style != TScalarStyle::Plain || !is_core {
            return Self::Text(text);
        }
        match Yaml::from_str(&text) {
            Yaml::Null => Self::Nothing,
            Yaml::Boolean(flag) => Self::Flag(flag),
            Yaml::Integer(number) => Self::Whole(number),
            Yaml::Real(_) => text.parse().map_or(Self::Text(text), Self::Fraction),
            _ => Self::Text(text),
        }
    }

    /// The same, where a text was put in: what that would be in the file.
    pub fn plain(self) -> Self {
        match self {
            Self::Given(given) => Self::scalar(given.text, TScalarStyle::Plain, None),
            other => other,
        }
    }

    /// What it is, for people.
    pub const fn kind(&self) -> &'static str {
        match self {
            Self::Nothing => "nothing",
            Self::Flag(_) => "true or false",
            Self::Whole(_) => "a whole number",
            Self::Fraction(_) => "a decimal number",
            Self::Text(_) | Self::Given(_) => "a string",
            Self::List(_) => "a list",
            Self::Mapping(_) => "a mapping",
        }
    }
}

impl Default for Node {
    fn default() -> Self {
        Self::nothing()
    }
}

impl Node {
    /// A value of which nothing was written.
    pub const fn nothing() -> Self {
        Self { content: Content::Nothing, written: Written::Nowhere }
    }

    /// Has the members of another mapping stand where this one has none of their own.
    pub fn fall_back_to(&mut self, defaults: &Self) {
        if let (Content::Mapping(own), Content::Mapping(others)) = (&mut self.content, &defaults.content) {
            let is_new = |other: &&Member| !own.iter().any(|member| member.key == other.key);
            let taken: Vec<Member> = others.iter().filter(is_new).cloned().collect();
            own.extend(taken);
        }
    }

    /// Has a variable's value stand for that under a path. Where the file has something else than a mapping on the way, that stays, to be
    /// reported.
    pub fn set(&mut self, path: &[String], name: &'static str, value: &str) {
        let written = Written::Variable(name);
        let Some((key, rest)) = path.split_first() else {
            *self = Self { content: Content::Text(value.to_owned()), written };
            return;
        };
        if matches!(self.content, Content::Nothing) {
            self.content = Content::Mapping(Vec::new());
        }
        let Content::Mapping(members) = &mut self.content else { return };
        if !members.iter().any(|member| member.key == *key) {
            members.push(Member { key: key.clone(), written: written.clone(), node: Self::nothing() });
        }
        for member in members.iter_mut().filter(|member| member.key == *key) {
            member.node.set(rest, name, value);
            if rest.is_empty() {
                member.written = written.clone();
            }
        }
    }
}
