//! Who streams from whom, who is late and at which stage, and what becomes of the WAL.

mod archive;
mod lag;
mod logical;
mod slots;

use archive::{archived, archiver, delay, generated, records, size};
use lag::{age, bytes, bytes_by_stage, conflicts, seconds, seconds_by_stage};
use logical::{apply_errors, decoding, subscriptions};
use slots::{retained, room, slots};

use crate::prelude::*;
use crate::unit::Words;

pub fn board() -> Board {
    Board::new(
        "pgvigil-replication",
        "Replication & WAL",
        "Who streams from whom, who is late and at which stage, what keeps WAL, and whether it is archived.",
    )
    .row("Health", [line(4, health()), line(7, [senders()]), line(7, [receivers()])])
    .row(
        "Lag",
        [
            line(8, [seconds(), bytes(), age()]),
            line(9, [seconds_by_stage(), bytes_by_stage()]),
            line(8, [conflicts(), links(), synchronous()]),
        ],
    )
    .row("Slots", [line(8, [slots()]), line(8, [retained(), room()])])
    .row("WAL and its archive", [line(8, [generated(), records(), size()]), line(8, [delay(), archived(), archiver()])])
    .row("Failover history", [line(6, [history()]), line(8, [timelines(), roles()])])
    .row("Logical replication", [line(8, [subscriptions(), apply_errors(), decoding()])])
    .row("Settings", [line(7, [settings()]), line(7, [numbers()])])
}

/// Clusters of which two servers accept writes.
const SPLIT: &str = "count(count by (system_identifier) (max by (system_identifier, server) (pg_server_info{$server} and on (server) pg_in_recovery{$server} == 0)) > 1) or 0 * count(pg_up{$server})";

fn health() -> [Panel; 8] {
    [
        stat(
            "Lag",
            "How old the state is that the latest standby shows. Good is below 0.1 s. The stage that is late, below, says whether it is the link, the disk or replay.",
            Unit::Seconds,
            query("max(server:replica_lag:seconds{$server})", ""),
        )
        .thresholds("replication", "PostgresReplicaLagHigh")
        .empty("no standby"),
        stat(
            "WAL to replay",
            "What the latest standby has still to replay. Good is below 10 MB.",
            Unit::Bytes,
            query("max(server:replica_lag:bytes{$server})", ""),
        )
        .thresholds("replication", "PostgresReplicaLagBytesHigh")
        .empty("no standby"),
        stat(
            "Links down",
            "Standbys that receive nothing. Good is 0. Look at the log of the standby: the network, the password, or WAL that the primary has no more.",
            Unit::Count,
            query("count(pg_wal_receiver_up{$server} == 0) or 0 * count(pg_up{$server})", ""),
        )
        .any_is(Warning),
        stat(
            "Replay paused",
            "Standbys whose replay somebody has paused. Good is 0: pg_wal_replay_resume() goes on.",
            Unit::Count,
            query("count(pg_replication_replay_paused{$server} == 1) or 0 * count(pg_up{$server})", ""),
        )
        .any_is(Warning),
        stat(
            "Slots unused",
            "Slots of a primary that nobody uses. Good is 0: they keep WAL until the disk is full. Bring the receiver back, or drop the slot.",
            Unit::Count,
            query(
                "count(pg_replication_slots_active{$server} == 0 unless on (server, slot_name) pg_replication_slots_synced{$server} == 1 unless on (server) pg_in_recovery{$server} == 1) or 0 * count(pg_up{$server})",
                "",
            ),
        )
        .any_is(Warning),
        stat(
            "Not archived for",
            "Age of the oldest WAL file that waits for the archiver. Good is below 5 minutes: that much is lost if the disk is.",
            Unit::Seconds,
            query("max(time() - pg_wal_archive_oldest_pending_timestamp_seconds{$server})", ""),
        )
        .thresholds("storage", "PostgresWalArchiveDelayed")
        .empty("none waits"),
        stat(
            "Commits stuck",
            "Primaries with fewer synchronous standbys than synchronous_standby_names asks for. Good is 0: else every commit waits.",
            Unit::Count,
            query("count(pg_synchronous_standbys_met{$server} == 0) or 0 * count(pg_up{$server})", ""),
        )
        .any_is(Critical),
        stat(
            "Two primaries",
            "Clusters of which two servers accept writes. Good is 0: else stop the one that was not promoted, before applications write to both.",
            Unit::Count,
            query(SPLIT, ""),
        )
        .any_is(Critical),
    ]
}

