//! What a body names by `schema.name`: relations that it reads, functions and operators that it calls, types that it casts to. With the search path
//! that a body has, nothing but objects of `pg_catalog` can be named otherwise.
//!
//! It goes by place, as PostgreSQL does: a relation stands where `FROM` and `JOIN` want one, a function stands before a bracket, a type behind `::`.
//! So `c.oid` is a column wherever an expression is. Where a place might be either, the name counts.

use std::ops::Range;

use super::sql;

/// A name has no more bytes: `NAMEDATALEN` less its end.
const LONGEST: usize = 63;

/// Functions whose arguments have a `FROM` that begins no list of relations.
const WITH_FROM: [&str; 5] = ["extract", "overlay", "substring", "trim", "position"];

/// Words that may stand behind an opening bracket or a comma and are no column's name, so that what follows them is a value or a relation.
const BEFORE_VALUES: [&str; 29] = [
    "select",
    "distinct",
    "all",
    "not",
    "case",
    "both",
    "leading",
    "trailing",
    "order",
    "from",
    "only",
    "lateral",
    "table",
    "variadic",
    "where",
    "partition",
    "by",
    "any",
    "some",
    "exists",
    "array",
    "row",
    "with",
    "values",
    "on",
    "using",
    "interval",
    "group",
    "default",
];

/// Words that end a list of relations.
const ENDS: [&str; 13] =
    ["select", "values", "where", "group", "having", "window", "order", "limit", "offset", "fetch", "union", "intersect", "except"];

/// Schemas that belong to a superuser in every database.
const BUILT_IN: [&str; 2] = ["pg_catalog", "information_schema"];

/// One object that a body names.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Name {
    /// What it is.
    pub kind: NameKind,
    /// Its schema.
    pub schema: String,
    /// Its name there.
    pub object: String,
    /// Where it stands, in bytes of the text.
    pub span: Range<usize>,
}

/// What an object is that a body names.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum NameKind {
    /// A table, a view, or what else has rows.
    Relation,
    /// A function, whatever its arguments.
    Function,
    /// A type.
    Type,
    /// An operator.
    Operator,
}

impl NameKind {
    /// For people, and for the statement that looks it up.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Relation => "relation",
            Self::Function => "function",
            Self::Type => "type",
            Self::Operator => "operator",
        }
    }
}

