"""A private layer over this machine's files, in which the contestants are installed and run.

Nothing is installed on the machine itself: cloud-init least of all, whose package enables services that would rename the
machine at its next boot. Needs root and overlayfs; without them there is no layer, and the contestants that need it are
left out.
"""
import os
import shutil
import subprocess

PACKAGES = ["ansible-core", "augeas-tools", "augeas-lenses", "cloud-init"]

# In a mount namespace of its own: the layer, the place where the trees are, and the few devices that programs ask for.
ENTER = r"""
set -e
m=$1/mount; place=$2; below=$3; above=$4; work=$5; shift 5
mkdir -p "$m" "$above" "$work"
mount -t overlay overlay -o "lowerdir=$below,upperdir=$above,workdir=$work" "$m"
mkdir -p "$m$place"
mount --rbind "$place" "$m$place"
mount -t proc proc "$m/proc"
mount -t tmpfs tmpfs "$m/tmp"
mount -t tmpfs tmpfs "$m/run"
mount -t tmpfs tmpfs "$m/dev"
for device in null zero random urandom; do : >"$m/dev/$device"; mount --bind "/dev/$device" "$m/dev/$device"; done
mkdir "$m/dev/shm"
exec chroot "$m" "$@"
"""


class Layer:
    def __init__(self, cache, place):
        """cache: where the layer is kept; place: a directory that is seen at the same path inside it."""
        self.place = place
        self.directory = os.path.join(place, "layer")
        self.installed = os.path.join(self.directory, "installed")
        self.made = False

    def command(self, arguments, above=None, network=False):
        """The command that runs `arguments` in the layer; what they write goes to `above`, or nowhere that lasts."""
        spaces = ["--mount", "--uts"] + ([] if network else ["--net"])
        if above == self.installed:
            below = "/"
        else:
            below = f"{self.installed}:/"
        above = above or os.path.join(self.directory, "above")
        return ["unshare", *spaces, "sh", "-c", ENTER, "layer", self.directory, self.place, below, above,
                above + ".work", *arguments]

    def make(self):
        """Installs the contestants; False, with a word about it, where that cannot be."""
        os.makedirs(self.directory, exist_ok=True)
        if os.geteuid() != 0:
            return self.without("it needs root")
        try:
            subprocess.run(self.command(["true"], above=self.installed), check=True, capture_output=True)
        except subprocess.CalledProcessError as error:
            return self.without(error.stderr.decode(errors="replace").strip().splitlines()[-1])
        script = "echo exit 101 >/usr/sbin/policy-rc.d; chmod 755 /usr/sbin/policy-rc.d; " \
            "apt-get update -qq && exec apt-get install -qq -y --no-install-recommends " + " ".join(PACKAGES)
        result = subprocess.run(
            self.command(["env", "DEBIAN_FRONTEND=noninteractive", "sh", "-c", script], above=self.installed, network=True),
            capture_output=True)
        if result.returncode != 0:
            return self.without(result.stderr.decode(errors="replace").strip()[-300:])
        self.made = True
        return True

    def without(self, reason):
        print(f"bench: no layer for Augeas, Ansible and cloud-init: {reason}")
        return False

    def clear(self):
        for name in ["above", "above.work"]:
            shutil.rmtree(os.path.join(self.directory, name), ignore_errors=True)
