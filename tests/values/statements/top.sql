-- Left out: what is in statements/planning and statements/io_time; min and max of plans, deviations, JIT and times of the entries themselves, for which there is no metric.
\set which 'name !~ ''^(plans|total_plan_time)$|blk_(read|write)_time$'''
\ir ../statements.sql
