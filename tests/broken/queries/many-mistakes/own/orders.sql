-- abuot: Everything at once.
-- interval: soon
-- limit: 10 series
-- gauge shop orders: Two words.
-- sql 18..13:
SELECT 1