fn senders() -> Panel {
    const KEYS: &str = "server, application_name, client_addr, slot_name";
    let lag = |metric: &str, stage: &str| format!(r#"max by ({KEYS}) (pg_stat_replication_lag_{metric}{{$server, stage="{stage}"}})"#);
    table(
        "Who streams from whom, as the sender sees it",
        "Each receiver of WAL, and how long WAL takes until it has written, flushed and replayed it. Good is streaming, and stages of milliseconds. One that is missing here does not stream.",
        [
            key("server", "From").leads_to("pgvigil-overview", "Server Overview"),
            key("application_name", "To"),
            key("client_addr", "Address").width(120),
            key("slot_name", "Slot"),
        ],
        [
            column("State", Unit::Text, format!("max by ({KEYS}, state) (pg_stat_replication_count{{$server}})")).label("state").width(95),
            column("Synchronous", Unit::Text, format!("max by ({KEYS}, sync_state) (pg_stat_replication_count{{$server}})"))
                .label("sync_state")
                .width(115),
            column("Written", Unit::Seconds, lag("seconds", "write")).thresholds("replication", "PostgresReplicaLagHigh").width(90),
            column("Flushed", Unit::Seconds, lag("seconds", "flush")).thresholds("replication", "PostgresReplicaLagHigh").width(90),
            column("Replayed", Unit::Seconds, lag("seconds", "replay")).thresholds("replication", "PostgresReplicaLagHigh").width(90),
            column("To send", Unit::Bytes, lag("bytes", "sent")).thresholds("replication", "PostgresReplicaLagBytesHigh").width(90),
            column("To replay", Unit::Bytes, lag("bytes", "replay")).thresholds("replication", "PostgresReplicaLagBytesHigh").width(90),
            column("Last message", Unit::Timestamp, format!("min by ({KEYS}) (pg_stat_replication_reply_timestamp_seconds{{$server}})")).width(130),
        ],
    )
    .sorted_by("To replay")
    .empty("nobody streams")
}

/// Whether replay stands still.
const PAUSED: Words = &[("0", "runs", None), ("1", "paused", Some(Warning))];

fn receivers() -> Panel {
    let of = |metric: &str| format!("max by (server) ({metric}{{$server}})");
    table(
        "What the standbys say of themselves",
        "Good is an upstream link and no lag. The lag is coloured from where reads should go to the primary: 5 s.",
        [key("server", "Standby").leads_to("pgvigil-overview", "Server Overview")],
        [
            column("Link", Unit::Word, of("pg_wal_receiver_up")).words(UP).width(70),
            column("Receiver", Unit::Text, "max by (server, status) (pg_wal_receiver_info{$server})").label("status").width(100),
            column("From host", Unit::Text, "max by (server, sender_host) (pg_wal_receiver_info{$server})").label("sender_host"),
            column("Port", Unit::Text, "max by (server, sender_port) (pg_wal_receiver_info{$server})").label("sender_port").width(70),
            column("Slot", Unit::Text, "max by (server, slot_name) (pg_wal_receiver_info{$server})").label("slot_name"),
            column("Silent for", Unit::Seconds, of("pg_wal_receiver_last_message_age_seconds")).width(95),
            column("Lag", Unit::Seconds, of("pg_replication_lag_seconds")).thresholds("replication", "PostgresStaleReads").width(90),
            column("To replay", Unit::Bytes, of("pg_replication_lag_bytes"))
                .thresholds("replication", "PostgresReplicaLagBytesHigh")
                .width(90),
            column("Replay", Unit::Word, of("pg_replication_replay_paused")).words(PAUSED).width(80),
            column("Timeline", Unit::Count, of("pg_wal_receiver_received_timeline_id")).width(85),
        ],
    )
    .sorted_by("Lag")
    .empty("no standby is watched")
}

fn links() -> Panel {
    timeseries(
        "Links down and replay paused",
        "How many standbys receive nothing, and of how many replay stands still. Good is 0; if not, this says since when.",
        Unit::Count,
        [
            query("count(pg_wal_receiver_up{$server} == 0) or 0 * count(pg_wal_receiver_up{$server})", "link is down"),
            query(
                "count(pg_replication_replay_paused{$server} == 1) or 0 * count(pg_replication_replay_paused{$server})",
                "replay is paused",
            ),
        ],
    )
    .empty("no standby")
}

fn synchronous() -> Panel {
    timeseries(
        "Synchronous standbys",
        "How many a commit waits for, and how many are there. Good is at least as many as are asked for, and one more, so that one may fail.",
        Unit::Count,
        [
            query("sum(pg_synchronous_standbys_available{$server})", "there"),
            query("sum(pg_synchronous_standbys_required{$server})", "asked for").limit(),
        ],
    )
    .empty("no primary")
}

fn history() -> Panel {
    table(
        "Roles and timelines",
        "What each server is and was in what is shown. Good is no change but those that somebody made. Each promotion begins a new timeline; servers of one cluster share its number.",
        [key("server", "Server").leads_to("pgvigil-overview", "Server Overview")],
        [
            column("Role", Unit::Word, "max by (server) (pg_in_recovery{$server})").words(ROLE).width(85),
            column("Role changes", Unit::Count, "max by (server) (changes(pg_in_recovery{$server}[$__range]))").any_is(Warning).width(110),
            column("Timeline", Unit::Count, "max by (server) (pg_timeline_id{$server})").width(85),
            column("Promotions", Unit::Count, "max by (server) (max_over_time(pg_timeline_id{$server}[$__range]) - min_over_time(pg_timeline_id{$server}[$__range]))")
                .any_is(Warning)
                .width(100),
            column("Started", Unit::Timestamp, "max by (server) (pg_postmaster_start_time_seconds{$server})").width(130),
            column("Cluster", Unit::Text, "max by (server, system_identifier) (pg_server_info{$server})").label("system_identifier"),
        ],
    )
    .sorted_by("Promotions")
}

fn timelines() -> Panel {
    timeseries(
        "Timelines, top 5",
        "A step up is a promotion. Good is a flat line: two steps within an hour mean that primaries do not last. Stop the automation before the next one.",
        Unit::Count,
        query(top(5, "max by (server) (pg_timeline_id{$server})"), "{{server}}"),
    )
}

fn roles() -> Panel {
    timeseries(
        "Primaries and standbys",
        "How many there are. Good is as many primaries as clusters. One more is a split, one fewer means that nobody can write there.",
        Unit::Count,
        [
            query("count(pg_in_recovery{$server} == 0) or 0 * count(pg_in_recovery{$server})", "primaries"),
            query("count(pg_in_recovery{$server} == 1) or 0 * count(pg_in_recovery{$server})", "standbys"),
        ],
    )
}

fn settings() -> Panel {
    let word = |label: &str| format!("max by (server, {label}) (pg_settings_info{{$server}})");
    let number = |name: &str| format!("max by (server) (pg_settings_{name}{{$server}})");
    table(
        "How it replicates",
        "Good is wal_level replica or logical, and archive_mode on wherever a backup is to be rolled forward. An empty synchronous_standby_names means that commits wait for nobody.",
        [key("server", "Server").leads_to("pgvigil-overview", "Server Overview")],
        [
            column("wal_level", Unit::Text, word("wal_level")).label("wal_level"),
            column("archive_mode", Unit::Text, word("archive_mode")).label("archive_mode"),
            column("synchronous_commit", Unit::Text, word("synchronous_commit")).label("synchronous_commit"),
            column("synchronous_standby_names", Unit::Text, word("synchronous_standby_names"))
                .label("synchronous_standby_names")
                .width(230),
            column("hot_standby_feedback", Unit::Word, number("hot_standby_feedback")).words(ON),
            column("max_standby_streaming_delay", Unit::Seconds, number("max_standby_streaming_delay_seconds")).words(FOR_EVER).width(230),
        ],
    )
}

/// A time that is not bounded.
const FOR_EVER: Words = &[("-1", "for ever", None)];
/// A size that is not bounded.
const NO_LIMIT: Words = &[("-1", "no limit", None)];

fn numbers() -> Panel {
    let number = |name: &str| format!("max by (server) (pg_settings_{name}{{$server}})");
    table(
        "How much it keeps",
        "Good is a limit on what slots keep (max_slot_wal_keep_size) that the disk can bear: without one, a slot that nobody uses fills it.",
        [key("server", "Server").leads_to("pgvigil-overview", "Server Overview")],
        [
            column("max_wal_size", Unit::Bytes, number("max_wal_size_bytes")),
            column("wal_keep_size", Unit::Bytes, number("wal_keep_size_bytes")),
            column("max_slot_wal_keep_size", Unit::Bytes, number("max_slot_wal_keep_size_bytes")).words(NO_LIMIT).width(185),
            column("archive_timeout", Unit::Seconds, number("archive_timeout_seconds")),
            column("max_wal_senders", Unit::Count, number("max_wal_senders")),
            column("max_replication_slots", Unit::Count, number("max_replication_slots")).width(170),
            column("wal_receiver_timeout", Unit::Seconds, number("wal_receiver_timeout_seconds")).width(170),
        ],
    )
}
