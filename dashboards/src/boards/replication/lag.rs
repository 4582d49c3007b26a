//! How late the standbys are, and at which stage.

use crate::prelude::*;

/// What is normal (Data Persistence): below it nobody needs to look, and no alert fires.
const NORMAL: &str = "max(server:replica_lag:seconds{$server}) * 0 + 0.1";

pub fn seconds() -> Panel {
    timeseries(
        "Lag, top 5",
        "How old the state is that a standby shows. Good is below the dashed line at 0.1 s. A straight rise of a second each second is a link that is cut, or replay that stands still.",
        Unit::Seconds,
        [query(top(5, "max by (server) (server:replica_lag:seconds{$server})"), "{{server}}"), query(NORMAL, "normal, 0.1 s").limit()],
    )
    .thresholds("replication", "PostgresReplicaLagHigh")
    .empty("no standby")
}

pub fn bytes() -> Panel {
    timeseries(
        "WAL to replay, top 5",
        "What is known to exist and is not yet replayed. Good is below the line. Much of it with little lag in seconds is a burst; wait. Else replay cannot keep up, or waits for a query.",
        Unit::Bytes,
        query(top(5, "max by (server) (server:replica_lag:bytes{$server})"), "{{server}}"),
    )
    .thresholds("replication", "PostgresReplicaLagBytesHigh")
    .empty("no standby")
}

pub fn age() -> Panel {
    bargauge(
        "Too old to be read? Oldest 5",
        "Lag of each standby now, with colour from where reads on it are stale: route them to the primary then, if it can bear them.",
        Unit::Seconds,
        query("sort_desc(topk(5, max by (server) (server:replica_lag:seconds{$server})))", "{{server}}"),
    )
    .thresholds("replication", "PostgresStaleReads")
    .empty("no standby")
}

pub fn seconds_by_stage() -> Panel {
    timeseries(
        "Lag by stage, top 10",
        "As the sender measures it. If writing is late, it is the link; if only flushing, the standby's disk; if only replay, a query or a lock there, or a single busy process.",
        Unit::Seconds,
        query(
            top(10, "max by (server, application_name, stage) (pg_stat_replication_lag_seconds{$server})"),
            "{{stage}} at {{application_name}}",
        ),
    )
    .ranked()
    .thresholds("replication", "PostgresReplicaLagHigh")
    .empty("nobody streams")
}

pub fn bytes_by_stage() -> Panel {
    timeseries(
        "WAL that has not reached a stage, top 10",
        "In bytes, as the sender knows it. What is not sent waits for the network; the other stages include the ones before them.",
        Unit::Bytes,
        query(
            top(10, "max by (server, application_name, stage) (pg_stat_replication_lag_bytes{$server})"),
            "{{stage}} at {{application_name}}",
        ),
    )
    .ranked()
    .thresholds("replication", "PostgresReplicaLagBytesHigh")
    .empty("nobody streams")
}

pub fn conflicts() -> Panel {
    let cause = |cause: &str| format!("sum(increase(pg_stat_database_conflicts_confl_{cause}_total{{$server}}[10m]))");
    timeseries(
        "Queries cancelled for replay, 10 min",
        "By cause. Good is 0. Snapshot: rows were vacuumed that a query still needs (hot_standby_feedback); lock: a table was changed; a longer max_standby_streaming_delay helps both, and adds lag.",
        Unit::Number,
        [
            query(cause("snapshot"), "snapshot"),
            query(cause("lock"), "lock"),
            query(cause("bufferpin"), "buffer pin"),
            query(cause("deadlock"), "deadlock"),
            query(cause("tablespace"), "tablespace"),
            query(cause("active_logicalslot"), "logical slot"),
        ],
    )
    .empty("no standby")
}
