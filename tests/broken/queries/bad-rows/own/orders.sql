-- about: Orders by status.
-- interval: 10s
-- limit: 5 series
-- rows: five
-- gauge shop_orders: Orders.
-- sql:
SELECT 1 AS shop_orders
