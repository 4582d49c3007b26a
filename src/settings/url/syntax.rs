//! The two syntaxes of libpq's connection strings. No error quotes what was given: with a mistake in it, anything may be the password.

use crate::document::origin::Fault;

/// What helps against most of these errors.
pub const QUOTE: &str = "in a URL, write special characters of the password as %40 for @, %2F for /, %3F for ?, %26 for &; \
                         in key=value form, put values with spaces in '…'; or use `password_file`";

/// Names and values, as given.
pub type Pairs = Vec<(String, String)>;

/// What a connection string says.
#[derive(Debug)]
pub struct Parameters {
    /// What has its place in a URL and no name there.
    pub placed: Pairs,
    /// What has a name. A name that is not known is no name but perhaps a piece of the password, and never shown.
    pub named: Pairs,
}

/// Reads either syntax.
pub fn parse(text: &str) -> Result<Parameters, Fault> {
    let text = text.trim();
    if text.starts_with(['"', '\'']) {
        return Err(Fault::new("the connection string is in quotes")
            .hint("remove the quotes: the environments of containers and systemd keep them"));
    }
    if let Some((scheme, rest)) = text.split_once("://")
        && scheme.chars().all(|c| c.is_ascii_alphanumeric() || "+-.".contains(c))
    {
        if scheme != "postgres" && scheme != "postgresql" {
            return Err(Fault::new("not a PostgreSQL URL").hint("the URL must begin with postgres:// or postgresql://"));
        }
        return url(rest);
    }
    // `u:piece=@h` is a URL without its beginning.
    if text.split_once('=').is_some_and(|(name, _)| is_word(name.trim_end())) {
        return keywords(text);
    }
    Err(Fault::new("not a connection string").hint("such as postgres://pgvigil@db1:5432/postgres"))
}

/// Whether it is of the form that the names of parameters have.
fn is_word(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_')
}

/// `user:password@host:port/dbname?name=value&…`, of which everything may be left out.
fn url(rest: &str) -> Result<Parameters, Fault> {
    if rest.contains(",postgres://") || rest.contains(",postgresql://") {
        return Err(Fault::new("several connection strings in one").hint("list each server under `servers`"));
    }
    let (before_query, query) = rest.split_once('?').unwrap_or((rest, ""));
    let (authority, database) = before_query.split_once('/').unwrap_or((before_query, ""));
    if database.contains('@') {
        return Err(Fault::new("an `@` after the host").hint(QUOTE));
    }
    let (user, host) = authority.rsplit_once('@').unwrap_or(("", authority));
    let (user, password) = user.split_once(':').unwrap_or((user, ""));
    let (host, port) = split_port(host)?;
    let placed = [("user", user), ("password", password), ("host", host), ("port", port), ("dbname", database)]
        .map(|(name, value)| (name.to_owned(), decode(value)));
    let placed = placed.into_iter().filter(|(_, value)| !value.is_empty()).collect();
    let mut named = Vec::new();
    for pair in query.split('&').filter(|pair| !pair.is_empty()) {
        let (name, value) = pair.split_once('=').ok_or_else(|| Fault::new("a parameter without `=`").hint(QUOTE))?;
        named.push((decode(name), decode(value)));
    }
    Ok(Parameters { placed, named })
}

/// The host, without the brackets of an IPv6 address, and the port.
fn split_port(host: &str) -> Result<(&str, &str), Fault> {
    if host.contains(',') {
        return Err(Fault::new("several hosts in one connection string").hint("list each server under `servers`"));
    }
    let Some(rest) = host.strip_prefix('[') else { return Ok(host.split_once(':').unwrap_or((host, ""))) };
    match rest.split_once(']') {
        Some((address, "")) => Ok((address, "")),
        Some((address, port)) if port.starts_with(':') => Ok((address, &port[1..])),
        _ => Err(Fault::new("unclosed `[` around the host").hint(QUOTE)),
    }
}

