-- about: How far each standby (or other receiver of WAL) is behind this server, by stage: sent to it, written, flushed
--    and replayed by it. Works on a standby that others stream from, too. A standby's pid and port change with each
--    connection and are no labels; receivers that share name, address and slot are one series, with the worst of their
--    lags.
-- interval: 10s
-- timeout: 2s
-- needs: role pg_read_all_stats
-- limit: 1000 series
-- rows: none
-- label application_name: Name that the standby gave; its cluster_name if it gave none.
-- label client_addr: Address of the standby; empty for a Unix socket.
-- label slot_name: Replication slot that it uses; empty if none.
-- label stage: sent, write, flush or replay.
-- gauge pg_stat_replication_lag_bytes: WAL that this server has and that has not reached this stage, in bytes
--    (sent_lsn, write_lsn, flush_lsn, replay_lsn).
-- gauge pg_stat_replication_lag_seconds: Time that recent WAL took to reach this stage and be reported, in seconds
--    (write_lag, flush_lag, replay_lag); 0 once all has reached it, absent while unknown; the stage sent has none.
-- sql:
WITH here AS MATERIALIZED (
    -- The end of the WAL that can be sent. Read before the positions of the standbys, so that new WAL is not counted as lag.
    SELECT CASE WHEN pg_catalog.pg_is_in_recovery()
                THEN greatest(pg_catalog.pg_last_wal_receive_lsn(), pg_catalog.pg_last_wal_replay_lsn())
                ELSE pg_catalog.pg_current_wal_lsn() END AS lsn
),
progress AS (
    SELECT r.application_name, r.client_addr, s.slot_name, stage.name AS stage,
           -- In a CASE, since greatest(NULL, 0) is 0.
           CASE WHEN here.lsn - stage.lsn IS NOT NULL THEN greatest(here.lsn - stage.lsn, 0) END AS bytes,
           -- The server gives NULL when nothing has been on its way for a while (then the lag is 0), but also when
           -- it has not measured yet (then nobody knows).
           -- A receiver that reports no position, such as pg_receivewal does for flush, has a lag that means nothing.
           CASE WHEN stage.lsn IS NULL OR stage.name = 'sent' THEN NULL
                WHEN stage.lag IS NOT NULL THEN greatest(extract(epoch FROM stage.lag), 0)
                WHEN stage.lsn >= here.lsn THEN 0
           END AS seconds
    FROM here
    CROSS JOIN pg_catalog.pg_stat_replication AS r
    LEFT JOIN (SELECT DISTINCT ON (x.active_pid) x.active_pid, x.slot_name
               FROM pg_catalog.pg_replication_slots AS x
               -- A session holds its temporary slots beside the one that it streams from.
               ORDER BY x.active_pid, x.temporary, x.slot_name) AS s ON s.active_pid = r.pid
    CROSS JOIN LATERAL (VALUES ('sent', r.sent_lsn, NULL::interval),
                               ('write', r.write_lsn, r.write_lag),
                               ('flush', r.flush_lsn, r.flush_lag),
                               ('replay', r.replay_lsn, r.replay_lag)) AS stage (name, lsn, lag)
    -- A base backup is listed too, without positions.
    WHERE r.state <> 'backup'
)
SELECT application_name, pg_catalog.host(client_addr) AS client_addr, slot_name, stage,
       -- The worst of them; unknown as soon as one of them is.
       CASE WHEN pg_catalog.bool_and(bytes IS NOT NULL) THEN pg_catalog.max(bytes) END AS pg_stat_replication_lag_bytes,
       CASE WHEN pg_catalog.bool_and(seconds IS NOT NULL) THEN pg_catalog.max(seconds) END AS pg_stat_replication_lag_seconds
FROM progress
GROUP BY application_name, pg_catalog.host(client_addr), slot_name, stage
ORDER BY pg_catalog.max(bytes) DESC NULLS LAST, application_name, client_addr, slot_name, stage
