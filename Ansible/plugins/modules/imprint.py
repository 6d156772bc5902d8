#!/usr/bin/python
# The managed node's Python: 2.7 of CentOS 7 to today's.
from __future__ import absolute_import, division, print_function

__metaclass__ = type

DOCUMENTATION = r"""
module: imprint
short_description: Make a machine, or a tree, into its node of a site
description:
  - Runs C(imprint apply) on the managed machine. All files change or none; on the running system host name, links and
    services are then brought to what the files say, and every claim is verified.
  - In check mode nothing is written, not even the site; the plan is what an apply would do.
options:
  node:
    description: The node of the site. Left out where the machine is recognised by the site's C(match) or by an earlier apply.
    type: str
  site_text:
    description:
      - The contents of the site file. It becomes I(site) where imprint accepts it, and is planned with before.
    type: str
  site:
    description: Where the site file is on the managed machine. Below I(root) by default.
    type: path
  root:
    description: The target's root directory; anything but C(/) is changed in its files only.
    type: path
    default: /
  profile:
    description: The platform profile; found from os-release where it is not named.
    type: str
  activate:
    description: On the running system, also bring host name, links and services to what the files say.
    type: bool
    default: true
  confirm_within:
    description:
      - Undo it all unless C(imprint confirm) comes within so many seconds. For a change of the address that Ansible uses.
    type: int
  on_failure:
    description: What happens where something does not come up.
    type: str
    choices: [auto, keep, roll-back]
  wait:
    description: Wait for another imprint that is at work, rather than fail.
    type: bool
    default: true
  program:
    description: The program.
    type: path
    default: /usr/bin/imprint
attributes:
  check_mode:
    support: full
  diff_mode:
    support: full
"""

EXAMPLES = r"""
- name: This machine is who the site says
  imprint.fleet.imprint:
    site_text: "{{ lookup('ansible.builtin.file', 'site.toml') }}"

- name: A mounted copy becomes compute2
  imprint.fleet.imprint:
    node: compute2
    root: /mnt/clone
    site: /root/site.toml
"""

RETURN = r"""
node:
  description: Who the tree is, or would be.
  type: str
  returned: success
changes:
  description: Path, concern, action and reasons of every change; as in docs/json.md.
  type: list
  elements: dict
  returned: success
findings:
  description: What a person should know.
  type: list
  elements: dict
  returned: success
consequences:
  description: What a change makes necessary on the running system.
  type: list
  elements: dict
  returned: success
transaction:
  description: The transaction's id, for C(imprint rollback).
  type: str
  returned: when files were changed
activation:
  description: How the running system was brought to what the files say.
  type: str
  returned: where there was something to do
"""

import json
import os
import tempfile

from ansible.module_utils.basic import AnsibleModule
from ansible.module_utils.common.text.converters import to_bytes, to_native


class Target(object):
    """One managed tree, and the program that knows it."""

    def __init__(self, module):
        self.module = module
        self.root = module.params["root"]
        self.site = module.params["site"] or os.path.join(self.root, "etc/imprint/site.toml")

    def run(self, command, site, *more):
        """The program's answer and exit status. Standard error is for people: what went wrong is in it."""
        parameters = self.module.params
        arguments = [parameters["program"], command, "--format", "json", "--root", self.root, "--site", site]
        if parameters["profile"]:
            arguments += ["--profile", parameters["profile"]]
        arguments += more
        if parameters["node"]:
            arguments.append(parameters["node"])
        status, output, error = self.module.run_command(arguments)
        try:
            answer = json.loads(output) if output.strip() else {}
        except ValueError:
            self.module.fail_json(msg="imprint %s answered what is no JSON: %s" % (command, output), stderr=error)
        if status not in (0, 2):
            said = [line[len("imprint: "):] for line in error.splitlines() if line.startswith("imprint: ")]
            self.module.fail_json(
                msg="; ".join(said) or error or "imprint ended with %d" % status, rc=status, stderr=error, command=command)
        return answer, status

    def apply(self, site):
        parameters = self.module.params
        more = ["--yes"]
        if parameters["wait"]:
            more.append("--wait")
        # An option of the running system; other trees have none.
        if self.root.strip("/") == "":
            if not parameters["activate"]:
                more.append("--no-activate")
            if parameters["confirm_within"]:
                more += ["--confirm-within", str(parameters["confirm_within"])]
            if parameters["on_failure"]:
                more += ["--on-failure", parameters["on_failure"]]
        return self.run("apply", site, *more)


def contents(path):
    try:
        with open(path, "rb") as file:
            return file.read()
    except (IOError, OSError):
        return None


def diffs(plan):
    for change in plan.get("changes", []):
        text = change.get("diff") or "%s: %s\n" % (change["action"], change["path"])
        yield {"prepared": text}


def result_of(plan):
    keys = ("path", "fixup", "action", "reasons")
    return {
        "node": plan.get("node"),
        "changes": [dict((key, change.get(key)) for key in keys) for change in plan.get("changes", [])],
        "findings": plan.get("findings", []),
        "consequences": plan.get("consequences", []),
        "diff": list(diffs(plan)),
    }


def site_diff(before, after, path):
    return {
        "before_header": path, "after_header": path, "before": to_native(before or b"", errors="surrogate_or_strict"),
        "after": to_native(after, errors="surrogate_or_strict"),
    }


def main():
    module = AnsibleModule(
        argument_spec={
            "node": {"type": "str"},
            "site_text": {"type": "str"},
            "site": {"type": "path"},
            "root": {"type": "path", "default": "/"},
            "profile": {"type": "str"},
            "activate": {"type": "bool", "default": True},
            "confirm_within": {"type": "int"},
            "on_failure": {"type": "str", "choices": ["auto", "keep", "roll-back"]},
            "wait": {"type": "bool", "default": True},
            "program": {"type": "path", "default": "/usr/bin/imprint"},
        },
        supports_check_mode=True)
    program = module.params["program"]
    if module.check_mode and not os.path.exists(program):
        module.exit_json(changed=True, msg="%s is not there yet, so what it would change is not known" % program)
    target = Target(module)
    text = module.params["site_text"]
    before = contents(target.site)
    after = to_bytes(text) if text is not None else None
    site_differs = after is not None and after != before

    proposed = target.site
    if site_differs:
        handle, proposed = tempfile.mkstemp(suffix=".toml", dir=module.tmpdir)
        with os.fdopen(handle, "wb") as file:
            file.write(after)
    # Where this is refused, nothing has been written.
    plan, _status = target.run("plan", proposed)
    result = result_of(plan)
    result["changed"] = bool(site_differs or plan.get("changes"))
    if site_differs:
        result["diff"].insert(0, site_diff(before, after, target.site))
    if module.check_mode:
        module.exit_json(**result)

    if site_differs:
        folder = os.path.dirname(target.site)
        if not os.path.isdir(folder):
            os.makedirs(folder, 0o755)
        os.chmod(proposed, 0o644)
        module.atomic_move(proposed, target.site)
    applied, status = target.apply(target.site)
    result.update(result_of(applied.get("plan", plan)), diff=result["diff"])
    for key in ("transaction", "activation"):
        if applied.get(key):
            result[key] = applied[key]
    result["changed"] = bool(site_differs or applied.get("transaction") or applied.get("activation"))
    if status == 2:
        claims = applied.get("verification", {}).get("claims", [])
        wrong = ["%(subject)s is %(seen)s and should be %(expected)s" % claim for claim in claims if not claim["holds"]]
        module.fail_json(msg="not everything is as it should be: " + "; ".join(wrong), **result)
    module.exit_json(**result)


if __name__ == "__main__":
    main()
