"""A short soak; `Tests/Integration/soak` is the long one."""

from __future__ import annotations

from rig.suite import Context, scenario
from soakrig import soak

_COURSE = soak.Course(calls=1000, rate=25, growth=0.3, bound=300)


@scenario("soak")
def nothing_left_of_a_thousand_calls(context: Context) -> str:
    switch = soak.make_switch(context.tandem().binary, context.directory / "soaked", context.ports)
    switch.start()
    try:
        return str(soak.run(switch, context.directory, _COURSE, lambda _: None))
    finally:
        switch.stop()
