-- Left out: nothing.
SELECT jsonb_build_object('metric', 'pg_database_connection_limit', 'labels', jsonb_build_object('datname', datname), 'value', datconnlimit) FROM pg_database;
