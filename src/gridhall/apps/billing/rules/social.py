"""Public support of a household, as bills keep it and as tariffs ask for it."""

from __future__ import annotations

import numpy as np

from gridhall.apps.accounts.kinds import SocialKind

WORDS = np.array(["" if kind == SocialKind.NONE else kind.lower() for kind in SocialKind.values])
"""By number, as BillPart keeps it: what a tariff's condition `when: {social: […]}` names."""


def number_sql(column: str) -> str:
    """Give SQL that turns a column of SocialKind into its number."""
    cases = " ".join(f"WHEN '{kind}' THEN {number}" for number, kind in enumerate(SocialKind.values))
    return f"(CASE {column} {cases} ELSE 0 END)"
