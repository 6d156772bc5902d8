# Does in the tree that is the working directory what the packages' own scripts and an administrator would do.

install -m 640 usr/share/nova-common/nova.conf etc/nova/nova.conf
install -m 640 usr/share/neutron-common/neutron.conf etc/neutron/neutron.conf
install -m 644 usr/share/neutron-common/plugins/ml2/openvswitch_agent.ini etc/neutron/plugins/ml2/openvswitch_agent.ini
install -m 644 usr/share/openssh/sshd_config etc/ssh/sshd_config
cp usr/share/base-passwd/passwd.master etc/passwd
cp usr/share/base-passwd/group.master etc/group
cat >> etc/passwd <<'EOF'
sshd:x:101:65534::/run/sshd:/usr/sbin/nologin
nova:x:64060:64060::/var/lib/nova:/bin/false
neutron:x:64062:64062::/var/lib/neutron:/bin/false
EOF
printf 'nova:x:64060:\nneutron:x:64062:\n' >> etc/group
sed 's/^\([^:]*\):.*/\1:!:19600:0:99999:7:::/' etc/passwd > etc/shadow

# set FILE SECTION OPTION VALUE: below the comment that documents the option, as people do
set_option() {
  awk -v section="[$2]" -v option="$3" -v value="$4" '
    { print }
    /^\[/ { inside = ($0 == section) }
    inside && !done && $0 ~ "^# *" option " *=" { print option " = " value; done = 1 }
    END { if (!done) exit 1 }' "$1" > edited
  cat edited > "$1"
  rm edited
}

set_option etc/nova/nova.conf DEFAULT my_ip 192.168.10.20
set_option etc/nova/nova.conf DEFAULT transport_url rabbit://openstack:fixture-rabbit@controller:5672/
set_option etc/nova/nova.conf vnc server_proxyclient_address '$my_ip'
set_option etc/nova/nova.conf libvirt live_migration_inbound_addr 192.168.10.20
set_option etc/neutron/plugins/ml2/openvswitch_agent.ini ovs local_ip 192.168.20.20
set_option etc/neutron/plugins/ml2/linuxbridge_agent.ini vxlan local_ip 192.168.20.20
