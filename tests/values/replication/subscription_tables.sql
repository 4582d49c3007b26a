-- Left out: nothing.
SELECT jsonb_build_object('metric', 'pg_subscription_tables', 'labels', jsonb_build_object('datname', current_database(), 'subname', subname, 'state', state),
                          'value', (SELECT count(*) FROM pg_subscription_rel WHERE srsubid = s.oid AND srsubstate = code))
FROM pg_subscription AS s JOIN pg_database AS d ON d.oid = subdbid AND datname = current_database(),
     (VALUES ('initialize', 'i'::"char"), ('data copy', 'd'), ('finished copy', 'f'), ('synchronized', 's'), ('ready', 'r')) AS k (state, code);
