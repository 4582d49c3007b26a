-- Left out: databases without a version.
SELECT jsonb_build_object('metric', 'pg_database_collation_version_mismatch', 'labels', jsonb_build_object('datname', datname), 'value', CASE WHEN datcollversion = actual THEN 0 ELSE 1 END)
FROM pg_database, pg_database_collation_actual_version(oid) AS actual
WHERE datallowconn AND datcollversion IS NOT NULL AND actual IS NOT NULL;
