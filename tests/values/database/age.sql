-- Left out: nothing. Asking uses up no transaction numbers, but autovacuum may.
SELECT jsonb_build_object('metric', metric, 'labels', jsonb_build_object('datname', datname), 'value', value, 'tolerance', 100)
FROM pg_database
CROSS JOIN LATERAL (VALUES ('pg_database_frozen_xid_age_transactions', age(datfrozenxid)),
                           ('pg_database_min_multixact_age_multixacts', mxid_age(datminmxid))) AS m (metric, value);
