"""Says what oslo.config reads: a JSON list of {path, asks: [[section, key], ...]} on stdin, a list of answers on stdout.

An answer has `line` and `reason` where oslo.config refuses the file, else for each ask what a StrOpt reads (`single`),
what a MultiStrOpt reads (`multi`), and what the parser itself stored (`raw`); null where the option is not set.
"""
import json
import re
import sys

from oslo_config import cfg


def read_all(kind, path, asks):
    """What options of this kind read, registered as a service would, in one go."""
    conf = cfg.ConfigOpts()
    for section, key in asks:
        conf.register_opt(kind(key), group=None if section == "DEFAULT" else section)
    conf([], project="oracle", default_config_files=[path], default_config_dirs=[])
    return [(conf if section == "DEFAULT" else conf[section])[key] for section, key in asks]


def answer(path, asks):
    parsed, normalized = {}, {}
    parser = cfg.ConfigParser(path, parsed)
    parser._add_normalized(normalized)
    try:
        parser.parse()
    except UnicodeDecodeError:
        return {"line": None, "reason": "UnicodeDecodeError"}
    except Exception as error:
        return refusal(str(error), parser)
    found = []
    for section, key in asks:
        group = section if section == "DEFAULT" else section.lower()
        found.append({"raw": normalized.get(group, {}).get(key)})
    plain = [n for n, (section, key) in enumerate(asks) if re.fullmatch(r"[a-z_]+", key)]
    for kind, name in ((cfg.StrOpt, "single"), (cfg.MultiStrOpt, "multi")):
        for number, value in zip(plain, read_all(kind, path, [asks[n] for n in plain])):
            found[number][name] = value
    return {"found": found}


def refusal(text, parser):
    match = re.search(r"at \S+?:(\d+), (.*?)(: |$)", text, re.S)
    if match is None:
        return {"line": parser.lineno, "reason": text}
    return {"line": int(match[1]), "reason": match[2]}


json.dump([answer(case["path"], case["asks"]) for case in json.load(sys.stdin)], sys.stdout)
