//! The Grafana dashboards of pgvigil, declared once; `cargo run -p pgvigil-dashboards` writes them to `dashboards/*.json`.
//!
//! A board's file under [`boards`] reads like its documentation: rows of lines of panels, each panel with its title, what good looks like
//! and what to do, its unit and its queries. All else is made here, the same for every board:
//!
//! | Module | What it knows |
//! | --- | --- |
//! | [`boards`] | the boards |
//! | [`board`] | a board, its rows and lines; the grid, so that nothing overlaps and nothing is left empty |
//! | [`panel`] | stat, timeseries, gauge and bargauge |
//! | [`table`] | what is in a list: keys, and a column for each query |
//! | [`list`] | a list as a panel |
//! | [`query`] | an expression with its `{$server}` and its legend; [`query::top`] |
//! | [`unit`] | units of Grafana, and words in the place of numbers |
//! | [`steps`] | where a value becomes bad: the thresholds of the rules |
//! | [`link`] | the way from a row or a line to another board |
//! | [`variable`] | datasource, job, cluster, server, database |
//! | [`annotation`] | restarts, promotions, settings, firing alerts |
//! | [`prelude`] | the vocabulary of a board's file |

pub mod annotation;
pub mod board;
pub mod boards;
pub mod link;
pub mod list;
pub mod panel;
pub mod prelude;
pub mod query;
pub mod steps;
pub mod table;
pub mod unit;
pub mod variable;

use pgvigil::rules::thresholds::Thresholds;

/// The name of each file and what is to stand in it.
///
/// # Errors
/// What a board refers to and the rules do not have.
pub fn files() -> Result<Vec<(String, String)>, String> {
    let thresholds = Thresholds::bundled().map_err(|_| "the thresholds of the rules cannot be read")?;
    let file = |board: board::Board| {
        let json = board.json(&thresholds).map_err(|fault| format!("{}: {fault}", board.uid))?;
        Ok((format!("{}.json", board.uid), format!("{json:#}\n")))
    };
    boards::all().into_iter().map(file).collect()
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;
    use std::fs;
    use std::path::Path;

    #[test]
    fn what_is_committed_is_current() {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR"));
        let files = super::files().unwrap();
        for (name, text) in &files {
            let committed = fs::read_to_string(folder.join(name)).unwrap_or_default();
            assert!(committed == *text, "dashboards/{name} is not what its source says: cargo run -p pgvigil-dashboards");
        }
        let made: BTreeSet<String> = files.into_iter().map(|(name, _)| name).collect();
        let names = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap());
        let present: BTreeSet<String> =
            names.filter(|name| Path::new(name).extension().is_some_and(|extension| extension == "json")).collect();
        assert_eq!(present, made);
    }
}
