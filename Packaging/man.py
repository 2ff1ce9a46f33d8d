#!/usr/bin/env python3
"""Writes manual pages of what `unroll --experimental-dump-help` prints: one of the program, one of each command.

man.py FOLDER VERSION SECONDS: the date on the pages is that of SECONDS since 1970.

What the command says of itself comes from the declarations of its settings, so the pages do too.
"""

import datetime
import json
import sys
from pathlib import Path


def escaped(text):
    """Text for roff: no line of it is a request."""
    text = text.replace("\\", "\\e").replace("-", "\\-").replace("\t", " ")
    return "\n".join("\\&" + line if line[:1] in (".", "'") else line for line in text.split("\n"))


def spelled(name):
    return {"long": "--", "short": "-", "longWithSingleDash": "-"}[name["kind"]] + name["name"]


def term(argument):
    value = argument.get("valueName", "value")
    if argument["kind"] == "positional":
        return f"\\fI{escaped(value)}\\fR"
    names = ", ".join(f"\\fB{escaped(spelled(name))}\\fR" for name in argument.get("names", []))
    return names if argument["kind"] == "flag" else f"{names} \\fI{escaped(value)}\\fR"


def usage(argument):
    text = term(dict(argument, names=[argument["preferredName"]]) if argument.get("preferredName") else argument)
    text += " ..." if argument.get("isRepeating") else ""
    return f"[{text}]" if argument.get("isOptional") else text


def page(path, command, version, date):
    name = "-".join(path)
    about = command.get("abstract", "").rstrip(".") or "trains recurrent networks"
    shown = [each for each in command.get("arguments", []) if each.get("shouldDisplay", True)]
    few = [each for each in shown if each["kind"] == "positional" or not each.get("isOptional")]
    lines = [
        f'.TH "{escaped(name.upper())}" "1" "{date}" "unroll {version}" "Unroll"',
        ".SH NAME", f"{escaped(name)} \\- {escaped(about[:1].lower() + about[1:])}",
        ".SH SYNOPSIS",
        f"\\fB{escaped(' '.join(path))}\\fR " + " ".join(map(usage, few))
        + (" [\\fIoption\\fR ...]" if len(few) < len(shown) else "")
        + (" \\fIcommand\\fR" if command.get("subcommands") else ""),
    ]
    if command.get("discussion"):
        lines += [".SH DESCRIPTION"]
        for paragraph in command["discussion"].split("\n\n"):
            lines += [".PP", escaped(paragraph.strip())]
    sections = {}
    for argument in shown:
        title = argument.get("sectionTitle") or (
            "Arguments" if argument["kind"] == "positional" else "Options")
        sections.setdefault(title, []).append(argument)
    for title, arguments in sections.items():
        lines.append(f".SH {escaped(title.upper())}")
        for argument in arguments:
            help_ = " ".join(
                part for part in (argument.get("abstract"), argument.get("discussion")) if part)
            if argument.get("defaultValue") and "default:" not in help_ and argument["kind"] == "option":
                help_ += f" (default: {argument['defaultValue']})"
            lines += [".TP", term(argument), escaped(help_) or "\\&"]
    commands = [each for each in command.get("subcommands", [])
                if each["commandName"] != "help" and each.get("shouldDisplay", True)]
    if commands:
        lines.append(".SH COMMANDS")
        for each in commands:
            below = "\\-".join(path + [each["commandName"]])
            lines += [".TP", f"\\fB{below}\\fR(1)", escaped(each.get("abstract", "")) or "\\&"]
    if len(path) > 1:
        lines += [".SH SEE ALSO", f"\\fB{escaped('-'.join(path[:-1]))}\\fR(1)"]
    return name, "\n".join(lines) + "\n", commands


def write(folder, path, command, version, date):
    name, text, commands = page(path, command, version, date)
    (folder / f"{name}.1").write_text(text)
    for each in commands:
        write(folder, path + [each["commandName"]], each, version, date)


def main(folder, version, seconds):
    date = datetime.datetime.fromtimestamp(int(seconds), datetime.timezone.utc).date()
    command = json.load(sys.stdin)["command"]
    write(Path(folder), [command["commandName"]], command, version, date)


if __name__ == "__main__":
    main(*sys.argv[1:])
