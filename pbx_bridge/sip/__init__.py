"""SIP: a headless phone on pjsua2 in a process of its own, and the check of a line.

`process.py` drives it from asyncio and imports no pjsua2; the rest runs in the phone's process.
"""
