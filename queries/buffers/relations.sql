-- about: What the shared buffers hold of each table, index and TOAST table: the 100 that take the most, without the system
--    catalogs. Off until you turn it on, because the server makes a row for each buffer, again for every database: about
--    half a second of CPU for 8 GB of shared buffers. It takes no lock that others wait for.
-- enabled: no
-- scope: database
-- cost: high
-- interval: 30m
-- timeout: 30s
-- needs: extension pg_buffercache
-- needs: role pg_monitor
-- limit: 300 series
-- label schemaname: Schema of the relation; pg_toast for a TOAST table and its index.
-- label relname: Name of the table, index, TOAST table or other relation.
-- gauge pg_buffercache_relation_bytes: Shared buffers that hold pages of it, in bytes.
-- gauge pg_buffercache_relation_dirty_bytes: Those of them that have to be written, in bytes (isdirty).
-- gauge pg_buffercache_relation_usagecount_avg: Mean usage count of them, 0 to 5 (usagecount).
-- sql:
WITH held AS MATERIALIZED (
    SELECT b.reltablespace, b.relfilenode,
           pg_catalog.count(*) * pg_catalog.current_setting('block_size')::bigint AS bytes,
           pg_catalog.count(*) FILTER (WHERE b.isdirty) * pg_catalog.current_setting('block_size')::bigint AS dirty_bytes,
           pg_catalog.avg(b.usagecount) AS usagecount
    FROM @extschema:pg_buffercache@.pg_buffercache AS b
    WHERE b.reldatabase = (SELECT d.oid FROM pg_catalog.pg_database AS d WHERE d.datname = pg_catalog.current_database())
    GROUP BY b.reltablespace, b.relfilenode
)
SELECT n.nspname AS schemaname, c.relname,
       h.bytes AS pg_buffercache_relation_bytes,
       h.dirty_bytes AS pg_buffercache_relation_dirty_bytes,
       h.usagecount AS pg_buffercache_relation_usagecount_avg
FROM held AS h
-- What was dropped or rewritten a moment ago is known to nobody. Temporary tables are in no shared buffer.
JOIN pg_catalog.pg_class AS c ON c.oid = pg_catalog.pg_filenode_relation(h.reltablespace, h.relfilenode)
JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace
-- Lower numbers are of initdb.
WHERE c.oid >= 16384
ORDER BY h.bytes DESC, c.oid
LIMIT 100
