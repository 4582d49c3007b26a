-- about: WAL senders of this server by receiver, state and synchronous state.
-- interval: 10s
-- timeout: 2s
-- needs: role pg_read_all_stats
-- limit: 500 series
-- rows: none
-- label application_name: Name that the receiver gave.
-- label client_addr: Address of the receiver; empty for a Unix socket.
-- label slot_name: Replication slot that it uses; empty if none.
-- label usename: User that it logged in as.
-- label state: startup, catchup, streaming, backup or stopping.
-- label sync_state: async, potential, sync or quorum.
-- gauge pg_stat_replication_count: WAL senders with these labels.
-- gauge pg_stat_replication_reply_timestamp_seconds: When the receiver sent its last message, by its own clock, in
--    seconds since 1970 (reply_time); the oldest of them.
-- sql:
SELECT r.application_name, pg_catalog.host(r.client_addr) AS client_addr, s.slot_name, r.usename, r.state, r.sync_state,
       pg_catalog.count(*) AS pg_stat_replication_count,
       pg_catalog.min(extract(epoch FROM r.reply_time)) AS pg_stat_replication_reply_timestamp_seconds
FROM pg_catalog.pg_stat_replication AS r
LEFT JOIN (SELECT DISTINCT ON (x.active_pid) x.active_pid, x.slot_name
           FROM pg_catalog.pg_replication_slots AS x
           -- A session holds its temporary slots beside the one that it streams from.
           ORDER BY x.active_pid, x.temporary, x.slot_name) AS s ON s.active_pid = r.pid
GROUP BY r.application_name, pg_catalog.host(r.client_addr), s.slot_name, r.usename, r.state, r.sync_state
ORDER BY r.application_name, client_addr, s.slot_name, r.usename, r.state
