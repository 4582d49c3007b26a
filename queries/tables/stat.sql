-- about: Every column of pg_stat_user_tables, one row a table; the tables of other sessions' temporary schemas are left
--    out.
-- scope: database
-- cost: medium
-- interval: 1m
-- timeout: 10s
-- needs: setting track_counts = on
-- limit: 50000 series
-- label schemaname: Schema of the table.
-- label relname: Name of the table, materialized view or (from 14 on) partitioned table.
-- counter pg_stat_user_tables_seq_scan_total detail: Sequential scans of the table (seq_scan).
-- gauge pg_stat_user_tables_last_seq_scan_timestamp_seconds detail: When the last sequential scan ended, in seconds
--    since 1970; absent if never (last_seq_scan).
-- counter pg_stat_user_tables_seq_tup_read_total detail: Live rows that sequential scans fetched (seq_tup_read).
-- counter pg_stat_user_tables_idx_scan_total detail: Index scans of the table; absent for a table without indexes
--    (idx_scan).
-- gauge pg_stat_user_tables_last_idx_scan_timestamp_seconds detail: When the last index scan ended, in seconds since
--    1970; absent if never (last_idx_scan).
-- counter pg_stat_user_tables_idx_tup_fetch_total detail: Live rows that index scans fetched; absent for a table
--    without indexes (idx_tup_fetch).
-- counter pg_stat_user_tables_n_tup_ins_total detail: Rows inserted (n_tup_ins).
-- counter pg_stat_user_tables_n_tup_upd_total detail: Rows updated, HOT updates included (n_tup_upd).
-- counter pg_stat_user_tables_n_tup_del_total detail: Rows deleted (n_tup_del).
-- counter pg_stat_user_tables_n_tup_hot_upd_total detail: Rows updated without a new index entry (HOT) (n_tup_hot_upd).
-- counter pg_stat_user_tables_n_tup_newpage_upd_total detail: Rows updated whose new version went to another page
--    (n_tup_newpage_upd).
-- gauge pg_stat_user_tables_n_live_tup: Live rows, as estimated by the statistics (n_live_tup).
-- gauge pg_stat_user_tables_n_dead_tup: Dead rows, as estimated by the statistics (n_dead_tup).
-- gauge pg_stat_user_tables_n_mod_since_analyze: Rows changed since the last analyze, estimated (n_mod_since_analyze).
-- gauge pg_stat_user_tables_n_ins_since_vacuum detail: Rows inserted since the last vacuum, estimated
--    (n_ins_since_vacuum).
-- gauge pg_stat_user_tables_last_vacuum_timestamp_seconds: When the table was last vacuumed by hand (VACUUM FULL does
--    not count), in seconds since 1970; absent if never (last_vacuum).
-- gauge pg_stat_user_tables_last_autovacuum_timestamp_seconds: When autovacuum last vacuumed the table, in seconds
--    since 1970; absent if never (last_autovacuum).
-- gauge pg_stat_user_tables_last_analyze_timestamp_seconds: When the table was last analyzed by hand, in seconds since
--    1970; absent if never (last_analyze).
-- gauge pg_stat_user_tables_last_autoanalyze_timestamp_seconds: When autovacuum last analyzed the table, in seconds
--    since 1970; absent if never (last_autoanalyze).
-- counter pg_stat_user_tables_vacuum_count_total: Vacuums by hand (VACUUM FULL does not count) (vacuum_count).
-- counter pg_stat_user_tables_autovacuum_count_total: Vacuums by autovacuum (autovacuum_count).
-- counter pg_stat_user_tables_analyze_count_total: Analyzes by hand (analyze_count).
-- counter pg_stat_user_tables_autoanalyze_count_total: Analyzes by autovacuum (autoanalyze_count).
-- counter pg_stat_user_tables_vacuum_time_seconds_total detail: Time spent in vacuums by hand, in seconds
--    (total_vacuum_time).
-- counter pg_stat_user_tables_autovacuum_time_seconds_total detail: Time spent in vacuums by autovacuum, in seconds
--    (total_autovacuum_time).
-- counter pg_stat_user_tables_analyze_time_seconds_total detail: Time spent in analyzes by hand, in seconds
--    (total_analyze_time).
-- counter pg_stat_user_tables_autoanalyze_time_seconds_total detail: Time spent in analyzes by autovacuum, in seconds
--    (total_autoanalyze_time).
-- gauge pg_stat_user_tables_stats_reset_timestamp_seconds detail: When all this was last reset for this table, in
--    seconds since 1970; absent if never (stats_reset).
-- sql:
SELECT s.schemaname, s.relname,
       s.seq_scan AS pg_stat_user_tables_seq_scan_total,
       extract(epoch FROM s.last_seq_scan) AS pg_stat_user_tables_last_seq_scan_timestamp_seconds, --[16..]
       s.seq_tup_read AS pg_stat_user_tables_seq_tup_read_total,
       s.idx_scan AS pg_stat_user_tables_idx_scan_total,
       extract(epoch FROM s.last_idx_scan) AS pg_stat_user_tables_last_idx_scan_timestamp_seconds, --[16..]
       s.idx_tup_fetch AS pg_stat_user_tables_idx_tup_fetch_total,
       s.n_tup_ins AS pg_stat_user_tables_n_tup_ins_total,
       s.n_tup_upd AS pg_stat_user_tables_n_tup_upd_total,
       s.n_tup_del AS pg_stat_user_tables_n_tup_del_total,
       s.n_tup_hot_upd AS pg_stat_user_tables_n_tup_hot_upd_total,
       s.n_tup_newpage_upd AS pg_stat_user_tables_n_tup_newpage_upd_total, --[16..]
       s.n_live_tup AS pg_stat_user_tables_n_live_tup,
       s.n_dead_tup AS pg_stat_user_tables_n_dead_tup,
       s.n_mod_since_analyze AS pg_stat_user_tables_n_mod_since_analyze,
       s.n_ins_since_vacuum AS pg_stat_user_tables_n_ins_since_vacuum,
       extract(epoch FROM s.last_vacuum) AS pg_stat_user_tables_last_vacuum_timestamp_seconds,
       extract(epoch FROM s.last_autovacuum) AS pg_stat_user_tables_last_autovacuum_timestamp_seconds,
       extract(epoch FROM s.last_analyze) AS pg_stat_user_tables_last_analyze_timestamp_seconds,
       extract(epoch FROM s.last_autoanalyze) AS pg_stat_user_tables_last_autoanalyze_timestamp_seconds,
       s.vacuum_count AS pg_stat_user_tables_vacuum_count_total,
       s.autovacuum_count AS pg_stat_user_tables_autovacuum_count_total,
       s.analyze_count AS pg_stat_user_tables_analyze_count_total,
       s.autoanalyze_count AS pg_stat_user_tables_autoanalyze_count_total
     , s.total_vacuum_time / 1000 AS pg_stat_user_tables_vacuum_time_seconds_total --[18..]
     , s.total_autovacuum_time / 1000 AS pg_stat_user_tables_autovacuum_time_seconds_total --[18..]
     , s.total_analyze_time / 1000 AS pg_stat_user_tables_analyze_time_seconds_total --[18..]
     , s.total_autoanalyze_time / 1000 AS pg_stat_user_tables_autoanalyze_time_seconds_total --[18..]
     , extract(epoch FROM s.stats_reset) AS pg_stat_user_tables_stats_reset_timestamp_seconds --[19..]
FROM pg_catalog.pg_stat_user_tables AS s
WHERE pg_catalog.left(s.schemaname, 8) <> 'pg_temp_'
ORDER BY s.n_live_tup + s.n_dead_tup DESC, s.relid
