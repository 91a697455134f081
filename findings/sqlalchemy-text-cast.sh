#!/usr/bin/env bash
# SQLAlchemy 2.1.9: in text(), a parameter directly followed by PostgreSQL's cast (:a::int) is
# not recognised. The statement compiles without it, and the database gets ":a".
. "$(dirname "$0")/_venv.sh" "sqlalchemy==2.1.9"
"$python" - <<'PYTHON'
import sqlalchemy as sa

close, apart = (sa.text(one).compile() for one in ("select :a::int", "select :a ::int"))
print("SQLAlchemy", sa.__version__)
print(":a::int  ->", str(close), dict(close.params))
print(":a ::int ->", str(apart), dict(apart.params))
assert dict(close.params) == {} and dict(apart.params) == {"a": None}
PYTHON
