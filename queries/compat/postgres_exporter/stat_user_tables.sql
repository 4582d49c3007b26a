-- about: postgres_exporter's names for pg_stat_user_tables, in every database; see tables/stat, which has the numbers of
--    rows under the same names. Moments are named without their unit, since they are so there.
-- enabled: no
-- naming: foreign
-- scope: database
-- cost: medium
-- interval: 1m
-- timeout: 10s
-- needs: setting track_counts = on
-- limit: 50000 series
-- label schemaname: Schema of the table.
-- label relname: Name of the table, materialized view or (from 14 on) partitioned table.
-- counter pg_stat_user_tables_seq_scan: Sequential scans of the table (seq_scan).
-- counter pg_stat_user_tables_seq_tup_read: Live rows that sequential scans fetched (seq_tup_read).
-- counter pg_stat_user_tables_idx_scan: Index scans of the table; absent for a table without indexes (idx_scan).
-- counter pg_stat_user_tables_idx_tup_fetch: Live rows that index scans fetched; absent for a table without indexes
--    (idx_tup_fetch).
-- counter pg_stat_user_tables_n_tup_ins: Rows inserted (n_tup_ins).
-- counter pg_stat_user_tables_n_tup_upd: Rows updated, HOT updates included (n_tup_upd).
-- counter pg_stat_user_tables_n_tup_del: Rows deleted (n_tup_del).
-- counter pg_stat_user_tables_n_tup_hot_upd: Rows updated without a new index entry (HOT) (n_tup_hot_upd).
-- gauge pg_stat_user_tables_last_vacuum: When the table was last vacuumed by hand (VACUUM FULL does not count), in
--    seconds since 1970; absent if never (last_vacuum).
-- gauge pg_stat_user_tables_last_autovacuum: When autovacuum last vacuumed the table, in seconds since 1970; absent if
--    never (last_autovacuum).
-- gauge pg_stat_user_tables_last_analyze: When the table was last analyzed by hand, in seconds since 1970; absent if
--    never (last_analyze).
-- gauge pg_stat_user_tables_last_autoanalyze: When autovacuum last analyzed the table, in seconds since 1970; absent if
--    never (last_autoanalyze).
-- counter pg_stat_user_tables_vacuum_count: Vacuums by hand (VACUUM FULL does not count) (vacuum_count).
-- counter pg_stat_user_tables_autovacuum_count: Vacuums by autovacuum (autovacuum_count).
-- counter pg_stat_user_tables_analyze_count: Analyzes by hand (analyze_count).
-- counter pg_stat_user_tables_autoanalyze_count: Analyzes by autovacuum (autoanalyze_count).
-- sql:
SELECT s.schemaname, s.relname,
       s.seq_scan AS pg_stat_user_tables_seq_scan,
       s.seq_tup_read AS pg_stat_user_tables_seq_tup_read,
       s.idx_scan AS pg_stat_user_tables_idx_scan,
       s.idx_tup_fetch AS pg_stat_user_tables_idx_tup_fetch,
       s.n_tup_ins AS pg_stat_user_tables_n_tup_ins,
       s.n_tup_upd AS pg_stat_user_tables_n_tup_upd,
       s.n_tup_del AS pg_stat_user_tables_n_tup_del,
       s.n_tup_hot_upd AS pg_stat_user_tables_n_tup_hot_upd,
       extract(epoch FROM s.last_vacuum) AS pg_stat_user_tables_last_vacuum,
       extract(epoch FROM s.last_autovacuum) AS pg_stat_user_tables_last_autovacuum,
       extract(epoch FROM s.last_analyze) AS pg_stat_user_tables_last_analyze,
       extract(epoch FROM s.last_autoanalyze) AS pg_stat_user_tables_last_autoanalyze,
       s.vacuum_count AS pg_stat_user_tables_vacuum_count,
       s.autovacuum_count AS pg_stat_user_tables_autovacuum_count,
       s.analyze_count AS pg_stat_user_tables_analyze_count,
       s.autoanalyze_count AS pg_stat_user_tables_autoanalyze_count
FROM pg_catalog.pg_stat_user_tables AS s
WHERE pg_catalog.left(s.schemaname, 8) <> 'pg_temp_'
ORDER BY s.n_live_tup + s.n_dead_tup DESC, s.relid
