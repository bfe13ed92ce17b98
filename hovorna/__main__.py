import sys

from hovorna.cli import main

if __name__ == "__main__":
    sys.exit(main())
