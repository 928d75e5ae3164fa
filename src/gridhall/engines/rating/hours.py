"""When a period of the day holds, as people say it."""

from __future__ import annotations

import numpy as np

from gridhall.engines.rating.plan import MonthPlan

MINUTES_A_DAY = 1440


def describe_hours(plan: MonthPlan, schedule: str, period: str) -> str:
    """
    Give the hours of a period in a month, such as `16:00–18:00, 20:00–24:00`; empty where they differ from day to day.

    :param schedule: code of the schedule that names the period; without one the whole day is one period.
    """
    classes = dict(plan.periods(schedule)).get(period)
    if not schedule or not classes:
        return ""
    holds = np.isin(plan.slot_class, classes)
    days = holds[holds.any(axis=1)]
    if len(days) != len(holds) or (days != days[0]).any():
        return ""
    edges = np.flatnonzero(np.diff(np.concatenate(([0], days[0].astype(np.int8), [0]))))
    minutes = MINUTES_A_DAY // plan.slots_a_day
    stretches = zip(edges[::2] * minutes, edges[1::2] * minutes, strict=True)
    return ", ".join(f"{_clock(int(start))}–{_clock(int(end))}" for start, end in stretches)


def _clock(minute: int) -> str:
    return f"{minute // 60:02d}:{minute % 60:02d}"
