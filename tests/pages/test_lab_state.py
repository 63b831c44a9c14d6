"""A lab's state goes into a link and comes back; a link from a stranger does no harm."""

from __future__ import annotations

import contextlib
import math
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from irl_app.envs.grid_map import format_map
from irl_app.envs.presets import PRESETS, make_preset
from irl_app.experts import EXPERTS
from irl_app.runs import MAX_SEED
from irl_app.ui.lab_state import DEFAULT, MAX_LINK, PLAYED, LabState
from irl_app.ui.link_codec import LinkError, pack_episodes, pack_text, unpack_episodes, unpack_text
from irl_app.ui.link_keys import KEYS
from irl_app.ui.questions import question_of
from trainers.settings import settings_of
from trainers.tabular.config import TabularConfig

SETTINGS = settings_of(TabularConfig)


def values_of(name: str) -> st.SearchStrategy[object]:
    """All that a setting may be."""
    setting = SETTINGS[name]
    if setting.kind == "choice":
        return st.sampled_from(sorted(setting.choices))
    finite = setting.range.high < math.inf
    numbers = st.floats(
        setting.range.low,
        setting.range.high if finite else None,
        exclude_min=setting.range.ends[0] == "(",
        exclude_max=finite and setting.range.ends[1] == ")",
        allow_infinity=False,
    )
    return st.none() | numbers if setting.optional else numbers


configs = st.builds(TabularConfig, **{name: values_of(name) for name in SETTINGS})
labs = st.builds(
    LabState,
    preset=st.sampled_from(sorted(PRESETS)),
    size=st.none() | st.integers(5, 30),
    world=st.integers(0, MAX_SEED),
    mode=st.sampled_from(("draw", "play", "replay")),
    expert=st.none() | st.sampled_from(sorted(EXPERTS)),
    demos=st.none() | st.integers(1, 1_000),
    seed=st.integers(0, MAX_SEED),
    config=configs,
    lens=st.sampled_from(("transition", "marginal", "deshaped", "state")),
)


@settings(max_examples=60, deadline=None)
@given(labs)
def test_state_survives_a_link(lab: LabState) -> None:
    assert LabState.from_query(lab.to_query()) == (lab, ())


def test_only_what_differs_from_the_defaults_is_in_the_link() -> None:
    assert DEFAULT.to_query() == {}
    assert replace(DEFAULT, preset="maze", demos=None).to_query() == {"preset": "maze", "demos": "exact"}


@pytest.mark.parametrize("name", sorted(PRESETS))
def test_a_preset_brings_its_usual_expert(name: str) -> None:
    preset = PRESETS[name]
    usual = EXPERTS[preset.expert].default if preset.expert_value is None else preset.expert_value
    lab, notes = LabState.from_query({"preset": name})
    assert (lab.demonstrator, notes) == ((preset.expert, usual), ())
    named, _ = LabState.from_query({"preset": name, "expert": "noisy"})
    assert named.demonstrator == ("noisy", EXPERTS["noisy"].default)
    drawn, _ = LabState.from_query({"preset": name, "map": pack_text("S.\n.G")})
    assert drawn.demonstrator == lab.demonstrator  # who demonstrates does not change with the first wall
    assert LabState.from_query(question_of(lab).to_query()) == (question_of(lab), ())
    assert question_of(lab) == question_of(replace(lab, expert=preset.expert, expert_value=usual))


def test_a_number_in_a_link_names_the_usual_expert() -> None:
    lab, notes = LabState.from_query({"preset": "cliff", "expert_value": "0.5"})
    assert (lab.expert, lab.demonstrator, notes) == ("soft-optimal", ("soft-optimal", 0.5), ())
    lab, notes = LabState.from_query({"preset": "maze", "expert_value": "0.5"})
    assert (lab.demonstrator, len(notes)) == (("shortest-path", 0.0), 1)
    lab, _ = LabState.from_query({"preset": "cliff", "expert_value": "9999"})
    assert lab.demonstrator == ("soft-optimal", 0.1)


def test_every_field_of_the_state_has_a_key() -> None:
    covered = {key.path.partition(".")[0] for key in KEYS}
    assert covered == set(LabState.__dataclass_fields__)
    in_config = {key.path.partition(".")[2] for key in KEYS} - {""}
    assert in_config == set(TabularConfig.__dataclass_fields__) - {"prior"}  # always searched for


