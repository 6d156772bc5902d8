#!/usr/bin/python3
"""A systemd that does wrong on purpose, on a bus of the tests' own.

Mocked, because a real systemd cannot be made to lose a job, to answer late, or to be of another version; the real one is
tested on booted machines. The name of a unit says how it behaves (see BEHAVIOURS); what a manager of version 219 does not
have is absent with --old. With --direct it listens on a socket of its own, as systemd does on /run/systemd/private: no
broker, no names, no Subscribe.
"""

import os
import sys

from gi.repository import Gio, GLib

MANAGER = "org.freedesktop.systemd1.Manager"
UNIT = "org.freedesktop.systemd1.Unit"
SERVICE = "org.freedesktop.systemd1.Service"
PROPERTIES = "org.freedesktop.DBus.Properties"
PATH = "/org/freedesktop/systemd1"
ERROR = "org.freedesktop.systemd1."
BUS_ERROR = "org.freedesktop.DBus.Error."

INTERFACES = Gio.DBusNodeInfo.new_for_xml(f"""<node>
<interface name="{MANAGER}">
  <method name="Subscribe"/>
  <method name="Reload"/>
  <method name="LoadUnit"><arg type="s" direction="in"/><arg type="o" direction="out"/></method>
  <method name="ResetFailedUnit"><arg type="s" direction="in"/></method>
  <method name="MaskUnitFiles"><arg type="as" direction="in"/><arg type="b" direction="in"/><arg type="b" direction="in"/>
    <arg type="a(sss)" direction="out"/></method>
  <method name="UnmaskUnitFiles"><arg type="as" direction="in"/><arg type="b" direction="in"/>
    <arg type="a(sss)" direction="out"/></method>
  <method name="StartTransientUnit"><arg type="s" direction="in"/><arg type="s" direction="in"/>
    <arg type="a(sv)" direction="in"/><arg type="a(sa(sv))" direction="in"/><arg type="o" direction="out"/></method>
  {"".join(f'<method name="{verb}Unit"><arg type="s" direction="in"/><arg type="s" direction="in"/><arg type="o" direction="out"/></method>'
           for verb in ["Start", "Stop", "Restart", "Reload", "ReloadOrRestart"])}
</interface>
<interface name="{PROPERTIES}">
  <method name="Get"><arg type="s" direction="in"/><arg type="s" direction="in"/><arg type="v" direction="out"/></method>
  <method name="GetAll"><arg type="s" direction="in"/><arg type="a{{sv}}" direction="out"/></method>
</interface>
</node>""")

TYPES = {
    "LoadState": "s", "ActiveState": "s", "SubState": "s", "UnitFileState": "s", "FragmentPath": "s", "CanReload": "b",
    "NeedDaemonReload": "b", "ConditionResult": "b", "ActiveEnterTimestamp": "t", "InactiveExitTimestamp": "t",
    "ActiveEnterTimestampMonotonic": "t", "InvocationID": "ay", "Type": "s", "Result": "s", "MainPID": "u",
    "NRestarts": "u", "ExecMainCode": "i", "ExecMainStatus": "i", "ExecMainStartTimestamp": "t",
}
OF_SERVICE = {"Type", "Result", "MainPID", "NRestarts", "ExecMainCode", "ExecMainStatus", "ExecMainStartTimestamp"}
SINCE_219 = {"NRestarts", "InvocationID"}

RUNNING = {"ActiveState": "active", "SubState": "running"}
FAILED = {"ActiveState": "failed", "SubState": "failed", "Result": "exit-code", "ExecMainCode": 1, "ExecMainStatus": 3}
RESTARTING = {"ActiveState": "activating", "SubState": "auto-restart", "Result": "exit-code", "MainPID": 0,
              "ExecMainCode": 1, "ExecMainStatus": 1}
DEAD = {"ActiveState": "inactive", "SubState": "dead", "MainPID": 0}

