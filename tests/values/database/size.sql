-- Left out: nothing. The tolerance is for the file in which each new connection caches catalogs (pg_internal.init).
SELECT jsonb_build_object('metric', 'pg_database_size_bytes', 'labels', jsonb_build_object('datname', datname), 'value', pg_database_size(datname), 'tolerance', 500000)
FROM pg_database;
