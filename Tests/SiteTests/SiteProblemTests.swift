import Testing

/// A mistake that users make, and all that is said about it.
struct Mistake: Sendable, CustomTestStringConvertible {
  var name: String
  var text: String
  var said: [String]
  var testDescription: String { name }

  init(_ name: String, _ text: String, _ said: String...) {
    self.name = name
    self.text = text
    self.said = said
  }
}

@Suite("A mistake in the site is said with its place and what would be right")
struct SiteProblemTests {
  @Test(arguments: shapeMistakes) func `its shape`(_ mistake: Mistake) { check(mistake) }
  @Test(arguments: valueMistakes) func `its values`(_ mistake: Mistake) { check(mistake) }
  @Test(arguments: addressMistakes) func `its addresses`(_ mistake: Mistake) { check(mistake) }
  @Test(arguments: uniquenessMistakes) func `what must be unique`(_ mistake: Mistake) { check(mistake) }
  @Test(arguments: settingMistakes) func `its settings`(_ mistake: Mistake) { check(mistake) }

  private func check(_ mistake: Mistake) {
    #expect(problems(mistake.text) == mistake.said)
  }
}

let shapeMistakes = [
  Mistake(
    "an empty file", "",
    "site.toml:1:1: the file says nothing; name the cloud's networks and nodes under [networks.NAME] and [nodes.NAME]"),
  Mistake(
    "a file of comments", "# nothing\n",
    "site.toml:1:1: the file says nothing; name the cloud's networks and nodes under [networks.NAME] and [nodes.NAME]"),
  Mistake(
    "a file without nodes", "[networks.management]\nsubnet = \"10.0.0.0/8\"\n",
    "site.toml:1:1: the site has no nodes; name each under [nodes.NAME], with role and addresses"),
  Mistake(
    "an empty table of nodes", "[networks.management]\nsubnet = \"10.0.0.0/8\"\n[nodes]\n",
    "site.toml:3:2: the site has no nodes; name each under [nodes.NAME], with role and addresses"),
  Mistake(
    "no networks", "[nodes.a]\nrole = \"compute\"\naddresses = { management = \"10.0.0.1\" }\n",
    "site.toml:3:15: unknown network \"management\"; the site has no networks yet: describe it under [networks.management]"
  ),
  Mistake(
    "a syntax error", lab.with("gateway   =", "gateway"),
    "site.toml:3:9: this is not TOML: key-value pair: expected '=', saw '\"'"),
  Mistake(
    "a table said twice", lab + "[networks.tunnel]\nmtu = 1500\n",
    "site.toml:22:1: this is not TOML: table header: cannot redefine existing table 'networks.tunnel'"),
  Mistake(
    "a key said twice", lab.with("gateway ", "subnet "),
    "site.toml:3:12: this is not TOML: key-value pair: cannot redefine existing string 'subnet'"),
  Mistake(
    "a slip in a key", lab.with("gateway ", "gatway "),
    "site.toml:3:1: unknown key \"gatway\" in [networks.management]; did you mean \"gateway\"?"),
  Mistake(
    "a slip in a table", lab.with("[networks.tunnel]", "[network.tunnel]"),
    "site.toml:6:2: unknown table \"network\"; did you mean \"networks\"?",
    "site.toml:12:45: unknown network \"tunnel\"; the site has management",
    "site.toml:16:45: unknown network \"tunnel\"; the site has management",
    "site.toml:20:45: unknown network \"tunnel\"; the site has management"),
  Mistake(
    "a key that is nothing like any", lab.with("gateway ", "colour "),
    "site.toml:3:1: unknown key \"colour\" in [networks.management]; known here: subnet, gateway, dns, mtu, routes, interface"
  ),
  Mistake(
    "a key at the top", "domain = \"example.com\"\n" + lab,
    "site.toml:1:1: unknown key \"domain\"; known here: site, networks, nodes, hosts, nova, neutron, migration, controller, reset, fence, identity"
  ),
  Mistake(
    "a text where a table should be", lab + "[[hosts]]\nnetwork = \"management\"\n",
    "site.toml:22:1: hosts is a list, not a table; write [hosts]"),
  Mistake(
    "a number where a text should be", lab.with("\"192.168.10.0/24\"", "24"),
    "site.toml:2:13: subnet is a whole number, not a subnet; write it in quotes"),
  Mistake(
    "a number within a list", lab.with("\"192.168.10.2\"", "[\"192.168.10.2\", 3.5]"),
    "site.toml:3:30: each of gateway is a number with a point, not an IP address; write it in quotes"),
  Mistake(
    "a text where a number should be", lab.with("interface = \"ens33\"", "mtu = \"1500\""),
    "site.toml:4:7: mtu is a text, not a whole number; write a number without quotes"),
  Mistake(
    "a date", lab.with("\"ens33\"", "2026-01-01"),
    "site.toml:4:13: interface is a date or time, not an interface name; write it in quotes"),
  Mistake(
    "a NUL byte", lab.with("ens33", "ens\u{0}33"),
    "site.toml:4:17: this is not TOML: string: unescaped control characters other than TAB (U+0009) are explicitly prohibited"
  ),
  Mistake(
    "a key of too many parts", lab + (0..<50).map { "k\($0)" }.joined(separator: ".") + " = 1\n",
    "site.toml:22:54: this is not TOML: this key has too many parts"),
  Mistake(
    "nested too deeply", lab + "x = " + String(repeating: "[", count: 40),
    "site.toml:22:37: this is not TOML: lists and tables are nested too deeply"),
]

