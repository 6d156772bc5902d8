internal import JSON

/// Questions to the compute service, in microversion 2.53: ids are UUIDs, and lists come in pages.
struct Nova {
  static let microversion = Microversion(2, 53)

  let session: CloudSession

  /// Every hypervisor of every cell. One whose host no cell knows is left out by nova without a word
  /// (nova/api/openstack/compute/hypervisors.py, HostMappingNotFound).
  func hypervisors(pageSize: Int = 1000) throws -> [CloudView.Hypervisor] {
    var all: [CloudView.Hypervisor] = []
    var seen: Set<String> = []
    var marker: String?
    while true {
      var query = [("limit", String(pageSize))]
      if let marker { query.append(("marker", marker)) }
      let page = try session.get(.compute, "/os-hypervisors/detail", query)
      let (rows, hasMore) = try page.reading { page throws(JSONError) in
        var rows: [CloudView.Hypervisor] = []
        for row in try page.member("hypervisors").elements() { rows.append(try CloudView.Hypervisor(row)) }
        return (rows, try page.optional("hypervisors_links")?.elements().isEmpty == false)
      }
      all += rows
      let known = seen.count
      seen.formUnion(rows.map(\.id))
      guard hasMore, let last = rows.last else { return all }
      guard seen.count > known else {
        throw CloudFailure(.unexpected, "nova answers one page of its hypervisors again and again")
      }
      marker = last.id
    }
  }

  /// - Parameter host: nil for all.
  func services(host: String?) throws -> [CloudView.ComputeService] {
    let query = [("binary", "nova-compute")] + (host.map { [("host", $0)] } ?? [])
    let answer = try session.get(.compute, "/os-services", query)
    return try answer.reading { answer throws(JSONError) in
      var rows: [CloudView.ComputeService] = []
      for row in try answer.member("services").elements() { rows.append(try CloudView.ComputeService(row)) }
      return rows
    }
  }
}

extension CloudView.Hypervisor {
  init(_ row: JSONNode) throws(JSONError) {
    // A cell that is down leaves fields out (API guide, "Handling Down Cells").
    self.init(
      id: try row.member("id").string(), name: try row.member("hypervisor_hostname").string(),
      hostIP: try row.optional("host_ip")?.string() ?? "", state: try row.optional("state")?.string() ?? "unknown",
      status: try row.optional("status")?.string() ?? "unknown",
      host: try row.optional("service")?.optional("host")?.string() ?? "")
  }
}

extension CloudView.ComputeService {
  init(_ row: JSONNode) throws(JSONError) {
    self.init(
      host: try row.member("host").string(), zone: try row.optional("zone")?.string() ?? "",
      state: try row.optional("state")?.string() ?? "unknown",
      status: try row.optional("status")?.string() ?? "unknown",
      disabledReason: try row.optional("disabled_reason")?.string())
  }
}