# name → (result of its job, milliseconds until its end, [(milliseconds after that, properties)])
BEHAVIOURS = {
    "good": ("done", 20, [(0, RUNNING)]),
    "slow-start": ("done", 20, [(0, {"ActiveState": "activating", "SubState": "start"}), (200, RUNNING)]),
    "early": ("done", -1, [(0, RUNNING)]),
    "fails": ("failed", 20, [(0, FAILED)]),
    "times-out": ("timeout", 20, [(0, dict(FAILED, Result="timeout"))]),
    "replaced": ("canceled", 20, []),
    "dependent": ("dependency", 20, []),
    "skips": ("skipped", 20, []),
    "asserts": ("assert", 20, []),
    "unsupported": ("unsupported", 20, []),
    "novel": ("frobnicated", 20, []),
    "endless": (None, 0, [(0, {"ActiveState": "activating", "SubState": "start"})]),
    "fails-later": ("done", 20, [(0, RUNNING), (300, FAILED)]),
    "loops": ("done", 20, [(0, RUNNING), (150, RESTARTING), (200, dict(RUNNING, MainPID=4001, NRestarts=1))]),
    # As fast as signals can be lost: both are told at once, and the second start is all that is seen.
    "swaps": ("done", 20, [(0, RUNNING), (200, {"MainPID": 4002})]),
    "swaps-invocation": ("done", 20, [(0, RUNNING), (200, {"InvocationID": list(range(1, 17))})]),
    "counts": ("done", 20, [(0, RUNNING), (200, {"NRestarts": 7})]),
    "ends": ("done", 20, [(0, RUNNING), (200, dict(DEAD, Result="success"))]),
    "unmet": ("done", 20, [(0, dict(DEAD, ConditionResult=False))]),
    "never-up": ("done", 20, [(0, {"ActiveState": "activating", "SubState": "start"})]),
    "oneshot": ("done", 20, [(0, dict(DEAD, Type="oneshot", Result="success"))]),
    "oneshot-stays": ("done", 20, [(0, {"Type": "oneshot", "ActiveState": "active", "SubState": "exited", "MainPID": 0})]),
    "oneshot-fails": ("done", 20, [(0, dict(FAILED, Type="oneshot"))]),
    "reloads": ("done", 20, [(0, RUNNING), (100, {"ActiveState": "reloading"}), (150, RUNNING)]),
    "leaves": ("leave", 100, []),
    "leaves-later": ("done", 20, [(0, RUNNING), (150, "leave")]),
}
# name → the error that a request for a job is answered with; None: no answer at all
REFUSALS = {
    "masked": (ERROR + "UnitMasked", "Unit masked.service is masked."),
    "missing": (ERROR + "NoSuchUnit", "Unit missing.service not found."),
    "missing-219": (ERROR + "LoadFailed", "Unit missing-219.service failed to load: No such file or directory."),
    "bad": (ERROR + "BadUnitSetting", "Unit bad.service has a bad unit file setting."),
    "denied": (BUS_ERROR + "AccessDenied", "Permission denied"),
    "asks": (BUS_ERROR + "InteractiveAuthorizationRequired", "Interactive authentication required."),
    "mute": None,
}


