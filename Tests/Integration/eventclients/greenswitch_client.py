"""With greenswitch (gevent)."""

from __future__ import annotations

import uuid

from gevent import monkey

monkey.patch_all()

import gevent  # noqa: E402
from gevent.event import Event  # noqa: E402
from gevent.queue import Queue  # noqa: E402
from greenswitch import InboundESL  # noqa: E402
from greenswitch.esl import ESLEvent, OutboundESLServer, OutboundSession  # noqa: E402

from .shared import TONE, Job  # noqa: E402

_COLLECT = r"3 3 1 5000 # silence_stream://10 silence_stream://10 pin \d+ 3000"


def _outbound(job: Job) -> None:
    over = Event()

    class Application:
        """What the server makes for each call."""

        def __init__(self, session: OutboundSession) -> None:
            self.session = session

        def run(self) -> None:
            """Handles the call."""
            session = self.session
            session.before_handle = lambda event: job.events.update([event.headers.get("Event-Name", "")])
            # Events reach before_handle only where there is a handler.
            session.register_handle("*", lambda event: None)
            session.myevents()
            session.linger()
            session.answer()
            session.playback(TONE)
            digits = session.play_and_get_digits(3, 3, 1, 5000, "#", "silence_stream://10", "silence_stream://10", "pin",
                                                 r"\d+", 3000, "")
            for application, data in job.applications():
                session.call_command(application, data, block=True, response_timeout=10)
            session.hangup()
            job.done(digits)
            over.set()

    server = OutboundESLServer("127.0.0.1", job.port, Application)
    gevent.spawn(server.listen)
    gevent.sleep(0)
    job.ready()
    over.wait()
    server.stop()


def _inbound(job: Job) -> None:
    parked: Queue = Queue()
    completed: Queue = Queue()

    def count(event: ESLEvent) -> None:
        name = event.headers.get("Event-Name", "")
        job.events.update([name])
        if name == "CHANNEL_PARK":
            parked.put(event.headers["Unique-ID"])
        if name == "CHANNEL_EXECUTE_COMPLETE":
            completed.put(event)

    with InboundESL("127.0.0.1", job.port, job.password) as client:
        client.register_handle("*", count)
        client.send("events plain ALL")
        job.ready()
        uuid = parked.get()
        digits = None
        applications = [("answer", ""), ("playback", TONE), ("play_and_get_digits", _COLLECT), *job.applications()]
        for application, data in applications:
            client.send(f"sendmsg {uuid}\ncall-command: execute\nexecute-app-name: {application}\n"
                        f"execute-app-arg: {data}\nevent-lock: true")
            while (event := completed.get()).headers["Application"] != application:
                pass
            digits = event.headers.get("variable_pin", digits)
        client.send(f"sendmsg {uuid}\ncall-command: hangup\nhangup-cause: NORMAL_CLEARING")
        job.done(digits)


def _originate(job: Job) -> None:
    """A command makes the call, and is answered when the other end has."""
    channel = str(uuid.uuid4())
    followed: Queue = Queue()

    def follow(event: ESLEvent) -> None:
        job.events.update([event.headers.get("Event-Name", "")])
        if event.headers.get("Unique-ID") == channel:
            followed.put(event.headers)

    with InboundESL("127.0.0.1", job.port, job.password) as client:
        client.register_handle("*", follow)
        client.send("events plain ALL")
        answer = client.send(f"api originate {{origination_uuid={channel}}}{job.target} &park()").data
        names, cause = [], None
        while cause is None:
            headers = followed.get()
            names.append(headers["Event-Name"])
            if headers["Event-Name"] == "CHANNEL_HANGUP_COMPLETE":
                cause = headers["Hangup-Cause"]
        job.tell(channel=channel, answer=answer, cause=cause, names=names)


if __name__ == "__main__":
    JOB = Job.from_arguments()
    {"inbound": _inbound, "outbound": _outbound, "originate": _originate}[JOB.mode](JOB)
