"""Several who take one call at the same moment, on two loops: one has it, and nothing is left over."""

from __future__ import annotations

import json
import random
import time
import uuid
from collections.abc import Callable
from contextlib import contextmanager

from rig.console import Console
from rig.process import RigError, poll
from rig.suite import Context, scenario
from rig.switch import Switch

_ROUNDS = 150
# Where a channel may be after its taker went: where it was, or on its way out; hibernating is for who is taken.
_SETTLED = ("CS_EXECUTE", "CS_PARK", "gone")


@contextmanager
def _two_loops(context: Context, name: str):
    """A switch whose channels are spread over two loops."""
    first = context.tandem()
    switch = Switch(first.binary, context.directory / name, context.ports, first.overlay, core={"sessions-per-second": "1000"},
                    options=("--loops", "2"))
    switch.start()
    try:
        yield switch
        switch.console().api("hupall")
        switch.wait_idle()
    finally:
        switch.stop()


def _channel(console: Console, after: str = "&park") -> str:
    answer = console.api(f"originate null/rig {after}")
    if not answer.startswith("+OK "):
        raise RigError(f"originate says {answer}")
    return answer.split()[1]


def _spin(seconds: float) -> None:
    """Waits for less than the system lets anybody sleep."""
    until = time.perf_counter() + seconds
    while time.perf_counter() < until:
        pass


def _state(console: Console, channel: str) -> str:
    lines = console.api(f"uuid_dump {channel}").splitlines()
    return next((line.split(": ")[1] for line in lines if line.startswith("Channel-State: ")), "gone")


def _partner(console: Console, channel: str) -> str:
    return console.api(f"uuid_getvar {channel} bridge_uuid").strip()


def _are_bridged(console: Console, one: str, two: str) -> bool:
    """Whether each is the other's partner."""
    return _partner(console, one) == two and _partner(console, two) == one


def _settled_state(console: Console, taken: str, taker: str) -> str | None:
    """Where a channel is, once it stays there: with its taker, when that was sent elsewhere before it was sent to take it."""
    state = _state(console, taken)
    if state in _SETTLED:
        return state
    return "bridged" if _are_bridged(console, taken, taker) else None


@scenario("takeovers")
def takers_that_go_leave_nobody(context: Context) -> str:
    """The taker is hung up, or sent elsewhere, at any moment of the take-over."""
    places = (i for i in range(9000, 9999))
    goes: tuple[Callable[[str], str], ...] = (lambda x: f"uuid_kill {x}", lambda x: f"uuid_transfer {x} park inline")
    seen: dict[str, int] = {}
    chance = random.Random(1)
    with _two_loops(context, "takers-that-go") as switch:
        console, taking, going = switch.console(), switch.console(), switch.console()
        for number in range(_ROUNDS):
            place = next(places)
            is_valet = number % 3 == 2
            taken = _channel(console, f"'valet_park:rig {place}' inline" if is_valet else "&park")
            taker = _channel(console)
            how = f"valet_park:rig {place}" if is_valet else f"intercept:{taken}"
            taking.send(f"api uuid_transfer {taker} '{how},park' inline")
            _spin(chance.uniform(0.0001, 0.001))
            going.send("api " + goes[number % 2](taker))
            taking.answer()
            going.answer()
            state = poll(f"{taken} is somewhere, round {number}",
                         lambda taken=taken, taker=taker: _settled_state(console, taken, taker), timeout=10)
            seen[state] = seen.get(state, 0) + 1
            console.api(f"uuid_kill {taken}")
            console.api(f"uuid_kill {taker}")
    return ", ".join(f"{count} {state}" for state, count in sorted(seen.items()))


