-- Left out: all but times of I/O.
\set which 'name ~ ''blk_(read|write)_time$'''
\ir ../statements.sql
