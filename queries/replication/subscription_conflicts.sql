-- about: Rows of the publisher that did not fit to what a logical subscription found. Those that would violate a key
--    are errors, too, and stop it; the others are applied or left out, and the two sides may differ from then on.
-- role: primary
-- interval: 30s
-- timeout: 2s
-- limit: 2000 series
-- rows: none
-- covers: 18..: conflicts are counted from 18 on.
-- label subname: Name of the subscription.
-- label datname: Its database.
-- label conflict: insert_exists, update_exists and multiple_unique_conflicts (the key exists already), update_missing
--    and delete_missing (the row does not), update_deleted (it did; from 19 on, absent without retain_dead_tuples),
--    update_origin_differs and delete_origin_differs (another origin changed it last; absent without
--    track_commit_timestamp).
-- counter pg_stat_subscription_stats_conflicts_total: Conflicts of this kind (confl_... of pg_stat_subscription_stats).
-- sql:
SELECT t.subname, d.datname, c.conflict,
       c.number AS pg_stat_subscription_stats_conflicts_total
FROM pg_catalog.pg_stat_subscription_stats AS t
JOIN pg_catalog.pg_subscription AS s ON s.oid = t.subid
JOIN pg_catalog.pg_database AS d ON d.oid = s.subdbid
-- What is not looked for is not 0 but unknown.
CROSS JOIN (SELECT pg_catalog.current_setting('track_commit_timestamp') = 'on') AS o (tracked)
CROSS JOIN LATERAL (VALUES ('insert_exists', t.confl_insert_exists),
                           ('update_exists', t.confl_update_exists),
                           ('multiple_unique_conflicts', t.confl_multiple_unique_conflicts),
                           ('update_missing', t.confl_update_missing),
                           ('update_deleted', CASE WHEN s.subretaindeadtuples THEN t.confl_update_deleted END), --[19..]
                           ('delete_missing', t.confl_delete_missing),
                           ('update_origin_differs', CASE WHEN o.tracked THEN t.confl_update_origin_differs END),
                           ('delete_origin_differs', CASE WHEN o.tracked THEN t.confl_delete_origin_differs END)) AS c (conflict, number)
ORDER BY c.number DESC NULLS LAST, d.datname, t.subname, c.conflict
