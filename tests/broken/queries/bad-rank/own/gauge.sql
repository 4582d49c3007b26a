-- about: Orders by customer.
-- interval: 1m
-- limit: 100 series
-- rank: 20 by pg_gauge_open
-- label customer: The customer.
-- counter pg_gauge_total: Orders.
-- gauge pg_gauge_open: Orders that wait.
-- sql:
SELECT o.customer, o.n AS pg_gauge_total, o.open AS pg_gauge_open FROM own.orders AS o
