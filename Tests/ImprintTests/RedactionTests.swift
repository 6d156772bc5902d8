import Testing

@testable import imprint

@Suite("Secrets stay out of diffs")
struct RedactionTests {
  @Test(
    "a line is shown without what it must not show",
    arguments: [
      (
        "transport_url = rabbit://openstack:s3cret@controller:5672/",
        "transport_url = rabbit://(not shown)@controller:5672/"
      ),
      ("connection=mysql+pymysql://nova:p@ss@db/nova", "connection=mysql+pymysql://(not shown)@db/nova"),
      ("transport_url = rabbit://a:b@h1:5672,c:d@h2:5672/", "transport_url = rabbit://(not shown)@h2:5672/"),
      ("password = hunter2", "password = (not shown)"),
      ("metadata_proxy_shared_secret=x", "metadata_proxy_shared_secret= (not shown)"),
      ("memcache_secret_key : x", "memcache_secret_key : (not shown)"),
      ("#password = <None>", "#password = (not shown)"),
      ("password =", "password ="),
      ("my_ip = 192.168.10.20", "my_ip = 192.168.10.20"),
      ("auth_url = http://controller:5000/v3", "auth_url = http://controller:5000/v3"),
      ("WPA_PSK=abcdefgh", "WPA_PSK= (not shown)"),
      ("fixed_key = 0123deadbeef", "fixed_key = (not shown)"), ("pwd = x", "pwd = (not shown)"),
      ("KEY1=abcde", "KEY1= (not shown)"), ("private-key=abc", "private-key= (not shown)"),
      ("backend_argument = password:x", "backend_argument = (not shown)"),
      ("backend_url = redis://h:1?password=x&db=1", "backend_url = redis://h:1?password=(not shown)&db=1"),
      ("connection = mysql://nova:p/w@db/nova", "connection = mysql://(not shown)@db/nova"),
      // Digits are a port or the start of a password: rather too much than too little.
      ("amqp = amqp://openstack:123/s3cret@192.168.10.20/", "amqp = amqp://(not shown)@192.168.10.20/"),
      ("auth_url = http://controller:5000/v3/a@b", "auth_url = http://(not shown)@b"),
      (
        "Environment=\"OS_VNC__SERVER_LISTEN=192.168.10.20\" \"OS_PLACEMENT__PASSWORD=x y\"",
        "Environment=\"OS_VNC__SERVER_LISTEN=192.168.10.20\" \"OS_PLACEMENT__PASSWORD= (not shown)"
      ),
      ("Environment=OS_KEYSTONE_AUTHTOKEN__PASSWORD=x", "Environment=OS_KEYSTONE_AUTHTOKEN__PASSWORD= (not shown)"),
      (
        "Environment=OS_KEYSTONE_AUTHTOKEN__AUTH_URL=http://controller:5000",
        "Environment=OS_KEYSTONE_AUTHTOKEN__AUTH_URL=http://controller:5000"
      ),
      (
        "DAEMON_ARGS=\"--debug --keystone_authtoken-password=x --nova-password y\"",
        "DAEMON_ARGS=\"--debug --keystone_authtoken-password= (not shown)"
      ),
      ("DAEMON_ARGS=\"--nova-password y --debug\"", "DAEMON_ARGS=\"--nova-password (not shown)"),
      ("auth: {key-management: psk, password: \"x y\"}", "auth: {key-management: psk, password: (not shown)"),
      ("#psk=\"x\"", "#psk= (not shown)"), ("PasswordAuthentication no", "PasswordAuthentication no"),
      ("openstack:x@h2:5672,openstack:x@h3", "(not shown)@h2:5672,(not shown)@h3"),
      ("openstack:x://y@h2", "(not shown)@h2"), ("ssh-ed25519 AAAA nova@compute", "ssh-ed25519 AAAA nova@compute"),
      ("  url = ssh://git@controller:22/x", "  url = ssh://git@controller:22/x"),
      ("Host git@github.com:a/b", "Host git@github.com:a/b"),
      ("curl -u admin:x https://192.168.10.10/", "curl -u (not shown) https://192.168.10.10/"),
      (
        "ExecStart=/usr/bin/curl -sSu admin:x -o y h && id -u a:b",
        "ExecStart=/usr/bin/curl -sSu (not shown) -o y h && id -u a:b"
      ),
      ("@reboot curl --user=a:x -Uc:y h", "@reboot curl --user=(not shown) -U(not shown) h"),
      ("x=$(curl --proxy-user 'a b:x y' h)", "x=$(curl --proxy-user (not shown)"),
      ("args: [\"curl\", \"-u\", \"a:x\"]", "args: [\"curl\", \"-u(not shown)"),
      ("curl -u admin https://192.168.10.10:8443/", "curl -u admin https://192.168.10.10:8443/"),
      ("up sshpass -p s3cret ssh -p 22 root@h ls", "up sshpass -p (not shown) ssh -p 22 root@h ls"),
      ("up /usr/bin/sshpass -ps3cret scp -P 22 a h:", "up /usr/bin/sshpass -p(not shown) scp -P 22 a h:"),
      ("up sshpass -e -P pass -p 's 3' ssh h", "up sshpass -e -P pass -p (not shown)"),
      ("up sshpass -p a mysql -pb h", "up sshpass -p (not shown) mysql -p(not shown) h"),
      ("up sshpass -f /etc/p ssh -p 22 h", "up sshpass -f /etc/p ssh -p 22 h"),
      ("mysql -u root -ps3cret -h db nova", "mysql -u root -p(not shown) -h db nova"),
      ("mysqldump -uroot -p nova -P3306", "mysqldump -uroot -p nova -P3306"),
      ("mariadb -ps3cret | grep -pattern", "mariadb -p(not shown) | grep -pattern"),
      ("ssh -p22 h mysql", "ssh -p22 h mysql"),
      ("ldapsearch -x -D cn=a -w s3cret -p 389", "ldapsearch -x -D cn=a -w (not shown) -p 389"),
      ("ipmitool -H h -U a -P s3cret power on", "ipmitool -H h -U a -P (not shown) power on"),
      ("redis-cli -h h -a s3cret ping", "redis-cli -h h -a (not shown) ping"),
      ("MYSQL_PWD=x mysql", "MYSQL_PWD= (not shown)"), ("export SSHPASS=x", "export SSHPASS= (not shown)"),
      ("PGPASSWORD=x psql", "PGPASSWORD= (not shown)"), ("up foo --password x -v", "up foo --password (not shown)"),
      ("up curl -H \"Authorization: Bearer s3\" http://h", "up curl -H \"Authorization: (not shown)"),
      ("authorization: rbac", "authorization: rbac"), ("smbclient -U a%s3 //h/x", "smbclient -U (not shown) //h/x"),
      ("smbclient -U a //h/x", "smbclient -U a //h/x"), ("snmpset -v2c -c s3 h x", "snmpset -v2c -c (not shown) h x"),
      ("OLDPWD=/x", "OLDPWD=/x"), ("compass=1", "compass=1"), ("up mkdir -p /run/x", "up mkdir -p /run/x"),
      ("chown -u a:b curl", "chown -u a:b curl"), ("monkey = 1", "monkey = 1"),
      ("keyfile = /etc/x", "keyfile = /etc/x"),
    ])
  func lines(_ line: String, _ shown: String) {
    #expect(Redaction.line(line, of: "/etc/nova/nova.conf") == shown)
  }

