# shellcheck shell=bash
# Sourced by what makes disks for test machines: Debian 12 into a directory, from where this machine has its own packages.

# The server that this machine's own Debian comes from; nothing where that is not known, and debootstrap knows one itself.
mirror() {
  sed -nE 's/^URIs: *([^ ]+).*/\1/p; s/^deb (\[[^]]*\] )?([^ ]+) bookworm main.*/\2/p' \
    /etc/apt/sources.list /etc/apt/sources.list.d/* 2>/dev/null | head -n 1 || true
}

# bootstrap_debian TREE LOG PACKAGE…
bootstrap_debian() {
  local tree=$1 log=$2 packages server
  shift 2
  packages=$*
  server=$(mirror)
  debootstrap --variant=minbase --include="${packages// /,}" bookworm "$tree" ${server:+"$server"} >"$log" 2>&1 || {
    tail -n 20 "$log" >&2
    return 1
  }
  rm -rf "$tree"/var/cache/apt/archives/*.deb "$tree"/var/lib/apt/lists/*
}

# Runs a command inside a tree, as root, with the kernel's file systems there for as long as it runs.
inside() {
  local tree=$1
  shift
  unshare --mount --propagation private bash -c '
    tree=$1
    shift
    mount -t proc proc "$tree/proc"
    mount -t sysfs -o ro sysfs "$tree/sys"
    mount --bind /dev "$tree/dev"
    mount -t tmpfs tmpfs "$tree/run"
    mount -t tmpfs tmpfs "$tree/tmp"
    mkdir -p "$tree/run/lock"
    exec chroot "$tree" /usr/bin/env -i HOME=/root PATH=/usr/sbin:/usr/bin:/sbin:/bin LC_ALL=C.UTF-8 \
      DEBIAN_FRONTEND=noninteractive "$@"' inside "$tree" "$@"
}
