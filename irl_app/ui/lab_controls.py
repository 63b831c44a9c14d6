"""Which sliders a recipe has, and what every control of the lab says about itself."""

from __future__ import annotations

from irl_app.envs.grid_spec import GridSpec
from irl_app.recipes import METHODS
from irl_app.ui.components import Slider
from irl_app.ui.lab_state import DEFAULT, LabState
from irl_app.ui.link_keys import ALPHA, BETA, GAMMA, L2, PSEUDO_COUNT, SCALE, TEMPERATURE

HELP = {
    "preset": "A world to start from. Everything in it can be redrawn.",
    "size": "Cells a side, 2 to 100. Maps follow a slider at once up to about 30.",
    "world": "Another layout: other walls, goals or rewards",
    "expert": "Who shows what to do. Play in the world yourself to become the expert.",
    "temperature_of_expert": "At 0.01 the expert nearly always takes the best action, at 10 nearly any.",
    "noise_of_expert": "How often the expert acts at random: 0 never, 1 always.",
    "demos": "Episodes to learn from. “Endless” uses the expert's exact share of time on every action.",
    "seed": "Another number gives other demonstrations of the same expert.",
    "method": "How the reward is learned from the demonstrations.",
    "divergence": "How the distance between the expert's and the learner's behaviour is measured.",
    "penalty": "Where large rewards cost something: on the expert's actions alone, half on the "
    "learner's own, or on all actions, mixed by β. On the expert's alone, the rest is left open.",
    "value_term": "How the value of the start is estimated: from first states, from all states the expert "
    "visited, or from the mean of both.",
    "terminal": "What the end of an episode is worth: nothing, as in the paper, or what is learned for it. "
    "With nothing, a learner that is paid for every step shuns the goal.",
    "dynamics": "Whether the learner knows how the world moves, or counts it from the demonstrations.",
    "lens": "Four readings of the same recovered reward, from the most detailed to the most portable.",
}

PENALTIES = {"expert": "the expert's actions", "mixture": "expert and learner", "uniform": "all actions (β)"}
VALUE_TERMS = {"initial": "first states", "expert": "all visited states", "mixture": "mean of both"}
TERMINALS = {"zero": "worth nothing", "absorbing": "learned"}
DYNAMICS = {"known": "known", "estimated": "counted from demonstrations"}


def sliders_of(lab: LabState, grid: GridSpec) -> tuple[list[Slider], dict[str, float]]:
    """The sliders that shape this lab's answer, top to bottom, and where they stand."""
    recipe = lab.recipe
    shaped = METHODS[recipe.method].shaped_by
    usual = DEFAULT.recipe
    sliders = []
    if "alpha" in shaped:
        text = "How freely rewards may grow: the penalty is r²/(4α). Small values flatten the reward."
        sliders.append(Slider("alpha", "Regulariser α", *ALPHA, usual.alpha, scale="log", help=text))
    if "beta" in shaped and recipe.penalty == "uniform":
        text = "Share of the penalty that lies evenly on all actions. At 0 only the expert's are penalised."
        sliders.append(Slider("beta", "Uniform share β", *BETA, usual.beta, step=0.01, help=text))
    if "scale" in shaped and recipe.divergence != "chi2":
        text = "Stretches the divergence: larger values keep rewards inside the range it allows."
        sliders.append(Slider("scale", "Reward scale λ", *SCALE, usual.scale, scale="log", help=text))
    if "l2" in shaped:
        text = "Keeps rewards small: the penalty is λ r²/2."
        sliders.append(Slider("l2", "Ridge λ", *L2, usual.l2, scale="log", help=text))
    if "pseudo_count" in shaped:
        text = "Added to the count of every action: 0.1 is a tenth of a demonstration."
        sliders.append(
            Slider("pseudo_count", "Pseudo-count", *PSEUDO_COUNT, usual.pseudo_count, scale="log", help=text)
        )
    text = "How much the learner's policy wavers, in units of reward: its actions follow exp(Q/τ)."
    sliders.append(
        Slider("temperature", "Temperature τ", *TEMPERATURE, usual.temperature, scale="log", help=text)
    )
    text = "How much the next step's value counts. It starts at the world's own."
    sliders.append(Slider("gamma", "Discount γ", *GAMMA, grid.gamma, step=0.001, help=text))
    values = {s.name: getattr(recipe, s.name) for s in sliders if getattr(recipe, s.name) is not None}
    return sliders, values
