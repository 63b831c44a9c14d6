"""How fast the app feels, in a real browser: ``python -m tests.browser.measure [--moves N] [--json]``.

Prints the cold start of the server to the first maps, the time from a slider's input event to redrawn maps
with IQ-Learn at 10x10 and 30x30, and the time to the final answer of cross-validated causal maximum
likelihood at 10x10.
"""

from __future__ import annotations

import argparse
import json
import statistics
import time
from typing import Any

from tests.browser.serving import browse, serve

TARGETS = {"cold_start_s": 5.0, "slider_10x10_ms": 150.0, "slider_30x30_ms": 400.0, "causal_ml_final_s": 3.0}

# Moves a slider of the live group step by step and times each: input event -> maps drawn -> next frame.
MOVE_SLIDER = """async ({name, moves}) => {
  const everything = (root) => [...root.querySelectorAll("*")].flatMap(
    (e) => [e, ...(e.shadowRoot ? everything(e.shadowRoot) : [])]);
  const range = everything(document).find((e) => e.matches(`input[type=range][data-name=${name}]`));
  const times = [];
  const low = Number(range.min), high = Number(range.max);
  for (let i = 0; i < moves; i++) {
    await new Promise((done) => setTimeout(done, 250));
    const drawn = new Promise((done) => document.addEventListener(
      "irl-drawn", () => requestAnimationFrame(() => done()), { once: true }));
    const start = performance.now();
    range.value = low + (high - low) * (0.3 + 0.4 * ((i * 0.618) % 1));
    range.dispatchEvent(new Event("input", { bubbles: true }));
    await drawn;
    times.push(performance.now() - start);
  }
  return times;
}"""


FIRST_MAPS = """async () => {
  while (window.firstMaps === undefined) await new Promise((done) => setTimeout(done, 10));
}"""  # not wait_for_function: it evaluates text in the page, which the app's policy forbids


def open_page(browser: Any, url: str) -> Any:
    """A page in a context of its own, once its first maps are drawn."""
    page = browser.new_context(viewport={"width": 1440, "height": 900}).new_page()
    page.add_init_script(
        "document.addEventListener('irl-drawn', () => { window.firstMaps ??= performance.now(); });"
    )
    page.goto(url)
    page.evaluate(FIRST_MAPS)
    return page


def slider_times(browser: Any, url: str, size: int, moves: int) -> list[float]:
    """Milliseconds from a slider's input event to redrawn maps, for IQ-Learn at ``size`` x ``size``."""
    page = open_page(browser, f"{url}/lab?method=iq&size={size}&lens=marginal&more=1")
    page.wait_for_timeout(2_000)
    times: list[float] = page.evaluate(MOVE_SLIDER, {"name": "alpha", "moves": moves})
    page.context.close()
    return times


def causal_ml_seconds(browser: Any, url: str) -> float:
    """Seconds from asking for other demonstrations to causal maximum likelihood's final answer at 10x10."""
    page = open_page(browser, f"{url}/lab?more=1&method=ml&seed={int(time.time()) % 9_000}")
    final, refining = page.get_by_text("Assumed where nobody went: "), page.get_by_text("Refining")
    final.wait_for(timeout=60_000)
    page.wait_for_timeout(1_000)
    start = time.monotonic()
    page.get_by_test_id("stNumberInput").filter(has_text="Seed").get_by_label("Increment").click()
    refining.first.wait_for(timeout=60_000)
    refining.first.wait_for(state="hidden", timeout=60_000)
    final.wait_for(timeout=60_000)
    seconds = time.monotonic() - start
    page.context.close()
    return seconds


def measure(moves: int) -> dict[str, float]:
    """All figures, by name."""
    with browse() as browser:
        start = time.monotonic()
        with serve() as (url, _pid):
            page = open_page(browser, f"{url}/lab")
            figures = {"cold_start_s": time.monotonic() - start}
            page.context.close()
            time.sleep(3.0)  # the searches' processes warm up beside the first page
            for size in (10, 30):
                times = slider_times(browser, url, size, moves)
                figures[f"slider_{size}x{size}_ms"] = statistics.median(times)
                figures[f"slider_{size}x{size}_p95_ms"] = sorted(times)[int(0.95 * len(times))]
            figures["causal_ml_final_s"] = causal_ml_seconds(browser, url)
    return figures


def main() -> None:
    """Print a table, or one JSON object."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--moves", type=int, default=40, help="slider moves for each size (default 40)")
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    args = parser.parse_args()
    figures = measure(args.moves)
    if args.json:
        print(json.dumps({name: round(value, 2) for name, value in figures.items()}))
        return
    for name, value in figures.items():
        target = f"   (asked for: {TARGETS[name]:g})" if name in TARGETS else ""
        print(f"{name:24} {value:8.2f}{target}")


if __name__ == "__main__":
    main()
