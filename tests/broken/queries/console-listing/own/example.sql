-- about: A listing that is read by row and as a whole.
-- scope: pgbouncer
-- interval: 10s
-- limit: 10 series
-- label list = list: What it is a list of.
-- gauge own_items = items: How many.
-- gauge own_pools = items where list = pools: How many pools.
-- sql:
SHOW LISTS
