"""The channels of a file as it gave them, before they are summed to import, export and reactive energy."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class ChannelTotal:
    """
    One channel of one usage point.

    :param channel: the name in the file: E1, B1, or import, export, reactive.
    :param unit: the unit in the file.
    :param energy_uwh: its sum in micro watt hours (or micro var hours).
    :param points: how many reads it has.
    :param duration_s: length of its intervals; 0 for accumulated reads.
    :param has_scale: whether the unit is one of energy; other channels are listed but not read.
    """

    usage_point: str
    channel: str
    unit: str
    energy_uwh: int
    points: int
    duration_s: int
    has_scale: bool = True
