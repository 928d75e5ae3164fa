"""
Make plausible 15-minute loads for customers who do not exist.

Every load is seeded: the same series, day and kind give the same reads, whatever else is made before or beside it.
The shapes (spread of means, share of base load, steps of appliances, evening peak, response to temperature, shop and
shift hours) are set so that their distributions lie near those of measured homes and businesses; a test compares them
where the measured sets are at hand.
"""

from __future__ import annotations

import math
from enum import IntEnum

import numpy as np
from numba import njit, prange
from numpy.typing import NDArray

SLOTS = 96


class LoadKind(IntEnum):
    """What kind of load is made."""

    HOME = 0
    SHOP = 1
    DAY_SHIFT = 2
    THREE_SHIFTS = 3
    CHARGER = 4
    HOME_WITH_PV = 5
    FARM = 6


# Hour by hour, how much more than the mean a household is active; measured homes peak at noon and in the evening.
_HOME_SHAPE = np.array(
    [0.45, 0.38, 0.34, 0.32, 0.34, 0.45, 0.80, 1.10, 1.00, 0.90, 0.95, 1.20,
     1.30, 1.00, 0.90, 0.90, 1.00, 1.35, 1.85, 2.00, 1.90, 1.60, 1.15, 0.70]
)  # fmt: skip
_SHOP_SHAPE = np.array(
    [0.28, 0.26, 0.25, 0.25, 0.26, 0.32, 0.55, 0.95, 1.35, 1.50, 1.55, 1.60,
     1.55, 1.45, 1.45, 1.45, 1.50, 1.60, 1.70, 1.65, 1.40, 0.90, 0.50, 0.35]
)  # fmt: skip
_DAY_SHIFT_SHAPE = np.array(
    [0.35, 0.33, 0.33, 0.33, 0.35, 0.45, 0.80, 1.40, 1.75, 1.85, 1.85, 1.55,
     1.25, 1.60, 1.85, 1.85, 1.75, 1.35, 0.90, 0.70, 0.55, 0.45, 0.40, 0.36]
)  # fmt: skip
_THREE_SHIFTS_SHAPE = np.array(
    [0.98, 0.97, 0.96, 0.96, 0.96, 0.97, 0.90, 0.95, 1.05, 1.08, 1.08, 1.02,
     0.98, 1.05, 1.08, 1.08, 1.06, 1.00, 0.94, 1.02, 1.03, 1.02, 0.92, 0.97]
)  # fmt: skip
_FARM_SHAPE = np.array(
    [0.50, 0.48, 0.48, 0.50, 0.70, 1.20, 1.60, 1.50, 1.20, 1.10, 1.05, 1.10,
     1.00, 0.95, 0.95, 1.00, 1.20, 1.60, 1.70, 1.30, 0.95, 0.75, 0.60, 0.52]
)  # fmt: skip
SHAPES = np.vstack(
    [_HOME_SHAPE, _SHOP_SHAPE, _DAY_SHIFT_SHAPE, _THREE_SHIFTS_SHAPE, _HOME_SHAPE, _HOME_SHAPE, _FARM_SHAPE]
)


def outdoor_temperature_c(day_of_year: NDArray[np.int64], *, mean_c: float = 15.6, swing_c: float = 10.2) -> NDArray:
    """
    Give a plausible temperature for every quarter hour of some days: a year's wave, a day's wave, spells of weather.

    :param day_of_year: int64[d], 1 to 366.
    :returns: float64[d, 96], degrees Celsius.
    """
    day = day_of_year.astype(float)
    year_wave = mean_c - swing_c * np.cos(2 * np.pi * (day - 20) / 365.25)
    spells = 2.6 * np.sin(day * 0.83) + 1.9 * np.sin(day * 0.31 + 1.0) + 1.2 * np.sin(day * 2.1 + 2.0)
    hour = np.arange(SLOTS) / 4
    day_wave = 3.4 * np.cos(2 * np.pi * (hour - 15) / 24)
    return (year_wave + spells)[:, None] + day_wave[None, :]


@njit(parallel=True, cache=True, fastmath=True)
def synthesize(
    kinds: NDArray[np.int8],
    seeds: NDArray[np.int64],
    mean_kw: NDArray[np.float64],
    pv_kw: NDArray[np.float64],
    reactive_ratio: NDArray[np.float64],
    day_numbers: NDArray[np.int64],
    rest_day: NDArray[np.bool_],
    temperature_c: NDArray[np.float64],
    shapes: NDArray[np.float64],
) -> tuple[NDArray[np.int32], NDArray[np.int32], NDArray[np.int32]]:
    """
    Make the reads of n meters for d days.

    :param kinds: int8[n], values of `LoadKind`.
    :param seeds: int64[n], one per meter.
    :param mean_kw: float64[n], the yearly mean the meter is aimed at, at the meter (before CT and PT); for a charger
        its power.
    :param pv_kw: float64[n], size of its photovoltaics, 0 for none.
    :param reactive_ratio: float64[n], reactive energy as a share of active energy, 0 for none.
    :param day_numbers: int64[d], days since 1970-01-01.
    :param rest_day: bool[d], weekends and holidays.
    :param temperature_c: float64[d, 96].
    :param shapes: `SHAPES`.
    :returns: import Wh, export Wh, reactive varh: int32[n, d, 96] each.
    """
    meters, days = len(kinds), len(day_numbers)
    imported = np.zeros((meters, days, SLOTS), np.int32)
    exported = np.zeros((meters, days, SLOTS), np.int32)
    reactive = np.zeros((meters, days, SLOTS), np.int32)
    for meter in prange(meters):
        kind = kinds[meter]
        np.random.seed(seeds[meter] & 0x7FFFFFFF)
        base_share = 0.02 + 0.28 * np.random.random() ** 1.4
        cooling = 0.03 + 0.17 * np.random.random()
        heating = 0.015 + 0.16 * np.random.random() ** 2
        shift_h = 0.4 * np.random.normal()
        busy = 0.35 + 0.65 * np.random.random()
        level = np.empty(SLOTS)
        for day in range(days):
            np.random.seed((seeds[meter] * 1_000_003 + day_numbers[day]) & 0x7FFFFFFF)
            if kind == 4:
                _charge_day(imported[meter, day], mean_kw[meter])
                continue
            mood = _mood(kind, rest_day[day])
            weather = temperature_c[day]
            if kind in (0, 5):
                _home_day(level, shapes[kind], shift_h, base_share, busy, mood, cooling, heating, weather)
            else:
                _business_day(level, shapes[kind], shift_h, mood, cooling, heating, weather, 1.2 if kind == 1 else 0.35)
            cloud = 0.25 + 0.75 * np.random.random() ** 0.7
            for slot in range(SLOTS):
                load_wh = 250.0 * mean_kw[meter] * level[slot]
                if pv_kw[meter] > 0.0:
                    load_wh -= 250.0 * pv_kw[meter] * _sun(slot, day_numbers[day]) * (cloud + 0.08 * np.random.normal())
                if load_wh >= 0.0:
                    imported[meter, day, slot] = int(load_wh + 0.5)
                else:
                    exported[meter, day, slot] = int(0.5 - load_wh)
                if reactive_ratio[meter] > 0.0:
                    ratio = reactive_ratio[meter] * (0.9 + 0.2 * np.random.random())
                    reactive[meter, day, slot] = int(max(load_wh, 0.0) * ratio + 0.5)
    return imported, exported, reactive


