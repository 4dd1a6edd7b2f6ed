"""With genesis (asyncio)."""

from __future__ import annotations

import asyncio
import uuid
from collections.abc import Callable

from genesis import Inbound, Outbound, Session
from genesis.channel import Channel
from genesis.protocol import Protocol

from .shared import TONE, Job


async def _play_and_collect(channel: Channel) -> str | None:
    await channel.answer()
    await channel.playback(TONE)
    collected = await channel.play_and_get_digits(1, 5000, "#", "silence_stream://10", minimal=3, maximum=3,
                                                  invalid_file="silence_stream://10", var_name="pin", regexp=r"\d+",
                                                  digit_timeout=3000)
    return collected.get("variable_pin")


def _counter(job: Job) -> Callable[[Protocol, dict[str, str]], None]:
    """Counts in the order of arrival, before genesis hands an event on.

    Not `on("*")`: a handler hears nothing of an event for which genesis itself waits on this channel.
    """
    def count(_: Protocol, event: dict[str, str]) -> None:
        if name := event.get("Event-Name"):
            job.events.update([name])

    return count


async def _outbound(job: Job) -> None:
    over = asyncio.Event()

    async def handle(session: Session) -> None:
        session.event_processors.append(_counter(job))
        assert session.channel
        digits = await _play_and_collect(session.channel)
        for application, data in job.applications():
            await session.sendmsg("execute", application, data, lock=True, block=True, timeout=10)
        await session.channel.hangup()
        job.done(digits)
        over.set()

    server = Outbound(handle, "127.0.0.1", job.port)
    await server.start(block=False)
    job.ready()
    await over.wait()
    await server.stop()


async def _inbound(job: Job) -> None:
    parked: asyncio.Queue[str] = asyncio.Queue()
    completed: asyncio.Queue[str] = asyncio.Queue()

    def follow(_: Protocol, event: dict[str, str]) -> None:
        if event.get("Event-Name") == "CHANNEL_PARK":
            parked.put_nowait(event["Unique-ID"])
        if event.get("Event-Name") == "CHANNEL_EXECUTE_COMPLETE":
            completed.put_nowait(event["Application"])

    async with Inbound("127.0.0.1", job.port, job.password) as client:
        client.event_processors += [_counter(job), follow]
        await client.send("event plain ALL")
        job.ready()
        uuid = await parked.get()
        channel = await client.get_channel(uuid)
        digits = await _play_and_collect(channel)
        for application, data in job.applications():
            await client.send(f"sendmsg {uuid}\ncall-command: execute\nexecute-app-name: {application}\n"
                              f"execute-app-arg: {data}\nevent-lock: true")
            while await completed.get() != application:
                pass
        await channel.hangup()
        job.done(digits)


async def _originate(job: Job) -> None:
    """A job in the background makes the call."""
    channel = str(uuid.uuid4())
    followed: asyncio.Queue[dict[str, str]] = asyncio.Queue()

    def follow(_: Protocol, event: dict[str, str]) -> None:
        if event.get("Event-Name") == "BACKGROUND_JOB" or event.get("Unique-ID") == channel:
            followed.put_nowait(event)

    async with Inbound("127.0.0.1", job.port, job.password) as client:
        client.event_processors += [_counter(job), follow]
        await client.send("event plain ALL")
        reply = await client.send(f"bgapi originate {{origination_uuid={channel}}}{job.target} &park()")
        names, answer, cause = [], None, None
        # The answer of the job and the events of the channel come in no order of their own.
        while answer is None or cause is None:
            event = await followed.get()
            if event["Event-Name"] == "BACKGROUND_JOB":
                if event["Job-UUID"] == reply["Job-UUID"]:
                    answer = getattr(event, "body", None) or "(no body)"
                continue
            names.append(event["Event-Name"])
            if event["Event-Name"] == "CHANNEL_HANGUP_COMPLETE":
                cause = event["Hangup-Cause"]
        job.tell(channel=channel, answer=answer, cause=cause, names=names)


if __name__ == "__main__":
    JOB = Job.from_arguments()
    asyncio.run({"inbound": _inbound, "outbound": _outbound, "originate": _originate}[JOB.mode](JOB))
