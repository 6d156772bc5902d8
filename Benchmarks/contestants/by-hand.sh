#!/bin/bash
# The tutorial's way, with bash and sed, on a tree: by-hand.sh TREE. Neither durable nor atomic nor repeatable.
set -e
tree=$1
network=$tree/etc/sysconfig/network-scripts
nova=$tree/var/lib/nova

echo compute2 >"$tree/etc/hostname"
sed -i 's/^HOSTNAME=.*/HOSTNAME=compute2/' "$tree/etc/sysconfig/network"
sed -i -e 's/^IPADDR=.*/IPADDR=192.168.10.21/' -e "s/^UUID=.*/UUID=$(</proc/sys/kernel/random/uuid)/" -e '/^HWADDR=/d' \
  "$network/ifcfg-ens33"
sed -i -e 's/^IPADDR=.*/IPADDR=192.168.20.21/' -e "s/^UUID=.*/UUID=$(</proc/sys/kernel/random/uuid)/" -e '/^HWADDR=/d' \
  "$network/ifcfg-ens34"
echo '192.168.10.21 compute2' >>"$tree/etc/hosts"
sed -i -e 's/^my_ip *=.*/my_ip = 192.168.10.21/' \
  -e 's/^live_migration_inbound_addr *=.*/live_migration_inbound_addr = 192.168.10.21/' "$tree/etc/nova/nova.conf"
sed -i '/^nova:/s|[^:]*$|/bin/bash|' "$tree/etc/passwd"
rm -f "$nova/.ssh/id_rsa" "$nova/.ssh/id_rsa.pub"
ssh-keygen -q -t ed25519 -N '' -C nova@compute2 -f "$nova/.ssh/id_ed25519"
printf 'Host *\n    StrictHostKeyChecking no\n    UserKnownHostsFile /dev/null\n' >"$nova/.ssh/config"
cat "$nova/.ssh/id_ed25519.pub" >"$nova/.ssh/authorized_keys"
chmod 600 "$nova/.ssh/config" "$nova/.ssh/authorized_keys"
if [ "$(id -u)" = 0 ]; then chown -R 162:162 "$nova/.ssh"; fi
tr -d '-' </proc/sys/kernel/random/uuid >"$tree/etc/machine-id"
cp -f "$tree/etc/machine-id" "$tree/var/lib/dbus/machine-id"
