-- about: Orders by status.
-- detail: yes
-- interval: 10s
-- limit: 5 series
-- label status detail: Status of the order.
-- gauge shop_orders detail: Orders with this status.
-- gauge shop_orders_open details: Orders that are open.
-- sql:
SELECT 'open' AS status, 1 AS shop_orders, 1 AS shop_orders_open
