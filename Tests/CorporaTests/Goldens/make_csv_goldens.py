"""Families of tables with what Python's csv and pandas read in them: csv.json.

python3 make_csv_goldens.py > csv.json       (pandas 3.1, numpy 2.4)

`texts`: tables of texts and labels, quoted in all ways that csv.writer knows, with separators, quotes and line
breaks in the fields; rows are what csv.reader finds, blanks around a field dropped and line breaks made blanks.
`series`: tables of labels and numbers as pandas writes them, with names over the columns or numbers, decimal points
or commas, and missing values in all spellings; rows are what pandas.read_csv finds, as float32.
"""

import csv
import io
import json
import random

import numpy
import pandas

random.seed(11)
PIECES = ["a", "Bc", "7", "0.5", " ", "  ", '"', '""', ",", ";", "\t", "\n", "\r\n", "é", "日本", "'", "#", "-", "\\"]


def field(line_breaks):
    pieces = [p for p in PIECES if line_breaks or p not in ("\n", "\r\n")]
    # Something that is not blank: an empty text is no example.
    return "".join(random.choices(pieces, k=random.randint(0, 6))) + random.choice(["x", "y1", "ü"])


def normal(text):
    return " ".join(part for part in text.replace("\r\n", "\n").strip().split("\n") if part)


def texts():
    for separator in ",;\t":
        for quoting in (csv.QUOTE_MINIMAL, csv.QUOTE_ALL, csv.QUOTE_NONNUMERIC):
            for end in ("\n", "\r\n"):
                rows = [[str(i), field(True), random.choice(["pos", "neg", field(False)])] for i in range(9)]
                out = io.StringIO()
                writer = csv.writer(out, delimiter=separator, quoting=quoting, lineterminator=end)
                writer.writerows([["id", "text", "label"]] + rows)
                content = out.getvalue()
                if random.random() < 0.3:
                    content = content[: -len(end)]
                read = list(csv.reader(io.StringIO(content, newline=""), delimiter=separator))[1:]
                assert all(len(row) == 3 for row in read), content
                yield {
                    "file": ("\ufeff" if random.random() < 0.3 else "") + content,
                    "texts": [normal(row[1]) for row in read],
                    "labels": [normal(row[2]) for row in read],
                }


def number():
    kind = random.randrange(5)
    if kind == 0:
        return str(random.randint(-1000, 1000))
    if kind == 1:
        return f"{random.uniform(-10, 10):.{random.randint(0, 12)}f}"
    if kind == 2:
        return f"{random.gauss(0, 1) * 10 ** random.randint(-20, 20):.{random.randint(0, 15)}e}"
    if kind == 3:
        return repr(random.uniform(-1, 1) * 10 ** random.randint(-5, 5))
    return f"{random.randint(0, 99)}.{random.randint(0, 99)}"


def series():
    for separator, decimal in ((",", "."), (";", "."), (";", ","), ("\t", "."), ("\t", ",")):
        for header in ("names", "numbers", "none"):
            for missing in ("refuse", "zero", "mean", "forward"):
                width = random.randint(2, 7)
                rows = []
                for _ in range(8):
                    values = [number() for _ in range(width)]
                    if missing != "refuse":
                        for place in random.sample(range(width), random.randint(0, width - 1)):
                            values[place] = random.choice(["", "NA", "nan", "NaN", "null", "None", "N/A", "#N/A", "<NA>"])
                    rows.append([random.choice(["up", "down"])] + [v.replace(".", decimal) for v in values])
                names = {"names": ["label"] + [f"x{i}" for i in range(width)],
                         "numbers": ["label"] + [str(i) for i in range(width)], "none": None}[header]
                lines = ([names] if names else []) + rows
                content = "".join(separator.join(f'"{v}"' if random.random() < 0.1 else v for v in row) + "\n" for row in lines)
                frame = pandas.read_csv(
                    io.StringIO(content), sep=separator, decimal=decimal, header=0 if names else None)
                values = frame.iloc[:, 1:].astype("float64")
                filled = {"refuse": values, "zero": values.fillna(0),
                          "mean": values.apply(lambda row: row.fillna(row.mean()), axis=1),
                          "forward": values.ffill(axis=1).bfill(axis=1)}[missing]
                numbers = filled.to_numpy().astype(numpy.float32)
                assert numpy.isfinite(numbers).all(), content
                yield {"file": content, "missing": missing, "labels": frame.iloc[:, 0].tolist(),
                       "rows": [[float(v) for v in row] for row in numbers]}


print(json.dumps({"texts": list(texts()), "series": list(series())}, ensure_ascii=False))
