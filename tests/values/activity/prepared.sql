-- Left out: nothing. Ages go on, hence the tolerance.
SELECT jsonb_build_object('metric', metric, 'value', value, 'tolerance', tolerance, 'labels', jsonb_build_object('datname', d.datname))
FROM pg_database AS d
CROSS JOIN LATERAL (SELECT count(*) AS number, min(prepared) AS oldest FROM pg_prepared_xacts WHERE database = d.datname) AS p
CROSS JOIN LATERAL (VALUES ('pg_prepared_xacts_count', number, 0),
                           ('pg_prepared_xacts_max_age_seconds', coalesce(extract(epoch FROM clock_timestamp() - oldest), 0), CASE WHEN number > 0 THEN 60 ELSE 0 END)) AS m (metric, value, tolerance)
WHERE d.datallowconn;