let valueMistakes = [
  Mistake(
    "an address out of range", lab.with("192.168.10.20\"", "192.168.10.300\""),
    "site.toml:16:28: \"192.168.10.300\" is not an IP address; write four numbers from 0 to 255 without leading zeros, or an IPv6 address"
  ),
  Mistake(
    "an address with a prefix", lab.with("192.168.10.20\"", "192.168.10.20/24\""),
    "site.toml:16:28: \"192.168.10.20/24\" is not an IP address; leave the prefix out: it comes from the network's subnet"
  ),
  Mistake(
    "an address with leading zeros", lab.with("192.168.10.20\"", "192.168.010.20\""),
    "site.toml:16:28: \"192.168.010.20\" is not an IP address; write four numbers from 0 to 255 without leading zeros, or an IPv6 address"
  ),
  Mistake(
    "a subnet with host bits", lab.with("192.168.10.0/24", "192.168.10.5/24"),
    "site.toml:2:13: \"192.168.10.5/24\" is an address with a prefix, not a subnet; write 192.168.10.0/24"),
  Mistake(
    "a subnet with a netmask", lab.with("192.168.10.0/24", "192.168.10.0/255.255.255.0"),
    "site.toml:2:13: \"192.168.10.0/255.255.255.0\" says its prefix as a netmask; write 192.168.10.0/24"),
  Mistake(
    "a subnet without a prefix", lab.with("192.168.10.0/24", "192.168.10.0"),
    "site.toml:2:13: \"192.168.10.0\" has no prefix; write 192.168.10.0/24, or as long as it is"),
  Mistake(
    "an interface name that is too long", lab.with("ens33", "a-very-long-interface"),
    "site.toml:4:13: \"a-very-long-interface\" is not an interface name; the kernel takes at most 15 bytes"),
  Mistake(
    "a pattern for an interface name", lab.with("ens33", "ens3[3-4]"),
    "site.toml:4:13: \"ens3[3-4]\" is not an interface name; netplan and systemd take it for a pattern: write the name of one interface"
  ),
  Mistake(
    "an upper-case node name", lab.with("nodes.compute]", "nodes.Compute]"),
    "site.toml:14:8: \"Compute\" is not a host name; write it in lower case: \"compute\""),
  Mistake(
    "a full node name", lab.with("nodes.compute]", "nodes.\"compute.example.com\"]"),
    "site.toml:14:8: \"compute.example.com\" is not a short name; call the node \"compute\" and say the rest once, as domain under [site]"
  ),
  Mistake(
    "an all-numeric node name", lab.with("nodes.compute]", "nodes.42]"),
    "site.toml:14:8: \"42\" is all digits; a host name needs a letter, or it reads as an address"),
  Mistake(
    "a node called localhost", lab.with("nodes.compute]", "nodes.localhost]"),
    "site.toml:14:8: \"localhost\" begins with localhost; libvirt and NetworkManager take such a name for no name at all"
  ),
  Mistake(
    "a network name with a blank", lab.with("networks.tunnel", "networks.\"the tunnel\""),
    "site.toml:6:11: \"the tunnel\" is not a network name; use up to 64 letters, digits, hyphens and underscores",
    "site.toml:12:45: unknown network \"tunnel\"; the site has management, the tunnel",
    "site.toml:16:45: unknown network \"tunnel\"; the site has management, the tunnel",
    "site.toml:20:45: unknown network \"tunnel\"; the site has management, the tunnel"),
  Mistake(
    "a multicast MAC address", lab.with("00:0c:29:aa:bb:cc", "01:0c:29:aa:bb:cc"),
    "site.toml:21:22: \"01:0c:29:aa:bb:cc\" is a group address; no network card has an odd first octet"),
  Mistake(
    "a MAC address of five octets", lab.with("00:0c:29:aa:bb:cc", "00:0c:29:aa:bb"),
    "site.toml:21:22: \"00:0c:29:aa:bb\" is not a MAC address; write six octets, such as 00:0c:29:aa:bb:cc"),
  Mistake(
    "a UUID that is cut off", lab.with("564d0c29-aabb-ccdd-eeff-001122334455", "564d0c29"),
    "site.toml:21:51: \"564d0c29\" is not a UUID; write 32 hex digits, as /sys/class/dmi/id/product_uuid shows them"),
  Mistake(
    "a serial number that boards without one say", lab.with("VMware-56 4d", "Not Specified"),
    "site.toml:21:100: \"Not Specified\" is what machines without a serial number say; leave it out"),
  Mistake(
    "a place after letters outside ASCII",
    lab.with("match     = { mac = [\"00:0c:29:aa:bb:cc\"]", "match = { serial = \"Größe 👍\", mac = \"x\" }\n#"),
    "site.toml:21:37: \"x\" is not a MAC address; write six octets, such as 00:0c:29:aa:bb:cc"),
  Mistake(
    "an unknown role", lab.with("\"controller\"", "\"master\""),
    "site.toml:11:13: role = \"master\" is unknown; it is \"controller\" or \"compute\""),
  Mistake(
    "a domain with a dot at its end", "site.domain = \"example.com.\"\n" + lab,
    "site.toml:1:15: \"example.com.\" is not a domain name; it has an empty part: dots stand between parts only"),
  Mistake(
    "a name too long with its domain", "site.domain = \"\(String(repeating: "d", count: 60))\"\n" + lab,
    "site.toml:11:8: \"controller.dddddddddddddddddddddddddddddddddddddddddddddddddddddddddddd\" has 71 bytes; Linux takes host names of at most 64 bytes: shorten the node's name or the domain",
    "site.toml:15:8: \"compute.dddddddddddddddddddddddddddddddddddddddddddddddddddddddddddd\" has 68 bytes; Linux takes host names of at most 64 bytes: shorten the node's name or the domain",
    "site.toml:19:8: \"compute2.dddddddddddddddddddddddddddddddddddddddddddddddddddddddddddd\" has 69 bytes; Linux takes host names of at most 64 bytes: shorten the node's name or the domain"
  ),
]

