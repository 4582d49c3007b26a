-- about: A query of an operator.
-- interval: 30s
-- timeout: 2s
-- label shop: The shop.
-- gauge shop_orders: Orders that wait.
-- sql:
SELECT 'north' AS shop, 3 AS shop_orders
