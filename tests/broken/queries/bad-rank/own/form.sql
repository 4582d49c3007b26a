-- about: Orders by customer.
-- interval: 1m
-- limit: 100 series
-- rank: the best 20
-- label customer: The customer.
-- counter pg_form_total: Orders.
-- gauge pg_form_open: Orders that wait.
-- sql:
SELECT o.customer, o.n AS pg_form_total, o.open AS pg_form_open FROM own.orders AS o
