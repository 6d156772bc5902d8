#!/usr/bin/python3
"""A NetworkManager that does as it is told: networkmanager.py MODE FILE ADDRESS, in a network namespace with a link ens33.

Mocked, because a real one cannot be made to refuse, to hang, or to be of version 1.2; that the real one works is seen on booted
machines. It has one device and one connection, and FILE holds the address that activating the connection gives the link.
Modes:

newer       1.42
middle      1.10: a checkpoint's time cannot be changed, and nobody says where a connection is kept
old         1.2: no checkpoints
fails       no addresses to be had: with 192.168.10.66
old-fails   both
never       stays activating
wrong       activates, and the link has no address
quits       goes away while it activates
taken       the device is in somebody else's checkpoint
denied      polkit says no to the checkpoint
broken      cannot go back
unmanaged   leaves the link alone
"""

import subprocess
import sys

from gi.repository import Gio, GLib

NAME, ROOT = "org.freedesktop.NetworkManager", "/org/freedesktop/NetworkManager"
DEVICE, CONNECTION, CHECKPOINT = ROOT + "/Devices/1", ROOT + "/Settings/1", ROOT + "/Checkpoint/1"
UNKNOWN = "org.freedesktop.DBus.Error.Unknown"
INTERFACES = Gio.DBusNodeInfo.new_for_xml(f"""<node>
<interface name="{NAME}">
  <method name="GetDeviceByIpIface"><arg type="s" direction="in"/><arg type="o" direction="out"/></method>
  <method name="CheckpointCreate"><arg type="ao" direction="in"/><arg type="u" direction="in"/><arg type="u" direction="in"/>
    <arg type="o" direction="out"/></method>
  <method name="CheckpointAdjustRollbackTimeout"><arg type="o" direction="in"/><arg type="u" direction="in"/></method>
  <method name="CheckpointDestroy"><arg type="o" direction="in"/></method>
  <method name="CheckpointRollback"><arg type="o" direction="in"/><arg type="a{{su}}" direction="out"/></method>
  <method name="ActivateConnection"><arg type="o" direction="in"/><arg type="o" direction="in"/><arg type="o" direction="in"/>
    <arg type="o" direction="out"/></method>
</interface>
<interface name="{NAME}.Settings"><method name="ReloadConnections"><arg type="b" direction="out"/></method></interface>
<interface name="{NAME}.Settings.Connection">
  <method name="GetSettings"><arg type="a{{sa{{sv}}}}" direction="out"/></method>
</interface>
<interface name="org.freedesktop.DBus.Properties">
  <method name="Get"><arg type="s" direction="in"/><arg type="s" direction="in"/><arg type="v" direction="out"/></method>
</interface>
</node>""").interfaces
MODE, FILE, ADDRESS = sys.argv[1:]
loop = GLib.MainLoop()
settings = saved = None
count = 1
properties = {
    (DEVICE, "Managed"): ("b", MODE != "unmanaged"), (DEVICE, "ActiveConnection"): ("o", ROOT + "/ActiveConnection/1"),
    (DEVICE, "AvailableConnections"): ("ao", [CONNECTION]), (DEVICE, "State"): ("u", 100),
    (DEVICE, "StateReason"): ("(uu)", (100, 0)), (ROOT + "/ActiveConnection/1", "Connection"): ("o", CONNECTION),
    (CONNECTION, "Filename"): ("s", FILE),
}
if MODE == "middle":
    del properties[CONNECTION, "Filename"]


def note(*words):
    with open(FILE + ".calls", "a", encoding="ascii") as calls:
        print(*words, file=calls)


def load():
    global settings
    with open(FILE, encoding="ascii") as file:
        settings = file.read().split("#")[0].strip()


def has(address):
    subprocess.run(["ip", "addr", "flush", "dev", "ens33", "scope", "global"], check=True)
    if address:
        subprocess.run(["ip", "addr", "add", address, "dev", "ens33"], check=True)


def tell(path, interface, arguments):
    bus.emit_signal(None, path, f"{NAME}.{interface}", "StateChanged", arguments)


