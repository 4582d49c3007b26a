-- about: postgres_exporter's phase of each vacuum that runs; in progress/vacuum it is a label.
-- enabled: no
-- interval: 15s
-- timeout: 2s
-- needs: role pg_read_all_stats
-- needs: setting track_activities = on
-- limit: 700 series
-- label datname: Database of the table.
-- label relname: The table, as in stat_progress_vacuum.
-- label phase: Each phase that a vacuum can be in.
-- gauge pg_stat_progress_vacuum_phase: 1 for the phase that the vacuum is in, 0 for the others.
-- sql:
SELECT v.datname,
       CASE WHEN c.oid IS NULL THEN v.relid::text
            WHEN n.nspname IN ('pg_catalog', 'public') THEN pg_catalog.quote_ident(c.relname)
            ELSE pg_catalog.quote_ident(n.nspname) || '.' || pg_catalog.quote_ident(c.relname) END AS relname,
       phase.name AS phase,
       pg_catalog.bool_or(v.phase = phase.name) AS pg_stat_progress_vacuum_phase
FROM pg_catalog.pg_stat_progress_vacuum AS v
CROSS JOIN (VALUES ('initializing'), ('scanning heap'), ('vacuuming indexes'), ('vacuuming heap'), ('cleaning up indexes'),
                   ('truncating heap'), ('performing final cleanup')) AS phase (name)
LEFT JOIN pg_catalog.pg_class AS c ON c.oid = v.relid AND v.datname = pg_catalog.current_database()
LEFT JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace
-- By the labels: a table of public may be named like one of pg_catalog.
GROUP BY 1, 2, 3
ORDER BY pg_catalog.max(v.heap_blks_total) DESC, 1, 2
