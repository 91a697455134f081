#!/usr/bin/env bash
# SQLAlchemy 2.1.9: a column with a key of its own, Column("a", key="b"), is t.c.b in Python.
# A row of select(t) has only the database's name; an insert accepts only the key.
. "$(dirname "$0")/_venv.sh" "sqlalchemy==2.1.9"
"$python" - <<'PYTHON'
import sqlalchemy as sa

table = sa.Table("t", sa.MetaData(), sa.Column("a", sa.Integer, key="b"))
engine = sa.create_engine("sqlite://")
with engine.begin() as connection:
    table.create(connection)
    connection.execute(table.insert(), [{"b": 1}])
    (row,) = connection.execute(sa.select(table)).mappings()
    (labelled,) = connection.execute(sa.select(table.c.b.label("b"))).mappings()
print("SQLAlchemy", sa.__version__)
print("columns in Python ->", list(table.c.keys()))
print("keys of a row     ->", list(row.keys()), "labelled:", list(labelled.keys()))
assert list(table.c.keys()) == ["b"] and list(row.keys()) == ["a"]
assert list(labelled.keys()) == ["b"]
PYTHON