def test_drawn_map_and_played_episodes_survive_a_link() -> None:
    grid = make_preset("open", 4)
    lab = replace(
        DEFAULT, map=format_map(grid), expert=PLAYED, played=((0, ((1, 1), (2, 5))), (4, ((0, 0),)))
    )
    query = lab.to_query()
    assert LabState.from_query(query) == (lab, ())
    assert all(len(value) < 200 for value in query.values())


HOSTILE = [
    ("preset", "volcano", "open, static-walls"),
    ("preset", "<script>alert(1)</script>", "must be one of"),
    ("size", "5000", "2 to 100"),
    ("size", "-3", "whole number"),
    ("size", "1e9", "whole number"),
    ("size", "٣", "whole number"),
    ("demos", "0", "1 to 1000"),
    ("demos", "9" * 5_000, "1 to 1000"),
    ("gamma", "1", "strictly between 0 and 1"),
    ("gamma", "nan", "strictly between 0 and 1"),
    ("alpha", "inf", "a positive number"),
    ("alpha", "__import__('os')", "a positive number"),
    ("map", "not packed", "not written by this app"),
    ("map", pack_text("S..\n..."), "no goal"),
    ("map", pack_text("#" * 300_000), "at most 100"),
    ("map", pack_text("G." + " " * 500_000), "more than"),
    ("map", pack_text("S.G\n...")[:-6], "cut"),
    ("draft", pack_text("[1]"), "no drawing"),
    ("draft", pack_text("[" * 100_000), "no drawing"),
    ("played", pack_text("[[0,1,1]"), "no list of episodes"),
    ("played", pack_text('[[0,"1",1]]'), "something else"),
    ("played", pack_text("[[0,1,-1]]"), "something else"),
    ("played", pack_text("[" * 100_000), "no list"),
    ("lens", "../../etc/passwd", "must be one of"),
    ("method", "", "must be one of"),
    ("nonsense", "1", "does not know"),
]


@pytest.mark.parametrize(("key", "value", "said"), HOSTILE)
def test_a_value_that_cannot_be_used_is_left_out_with_one_sentence(key: str, value: str, said: str) -> None:
    lab, notes = LabState.from_query({key: value, "seed": "7"})
    assert lab == replace(DEFAULT, seed=7)
    assert len(notes) == 1
    assert said in notes[0]
    assert len(notes[0]) < 300


def test_size_that_the_preset_cannot_have_is_left_out() -> None:
    lab, notes = LabState.from_query({"preset": "four-rooms", "size": "3"})
    assert lab == replace(DEFAULT, preset="four-rooms")
    assert "at least 5 cells" in notes[0]


def test_episodes_that_the_world_does_not_allow_are_left_out() -> None:
    lab, notes = LabState.from_query({"expert": PLAYED, "played": pack_episodes(((0, ((1, 55),)),))})
    assert lab == DEFAULT
    assert "cannot lead from" in notes[0]
    lab, notes = LabState.from_query({"expert": PLAYED})
    assert (lab, len(notes)) == (DEFAULT, 1)


def test_expert_value_out_of_range_is_left_out() -> None:
    lab, notes = LabState.from_query({"expert": "noisy", "expert_value": "7"})
    assert lab == replace(DEFAULT, expert="noisy")
    assert "takes a number between 0 and 1" in notes[0]
    lab, notes = LabState.from_query({"expert": "shortest-path", "expert_value": "0.5"})
    assert (lab.expert_value, len(notes)) == (None, 1)


def test_what_makes_a_link_too_long_is_left_out_and_said() -> None:
    grid = make_preset("field", 60)
    lab = replace(DEFAULT, map=format_map(grid), seed=3)
    query, omitted = lab.to_short_query()
    assert query == {"seed": "3"}
    assert len(omitted) == 1
    assert "too long" in omitted[0]
    small, none_omitted = replace(DEFAULT, map=format_map(make_preset("maze"))).to_short_query()
    assert not none_omitted
    assert sum(map(len, small.values())) < MAX_LINK


@given(st.text(max_size=300))
def test_any_text_is_packed_and_unpacked(text: str) -> None:
    assert unpack_text(pack_text(text)) == text


@given(st.binary(max_size=60).map(lambda raw: raw.decode("latin-1")))
def test_unpacking_anything_else_says_so(text: str) -> None:
    with pytest.raises(LinkError):
        unpack_text(text + "!")
    with contextlib.suppress(LinkError):  # and nothing else
        unpack_episodes(text)