let addressMistakes = [
  Mistake(
    "no address at all", lab.with("\"192.168.10.20\"", "[]"),
    "site.toml:16:28: node \"compute\" has no address on \"management\"; give it one, or leave management out"),
  Mistake(
    "an address outside its subnet", lab.with("192.168.10.20\"", "192.168.11.20\""),
    "site.toml:16:28: 192.168.11.20 is outside 192.168.10.0/24; give the node an address of network \"management\", or add the subnet there"
  ),
  Mistake(
    "the network's own address", lab.with("192.168.10.20\"", "192.168.10.0\""),
    "site.toml:16:28: 192.168.10.0 is the address of 192.168.10.0/24 itself; no machine can have it"),
  Mistake(
    "the broadcast address", lab.with("192.168.10.20\"", "192.168.10.255\""),
    "site.toml:16:28: 192.168.10.255 is the broadcast address of 192.168.10.0/24; no machine can have it"),
  Mistake(
    "the gateway's address", lab.with("192.168.10.20\"", "192.168.10.2\""),
    "site.toml:16:28: 192.168.10.2 is the gateway of network \"management\"; give the node another address"),
  Mistake(
    "a gateway outside its subnet", lab.with("192.168.10.2\"", "192.168.20.2\""),
    "site.toml:3:13: gateway 192.168.20.2 is outside 192.168.10.0/24; nodes can reach a gateway in the subnet only"),
  Mistake(
    "a gateway that is the broadcast address", lab.with("192.168.10.2\"", "192.168.10.255\""),
    "site.toml:3:13: gateway 192.168.10.255 is the broadcast address of 192.168.10.0/24; no machine can have it"),
  Mistake(
    "overlapping subnets of two networks", lab.with("192.168.20.0/24", "192.168.0.0/16"),
    "site.toml:7:13: subnet 192.168.0.0/16 overlaps 192.168.10.0/24 of network \"management\"; an address can be on one network only"
  ),
  Mistake(
    "overlapping subnets of one network",
    lab.with("\"192.168.20.0/24\"", "[\"192.168.20.0/24\", \"192.168.20.128/25\"]"),
    "site.toml:7:33: subnet 192.168.20.128/25 overlaps 192.168.20.0/24; an address can be on one network only"),
  Mistake(
    "a network without a subnet", lab.with("subnet    = \"192.168.20.0/24\"\n", ""),
    "site.toml:6:11: network \"tunnel\" has no subnet; say subnet = \"192.168.10.0/24\", or whatever it is"),
  Mistake(
    "an MTU that is too small", lab.with("gateway   = \"192.168.10.2\"", "mtu = 67"),
    "site.toml:3:7: mtu = 67 is out of range; it is 68 to 65535"),
  Mistake(
    "an MTU that is too small for IPv6",
    lab.with("\"192.168.20.0/24\"", "[\"192.168.20.0/24\", \"fd00::/64\"]\nmtu = 1000"),
    "site.toml:8:7: mtu = 1000 is too small for IPv6; it is at least 1280 there"),
  Mistake(
    "a DNS server twice", lab.with("gateway   = \"192.168.10.2\"", "dns = [\"9.9.9.9\", \"9.9.9.9\"]"),
    "site.toml:3:19: DNS server 9.9.9.9 is said twice; list each server once, in the order of asking"),
  Mistake(
    "a text for the addresses",
    lab.with("{ management = \"192.168.10.20\", tunnel = \"192.168.20.20\" }", "\"192.168.10.20\""),
    "site.toml:16:13: addresses is a text, not a table; write addresses = { … }"),
  Mistake(
    "an unknown network", lab.with("tunnel = \"192.168.20.20\"", "tunel = \"192.168.20.20\""),
    "site.toml:16:45: unknown network \"tunel\"; did you mean \"tunnel\"?"),
  Mistake(
    "a node without addresses",
    lab.with("addresses = { management = \"192.168.10.20\", tunnel = \"192.168.20.20\" }\n", ""),
    "site.toml:14:8: node \"compute\" has no addresses; say addresses = { management = \"…\" }"),
  Mistake(
    "a node without a management address", lab.with("management = \"192.168.10.20\", ", ""),
    "site.toml:14:8: node \"compute\" has no address on \"management\", and its name resolves to one; add it to the node's addresses, or say another network as network under [hosts]"
  ),
  Mistake(
    "a compute node without a tunnel address", lab.with(", tunnel = \"192.168.20.20\"", ""),
    "site.toml:14:8: node \"compute\" has no address on \"tunnel\", and neutron's local_ip is one; add it to the node's addresses, or say another network as local-ip under [neutron]"
  ),
  Mistake(
    "an interface that two networks claim", lab.with("ens34", "ens33"),
    "site.toml:8:13: interface ens33 is claimed by networks \"management\" and \"tunnel\", and node \"controller\" is on both; name another interface, or put both subnets into one network"
  ),
  Mistake(
    "an interface that a node gives twice", lab + "interfaces = { management = \"ens34\" }\n",
    "site.toml:22:29: interface ens34 of node \"compute2\" is claimed by \"management\" and \"tunnel\"; give each network an interface of its own, or put both subnets into one network"
  ),
  Mistake(
    "an interface on a network that the node isn't on", lab + "interfaces = { storage = \"ens35\" }\n",
    "site.toml:22:16: unknown network \"storage\"; the site has management, tunnel"),
]

