//! Defaults that a role, a database or the server has for sessions, set to what does the most harm: the page stays the same.

use std::collections::BTreeSet;
use std::fs;

use tempfile::TempDir;

use crate::support::config::Config;
use crate::support::exporter::Exporter;
use crate::support::page::Page;
use crate::support::pgbouncer::PgBouncer;
use crate::support::psql::Psql;
use crate::support::server::Server;
use crate::support::tool;

on_first_and_last!(each_default_alone, all_defaults_at_once, through_a_pooler, shown_as_the_server_has_them);

/// What pgvigil's transactions and sessions set for themselves, each with a value that does harm: in a transaction, which holds through a pooler too, or
/// only in a session of pgvigil's own.
const HOSTILE: &[(&str, &str, bool)] = &[
    ("default_transaction_isolation", "serializable", true),
    ("default_transaction_isolation", "repeatable read", true),
    ("default_transaction_deferrable", "on", true),
    ("default_transaction_read_only", "off", true),
    // Below what the query of the test takes, and enough for a session's first words on a machine that is worn down.
    ("statement_timeout", "200ms", true),
    ("lock_timeout", "1ms", true),
    ("idle_in_transaction_session_timeout", "1ms", true),
    ("search_path", "nowhere", true),
    ("jit_above_cost", "0", true),
    ("max_parallel_workers_per_gather", "1000", true),
    ("force_parallel_mode", "on", true),
    ("debug_parallel_query", "on", true),
    ("extra_float_digits", "-15", true),
    ("intervalstyle", "iso_8601", true),
    ("bytea_output", "escape", true),
    ("quote_all_identifiers", "on", true),
    ("standard_conforming_strings", "off", true),
    ("backslash_quote", "off", true),
    ("escape_string_warning", "on", true),
    ("datestyle", "german, dmy", true),
    ("timezone", "Asia/Kathmandu", true),
    ("exit_on_error", "on", false),
    ("transaction_timeout", "500ms", false),
    ("client_min_messages", "debug5", false),
    ("restrict_nonsystem_relation_kind", "view, foreign-table", false),
    ("stats_fetch_consistency", "none", false),
    ("stats_fetch_consistency", "snapshot", false),
    ("array_nulls", "off", false),
    ("transform_null_equals", "on", false),
    ("xmloption", "document", false),
    ("row_security", "off", false),
    ("constraint_exclusion", "on", false),
];

/// A query whose label and value are other ones with many of them.
const MEANING: &str = r"-- about: What a text means.
-- interval: 1h
-- timeout: 30s
-- limit: 1 series
-- label meaning: What settings could change.
-- gauge pg_meaning: A value with all its digits.
-- sql:
SELECT pg_catalog.concat_ws(' ', interval '1 day 2:03:04', pg_catalog.decode('41', 'hex'), pg_catalog.quote_ident('a'), 'a\d' ~ '^a\\d$',
                            E'it\'s', v.x = NULL, ('{1,NULL}'::integer[])[2] IS NULL, pg_catalog.to_timestamp(0)) AS meaning,
       0.1::float8 + 0.2::float8 AS pg_meaning
FROM (VALUES (NULL::integer)) AS v (x), pg_catalog.pg_sleep(0.3)
";

/// The same as far as it holds through a pooler.
const SHORT_MEANING: &str = r"-- about: What a text means.
-- interval: 1h
-- timeout: 30s
-- limit: 1 series
-- label meaning: What settings could change.
-- gauge pg_meaning: A value with all its digits.
-- sql:
SELECT pg_catalog.concat_ws(' ', interval '1 day 2:03:04', pg_catalog.decode('41', 'hex'), pg_catalog.quote_ident('a'), 'a\d' ~ '^a\\d$',
                            pg_catalog.to_timestamp(0)) AS meaning,
       0.1::float8 + 0.2::float8 AS pg_meaning
FROM pg_catalog.pg_sleep(0.3)
";

fn own(text: &str) -> TempDir {
    let folder = TempDir::new().expect("a temporary folder");
    fs::create_dir(folder.path().join("own")).expect("its own folder");
    fs::write(folder.path().join("own/meaning.sql"), text).expect("its own folder");
    folder
}

/// What is on a page, without the values of others than that query: server and metric, and the meaning.
fn shown(page: &Page) -> BTreeSet<[String; 3]> {
    let errors: Vec<_> = page.all("pgvigil_query_errors_total", &[]).filter(|sample| sample.value > 0.0).collect();
    assert!(errors.is_empty(), "{errors:#?}");
    let meaning = |value: f64, label: &str| if label.is_empty() { String::new() } else { format!("{value:?} {label}") };
    // Of pgvigil itself, and what is there at some moments only.
    let passing = |name: &str| {
        name.starts_with("pgvigil_")
            || ["_wait", "pg_buffercache_relation_", "pg_stat_user_functions_", "pg_xmin_holder_age_", "pg_stat_progress_"]
                .iter()
                .any(|part| name.contains(part))
    };
    let samples = page.samples().filter(|sample| !passing(&sample.name));
    samples.map(|sample| [sample.label("server").to_owned(), sample.name.clone(), meaning(sample.value, sample.label("meaning"))]).collect()
}

/// A primary with a standby, and what is on the page of both.
struct Pair {
    primary: Server,
    standby: Server,
    own: TempDir,
}

