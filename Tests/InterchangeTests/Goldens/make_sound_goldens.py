#!/usr/bin/env python3
"""Writes `sounds.json`: files of sound in many dialects, and what libsndfile reads of them.

    pip install soundfile numpy
    python3 make_sound_goldens.py

Files of FLAC, Ogg and most WAV are written by libsndfile; WAV whose header no library would write is put
together here, chunk by chunk. All are read by libsndfile; `samples` is the mean of the channels.
"""

import base64
import io
import json
import pathlib
import struct

import numpy as np
import soundfile

RATE = 8000


def sound(frames, channels, seed):
    """Steps of 1/128, which every width holds; no two channels alike."""
    return np.random.default_rng(seed).integers(-100, 100, (frames, channels)) / 128


def written(container, coding, frames, channels, endian="FILE", seed=1):
    file = io.BytesIO()
    soundfile.write(
        file, sound(frames, channels, seed), RATE, coding, endian, container)
    return file.getvalue()


def chunk(name, body, size=None, pads=True):
    size = len(body) if size is None else size
    return name + struct.pack("<I", size) + body + (b"\0" if pads and len(body) % 2 else b"")


def wave_format(code, bits, channels, extensible=False):
    block = channels * bits // 8
    body = struct.pack(
        "<HHIIHH", 0xFFFE if extensible else code, channels, RATE, RATE * block, block, bits)
    if extensible:
        body += struct.pack("<HHIH", 22, bits, 3, code) + bytes.fromhex(
            "000000001000800000AA00389B71")
    return chunk(b"fmt ", body)


def pcm(frames, channels, bits, seed=2):
    values = sound(frames, channels, seed).flatten()
    if bits == 8:
        return bytes(int(v * 128) + 128 for v in values)
    return b"".join(
        int(v * 2 ** (bits - 1)).to_bytes(bits // 8, "little", signed=True) for v in values)


def riff(*chunks, size=None, name=b"RIFF"):
    body = b"WAVE" + b"".join(chunks)
    return name + struct.pack("<I", len(body) if size is None else size) + body


INFO = chunk(b"LIST", b"INFO" + chunk(b"ISFT", b"pen\0"))
ODD = chunk(b"JUNK", b"abc")


def cases():
    for container in ["WAV", "WAVEX", "RF64", "AIFF", "AU", "CAF", "W64"]:
        for coding in ["PCM_16", "PCM_24", "PCM_32", "FLOAT", "DOUBLE"]:
            for channels in (1, 2):
                yield f"{container} {coding} {channels}", written(
                    container, coding, 40, channels), 0
    for coding in ["PCM_U8", "ULAW", "ALAW"]:
        yield f"WAV {coding}", written("WAV", coding, 41, 1), 0
    yield "WAV big-endian", written("WAV", "PCM_16", 30, 2, "BIG"), 0
    for coding in ["IMA_ADPCM", "MS_ADPCM"]:
        yield f"WAV {coding}", written("WAV", coding, 600, 1), 1e-6
    for coding in ["PCM_S8", "PCM_16", "PCM_24"]:
        for channels in (1, 2, 3):
            yield f"FLAC {coding} {channels}", written("FLAC", coding, 300, channels), 0
    for channels in (1, 2):
        yield f"OGG VORBIS {channels}", written("OGG", "VORBIS", 500, channels), 1e-6
    for bits in (8, 16, 24):
        for channels in (1, 2):
            for extensible in (False, True):
                body = pcm(33, channels, bits)
                form = wave_format(1, bits, channels, extensible)
                end = "x" if extensible else ""
                name = f"{bits} bits, {channels}{end}"
                yield f"{name}: plain", riff(form, chunk(b"data", body)), 0
                yield f"{name}: chunks before", riff(INFO, ODD, form, INFO, ODD, chunk(b"data", body)), 0
                yield f"{name}: chunks behind", riff(form, chunk(b"data", body), INFO), 0
    # What a pipe leaves open: the size that was guessed, of the sound and of the whole. (Where it is 0,
    # libsndfile finds no sound; we read to the end.)
    for size in (0xFFFFFFFF, 0x7FFFFFFF, 0x7FFFF000, 0x80000000, 0x7FFF0000 + 44):
        for frames in (32, 33):
            body = pcm(frames, 2, 16)
            form = wave_format(1, 16, 2)
            yield f"open {size:#x}, {frames}", riff(
                form, chunk(b"data", body, size), size=min(size + 36, 0xFFFFFFFF)), 0


def main():
    files = []
    for name, content, tolerance in cases():
        values, rate = soundfile.read(io.BytesIO(content), always_2d=True)
        files.append({
            "name": name, "bytes": base64.b64encode(content).decode(), "rate": rate,
            "channels": values.shape[1], "tolerance": tolerance,
            "samples": [float(np.float32(v)) for v in values.mean(axis=1)],
        })
    out = pathlib.Path(__file__).with_name("sounds.json")
    out.write_text("[\n" + ",\n".join(json.dumps(f) for f in files) + "\n]\n")
    print(f"{len(files)} files by {soundfile.__libsndfile_version__}, {out.stat().st_size} bytes")


main()
