-- about: Publications of each database, and what they publish.
-- detail: yes
-- scope: database
-- interval: 10m
-- timeout: 5s
-- limit: 500 series
-- rows: none
-- label pubname: Name of the publication.
-- gauge pg_publication_all_tables: 1 if it is for all tables, those to come included (puballtables).
-- gauge pg_publication_all_sequences: 1 if it is for all sequences, those to come included (puballsequences).
-- gauge pg_publication_tables: Tables that it names (pg_publication_rel).
-- gauge pg_publication_schemas: Schemas whose tables it publishes all (pg_publication_namespace).
-- gauge pg_publication_insert: 1 if it publishes INSERT (pubinsert).
-- gauge pg_publication_update: 1 if it publishes UPDATE (pubupdate).
-- gauge pg_publication_delete: 1 if it publishes DELETE (pubdelete).
-- gauge pg_publication_truncate: 1 if it publishes TRUNCATE (pubtruncate).
-- sql:
SELECT p.pubname,
       p.puballtables AS pg_publication_all_tables,
       p.puballsequences AS pg_publication_all_sequences, --[19..]
       (SELECT pg_catalog.count(*) FROM pg_catalog.pg_publication_rel AS r WHERE r.prpubid = p.oid) AS pg_publication_tables,
       (SELECT pg_catalog.count(*) FROM pg_catalog.pg_publication_namespace AS n WHERE n.pnpubid = p.oid) AS pg_publication_schemas, --[15..]
       p.pubinsert AS pg_publication_insert,
       p.pubupdate AS pg_publication_update,
       p.pubdelete AS pg_publication_delete,
       p.pubtruncate AS pg_publication_truncate
FROM pg_catalog.pg_publication AS p
ORDER BY p.pubname
