internal import Site
internal import Tree

/// One interface as some files configure it, in words that all formats share.
struct FoundInterface {
  let name: String
  /// The files that say so; the first is the main one.
  var files: [TreePath]
  /// In the order of the files.
  var addresses: [(address: IPAddress, prefix: PrefixLength)] = []
  var gateways: [IPAddress] = []
  var dns: [IPAddress] = []
  /// In bytes.
  var mtu: Int?
  /// No default routes.
  var routes: [FoundRoute] = []
  /// File and line of a default route through no router, for which a site has no words.
  var routeOnDevice: String?
  var startsAtBoot = true
  /// All that they say, for whoever has to know whether something changed.
  var settings: [String] = []

  /// `192.168.10.20/24`; without a prefix it is the one that the readers take.
  mutating func add(address text: String, else usual: (IPAddress.Family) -> Int = { $0 == .v4 ? 32 : 128 }) {
    let parts = text.split(separator: "/", maxSplits: 1).map { String($0).trimmingBlanks }
    guard let address = parts.first.flatMap({ try? IPAddress($0) }) else { return }
    let length = parts.count > 1 ? Int(parts[1]) : usual(address.family)
    if let prefix = length.flatMap({ try? PrefixLength($0, address.family) }) { addresses.append((address, prefix)) }
  }

  /// What the site wants, and what is there.
  func claims(_ intent: InterfaceIntent) -> [Claim] {
    let there = addresses.map(\.address)
    let seen = addresses.filter { intent.decides(on: $0.address) }.map { "\($0.address)/\($0.prefix)" }
    let gateways = gateways.filter { intent.decides(onRouter: $0, of: there) }.map(\.description)
    return [intent.claim(addresses: seen), intent.claim(gateways: gateways)] + intent.claims(routes: routes)
  }
}

extension InterfaceIntent {
  /// The addresses that the site wants, with their prefixes, and those that are there; which of them comes first is no matter. One
  /// of the link alone, which every interface has, is nobody's business.
  func claim(addresses there: [String]) -> Claim {
    let wanted = addresses.map { withPrefix($0) }
    let seen = there.filter { text in
      wanted.contains(text) || (try? IPAddress(String(text.prefix { $0 != "/" })))?.isLinkLocal != true
    }
    let isSame = Set(seen) == Set(wanted) && seen.count == wanted.count
    return Claim(
      "addresses of \(interface)", expected: wanted.joined(separator: " "),
      seen: isSame ? wanted.joined(separator: " ") : seen.isEmpty ? "nothing" : seen.joined(separator: " "))
  }

  /// The routers that the site wants, and those that are there; which of them comes first is no matter.
  func claim(gateways seen: [String]) -> Claim {
    let wanted = [gateway(.v4), gateway(.v6)].compactMap { $0?.description }
    let isSame = Set(seen) == Set(wanted) && seen.count == wanted.count
    return Claim(
      "gateway of \(interface)", expected: wanted.isEmpty ? "none" : wanted.joined(separator: " "),
      seen: seen.isEmpty ? "none" : (isSame ? wanted : seen).joined(separator: " "))
  }

  /// The routes that the site wants, and those that are there.
  func claims(routes there: [FoundRoute]) -> [Claim] {
    guard let routes else { return [] }
    let seen = RoutePairing(there.map { (place: (), value: $0) }, wanted: routes).heeded
    func words(_ routes: [Route]) -> String {
      routes.isEmpty ? "none" : routes.map(\.description).joined(separator: ", ")
    }
    return [
      Claim(
        "routes of \(interface)", expected: words(routes), seen: words(seen),
        holds: Set(seen) == Set(routes) && seen.count == routes.count)
    ]
  }
}

/// A backend whose files are told in those words.
protocol FoundFiles: NetworkBackend {
  var interfaces: [FoundInterface] { get }
  /// By its name, or by the card where the files go by that.
  func interface(_ name: InterfaceName, mac: MACAddress?) -> FoundInterface?
}

extension FoundFiles {
  func interface(_ name: InterfaceName, mac: MACAddress?) -> FoundInterface? {
    interfaces.first { $0.name == name.description }
  }

  var addressed: [(interface: String, address: IPAddress)] {
    interfaces.flatMap { interface in interface.addresses.map { (interface.name, $0.address) } }
  }

  func addresses(of interface: InterfaceName, mac: MACAddress?) -> [IPAddress] {
    self.interface(interface, mac: mac)?.addresses.map(\.address) ?? []
  }

  func files(of interface: InterfaceName, mac: MACAddress?) -> [TreePath] {
    self.interface(interface, mac: mac)?.files ?? []
  }

  func configured(_ addresses: [InterfaceName: [InterfaceAddress]]) -> [ConfiguredInterface] {
    interfaces.compactMap { interface in
      (try? InterfaceName(interface.name)).map { name in
        ConfiguredInterface(
          name: name, addresses: addresses[name] ?? [], files: interface.files, settings: interface.settings,
          backend: kind)
      }
    }
  }

  func survey(_ survey: inout InterfaceSurvey, ports: Set<String>) throws {
    let nameless = unnamed.filter { !$0.isRenamed }.map(\.name)
    for found in interfaces
    where !ports.contains(found.name) && found.name != "lo" && !nameless.contains(found.name) {
      guard let name = try? InterfaceName(found.name) else { continue }
      guard found.startsAtBoot else {
        if let path = found.files.first {
          survey.leaveOut(found.addresses.map(\.address), of: path, since: "\(name) does not come up at boot")
        }
        continue
      }
      var interface = SurveyedInterface(name: name)
      for (address, prefix) in found.addresses { interface.add(address, prefix) }
      (interface.gateways, interface.dns, interface.mtu) = (found.gateways, found.dns, found.mtu)
      interface.routes = found.routes.filter(\.isPlain).map(\.route)
      if let place = found.routeOnDevice { survey.leaveOutRoute(of: name, at: place) }
      survey.add(interface)
    }
  }
}

extension FixupError {
  /// A file that its own reader gives up on.
  init(_ path: TreePath, _ problem: (line: Int, reason: String), reader: String) {
    self.init("\(path):\(problem.line): \(problem.reason), and so \(reader) reads none of the file; correct the line")
  }
}
