-- Left out: nothing.
SELECT jsonb_build_object('metric', 'pg_roles_count', 'labels', jsonb_build_object('privilege', privilege),
                          'value', (SELECT count(*) FROM pg_authid AS a WHERE to_jsonb(a) ->> attribute = 'true'))
FROM (VALUES ('superuser', 'rolsuper'), ('createrole', 'rolcreaterole'), ('createdb', 'rolcreatedb'), ('replication', 'rolreplication'),
             ('bypassrls', 'rolbypassrls'), ('login', 'rolcanlogin')) AS k (privilege, attribute);
