"""The rig's own ear: it must hear what is wrong with a recording."""

from __future__ import annotations

import numpy

from rig import tones
from rig.process import RigError
from rig.suite import Context, scenario


def _tone(hertz: float = 440, seconds: float = 5, amplitude: float = tones.AMPLITUDE) -> numpy.ndarray:
    return amplitude * numpy.sin(2 * numpy.pi * hertz * numpy.arange(int(tones.RATE * seconds)) / tones.RATE)


def _with_silence(milliseconds: int) -> numpy.ndarray:
    samples = _tone()
    samples[20000:20000 + milliseconds * tones.RATE // 1000] = 0
    return samples


def _with_loss(milliseconds: int) -> numpy.ndarray:
    return numpy.delete(_tone(), slice(20000, 20000 + milliseconds * tones.RATE // 1000))


def _with_packet_loss(one_in: int) -> numpy.ndarray:
    packet = numpy.arange(6 * tones.RATE) // 160
    return _tone(seconds=6)[packet % one_in != one_in - 1]


# A recording, and a word that one of the complaints about it must have ("" when there is nothing to complain of).
_CASES: dict[str, tuple[numpy.ndarray, str]] = {
    "a clean tone": (_tone(), ""),
    "a gap of 30 ms": (_with_silence(30), ""),
    "a gap of 60 ms": (_with_silence(60), "gap"),
    "3 % too high": (_tone(hertz=453.2), "pitch"),
    "8 dB too quiet": (_tone(amplitude=tones.AMPLITUDE * 0.4), "level"),
    "8 dB too loud": (_tone(amplitude=tones.AMPLITUDE * 2.5), "level"),
    "too short": (_tone(seconds=3), "only 3"),
    "another tone beside it": (_tone() + _tone(620), "energy"),
    "another tone": (_tone(620), "no 440"),
    "silence": (0 * _tone(), "no 440"),
    "one packet in 25 lost": (_with_packet_loss(25), "lost"),
    "half a second lost": (_with_loss(505), "only 4"),
}


@scenario("rig", direct=True)
def tone_analysis(_: Context) -> str:
    for name, (samples, complaint) in _CASES.items():
        found = tones.problems(tones.analyse(samples, tones.RATE, 440), 440, at_least_seconds=4.9)
        if not complaint and found or complaint and not any(complaint in text for text in found):
            raise RigError(f"{name}: expected {complaint or 'nothing'}, found {found}")
    slips = tones.analyse(_with_loss(23), tones.RATE, 440)
    if not slips or slips.slips != 1:
        raise RigError(f"23 ms cut out: expected one slip, found {slips}")
    return f"{len(_CASES)} recordings judged rightly"
