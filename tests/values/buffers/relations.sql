-- Left out: nothing, as long as there are at most 100 relations. Nobody works, and all of them fit: what was read stays. Of the larger
-- ones that tables/pgstattuple reads not all pages stay, since it reads through a few buffers of its own.
SELECT n.nspname AS schema FROM pg_extension AS e JOIN pg_namespace AS n ON n.oid = e.extnamespace WHERE extname = 'pg_buffercache'
\gset
SELECT jsonb_build_object('metric', 'pg_buffercache_relation_' || metric, 'value', value, 'tolerance', tolerance,
                          'labels', jsonb_build_object('datname', current_database(), 'schemaname', relnamespace, 'relname', relname))
FROM (SELECT c.relname, n.nspname AS relnamespace, count(*) * 8192 AS bytes, count(*) FILTER (WHERE isdirty) * 8192 AS dirty, avg(usagecount) AS usage
      FROM pg_class AS c
      JOIN pg_namespace AS n ON n.oid = c.relnamespace
      JOIN :"schema".pg_buffercache AS b ON b.relfilenode = pg_relation_filenode(c.oid)
      JOIN pg_database AS d ON d.oid = b.reldatabase AND d.datname = current_database()
      WHERE c.oid >= 16384
      GROUP BY c.oid, c.relname, n.nspname) AS r
CROSS JOIN LATERAL (VALUES ('bytes', bytes, CASE WHEN bytes > 262144 THEN bytes / 2 ELSE 16384 END), ('dirty_bytes', dirty, bytes), ('usagecount_avg', usage, 5)) AS m (metric, value, tolerance);