def device_is(state, reason):
    properties[DEVICE, "State"] = ("u", state)
    properties[DEVICE, "StateReason"] = ("(uu)", (state, reason))
    tell(DEVICE, "Device", GLib.Variant("(uuu)", (state, 0, reason)))


def activate(path, address):
    """What the real one does after it has answered."""
    if MODE == "quits":
        loop.quit()
    elif MODE.endswith("fails") and address.startswith("192.168.10.66"):
        has(None)
        properties[path, "State"] = ("u", 4)
        device_is(120, 5)
        device_is(30, 0)
        tell(path, "Connection.Active", GLib.Variant("(uu)", (4, 0)))
    elif MODE != "never":
        has(None if MODE in ("wrong", "broken") else address)
        properties[path, "State"] = ("u", 2)
        device_is(100, 0)
        tell(path, "Connection.Active", GLib.Variant("(uu)", (2, 0)))


def roll_back():
    # As the real one: the connection's file gets its former settings.
    if settings != saved:
        with open(FILE, "w", encoding="ascii") as file:
            file.write(saved + "\n")
    device_is(110, 60)
    GLib.timeout_add(100, lambda: has(saved) or device_is(100, 0))


def called(_connection, _sender, path, _interface, method, arguments, invocation):
    global count, saved
    words = arguments.unpack()
    if method == "Get":
        known = properties.get((path, words[1]))
        if path == CHECKPOINT and saved:
            known = ("x", 4711)
        if known is None:
            return invocation.return_dbus_error(UNKNOWN + "Object", f"there is no {words[1]}")
        return invocation.return_value(GLib.Variant("(v)", (GLib.Variant(*known),)))
    if method == "GetSettings":
        own = {"connection": {"interface-name": GLib.Variant("s", "ens33")}}
        return invocation.return_value(GLib.Variant("(a{sa{sv}})", (own,)))
    if method == "GetDeviceByIpIface":
        return invocation.return_value(GLib.Variant("(o)", (DEVICE,)))
    note(method)
    if method.startswith("Checkpoint") and MODE.startswith("old") or "Adjust" in method and MODE == "middle":
        return invocation.return_dbus_error(UNKNOWN + "Method", f"no such method {method}")
    if method == "CheckpointCreate" and MODE == "taken":
        return invocation.return_dbus_error(
            NAME + ".InvalidArguments", "device 'ens33' is already included in checkpoint " + ROOT + "/Checkpoint/9")
    if method == "CheckpointCreate" and MODE == "denied":
        return invocation.return_dbus_error(NAME + ".PermissionDenied", "Not enough privileges")
    if method == "ReloadConnections":
        load()
        return invocation.return_value(GLib.Variant("(b)", (True,)))
    if method == "ActivateConnection":
        count += 1
        active = f"{ROOT}/ActiveConnection/{count}"
        properties[active, "State"] = ("u", 1)
        serve(active)
        device_is(40, 0)
        GLib.timeout_add(50, activate, active, settings)
        return invocation.return_value(GLib.Variant("(o)", (active,)))
    if method == "CheckpointCreate":
        saved = settings
        return invocation.return_value(GLib.Variant("(o)", (CHECKPOINT,)))
    if method == "CheckpointRollback":
        if MODE != "broken":
            roll_back()
        return invocation.return_value(GLib.Variant("(a{su})", ({DEVICE: 3 if MODE == "broken" else 0},)))
    return invocation.return_value(None)


def serve(path):
    for interface in INTERFACES:
        bus.register_object(path, interface, called, None, None)


flags = Gio.DBusConnectionFlags.AUTHENTICATION_CLIENT | Gio.DBusConnectionFlags.MESSAGE_BUS_CONNECTION
bus = Gio.DBusConnection.new_for_address_sync(ADDRESS, flags, None, None)
load()
has(settings)
for place in (ROOT, ROOT + "/Settings", DEVICE, CONNECTION, CHECKPOINT, ROOT + "/ActiveConnection/1"):
    serve(place)
Gio.bus_own_name_on_connection(bus, NAME, 0, None, None)
loop.run()
