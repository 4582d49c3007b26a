-- about: A query of an operator.
-- interval: 30s
-- timeout: 2s
-- limit: 10 series
-- naming: foreign
-- label shop: The shop.
-- counter shop_orders_total: Orders so far.
-- sql:
SELECT 'north' AS shop, 3 AS shop_orders_total
