-- about: What the server's shared memory is used for. It is allocated at the start, so that this tells a change of
--    settings or of extensions.
-- detail: yes
-- interval: 10m
-- timeout: 5s
-- needs: role pg_read_all_stats
-- limit: 300 series
-- rows: 76 a server
-- covers: 15..: before 15 only superusers could read pg_shmem_allocations.
-- label name: What it is used for; <anonymous> for what has no name, <unused> for what is free.
-- gauge pg_shmem_allocations_allocated_bytes: Shared memory allocated to it, in bytes (allocated_size).
-- sql 15..:
SELECT coalesce(name, '<unused>') AS name,
       pg_catalog.sum(allocated_size) AS pg_shmem_allocations_allocated_bytes
FROM pg_catalog.pg_shmem_allocations
-- By the label: what is free has no name, and anything may be named <unused>.
GROUP BY coalesce(name, '<unused>')
ORDER BY pg_catalog.sum(allocated_size) DESC, coalesce(name, '<unused>')