class Systemd:
    def __init__(self, is_old):
        self.is_old = is_old
        self.units, self.jobs, self.transient = {}, 0, []

    def serve(self, connection, subscribed=False):
        self.connection, self.is_subscribed, self.units = connection, subscribed, {}
        connection.connect("closed", lambda *_: leave() if not subscribed else None)
        for interface in INTERFACES.interfaces:
            connection.register_object(PATH, interface, self.called, None, None)

    def called(self, _connection, _sender, path, interface, method, arguments, invocation):
        arguments = arguments.unpack()
        if interface == PROPERTIES:
            self.properties(path, method, arguments, invocation)
        elif method == "Subscribe":
            if self.is_subscribed:
                return invocation.return_dbus_error(ERROR + "AlreadySubscribed", "Client is already subscribed.")
            self.is_subscribed = True
            invocation.return_value(None)
        elif method == "LoadUnit":
            invocation.return_value(GLib.Variant("(o)", [self.unit(arguments[0])]))
        elif method in ("MaskUnitFiles", "UnmaskUnitFiles"):
            if arguments[0] == ["denied.service"]:
                return invocation.return_dbus_error(*REFUSALS["denied"])
            invocation.return_value(GLib.Variant("(a(sss))", [[]]))
        elif method == "ResetFailedUnit":
            invocation.return_dbus_error(ERROR + "NoSuchUnit", f"Unit {arguments[0]} not loaded.")
        elif method == "StartTransientUnit":
            self.start_transient(arguments, invocation)
        elif method == "Reload":
            invocation.return_value(None)
        else:
            self.queue(arguments[0], invocation)

    # Units and their properties

    def unit(self, name):
        path = PATH + "/unit/" + "".join(c if c.isalnum() else f"_{ord(c):02x}" for c in name)
        if path not in self.units:
            stem = name.rpartition(".")[0]
            load = {"masked": "masked", "missing": "not-found", "missing-219": "not-found"}.get(stem, "loaded")
            self.units[path] = {
                "LoadState": load, "ActiveState": "inactive", "SubState": "dead", "UnitFileState": "enabled",
                "FragmentPath": "/lib/systemd/system/" + name, "CanReload": True, "NeedDaemonReload": False,
                "ConditionResult": True, "ActiveEnterTimestamp": 1700000000000001,
                "InactiveExitTimestamp": 1700000000000000, "ActiveEnterTimestampMonotonic": 17, "Type": "simple",
                "InvocationID": [7] * 16, "Result": "success", "MainPID": 4000, "NRestarts": 0, "ExecMainCode": 0,
                "ExecMainStatus": 0, "ExecMainStartTimestamp": 1700000000000002,
            }
            self.connection.register_object(path, INTERFACES.lookup_interface(PROPERTIES), self.called, None, None)
        return path

    def has(self, name):
        return not (self.is_old and name in SINCE_219)

    def properties(self, path, method, arguments, invocation):
        if path == PATH and method == "Get":
            return invocation.return_value(GLib.Variant("(v)", [GLib.Variant("s", "219" if self.is_old else "252")]))
        wanted = {UNIT: False, SERVICE: True}.get(arguments[0])
        if wanted is None:
            return invocation.return_dbus_error(BUS_ERROR + "UnknownInterface", f"Unknown interface {arguments[0]}.")
        invocation.return_value(GLib.Variant("(a{sv})", [self.values(self.units[path], wanted)]))

    def values(self, properties, of_service):
        return {name: GLib.Variant(TYPES[name], value) for name, value in properties.items()
                if (name in OF_SERVICE) == of_service and self.has(name)}

    def change(self, path, properties):
        if properties == "leave":
            leave()
        self.units[path].update(properties)
        for interface, of_service in ((SERVICE, True), (UNIT, False)):
            values = self.values(properties, of_service)
            if values:
                self.emit(path, PROPERTIES, "PropertiesChanged", GLib.Variant("(sa{sv}as)", (interface, values, [])))
        return False

    # Jobs

    def queue(self, name, invocation):
        stem = name.rpartition(".")[0]
        if stem in REFUSALS:
            if REFUSALS[stem]:
                invocation.return_dbus_error(*REFUSALS[stem])
            return
        self.jobs += 1
        job = f"{PATH}/job/{self.jobs}"
        result, delay, changes = BEHAVIOURS.get(stem, BEHAVIOURS["good"])
        path = self.unit(name)
        # Another's job of the same unit, which is none of ours.
        self.removed(job + "0", name, "failed")
        if delay < 0:
            self.end(job, name, path, result, changes)
        invocation.return_value(GLib.Variant("(o)", [job]))
        if result is None:
            self.change(path, changes[0][1])
        elif delay >= 0:
            GLib.timeout_add(delay, self.end, job, name, path, result, changes)

    def end(self, job, name, path, result, changes):
        if result == "leave":
            leave()
        for delay, properties in changes:
            if delay == 0:
                self.change(path, properties)
            else:
                GLib.timeout_add(delay, self.change, path, properties)
        self.removed(job, name, result)
        return False

    def removed(self, job, name, result):
        number = int(job.rpartition("/")[2])
        self.emit(PATH, MANAGER, "JobRemoved", GLib.Variant("(uoss)", (number, job, name, result)))

    def emit(self, path, interface, name, arguments):
        if self.is_subscribed:
            self.connection.emit_signal(None, path, interface, name, arguments)

    def start_transient(self, arguments, invocation):
        name, mode, properties, auxiliary = arguments
        known = {"Description", "Type", "ExecStart", "RemainAfterExit", "Environment", "OnActiveSec"}
        if not self.is_old:
            known |= {"CollectMode", "Restart", "KillMode", "TimeoutStartUSec", "TimersMonotonic", "AccuracyUSec",
                      "RemainAfterElapse"}
        for property_name, _ in properties + [each for _, own in auxiliary for each in own]:
            if property_name not in known:
                return invocation.return_dbus_error(
                    BUS_ERROR + "PropertyReadOnly", f"Cannot set property {property_name}, or unknown property.")
        with open(os.environ["TRANSIENT_RECORD"], "w") as record:
            record.write(f"{name} {mode}\n")
            for unit, own in [(name, properties)] + auxiliary:
                for property_name, value in own:
                    record.write(f"{unit} {property_name}={value}\n")
        self.queue(name, invocation)


def leave():
    os._exit(0)


def main():
    is_old, is_direct = "--old" in sys.argv, "--direct" in sys.argv
    systemd, address = Systemd(is_old), sys.argv[-1]
    if is_direct:
        flags = Gio.DBusServerFlags.NONE
        server = Gio.DBusServer.new_sync(address, flags, Gio.dbus_generate_guid(), None, None)
        server.connect("new-connection", lambda _, connection: systemd.serve(connection, True) or True)
        server.start()
    else:
        flags = Gio.DBusConnectionFlags.AUTHENTICATION_CLIENT | Gio.DBusConnectionFlags.MESSAGE_BUS_CONNECTION
        connection = Gio.DBusConnection.new_for_address_sync(address, flags, None, None)
        systemd.serve(connection)
        Gio.bus_own_name_on_connection(connection, "org.freedesktop.systemd1", 0, None, None)
    GLib.MainLoop().run()


main()
