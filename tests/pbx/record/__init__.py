"""Keeps what the bundled PBX said of the scenarios, for the replay tests."""
