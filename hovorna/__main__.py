import os
import sys

from hovorna.cli import main

if __name__ == "__main__":
    # Clients, recordings and the phones' passwords are nobody else's on this machine.
    os.umask(0o077)
    sys.exit(main())
