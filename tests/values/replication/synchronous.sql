-- Left out: standbys that are still catching up.
SELECT jsonb_build_object('metric', 'pg_synchronous_standbys_' || metric, 'labels', '{}'::jsonb, 'value', value)
FROM (SELECT count(*) FILTER (WHERE sync_state = ANY ('{sync,quorum}')) AS here FROM pg_stat_replication) AS r,
     (SELECT setting, (regexp_match(setting, '(\d+) *\('))[1]::int AS number FROM pg_settings WHERE name = 'synchronous_standby_names') AS s,
     LATERAL (SELECT CASE setting WHEN '' THEN 0 ELSE coalesce(number, 1) END) AS w (wanted)
CROSS JOIN LATERAL (VALUES ('required', wanted), ('available', here), ('met', (here >= wanted)::int)) AS m (metric, value);
