"""A PBX that exists only in tests: it plays calls and says of them what Asterisk would."""
