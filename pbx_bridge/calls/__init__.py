"""The call machine: what the PBX tells of its channels becomes what happened to a call.

The way in, `from_ami` and `from_cel`: messages and rows become `facts`. `machine` leads each fact
to the module that decides what it means:

- `finding`: whose channel it is; `supervision`: who only listens
- `legs`: phones are called, ring, are answered; `identifying`: what call it is
- `bridging`: into the PBX's bridges and out; `talks`: who speaks with whom, also in a conference
- `holds`, `consulting`, `transfers`, `pickups`, `recordings`
- `merging`: what is one call
- `endings`: who hung up, how it ended; `losses`: what disappeared without a word

They share the switchboard (`board`, `callbook`), and each tells by `telling` alone what it decided.
The way out, `events`: typed and in the past tense. `story` folds them into a call's `record`.
"""
