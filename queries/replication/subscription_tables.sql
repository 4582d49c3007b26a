-- about: Tables of each logical subscription by state. Those that stay outside of ready are not replicated, or not yet.
-- scope: database
-- role: primary
-- interval: 1m
-- timeout: 5s
-- limit: 500 series
-- rows: none
-- covers: 14..: before 14 only superusers could read the key of pg_subscription.
-- label subname: Name of the subscription.
-- label state: initialize, data copy, finished copy, synchronized or ready.
-- gauge pg_subscription_tables: Tables in this state (pg_subscription_rel).
-- sql 14..:
SELECT s.subname, k.state,
       pg_catalog.count(r.srrelid) AS pg_subscription_tables
FROM pg_catalog.pg_subscription AS s
CROSS JOIN (VALUES ('i', 'initialize'), ('d', 'data copy'), ('f', 'finished copy'), ('s', 'synchronized'), ('r', 'ready')) AS k (code, state)
LEFT JOIN pg_catalog.pg_subscription_rel AS r ON r.srsubid = s.oid AND r.srsubstate = k.code::"char"
-- Subscriptions are the same catalog in all databases, their tables are not.
WHERE s.subdbid = (SELECT d.oid FROM pg_catalog.pg_database AS d WHERE d.datname = pg_catalog.current_database())
GROUP BY s.subname, k.state
ORDER BY s.subname, k.state
