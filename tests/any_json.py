"""JSON nobody vouches for, with the names that platforms use: a strategy of hypothesis."""

import re

import platform_bodies as bodies
from hypothesis import strategies as st

NAMES = sorted(
    {"csv", "message", "status"}
    | {
        name
        for _, _, body in bodies.ALL
        for name in re.findall(r"'([A-Za-z_]+)':", str(body))
    }
)
SCALARS = (
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text(st.characters(), max_size=8)
    | st.sampled_from(
        ["9" * 30, "1e400", "NaN", "\x00", "\ud800", "2026-13-45", "P", "-1"]
    )
    | st.sampled_from([10**18, 10**400, -(10**30), 1e308, float("nan"), float("inf")])
)
ANYTHING = st.recursive(
    SCALARS,
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(NAMES) | st.text(max_size=3), inner, max_size=5
        )
    ),
    max_leaves=20,
)
