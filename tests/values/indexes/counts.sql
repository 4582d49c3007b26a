-- Left out: nothing. What is the same is told by the definitions without their names.
WITH index AS (
    SELECT s.indexrelid, i.indisvalid, c.relpages * 8192::bigint AS size,
           row_number() OVER (PARTITION BY indrelid, indisvalid, regexp_replace(pg_get_indexdef(s.indexrelid), '^.* USING ', '')
                              ORDER BY indisprimary DESC, indisunique DESC, s.indexrelid) > 1 AS again
    FROM pg_stat_user_indexes AS s
    JOIN pg_index AS i ON i.indexrelid = s.indexrelid
    JOIN pg_class AS c ON c.oid = s.indexrelid AND c.relkind = 'i'
)
SELECT jsonb_build_object('metric', metric, 'value', value, 'labels', jsonb_build_object('datname', current_database()))
FROM (SELECT count(*) AS all, count(*) FILTER (WHERE NOT indisvalid) AS invalid, sum(CASE WHEN indisvalid THEN 0 ELSE size END) AS invalid_bytes,
             count(*) FILTER (WHERE again AND indisvalid) AS copies, sum(CASE WHEN again AND indisvalid THEN size ELSE 0 END) AS copies_bytes FROM index) AS x
CROSS JOIN LATERAL (VALUES ('pg_indexes', x.all), ('pg_indexes_invalid', invalid),
                           ('pg_indexes_invalid_bytes', invalid_bytes), ('pg_indexes_duplicate', copies), ('pg_indexes_duplicate_bytes', copies_bytes)) AS m (metric, value);
