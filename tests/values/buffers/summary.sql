-- Left out: nothing. To look is to use buffers, so the values are near if nobody else uses any. Before 16 the query is skipped and this script says nothing.
SELECT n.nspname AS schema, extversion::numeric >= 1.4 AS there
FROM pg_extension AS e JOIN pg_namespace AS n ON n.oid = e.extnamespace WHERE extname = 'pg_buffercache'
\gset
\if :there
SELECT jsonb_build_object('metric', 'pg_buffercache_' || metric, 'value', value, 'tolerance', tolerance, 'labels', '{}'::jsonb)
FROM (SELECT count(relfilenode) AS used, count(*) - count(relfilenode) AS unused, count(*) FILTER (WHERE isdirty) AS dirty,
             count(*) FILTER (WHERE pinning_backends > 0) AS pinned, avg(usagecount) FILTER (WHERE relfilenode IS NOT NULL) AS mean
      FROM :"schema".pg_buffercache) AS b
CROSS JOIN LATERAL (VALUES ('buffers_used', used, 30), ('buffers_unused', unused, 30), ('buffers_dirty', dirty, 30), ('buffers_pinned', pinned, 0),
                           ('usagecount_avg', mean, 0.1)) AS m (metric, value, tolerance);
\endif
