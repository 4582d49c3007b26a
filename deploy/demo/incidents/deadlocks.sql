-- Sessions that want the same few rows in no fixed order: now and then in a circle that the server has to break.
\set first random(1, 4)
\set second random(1, 4)
begin;
update invoice set amount = amount + 1 where id = :first;
\sleep 300 ms
update invoice set amount = amount + 1 where id = :second;
commit;
