"""Everything that a lab shows, as one frozen value that fits into a link."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from irl_app.demonstrations import DemonstrationError, from_play
from irl_app.envs.grid_map import parse_map
from irl_app.envs.grid_spec import GridError, GridSpec
from irl_app.envs.presets import PRESETS, make_preset
from irl_app.experts import EXPERTS
from irl_app.recovery import Lens
from irl_app.ui.link_codec import RecordedEpisode
from irl_app.ui.link_keys import KEYS, PLAYED, Mode
from trainers.tabular.config import TabularConfig

MAX_LINK = 6_000  # characters; longer addresses are cut by chat programs and refused by proxies
LONG_PARTS = (("played", "recorded episodes"), ("draft", "drawing"), ("map", "map"))
"""What makes a link long, and what it is called."""


def is_short(query: Mapping[str, str]) -> bool:
    """Whether a link with these settings is one that everybody takes."""
    return sum(len(key) + len(value) + 2 for key, value in query.items()) <= MAX_LINK


@dataclass(frozen=True)
class LabState:
    """What a lab is about: the world, who demonstrates in it, how the reward is recovered, what is looked at.

    Attributes:
        preset: a key of ``PRESETS``; while there is a map only its usual expert counts.
        size: cells a side of the preset, None for its own.
        world: seed of the preset's layout.
        map: a grid drawn or pasted, as ASCII map; None for the preset.
        draft: what is on the drawing board while it cannot be played, as JSON (see ``Drawing.to_text``).
        mode: what the pointer does in the world.
        expert: who demonstrates: a key of ``EXPERTS``, or "played" for the recorded episodes; None for who
            usually demonstrates the preset.
        expert_value: the named expert's temperature or noise; None for its usual one.
        demos: number of demonstrations; None for the expert's exact occupancy.
        seed: of the demonstrations.
        played: episodes recorded at the keyboard or uploaded.
        config: how the reward is recovered.
        lens: through which reading the recovered reward is shown.
        more: whether settings and figures are shown beside the pictures.
        episode: the demonstration that a replay shows.
    """

    preset: str = "goal"
    size: int | None = None
    world: int = 0
    map: str | None = None
    draft: str | None = None
    mode: Mode = "watch"
    expert: str | None = None
    expert_value: float | None = None
    demos: int | None = 30
    seed: int = 0
    played: tuple[RecordedEpisode, ...] = ()
    config: TabularConfig = field(default_factory=TabularConfig)
    lens: Lens = "state"
    more: bool = False
    episode: int = 0

    def grid(self) -> GridSpec:
        """The world; GridError if the map or the preset's size cannot be."""
        if self.map is not None:
            return parse_map(self.map)
        return make_preset(self.preset, self.size, self.world)

    @property
    def task(self) -> str:
        """The world's name: ``gridworld/PRESET``, or ``gridworld/map`` for a map of one's own."""
        return f"gridworld/{'map' if self.map is not None else self.preset}"

    @property
    def demonstrator(self) -> tuple[str, float]:
        """Who demonstrates, a key of ``EXPERTS`` or "played", with its temperature or noise (0 for none)."""
        name, value = self.expert, self.expert_value
        if name is None:
            name, value = PRESETS[self.preset].expert, PRESETS[self.preset].expert_value
        if name == PLAYED:
            return name, 0.0
        return name, EXPERTS[name].default if value is None else value

    def to_query(self) -> dict[str, str]:
        """What differs from the defaults, by the names used in links; `from_query` is the inverse."""
        query = {}
        for key in KEYS:
            value = key.get(self)
            if value != key.get(DEFAULT):
                query[key.name] = key.write(value)
        return query

    def to_short_query(self) -> tuple[dict[str, str], tuple[str, ...]]:
        """As `to_query`, without what makes a link too long, and a sentence for each omission."""
        query, omitted = self.to_query(), []
        for name, what in LONG_PARTS:
            if name in query and not is_short(query):
                del query[name]
                omitted.append(f"The {what} would make the link too long: hand it out as a file.")
        return query, tuple(omitted)

    @classmethod
    def from_query(cls, query: Mapping[str, str]) -> tuple[LabState, tuple[str, ...]]:
        """The state a link describes, and one sentence for every value that could not be used.

        A value that cannot be used leaves its own setting at the default and all others as they are.
        """
        state, notes = DEFAULT, []
        known = {key.name: key for key in KEYS}
        for name, text in query.items():
            if name not in known:
                notes.append(
                    f"The link has a setting {name[:30]!r} that this lab does not know; it was left out."
                )
                continue
            try:
                state = known[name].set(state, known[name].read(text))
            except ValueError as error:
                notes.append(f"The link's {known[name].title} was left out: {str(error).rstrip('.')}.")
        for check in (_with_possible_grid, _with_possible_expert, _with_possible_episodes):
            state, more = check(state)
            notes += more
        return state, tuple(notes)


DEFAULT = LabState()


def _with_possible_grid(state: LabState) -> tuple[LabState, tuple[str, ...]]:
    """The state with a size that its preset can have; maps were checked when they were read."""
    if state.map is not None:
        return state, ()
    try:
        state.grid()
    except GridError as error:
        return replace(state, size=None), (f"The link's size was left out: {error}.",)
    return state, ()


def _with_possible_expert(state: LabState) -> tuple[LabState, tuple[str, ...]]:
    """The state with a temperature or noise in the range of its expert, who then has a name."""
    if state.expert_value is None or state.expert == PLAYED:
        return state, ()
    name, _ = state.demonstrator
    expert = EXPERTS[name]
    if expert.parameter is not None and state.expert_value in expert.range:
        return replace(state, expert=name), ()
    given = f"{state.expert_value:g} for the expert {expert.title.lower()}"
    wanted = f"takes a number {expert.range}" if expert.parameter else "takes no number"
    return replace(state, expert_value=None), (f"The link gives {given}, which {wanted}; it was left out.",)


def _with_possible_episodes(state: LabState) -> tuple[LabState, tuple[str, ...]]:
    """The state without recorded episodes that its grid does not allow."""
    if not state.played:
        if state.expert != PLAYED:
            return state, ()
        return replace(state, expert=None), ("The link names recorded episodes but has none.",)
    try:
        from_play(state.grid(), state.played)
    except DemonstrationError as error:
        expert = None if state.expert == PLAYED else state.expert
        note = f"The link's recorded episodes were left out: {error}."
        return replace(state, played=(), expert=expert), (note,)
    return state, ()
