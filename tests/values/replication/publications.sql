-- Left out: pubviaroot.
SELECT to_regclass('pg_publication_namespace') IS NOT NULL AS v15
\gset
\set schemas ', (''all_sequences'', (to_jsonb(p) ->> ''puballsequences'')::boolean::int)'
\if :v15
  \set schemas :schemas ', (''schemas'', (SELECT count(*) FROM pg_publication_namespace WHERE pnpubid = p.oid))'
\endif
SELECT jsonb_build_object('metric', 'pg_publication_' || metric, 'labels', jsonb_build_object('datname', current_database(), 'pubname', pubname), 'value', value)
FROM pg_publication AS p
CROSS JOIN LATERAL (VALUES ('all_tables', puballtables::int), ('tables', (SELECT count(*) FROM pg_publication_rel WHERE prpubid = p.oid)), ('insert', pubinsert::int),
                           ('update', pubupdate::int), ('delete', pubdelete::int), ('truncate', pubtruncate::int) :schemas) AS m (metric, value)
WHERE value IS NOT NULL;
