"""A class of thirty on one small machine: the board shows them, the server is killed, nothing is lost."""

from __future__ import annotations

import contextlib
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

from irl_app.classroom import Classroom
from irl_app.ui.class_exercise import free_starts, lab_of, pack, score_of, show_game
from irl_app.ui.questions import world_of

with contextlib.suppress(ImportError):  # without it the `browser` fixture skips, or fails in CI
    from playwright.sync_api import expect

STUDENTS = 30
LINK = "http://host/lab?preset=open&size=5&expert=soft-optimal&expert_value=0.3&method=iq"


def take_part(file: Path, code: str, number: int) -> None:
    """One student: joins, has the expert show two games, hands in."""
    room = Classroom(file)
    (exercise,) = room.exercises(code)
    student = room.join(code, f"Student {number}")
    starts = free_starts(world_of(lab_of(exercise)))
    games = tuple(
        show_game(exercise, starts[(7 * number + k) % len(starts)], student.name, k) for k in range(2)
    )
    room.keep(student, 1, pack(games[:1]))
    room.keep(student, 1, pack(games), score=score_of(exercise, games))


def test_thirty_answers_arrive_and_survive_a_killed_server(own_server: Any, browser_page: Any) -> None:
    page = browser_page(f"{own_server.url}/class")
    page.get_by_role("button", name="Open a class").click()
    expect(page.get_by_text("The class is open.")).to_be_visible()
    code = parse_qs(urlsplit(page.url).query)["c"][0]
    page.get_by_role("textbox", name="Question").fill("Where does it want to go?")
    page.get_by_role("textbox", name="Link of a lab").fill(LINK)
    page.get_by_role("button", name="Hand it out").click()
    expect(page.get_by_role("heading", name="Where does it want to go?")).to_be_visible()
    with ThreadPoolExecutor(6) as threads:
        list(threads.map(lambda n: take_part(own_server.file, code, n), range(STUDENTS)))
    expect(page.get_by_text(f"{STUDENTS} of {STUDENTS}")).to_be_visible()
    expect(page.locator(".irl-answer:not(.irl-waiting)")).to_have_count(STUDENTS)
    page.get_by_role("radio", name="No names").click()
    expect(page.get_by_text("Student 3")).to_have_count(0)
    page.goto("about:blank")  # an open page would complain of the server that goes away
    own_server.kill()
    own_server.start()
    page.goto(f"{own_server.url}/class?c={code}")
    expect(page.get_by_text(f"{STUDENTS} of {STUDENTS}")).to_be_visible()
    expect(page.locator(".irl-answer:not(.irl-waiting)")).to_have_count(STUDENTS)
    with page.expect_download() as caught:
        page.get_by_role("button", name="Save as CSV").click()
    rows = Path(caught.value.path()).read_text().splitlines()
    assert len(rows) == 1 + STUDENTS
    assert rows[0].startswith("name,handed_in_utc,games")
