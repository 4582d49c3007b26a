-- Samples of the ranked statements: a column of pg_stat_statements each, of the 100 with most execution time and of `other`.
-- Variables: which    a condition on `name`, the column
-- The statements must not change between pgvigil's look and this one: setup.sql sees to it that new sessions are not tracked.
SET pg_stat_statements.track = 'none';
WITH entry AS (
    SELECT s.queryid, userid, dbid, c.key AS name, c.value::float8 AS value
    FROM pg_stat_statements AS s, jsonb_each_text(to_jsonb(s) - '{userid,dbid,queryid,query,toplevel,stats_since,minmax_stats_since}'::text[]) AS c
    WHERE c.key !~ '^jit_|stddev|^(min|max|mean)_plan_time$'
),
-- Sums over the entries for top level and functions; a mean is weighted by the calls.
summed AS (
    SELECT queryid, userid, dbid, name,
           CASE WHEN name ~ '^min_' THEN min(value) WHEN name ~ '^max_' THEN max(value) ELSE sum(value) END AS value
    FROM entry WHERE name !~ '^mean_' GROUP BY 1, 2, 3, 4
    UNION ALL
    SELECT queryid, userid, dbid, 'mean_exec_time', sum(value) FILTER (WHERE name = 'total_exec_time') / nullif(sum(value) FILTER (WHERE name = 'calls'), 0)
    FROM entry GROUP BY 1, 2, 3
),
top AS (
    SELECT queryid, userid, dbid FROM summed WHERE name = 'total_exec_time' ORDER BY value DESC, queryid, userid, dbid LIMIT 100
),
shown AS (
    SELECT metric, result,
           jsonb_build_object('queryid', queryid::text,
                              'usename', coalesce((SELECT rolname FROM pg_authid WHERE oid = userid), format('unknown (OID=%s)', userid)),
                              'datname', coalesce((SELECT datname FROM pg_database WHERE oid = dbid), format('unknown (OID=%s)', dbid))) AS labels
    FROM top JOIN summed USING (queryid, userid, dbid)
    CROSS JOIN LATERAL (
        -- 1.11 renamed blk_read_time; the metric has the later name.
        SELECT regexp_replace(name, '^blk_', 'shared_blk_')) AS n (column_name)
    CROSS JOIN LATERAL (
        SELECT CASE WHEN column_name ~ '^(min|max|mean)_exec_time$' THEN column_name || '_seconds'
                    WHEN column_name ~ '_time$' THEN regexp_replace(column_name, '^total_', '') || '_seconds_total'
                    ELSE column_name || '_total' END,
               CASE WHEN column_name ~ '_time$' THEN value / 1000 ELSE value END) AS m (metric, result)
    WHERE result IS NOT NULL AND (:which)
)
-- Counters begin at 0 with the first look; what they and those of all others add up to is tested in it/rank.rs.
SELECT jsonb_build_object('metric', 'pg_stat_statements_' || metric, 'tolerance', abs(value) * 1e-9, 'value', value, 'labels', labels)
FROM (SELECT metric, labels, CASE WHEN metric ~ '_total$' THEN 0 ELSE result END FROM shown
      UNION
      SELECT metric, '{"queryid": "other", "usename": "other", "datname": "other"}', 0 FROM shown WHERE metric ~ '_total$') AS r (metric, labels, value);
