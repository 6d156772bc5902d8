"""What cloud-init's own readers (cloudinit.sources.helpers.openstack) make of a config drive's directory or a service, as JSON.
Usage: cloud_init.py DIRECTORY-OR-URL VERSION MAC=NAME…"""
import base64
import json
import sys

from cloudinit.sources.helpers import openstack

place, version = sys.argv[1:3]
names = dict(word.split("=") for word in sys.argv[3:])
openstack.OS_VERSIONS = (version,)
if place.startswith("http"):
    reader = openstack.MetadataReader(place, retries=2, timeout=5)
else:
    reader = openstack.ConfigDriveReader(place)
found = reader.read_v2()
said = {key: found["metadata"].get(key) for key in ("uuid", "name", "hostname", "availability_zone", "project_id")}
said["version"] = found["version"]
said["launch_index"] = found["metadata"].get("launch_index")
said["meta"] = found["metadata"].get("meta")
said["public_keys"] = found["metadata"].get("public_keys")
said["userdata"] = base64.b64encode(found.get("userdata") or b"").decode()
said["vendordata"] = found.get("vendordata")
said["vendordata2"] = found.get("vendordata2")
network = found.get("networkdata")
if network:
    said["network"] = openstack.convert_net_json(network, known_macs=names)
print(json.dumps(said))
