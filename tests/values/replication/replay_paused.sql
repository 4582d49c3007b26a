-- Left out: nothing.
SELECT jsonb_build_object('metric', 'pg_replication_replay_paused', 'labels', '{}'::jsonb, 'value', pg_is_wal_replay_paused()::int);
