-- about: Where this standby receives its WAL from, as labels of one series that is 1 while a receiver runs.
-- role: standby
-- interval: 30s
-- timeout: 2s
-- needs: role pg_read_all_stats
-- limit: 1 series
-- label status: What the receiver does: starting, streaming, waiting, restarting, stopping or, from 19 on, connecting.
-- label sender_host: Host that it receives from, as written in primary_conninfo.
-- label sender_port: Port of the sender.
-- label slot_name: Replication slot that it uses on the sender; empty if none.
-- gauge pg_wal_receiver_info: Always 1; the labels say what the receiver does.
-- sql:
SELECT status, sender_host, sender_port, slot_name,
       1 AS pg_wal_receiver_info
FROM pg_catalog.pg_stat_wal_receiver
