-- about: Orders by customer.
-- interval: 1m
-- limit: 100 series
-- rank: as statements/topp
-- label customer: The customer.
-- counter pg_nobody_total: Orders.
-- gauge pg_nobody_open: Orders that wait.
-- sql:
SELECT o.customer, o.n AS pg_nobody_total, o.open AS pg_nobody_open FROM own.orders AS o
