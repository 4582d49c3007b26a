-- about: How near each table is to its next autovacuum, by the rules of autovacuum itself with the table's own settings
--    (reloptions). 1 is where it becomes due; much more, or more for long, says that autovacuum does not keep up or
--    cannot. The statistics it goes by are on the primary only. A table with autovacuum_enabled = off has no rates, for
--    only wraparound brings autovacuum to it.
-- scope: database
-- role: primary
-- cost: medium
-- interval: 5m
-- timeout: 10s
-- needs: setting track_counts = on
-- limit: 30000 series
-- label schemaname: Schema of the table.
-- label relname: Name of the table or materialized view.
-- gauge pg_table_autovacuum_dead_ratio: Dead rows in parts of those that make a vacuum due (n_dead_tup to
--    autovacuum_vacuum_threshold, autovacuum_vacuum_scale_factor and from 18 on autovacuum_vacuum_max_threshold).
-- gauge pg_table_autovacuum_insert_ratio detail: Rows inserted since the last vacuum in parts of those that make one
--    due (n_ins_since_vacuum to autovacuum_vacuum_insert_threshold and autovacuum_vacuum_insert_scale_factor, from 18
--    on of pages that are not frozen); absent if the threshold is -1.
-- gauge pg_table_autovacuum_analyze_ratio: Rows changed since the last analyze in parts of those that make one due
--    (n_mod_since_analyze to autovacuum_analyze_threshold and autovacuum_analyze_scale_factor).
-- sql:
WITH setting AS MATERIALIZED (
    SELECT pg_catalog.current_setting('autovacuum_vacuum_threshold')::float8 AS vacuum_threshold,
           pg_catalog.current_setting('autovacuum_vacuum_scale_factor')::float8 AS vacuum_factor,
           pg_catalog.current_setting('autovacuum_vacuum_max_threshold')::float8 AS vacuum_max, --[18..]
           pg_catalog.current_setting('autovacuum_vacuum_insert_threshold')::float8 AS insert_threshold,
           pg_catalog.current_setting('autovacuum_vacuum_insert_scale_factor')::float8 AS insert_factor,
           pg_catalog.current_setting('autovacuum_analyze_threshold')::float8 AS analyze_threshold,
           pg_catalog.current_setting('autovacuum_analyze_scale_factor')::float8 AS analyze_factor
),
limits AS (
    SELECT c.oid, n.nspname, c.relname,
           coalesce(o.vacuum_threshold, s.vacuum_threshold) --[..18]
               + coalesce(o.vacuum_factor, s.vacuum_factor) * greatest(c.reltuples, 0) AS dead, --[..18]
           -- -1 is off. --[..18]
           least(coalesce(o.vacuum_threshold, s.vacuum_threshold) --[18..]
                     + coalesce(o.vacuum_factor, s.vacuum_factor) * greatest(c.reltuples, 0), --[18..]
                 -- -1 is off, here and below. --[18..]
                 nullif(coalesce(o.vacuum_max, s.vacuum_max), -1)) AS dead, --[18..]
           CASE WHEN coalesce(o.insert_threshold, s.insert_threshold) >= 0
                THEN coalesce(o.insert_threshold, s.insert_threshold)
                    + coalesce(o.insert_factor, s.insert_factor) * greatest(c.reltuples, 0) END AS inserted, --[..18]
                    + coalesce(o.insert_factor, s.insert_factor) * greatest(c.reltuples, 0) --[18..]
                        * coalesce(1 - least(c.relallfrozen::float8 / nullif(c.relpages, 0), 1), 1) END AS inserted, --[18..]
           coalesce(o.analyze_threshold, s.analyze_threshold)
               + coalesce(o.analyze_factor, s.analyze_factor) * greatest(c.reltuples, 0) AS changed
    FROM pg_catalog.pg_class AS c
    JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace
    CROSS JOIN setting AS s
    CROSS JOIN LATERAL (
        SELECT pg_catalog.max(value) FILTER (WHERE name = 'autovacuum_vacuum_threshold') AS vacuum_threshold,
               pg_catalog.max(value) FILTER (WHERE name = 'autovacuum_vacuum_scale_factor') AS vacuum_factor,
               pg_catalog.max(value) FILTER (WHERE name = 'autovacuum_vacuum_max_threshold') AS vacuum_max, --[18..]
               pg_catalog.max(value) FILTER (WHERE name = 'autovacuum_vacuum_insert_threshold') AS insert_threshold,
               pg_catalog.max(value) FILTER (WHERE name = 'autovacuum_vacuum_insert_scale_factor') AS insert_factor,
               pg_catalog.max(value) FILTER (WHERE name = 'autovacuum_analyze_threshold') AS analyze_threshold,
               pg_catalog.max(value) FILTER (WHERE name = 'autovacuum_analyze_scale_factor') AS analyze_factor,
               pg_catalog.bool_or(name = 'autovacuum_enabled' AND NOT enabled) AS off
        FROM (SELECT x.option_name AS name,
                     CASE WHEN x.option_name LIKE 'autovacuum_%_threshold' OR x.option_name LIKE 'autovacuum_%_factor'
                          THEN x.option_value::float8 END AS value,
                     CASE WHEN x.option_name = 'autovacuum_enabled' THEN x.option_value::boolean END AS enabled
              FROM pg_catalog.pg_options_to_table(c.reloptions) AS x) AS option
    ) AS o
    WHERE c.relkind IN ('r', 'm')
      AND c.relpersistence <> 't'
      AND n.nspname NOT IN ('pg_catalog', 'information_schema', 'pg_toast')
      AND o.off IS NOT TRUE
),
rate AS (
    SELECT l.nspname, l.relname, l.oid,
           -- A limit of 0 is reached by the first row; one that is NULL stays so.
           pg_catalog.pg_stat_get_dead_tuples(l.oid) / CASE WHEN l.dead < 1 THEN 1 ELSE l.dead END AS dead,
           pg_catalog.pg_stat_get_ins_since_vacuum(l.oid) / CASE WHEN l.inserted < 1 THEN 1 ELSE l.inserted END AS inserted,
           pg_catalog.pg_stat_get_mod_since_analyze(l.oid) / CASE WHEN l.changed < 1 THEN 1 ELSE l.changed END AS changed
    FROM limits AS l
)
SELECT r.nspname AS schemaname, r.relname,
       r.dead AS pg_table_autovacuum_dead_ratio,
       r.inserted AS pg_table_autovacuum_insert_ratio,
       r.changed AS pg_table_autovacuum_analyze_ratio
FROM rate AS r
ORDER BY greatest(r.dead, r.inserted, r.changed) DESC, r.oid
