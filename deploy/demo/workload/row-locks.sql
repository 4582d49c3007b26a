-- Sessions that want the same few rows: at every moment somebody waits, at times as a tree, and nobody for long. Rows are taken
-- in one order, so that there is never a circle.
\set first random(1, 2)
\set second random(3, 4)
begin;
update invoice set amount = amount + 1 where id = :first;
\sleep 60 ms
update invoice set amount = amount + 1 where id = :second;
\sleep 60 ms
commit;
\set pause random(1, 500)
\sleep :pause ms
