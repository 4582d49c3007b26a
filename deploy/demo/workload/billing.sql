set role accounting;
create table invoice (id int primary key, amount numeric not null default 0);
insert into invoice (id) select generate_series(1, 1000);
