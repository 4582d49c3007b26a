//! Whether applications get a connection, from PgBouncer or from a `HikariCP` pool of their own.

mod hikari;
mod work;

use hikari::{acquire, connections as hikari_connections, creation, fullest, health as hikari_health, pending, timeouts, usage_time};
use work::{statements, times, traffic};

use crate::prelude::*;

pub fn board() -> Board {
    Board::new(
        "pgvigil-pools",
        "Connection Pool",
        "Whether applications get a connection in time: the pools of PgBouncer, and those of HikariCP by Micrometer's names.",
    )
    .servers(r#"{__name__=~"pgbouncer_up|hikaricp_connections_max", cluster=~"$cluster|"}"#)
    .variable(hikari::pool())
    .row("Health", [line(4, health()), line(4, hikari_health())])
    .row("Problems of PgBouncer", [line(8, [pools()]), line(8, [longest(), waiting()])])
    .row(
        "PgBouncer",
        [line(8, [usage(), clients()]), line(8, [clients_by_state(), servers_by_state()]), line(8, [statements(), times(), traffic()])],
    )
    .row(
        "HikariCP",
        [line(8, [fullest(), pending()]), line(8, [hikari_connections(), timeouts()]), line(8, [acquire(), usage_time(), creation()])],
    )
    .row("Settings", [line(7, [limits()]), line(7, [databases()])])
}

/// What clients use of each pool, as `PgBouncerPoolUsageHigh` reckons it: a pool's size is its database's.
const USAGE: &str = r#"max by (server, database, user) (
  pgbouncer_pools_sv_active{$server}
    / on (server, database) group_left () max by (server, database) (label_replace(pgbouncer_databases_pool_size{$server} > 0, "database", "$1", "name", "(.*)"))
)"#;

fn health() -> [Panel; 6] {
    [
        stat(
            "PgBouncer",
            "Whether each PgBouncer answers on its console. If not, who connects through it has no database: look at its process, its log and its limit of open files.",
            Unit::Word,
            query("min(pgbouncer_up{$server})", ""),
        )
        .words(UP)
        .empty("none is watched"),
        stat(
            "Clients waiting",
            "Clients of PgBouncer that have sent a query and wait for a server connection. Good is 0, or soon again 0. Then look for long transactions before you make a pool larger.",
            Unit::Count,
            query("sum(pgbouncer_pools_cl_waiting{$server})", ""),
        )
        .any_is(Warning)
        .empty("none is watched"),
        stat(
            "Longest wait",
            "How long the client that waits longest has been waiting. Good is 0: a second is felt, and after query_wait_timeout it is turned away.",
            Unit::Seconds,
            query("max(pgbouncer_pools_maxwait_seconds{$server})", ""),
        )
        .thresholds("pools", "PgBouncerClientsWaiting")
        .empty("none is watched"),
        stat(
            "Fullest pool",
            "Server connections in use in parts of the pool's size, of the pool where it is most. Good is below 80 %. At 100 % clients wait.",
            Unit::Ratio,
            query(format!("max({USAGE})"), ""),
        )
        .thresholds("pools", "PgBouncerPoolUsageHigh")
        .empty("none is watched"),
        stat(
            "Clients of the limit",
            "Clients of PgBouncer in parts of max_client_conn. Good is below 80 %; at 100 % it turns new ones away.",
            Unit::Ratio,
            query("max(pgbouncer_lists_used_clients{$server} / (pgbouncer_config_max_client_conn{$server} > 0))", ""),
        )
        .thresholds("pools", "PgBouncerClientsHigh")
        .empty("none is watched"),
        stat(
            "Paused or disabled",
            "Databases of PgBouncer whose clients wait or are turned away because somebody said so. Good is 0: say RESUME or ENABLE on the console when the work is done.",
            Unit::Count,
            query("sum(pgbouncer_databases_paused{$server}) + sum(pgbouncer_databases_disabled{$server})", ""),
        )
        .any_is(Warning)
        .empty("none is watched"),
    ]
}

fn pools() -> Panel {
    const POOL: &str = "server, database, user";
    let fullest = format!("topk(20, {USAGE})");
    let of_fullest = |metric: &str| format!("max by ({POOL}) ({metric}{{$server}}) and on ({POOL}) {fullest}");
    table(
        "Pools of PgBouncer, the 20 fullest",
        "Good is nobody who waits and some connections idle. If all are active for long, look at Connections & Locks of the server for what holds them: an idle transaction takes one as long as it lasts.",
        [key("server", "PgBouncer").width(150), key("database", "Database"), key("user", "User")],
        [
            column("In use", Unit::Ratio, &fullest).thresholds("pools", "PgBouncerPoolUsageHigh").width(85),
            column("Waiting", Unit::Count, of_fullest("pgbouncer_pools_cl_waiting")).any_is(Warning).width(85),
            column("For", Unit::Seconds, of_fullest("pgbouncer_pools_maxwait_seconds"))
                .thresholds("pools", "PgBouncerClientsWaiting")
                .width(85),
            column("Clients", Unit::Count, of_fullest("pgbouncer_pools_cl_active")).width(85),
            column("Active", Unit::Count, of_fullest("pgbouncer_pools_sv_active")).width(85),
            column("Idle", Unit::Count, of_fullest("pgbouncer_pools_sv_idle")).width(85),
            column("Mode", Unit::Word, format!("max by ({POOL}, pool_mode) (pgbouncer_pools_cl_active{{$server}}) and on ({POOL}) {fullest}"))
                .label("pool_mode")
                .width(110),
        ],
    )
    .sorted_by("In use")
    .empty("no PgBouncer is watched")
}

