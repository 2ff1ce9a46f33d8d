#!/usr/bin/env python3
"""Which safetensors files the Python reader takes, over a generated family of headers.

    python3 -m venv /tmp/venv && /tmp/venv/bin/pip install safetensors numpy
    /tmp/venv/bin/python make_safetensors_verdicts.py > safetensors_verdicts.jsonl

One JSON list a line: whether the reader takes the file, what is added to the length in front of the header
(modulo 2^64), the bytes of data behind it, and the header as text, one character (0 to 255) a byte.
"""

import json
import random
import struct
import sys
import tempfile

import safetensors


def tensor(dtype="U8", shape="[2]", offsets="[0,2]", **more):
    fields = {"dtype": f'"{dtype}"', "shape": shape, "data_offsets": offsets} | more
    return "{" + ",".join(f'"{name}":{value}' for name, value in fields.items() if value) + "}"


def header(*members):
    return "{" + ",".join(f'"{name}":{value}' for name, value in members) + "}"


def families():
    """(header, bytes of data, what the length is off by)."""
    one = header(("a", tensor()))
    two = header(("a", tensor()), ("b", tensor(offsets="[2,4]")))

    # Types, their sizes, and spellings of them.
    types = {
        "BOOL": 8, "F4": 4, "F6_E2M3": 6, "F6_E3M2": 6, "U8": 8, "I8": 8, "F8_E5M2": 8, "F8_E4M3": 8,
        "F8_E8M0": 8, "F8_E4M3FNUZ": 8, "F8_E5M2FNUZ": 8, "I16": 16, "U16": 16, "F16": 16, "BF16": 16,
        "I32": 32, "U32": 32, "F32": 32, "C64": 64, "F64": 64, "I64": 64, "U64": 64}
    for name, bits in types.items():
        for count in [0, 1, 2, 3, 4]:
            size = bits * count // 8
            yield header(("a", tensor(name, f"[{count}]", f"[0,{size}]"))), size, 0
        yield header(("a", tensor(name, "[]", f"[0,{bits // 8}]"))), bits // 8, 0
        yield header(("a", tensor(name, "[2,2]", f"[0,{bits // 2}]"))), bits // 2 + 1, 0
    for name in ["", "u8", "U8 ", "F128", "C128", "BF8", "null", "F8", "U4", "B", "\\u0055\\u0038"]:
        yield header(("a", tensor(name))), 2, 0

    # Shapes and offsets.
    values = [
        "0", "1", "2", "3", "-1", "-0", "2.0", "2e0", "02", "null", '"2"', "true", "[2]", "{}",
        str(2**31), str(2**53), str(2**61), str(2**62), str(2**63 - 1), str(2**63), str(2**64 - 1),
        str(2**64), str(2**65), "1e400", "+2", "2.", ".5", "0x2", "NaN", "Infinity"]
    for value in values:
        yield header(("a", tensor(shape=f"[{value}]"))), 2, 0
        yield header(("a", tensor(shape=f"[2,{value}]"))), 2, 0
        yield header(("a", tensor(shape=f"[{value},0]", offsets="[0,0]"))), 0, 0
        yield header(("a", tensor(shape=f"[0,{value}]", offsets="[0,0]"))), 0, 0
        yield header(("a", tensor(offsets=f"[0,{value}]"))), 2, 0
        yield header(("a", tensor(offsets=f"[{value},2]"))), 2, 0
        yield header(("a", tensor(shape=value))), 2, 0
        yield header(("a", tensor(offsets=value))), 2, 0
        yield header(("a", tensor(dtype="", shape="[2]") if value == "null" else
                      tensor().replace('"U8"', value))), 2, 0
        yield header(("a", value)), 0, 0
        yield header(("a", tensor()), ("b", value)), 2, 0
        yield header(("__metadata__", value), ("a", tensor())), 2, 0
        yield header(("__metadata__", f'{{"k":{value}}}'), ("a", tensor())), 2, 0
        yield header(("a", tensor(extra=value))), 2, 0
    for offsets in ["[]", "[0]", "[0,2,2]", "[2,0]", "[1,3]", "[0,1]", "[0,3]", "[1,1]", "[0,2,]", "[,0,2]"]:
        for data in [0, 1, 2, 3]:
            yield header(("a", tensor(offsets=offsets))), data, 0
    for shape in ["[]", "[1,1,1,1,1,2]", "[" + "1," * 40 + "2]", "[2,1,]", "[0]", "[0,0]", "[2 , 1]"]:
        yield header(("a", tensor(shape=shape))), 2, 0
        yield header(("a", tensor(shape=shape, offsets="[0,0]"))), 0, 0
        yield header(("a", tensor(shape=shape, offsets="[0,1]"))), 1, 0

    # Two and three tensors: gaps, overlaps, order, nothing in them, the same name.
    spans = ["[0,2]", "[2,4]", "[1,3]", "[3,5]", "[4,6]", "[0,0]", "[2,2]", "[4,4]", "[1,1]"]
    for first in spans:
        for second in spans:
            sizes = [int(s[3]) - int(s[1]) for s in (first, second)]
            members = [tensor("U8", f"[{n}]", s) for n, s in zip(sizes, (first, second))]
            yield header(("a", members[0]), ("b", members[1])), 4, 0
            yield header(("a", members[0]), ("a", members[1])), 4, 0
            yield header(("b", members[0]), ("a", members[1]), ("c", tensor(offsets="[4,6]"))), 6, 0

    # Fields that are missing, twice, more, or in another order.
    for name in ["dtype", "shape", "data_offsets"]:
        yield header(("a", tensor(**{{"data_offsets": "offsets"}.get(name, name): ""}))), 2, 0
        for extra in ['"U8"', "[2]", "[0,2]", "null"]:
            yield header(("a", tensor()[:-1] + f',"{name}":{extra}}}')), 2, 0
    yield header(("a", '{"data_offsets":[0,2],"shape":[2],"dtype":"U8"}')), 2, 0
    for text in ["[]", '["U8",[2],[0,2]]', '"U8"', "{}", "[[2],[0,2]]"]:
        yield header(("a", text)), 2, 0

    # Names and metadata.
    for name in [
        "", "a.b", "é".encode().decode("latin1"), "\\u00e9", "\\ud83d\\ude00", "\\ud83d", "\\ude00",
        "\\ud83dx", "\\n", "\\/", "\\x", "\\u12", "\\u12G4", "\x01", "\x7f", "\xff", "\xc3", "\xed\xa0\x80",
        "\xc0\x80", "\\u0000", "\t", "__metadata__", "__proto__", "a" * 300, '\\"', "\\\\", "'"]:
        yield header((name, tensor())), 2, 0
        yield header(("__metadata__", f'{{"{name}":"x"}}'), ("a", tensor())), 2, 0
        yield header(("__metadata__", f'{{"x":"{name}"}}'), ("a", tensor())), 2, 0
    for value in ["{}", '{"a":"b"}', '{"a":"b","a":"c"}', '{"a":{"b":"c"}}', '{"a":["b"]}', "[]", '"x"']:
        yield header(("__metadata__", value)), 0, 0
        yield header(("a", tensor()), ("__metadata__", value)), 2, 0
        yield header(("__metadata__", value), ("__metadata__", value), ("a", tensor())), 2, 0
    # The same name again.
    other = tensor(shape="[1,2]")
    for members in [
        [("a", tensor()), ("a", other)], [("a", tensor()), ("b", tensor(offsets="[2,4]")), ("a", other)],
        [("a", "1"), ("a", tensor())], [("a", tensor()), ("a", "{}")],
        [("__metadata__", "null"), ("a", tensor()), ("__metadata__", "null")],
        [("__metadata__", '{"a":"b"}'), ("a", tensor()), ("__metadata__", "null")],
        [("a", tensor(x="1")[:-1] + ',"x":2}')]]:
        for data in [2, 4]:
            yield header(*members), data, 0
    # Fields without names, and a type in its other spelling.
    for text in ['["U8",[2],[0,2],3]', '["U8",[2]]', '[[2],"U8",[0,2]]', '["U8",[2],[0,2]]']:
        yield header(("a", text)), 2, 0
    for dtype in ['{"U8":null}', '{"U8":[]}', '{"U8":null,"I8":null}', "{}", '["U8"]', '{"U9":null}']:
        yield header(("a", tensor().replace('"U8"', dtype))), 2, 0
    # Numbers of elements and of bits that overflow.
    for shape in [[2**63 - 1, 0], [0, 2**63 - 1, 4], [2**62, 4, 0], [2**62, 2, 0], [2**61], [2**60, 16, 0]]:
        for dtype in ["U8", "F4", "F64"]:
            yield header(("a", tensor(dtype, json.dumps(shape), "[0,0]"))), 0, 0
    # Names that are one text to Swift and two to the format.
    yield header(("\xc3\xa9", tensor()), ("e\xcc\x81", tensor(offsets="[2,4]"))), 4, 0
    yield header(("__metadata__", '{"\xc3\xa9":"x","e\xcc\x81":"y"}'), ("a", tensor())), 2, 0
    yield header(("a\\u0000", tensor()), ("a", tensor(offsets="[2,4]"))), 4, 0
    yield header(("a\\u0061", tensor()), ("aa", tensor(offsets="[2,4]"))), 4, 0

    # The whole text.
    for space in [" ", "\t", "\n", "\r", "\0", "x", "\xef\xbb\xbf", "\x0b", "\x0c", ",", "//", "\xc2\xa0"]:
        for text in [space + one, one + space, one[:1] + space + one[1:], one[:-1] + space + "}",
                     one.replace(":", ":" + space), one.replace(",", space + ",")]:
            yield text, 2, 0
    for text in ["", "{", "}", "{}", "[]", "null", "0", '"x"', "{{}}", "{}{}", "{} ", "{}  ", " {}", "{,}",
                 one + one, one[:-1], one[:-1] + ",}", one.replace('"', "'"), one.replace(":", "=")]:
        for data in [0, 2]:
            yield text, data, 0
    for depth in [1, 5, 62, 63, 64, 65, 100, 125, 126, 127, 128, 129, 200]:
        deep = "[" * depth + "]" * depth
        yield header(("a", tensor(extra=deep))), 2, 0
        yield header(("__metadata__", deep)), 0, 0
        yield header(("a", tensor(extra='{"x":' * depth + "1" + "}" * depth))), 2, 0
    for off in [-100, -9, -8, -2, -1, 1, 2, 3, 8, 100, 2**27, 2**32, 2**63 - 100, 2**63, 2**64 - 100]:
        for text, data in [(one, 2), (two, 4), ("{}", 0)]:
            yield text, data, off
    for data in range(9):
        yield one, data, 0
        yield two, data, 0
        yield "{}", data, 0

    # One to three changes of bytes in good files.
    draws = random.Random(5)
    good = [
        (one, 2), (two, 4),
        (header(("__metadata__", '{"format":"pt"}'), ("w", tensor("F32", "[1,2]", "[0,8]"))) + "   ", 8),
        (header(("a", tensor("I16", "[]", "[0,2]")), ("b", tensor("U8", "[0]", "[2,2]"))), 2)]
    alphabet = '{}[]",:0123456789-+.eEaUF_ \\/tnulrs\x00\x1f\x80\xff'
    for _ in range(1500):
        text, data = draws.choice(good)
        text = list(text)
        for _ in range(draws.randint(1, 3)):
            place = draws.randrange(len(text))
            kind = draws.randrange(4)
            if kind == 0:
                text[place] = draws.choice(alphabet)
            elif kind == 1:
                text.insert(place, draws.choice(alphabet))
            elif kind == 2:
                del text[place]
            else:
                other = draws.randrange(len(text))
                text[place], text[other] = text[other], text[place]
        yield "".join(text), data, 0


def takes(path):
    try:
        with safetensors.safe_open(path, framework="np") as file:
            file.keys()
        return True
    except safetensors.SafetensorError:
        return False


def main():
    seen = set()
    with tempfile.NamedTemporaryFile() as file:
        for text, data, off in families():
            if (text, data, off) in seen:
                continue
            seen.add((text, data, off))
            raw = text.encode("latin1")
            content = struct.pack("<Q", (len(raw) + off) % 2**64) + raw + bytes(data)
            with open(file.name, "wb") as out:
                out.write(content)
            print(json.dumps([takes(file.name), str(off % 2**64), data, text], separators=(",", ":")))
    print(f"{len(seen)} files, safetensors {safetensors.__version__}", file=sys.stderr)


if __name__ == "__main__":
    main()
