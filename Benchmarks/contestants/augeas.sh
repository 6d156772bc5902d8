#!/bin/bash
# With Augeas for what it has a lens for, and the shell for the rest: augeas.sh TREE. Only the needed lenses are loaded.
set -e
tree=$1
nova=$tree/var/lib/nova
network=/etc/sysconfig/network-scripts

augtool --noload --noautoload --nostdinc -I /usr/share/augeas/lenses/dist -I "$(dirname "$0")" --root "$tree" --autosave \
  >/dev/null <<END
set /augeas/load/Hostname/lens Hostname.lns
set /augeas/load/Hostname/incl /etc/hostname
set /augeas/load/Hosts/lens Hosts.lns
set /augeas/load/Hosts/incl /etc/hosts
set /augeas/load/Passwd/lens Passwd.lns
set /augeas/load/Passwd/incl /etc/passwd
set /augeas/load/Shellvars/lens Shellvars.lns
set /augeas/load/Shellvars/incl[1] $network/ifcfg-ens33
set /augeas/load/Shellvars/incl[2] $network/ifcfg-ens34
set /augeas/load/Shellvars/incl[3] /etc/sysconfig/network
set /augeas/load/Nova/lens NovaIni.lns
set /augeas/load/Nova/incl /etc/nova/nova.conf
load
set /files/etc/hostname/hostname compute2
set /files/etc/sysconfig/network/HOSTNAME compute2
set /files$network/ifcfg-ens33/IPADDR 192.168.10.21
set /files$network/ifcfg-ens33/UUID $(</proc/sys/kernel/random/uuid)
rm /files$network/ifcfg-ens33/HWADDR
set /files$network/ifcfg-ens34/IPADDR 192.168.20.21
set /files$network/ifcfg-ens34/UUID $(</proc/sys/kernel/random/uuid)
set /files/etc/hosts/01/ipaddr 192.168.10.21
set /files/etc/hosts/01/canonical compute2
set /files/etc/passwd/nova/shell /bin/bash
set /files/etc/nova/nova.conf/DEFAULT/my_ip 192.168.10.21
set /files/etc/nova/nova.conf/libvirt/live_migration_inbound_addr 192.168.10.21
END
rm -f "$nova/.ssh/id_rsa" "$nova/.ssh/id_rsa.pub"
ssh-keygen -q -t ed25519 -N '' -C nova@compute2 -f "$nova/.ssh/id_ed25519"
printf 'Host *\n    StrictHostKeyChecking no\n    UserKnownHostsFile /dev/null\n' >"$nova/.ssh/config"
cat "$nova/.ssh/id_ed25519.pub" >"$nova/.ssh/authorized_keys"
chmod 600 "$nova/.ssh/config" "$nova/.ssh/authorized_keys"
if [ "$(id -u)" = 0 ]; then chown -R 162:162 "$nova/.ssh"; fi
tr -d '-' </proc/sys/kernel/random/uuid >"$tree/etc/machine-id"
cp -f "$tree/etc/machine-id" "$tree/var/lib/dbus/machine-id"
