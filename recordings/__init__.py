"""From the PBX's spool to a playable, searchable, permitted recording.

`ingest` takes what the PBX wrote, `worker` (a process of its own) does the audio, `store` keeps and
serves the files, `retention` deletes the old ones. The database is reached through
`ports.Catalogue`; nothing here knows calls, clients or HTTP.
"""