let uniquenessMistakes = [
  Mistake(
    "an address of two nodes", lab.with("192.168.10.21", "192.168.10.20"),
    "site.toml:20:28: address \"192.168.10.20\" is node \"compute\"'s too; it must be unique in the site"),
  Mistake(
    "an address twice in one node", lab.with("\"192.168.10.21\"", "[\"192.168.10.21\", \"192.168.10.21\"]"),
    "site.toml:20:46: address \"192.168.10.21\" is said twice; say it once"),
  Mistake(
    "the same IPv6 address in two spellings",
    """
    [networks.management]
    subnet = "fd00::/64"
    [nodes.a]
    role = "controller"
    addresses.management = "fd00::1:0"
    [nodes.b]
    role = "controller"
    addresses.management = "FD00:0:0:0::1:0"
    """,
    "site.toml:8:24: address \"fd00::1:0\" is node \"a\"'s too; it must be unique in the site"),
  Mistake(
    "two names that differ in case", lab.with("nodes.compute2]", "nodes.COMPUTE]"),
    "site.toml:18:8: \"COMPUTE\" is not a host name; write it in lower case: \"compute\"",
    "site.toml:18:8: name \"compute\" is node \"compute\"'s too; it must be unique in the site"),
  Mistake(
    "a MAC address of two nodes", lab.with("[nodes.compute2]", "match.mac = \"00-0C-29-AA-BB-CC\"\n[nodes.compute2]"),
    "site.toml:22:22: MAC address \"00:0c:29:aa:bb:cc\" is node \"compute\"'s too; it must be unique in the site"),
  Mistake(
    "a MAC address as match here and mac there",
    lab.with("[nodes.compute2]", "mac.management = \"00:0c:29:aa:bb:cc\"\n[nodes.compute2]"),
    "site.toml:22:22: MAC address 00:0c:29:aa:bb:cc is the mac of node \"compute\" too; each card is in one node"),
  Mistake(
    "a UUID of two nodes",
    lab.with("[nodes.compute2]", "match.uuid = \"564D0C29AABBCCDDEEFF001122334455\"\n[nodes.compute2]"),
    "site.toml:22:51: UUID \"564d0c29-aabb-ccdd-eeff-001122334455\" is node \"compute\"'s too; it must be unique in the site"
  ),
  Mistake(
    "a serial number of two nodes", lab.with("[nodes.compute2]", "match.serial = \"VMware-56 4d \"\n[nodes.compute2]"),
    "site.toml:22:100: serial number \"VMware-56 4d\" is node \"compute\"'s too; it must be unique in the site"),
  Mistake(
    "a host key of two nodes",
    lab.with("[nodes.compute2]", "host-key = \"\(firstKey)\"\n[nodes.compute2]\nhost-key = \"\(firstKey)\""),
    "site.toml:20:12: this host key is node \"compute\"'s too; it must be unique in the site"),
]

