"""Programs that control calls over the event socket with libraries that others wrote.

Each is run as `python -m eventclients.NAME inbound|outbound PORT PASSWORD TARGET RECORDING`. It prints `ready` when a
call may come, and `done` with what it has seen, as JSON, when the call is over. With `originate` it makes calls itself,
follows each by its events to the end, and prints `done` then; in the place of RECORDING is the number of calls.
"""
