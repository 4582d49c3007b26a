-- about: The collations by which indexes are sorted, and whether their rules are still those of the time when they were
--    made. After an upgrade of the operating system or of ICU they may not be: then REINDEX the indexes and say ALTER
--    COLLATION ... REFRESH VERSION. The default collation is the database's, for which see server/collation_versions.
-- scope: database
-- cost: medium
-- interval: 1h
-- timeout: 10s
-- limit: 400 series
-- rows: none
-- label schemaname: Schema of the collation.
-- label collname: Name of the collation.
-- gauge pg_collation_version_mismatch: 1 if the version of the library differs from the recorded one (collversion);
--    absent where there is no version, as with C and POSIX.
-- gauge pg_collation_indexes: Indexes with a column or expression in this collation.
-- sql:
-- A schema may have collations of one name for several encodings.
SELECT n.nspname AS schemaname, c.collname,
       pg_catalog.bool_or(c.collversion <> pg_catalog.pg_collation_actual_version(c.oid)) AS pg_collation_version_mismatch,
       pg_catalog.sum(u.indexes) AS pg_collation_indexes
FROM (SELECT x.oid, pg_catalog.count(DISTINCT i.indexrelid) AS indexes
      FROM pg_catalog.pg_index AS i
      CROSS JOIN LATERAL pg_catalog.unnest(i.indcollation) AS x (oid)
      -- 0 is a column without; those of system catalogs are C.
      WHERE i.indrelid >= 16384 AND x.oid NOT IN (0, 100)
      GROUP BY x.oid) AS u
JOIN pg_catalog.pg_collation AS c ON c.oid = u.oid
JOIN pg_catalog.pg_namespace AS n ON n.oid = c.collnamespace
GROUP BY n.nspname, c.collname
ORDER BY pg_collation_version_mismatch DESC NULLS LAST, pg_collation_indexes DESC, n.nspname, c.collname
