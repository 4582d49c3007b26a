-- about: Orders.
-- scope: database
-- interval: 10s
-- limit: 5 series
-- gauge pg_orders: Orders.
-- copy orders: id integer, note text
-- copy orders: id integer
-- as: writer
-- sql:
SELECT pg_catalog.count(o.line) AS pg_orders FROM orders AS o
