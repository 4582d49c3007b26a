-- Left out: nothing. What is the same is told by the definitions without their names.
WITH index AS (
    SELECT s.*, c.relpages * 8192::bigint AS size, row_number() OVER w AS copy, first_value(s.indexrelname) OVER w AS of
    FROM pg_stat_user_indexes AS s
    JOIN pg_index AS i ON i.indexrelid = s.indexrelid AND i.indisvalid
    JOIN pg_class AS c ON c.oid = s.indexrelid AND c.relkind = 'i'
    WINDOW w AS (PARTITION BY indrelid, regexp_replace(pg_get_indexdef(s.indexrelid), '^.* USING ', '') ORDER BY indisprimary DESC, indisunique DESC, s.indexrelid)
)
SELECT jsonb_build_object('metric', 'pg_index_duplicate_bytes', 'value', size,
                          'labels', jsonb_build_object('datname', current_database(), 'schemaname', schemaname, 'relname', relname,
                                                       'indexrelname', indexrelname, 'duplicate_of', of))
FROM index WHERE copy > 1;
