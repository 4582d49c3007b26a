//! What a page may not say while something goes wrong.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::time::{Duration, SystemTime};

use super::{CLOCK, CLOCK_EVERY, CLOCK_TIMEOUT, NOTICED, SUCCESS, Shared, lock, since_the_epoch};
use crate::support::http::{Client, Response};
use crate::support::page::{Format, Page, Sample};
use crate::support::{exporter, project};

/// What two clocks may differ by, one of which says when a query succeeded and the other when its values vanish.
const CLOCKS: Duration = Duration::from_millis(100);
/// For each metric the queries that give it, with their time-outs.
pub type Limits = BTreeMap<String, Vec<(String, Duration)>>;

/// For each metric of the catalogue the queries that give it, with the time-outs that they have unless the configuration gives all of them one.
pub fn limits(config: &str) -> Limits {
    let seconds = |text: &str| humantime::parse_duration(text.trim()).expect("a checked duration");
    let configured = config.split_once(" timeout: ").and_then(|(_, rest)| rest.split([',', '}']).next()).map(seconds);
    let mut limits = Limits::new();
    let folder = project().join("queries");
    for path in exporter::files(&folder, "sql") {
        let text = fs::read_to_string(&path).expect("a readable query");
        let own = text.lines().find_map(|line| line.strip_prefix("-- timeout:")).map(seconds);
        // What a query has that does not name one.
        let timeout = configured.or(own).unwrap_or(Duration::from_secs(5));
        for name in exporter::metrics(&path).into_keys() {
            limits.entry(name).or_default().push((exporter::name(&folder, &path), timeout));
        }
    }
    limits
}

/// What is wrong on a page. It is put together while things change, so what a second look does not confirm was not wrong for long
/// enough to be seen by anybody else.
pub fn content(shared: &Shared, client: &Client, limits: &Limits, response: &Response) -> Vec<String> {
    let wrong = |response: &Response| match Page::parse(&response.text(), Format::Text) {
        // As of the request: reading the page takes its time too.
        Ok(page) => [stale(&page, limits, response.sent), behind(&page, response.sent), untrue(&page, shared)].concat(),
        Err(faults) => vec![format!("not a page: {faults:?}")],
    };
    let first = wrong(response);
    if first.is_empty() {
        return first;
    }
    client.get("/metrics", &[]).map_or_else(|error| vec![error], |again| wrong(&again))
}

fn untrue(page: &Page, shared: &Shared) -> Vec<String> {
    let truths = lock(&shared.truths);
    let due = truths.iter().filter(|(_, (_, since))| since.elapsed() > NOTICED);
    let said = due.map(|(server, (up, _))| (server, *up, page.value("pg_up", &[("server", server)])));
    said.filter(|(_, up, said)| *said != Some(f64::from(u8::from(*up)))).map(|wrong| format!("pg_up: {wrong:?}")).collect()
}

/// Every value whose query has not succeeded for three intervals and its timeout.
fn stale(page: &Page, limits: &Limits, now: SystemTime) -> Vec<String> {
    let now = since_the_epoch(now);
    let of_queries = |name: &str| -> BTreeMap<[String; 3], Duration> {
        let place = |sample: &Sample| ["server", "query", "datname"].map(|label| sample.label(label).to_owned());
        page.all(name, &[]).map(|sample| (place(sample), Duration::from_secs_f64(sample.value))).collect()
    };
    let (successes, intervals) = (of_queries(SUCCESS), of_queries("pgvigil_query_interval_seconds"));
    let is_fresh = |sample: &Sample, query: &str, timeout: Duration| {
        // A query of the server has no database, though its samples may bear one.
        [sample.label("datname"), ""].iter().any(|datname| {
            let place = [sample.label("server"), query, datname].map(str::to_owned);
            let known = successes.get(&place).zip(intervals.get(&place));
            known.is_some_and(|(success, interval)| now.saturating_sub(*success) < *interval * 3 + timeout.min(*interval) + CLOCKS)
        })
    };
    let mut stale = BTreeSet::new();
    for sample in page.samples() {
        let Some(queries) = limits.get(&sample.name) else { continue };
        if !queries.iter().any(|(query, timeout)| is_fresh(sample, query, *timeout)) {
            stale.insert(format!("too old, or of no query: {} of {queries:?} {:?}", sample.name, sample.labels));
        }
    }
    stale.into_iter().take(3).collect()
}

/// What a query says of the time of day, if there is one that does: nothing of what pgvigil says of its own work has a part in that.
fn behind(page: &Page, now: SystemTime) -> Vec<String> {
    let now = since_the_epoch(now).as_secs_f64();
    // Until an answer has come it may take the time-out, and it stays for three intervals and the time-out.
    let limit = CLOCK_EVERY.as_secs_f64() * 3.0 + CLOCK_TIMEOUT.as_secs_f64() * 2.0 + CLOCKS.as_secs_f64();
    let old = page.all(CLOCK, &[]).map(|sample| now - sample.value).filter(|age| *age > limit);
    old.map(|age| format!("{CLOCK} of {age:.1} s ago")).collect()
}

#[cfg(test)]
mod tests {
    use std::time::UNIX_EPOCH;

    use super::*;

    #[test]
    fn a_clock_that_is_behind_is_found() {
        let page = |time: f64| Page::parse(&format!("# HELP {CLOCK} h\n# TYPE {CLOCK} gauge\n{CLOCK} {time}\n"), Format::Text);
        let now = UNIX_EPOCH + Duration::from_secs(1000);
        assert_eq!(behind(&page(982.5).expect("a page"), now), Vec::<String>::new());
        assert_eq!(behind(&page(981.5).expect("a page"), now).len(), 1);
    }
}
