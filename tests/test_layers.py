"""The arrows of the house: pages -> irl_app -> trainers, and within irl_app only downwards."""

from __future__ import annotations

import ast
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from irl_app.mazes.config import PlaceConfig
from trainers.deep.config import TrainerConfig
from trainers.settings import settings_of
from trainers.tabular.config import TabularConfig

ROOT = Path(__file__).resolve().parent.parent

# From the ground up. A module imports its own entry and those before it.
LAYERS: tuple[tuple[str, ...], ...] = (
    ("paths", "files", "reading", "threads", "beside"),
    ("classroom",),
    ("envs",),
    ("demonstrations",),
    ("experts",),
    ("tasks",),
    ("rewards",),
    ("recovery",),
    ("analysis",),
    ("mazes",),
    ("figures",),
    ("export",),
    ("policies",),
    ("stage",),
    ("runs",),
    ("training",),
    ("plugins",),
    ("findings",),
    ("comparison",),
    ("bench",),
    ("reproduce",),
    ("library",),
    ("ui", "cli"),
)
HEIGHT = {name: height for height, layer in enumerate(LAYERS) for name in layer}
WITH_TORCH = (
    *(f"irl_app/training/{name}.py" for name in ("build", "checkpoints", "here", "loop", "worker")),
    *(f"irl_app/bench/{name}.py" for name in ("soft_q", "actor_critic", "sqil_ours", "reward")),
    *(f"irl_app/bench/{name}_theirs.py" for name in ("sqil", "sac")),
)
"""The modules of the application that only a worker's process loads."""
SOURCES = [
    ROOT / "app.py",
    *sorted(p for top in ("trainers", "irl_app", "pages") for p in (ROOT / top).rglob("*.py")),
]


def imported(path: Path) -> Iterator[tuple[int, str]]:
    """(line, dotted name) of every import in a file, wherever it stands, relative ones made absolute."""
    package = path.relative_to(ROOT).parent.parts
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            for alias in node.names:
                yield node.lineno, alias.name
        elif isinstance(node, ast.ImportFrom):
            base = package[: len(package) - node.level + 1] if node.level else ()
            module = ".".join([*base, *([node.module] if node.module else [])])
            for alias in node.names:
                yield node.lineno, f"{module}.{alias.name}"


def imports_of(path: Path, *tops: str) -> list[str]:
    name = path.relative_to(ROOT)
    return [f"{name}:{line} imports {what}" for line, what in imported(path) if what.split(".")[0] in tops]


def in_folder(*folders: str) -> list[Path]:
    return [p for p in SOURCES if p.relative_to(ROOT).as_posix().startswith(folders)]


def test_there_is_something_to_check() -> None:
    assert len(in_folder("trainers/")) >= 5
    assert len(in_folder("irl_app/")) >= 20
    assert in_folder("pages/")


def test_trainers_know_nothing_above_them() -> None:
    assert [
        x for p in in_folder("trainers/") for x in imports_of(p, "irl_app", "pages", "streamlit", "plotly")
    ] == []


def test_only_the_pages_the_launcher_and_the_ui_import_streamlit() -> None:
    others = [p for p in SOURCES if p not in in_folder("pages/", "app.py", "irl_app/ui/")]
    assert [x for p in others for x in imports_of(p, "streamlit")] == []


def test_nothing_imports_the_pages_or_the_launcher() -> None:
    assert [x for p in in_folder("irl_app/", "trainers/") for x in imports_of(p, "pages", "app")] == []


def test_only_the_trainers_and_the_workers_modules_import_torch() -> None:
    """The server shares its process with every session: 1.8 s and 220 MB that no exact solver needs."""
    others = [p for p in SOURCES if p not in in_folder("trainers/", *WITH_TORCH)]
    assert [x for p in others for x in imports_of(p, "torch", "safetensors.torch")] == []


def test_no_other_module_of_the_application_loads_torch_on_the_way() -> None:
    modules = [
        ".".join(p.relative_to(ROOT).with_suffix("").parts)
        for p in in_folder("irl_app/")
        if p not in in_folder(*WITH_TORCH) and p.name not in ("__init__.py", "__main__.py", "main.py")
    ]
    code = (
        "import importlib, sys\n"
        f"for name in {modules}:\n"
        "    importlib.import_module(name)\n"
        "    assert 'torch' not in sys.modules, name\n"
    )
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stderr[-2000:]


def test_every_module_of_the_application_has_its_layer() -> None:
    names = {p.relative_to(ROOT / "irl_app").parts[0].removesuffix(".py") for p in in_folder("irl_app/")}
    assert names - {"__init__"} == set(HEIGHT)


@pytest.mark.parametrize("path", in_folder("irl_app/"), ids=lambda p: p.relative_to(ROOT).as_posix())
def test_imports_go_downwards(path: Path) -> None:
    own = path.relative_to(ROOT / "irl_app").parts[0].removesuffix(".py")
    if own == "__init__":  # the package's own face: it may hand out what lies inside
        return
    upwards = []
    for line, what in imported(path):
        parts = what.split(".")
        if parts[0] != "irl_app" or len(parts) < 2 or parts[1] not in HEIGHT:
            continue
        if parts[1] != own and HEIGHT[parts[1]] >= HEIGHT[own]:
            upwards.append(f"line {line}: {own} imports {what}")
    assert upwards == []