/// Resolves `%40` and its like. A `%` that begins none stands for itself, and so does `+`: libpq has no spaces there.
fn decode(text: &str) -> String {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let Some((&first, after)) = rest.split_first() {
        let digit = |index: usize| char::from(*after.get(index)?).to_digit(16);
        let code = digit(0).zip(digit(1)).filter(|_| first == b'%').and_then(|(high, low)| u8::try_from(high * 16 + low).ok());
        bytes.push(code.unwrap_or(first));
        rest = if code.is_some() { &after[2..] } else { after };
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

/// `host=db1 user = me password='it\'s'`
fn keywords(text: &str) -> Result<Parameters, Fault> {
    let mut named = Vec::new();
    let mut rest = text.trim_start();
    while !rest.is_empty() {
        let (name, after) = rest.split_once('=').ok_or_else(|| Fault::new("a word without `=`").hint(QUOTE))?;
        let name = name.trim_end();
        if !is_word(name) {
            return Err(Fault::new("a word without `=`").hint(QUOTE));
        }
        let (value, after) = value(after.trim_start())?;
        named.push((name.to_owned(), value));
        rest = after.trim_start();
    }
    Ok(Parameters { placed: Vec::new(), named })
}

/// A value up to a space, or in quotes; a backslash takes the next character as it is.
fn value(text: &str) -> Result<(String, &str), Fault> {
    let (quoted, body) = text.strip_prefix('\'').map_or((false, text), |body| (true, body));
    let mut value = String::new();
    let mut characters = body.char_indices();
    while let Some((index, character)) = characters.next() {
        match character {
            '\\' => value.extend(characters.next().map(|(_, escaped)| escaped)),
            '\'' if quoted => return Ok((value, &body[index + 1..])),
            space if !quoted && space.is_whitespace() => return Ok((value, &body[index..])),
            other => value.push(other),
        }
    }
    if quoted { Err(Fault::new("unclosed quote").hint(QUOTE)) } else { Ok((value, "")) }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pairs(text: &str) -> Pairs {
        let Parameters { placed, named } = parse(text).unwrap();
        [placed, named].concat()
    }

    fn pair(name: &str, value: &str) -> (String, String) {
        (name.to_owned(), value.to_owned())
    }

    #[test]
    fn reads_keywords_as_libpq_does() {
        assert_eq!(pairs(r"host=db1  user = me"), [pair("host", "db1"), pair("user", "me")]);
        assert_eq!(pairs(r"password='a b\'c\\d'user=me"), [pair("password", r"a b'c\d"), pair("user", "me")]);
        assert_eq!(pairs(r"password=a\ b"), [pair("password", "a b")]);
        assert_eq!(pairs("password='' user=''"), [pair("password", ""), pair("user", "")]);
        assert_eq!(pairs("password=a://b"), [pair("password", "a://b")]);
    }

    #[test]
    fn reads_urls_as_libpq_does() {
        assert_eq!(pairs("postgres://"), []);
        assert_eq!(pairs("postgres://me:a@b+c%20#d%@db1"), [pair("user", "me"), pair("password", "a@b+c #d%"), pair("host", "db1")]);
        assert_eq!(pairs("postgres://[fe80::1]/x%2Fy"), [pair("host", "fe80::1"), pair("dbname", "x/y")]);
        assert_eq!(pairs("postgres:///?user=me@corp"), [pair("user", "me@corp")]);
    }

    #[test]
    fn says_nothing_of_what_may_be_a_password() {
        for text in [
            "hunter2",
            "me:hunter2@db1/orders",
            "hunter2://db1",
            "postgres://me:12/hunter2@db1",
            "postgres://me:12?hunter2@db1",
            "postgres://db1/orders?hunter2",
            "postgres://[hunter2",
            "host=db1 password=a hunter2",
            "host=db1 password='hunter2",
            "host=db1 hunter2 user=me",
            "me:hunter2=@db1/orders",
            "'postgres://me:hunter2@db1/orders?sslmode=require'",
            "\"host=db1 password=hunter2\"",
            "hunter2: x=y",
            "=hunter2",
        ] {
            let fault = parse(text).unwrap_err();
            assert!(!format!("{fault:?}").contains("hunter2"), "{fault:?}");
        }
    }
}
