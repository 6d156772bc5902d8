import Site
import Testing

/// Sites whose text, written and read again, is the same site.
let wholeSites = [
  lab,
  lab + """
    interfaces = { tunnel = "eth1" }
    mac = { management = "00-0C-29-AA-BB-CC" }
    profile = "centos7-rdo"
    migration-key = "\(firstKey)"
    host-key = ["\(firstKey)", "\(secondKey)"]

    [site]
    domain = "cloud.example.com"
    profile = "debian12"
    [hosts]
    network = "tunnel"
    [nova]
    my-ip = "tunnel"
    [neutron]
    local-ip = "management"
    [migration]
    user = "nova_migration"
    key-type = "rsa"
    bits = 4096
    host-key-checking = "no"
    restrict = ["192.168.10.0/24", "fd00::1"]
    password-hash = "$6$saltsalt$qFmFH.bQmmtXzyBY0s9v7Oicd2z4XSIecDzlB5KiA2/jctKu9YterLp8wwnSq.qc.eoxqOmSuNp2xS0ktL3nh/"
    [controller]
    ssh = "root@controller"
    discover = 'sh -c "nova-manage cell_v2 discover_hosts \\\\"'
    openrc = "/root/keystone rc"
    [reset]
    journal = false
    machine-id = true
    [fence]
    mode = "none"
    [identity]
    metadata-service = "ask"
    """,
  lab.replacing(
    #"addresses = { management = "192.168.10.21", tunnel = "192.168.20.21" }"#, with: #"addresses = "from-metadata""#
  ).replacing(#"serial = "VMware-56 4d" }"#, with: #"asset-tag = "RACK7-U12" }"#),
  lab + "[migration]\nrestrict = false\nkey-type = \"rsa\"\n",
  lab + "[migration]\naccess = \"certificate\"\nauthority = \"\(firstKey)\"\nvalidity = 30\n",
  lab + "[migration]\naccess = \"certificate\"\n",
  """
  [networks.management]
  subnet = ["10.0.0.0/8", "2001:DB8::/64"]
  gateway = ["10.0.0.1", "fe80::1"]
  dns = ["9.9.9.9", "2620:fe::fe"]
  mtu = 9000
  routes = [{ to = "172.16.0.0/12", via = "10.0.0.9", metric = 100 }, { to = "2001:db8:1::/48", via = "fe80::9" }]
  [networks.other]
  subnet = "192.0.2.0/24"
  routes = []
  [[networks.third.routes]]
  to = "198.51.100.0/24"
  via = "203.0.113.1"
  [networks.third]
  subnet = "203.0.113.0/24"
  [nodes.a]
  role = "compute"
  addresses.management = ["10.0.0.2", "2001:db8:0:0:0::2", "10.0.0.3"]
  match.mac = ["000c.29aa.bbcc", "02:00:00:00:00:01"]
  match.serial = "tab and \\"quotes\\" and \\\\ Größe"
  """,
]

@Test(arguments: wholeSites) func `a site that is written out and read again is the same site`(_ text: String) throws {
  let site = try Site.parse(Array(text.utf8), file: "site.toml")
  let written = site.tomlText()
  #expect(try Site.parse(Array(written.utf8), file: "written.toml") == site, "\(written)")
}

@Test func `a site is written with its defaults as comments`() throws {
  let site = try Site.parse(Array(lab.utf8), file: "site.toml")
  let lines = site.tomlText().split(separator: "\n").map(String.init)
  #expect(lines.contains("subnet = \"192.168.10.0/24\""))
  #expect(lines.contains("addresses = { management = \"192.168.10.20\", tunnel = \"192.168.20.20\" }"))
  #expect(lines.contains("# user = \"nova\""))
  #expect(lines.contains("# local-ip = \"tunnel\""))
  #expect(!lines.contains { $0.hasPrefix("user") })
}
