#!/usr/bin/env bash
# holidays 0.109: for Hong Kong the default are the statutory holidays. Good Friday and the day after
# it, on which offices and banks close, are in the category `optional` alone; Good Friday joins the
# default in 2028. Of both categories together no day is missing.
. "$(dirname "$0")/_venv.sh" "holidays==0.109"
"$python" - <<'PYTHON'
from datetime import date

import holidays

DAYS = {"Good Friday 2026": date(2026, 4, 3), "the day after": date(2026, 4, 4),
        "Easter Monday 2026": date(2026, 4, 6), "Good Friday 2028": date(2028, 4, 14)}
years = (2026, 2028)
usual = holidays.country_holidays("HK", years=years)
both = holidays.country_holidays("HK", years=years, categories=("public", "optional"))
print("holidays", holidays.__version__)
for name, day in DAYS.items():
    print(f"{name}: by default {day in usual}, with both categories {day in both}")
assert [day in usual for day in DAYS.values()] == [False, False, True, True]
assert all(day in both for day in DAYS.values())
PYTHON
