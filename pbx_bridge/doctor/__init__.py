"""Is an existing PBX ready to be connected? Looks, and writes nothing to that PBX."""
