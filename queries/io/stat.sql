-- about: All I/O by who did it, on what and in which way: pg_stat_io. What a kind of process never does is absent; what
--    it has not done yet is 0. The time that it took is in io/time.
-- interval: 30s
-- timeout: 2s
-- limit: 2000 series
-- rows: 55 a server
-- covers: 16..: pg_stat_io came with 16.
-- label backend_type: Kind of process.
-- label object: relation, temp relation, or from 18 on wal.
-- label context: normal, vacuum, bulkread, bulkwrite, or from 18 on init (new WAL files).
-- counter pg_stat_io_reads_total: Read operations (reads); from 18 on one operation may read many blocks.
-- counter pg_stat_io_read_bytes_total: Bytes read (read_bytes; before 18 reads times op_bytes).
-- counter pg_stat_io_writes_total: Write operations (writes).
-- counter pg_stat_io_write_bytes_total: Bytes written (write_bytes; before 18 writes times op_bytes).
-- counter pg_stat_io_writebacks_total detail: Blocks that the kernel was asked to write to disk (writebacks).
-- counter pg_stat_io_extends_total detail: Operations that made a relation longer (extends).
-- counter pg_stat_io_extend_bytes_total: Bytes by which relations grew (extend_bytes; before 18 extends times
--    op_bytes).
-- counter pg_stat_io_hits_total: Blocks found in a buffer (hits).
-- counter pg_stat_io_evictions_total: Blocks thrown out of a buffer to make room for another (evictions).
-- counter pg_stat_io_reuses_total detail: Buffers used again within the ring of a bulk read, bulk write or vacuum
--    (reuses).
-- counter pg_stat_io_fsyncs_total: Times that a file was forced to disk (fsyncs).
-- sql:
SELECT backend_type, object, context,
       reads AS pg_stat_io_reads_total,
       reads * op_bytes AS pg_stat_io_read_bytes_total, --[..18]
       read_bytes AS pg_stat_io_read_bytes_total, --[18..]
       writes AS pg_stat_io_writes_total,
       writes * op_bytes AS pg_stat_io_write_bytes_total, --[..18]
       write_bytes AS pg_stat_io_write_bytes_total, --[18..]
       writebacks AS pg_stat_io_writebacks_total,
       extends AS pg_stat_io_extends_total,
       extends * op_bytes AS pg_stat_io_extend_bytes_total, --[..18]
       extend_bytes AS pg_stat_io_extend_bytes_total, --[18..]
       hits AS pg_stat_io_hits_total,
       evictions AS pg_stat_io_evictions_total,
       reuses AS pg_stat_io_reuses_total,
       fsyncs AS pg_stat_io_fsyncs_total
FROM pg_catalog.pg_stat_io
ORDER BY coalesce(reads, 0) + coalesce(writes, 0) + coalesce(extends, 0) + coalesce(hits, 0) DESC, backend_type, object, context
