//! pgvigil against real PostgreSQL servers of every major it supports, a real Prometheus, and whatever can go wrong
//! between them. `tests/run.sh` installs what this needs.

// A metric is what was said or it is not: there is nothing to round.
#![allow(clippy::float_cmp)]
// What a test expects, it may say so; the support code is a test's, too.
#![allow(clippy::expect_used)]

/// Makes one test for each major of a function that takes the major.
macro_rules! on_every_major {
    ($($test:ident),+ $(,)?) => {$(
        mod $test {
            #[test]
            fn on_13() { super::$test(13); }
            #[test]
            fn on_14() { super::$test(14); }
            #[test]
            fn on_15() { super::$test(15); }
            #[test]
            fn on_16() { super::$test(16); }
            #[test]
            fn on_17() { super::$test(17); }
            #[test]
            fn on_18() { super::$test(18); }
            #[test]
            fn on_19() {
                if crate::support::has_server(19) {
                    super::$test(19);
                }
            }
        }
    )+};
}

/// The same for the oldest and the newest major.
macro_rules! on_first_and_last {
    ($($test:ident),+ $(,)?) => {$(
        mod $test {
            #[test]
            fn on_13() { super::$test(13); }
            #[test]
            fn on_18() { super::$test(18); }
        }
    )+};
}

mod alertmanager;
mod alerts;
mod alerts_live;
mod archiving;
mod broken;
mod buffers;
mod by_server;
mod canary;
mod catalogue;
mod churn;
mod collect;
mod compat;
mod compat_pgbouncer;
mod configuration;
mod cost;
mod dashboards;
mod dashboards_live;
mod defaults;
mod denied;
mod detail;
mod doors;
mod ends;
mod failover;
mod faults;
mod formats;
mod full_disk;
mod host;
mod hostile;
mod hostile_servers;
mod life;
mod locked;
mod locks;
mod logins;
mod lost_lines;
mod names;
mod network;
mod nineteen;
mod operator;
mod outages;
mod overload;
mod own_tables;
mod panics;
mod pgbouncer;
mod privileges;
mod progress;
mod rank;
mod refused;
mod replication;
mod routes;
mod secret_files;
mod secret_shapes;
mod secret_statements;
mod secrets;
mod skips;
mod soak;
mod subscriptions;
mod support;
mod switched_off;
mod threads;
mod thresholds;
mod timeouts;
mod tls;
mod unique;
mod untrusted;
mod upkeep;
mod values;
mod web_config;
mod web_faults;
