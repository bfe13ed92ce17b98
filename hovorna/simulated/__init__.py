"""The people of the demo: employees at simulated desk phones, clients behind the lines."""
