//! Which rows of a query have series of their own: `-- rank: 100 by COUNTER`, or `-- rank: as AREA/NAME`.

use std::ops::Range;

/// One `-- rank:` line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rank {
    /// By what.
    pub by: RankBy,
    /// The columns that tell entries apart; if there are none, the labels do.
    pub of: Vec<String>,
    /// Its place in the file.
    pub span: Range<usize>,
}

/// By what rows are ranked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum RankBy {
    /// The best by a counter of the same file.
    Counter {
        /// How many have series of their own.
        seats: usize,
        /// The counter.
        metric: String,
    },
    /// Those that another query's ranking has.
    Query(String),
}

/// How such a line is written.
const FORM: &str = "write `-- rank: 100 by NAME` with a counter of this file, or `-- rank: as AREA/NAME` for the members of another query; \
                    `of COLUMN, COLUMN` may follow";

impl Rank {
    /// Reads the line's value.
    ///
    /// # Errors
    /// What is wrong, and how to write it.
    pub fn parse(text: &str, span: Range<usize>) -> Result<Self, (String, &'static str)> {
        let wrong = || (format!("`{text}` is not a ranking"), FORM);
        let (ranking, of) = match text.split_once(" of ") {
            None => (text, Vec::new()),
            Some((ranking, of)) => (ranking, of.split(',').map(|column| column.trim().to_owned()).collect()),
        };
        let is_name =
            |name: &String| !name.is_empty() && name.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'_');
        if !of.iter().all(is_name) {
            return Err((
                format!("`{text}` names no column after `of`"),
                "write the names of columns of the body, with commas between them",
            ));
        }
        let by = match ranking.split_whitespace().collect::<Vec<_>>().as_slice() {
            ["as", query] => RankBy::Query((*query).to_owned()),
            [seats, "by", metric] => {
                let seats = seats.parse().ok().filter(|seats| *seats > 0).ok_or_else(wrong)?;
                RankBy::Counter { seats, metric: (*metric).to_owned() }
            }
            _ => return Err(wrong()),
        };
        Ok(Self { by, of, span })
    }
}
