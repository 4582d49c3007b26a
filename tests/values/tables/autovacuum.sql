-- Left out: nothing. On a standby the query is skipped and this script says nothing.
WITH setting AS (
    SELECT c.oid, s.name, s.setting::float8
    FROM pg_class AS c, pg_settings AS s WHERE s.name ~ '^autovacuum_(vacuum|analyze).*(threshold|factor)$' AND c.relkind IN ('r', 'm')
),
own AS (
    SELECT s.oid, s.name, coalesce((SELECT split_part(o, '=', 2)::float8 FROM pg_class AS c, unnest(c.reloptions) AS o
                                    WHERE c.oid = s.oid AND split_part(o, '=', 1) = s.name), s.setting) AS value
    FROM setting AS s
),
chosen AS (SELECT oid, jsonb_object_agg(name, value) AS v FROM own GROUP BY oid)
SELECT jsonb_build_object('metric', 'pg_table_autovacuum_' || metric, 'value', value, 'tolerance', value * 1e-6,
                          'labels', jsonb_build_object('datname', current_database(), 'schemaname', t.schemaname, 'relname', t.relname))
FROM pg_stat_user_tables AS t
JOIN pg_class AS c ON c.oid = t.relid
JOIN chosen ON chosen.oid = t.relid
CROSS JOIN LATERAL (SELECT CASE WHEN c.reltuples < 0 THEN 0 ELSE c.reltuples END AS rows,
                           CASE WHEN current_setting('server_version_num')::int >= 180000 AND c.relpages > 0
                                THEN 1 - coalesce((to_jsonb(c)->>'relallfrozen')::float8, 0) / c.relpages ELSE 1 END AS unfrozen,
                           (v->>'autovacuum_vacuum_max_threshold')::float8 AS most) AS r
CROSS JOIN LATERAL (
    VALUES ('dead_ratio', n_dead_tup / greatest(1, CASE WHEN most >= 0 AND most < (v->>'autovacuum_vacuum_threshold')::float8 + (v->>'autovacuum_vacuum_scale_factor')::float8 * rows
                                                        THEN most ELSE (v->>'autovacuum_vacuum_threshold')::float8 + (v->>'autovacuum_vacuum_scale_factor')::float8 * rows END)),
           ('insert_ratio', CASE WHEN (v->>'autovacuum_vacuum_insert_threshold')::float8 >= 0
                                 THEN n_ins_since_vacuum / greatest(1, (v->>'autovacuum_vacuum_insert_threshold')::float8 + (v->>'autovacuum_vacuum_insert_scale_factor')::float8 * rows * unfrozen) END),
           ('analyze_ratio', n_mod_since_analyze / greatest(1, (v->>'autovacuum_analyze_threshold')::float8 + (v->>'autovacuum_analyze_scale_factor')::float8 * rows))) AS m (metric, value)
WHERE NOT pg_is_in_recovery() AND value IS NOT NULL AND c.relkind IN ('r', 'm')
  AND coalesce(array_to_string(c.reloptions, ' '), '') !~ '(^| )autovacuum_enabled=(off|false)';
