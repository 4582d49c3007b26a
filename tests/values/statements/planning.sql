-- Left out: all but plans.
\set which 'name ~ ''^(plans|total_plan_time)$'''
\ir ../statements.sql
