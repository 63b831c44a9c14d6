"""Whoever came first has the first turn, and who stops waiting holds nobody up."""

from __future__ import annotations

import threading

import pytest

from irl_app.ui.turns import Turns


def test_turns_come_in_order_and_who_leaves_is_passed_over() -> None:
    turns, order, left = Turns(), list[int](), threading.Event()

    def take(number: int, waits: threading.Event) -> None:
        def still_wanted() -> None:
            waits.set()
            if number == 1:
                raise InterruptedError

        if number == 1:
            with pytest.raises(InterruptedError), turns.turn(still_wanted):
                order.append(number)
            left.set()
        else:
            with turns.turn(still_wanted):
                order.append(number)

    threads = []
    with turns.turn(lambda: None):
        for number in (0, 1, 2):
            waits = threading.Event()
            threads.append(threading.Thread(target=take, args=(number, waits)))
            threads[-1].start()
            assert waits.wait(60)
        assert left.wait(60)
        assert order == []
    for thread in threads:
        thread.join(60)
    assert order == [0, 2]
