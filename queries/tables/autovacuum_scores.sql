-- about: The 100 tables of each database that autovacuum puts first, by its own reckoning, those of the system
--    included. A score of 1 is where a table becomes due; each is multiplied by its weight
--    (autovacuum_vacuum_score_weight and the like). tables/autovacuum has dead, inserted and changed rows of all
--    tables, on all versions.
-- detail: yes
-- scope: database
-- role: primary
-- interval: 5m
-- timeout: 10s
-- needs: setting track_counts = on
-- limit: 1000 series
-- covers: 19..: pg_stat_autovacuum_scores came with 19.
-- label schemaname: Schema of the table; pg_toast for the TOAST table of another.
-- label relname: Name of the table; that of a TOAST table ends in the OID of the other.
-- gauge pg_stat_autovacuum_scores_score: The highest of the five below, by which tables are ordered (score).
-- gauge pg_stat_autovacuum_scores_xid_score: Age of the oldest transaction ID in the table in parts of the age that
--    forces a vacuum, autovacuum_freeze_max_age (xid_score).
-- gauge pg_stat_autovacuum_scores_mxid_score: The same of multixacts and autovacuum_multixact_freeze_max_age
--    (mxid_score).
-- gauge pg_stat_autovacuum_scores_vacuum_score: Dead rows in parts of those that make a vacuum due (vacuum_score).
-- gauge pg_stat_autovacuum_scores_vacuum_insert_score: Inserted rows in parts of those that make a vacuum due
--    (vacuum_insert_score).
-- gauge pg_stat_autovacuum_scores_analyze_score: Changed rows in parts of those that make an analyze due
--    (analyze_score).
-- gauge pg_stat_autovacuum_scores_do_vacuum: 1 if autovacuum would vacuum it now (do_vacuum).
-- gauge pg_stat_autovacuum_scores_do_analyze: 1 if autovacuum would analyze it now (do_analyze).
-- gauge pg_stat_autovacuum_scores_for_wraparound: 1 if the vacuum is forced by the table's age (for_wraparound).
-- sql 19..:
SELECT s.schemaname, s.relname,
       s.score AS pg_stat_autovacuum_scores_score,
       s.xid_score AS pg_stat_autovacuum_scores_xid_score,
       s.mxid_score AS pg_stat_autovacuum_scores_mxid_score,
       s.vacuum_score AS pg_stat_autovacuum_scores_vacuum_score,
       s.vacuum_insert_score AS pg_stat_autovacuum_scores_vacuum_insert_score,
       s.analyze_score AS pg_stat_autovacuum_scores_analyze_score,
       s.do_vacuum AS pg_stat_autovacuum_scores_do_vacuum,
       s.do_analyze AS pg_stat_autovacuum_scores_do_analyze,
       s.for_wraparound AS pg_stat_autovacuum_scores_for_wraparound
FROM pg_catalog.pg_stat_autovacuum_scores AS s
ORDER BY s.score DESC, s.relid
LIMIT 100
