-- Left out: nothing. Neither this session nor pgvigil's count.
WITH held (holder, xid) AS MATERIALIZED (
    SELECT x.holder, xid
    FROM pg_stat_activity, LATERAL (SELECT CASE WHEN backend_type = 'walsender' THEN 'standby' ELSE 'session' END) AS x (holder),
         LATERAL (SELECT CASE WHEN age(backend_xid) > coalesce(age(backend_xmin), -1) THEN backend_xid ELSE backend_xmin END) AS y (xid)
    WHERE pid <> pg_backend_pid() AND NOT (usename = 'pgvigil' AND application_name = 'pgvigil')
    UNION ALL SELECT 'prepared', transaction FROM pg_prepared_xacts
    UNION ALL SELECT 'slot', xmin FROM pg_replication_slots
    UNION ALL SELECT 'slot_catalog', catalog_xmin FROM pg_replication_slots)
SELECT jsonb_build_object('metric', metric, 'labels', jsonb_build_object('holder', holder), 'value', value, 'tolerance', tolerance)
FROM (VALUES ('session'), ('prepared'), ('slot'), ('slot_catalog'), ('standby')) AS k (holder)
CROSS JOIN LATERAL (VALUES ('pg_xmin_holders', (SELECT count(xid) FROM held WHERE held.holder = k.holder), 0),
                           ('pg_xmin_holder_age_transactions', (SELECT max(age(xid)) FROM held WHERE held.holder = k.holder), 10)) AS m (metric, value, tolerance)
WHERE value IS NOT NULL;
