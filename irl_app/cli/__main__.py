"""``python -m irl_app.cli`` is ``irl-app``."""

import sys

from irl_app.cli import main

sys.exit(main())
