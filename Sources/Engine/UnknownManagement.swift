internal import Fixups
internal import Site

/// The network that nova and the host table are on, where no interface has a fixed address there. A site without it is not complete, and
/// none that is made of another network in its place would leave the node as it is.
struct UnknownManagement {
  /// The node's address there, as far as somebody says it.
  private let address: IPAddress?
  private let lease: Lease?
  private let interfaces: [InterfaceName]
  private let node: NodeName

  init(_ told: IPAddress?, _ survey: InterfaceSurvey, _ node: NodeName) {
    let leases = survey.leases.filter { lease in
      lease.interface.map { survey.asking.isEmpty || survey.asking.contains($0) } ?? (told != nil)
    }
    lease = told.map { told in leases.last { $0.address == told } } ?? leases.last
    address = told ?? lease?.address
    interfaces = lease?.interface.map { [$0] } ?? survey.asking
    self.node = node
  }

  private var subnet: Subnet? {
    lease.flatMap { lease in lease.prefix.flatMap { Subnet(containing: lease.address, $0) } }
  }

  /// The lines of the network, with what nobody here knows as dots.
  private var settings: [String] {
    let interface = interfaces.count == 1 ? interfaces[0].description : "…"
    return [
      "[networks.\(NetworkName.management)]", "subnet    = \"\(subnet?.description ?? "…")\"",
      "gateway   = \"\(lease?.router?.description ?? "…")\"", "interface = \"\(interface)\"",
    ]
  }

  private static func plain(_ line: String) -> String {
    line.split(separator: " ").joined(separator: " ")
  }

  private var reason: String {
    let names = interfaces.map(\.description).joined(separator: " or ")
    let by = names.isEmpty ? "no interface has it as a fixed one" : "\(names) has it by DHCP"
    return
      "the management network is not in this site, for \(address.map { "\($0) is the node's address there, and " } ?? "")\(by)"
  }

  private var entry: String { "management = \"\(address?.description ?? "…")\"" }

  var remark: String {
    "\(reason): until it is, no plan is made of the site; write \(settings.map(Self.plain).joined(separator: ", ")), and \(entry) into the addresses of \(node),"
      + " and an apply makes that address a fixed one"
  }

  /// For the head of the file.
  var comment: String {
    (["Not complete: \(reason).", "Write it, and \(entry) into the addresses of \(node):", ""] + settings)
      .map { $0.isEmpty ? "#\n" : "# \($0)\n" }.joined() + "\n"
  }
}