/// All that `body` names outside of the schemas that PostgreSQL itself fills. Places count from its begin.
#[must_use]
pub fn names(body: &str) -> Vec<Name> {
    let mut scanner = Scanner { tokens: tokens(body), levels: vec![Level::default()], found: Vec::new() };
    let mut at = 0;
    while at < scanner.tokens.len() {
        at = scanner.step(at);
    }
    scanner.found.retain(|name| !BUILT_IN.contains(&name.schema.as_str()));
    scanner.found
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Token {
    /// A keyword or a name without quotes, in small letters.
    Word(String),
    /// A name in quotes.
    Quoted(String),
    /// A string or a number.
    Literal,
    /// Anything else, by its first character.
    Symbol(char),
}

/// What is open between brackets.
#[derive(Debug, Clone, Copy, Default)]
struct Level {
    /// Whether it is a list of relations.
    relations: bool,
    /// Whether a `FROM` here is a part of a function's arguments.
    arguments: bool,
}

struct Scanner {
    tokens: Vec<(Token, Range<usize>)>,
    levels: Vec<Level>,
    found: Vec<Name>,
}

impl Scanner {
    /// Takes in what begins at `at`, and says where the next thing does.
    fn step(&mut self, at: usize) -> usize {
        match self.token(at) {
            Some(Token::Symbol('(')) => {
                let is_list = self.level().relations && self.wants_relation(at);
                let arguments = at > 0 && self.word(at - 1).is_some_and(|word| WITH_FROM.contains(&word));
                self.levels.push(Level { relations: is_list, arguments });
            }
            Some(Token::Symbol(')')) if self.levels.len() > 1 => _ = self.levels.pop(),
            Some(Token::Word(_) | Token::Quoted(_)) => return self.chain(at),
            _ => {}
        }
        at + 1
    }

    /// A keyword, or a name with all that hangs on it by dots.
    fn chain(&mut self, at: usize) -> usize {
        let mut parts = vec![at];
        let mut end = at + 1;
        while self.token(end) == Some(&Token::Symbol('.')) {
            if matches!(self.token(end + 1), Some(Token::Word(_) | Token::Quoted(_))) {
                parts.push(end + 1);
                end += 2;
            } else {
                if parts.len() == 1 && self.opens_operator(at) {
                    self.operator(at, end + 1);
                }
                end += 1;
                break;
            }
        }
        if parts.len() == 1 {
            self.keyword(at);
            return end;
        }
        if self.is_behind_cast(at) || self.is_behind_name(at) || self.token(end) == Some(&Token::Literal) {
            self.find(NameKind::Type, &parts);
        }
        // Behind `::` a bracket has the length of a type.
        if self.token(end) == Some(&Token::Symbol('(')) && !self.is_behind_cast(at) {
            self.find(NameKind::Function, &parts);
        } else if self.level().relations && self.wants_relation(at) {
            self.find(NameKind::Relation, &parts);
        }
        end
    }

    fn keyword(&mut self, at: usize) {
        let Some(word) = self.word(at) else { return };
        let (is_from, is_end, is_table) = (word == "from", ENDS.contains(&word), word == "table");
        let arguments = self.level().arguments;
        let distinct = at > 1 && self.word(at - 1) == Some("distinct") && matches!(self.word(at - 2), Some("is" | "not"));
        let Some(level) = self.levels.last_mut() else { return };
        if is_end {
            // A sub-select between the brackets of a function is no argument any more.
            *level = Level::default();
        } else if is_table || (is_from && !arguments && !distinct) {
            level.relations = true;
        }
    }

    /// Whether a relation may begin at `at`, in a list of them.
    fn wants_relation(&self, at: usize) -> bool {
        let Some(before) = at.checked_sub(1) else { return false };
        match self.token(before) {
            Some(Token::Word(word)) => ["from", "join", "only", "lateral", "table"].contains(&word.as_str()),
            Some(Token::Symbol(',' | '(')) => true,
            _ => false,
        }
    }

    /// `x::schema.type`.
    fn is_behind_cast(&self, at: usize) -> bool {
        at > 1 && self.token(at - 1) == Some(&Token::Symbol(':')) && self.token(at - 2) == Some(&Token::Symbol(':'))
    }

    /// `CAST (x AS schema.type)`, and in a list of definitions `(name schema.type)`.
    fn is_behind_name(&self, at: usize) -> bool {
        let is_first = at > 1 && matches!(self.token(at - 2), Some(Token::Symbol('(' | ',')));
        match at.checked_sub(1).and_then(|before| self.token(before)) {
            Some(Token::Word(word)) => {
                ["as", "returning"].contains(&word.as_str()) || (is_first && !BEFORE_VALUES.contains(&word.as_str()))
            }
            Some(Token::Quoted(_)) => is_first,
            _ => false,
        }
    }

    fn opens_operator(&self, at: usize) -> bool {
        at > 1 && self.token(at - 1) == Some(&Token::Symbol('(')) && self.word(at - 2) == Some("operator")
    }

    /// `OPERATOR (schema.+)`, of which the symbols begin at `at`.
    fn operator(&mut self, schema: usize, at: usize) {
        let symbols = self.tokens[at..].iter().map_while(|(token, _)| match token {
            Token::Symbol(symbol) if *symbol != ')' => Some(*symbol),
            _ => None,
        });
        let name: String = symbols.collect();
        let end = self.tokens.get(at + name.chars().count()).map_or(self.tokens[at - 1].1.end, |(_, span)| span.start);
        self.found.push(Name { kind: NameKind::Operator, schema: self.text(schema), object: name, span: self.tokens[schema].1.start..end });
    }

    /// The last two parts of a name: a database may stand before them, and no other than this one.
    fn find(&mut self, kind: NameKind, parts: &[usize]) {
        if let [.., schema, name] = *parts {
            let span = self.tokens[schema].1.start..self.tokens[name].1.end;
            self.found.push(Name { kind, schema: self.text(schema), object: self.text(name), span });
        }
    }

    fn text(&self, at: usize) -> String {
        match self.token(at) {
            Some(Token::Word(text) | Token::Quoted(text)) => cut(text).to_owned(),
            _ => String::new(),
        }
    }

    fn token(&self, at: usize) -> Option<&Token> {
        self.tokens.get(at).map(|(token, _)| token)
    }

    fn word(&self, at: usize) -> Option<&str> {
        match self.token(at) {
            Some(Token::Word(word)) => Some(word),
            _ => None,
        }
    }

    fn level(&self) -> Level {
        self.levels.last().copied().unwrap_or_default()
    }
}

/// A name as the server has it, which cuts what is too long.
fn cut(text: &str) -> &str {
    let end = (0..=LONGEST.min(text.len())).rev().find(|end| text.is_char_boundary(*end));
    &text[..end.unwrap_or_default()]
}

fn tokens(body: &str) -> Vec<(Token, Range<usize>)> {
    let mut tokens = Vec::new();
    let mut at = 0;
    while let Some(character) = body.get(at..).and_then(|rest| rest.chars().next()) {
        let start = at;
        let rest = &body[at..];
        let is_unicode = ["U&\"", "u&\""].iter().any(|mark| rest.starts_with(mark)) && !body[..at].ends_with(is_part);
        if is_unicode {
            let length = quoted_name(&rest[2..]);
            at += 2 + length;
            tokens.push((Token::Quoted(unescape(&unquote(&rest[2..2 + length]), escape_of(&body[at..]))), start..at));
        } else if character == '"' {
            let length = quoted_name(rest);
            at += length;
            tokens.push((Token::Quoted(unquote(&rest[..length])), start..at));
        } else if let Some(length) = sql::opaque(rest, &body[..at]) {
            at += length.max(1);
            // Else it is a comment.
            if matches!(character, '\'' | '$') {
                tokens.push((Token::Literal, start..at));
            }
        } else if character.is_ascii_digit()
            || (character == '.' && rest[1..].starts_with(|c: char| c.is_ascii_digit()) && !is_after_name(&tokens))
        {
            at += rest.find(|c: char| !(c.is_ascii_alphanumeric() || c == '_' || c == '.')).unwrap_or(rest.len());
            tokens.push((Token::Literal, start..at));
        } else if is_start(character) {
            at += rest.find(|c: char| !is_part(c)).unwrap_or(rest.len());
            // The letter of a string that is to come belongs to it.
            let word = &body[start..at];
            let is_mark = ["e", "b", "x", "n"].contains(&word.to_ascii_lowercase().as_str()) && body[at..].starts_with('\'');
            if !is_mark {
                tokens.push((Token::Word(word.to_ascii_lowercase()), start..at));
            }
        } else {
            at += character.len_utf8();
            if !character.is_whitespace() {
                tokens.push((Token::Symbol(character), start..at));
            }
        }
    }
    tokens
}

/// The length of the name in quotes that `rest` begins with. A quote right behind another one is a part of it.
fn quoted_name(rest: &str) -> usize {
    let mut length = 0;
    while rest[length..].starts_with('"') {
        length += sql::opaque(&rest[length..], "").unwrap_or(rest.len() - length).max(1);
    }
    length
}

fn is_after_name(tokens: &[(Token, Range<usize>)]) -> bool {
    matches!(tokens.last(), Some((Token::Word(_) | Token::Quoted(_), _)))
}

fn is_start(character: char) -> bool {
    character.is_ascii_alphabetic() || character == '_' || !character.is_ascii()
}

fn is_part(character: char) -> bool {
    is_start(character) || character.is_ascii_digit() || character == '$'
}

/// What stands between quotes, of which two are one.
fn unquote(quoted: &str) -> String {
    let inner = quoted.strip_prefix('"').unwrap_or(quoted);
    inner.strip_suffix('"').unwrap_or(inner).replace("\"\"", "\"")
}

/// The character that begins an escape in a `U&"..."` that ends right before `rest`.
fn escape_of(rest: &str) -> char {
    let rest = rest.trim_start();
    let is_named = rest.get(..7).is_some_and(|word| word.eq_ignore_ascii_case("uescape"));
    let named = is_named.then(|| rest[7..].trim_start().strip_prefix('\'')?.chars().next()).flatten();
    named.unwrap_or('\\')
}

fn unescape(text: &str, escape: char) -> String {
    let mut units = Vec::new();
    let mut rest = text;
    while let Some(character) = rest.chars().next() {
        rest = &rest[character.len_utf8()..];
        if character != escape {
            units.extend_from_slice(character.encode_utf16(&mut [0; 2]));
            continue;
        }
        let (digits, length) = if rest.starts_with('+') { (rest.get(1..7), 7) } else { (rest.get(..4), 4) };
        if let Some(code) = digits.and_then(|digits| u32::from_str_radix(digits, 16).ok()) {
            match char::from_u32(code) {
                Some(character) => units.extend_from_slice(character.encode_utf16(&mut [0; 2])),
                // Half of a pair.
                None => units.extend(u16::try_from(code)),
            }
            rest = &rest[length..];
        } else {
            // The escape itself, twice.
            units.extend_from_slice(escape.encode_utf16(&mut [0; 2]));
            rest = rest.strip_prefix(escape).unwrap_or(rest);
        }
    }
    String::from_utf16_lossy(&units)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(body: &str) -> Vec<String> {
        names(body)
            .iter()
            .map(|name| {
                assert!(body.get(name.span.clone()).is_some(), "{body}");
                format!("{} {}|{}", name.kind.as_str(), name.schema, name.object)
            })
            .collect()
    }

    #[test]
    fn relations_stand_where_from_wants_them() {
        assert_eq!(found("SELECT o.id, o.x FROM app.orders AS o"), ["relation app|orders"]);
        assert_eq!(found("SELECT app.id FROM app.orders AS app WHERE app.id IN (app.x, app.y)"), ["relation app|orders"]);
        let joined =
            "SELECT 1 FROM ONLY a.b x LEFT JOIN c.d USING (id), (e.f CROSS JOIN g.h), LATERAL (SELECT x.i FROM j.k) y ON x.l = y.m";
        assert_eq!(found(joined), ["relation a|b", "relation c|d", "relation e|f", "relation g|h", "relation j|k"]);
        assert_eq!(found("WITH w AS (TABLE a.b) SELECT * FROM w, c . /* x */ d"), ["relation a|b", "relation c|d"]);
        assert_eq!(found("SELECT 1 UNION ALL SELECT max(o.x) FROM db.app.orders o GROUP BY o.x, o.y"), ["relation app|orders"]);
        assert_eq!(
            found("SELECT count(*) FROM (SELECT a.b, (SELECT c.d FROM e.f c) FROM g.h a) AS s, i.j"),
            ["relation e|f", "relation g|h", "relation i|j"]
        );
    }

    #[test]
    fn a_from_of_an_expression_begins_no_list() {
        for body in [
            "SELECT extract(epoch FROM c.x), c.y",
            "SELECT c.x IS DISTINCT FROM c.y, c.z",
            "SELECT trim(both 'x' FROM c.x), substring(c.y from c.z for 3)",
            "SELECT pg_catalog.max(c.x) FILTER (WHERE c.y) FROM pg_catalog.pg_class AS c ORDER BY c.x, c.y",
            "SELECT @extschema:x@.f(c.oid) FROM @extschema:x@.v AS c",
            "SELECT 'FROM a.b', \"x\".\"y\" -- FROM a.b\n FROM v /* FROM a.b */",
        ] {
            assert_eq!(found(body), [""; 0], "{body}");
        }
        assert_eq!(found("SELECT extract(epoch FROM (SELECT a.b FROM c.d a))"), ["relation c|d"]);
    }

    #[test]
    fn a_column_in_brackets_is_no_type() {
        let body = "SELECT max(c.x) FILTER (WHERE c.y), row_number() OVER (PARTITION BY c.z ORDER BY c.w), count(DISTINCT c.x), f(NOT c.a, ALL c.b)";
        assert_eq!(found(body), [""; 0]);
    }

    #[test]
    fn functions_types_and_operators_are_found() {
        assert_eq!(found("SELECT app.f(o.x) FROM app.g(1) AS o"), ["function app|f", "function app|g"]);
        assert_eq!(found("SELECT o.x::app.money, CAST(o.y AS app.d), app.t 'x' FROM v o"), ["type app|money", "type app|d", "type app|t"]);
        assert_eq!(found("SELECT 1::app.numeric(3)"), ["type app|numeric"]);
        assert_eq!(found("SELECT * FROM ROWS FROM (app.f() AS (a app.t, b pg_catalog.int4)) r"), ["function app|f", "type app|t"]);
        assert_eq!(found("SELECT 1 OPERATOR(app.+=) 2, 1 OPERATOR(pg_catalog.=) 2"), ["operator app|+="]);
    }

    #[test]
    fn names_are_read_as_postgresql_reads_them() {
        assert_eq!(found("SELECT 1 FROM App.\"Or\"\"ders\n;\""), ["relation app|Or\"ders\n;"]);
        assert_eq!(
            found("SELECT 1 FROM u&\"d\\0061t\\+000061\".U&\"!0061!!\" UESCAPE '!', \"😀\".x"),
            ["relation data|a!", "relation 😀|x"]
        );
        assert_eq!(found("SELECT E'\\' FROM a.b', 1 FROM c.d"), ["relation c|d"]);
        let long = "x".repeat(70);
        assert_eq!(found(&format!("SELECT 1 FROM a.{long}")), [format!("relation a|{}", &long[..63])]);
    }

    proptest::proptest! {
        #[test]
        fn any_text_is_survived(body in "([a-zEeUü0-9]{0,3}|FROM |JOIN |[.,'\"$()/*\\\\\n:&+ -]|😀){0,30}") {
            for name in names(&body) {
                proptest::prop_assert!(body.get(name.span.clone()).is_some());
            }
        }
    }
}
