"""`python -m pbx_bridge.sip`: the headless phone, driven by `process.py`."""

import sys

from pbx_bridge.sip.program import main

sys.exit(main())
