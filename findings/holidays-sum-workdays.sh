#!/usr/bin/env bash
# holidays 0.109: the sum of two calendars has the holidays of both, but nobody's make-up working
# days. A Saturday that is worked in China is no working day of China and Vietnam together, nor
# of China and China.
. "$(dirname "$0")/_venv.sh" "holidays==0.109"
"$python" - <<'PYTHON'
import holidays

china = holidays.country_holidays("CN", years=2026)
vietnam = holidays.country_holidays("VN", years=2026)
calendars = {"China": china, "both": china + vietnam, "China twice": china + china}
print("holidays", holidays.__version__)
for name, calendar in calendars.items():
    made_up = sum(day.year == 2026 for day in calendar.weekend_workdays)
    worked = calendar.is_working_day("2026-10-10")
    print(f"{name}: {made_up} make-up days in 2026, 10 October is worked: {worked}")
assert len(china + vietnam) > max(len(china), len(vietnam))
assert china.is_working_day("2026-10-10")
assert not calendars["both"].is_working_day("2026-10-10")
assert not calendars["both"].weekend_workdays
assert not calendars["China twice"].is_working_day("2026-10-10")
PYTHON
