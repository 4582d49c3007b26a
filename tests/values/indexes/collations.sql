-- Left out: nothing.
SELECT jsonb_build_object('metric', metric, 'value', value,
                          'labels', jsonb_build_object('datname', current_database(), 'schemaname', collnamespace::regnamespace::text, 'collname', collname))
FROM (SELECT c.collname, c.collnamespace,
             CASE c.collversion = pg_collation_actual_version(c.oid) WHEN true THEN 0 WHEN false THEN 1 END AS mismatch,
             (SELECT count(*) FROM pg_stat_user_indexes AS x JOIN pg_index AS i USING (indexrelid)
              WHERE c.oid::text = ANY (string_to_array(i.indcollation::text, ' '))) AS indexes
      FROM pg_collation AS c
      WHERE c.collname <> 'default') AS r
CROSS JOIN LATERAL (VALUES ('pg_collation_version_mismatch', mismatch), ('pg_collation_indexes', indexes)) AS m (metric, value)
WHERE indexes > 0 AND value IS NOT NULL;
