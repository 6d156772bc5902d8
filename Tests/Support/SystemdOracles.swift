internal import Foundation
internal import Testing

/// systemd's own readers of network files, at work in a network namespace with cards of their own: systemd-networkd with
/// networkctl, and udev's rules and links.
public struct SystemdOracles {
  let root: String

  public init(root: String) { self.root = root }

  // MARK: systemd-networkd

  public struct Networkd: Codable, Sendable {
    /// The cards of the machine, each with its address.
    var cards: [String: String]
    /// By interface: all addresses but link-local ones.
    var addresses: [String: [String]]
    /// By interface: the file that it goes by.
    var files: [String: String]?
    /// By interface: as ip-route(8) says them.
    var routes: [String: [String]]?
    /// What the machine is called; its machine-id is the tree's, where that has one.
    var hostname: String?

    public init(
      cards: [String: String], addresses: [String: [String]], files: [String: String]? = nil,
      routes: [String: [String]]? = nil, hostname: String? = nil
    ) {
      (self.cards, self.addresses, self.files) = (cards, addresses, files)
      (self.routes, self.hostname) = (routes, hostname)
    }
  }

  /// What the kernel of the test's machine cannot make (VLANs, bonds) is there already as a card of that name, and its *.netdev and
  /// what names it as a device to make are left out.
  private static let networkdScript = """
    root=$1 cards=$2 name=$3; shift 3
    [[ -z $name ]] || hostname "$name"
    [[ ! -s $root/etc/machine-id ]] || mount --bind "$root/etc/machine-id" /etc/machine-id
    mount -t tmpfs imprint /run
    mkdir -p /run/dbus /run/systemd/netif/{links,leases,lldp}
    chown -R systemd-network:systemd-network /run/systemd/netif
    mount -t sysfs -o ro imprint /sys
    cp -r "$root/etc/systemd/network" /run/files
    [[ ! -d $root/run/systemd/network ]] || cp -r "$root/run/systemd/network" /run/systemd
    mount --bind /run/files /etc/systemd/network
    number=0
    card() {
      ip link add "$1" type veth peer name "far$((++number))"
      ip link set "far$number" up
    }
    for said in $cards; do
      card "${said%%=*}"
      ip link set "${said%%=*}" address "${said#*=}"
    done
    for file in $(find /run/files -maxdepth 1 -name '*.netdev'); do
      kind=$(sed -n 's/^Kind=//p' "$file") name=$(sed -n 's/^Name=//p' "$file")
      if ip link add name probe type "$kind" 2>/dev/null || ip link add link far1 name probe type "$kind" id 4000 2>/dev/null; then
        ip link del probe
      else
        rm "$file"
        find /run/files -type f -exec sed -i "/^\\(VLAN\\|Bond\\)=$name\\$/d" {} +
        card "$name"
      fi
    done
    bus=$(dbus-daemon --system --nopidfile --fork --print-pid)
    /lib/systemd/systemd-networkd >/run/log 2>&1 &
    trap 'kill $! $bus' EXIT
    for attempt in {1..300}; do
      missing=
      for said; do ip -o address show dev "${said%%=*}" 2>/dev/null | grep -qF " ${said#*=} " || missing=$said; done
      [[ -n $missing ]] || break
      sleep 0.1
    done
    networkctl --json=short status 2>/dev/null || { cat /run/log >&2; exit 1; }
    echo
    ip -json address
    ip -json route
    """

  private struct Answer: Decodable {
    struct Interface: Decodable {
      let name: String
      let networkFile: String?
      enum CodingKeys: String, CodingKey {
        case name = "Name"
        case networkFile = "NetworkFile"
      }
    }
    let interfaces: [Interface]
    enum CodingKeys: String, CodingKey { case interfaces = "Interfaces" }
  }

  private struct Link: Decodable {
    struct Address: Decodable {
      let local: String?
      let prefix: Int
      let scope: String
      enum CodingKeys: String, CodingKey {
        case local, scope
        case prefix = "prefixlen"
      }
    }
    let name: String?
    let addresses: [Address]?
    enum CodingKeys: String, CodingKey {
      case name = "ifname"
      case addresses = "addr_info"
    }
  }

  private struct Route: Decodable {
    let dst: String
    let gateway: String?
    let dev: String
  }

