"""Tones: writing them to WAV files and finding them again in recordings."""

from __future__ import annotations

import math
import wave
from dataclasses import dataclass
from pathlib import Path

import numpy

RATE = 8000
AMPLITUDE = 0.25
HOP_SECONDS = 0.005
# What a telephone's start-up may do to the audio: ignored at the beginning of a recording.
SETTLE_SECONDS = 1.0
# A hop whose tone is this much under the median belongs to a gap: half the amplitude is reached where
# half of the window lies in the silence, so a gap measures as long as it is.
GAP_DROP_DB = 6.0
# A phone on a busy machine may now and then drop or repeat a packet for its clock's sake. A recorder that writes only
# what arrives shows loss as nothing else.
MOST_SLIPS = 5


def write_tone(path: Path, hertz: float, seconds: float) -> Path:
    """Writes a sine as 16-bit mono WAV at 8 kHz."""
    time = numpy.arange(int(RATE * seconds)) / RATE
    samples = AMPLITUDE * 32767 * numpy.sin(2 * math.pi * hertz * time)
    with wave.open(str(path), "wb") as out:
        out.setnchannels(1)
        out.setsampwidth(2)
        out.setframerate(RATE)
        out.writeframes(samples.astype("<i2").tobytes())
    return path


def read_wav(path: Path) -> tuple[numpy.ndarray, int]:
    """The samples as floats in -1…1 and the rate; tolerates a header that was never finished."""
    data = path.read_bytes()
    rate, channels, position = RATE, 1, 12
    if data[:4] != b"RIFF":
        raise ValueError(f"{path} is not a WAV file")
    while position + 8 <= len(data):
        kind, size = data[position:position + 4], int.from_bytes(data[position + 4:position + 8], "little")
        if kind == b"fmt ":
            channels = int.from_bytes(data[position + 10:position + 12], "little")
            rate = int.from_bytes(data[position + 12:position + 16], "little")
        elif kind == b"data":
            # A recorder that was killed leaves a size of zero.
            body = data[position + 8:position + 8 + size] if size else data[position + 8:]
            body = body[:len(body) // (2 * channels) * 2 * channels]
            return numpy.frombuffer(body, "<i2").astype(float)[::channels] / 32768, rate
        position += 8 + size + size % 2
    return numpy.zeros(0), rate


@dataclass(frozen=True)
class ToneReport:
    """What a recording contains of one expected tone."""

    hertz: float
    level_db: float
    """Relative to the tone that was sent."""
    seconds: float
    """From the first hop with the tone to the last."""
    longest_gap_ms: float
    slips: int
    """Places where the phase jumps: audio lost or repeated without a silence."""
    purity: float
    """The share of the energy that lies within 2 % of the expected pitch."""

    def __str__(self) -> str:
        return (f"{self.hertz:.1f} Hz, {self.level_db:+.1f} dB, {self.seconds:.1f} s, "
                f"gap {self.longest_gap_ms:.0f} ms, {self.slips} slips, {self.purity * 100:.0f} % pure")


def analyse(samples: numpy.ndarray, rate: int, expected_hertz: float) -> ToneReport | None:
    """Measures the expected tone; None when it is not there at all."""
    hop = int(rate * HOP_SECONDS)
    level = _tone_amplitude(samples, rate, expected_hertz, hop)
    if not len(level):
        return None
    present = level > AMPLITUDE / 8
    if present.sum() < 100:
        return None
    first, last = int(numpy.argmax(present)), len(present) - 1 - int(numpy.argmax(present[::-1]))
    start = min(first + int(SETTLE_SECONDS / HOP_SECONDS), last)
    inside = level[start:last + 1]
    if len(inside) < 100:
        return None
    median = float(numpy.median(inside))
    piece = samples[start * hop:(last + 1) * hop]
    return ToneReport(
        hertz=_pitch(piece, rate),
        level_db=20 * math.log10(median / AMPLITUDE),
        seconds=(last - first + 1) * HOP_SECONDS,
        longest_gap_ms=_longest_run(inside < median * 10 ** (-GAP_DROP_DB / 20)) * HOP_SECONDS * 1000,
        slips=_phase_jumps(piece, rate, expected_hertz, 2 * hop),
        purity=_purity(piece, rate, expected_hertz),
    )


def loud_seconds(samples: numpy.ndarray, rate: int, above_db: float = -45) -> float:
    """How long a recording is louder than so many dB below full scale, in pieces of 20 ms."""
    piece = rate // 50
    whole = samples[:len(samples) // piece * piece].reshape(-1, piece)
    level = numpy.sqrt((whole ** 2).mean(axis=1))
    return float((level > 10 ** (above_db / 20)).sum()) / 50


def problems(report: ToneReport | None, expected_hertz: float, *, at_least_seconds: float) -> list[str]:
    """What is wrong with a recording, in words; empty when all is well."""
    if report is None:
        return [f"no {expected_hertz:g} Hz tone in the recording"]
    found = []
    if abs(report.hertz / expected_hertz - 1) > 0.02:
        found.append(f"pitch is {report.hertz:.1f} Hz instead of {expected_hertz:g}")
    if abs(report.level_db) > 6:
        found.append(f"level is off by {report.level_db:+.1f} dB")
    if report.longest_gap_ms > 40:
        found.append(f"a gap of {report.longest_gap_ms:.0f} ms")
    if report.seconds < at_least_seconds:
        found.append(f"only {report.seconds:.1f} s of tone instead of {at_least_seconds:.1f}")
    if report.slips > MOST_SLIPS:
        found.append(f"audio lost or repeated in {report.slips} places")
    if report.purity < 0.9:
        found.append(f"only {report.purity * 100:.0f} % of the energy is the tone")
    return found


def _tone_amplitude(samples: numpy.ndarray, rate: int, hertz: float, hop: int) -> numpy.ndarray:
    """The tone's amplitude in each hop (one Goertzel bin, Hann window over two hops)."""
    count = len(samples) // hop - 1
    if count <= 0:
        return numpy.zeros(0)
    window = numpy.hanning(2 * hop)
    kernel = window * numpy.exp(-2j * math.pi * hertz / rate * numpy.arange(2 * hop)) * 2 / window.sum()
    frames = numpy.lib.stride_tricks.sliding_window_view(samples, 2 * hop)[::hop][:count]
    return numpy.abs(frames @ kernel)


def _pitch(samples: numpy.ndarray, rate: int) -> float:
    spectrum = numpy.abs(numpy.fft.rfft(samples * numpy.hanning(len(samples))))
    return float(numpy.argmax(spectrum)) * rate / len(samples)


def _purity(samples: numpy.ndarray, rate: int, hertz: float) -> float:
    power = numpy.abs(numpy.fft.rfft(samples * numpy.hanning(len(samples)))) ** 2
    frequency = numpy.arange(len(power)) * rate / len(samples)
    return float(power[numpy.abs(frequency - hertz) < hertz * 0.02].sum() / max(power.sum(), 1e-12))


def _longest_run(flags: numpy.ndarray) -> int:
    longest = current = 0
    for flag in flags:
        current = current + 1 if flag else 0
        longest = max(longest, current)
    return longest


def _phase_jumps(samples: numpy.ndarray, rate: int, hertz: float, hop: int) -> int:
    """How often the phase advances by something else than its own steady step from hop to hop."""
    count = len(samples) // hop
    kernel = numpy.exp(-2j * math.pi * hertz / rate * numpy.arange(hop))
    phase = numpy.angle((samples[:count * hop].reshape(count, hop) @ kernel))
    step = numpy.diff(phase)
    steady = numpy.median(numpy.angle(numpy.exp(1j * step)))
    jump = numpy.abs(numpy.angle(numpy.exp(1j * (step - steady)))) > 0.5
    # One slip inside a hop disturbs two neighbouring steps.
    return int((jump & ~numpy.roll(jump, 1)).sum())
