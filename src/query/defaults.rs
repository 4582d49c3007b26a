//! Settings of a role, a database or the server that change what a statement means or costs, and where pgvigil sets each for itself.
//!
//! Nothing is set in the startup packet, but what the driver always says there: `pg_settings` would show it as the server's own value (`reset_val`), and
//! poolers refuse what they do not know.
//!
//! | Where | Settings | Why |
//! | --- | --- | --- |
//! | named in each transaction | `default_transaction_isolation`, `_read_only`, `_deferrable` | a standby refuses `serializable`; a deferrable transaction waits for others; `set_config` comes too late |
//! | [each transaction](TRANSACTION), through a pooler too | `statement_timeout`, `lock_timeout` | the bounds of the statement |
//! | | `role` | whose rights count: the owner of a database can set a role of its own there, and the GRANTs that `check` prints would be for that one. A role's own setting has no effect either: pgvigil has the rights that its login role inherits |
//! | | `search_path` | what a name means |
//! | | `extra_float_digits` | digits of a value |
//! | | `intervalstyle`, `bytea_output`, `quote_all_identifiers` | the text of a label |
//! | | `max_parallel_workers_per_gather`, and so all of `parallel_*` and `debug_parallel_query` | a parallel worker is one more process on the server |
//! | | `jit` | the planner has no idea of how few rows a view of statistics has: to compile would cost more than to run |
//! | [each session](SESSION) of pgvigil's own | what stands there | each with its reason; through a pooler they would stay for the next client |
//! | startup packet, by the driver; a pooler keeps them apart | `client_encoding`, `datestyle`, `timezone`, `application_name` | the text of answers, times in it, whose session it is |
//! | nowhere: no statement depends on it | `standard_conforming_strings`, `escape_string_warning` | the server reads all of a text before it sets anything in it, so a string with a backslash is sent as `E'...'` ([`rewrite`](super::rewrite)) |
//! | | `lc_*` | errors are told apart by their codes; numbers and times are written without a locale, unless `to_char` or `money` is asked for |
//! | | `enable_*`, `*_cost`, `work_mem`, `geqo*`, `*_collapse_limit` | they change how long a statement takes; its time-out bounds that |
//! | | `session_replication_role`, `default_tablespace`, `synchronous_commit` and others of writers | nothing is written |
//! | | `idle_in_transaction_session_timeout` | no transaction is left open between two messages, but where [tables are copied](super::wrap::transaction), which sets it |
//! | | `session_preload_libraries` and what only a superuser may set | the superuser wants it |

/// What each transaction sets for itself, beside its time-outs.
pub const TRANSACTION: [(&str, &str); 8] = [
    ("role", "none"),
    ("search_path", "pg_catalog, pg_temp"),
    ("jit", "off"),
    ("max_parallel_workers_per_gather", "0"),
    ("extra_float_digits", "1"),
    ("intervalstyle", "postgres"),
    ("bytea_output", "hex"),
    ("quote_all_identifiers", "off"),
];

/// What a session of pgvigil's own sets once, where the server has it.
pub const SESSION: [(&str, &str); 13] = [
    // A FATAL error for each ERROR: a query that fails would cost the session.
    ("exit_on_error", "off"),
    // From 17 on: ends the session, whatever statement_timeout says.
    ("transaction_timeout", "0"),
    // Messages of the server's development flood the connection.
    ("client_min_messages", "warning"),
    // Late releases of each major: extensions' views, such as pg_stat_statements, are refused.
    ("restrict_nonsystem_relation_kind", ""),
    // From 15 on: `snapshot` copies all statistics at each statement, `none` reads columns of one row at different moments.
    ("stats_fetch_consistency", "cache"),
    // What the text of an operator's query means.
    ("standard_conforming_strings", "on"),
    ("backslash_quote", "safe_encoding"),
    ("array_nulls", "on"),
    ("transform_null_equals", "off"),
    ("xmloption", "content"),
    // The reader sees the rows that policies let it see, and no error.
    ("row_security", "on"),
    // `on` has the planner evaluate the CHECK constraints of all tables.
    ("constraint_exclusion", "partition"),
    // A statement that is sent without time-outs of its own, such as the end of a transaction.
    ("statement_timeout", "2s"),
];

/// The statements that set what each transaction sets.
pub(super) fn transaction() -> String {
    TRANSACTION.iter().fold(String::new(), |text, (name, value)| text + "set local " + name + " = " + value + "; ")
}
