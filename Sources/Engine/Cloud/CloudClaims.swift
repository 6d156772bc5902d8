public import Cluster
public import Fixups
internal import Site

extension CloudExpectation {
  /// What has to hold of the cloud, and whether it does.
  public func claims(of view: CloudView) -> [Claim] {
    let own = view.hypervisors.filter(isNamed)
    var claims = service(view)
    claims.append(
      Claim(
        "\(name) in nova's list of hypervisors", expected: "once", seen: occurrence(own, view),
        holds: own.count == 1))
    guard let hypervisor = own.first else { return claims }
    claims.append(
      Claim(
        "the hypervisor \(hypervisor.name)", expected: "up, enabled", seen: "\(hypervisor.state), \(hypervisor.status)")
    )
    if let myIP {
      claims.append(
        Claim(
          "host_ip of the hypervisor \(hypervisor.name)", expected: myIP.description, seen: hypervisor.hostIP,
          holds: (try? IPAddress(hypervisor.hostIP)) == myIP))
      claims.append(onlyOne(at: myIP, view))
    }
    if let computeID {
      claims.append(
        Claim(
          "the id of the hypervisor \(hypervisor.name)", expected: "\(computeID), as its compute_id",
          seen: hypervisor.id,
          holds: hypervisor.id.digits == computeID.digits))
    }
    return claims + provider(of: hypervisor, view)
  }

  /// nova leaves hypervisors out whose host no cell knows; the service is there as soon as nova-compute is.
  private func occurrence(_ own: [CloudView.Hypervisor], _ view: CloudView) -> String {
    switch own.count {
    case 0:
      view.services.isEmpty
        ? "no such hypervisor, nor a compute service of that name: nova-compute has not reached the cloud"
        : "no such hypervisor, though its compute service is there: no cell knows the host yet (imprint join runs discover_hosts)"
    case 1: "once"
    case let count: "\(count) times, with the ids \(own.map(\.id).joined(separator: ", "))"
    }
  }

  private func service(_ view: CloudView) -> [Claim] {
    let seen = view.services.map { service in
      "\(service.state), \(service.status)" + (service.disabledReason.map { " (\($0.printable))" } ?? "")
    }
    return [
      Claim(
        "nova-compute on \(view.services.first?.host ?? name)", expected: "up, enabled",
        seen: seen.isEmpty ? "no such compute service" : seen.joined(separator: "; "))
    ]
  }

  private func onlyOne(at address: IPAddress, _ view: CloudView) -> Claim {
    let others = view.hypervisors.filter { !isNamed($0) && (try? IPAddress($0.hostIP)) == address }
    return Claim(
      "hypervisors with the address \(address)", expected: "\(name) alone",
      seen: others.isEmpty ? "\(name) alone" : "also \(others.map(\.name.printable).joined(separator: ", "))",
      holds: others.isEmpty)
  }

  /// Without inventories nothing is ever placed there, and nothing says so: nova logs one line a minute.
  private func provider(of hypervisor: CloudView.Hypervisor, _ view: CloudView) -> [Claim] {
    let subject = "the resource provider \(hypervisor.name)"
    guard let provider = view.providers.first, view.providers.count == 1 else {
      let seen =
        view.providers.isEmpty
        ? "none" : view.providers.map { "\($0.name.printable) with the id \($0.uuid)" }.joined(separator: ", ")
      return [Claim(subject, expected: "one, with the hypervisor's id \(hypervisor.id)", seen: seen, holds: false)]
    }
    return [
      Claim(
        subject, expected: "\(hypervisor.name) with the hypervisor's id \(hypervisor.id)",
        seen: "\(provider.name.printable) with the id \(provider.uuid)",
        holds: provider.name == hypervisor.name && provider.uuid.lowercased() == hypervisor.id.lowercased()),
      Claim(
        "the inventories of \(subject)", expected: "MEMORY_MB and VCPU among them",
        seen: provider.inventories.isEmpty
          ? "none: nothing can be placed there" : provider.inventories.joined(separator: ", "),
        holds: ["MEMORY_MB", "VCPU"].allSatisfy(provider.inventories.contains)),
    ]
  }
}

extension String {
  /// Of a UUID, however it is written.
  fileprivate var digits: String { lowercased().filter { $0 != "-" } }
}
