-- Left out: what is in stat_database; what database/stat exports under the same name (numbackends), what postgres_exporter has not, and the row without a name.
-- Asking changes the numbers; the tolerances are those of database/stat.
SELECT jsonb_build_object('metric', 'pg_stat_database_' || name, 'labels', jsonb_build_object('datid', v.datid::text, 'datname', v.datname), 'value', value,
                          'tolerance', CASE WHEN name ~ '^(xact_commit|blks_|tup_returned|tup_fetched)' THEN 1000 + value / 4
                                            WHEN name = 'xact_rollback' THEN 50 WHEN name ~ '_time$' THEN 1000 + value / 4 ELSE 0 END)
FROM pg_stat_database AS v
CROSS JOIN LATERAL jsonb_each_text(to_jsonb(v)) AS c (name, text)
CROSS JOIN LATERAL (SELECT CASE WHEN name ~ '^blk_' THEN text::float8 END) AS m (value)
WHERE v.datname <> '' AND value IS NOT NULL;