  public func networkd(_ wanted: Networkd) async throws {
    guard let unshare = try await namespaces(), RealProgram.find("networkctl") != nil,
      RealProgram.find("dbus-daemon") != nil
    else { return }
    let cards = wanted.cards.map { "\($0.key)=\($0.value)" }.joined(separator: " ")
    let addresses = wanted.addresses.flatMap { name, texts in texts.map { "\(name)=\($0)" } }
    let outcome = try await unshare.run(
      ["-m", "-n", "-u", "bash", "-euc", Self.networkdScript, "bash", root, cards, wanted.hostname ?? ""] + addresses
    ).succeeded("systemd-networkd on the files of the tree")
    let answers = outcome.output.split(separator: "\n").map { Data($0.utf8) }
    guard answers.count == 3 else { throw TestTrouble("networkctl and ip: \(outcome.said)") }
    let decoder = JSONDecoder()
    let interfaces = try decoder.decode(Answer.self, from: answers[0]).interfaces
    let links = try decoder.decode([Link].self, from: answers[1])
    let routes = try decoder.decode([Route].self, from: answers[2])
    for (name, file) in wanted.files ?? [:] {
      #expect(interfaces.first { $0.name == name }?.networkFile == file, "networkctl says the file of \(name)")
    }
    for (name, texts) in wanted.addresses {
      let seen = links.first { $0.name == name }?.addresses ?? []
      let words = seen.filter { $0.scope != "link" }.map { "\($0.local ?? "?")/\($0.prefix)" }
      #expect(Set(words) == Set(texts), "systemd-networkd gives \(name) its addresses: \(outcome.said.suffix(2000))")
    }
    for (name, texts) in wanted.routes ?? [:] {
      let seen = routes.filter { $0.dev == name && $0.gateway != nil }.map { "\($0.dst) via \($0.gateway ?? "?")" }
      #expect(Set(seen) == Set(texts), "systemd-networkd sets the routes of \(name)")
    }
  }

  // MARK: udev

  public struct CardName: Codable, Sendable {
    /// By the rules alone, and by the *.link files alone; nil: by neither.
    var rule: String?
    var link: String?

    public init(rule: String? = nil, link: String? = nil) { (self.rule, self.link) = (rule, link) }
  }

  /// The tree's rules and links, with the rule of udev's package that asks the links. Rules come first: without them the links' name
  /// is among the properties all the same.
  private static let udevScript = """
    root=$1 udev=$2 card=$3
    mount -t tmpfs imprint /run
    mkdir -p /run/udev/rules.d /run/links
    mount -t sysfs -o ro imprint /sys
    cp "$udev"/lib/udev/rules.d/80-net-setup-link.rules /run/udev/rules.d
    [[ ! -d $root/etc/udev/rules.d ]] || cp "$root"/etc/udev/rules.d/* /run/udev/rules.d
    [[ ! -d $root/etc/systemd/network ]] || cp -r "$root"/etc/systemd/network/. /run/links
    mount --bind /run/links /etc/systemd/network
    ip link add test0 address "$card" type veth peer name far
    "$udev"/bin/udevadm test --action=add /sys/class/net/test0 2>&1
    """

  public func udev(_ card: String, _ wanted: CardName) async throws {
    guard let unshare = try await namespaces() else { return }
    guard let place = try await NetworkOracles.unpacked(["udev"]) else { return }
    let outcome = try await unshare.run(["-m", "-n", "bash", "-euc", Self.udevScript, "bash", root, place, card])
      .succeeded("udevadm test")
    let lines = outcome.output.split(separator: "\n")
    let rule = lines.last { $0.contains(".rules:") && $0.contains(" NAME '") && !$0.contains("80-net-setup-link") }
    let named = rule?.split(separator: "'").dropFirst().first.map(String.init)
    #expect(named == wanted.rule, "udev's rules name \(card): \(outcome.said)")
    let link = lines.last { $0.hasPrefix("ID_NET_NAME=") }.map { String($0.dropFirst("ID_NET_NAME=".count)) }
    // systemd's own 99-default.link, where the test's machine has it, keeps the kernel's name.
    #expect((link == "test0" ? nil : link) == wanted.link, "udev's links name \(card): \(outcome.said)")
  }

  private func namespaces() async throws -> RealProgram? {
    guard let unshare = RealProgram.find("unshare") else { return nil }
    guard try await unshare.run(["-m", "-n", "-u", "true"]).status == 0 else {
      RealProgram.missing("unshare -m -n -u (root)")
      return nil
    }
    return unshare
  }
}
