//! One line of a page.

use super::{Format, Labels, Sample};

pub enum Line {
    Help(String, String),
    Type(String, String),
    Sample(Sample),
    End,
}

pub fn parse(line: &str, format: Format) -> Result<Line, String> {
    if let Some(comment) = line.strip_prefix('#') {
        return self::comment(comment, format);
    }
    sample(line).map(Line::Sample)
}

fn comment(rest: &str, format: Format) -> Result<Line, String> {
    if rest == " EOF" && format == Format::OpenMetrics {
        return Ok(Line::End);
    }
    let mut words = rest.strip_prefix(' ').unwrap_or(rest).splitn(3, ' ');
    match (words.next(), words.next(), words.next()) {
        (Some("HELP"), Some(name), Some(help)) => {
            check_name(name, true)?;
            let quotes = format == Format::OpenMetrics;
            let (text, rest) = unescape(help, None, quotes)?;
            debug_assert!(rest.is_empty());
            Ok(Line::Help(name.to_owned(), text))
        }
        (Some("TYPE"), Some(name), Some(kind)) => {
            check_name(name, true)?;
            Ok(Line::Type(name.to_owned(), kind.to_owned()))
        }
        _ => Err(format!("neither HELP nor TYPE nor, in OpenMetrics, EOF: #{rest}")),
    }
}

fn sample(line: &str) -> Result<Sample, String> {
    let end = line.find(['{', ' ']).ok_or("no value")?;
    let (name, mut rest) = line.split_at(end);
    check_name(name, true)?;
    let mut labels = Labels::new();
    if let Some(inner) = rest.strip_prefix('{') {
        rest = self::labels(inner, &mut labels)?;
    }
    let value = rest.strip_prefix(' ').ok_or("no space before the value")?;
    // Neither timestamps nor exemplars: pgvigil sends none.
    if value.contains(' ') {
        return Err(format!("more than a value: {value}"));
    }
    let value = number(value).ok_or_else(|| format!("not a number: {value}"))?;
    Ok(Sample { name: name.to_owned(), labels, value })
}

/// Reads up to behind the closing brace, and answers with the rest.
fn labels<'a>(mut text: &'a str, labels: &mut Labels) -> Result<&'a str, String> {
    loop {
        if let Some(rest) = text.strip_prefix('}') {
            return Ok(rest);
        }
        let (name, rest) = text.split_once("=\"").ok_or("a label without =\"")?;
        check_name(name, false)?;
        let (value, rest) = unescape(rest, Some('"'), true)?;
        if labels.insert(name.to_owned(), value).is_some() {
            return Err(format!("label {name} twice"));
        }
        text = match rest.strip_prefix(',') {
            Some("" | "}") => return Err("a comma after the last label".to_owned()),
            Some(next) if !next.starts_with('}') => next,
            Some(_) => return Err("a comma after the last label".to_owned()),
            None if rest.starts_with('}') => rest,
            None => return Err("neither , nor } after a label".to_owned()),
        };
    }
}

/// Undoes the escapes, up to the end or behind `until`, and answers with the rest.
fn unescape(text: &str, until: Option<char>, quotes: bool) -> Result<(String, &str), String> {
    // Nearly all of a page needs no more than a copy.
    let plain = text.find(['\\', '"']).unwrap_or(text.len());
    let mut result = text[..plain].to_owned();
    let mut chars = text.char_indices().skip_while(|(index, _)| *index < plain);
    while let Some((index, char)) = chars.next() {
        match char {
            _ if Some(char) == until => return Ok((result, &text[index + 1..])),
            '\\' => match chars.next().map(|(_, escaped)| escaped) {
                Some('\\') => result.push('\\'),
                Some('n') => result.push('\n'),
                Some('"') if quotes => result.push('"'),
                other => return Err(format!("an unknown escape: \\{}", other.map_or(String::new(), String::from))),
            },
            // In OpenMetrics a quote in a help text is escaped.
            '"' if until.is_none() && quotes => return Err("a quote that is not escaped".to_owned()),
            _ => result.push(char),
        }
    }
    if until.is_some() { Err("a label without its closing quote".to_owned()) } else { Ok((result, "")) }
}

fn check_name(name: &str, colons: bool) -> Result<(), String> {
    let good = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'_' || (colons && byte == b':');
    if name.is_empty() || name.starts_with(|char: char| char.is_ascii_digit()) || !name.bytes().all(good) {
        return Err(format!("a bad name: {name}"));
    }
    if name.starts_with("__") {
        return Err(format!("a name that is Prometheus' own: {name}"));
    }
    Ok(())
}

fn number(text: &str) -> Option<f64> {
    match text {
        "NaN" => Some(f64::NAN),
        "+Inf" => Some(f64::INFINITY),
        "-Inf" => Some(f64::NEG_INFINITY),
        // Rust also reads "inf" and "nan", which are not in OpenMetrics.
        _ if text.bytes().all(|byte| byte.is_ascii_digit() || b"+-.eE".contains(&byte)) => text.parse().ok(),
        _ => None,
    }
}
