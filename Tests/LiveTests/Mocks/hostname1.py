#!/usr/bin/python3
"""A hostnamed that does as it is told: in a UTS namespace of its own.

Mocked, because a real one cannot be made to refuse, to lie, or to be of version 219; it does set the name of its namespace, and
says "ready" when it is on the bus; hostname1.py MODE FILE ADDRESS. Modes:

newer       the static name is the kernel's at once
transient   the kernel keeps its name until SetHostname
old         219: SetHostname does nothing, for the static name counts; and SetStaticHostname writes FILE
protected   the file cannot be written, and says the new name already
readonly    the file cannot be written, and says another name
denied      polkit says no
asks        polkit wants to ask somebody
mute        no answer
forgets     accepts, and the static name is another afterwards
lies        accepts, and the kernel's name is another afterwards
masked      it cannot be started
"""

import socket
import sys

from gi.repository import Gio, GLib

SERVICE, PATH = "org.freedesktop.hostname1", "/org/freedesktop/hostname1"
ERROR = "org.freedesktop.DBus.Error."
INTERFACE = Gio.DBusNodeInfo.new_for_xml(f"""<node><interface name="{SERVICE}">
  <method name="SetHostname"><arg type="s" direction="in"/><arg type="b" direction="in"/></method>
  <method name="SetStaticHostname"><arg type="s" direction="in"/><arg type="b" direction="in"/></method>
  <property name="StaticHostname" type="s" access="read"/>
</interface></node>""").interfaces[0]
REFUSALS = {
    "denied": (ERROR + "AccessDenied", "Permission denied"),
    "asks": (ERROR + "InteractiveAuthorizationRequired", "Interactive authentication required."),
    "protected": ("org.freedesktop.hostname1.FileIsProtected", "Not allowed to update /etc/hostname."),
    "readonly": ("org.freedesktop.hostname1.ReadOnlyFilesystem", "/etc/hostname is in a read-only filesystem."),
    "masked": ("org.freedesktop.systemd1.UnitMasked", "Unit dbus-org.freedesktop.hostname1.service is masked."),
}
MODE, FILE, ADDRESS = sys.argv[1:]
static = "compute2" if MODE == "protected" else "compute"


def called(_connection, _sender, _path, _interface, method, arguments, invocation):
    global static
    name, is_interactive = arguments.unpack()
    if MODE == "mute":
        return
    if is_interactive or (method == "SetStaticHostname" and MODE in REFUSALS):
        return invocation.return_dbus_error(*REFUSALS.get(MODE, REFUSALS["denied"]))
    if method == "SetStaticHostname":
        static = static if MODE == "forgets" else name
        if MODE == "old":
            with open(FILE, "w", encoding="ascii") as file:
                file.write(name + "\n")
    if MODE in ("newer", "old") if method == "SetStaticHostname" else MODE not in ("old", "lies"):
        socket.sethostname(name)
    invocation.return_value(None)


def asked(*_):
    return GLib.Variant("s", static)


def main():
    flags = Gio.DBusConnectionFlags.AUTHENTICATION_CLIENT | Gio.DBusConnectionFlags.MESSAGE_BUS_CONNECTION
    connection = Gio.DBusConnection.new_for_address_sync(ADDRESS, flags, None, None)
    connection.register_object(PATH, INTERFACE, called, asked, None)
    Gio.bus_own_name_on_connection(connection, SERVICE, 0, lambda *_: print("ready", flush=True), None)
    GLib.MainLoop().run()


main()
