-- about: Orders by customer.
-- interval: 1m
-- limit: 100 series
-- rank: as tables/stat
-- label customer: The customer.
-- counter pg_leader_total: Orders.
-- gauge pg_leader_open: Orders that wait.
-- sql:
SELECT o.customer, o.n AS pg_leader_total, o.open AS pg_leader_open FROM own.orders AS o
