-- Left out: nothing.
SELECT jsonb_build_object('metric', 'pg_roles_connection_limit', 'labels', jsonb_build_object('rolname', rolname), 'value', rolconnlimit) FROM pg_authid;
