"""Every fuzz target takes what it starts from, whole and damaged."""

from __future__ import annotations

import random

import pytest

from tests.fuzz.targets import find_targets

TARGETS = find_targets()


@pytest.mark.parametrize("name", TARGETS)
def test_target_takes_its_seeds_whole_and_damaged(name: str) -> None:
    target, seeds = TARGETS[name]
    chance = random.Random(name)
    for seed in seeds:
        target(seed)
        for _ in range(15):
            at, cut = chance.randrange(len(seed)), chance.randrange(12)
            target(seed[:at] + chance.randbytes(chance.randrange(4)) + seed[at + cut :])
