//! Replication slots, and the WAL that they keep.

use crate::prelude::*;
use crate::unit::Words;

/// Whether the WAL that a slot needs is still there.
const WAL_STATUS: Words = &[
    ("reserved", "reserved", None),
    ("extended", "extended", Some(Info)),
    ("unreserved", "unreserved", Some(Warning)),
    ("lost", "lost", Some(Critical)),
];
/// Whether somebody uses it.
const USED: Words = &[("0", "unused", Some(Warning)), ("1", "used", None)];

/// In parts of what may lie between two checkpoints.
const RETAINED: &str = "max by (server, slot_name) (pg_replication_slots_retained_bytes{$server} / on (server) group_left () pg_settings_max_wal_size_bytes{$server})";

pub fn slots() -> Panel {
    let of = |metric: &str| format!("max by (server, slot_name) (pg_replication_slots_{metric}{{$server}})");
    let word = |label: &str| format!("max by (server, slot_name, {label}) (pg_replication_slots_wal_status{{$server}})");
    table(
        "Replication slots",
        "Good is used and reserved. One that nobody uses keeps WAL, and dead rows, until somebody drops it: pg_drop_replication_slot(name). What is lost has to be built anew.",
        [key("server", "Server").leads_to("pgvigil-storage", "Storage"), key("slot_name", "Slot")],
        [
            column("Type", Unit::Text, "max by (server, slot_name, slot_type) (pg_replication_slots_active{$server})").label("slot_type").width(90),
            column("Used", Unit::Word, of("active")).words(USED).width(80),
            column("WAL status", Unit::Text, word("wal_status")).label("wal_status").words(WAL_STATUS).width(105),
            column("Why invalid", Unit::Text, word("invalidation_reason")).label("invalidation_reason"),
            column("Keeps", Unit::Bytes, of("retained_bytes")).width(90),
            column("of max_wal_size", Unit::Ratio, RETAINED).thresholds("replication", "PostgresSlotRetainsWal").width(130),
            column("Room left", Unit::Bytes, of("safe_wal_size_bytes")).width(95),
            column("Not confirmed", Unit::Bytes, of("confirmed_flush_lag_bytes")).width(120),
            column("Holds vacuum back by", Unit::Count, of("xmin_age_transactions")).width(165),
            column("Unused since", Unit::Timestamp, of("inactive_since_timestamp_seconds")).width(125),
        ],
    )
    // First those that nobody uses.
    .at_most_by(50, "1 - max by (server, slot_name) (pg_replication_slots_active{$server})")
    .sorted_by("Keeps")
    .empty("no slot")
}

pub fn retained() -> Panel {
    timeseries(
        "WAL that slots keep, in parts of max_wal_size, top 5",
        "Good is below the line. A slope that rises for hours ends with a full disk: bring the receiver back, or drop the slot.",
        Unit::Ratio,
        query(top(5, RETAINED), "{{slot_name}}, {{server}}"),
    )
    .thresholds("replication", "PostgresSlotRetainsWal")
    .empty("no slot keeps WAL")
}

pub fn room() -> Panel {
    timeseries(
        "WAL until a slot is in danger, lowest 5",
        "What can still be written before max_slot_wal_keep_size takes the slot its WAL. Good is far from 0; below it, the slot is lost with the next checkpoint.",
        Unit::Bytes,
        query(bottom(5, "min by (server, slot_name) (pg_replication_slots_safe_wal_size_bytes{$server})"), "{{slot_name}}, {{server}}"),
    )
    .signed()
    .empty("max_slot_wal_keep_size is not set, or no slot")
}
