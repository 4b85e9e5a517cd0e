"""When a schedule fires, in the syntax of cron, systemd and Kubeflow."""

import shutil
import subprocess
from datetime import datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from components.errors import InputError
from pipeline.operations.schedule.timing import parse_cron, parse_interval

FRIDAY = datetime(2026, 11, 27)


@pytest.mark.parametrize(
    ("cron", "kubeflow", "systemd", "first"),
    [
        ("0 3 * * 1", "0 0 3 * * 1", ["Mon *-*-* 03:00:00"], "2026-11-30 03:00"),
        ("5 4 1 * *", "0 5 4 1 * *", ["*-*-01 04:05:00"], "2026-12-01 04:05"),
        ("0 */12 * * *", "0 0 */12 * * *", ["*-*-* 00,12:00:00"], "2026-11-27 12:00"),
        ("0 3 * jan 7", "0 0 3 * jan 0", ["Sun *-01-* 03:00:00"], "2027-01-03 03:00"),
        ("0 3 * * 5-7", "0 0 3 * * 0,5,6", ["Sun,Fri,Sat *-*-* 03:00:00"], "2026-11-27 03:00"),
        # With a day of the month and a day of the week, either matches.
        (
            "0 3 13 * fri",
            "0 0 3 13 * fri",
            ["Fri *-*-* 03:00:00", "*-*-13 03:00:00"],
            "2026-11-27 03:00",
        ),
    ],
)
def test_a_cron_expression_means_the_same_in_all_schedulers(cron, kubeflow, systemd, first):
    timing = parse_cron(f" {cron} ")
    assert timing.to_kubeflow() == kubeflow
    assert timing.to_systemd() == [f"OnCalendar={one}" for one in systemd]
    assert str(timing.next_after(FRIDAY)) == f"{first}:00"


def test_timings_are_described_in_words():
    assert parse_cron("0 3 * * 1").words == "At 03:00 on Monday"
    assert parse_interval("90m").words == "Every 90 minutes"
    assert parse_interval("24h").words == "Every day"


def test_an_interval_counts_from_the_last_run():
    timing = parse_interval("6h")
    assert timing.seconds == 21600 and timing.next_after(FRIDAY) is None
    assert timing.to_systemd() == ["OnActiveSec=21600s", "OnUnitActiveSec=21600s"]


@pytest.mark.parametrize(
    ("cron", "why"),
    [
        ("", "expected five fields"),
        ("0 0 3 * * 1", "expected five fields"),
        ("@daily", "expected five fields"),
        ("0 3 * * mon#2", "expected five fields"),
        ("0 3 L * *", "expected five fields"),
        ("61 * * * *", "bad minute"),
        ("0 3 31 2 *", "bad day-of-month"),
        ("0 3 * * 1\n* * * * * rm", "expected five fields"),
    ],
)
def test_an_invalid_cron_expression_is_refused(cron, why):
    with pytest.raises(InputError, match=rf"{why}.* Such as '0 3 \* \* 1', Mondays at three\."):
        parse_cron(cron)


@pytest.mark.parametrize("text", ["", "6", "0h", "-1h", "1w", "1.5h", "6h6m"])
def test_an_invalid_interval_is_refused(text):
    with pytest.raises(InputError, match="expected minutes, hours or days, such as 90m, 6h, 7d"):
        parse_interval(text)


def fields(low: int, high: int) -> st.SearchStrategy[str]:
    number = st.integers(low, high)
    span = st.tuples(number, number).map(lambda two: f"{min(two)}-{max(two)}")
    step = st.integers(1, 9).map(lambda one: f"*/{one}")
    one = st.one_of(st.just("*"), number.map(str), span, step)
    return st.one_of(one, st.lists(number.map(str), min_size=1, max_size=3).map(",".join))


CRONS = st.tuples(fields(0, 59), fields(0, 23), fields(1, 28), fields(1, 12), fields(0, 7))


@pytest.mark.parametrize(
    ("cron", "calendars"),
    [
        ("0 3 2 * 0-6", ["*-*-* 03:00:00", "*-*-02 03:00:00"]),
        ("0 3 1-31 * 1", ["Mon *-*-* 03:00:00", "*-*-* 03:00:00"]),
        ("0 3 2 * *", ["*-*-02 03:00:00"]),
        ("0 3 */2 * 1", ["Mon *-*-01,03,05,07,09,11,13,15,17,19,21,23,25,27,29,31 03:00:00"]),
    ],
)
def test_a_day_of_the_month_or_a_day_of_the_week_matches(cron, calendars):
    assert parse_cron(cron).to_systemd() == [f"OnCalendar={one}" for one in calendars]


@pytest.mark.slow
@settings(max_examples=25, deadline=None)
@given(parts=CRONS, moment=st.datetimes(datetime(2026, 1, 1), datetime(2030, 1, 1)))
def test_systemd_fires_at_the_times_of_the_cron_expression(parts, moment):
    if not shutil.which("systemd-analyze"):
        pytest.skip("systemd-analyze is not on the PATH")
    moment = moment.replace(second=0, microsecond=0)
    timing = parse_cron(" ".join(parts))
    found = []
    for line in timing.to_systemd():
        told = subprocess.run(
            ["systemd-analyze", "calendar", f"--base-time={moment} UTC", line.split("=", 1)[1]],
            capture_output=True,
            text=True,
            check=True,
            env={"TZ": "UTC", "PATH": "/usr/bin:/bin", "LC_ALL": "C"},
        )
        elapse = next(row for row in told.stdout.splitlines() if "Next elapse" in row)
        found.append(datetime.strptime(elapse.split(": ", 1)[1][4:23], "%Y-%m-%d %H:%M:%S"))
    # Both find the next matching minute after the moment.
    assert min(found) == timing.next_after(moment), timing
    assert min(found) - moment >= timedelta(minutes=1)
