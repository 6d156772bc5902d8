"""The real nova (Debian's python3-nova): its own builder makes a config drive, and its own metadata handler answers on loopback.
Of a cloud only the records are missing: an instance and its network are made here. Beside IMAGE it makes IMAGE.vfat.
Usage: nova_metadata.py PORT-FILE IMAGE"""
import os
import subprocess
import sys
from unittest import mock
from wsgiref import simple_server

import nova.conf
from oslo_concurrency import processutils
from oslo_log import log
from serving import serve

CONF = nova.conf.CONF
log.register_options(CONF)
CONF([], project="nova", default_config_files=[])
CONF.set_override("mkisofs_cmd", "genisoimage")
from nova import context, objects  # noqa: E402

objects.register_all()
from nova.api.metadata import base, handler  # noqa: E402
from nova.network import model  # noqa: E402
import nova.privsep.fs  # noqa: E402
from nova.virt import configdrive  # noqa: E402

KEY = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIJ0pXWqHRvmIrVfA3QzNvZ0fB0Jd5mV5gGmJ8m6hPq3n root@controller"


def instance():
    made = objects.Instance(
        context.get_admin_context(), id=1, uuid="83679162-1378-4288-a2d4-70e13ec132aa", hostname="compute2",
        display_name="compute2", launch_index=0, reservation_id="r-1", project_id="f7ac731cc11f40efbc03a9f9e1d1d21f",
        user_id="u", host="h", key_name="mykey", key_data=KEY, user_data="I2Nsb3VkLWNvbmZpZwo=",
        metadata={"role": "compute", "imprint-node": "compute2"}, system_metadata={}, availability_zone="nova",
        root_device_name="/dev/vda", default_ephemeral_device=None, default_swap_device=None, kernel_id="",
        ramdisk_id="", image_ref="i", config_drive="True", security_groups=objects.SecurityGroupList(objects=[]))
    made.keypairs = objects.KeyPairList(objects=[objects.KeyPair(name="mykey", type="ssh", public_key=KEY)])
    made.device_metadata = None
    made.numa_topology = None
    made.flavor = objects.Flavor(
        id=1, name="m1", memory_mb=1, vcpus=1, root_gb=1, ephemeral_gb=0, flavorid="1", swap=0, rxtx_factor=1,
        vcpu_weight=1, extra_specs={})
    made.ec2_ids = objects.EC2Ids(instance_id="i-00000001", ami_id="ami-1", kernel_id=None, ramdisk_id=None)
    return made


def network():
    four = model.Subnet(
        cidr="192.168.10.0/24", dns=[model.IP("192.168.10.3")], gateway=model.IP("192.168.10.2"),
        ips=[model.FixedIP(address="192.168.10.21")], routes=[], version=4)
    six = model.Subnet(
        cidr="2001:db8::/64", dns=[], gateway=model.IP("2001:db8::1"), ips=[model.FixedIP(address="2001:db8::21")],
        routes=[], version=6)
    both = model.Network("n1", bridge="br0", label="x", subnets=[four, six], mtu=1450)
    card = model.VIF(id="v1", address="00:0c:29:00:00:21", network=both, type="ovs", devname="tap1")
    return model.NetworkInfo([card])


patches = [
    mock.patch.object(objects.Instance, "get_bdms", return_value=objects.BlockDeviceMappingList(objects=[])),
    mock.patch("nova.network.security_group_api.get_instance_security_groups", return_value=[]),
    mock.patch.object(base.netutils, "get_injected_network_template", return_value=None),
    mock.patch("nova.api.metadata.vendordata_json.JsonFileVendorData.get", return_value={"cloud": "lab"}),
]
for patch in patches:
    patch.start()
metadata = base.InstanceMetadata(instance(), network_info=network())
with configdrive.ConfigDriveBuilder(instance_md=metadata) as builder:
    builder.make_drive(sys.argv[2])

# A VFAT drive nova makes by mkfs, and mounts it to fill it. Where that cannot be, for want of root, a loop device or the file
# system in the kernel, mtools carry the same files in; all else is nova's.
nova.privsep.sys_admin_pctxt.set_client_mode(False)
os.environ["PATH"] += ":/usr/sbin:/sbin"
really_mount, really_umount = nova.privsep.fs.mount, nova.privsep.fs.umount
carried = {}


def mount(kind, device, place, options):
    try:
        return really_mount(kind, device, place, options)
    except processutils.ProcessExecutionError:
        carried[place] = device
        return "", ""


def umount(place):
    if place not in carried:
        return really_umount(place)
    names = [os.path.join(place, name) for name in sorted(os.listdir(place))]
    subprocess.run(["mcopy", "-s", "-i", carried.pop(place), *names, "::/"], check=True)


CONF.set_override("config_drive_format", "vfat")
with mock.patch.object(nova.privsep.fs, "mount", mount), mock.patch.object(nova.privsep.fs, "umount", umount):
    with configdrive.ConfigDriveBuilder(instance_md=metadata) as builder:
        builder.make_drive(sys.argv[2] + ".vfat")


class Handler(handler.MetadataRequestHandler):
    def get_metadata_by_remote_address(self, address):
        return metadata


class Quiet(simple_server.WSGIRequestHandler):
    def log_message(self, *_):
        pass


serve(simple_server.make_server("127.0.0.1", 0, Handler(), handler_class=Quiet), sys.argv[1])
