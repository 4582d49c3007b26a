//! The ranking of a query file: what it is by, and whether all of it fits.

use super::super::header::Parsed;
use super::super::rank::{Rank, RankBy};
use super::super::{Kind, Query};
use super::FileReader;

impl FileReader<'_> {
    /// `-- rank: 100 by COUNTER`, once the columns and their versions are known.
    pub(super) fn rank(&mut self, parsed: &Parsed, query: &mut Query) {
        let Some(field) = self.single(parsed, "rank").filter(|_| query.scope.is_sql()) else { return };
        let span = field.value.span.clone();
        let rank = match Rank::parse(&field.value.text, span.clone()) {
            Ok(rank) => rank,
            Err((message, hint)) => return self.error(span, message, hint),
        };
        let counters = || query.metrics.iter().filter(|metric| metric.kind == Kind::Counter);
        if counters().next().is_none() {
            self.error(
                span.clone(),
                "the file has no counter to add up",
                "remove the line: gauges of rows that are left out make no remainder",
            );
        } else if let RankBy::Counter { metric, .. } = &rank.by {
            match counters().find(|counter| counter.name == *metric) {
                None => {
                    let names: Vec<String> = counters().map(|counter| counter.name.clone()).collect();
                    let error = self.source.error(span.clone(), format!("`{metric}` is not a counter of this file"));
                    self.errors.push(error.suggest(metric, names.iter().map(String::as_str)));
                }
                Some(counter) if counter.versions != query.covers => {
                    let message = format!("`{metric}` is for {} only", counter.versions);
                    self.error(span.clone(), message, format!("rank by a counter that all versions have: {}", query.covers));
                }
                Some(counter) if counter.detail => {
                    let message = format!("`{metric}` is detail, which most configurations leave out");
                    self.error(span.clone(), message, "rank by another counter, or remove `detail` there");
                }
                Some(_) => {}
            }
        }
        if query.labels.is_empty() {
            self.error(span.clone(), "there is no label to rank by", "add a label, or remove the line: without labels there is one series");
        }
        if let RankBy::Counter { seats, .. } = rank.by {
            // The remainder has no gauges.
            let needed = seats.saturating_mul(query.metrics.len()).saturating_add(counters().count());
            if needed > query.limit && query.limit > 0 {
                let message =
                    format!("{seats} members and the remainder have up to {needed} series, more than the limit of {}", query.limit);
                self.error(span, message, "raise the limit, or rank fewer");
            }
        }
        query.rank = Some(rank);
    }
}

#[cfg(test)]
mod tests {
    use super::super::query;
    use super::*;
    use crate::diagnostic::Source;

    fn read(rank: &str, more: &str) -> Result<Option<Rank>, Vec<String>> {
        let header =
            format!("-- about: A.\n-- interval: 10s\n-- limit: 30 series\n-- rank: {rank}\n-- label l: L.\n-- gauge pg_g: G.\n{more}");
        let text = format!(
            "{header}-- counter pg_c_total: C.\n-- counter pg_d_total [14..]: D.\n-- counter pg_e_total detail: E.\n-- sql:\nSELECT 1\n"
        );
        let messages = |errors: Vec<crate::diagnostic::Diagnostic>| errors.into_iter().map(|error| error.message).collect();
        query("a/b", Source { path: "a/b.sql", text: &text }).map(|query| query.rank).map_err(messages)
    }

    #[test]
    fn reads_a_ranking() {
        let rank = read("6 by pg_c_total of oid, userid", "").unwrap().unwrap();
        assert_eq!(rank.by, RankBy::Counter { seats: 6, metric: "pg_c_total".to_owned() });
        assert_eq!(rank.of, ["oid", "userid"]);
        assert_eq!(read("as a/c", "").unwrap().unwrap().by, RankBy::Query("a/c".to_owned()));
    }

    #[test]
    fn says_what_is_wrong_with_a_ranking() {
        for (rank, message) in [
            ("many by pg_c_total", "`many by pg_c_total` is not a ranking"),
            ("0 by pg_c_total", "`0 by pg_c_total` is not a ranking"),
            ("9", "`9` is not a ranking"),
            ("9 by pg_c_total of OID", "`9 by pg_c_total of OID` names no column after `of`"),
            ("6 by pg_g", "`pg_g` is not a counter of this file"),
            ("6 by pg_d_total", "`pg_d_total` is for 14.. only"),
            ("6 by pg_e_total", "`pg_e_total` is detail, which most configurations leave out"),
            ("7 by pg_c_total", "7 members and the remainder have up to 31 series, more than the limit of 30"),
        ] {
            assert_eq!(read(rank, "").unwrap_err(), [message], "{rank}");
        }
    }
}
