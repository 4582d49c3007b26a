-- about: A query of an operator.
-- interval: 30s
-- timeout: 2s
-- limit: 10 series
-- label shop: The shop.
-- gauge shop_orders_that_wait_for_somebody_to_pack_them_and_to_send_them_off: Orders that wait.
-- sql:
SELECT 'north' AS shop, 3 AS shop_orders
