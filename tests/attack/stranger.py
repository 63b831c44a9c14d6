"""``python -m tests.attack.stranger``: irl-app as somebody to whom the runs do not belong; prints the faults.

Who is root becomes nobody once everything is loaded, which nobody may perhaps not read; for others the modes
of the files are enough.
"""

from __future__ import annotations

import json
import os
import tempfile
from pathlib import Path

from tests.attack.faults import STRANGERS, told

NOBODY = 65_534


def main() -> None:
    """Ask for everything, and hold against it what is told."""
    asked = [
        [part.format(root=os.environ["IRL_APP_RUNS"]) for part in command] for command, _, _ in STRANGERS
    ]
    if os.geteuid() == 0:
        with tempfile.TemporaryDirectory() as folder:
            for command in (*asked[:5], ["export", asked[2][1], "--out", f"{folder}/reward.npz"]):
                told(command)
        os.setgid(NOBODY)
        os.setuid(NOBODY)
    os.chdir(Path("/"))
    faults = []
    for command, (_, wanted, says) in zip(asked, STRANGERS, strict=True):
        code, said = told(command)
        if code != wanted or "Traceback" in said or not all(one in said for one in says):
            faults.append(f"{' '.join(command)}: exit {code}: {said[-900:]}")
    print(json.dumps(faults))


if __name__ == "__main__":
    main()