impl Pair {
    fn start(major: u32) -> Self {
        let primary = Server::primary(major);
        primary.psql().run("create table had (id int primary key); insert into had values (1)");
        let standby = primary.standby();
        Self { primary, standby, own: own(MEANING) }
    }

    fn shown(&self) -> BTreeSet<[String; 3]> {
        self.standby.catch_up_with(&self.primary);
        let config = Config::once().directory(self.own.path()).server("primary", &self.primary).server("standby", &self.standby);
        let exporter = Exporter::start(&config, &[&self.primary, &self.standby]);
        shown(&exporter.await_all(&["primary", "standby"]))
    }
}

/// Whether the server has this setting.
fn has(psql: &Psql, setting: &str) -> bool {
    psql.run(&format!("select count(*) from pg_settings where name = lower('{setting}')")) == "1"
}

fn set(psql: &Psql, settings: &[(&str, &str)]) {
    for (name, value) in settings {
        let value = if *name == "search_path" { (*value).to_owned() } else { format!("'{value}'") };
        psql.run(&format!("alter role pgvigil in database postgres set {name} = {value}"));
    }
}

#[track_caller]
fn is_same(shown: &BTreeSet<[String; 3]>, wanted: &BTreeSet<[String; 3]>, with: &str) {
    let difference: Vec<_> = wanted.symmetric_difference(shown).collect();
    assert!(difference.is_empty(), "with {with}: {difference:#?}");
}

fn each_default_alone(major: u32) {
    let pair = Pair::start(major);
    let wanted = pair.shown();
    let psql = pair.primary.psql();
    for (name, value, _) in HOSTILE.iter().filter(|(name, ..)| has(&psql, name)) {
        set(&psql, &[(name, value)]);
        is_same(&pair.shown(), &wanted, &format!("{name} = {value}"));
        psql.run("alter role pgvigil in database postgres reset all");
    }
}

/// Every switch and choice that a user has, all in the first and all in the last position.
fn all_defaults_at_once(major: u32) {
    let pair = Pair::start(major);
    let wanted = pair.shown();
    let psql = pair.primary.psql();
    for end in ["first", "last"] {
        // Left out: what is no default of a transaction, what fills the server's log with each statement (13 does not survive it), and what takes
        // numbers or words, of which the list above has those that matter: others change how long a statement takes.
        let values = psql.rows(&format!(
            "select name, case vartype when 'bool' then case reset_val when 'on' then 'off' else 'on' end
                    else enumvals[case '{end}' when 'first' then 1 else cardinality(enumvals) end] end
             from pg_settings where context = 'user' and vartype in ('bool', 'enum')
             and name not in ('transaction_isolation', 'transaction_read_only', 'transaction_deferrable') and name !~ '^debug_print'"
        ));
        let settings: Vec<(&str, &str)> = values.iter().map(|row| (row[0].as_str(), row[1].as_str())).collect();
        assert!(settings.len() > 40, "{settings:?}");
        set(&psql, &settings);
        is_same(&pair.shown(), &wanted, &format!("the {end} of all values"));
        psql.run("alter role pgvigil in database postgres reset all");
    }
}

fn through_a_pooler(major: u32) {
    let server = Server::primary(major);
    let own = own(SHORT_MEANING);
    let shown = || {
        let bouncer = PgBouncer::start(&tool("pgbouncer").expect("tests/servers/install.sh gets it"), &server, &[]);
        let exporter = Exporter::start(&Config::once().directory(own.path()).url("through", &bouncer.url_through(), ""), &[]);
        shown(&exporter.await_all(&["through"]))
    };
    let wanted = shown();
    let psql = server.psql();
    let hostile: Vec<(&str, &str)> =
        HOSTILE.iter().filter(|(name, _, anywhere)| *anywhere && has(&psql, name)).map(|(name, value, _)| (*name, *value)).collect();
    set(&psql, &hostile);
    is_same(&shown(), &wanted, "all of them");
}

/// What pgvigil sets for itself is not taken for the server's.
fn shown_as_the_server_has_them(major: u32) {
    let settings = [
        ("jit", "off"),
        ("constraint_exclusion", "on"),
        ("extra_float_digits", "3"),
        ("max_parallel_workers_per_gather", "3"),
        ("work_mem", "6MB"),
    ];
    let server = Server::primary_with(major, &settings);
    let exporter = Exporter::start(&Config::once().server("primary", &server), &[&server]);
    let page = exporter.await_all(&["primary"]);
    let changed = |name: &str| {
        let of = [("name", name)];
        let mut found = page.all("pg_changed_settings_info", &of);
        found.next().map(|sample| (sample.label("setting").to_owned(), sample.label("source").to_owned()))
    };
    let of_server = |setting: &str, source: &str| Some((setting.to_owned(), source.to_owned()));
    assert_eq!(changed("jit"), of_server("off", "server"));
    assert_eq!(changed("constraint_exclusion"), of_server("on", "server"));
    assert_eq!(changed("extra_float_digits"), of_server("3", "server"));
    assert_eq!(changed("work_mem"), of_server("6144", "configuration file"));
    // These are the role's own.
    for name in ["statement_timeout", "lock_timeout", "search_path", "default_transaction_read_only"] {
        assert_eq!(changed(name), None, "{name}");
    }
    let compat = |name: &str| page.value(name, &[("server", "primary")]);
    assert_eq!((compat("pg_settings_jit"), compat("pg_settings_max_parallel_workers_per_gather")), (Some(0.0), Some(3.0)));
}
