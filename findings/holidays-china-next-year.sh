#!/usr/bin/env bash
# holidays 0.109 and chinesecalendar 1.11.0: China announces the days off and the make-up
# working days of a year in the autumn before. For a year that neither knows, holidays gives
# the statutory days alone and no sign that more will come; chinesecalendar raises.
. "$(dirname "$0")/_venv.sh" "holidays==0.109" "chinesecalendar==1.11.0"
"$python" - <<'PYTHON'
from datetime import date

import chinese_calendar
import holidays

print("holidays", holidays.__version__)
known = holidays.country_holidays("CN", years=2026)
new = holidays.country_holidays("CN", years=2027)

def made_up(calendar, year):  # the set holds days of other years too, whatever was asked
    return sorted(day for day in calendar.weekend_workdays if day.year == year)

print("days off 2026:", len(known), "make-up days:", len(made_up(known, 2026)))
print("days off 2027:", len(new), "make-up days:", len(made_up(new, 2027)))
try:
    chinese_calendar.is_workday(date(2027, 10, 8))
    raised = None
except NotImplementedError as error:
    raised = error
print("chinesecalendar 2027:", type(raised).__name__)
assert len(made_up(known, 2026)) == 6 and not made_up(new, 2027)
assert 0 < len(new) < len(known)
assert raised is not None
PYTHON
