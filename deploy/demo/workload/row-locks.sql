-- Sessions that want the same few rows in no fixed order: they wait for one another, at times as a tree, now and then in a
-- circle that the server has to break.
\set first random(1, 4)
\set second random(1, 4)
begin;
update invoice set amount = amount + 1 where id = :first;
\sleep 1500 ms
update invoice set amount = amount + 1 where id = :second;
\sleep 500 ms
commit;
\set pause random(1, 3)
\sleep :pause s
