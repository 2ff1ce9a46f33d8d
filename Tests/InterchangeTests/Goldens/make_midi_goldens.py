#!/usr/bin/env python3
"""Writes `midi.json`: MIDI files in many forms, and what mido reads of them.

    pip install mido
    python3 make_midi_goldens.py

Music is drawn from a seed. mido writes it in the standard's form; the other forms are put together here:
running status with and without meta events between, tracks without their end, long headers, unknown
chunks. All are read by mido: `tracks` holds `[ticks, "on"|"off", channel, key, velocity]`,
`[ticks, "tempo", microseconds]` and `[ticks, other]`.
"""

import base64
import io
import json
import pathlib
import random
import struct

import mido


def music(seed, count):
    """Messages with delta times, of all kinds."""
    draw = random.Random(seed)
    messages = []
    for _ in range(count):
        time = draw.choice([0, 0, 1, 48, 96, 127, 128, 300, 20000])
        kind = draw.randrange(12)
        channel = draw.choice([0, 0, 0, 1, 9, 15])
        if kind < 7:
            messages.append(mido.Message(
                draw.choice(["note_on", "note_on", "note_off"]), channel=channel,
                note=draw.randrange(128), velocity=draw.choice([0, 1, 64, 127]), time=time))
        elif kind == 7:
            messages.append(mido.Message(
                "control_change", channel=channel, control=64, value=draw.randrange(128), time=time))
        elif kind == 8:
            messages.append(mido.Message("program_change", channel=channel, program=5, time=time))
        elif kind == 9:
            messages.append(mido.Message("pitchwheel", channel=channel, pitch=-100, time=time))
        elif kind == 10:
            messages.append(mido.MetaMessage("set_tempo", tempo=draw.randrange(1, 1 << 24), time=time))
        else:
            messages.append(mido.MetaMessage("text", text="la " * draw.randrange(60), time=time))
    return messages


def number(value):
    parts = [value & 127]
    while value := value >> 7:
        parts.insert(0, value & 127 | 128)
    return bytes(parts)


def track(messages, running=False, keeps=False, ends=True, name=b"MTrk"):
    """A track chunk. `running`: status bytes are left out; `keeps`: also those after meta events."""
    body, status = b"", None
    for message in messages:
        data = bytes(message.bin())
        if message.is_meta:
            # mido's form: FF, type, length, data.
            body += number(message.time) + data
            status = status if keeps else None
        elif running and data[0] == status:
            body += number(message.time) + data[1:]
        else:
            body += number(message.time) + data
            status = data[0]
    if ends:
        body += b"\0\xff\x2f\0"
    return name + struct.pack(">I", len(body)) + body


def header(form, count, division, more=b""):
    return b"MThd" + struct.pack(">IHHH", 6 + len(more), form, count, division) + more


def cases():
    for seed in range(4):
        for division in (1, 96, 480, 32767):
            file = mido.MidiFile(type=1, ticks_per_beat=division)
            for part in range(seed):
                file.tracks.append(mido.MidiTrack(music(10 * seed + part, 25)))
            if seed == 0:
                file.type = 0
                file.tracks.append(mido.MidiTrack(music(7, 25)))
            content = io.BytesIO()
            file.save(file=content)
            yield f"mido {seed} {division}", content.getvalue()
    parts = [music(seed, 30) for seed in (50, 51, 52)]
    forms = {
        "running": dict(running=True), "running after meta": dict(running=True, keeps=True),
        "no end": dict(ends=False), "running, no end": dict(running=True, keeps=True, ends=False),
    }
    for name, form in forms.items():
        for part in parts:
            yield f"{name}, one track", header(0, 1, 240) + track(part, **form)
        yield f"{name}, three tracks", header(1, 3, 240) + b"".join(
            track(part, **form) for part in parts)
    yield "an empty track", header(1, 2, 96) + track([]) + track(parts[0])
    yield "an empty track without end", header(1, 2, 96) + track([], ends=False) + track(parts[0])
    yield "bytes behind", header(0, 1, 96) + track(parts[1]) + b"\0\0\0more"


def event(time, message):
    if message.type in ("note_on", "note_off"):
        return [time, message.type[5:], message.channel, message.note, message.velocity]
    if message.type == "set_tempo":
        return [time, "tempo", message.tempo]
    return [time, message.type]


def main():
    files = []
    for name, content in cases():
        read = mido.MidiFile(file=io.BytesIO(content))
        tracks = []
        for part in read.tracks:
            time, events = 0, []
            for message in part:
                time += message.time
                if message.type != "end_of_track":
                    events.append(event(time, message))
            tracks.append(events)
        files.append({
            "name": name, "bytes": base64.b64encode(content).decode(), "format": read.type,
            "division": read.ticks_per_beat, "tracks": tracks,
        })
    out = pathlib.Path(__file__).with_name("midi.json")
    out.write_text("[\n" + ",\n".join(json.dumps(f) for f in files) + "\n]\n")
    print(f"{len(files)} files by mido {mido.version_info}, {out.stat().st_size} bytes")


main()