def test_one_module_knows_what_configures_the_trainer_of_networks() -> None:
    """Everything else asks it, so that another trainer, or another field, is a matter of that module."""
    others = [p for p in in_folder("irl_app/", "pages/", "app.py") if p.name != "request.py"]
    named = [
        p for p in others if re.search(r"\bTrainerConfig\b|\bTrainerMethod\b", p.read_text(encoding="utf-8"))
    ]
    assert named == []
    modules = ("trainers.deep.config.", "trainers.deep.loop_settings.")
    assert [
        f"{p.name}:{line}" for p in others for line, what in imported(p) if what.startswith(modules)
    ] == []


@pytest.mark.parametrize(
    ("setting", "users"),
    [
        *((name, []) for name in ("target_rate", "clone_weight", "sample_weight", "batch_size", "grad_clip")),
        *((name, ["irl_app/recovery.py"]) for name in ("l2", "pseudo_count")),
        ("value_clip", ["irl_app/training/evaluation.py"]),
    ],
)
def test_a_setting_is_named_where_it_is_declared_and_where_it_does_something(
    setting: str, users: list[str]
) -> None:
    """Forms, sliders, links, options and checks come from its field; usual values stand with their tasks."""
    values = ("irl_app/tasks/", "irl_app/bench/", "irl_app/reproduce/")
    files = [p for p in in_folder("irl_app/", "pages/", "app.py") if p not in in_folder(*values)]
    naming = [p for p in files if re.search(rf"\b{setting}\b", p.read_text(encoding="utf-8"))]
    assert [p.relative_to(ROOT).as_posix() for p in naming] == users


def test_the_range_of_a_number_is_declared_once() -> None:
    """Files, links, sliders and the command line ask its `Range`: no two are alike, none is spelled out in a
    comparison of the number, and no widget ends at a number of its own."""
    numbers = {"epsilon", "slip", "max_steps", "step_reward"}
    numbers |= {name for kind in (TabularConfig, TrainerConfig, PlaceConfig) for name in settings_of(kind)}
    ranges: list[str] = []
    spelled: list[str] = []
    for path in SOURCES:
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            again = False
            if isinstance(node, ast.Compare) and isinstance(node.left, ast.Constant):
                compared = ast.unparse(node.comparators[0]).rpartition(".")[2]
                again = len(node.ops) > 1 and compared in numbers - {"committee"}  # 1, or a few and more
            elif isinstance(node, ast.Call):
                called = ast.unparse(node.func).rpartition(".")[2]
                ranges += [ast.unparse(node)] * (called == "Range" and bool(node.args))
                end = node.args[2:3] if called in ("slider", "number_input") else []
                again = any(isinstance(one, ast.Constant) for one in end)
            spelled += [f"{path.name}: {ast.unparse(node)}"] * again
    assert spelled == []
    assert sorted(ranges) == sorted(set(ranges))


def test_value_policy_and_implied_reward_are_worked_out_in_one_module() -> None:
    """`trainers/soft.py`; what it is raced against and a network's own softmax are something else."""
    formula = re.compile(r"logsumexp|\bsoftmax\(|\bq - .*gamma \*")
    apart = in_folder("trainers/soft.py", "irl_app/bench/", "trainers/deep/image_networks.py")
    files = [p for p in SOURCES if p not in apart and formula.search(p.read_text(encoding="utf-8"))]
    assert [p.relative_to(ROOT).as_posix() for p in files] == []


def test_what_takes_spaces_counts_no_actions_by_itself() -> None:
    """Continuous actions are then a policy and a critic, not a second copy of all this."""
    folders = (
        "irl_app/training/",
        "irl_app/findings/",
        "irl_app/tasks/",
        "irl_app/comparison/",
        "irl_app/runs/",
    )
    files = in_folder(
        *folders, "irl_app/rewards/networks.py", "irl_app/rewards/wrapper.py", "trainers/learner.py"
    )
    grids = in_folder("irl_app/tasks/grid.py", "irl_app/findings/grids.py")
    counting = re.compile(r"(?<!self\.q\.)\bn_actions\b|\bobs_shape\b")
    named = [p for p in files if p not in grids and counting.search(p.read_text(encoding="utf-8"))]
    assert [p.relative_to(ROOT).as_posix() for p in named] == []


def test_pages_stay_thin() -> None:
    long = {
        p.name: n for p in in_folder("pages/") if (n := len(p.read_text(encoding="utf-8").splitlines())) > 60
    }
    assert long == {}


def test_the_served_app_never_loads_torch() -> None:
    """Run the main script once, as a session does, and look at what the process has loaded."""
    code = (
        "import sys, app\n"
        "from streamlit.testing.v1 import AppTest\n"
        "at = AppTest.from_file('irl_app/ui/main.py', default_timeout=60).run()\n"
        "assert not at.exception, at.exception\n"
        "loaded = [m for m in sys.modules if m.split('.')[0] == 'torch']\n"
        "sys.exit(f'torch was imported: {loaded[:3]}' if loaded else 0)\n"
    )
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stderr[-2000:]
