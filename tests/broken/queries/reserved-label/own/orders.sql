-- about: A query of an operator.
-- interval: 30s
-- timeout: 2s
-- limit: 10 series
-- label server: The shop.
-- gauge shop_orders: Orders that wait.
-- sql:
SELECT 'north' AS server, 3 AS shop_orders
