-- about: A query of an operator.
-- scope: database
-- interval: 30s
-- timeout: 2s
-- limit: 10 series
-- label datname: The database.
-- gauge shop_orders: Orders that wait.
-- sql:
SELECT 'north' AS datname, 3 AS shop_orders
