internal import JSON

/// Questions to the placement service, in its first version.
struct Placement {
  let session: CloudSession

  func providers(name: String) throws -> [CloudView.ResourceProvider] { try providers([("name", name)]) }
  func providers(uuid: String) throws -> [CloudView.ResourceProvider] { try providers([("uuid", uuid)]) }

  private func providers(_ query: [(String, String)]) throws -> [CloudView.ResourceProvider] {
    let answer = try session.get(.placement, "/resource_providers", query)
    let rows = try answer.reading { answer throws(JSONError) in
      var rows: [(uuid: String, name: String)] = []
      for row in try answer.member("resource_providers").elements() {
        rows.append((try row.member("uuid").string(), try row.member("name").string()))
      }
      return rows
    }
    return try rows.map {
      CloudView.ResourceProvider(uuid: $0.uuid, name: $0.name, inventories: try inventories(of: $0.uuid))
    }
  }

  private func inventories(of uuid: String) throws -> [String] {
    let answer = try session.get(.placement, "/resource_providers/\(uuid.percentEncoded)/inventories")
    return try answer.reading { answer throws(JSONError) in
      var classes: [String] = []
      for (key, value) in try answer.member("inventories").members() where try value.member("total").integer() > 0 {
        classes.append(key)
      }
      return classes.sorted()
    }
  }
}
