import Site
import Testing

@Test func `all mistakes of a site are said in one go, in the order of the file`() {
  let text = """
    [site]
    domian = "example.com"

    [networks.management]
    subnet = "192.168.10.5/24"
    gateway = 7

    [networks.tunnel]
    subnet = "192.168.20.0/24"
    mtu = 20

    [nodes.compute]
    role = "worker"
    addresses = { management = "192.168.10.256", tunnel = "192.168.21.20" }

    [nodes.compute2]
    addresses = { management = "192.168.10.20", tunel = "192.168.20.20" }

    [migration]
    password-hash = "secret"
    """
  #expect(
    problems(text) == [
      "site.toml:2:1: unknown key \"domian\" in [site]; did you mean \"domain\"?",
      "site.toml:5:10: \"192.168.10.5/24\" is an address with a prefix, not a subnet; write 192.168.10.0/24",
      "site.toml:6:11: gateway is a whole number, not an IP address; write it in quotes",
      "site.toml:10:7: mtu = 20 is out of range; it is 68 to 65535",
      "site.toml:13:8: role = \"worker\" is unknown; it is \"controller\" or \"compute\"",
      "site.toml:14:28: \"192.168.10.256\" is not an IP address; write four numbers from 0 to 255 without leading zeros, or an IPv6 address",
      "site.toml:14:55: 192.168.21.20 is outside 192.168.20.0/24; give the node an address of network \"tunnel\", or add the subnet there",
      "site.toml:16:8: node \"compute2\" has no role; say role = \"compute\" or \"controller\"",
      "site.toml:17:45: unknown network \"tunel\"; did you mean \"tunnel\"?",
      "site.toml:20:17: this is not a password hash (its text is not shown here); write what openssl passwd -6 prints, which begins with $6$, or ! for no password; never the password itself",
    ])
}

@Test func `what a wrong subnet means is what the rest is held against`() {
  for text in ["192.168.10.5/24", "192.168.10.0/255.255.255.0"] {
    let found = problems("[networks.management]\nsubnet = \"\(text)\"\ngateway = \"192.168.11.2\"\n")
    for start in ["site.toml:2:10: ", "site.toml:3:11: gateway 192.168.11.2 is outside 192.168.10.0/24"] {
      #expect(found.contains { $0.hasPrefix(start) }, "\(found)")
    }
  }
}

@Test func `a problem shows its file, place, message and suggestion apart`() {
  #expect {
    _ = try Site.parse(Array(lab.with("ens33", "lo").utf8), file: "/etc/imprint/site.toml")
  } throws: { error in
    (error as? SiteProblems)?.problems == [
      SiteProblem(
        file: "/etc/imprint/site.toml", line: 4, column: 13, message: "\"lo\" is not an interface name",
        suggestion: "the loopback interface belongs to no network")
    ]
  }
}
