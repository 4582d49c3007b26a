-- about: Multixacts, of which a row has one when several transactions lock it at once, and the space that their
--    members take. The more they take, the sooner autovacuum freezes tables to be rid of them, whatever
--    autovacuum_freeze_max_age.
-- detail: yes
-- role: primary
-- interval: 1m
-- timeout: 2s
-- needs: role pg_read_all_stats
-- limit: 10 series
-- covers: 19..: pg_get_multixact_stats came with 19.
-- gauge pg_multixact_stats_num_mxids: Multixacts that are kept, from the oldest that a row may still have
--    (num_mxids).
-- gauge pg_multixact_stats_num_members: Members that they have in all (num_members).
-- gauge pg_multixact_stats_members_bytes: Space that the members take in pg_multixact/members, in bytes
--    (members_size).
-- sql 19..:
SELECT m.num_mxids AS pg_multixact_stats_num_mxids,
       m.num_members AS pg_multixact_stats_num_members,
       m.members_size AS pg_multixact_stats_members_bytes
FROM pg_catalog.pg_get_multixact_stats() AS m