  @Test(
    "of ifupdown the first word is the name",
    arguments: [
      ("\twpa-psk x", "\twpa-psk (not shown)"), ("  wireless-key s:x", "  wireless-key (not shown)"),
      ("\twireless-key1 x", "\twireless-key1 (not shown)"), ("\taddress 192.168.10.20", "\taddress 192.168.10.20"),
    ])
  func interfaces(_ line: String, _ shown: String) {
    #expect(Redaction.line(line, of: "/etc/network/interfaces") == shown)
    #expect(Redaction.line(line, of: "/etc/network/interfaces.d/ens33") == shown)
  }

  @Test(
    "what continues a secret is masked with it, wherever the showing begins",
    arguments: [
      (
        "transport_url = rabbit://a:b@h1,\n  openstack:x@h2,\n openstack:x@h3/\nmy_ip = 1\n",
        ["transport_url = rabbit://(not shown)@h1,", "  (not shown)@h2,", " (not shown)@h3/", "my_ip = 1"]
      ),
      ("password =\n  x\nmy_ip = 1\n", ["password =", "  (not shown)", "my_ip = 1"]),
      (
        "auth:\n  password: |\n    x\n\n    # x\n  mode: y\n- password: x\n  name: y\n",
        [
          "auth:", "  password: (not shown)", "  (not shown)", "", "  (not shown)", "  mode: y",
          "- password: (not shown)", "  name: y",
        ]
      ),
      ("passwords:\n- x\n- x\nname: y\n", ["passwords:", "  (not shown)", "  (not shown)", "name: y"]),
      (
        "Environment=OS_A__PASSWORD=x\\\nx\nUser=nova\n",
        ["Environment=OS_A__PASSWORD= (not shown)", "  (not shown)", "User=nova"]
      ),
      (
        "Environment=URL=rabbit://a:b@h1,\\\nopenstack:x@h2\nUser=nova\n",
        ["Environment=URL=rabbit://(not shown)@h1,\\", "(not shown)@h2", "User=nova"]
      ),
      (
        "up curl -s \\\n-u \\\na:x https://h \\\n  -U b:y\nid -u c:d\n",
        ["up curl -s \\", "-u \\", "(not shown) https://h \\", "  -U (not shown)", "id -u c:d"]
      ),
      (
        "up sshpass \\\n-p \\\ns3cret ssh \\\n  -p 22\nssh -p 22\n",
        ["up sshpass \\", "-p \\", "(not shown) ssh \\", "  -p 22", "ssh -p 22"]
      ),
    ])
  func continued(_ text: String, _ shown: [String]) {
    let lines = text.split(separator: "\n", omittingEmptySubsequences: false).dropLast().map(String.init)
    for first in lines.indices {
      var redacted = RedactedLines(Array(text.utf8), of: "/etc/x")
      redacted.skip(to: first)
      #expect(lines[first...].map { redacted.shown($0) } == Array(shown[first...]), "from line \(first)")
    }
  }

  @Test("a hash in passwd itself is masked, an x is not")
  func passwd() {
    #expect(
      Redaction.line("nova:$6$salt$hash:162:162::/:/bin/sh", of: "/etc/passwd") == "nova:(not shown):162:162::/:/bin/sh"
    )
    #expect(Redaction.line("nova:x:162:162::/:/bin/sh", of: "/etc/passwd") == "nova:x:162:162::/:/bin/sh")
  }
}
