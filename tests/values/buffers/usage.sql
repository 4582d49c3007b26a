-- Left out: nothing. To look is to use buffers, so the values are near if nobody else uses any. Before 16 the query is skipped and this script says nothing.
SELECT n.nspname AS schema, extversion::numeric >= 1.4 AS there
FROM pg_extension AS e JOIN pg_namespace AS n ON n.oid = e.extnamespace WHERE extname = 'pg_buffercache'
\gset
\if :there
SELECT jsonb_build_object('metric', 'pg_buffercache_usage_counts_' || metric, 'value', value, 'tolerance', 30, 'labels', jsonb_build_object('usage_count', usage::text))
FROM generate_series(0, 5) AS usage
CROSS JOIN LATERAL (SELECT count(*) AS buffers, count(*) FILTER (WHERE isdirty) AS dirty, count(*) FILTER (WHERE pinning_backends > 0) AS pinned
                    FROM :"schema".pg_buffercache WHERE coalesce(usagecount, 0) = usage) AS b
CROSS JOIN LATERAL (VALUES ('buffers', buffers), ('dirty', dirty), ('pinned', pinned)) AS m (metric, value);
\endif
