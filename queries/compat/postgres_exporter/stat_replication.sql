-- about: postgres_exporter's lag of each receiver of WAL; see replication/standbys. A pid is no label here, as it makes
--    new series with each connection; receivers that share all labels are one series, with the worst of their lags.
-- enabled: no
-- interval: 10s
-- timeout: 2s
-- needs: role pg_read_all_stats
-- limit: 500 series
-- label application_name: Name that the receiver gave.
-- label client_addr: Its address; empty for a Unix socket.
-- label state: startup, catchup, streaming, backup or stopping.
-- label slot_name: Replication slot that it uses; empty if none.
-- gauge pg_stat_replication_pg_current_wal_lsn_bytes: This server's own position, the same for each receiver, in bytes
--    since the beginning of the WAL: on a standby that up to which WAL was received.
-- gauge pg_stat_replication_pg_wal_lsn_diff: WAL that this server has and the receiver has not replayed, in bytes
--    (replay_lsn).
-- sql:
WITH here AS MATERIALIZED (
    -- Read before the positions of the receivers, so that new WAL is not counted as lag.
    SELECT CASE WHEN pg_catalog.pg_is_in_recovery()
                THEN greatest(pg_catalog.pg_last_wal_receive_lsn(), pg_catalog.pg_last_wal_replay_lsn())
                ELSE pg_catalog.pg_current_wal_lsn() END AS lsn
)
SELECT r.application_name, pg_catalog.host(r.client_addr) AS client_addr, r.state, s.slot_name,
       pg_catalog.max(here.lsn - '0/0'::pg_lsn) AS pg_stat_replication_pg_current_wal_lsn_bytes,
       -- Unknown as soon as one of them is.
       CASE WHEN pg_catalog.bool_and(here.lsn - r.replay_lsn IS NOT NULL)
            THEN greatest(pg_catalog.max(here.lsn - r.replay_lsn), 0) END AS pg_stat_replication_pg_wal_lsn_diff
FROM here
CROSS JOIN pg_catalog.pg_stat_replication AS r
LEFT JOIN (SELECT DISTINCT ON (x.active_pid) x.active_pid, x.slot_name
           FROM pg_catalog.pg_replication_slots AS x
           -- A session holds its temporary slots beside the one that it streams from.
           ORDER BY x.active_pid, x.temporary, x.slot_name) AS s ON s.active_pid = r.pid
GROUP BY r.application_name, pg_catalog.host(r.client_addr), r.state, s.slot_name
ORDER BY pg_catalog.max(here.lsn - r.replay_lsn) DESC NULLS LAST, r.application_name, client_addr, r.state, s.slot_name
