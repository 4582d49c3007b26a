-- about: A query of an operator.
-- interval: 30s
-- timeout: 200ms
-- limit: 10 series
-- label shop: The shop.
-- gauge shop_orders: Orders that wait.
-- sql:
SELECT 'north' AS shop, 3 AS shop_orders FROM pg_catalog.pg_sleep(60)