let settingMistakes = [
  Mistake(
    "an unknown network in a setting", lab + "[nova]\nmy-ip = \"managment\"\n",
    "site.toml:23:9: unknown network \"managment\"; did you mean \"management\"?"),
  Mistake(
    "a default that isn't there",
    lab.with("networks.management]", "networks.lan]").with("{ management", "{ lan").with("{ management", "{ lan").with(
      "{ management", "{ lan"),
    "site.toml:1:1: [hosts] network is \"management\" by default, and there is no such network; describe it under [networks.management], or say network = \"lan\" under [hosts]",
    "site.toml:1:1: [nova] my-ip is \"management\" by default, and there is no such network; describe it under [networks.management], or say my-ip = \"lan\" under [nova]"
  ),
  Mistake(
    "an unknown profile", lab + "[site]\nprofile = \"debain12\"\n",
    "site.toml:23:11: unknown profile \"debain12\"; did you mean \"debian12\"?"),
  Mistake(
    "an unknown profile of a node", lab + "profile = \"slackware\"\n",
    "site.toml:22:11: unknown profile \"slackware\"; known: \"centos7-rdo\", \"debian11\", \"debian12\", \"debian13\", \"el10-rdo\", \"el8-rdo\", \"el9-rdo\", \"opensuse15\", \"ubuntu2004\", \"ubuntu2204\", \"ubuntu2404\""
  ),
  Mistake(
    "host-key-checking as a boolean", lab + "[migration]\nhost-key-checking = false\n",
    "site.toml:23:21: host-key-checking is true or false, not a text; write \"yes\" or \"no\""),
  Mistake(
    "an unknown key type", lab + "[migration]\nkey-type = \"dsa\"\n",
    "site.toml:23:12: key-type = \"dsa\" is unknown; it is \"ed25519\" or \"rsa\""),
  Mistake(
    "bits without rsa", lab + "[migration]\nbits = 4096\n",
    "site.toml:23:8: bits are for rsa keys only; leave them out, or say key-type = \"rsa\""),
  Mistake(
    "an rsa key that is too short", lab + "[migration]\nkey-type = \"rsa\"\nbits = 1024\n",
    "site.toml:24:8: bits = 1024 is out of range; it is 2048 to 16384"),
  Mistake(
    "another access", lab + "[migration]\naccess = \"certificates\"\n",
    "site.toml:23:10: access = \"certificates\" is unknown; it is \"keys\" or \"certificate\""),
  Mistake(
    "certificates for ever", lab + "[migration]\nvalidity = 0\n",
    "site.toml:23:12: validity = 0 is out of range; it is 1 to 3650"),
  Mistake(
    "root as the migration user", lab + "[migration]\nuser = \"root\"\n",
    "site.toml:23:8: user is root; guests are moved by an account of their own, such as nova"),
  Mistake(
    "a restriction that is no address", lab + "[migration]\nrestrict = [\"192.168.10.0/24\", \"everybody\"]\n",
    "site.toml:23:32: \"everybody\" is not a subnet; write an address and a prefix, such as 192.168.10.0/24"),
  Mistake(
    "a restriction to nothing", lab + "[migration]\nrestrict = []\n",
    "site.toml:23:12: restrict is an empty list; say false to accept keys from anywhere"),
  Mistake(
    "a clear-text password", lab + "[migration]\npassword-hash = \"correct horse\"\n",
    "site.toml:23:17: this is not a password hash (its text is not shown here); write what openssl passwd -6 prints, which begins with $6$, or ! for no password; never the password itself"
  ),
  Mistake(
    "a clear-text password as a number", lab + "[migration]\npassword-hash = 271828\n",
    "site.toml:23:17: password-hash is a whole number, not a text; write it in quotes"),
  Mistake(
    "a clear-text password without quotes", lab + "[migration]\npassword-hash = hunter2\n",
    "site.toml:23:17: this is not TOML; texts stand in quotes"),
  Mistake(
    "an ssh destination that is an option", lab + "[controller]\nssh = \"-oProxyCommand=x\"\n",
    "site.toml:23:7: \"-oProxyCommand=x\" is not an ssh destination; write user@host or host, such as root@controller"),
  Mistake(
    "a relative path", lab + "[controller]\nopenrc = \"keystonerc_admin\"\n",
    "site.toml:23:10: \"keystonerc_admin\" is not an absolute path; it begins with a slash"),
  Mistake(
    "an unknown thing to reset", lab + "[reset]\nmachine_id = true\n",
    "site.toml:23:1: unknown key \"machine_id\" in [reset]; did you mean \"machine-id\"?"),
  Mistake(
    "a text as a choice", lab + "[reset]\nmachine-id = \"yes\"\n",
    "site.toml:23:14: machine-id is a text, not true or false; write true or false, without quotes"),
  Mistake(
    "a private key as a key", lab + "migration-key = \"-----BEGIN OPENSSH PRIVATE KEY-----\"\n",
    "site.toml:22:17: this is a private key (its text is not shown here); write the line of the .pub file instead"),
  Mistake(
    "a damaged key", lab + "host-key = \"ssh-ed25519 AAAAC3NzaC1lZDI1\"\n",
    "site.toml:22:12: the key in \"ssh-ed25519 AAAAC3NzaC1lZDI1\" is damaged; copy the whole line of the .pub file again"
  ),
  Mistake(
    "an unknown fence", lab + "[fence]\nmode = \"shutdown\"\n",
    "site.toml:23:8: mode = \"shutdown\" is unknown; it is \"links-and-services\" or \"none\""),
]