@scenario("takeovers")
def one_of_several_takers_has_the_call(context: Context) -> str:
    with _two_loops(context, "several-takers") as switch:
        console = switch.console()
        takers_consoles = [switch.console() for _ in range(3)]
        for number in range(_ROUNDS // 10):
            taken = _channel(console)
            takers = [_channel(console) for _ in takers_consoles]
            for one, taker in zip(takers_consoles, takers):
                one.send(f"api uuid_transfer {taker} 'intercept:{taken},park' inline")
            for one in takers_consoles:
                one.answer()

            def settled() -> bool:
                # Whoever came too late goes on, and whoever the call was taken away from again has ended.
                having = [taker for taker in takers if _state(console, taker) not in ("CS_PARK", "gone")]
                return having == [_partner(console, taken)] and _partner(console, having[0]) == taken

            poll(f"one has the call, the others have not, round {number}", settled, timeout=10)
            console.api("hupall")
            switch.wait_idle()
    return f"{_ROUNDS // 10} rounds of 3"


@scenario("takeovers")
def who_take_each_other_can_be_ended(context: Context) -> str:
    rounds = _ROUNDS // 3
    with _two_loops(context, "each-other") as switch:
        console, other = switch.console(), switch.console()
        for number in range(rounds):
            one, two = _channel(console), _channel(console)
            console.send(f"api uuid_transfer {one} 'intercept:{two},park' inline")
            other.send(f"api uuid_transfer {two} 'intercept:{one},park' inline")
            console.answer()
            other.answer()
            console.api(f"uuid_kill {one}")
            console.api(f"uuid_kill {two}")
            poll(f"both are gone, round {number}",
                 lambda one=one, two=two: {_state(console, one), _state(console, two)} == {"gone"}, timeout=10)
    return f"{rounds} rounds"


def _states(console: Console) -> list[str]:
    return [row["state"] for row in json.loads(console.api("show channels as json")).get("rows", [])]


@scenario("takeovers")
def two_transfers_leave_no_called_leg(context: Context) -> str:
    """A channel is sent into a new bridge, and with its partner elsewhere, at the same moment."""
    rounds, chance = _ROUNDS // 2, random.Random(2)
    with _two_loops(context, "two-transfers") as switch:
        console, first, second = switch.console(), switch.console(), switch.console()
        for number in range(rounds):
            caller = _channel(console, "'bridge:null/old' inline")
            poll("the bridge is there", lambda caller=caller: _partner(console, caller).count("-") == 4, timeout=10)
            first.send(f"api uuid_transfer {caller} 'bridge:null/new' inline")
            _spin(chance.uniform(0, 0.0012))
            second.send(f"api uuid_transfer {caller} -both park inline" if number % 2
                        else f"api uuid_dual_transfer {caller} park/inline park/inline")
            first.answer()
            second.answer()
            console.api(f"uuid_kill {caller}")
            poll(f"nobody is bridged with nobody, round {number}",
                 lambda: not {"CS_EXCHANGE_MEDIA", "CS_HIBERNATE"} & set(_states(console)), timeout=10)
            console.api("hupall")
    return f"{rounds} rounds"


@scenario("takeovers")
def calls_made_and_bridged_in_one_breath(context: Context) -> str:
    """Click to dial: the client waits for no answer before it bridges the two calls."""
    with _two_loops(context, "in-one-breath") as switch:
        console = switch.console()
        for number in range(_ROUNDS):
            one, two = str(uuid.uuid4()), str(uuid.uuid4())
            console.send(f"api originate {{origination_uuid={one}}}null/one &park",
                         f"api originate {{origination_uuid={two}}}null/two &park",
                         f"api uuid_bridge {one} {two}")
            for _ in range(3):
                console.answer()
            poll(f"they are bridged, round {number}", lambda one=one, two=two: _are_bridged(console, one, two), timeout=10)
            console.api(f"uuid_kill {one}")
    return f"{_ROUNDS} rounds"


@scenario("takeovers")
def the_same_bridge_twice_is_one(context: Context) -> str:
    """A client that asks again, or two agents who mean the same call."""
    chance = random.Random(3)
    with _two_loops(context, "the-same-twice") as switch:
        console, first, second = switch.console(), switch.console(), switch.console()
        for number in range(_ROUNDS):
            one, two = _channel(console), _channel(console)
            first.send(f"api uuid_bridge {one} {two}")
            _spin(chance.uniform(0, 0.0006))
            second.send(f"api uuid_bridge {one} {two}" if number % 3 else f"api uuid_bridge {two} {one}")
            first.answer()
            second.answer()
            poll(f"they are bridged, round {number}", lambda one=one, two=two: _are_bridged(console, one, two), timeout=10)
            console.api(f"uuid_kill {one}")
    return f"{_ROUNDS} rounds"


@scenario("takeovers")
def who_comes_for_a_parked_call_and_goes_leaves_it_there(context: Context) -> str:
    """The call waits at its place as before, or has been taken and ends with the taker."""
    kept, chance = 0, random.Random(4)
    with _two_loops(context, "comes-and-goes") as switch:
        console, taking, going = switch.console(), switch.console(), switch.console()
        for number in range(_ROUNDS):
            place = 8000 + number
            parked = _channel(console, f"'valet_park:rig {place}' inline")
            poll("it is parked", lambda parked=parked: parked in console.api("valet_info rig"), timeout=10)
            taker = _channel(console)
            taking.send(f"api uuid_transfer {taker} 'valet_park:rig {place}' inline")
            _spin(chance.uniform(0, 0.001))
            going.send(f"api uuid_kill {taker}")
            taking.answer()
            going.answer()
            poll(f"it is there or gone, round {number}",
                 lambda parked=parked: _state(console, parked) == "gone" or parked in console.api("valet_info rig"), timeout=10)
            kept += _state(console, parked) != "gone"
            console.api(f"uuid_kill {parked}")
            poll("the place is free", lambda parked=parked: parked not in console.api("valet_info rig"), timeout=10)
    return f"{kept} of {_ROUNDS} were still parked"
