-- Left out: nothing.
WITH index AS (
    SELECT c.relpages * 8192::bigint AS size
    FROM pg_stat_user_indexes AS s
    JOIN pg_index AS i ON i.indexrelid = s.indexrelid
    JOIN pg_class AS c ON c.oid = s.indexrelid AND c.relkind = 'i'
    WHERE s.idx_scan = 0 AND NOT i.indisunique AND NOT i.indisreplident
      AND NOT EXISTS (SELECT FROM pg_constraint AS k WHERE k.conindid = s.indexrelid AND k.contype IN ('p', 'u', 'x'))
)
SELECT jsonb_build_object('metric', metric, 'value', value, 'labels', jsonb_build_object('datname', current_database()))
FROM (SELECT count(*) AS number, coalesce(sum(size), 0) AS size FROM index) AS x
CROSS JOIN LATERAL (VALUES ('pg_indexes_unused', number), ('pg_indexes_unused_bytes', size)) AS m (metric, value);
