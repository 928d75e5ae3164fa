"""What the frame of every console page shows: where to go, who is here, how dense the rows stand."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.http import HttpRequest

from gridhall.apps.identity import queries as identity
from gridhall.interfaces.console import words
from gridhall.interfaces.console.navigation import READS_CUSTOMERS, Place, list_places

DENSITY_COOKIE = "gridhall_density"
DENSITIES = ("dense", "roomy")


@dataclass(frozen=True, slots=True)
class Shell:
    """The frame of a page for one viewer."""

    places: list[Place]
    roles: list[str]
    name: str
    density: str
    may_search: bool

    @property
    def side_bar(self) -> list[Place]:
        """What stands at the side."""
        return [place for place in self.places if place.in_side_bar]

    @property
    def initial(self) -> str:
        """The first letter of the viewer's name."""
        return self.name[:1]


def make_shell(request: HttpRequest) -> Shell:
    """Make the frame of this page."""
    viewer: Any = request.user
    held = identity.list_roles(viewer)
    asked = request.COOKIES.get(DENSITY_COOKIE, "")
    return Shell(
        places=list_places(viewer, path=request.path),
        roles=[str(word) for role, word in words.ROLES.items() if role in held],
        name=str(viewer),
        density=asked if asked in DENSITIES else DENSITIES[0],
        may_search=not held.isdisjoint(READS_CUSTOMERS),
    )
