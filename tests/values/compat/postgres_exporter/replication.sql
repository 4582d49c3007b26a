-- Left out: nothing. The age goes on while nobody looks.
SELECT jsonb_build_object('metric', 'pg_replication_last_replay_seconds', 'labels', '{}'::jsonb, 'tolerance', 60,
                          'value', extract(epoch FROM clock_timestamp() - pg_last_xact_replay_timestamp()))
WHERE pg_last_xact_replay_timestamp() IS NOT NULL;
