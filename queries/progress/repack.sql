-- about: What a REPACK (CONCURRENTLY) has to catch up with: rows that others change while the table is copied.
--    progress/cluster says how far the copy is.
-- detail: yes
-- interval: 15s
-- timeout: 2s
-- needs: role pg_read_all_stats
-- needs: setting track_activities = on
-- limit: 500 series
-- rows: none
-- covers: 19..: REPACK came with 19.
-- label datname: Database of the table.
-- label relid: OID of the table; `relid::regclass` in that database says its name.
-- label command: REPACK, CLUSTER or VACUUM FULL; the last two keep others out, so that there is nothing to catch up
--    with.
-- label phase: What it does at the moment, as pg_stat_progress_repack calls it.
-- gauge pg_stat_progress_repack_tuples_scanned: Rows read of the old table so far (heap_tuples_scanned).
-- gauge pg_stat_progress_repack_tuples_inserted: Rows written to the new one so far, those included that others have
--    inserted meanwhile (heap_tuples_inserted).
-- gauge pg_stat_progress_repack_tuples_updated: Updates by others that were made up for (heap_tuples_updated).
-- gauge pg_stat_progress_repack_tuples_deleted: Deletes by others that were made up for (heap_tuples_deleted).
-- sql 19..:
SELECT v.datname, v.relid, v.command, v.phase,
       pg_catalog.max(v.heap_tuples_scanned) AS pg_stat_progress_repack_tuples_scanned,
       pg_catalog.max(v.heap_tuples_inserted) AS pg_stat_progress_repack_tuples_inserted,
       pg_catalog.max(v.heap_tuples_updated) AS pg_stat_progress_repack_tuples_updated,
       pg_catalog.max(v.heap_tuples_deleted) AS pg_stat_progress_repack_tuples_deleted
FROM pg_catalog.pg_stat_progress_repack AS v
-- One ends and the next begins while the view is read.
GROUP BY v.datname, v.relid, v.command, v.phase
ORDER BY pg_catalog.max(v.heap_blks_total) DESC, v.datname, v.relid, v.phase