@njit(cache=True)
def _mood(kind: int, rests: bool) -> float:
    """How busy a day is as a whole: its own luck, empty homes, rest days."""
    mood = math.exp(0.30 * np.random.normal() - 0.045)
    if kind in (0, 5) and np.random.random() < 0.025:
        mood = 0.12  # nobody at home
    if rests:
        if kind == 2:
            return mood * 0.42
        return mood * (1.12 if kind in (0, 5) else 1.05 if kind == 1 else 0.97)
    return mood


@njit(cache=True, fastmath=True)
def _home_day(
    level: NDArray[np.float64], shape: NDArray[np.float64], shift_h: float, base_share: float, busy: float, mood: float,
    cooling: float, heating: float, temperature_c: NDArray[np.float64],
) -> None:  # fmt: skip
    """A household's day: a base that never stops, slow activity, appliances that switch on and off, weather."""
    running, slow = 0.0, 0.0
    for slot in range(SLOTS):
        activity = shape[int((slot / 4 + shift_h) % 24)]
        slow = 0.72 * slow + 0.28 * np.random.normal()
        if running < 0.2 and np.random.random() < 0.075 * activity * busy:
            running = 1.2 + 9.0 * np.random.random() ** 3
        elif running > 0.0 and np.random.random() < 0.5:
            running = 0.0
        warmth = cooling * max(temperature_c[slot] - 25.0, 0.0) + heating * max(11.0 - temperature_c[slot], 0.0)
        at_home = 1.0 if mood > 0.2 else 0.0
        level[slot] = base_share + (1.0 - base_share) * 0.40 * activity * mood * math.exp(1.9 * slow - 0.3)
        level[slot] += 0.80 * running * mood + warmth * (0.4 + 0.6 * activity) * at_home


@njit(cache=True, fastmath=True)
def _business_day(
    level: NDArray[np.float64], shape: NDArray[np.float64], shift_h: float, mood: float,
    cooling: float, heating: float, temperature_c: NDArray[np.float64], weather_share: float,
) -> None:  # fmt: skip
    """A shop's or plant's day: its hours, slow drift, weather in so far as it cools or heats."""
    slow = 0.0
    for slot in range(SLOTS):
        activity = shape[int((slot / 4 + shift_h * 0.5) % 24)]
        slow = 0.88 * slow + 0.12 * np.random.normal()
        warmth = cooling * max(temperature_c[slot] - 25.0, 0.0) + heating * max(11.0 - temperature_c[slot], 0.0)
        level[slot] = activity * mood**0.5 * math.exp(0.5 * slow) + weather_share * warmth * activity


@njit(cache=True)
def _charge_day(reads: NDArray[np.int32], charger_kw: float) -> None:
    """One home charger's day: most nights nothing, some nights a few hours at full power; 12 W of standby."""
    for slot in range(SLOTS):
        reads[slot] = 3
    if np.random.random() < 0.42:
        late = np.random.random() < 0.78  # most owners wait for the valley price
        start = int(92 + 12 * np.random.random()) if late else int(72 + 14 * np.random.random())
        slots = int(4 + 18 * np.random.random() ** 1.3)
        for step in range(slots):
            slot = (start + step) % SLOTS  # the tail stands for what began the evening before
            share = 1.0 if step < slots - 2 else 0.45
            reads[slot] = int(250.0 * charger_kw * share * (0.985 + 0.03 * np.random.random()))


@njit(cache=True)
def _sun(slot: int, day_number: int) -> float:
    """Clear-sky output of a fixed array, share of its size; the longest days around 21 June at 30 degrees north."""
    season = math.cos(2.0 * math.pi * ((day_number - 10957 + 10) % 365.25) / 365.25)
    half_day_h = 6.0 - 1.05 * season
    angle = (slot / 4.0 + 0.125 - 12.8) / half_day_h  # Beijing time runs ahead of the sun here
    if abs(angle) >= 1.0:
        return 0.0
    return (0.78 - 0.14 * season) * math.cos(0.5 * math.pi * angle) ** 1.25
