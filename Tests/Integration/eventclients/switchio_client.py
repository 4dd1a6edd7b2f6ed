"""With switchio (asyncio in a thread of its own), which follows calls by their events and makes calls.

It has no server for the application `socket`: what it calls outbound are the calls that it makes.
"""

from __future__ import annotations

import asyncio
import threading
import types
from typing import Any


def _without_loop(function: Any) -> Any:
    """What Python had until 3.9: the loop as an argument, which is the running one all the same."""
    return lambda *arguments, loop=None, **named: function(*arguments, **named)


# The library's last release is for Python 3.6; these are what it uses that Python 3.11 no longer has.
asyncio.coroutine = types.coroutine  # type: ignore[attr-defined]
asyncio.Queue = _without_loop(asyncio.Queue)  # type: ignore[misc]
asyncio.wait_for = _without_loop(asyncio.wait_for)
asyncio.wait = _without_loop(asyncio.wait)  # type: ignore[assignment]
asyncio.Task = types.new_class("Task", (asyncio.Task,), exec_body=lambda body: body.update(  # type: ignore[misc]
    current_task=staticmethod(asyncio.current_task), all_tasks=staticmethod(asyncio.all_tasks)))

import switchio  # noqa: E402
from switchio.models import Session  # noqa: E402

from .shared import TONE, Job  # noqa: E402

_COLLECT = r"3 3 1 5000 # silence_stream://10 silence_stream://10 pin \d+ 3000"
_FOLLOWED = ("CHANNEL_EXECUTE", "CHANNEL_EXECUTE_COMPLETE", "PLAYBACK_START", "PLAYBACK_STOP", "DTMF",
             "CHANNEL_BRIDGE", "CHANNEL_UNBRIDGE", "RECORD_START", "RECORD_STOP")
"""Events that the library leaves to its applications."""


def _inbound(job: Job) -> None:
    over = threading.Event()
    listener = switchio.get_listener("127.0.0.1", job.port, job.password)

    def follow(event: dict[str, str]) -> tuple[bool, Session | None]:
        job.events.update([event["Event-Name"]])
        return listener.lookup_sess(event)

    class Application:
        """What the library calls for each channel."""

        @switchio.callback("CHANNEL_ANSWER")
        def count(self, _: Session) -> None:
            """Counts an event that the library follows itself."""
            job.events.update(["CHANNEL_ANSWER"])

        @switchio.coroutine("CHANNEL_PARK")
        async def handle(self, session: Session) -> None:
            """Handles the call."""
            await session.answer()
            digits = None
            applications = [("playback", TONE), ("play_and_get_digits", _COLLECT), *job.applications()]
            for application, data in applications:
                # Of a text with blanks uuid_broadcast reads the first word, unless it is in quotes.
                session.broadcast(f"'{application}::{data}'")
                while (event := await session.recv("CHANNEL_EXECUTE_COMPLETE"))["Application"] != application:
                    pass
                digits = event.get("variable_pin", digits)
            await session.hangup()
            job.done(digits)
            over.set()

    for name in _FOLLOWED:
        listener.event_loop.add_handler(name, follow)
    listener.connect()
    client = switchio.Client("127.0.0.1", job.port, job.password, listener=listener)
    client.connect()
    client.load_app(Application, on_value="default")
    listener.start()
    job.ready()
    over.wait()


def _originate(job: Job) -> None:
    """Makes calls in the background, all at once, and follows them by the header that names the application."""
    calls = int(job.recording)
    over = threading.Semaphore(0)
    causes: list[str] = []
    listener = switchio.get_listener("127.0.0.1", job.port, job.password)

    class Application:
        """What the library calls for each channel that carries its name."""

        @switchio.callback("CHANNEL_CREATE")
        def created(self, _: Session) -> None:
            """Counts."""
            job.events.update(["CHANNEL_CREATE"])

        @switchio.callback("CHANNEL_ORIGINATE")
        def originated(self, _: Session) -> None:
            """Counts."""
            job.events.update(["CHANNEL_ORIGINATE"])

        @switchio.callback("CHANNEL_ANSWER")
        def answered(self, _: Session) -> None:
            """Counts."""
            job.events.update(["CHANNEL_ANSWER"])

        @switchio.callback("CHANNEL_PARK")
        def parked(self, _: Session) -> None:
            """Counts."""
            job.events.update(["CHANNEL_PARK"])

        @switchio.callback("CHANNEL_HANGUP")
        def ended(self, session: Session, _: object) -> None:
            """Counts, and notes why."""
            job.events.update(["CHANNEL_HANGUP"])
            causes.append(session["Hangup-Cause"])
            over.release()

    listener.connect()
    client = switchio.Client("127.0.0.1", job.port, job.password, listener=listener)
    client.connect()
    application = client.load_app(Application, on_value="rig-calls")
    listener.start()
    target = job.target.partition("sip:")[2]
    jobs = [client.originate(target, app_id=application) for _ in range(calls)]
    for _ in range(calls):
        if not over.acquire(timeout=20):
            break
    answers = [one.get(timeout=5) == one.sess_uuid for one in jobs]
    job.tell(answered=sum(answers), causes=causes, left=listener.count_sessions())


if __name__ == "__main__":
    JOB = Job.from_arguments()
    {"inbound": _inbound, "originate": _originate}[JOB.mode](JOB)
