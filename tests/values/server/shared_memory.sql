-- Left out: off and size, which is allocated_size before it is rounded.
SELECT jsonb_build_object('metric', 'pg_shmem_allocations_allocated_bytes', 'labels', jsonb_build_object('name', coalesce(name, '<unused>')), 'value', allocated_size)
FROM pg_shmem_allocations;
