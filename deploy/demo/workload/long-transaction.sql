-- Sits idle in a transaction, then runs a long query in it, then leaves the others in peace for a while.
begin;
update invoice set amount = round(amount) where id between 500 and 600;
\sleep 20 s
select pg_sleep(15);
commit;
\sleep 25 s
