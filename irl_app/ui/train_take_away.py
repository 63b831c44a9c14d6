"""What can be carried away of a run, what it is called, and that it can be deleted."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path

import streamlit as st

from irl_app.export import dump_reward
from irl_app.findings.policies import policy_of_run
from irl_app.runs import MOST_NAME, MOST_TAGS, Run
from irl_app.ui.train_result import can_be_judged, judging_command
from irl_app.ui.train_session import TrainSession
from irl_app.ui.visitors import may_change

BYTES = "application/octet-stream"
DATA = (
    ("demonstrations.safetensors", "Demonstrations", "What each seed learned from, as arrays"),
    ("metrics.jsonl", "Curves", "All that was recorded, a line an evaluation"),
    ("findings.json", "Figures", "What was found of its rewards"),
)


def draw_take_away(run: Run) -> None:
    """Policy, rewards and data of a run as files, each read when it is asked for."""
    with st.popover("Take away", help="Policy, reward and data, as files", key=f"train-take-{run.name}"):
        seeds = run.config.seeds
        seed = seeds[0]
        if len(seeds) > 1:
            key = f"train-take-seed-{run.name}"
            seed = st.selectbox("Of", seeds, format_func=lambda one: f"Seed {one}", key=key)
        st.markdown("**Policy**")
        if any((run.folder / "checkpoints").glob("*.safetensors")):
            name = f"{run.folder.name}-seed-{seed}.policy"
            _download("Policy", partial(_policy, run.folder, seed), name, "For irl_app.load_policy")
        else:
            st.caption("There is none before the first checkpoint.")
        st.markdown("**Reward**")
        if run.lenses:
            with st.container(horizontal=True, gap="small"):
                for lens in run.lenses:
                    path = run.reward_file(lens, seed)
                    _download(lens, path.read_bytes, path.name, "For irl_app.load_reward")
        elif can_be_judged(run):
            st.caption("A reward is taken away once it is judged. This command does it, which takes minutes:")
            st.code(judging_command(run), language="sh", wrap_lines=True)
        else:
            st.caption("It has recovered none that could be judged.")
        st.markdown("**Data**")
        with st.container(horizontal=True, gap="small"):
            for name, label, about in DATA:
                if (path := run.folder / name).is_file():
                    _download(label, path.read_bytes, f"{run.folder.name}-{name}", about)


def draw_name(session: TrainSession, run: Run) -> None:
    """Let its owner call a run something else, and tag it."""
    note, may = run.note, may_change(run.folder)
    label = "Rename" if note.called else "Name"
    with st.popover(label, help="A name and tags of your own", disabled=not may):
        called, tags = (f"train-{part}-{run.name}" for part in ("called", "tags"))
        st.text_input("Name", note.called, max_chars=MOST_NAME, key=called, placeholder=run.name)
        st.text_input(
            "Tags", ", ".join(note.tags), max_chars=200, key=tags, placeholder="with commas between them",
            help=f"At most {MOST_TAGS}",
        )  # fmt: skip
        st.button(
            "Keep this name",
            on_click=lambda: session.name(
                run.folder, st.session_state[called], _parts(st.session_state[tags])
            ),
        )


def draw_delete(session: TrainSession, run: Run) -> None:
    """Let its owner delete a run that nobody works on."""
    with st.popover("Delete", disabled=not may_change(run.folder)):
        st.markdown("Its policy, its curves and all else in its folder are lost.")
        st.button("Delete it for good", type="primary", on_click=lambda: session.delete(run.folder))


def _download(label: str, content: Callable[[], bytes], name: str, about: str) -> None:
    st.download_button(
        label, content, name, BYTES, on_click="ignore", help=about, key=f"train-download-{name}"
    )


def _policy(folder: Path, seed: int) -> bytes:
    return dump_reward(policy_of_run(folder, seed).reward, "safetensors")


def _parts(text: str) -> Sequence[str]:
    return tuple(dict.fromkeys(part for part in map(str.strip, text.split(",")) if part))
