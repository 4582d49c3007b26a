-- about: Orders by customer.
-- interval: 1m
-- limit: 100 series
-- rank: 50 by pg_large_total
-- label customer: The customer.
-- counter pg_large_total: Orders.
-- gauge pg_large_open: Orders that wait.
-- sql:
SELECT o.customer, o.n AS pg_large_total, o.open AS pg_large_open FROM own.orders AS o