fn longest() -> Panel {
    timeseries(
        "Longest wait for a connection, top 10 pools",
        "How long the first client of the queue has been waiting. Good is 0. A line that climbs by a second a second is a pool that hands out nothing: see what its connections do.",
        Unit::Seconds,
        query(worst(10, "max by (server, database, user) (pgbouncer_pools_maxwait_seconds{$server})"), "{{database}}/{{user}}, {{server}}"),
    )
    .thresholds("pools", "PgBouncerClientsWaiting")
    .ranked()
    .empty("nobody has waited")
}

fn waiting() -> Panel {
    timeseries(
        "Clients waiting, top 10 pools",
        "Clients that have sent a query and got no server connection yet. Good is 0, or short peaks.",
        Unit::Count,
        query(worst(10, "max by (server, database, user) (pgbouncer_pools_cl_waiting{$server})"), "{{database}}/{{user}}, {{server}}"),
    )
    .ranked()
    .empty("nobody has waited")
}

fn usage() -> Panel {
    timeseries(
        "Pool usage of PgBouncer, top 10 pools",
        "Server connections in use in parts of the pool's size. Good is below the line; beyond 100 % are those of reserve_pool_size.",
        Unit::Ratio,
        query(top(10, USAGE), "{{database}}/{{user}}, {{server}}"),
    )
    .thresholds("pools", "PgBouncerPoolUsageHigh")
    .ranked()
    .empty("no PgBouncer is watched")
}

fn clients() -> Panel {
    timeseries(
        "Clients of max_client_conn, top 10",
        "Good is below the lines; at 100 % new clients are turned away. Raise max_client_conn and the limit of open files together.",
        Unit::Ratio,
        query(
            top(10, "max by (server) (pgbouncer_lists_used_clients{$server} / (pgbouncer_config_max_client_conn{$server} > 0))"),
            "{{server}}",
        ),
    )
    .up_to(1.0)
    .thresholds("pools", "PgBouncerClientsHigh")
    .ranked()
    .empty("no PgBouncer is watched, or without a limit")
}

fn clients_by_state() -> Panel {
    timeseries(
        "Clients of PgBouncer by state",
        "Good is none waiting. Active ones have a server connection or ask for nothing.",
        Unit::Count,
        [
            query("sum(pgbouncer_pools_cl_active{$server})", "active"),
            query("sum(pgbouncer_pools_cl_waiting{$server})", "waiting"),
            query("sum(pgbouncer_lists_login_clients{$server})", "logging in"),
        ],
    )
    .stacked()
    .empty("no PgBouncer is watched")
}

fn servers_by_state() -> Panel {
    timeseries(
        "Server connections of PgBouncer by state",
        "Good is that some are idle. All active means that clients wait or soon will; many logging in means that the server is slow to let them in.",
        Unit::Count,
        [
            query("sum(pgbouncer_pools_sv_active{$server})", "active"),
            query("sum(pgbouncer_pools_sv_idle{$server})", "idle"),
            query("sum(pgbouncer_pools_sv_used{$server})", "idle for long"),
            query("sum(pgbouncer_pools_sv_tested{$server})", "being tested"),
            query("sum(pgbouncer_pools_sv_login{$server})", "logging in"),
            query("sum(pgbouncer_pools_sv_being_canceled{$server})", "being cancelled"),
        ],
    )
    .stacked()
    .empty("no PgBouncer is watched")
}

fn limits() -> Panel {
    let of = |setting: &str| format!("max by (server) (pgbouncer_config_{setting}{{$server}})");
    table(
        "Limits of PgBouncer",
        "What is set: max_client_conn, default_pool_size, reserve_pool_size, max_db_connections, query_wait_timeout, idle_transaction_timeout. 0 is without limit. All pools of a server together must fit into its max_connections.",
        [key("server", "PgBouncer")],
        [
            column("Clients", Unit::Count, of("max_client_conn")),
            column("Pool", Unit::Count, of("default_pool_size")),
            column("Reserve", Unit::Count, of("reserve_pool_size")),
            column("Of a database", Unit::Count, of("max_db_connections")),
            column("May wait for", Unit::Seconds, of("query_wait_timeout_seconds")),
            column("Idle transaction", Unit::Seconds, of("idle_transaction_timeout_seconds")),
        ],
    )
    .empty("no PgBouncer is watched")
}

fn databases() -> Panel {
    const DATABASE: &str = "server, name, host, port";
    let of = |metric: &str| format!("topk(50, max by ({DATABASE}) (pgbouncer_databases_{metric}{{$server}}))");
    table(
        "Databases of PgBouncer, the 50 with most connections",
        "Where each leads to and what its pools may have. Good is none paused or disabled, and fewer connections than its limit, where it has one (0 is none).",
        [
            key("server", "PgBouncer").width(150),
            key("name", "Database"),
            key("host", "Leads to"),
            key("port", "Port").width(70),
        ],
        [
            column("Connections", Unit::Count, of("current_connections")).width(105),
            column("Limit", Unit::Count, of("max_connections")).width(75),
            column("Pool", Unit::Count, of("pool_size")).width(75),
            column("Reserve", Unit::Count, of("reserve_pool_size")).width(80),
            column("Paused", Unit::Word, of("paused")).words(STOPPED).width(80),
            column("Disabled", Unit::Word, of("disabled")).words(STOPPED).width(85),
        ],
    )
    .sorted_by("Connections")
    .empty("no PgBouncer is watched")
}

const STOPPED: Words = &[("0", "no", None), ("1", "yes", Some(Warning))];
