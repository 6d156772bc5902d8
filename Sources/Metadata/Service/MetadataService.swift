internal import HTTP

/// OpenStack's metadata service, as this machine sees it. Who asks is known by where the question comes from.
///
/// Proxies are never asked, for the address is link-local; redirects are refused; and no header says who we are: neutron's
/// proxy fills those in, and one that a guest sends is a lie.
public final class MetadataService: MetadataPlace {
  public let title: String
  public let kind = MetadataKind.service
  private let base: ServiceAddress
  private let client: HTTPClient
  private let patience: ServicePatience

  init(_ base: ServiceAddress, _ client: HTTPClient, _ patience: ServicePatience) {
    self.base = base
    self.client = client
    self.patience = patience
    title = "the metadata service \(base)"
  }

  public func bytes(_ path: String) throws(MetadataError) -> [UInt8]? {
    let request = try base.request(path, patience)
    let response: HTTPResponse
    do throws(HTTPError) {
      response = try client.response(to: request, retrying: patience.retry)
    } catch {
      throw MetadataError(error, title)
    }
    switch response.status {
    case 200...299: return response.body
    case 404: return nil
    default: throw MetadataError(.unavailable, "\(title) answers \(response.status) to \(path.isEmpty ? "/" : path)")
    }
  }

  /// A directory is a text with a name in each line. In the EC2 tree a directory's name ends in a slash, and `0=mykey` is
  /// a key's number with its name; of the rest is known what stands where.
  public func entries(_ path: String) throws(MetadataError) -> [MetadataEntry]? {
    let steps = path.split(separator: "/")
    let isOpenStack = steps.first == "openstack"
    if isOpenStack, steps.count > 2 { return nil }
    if steps.isEmpty {
      let versions = try lines("") ?? []
      return (["openstack"] + versions).map { name in
        MetadataEntry(name.hasSuffix("/") ? String(name.dropLast()) : name, isDirectory: true)
      }.filter(\.isPlain).sorted()
    }
    // nova answers a directory of EC2's without its slash with a list too, and a file with a slash with its contents.
    guard let lines = try lines(isOpenStack ? path : "\(path)/") else { return nil }
    return lines.map { line in
      if let equals = line.firstIndex(of: "="), !isOpenStack {
        return MetadataEntry(String(line[..<equals]), isDirectory: true)
      }
      let isDirectory = isOpenStack ? steps.count == 1 : line.hasSuffix("/") || Self.holdsDirectories(steps, line)
      return MetadataEntry(line.hasSuffix("/") ? String(line.dropLast()) : line, isDirectory: isDirectory)
    }.filter(\.isPlain).sorted()
  }

  /// `2009-04-04/` holds meta-data/, whose slash some write and some do not.
  private static func holdsDirectories(_ steps: [Substring], _ line: String) -> Bool {
    steps.count == 1 && line == "meta-data"
  }

  private func lines(_ path: String) throws(MetadataError) -> [String]? {
    guard let bytes = try bytes(path) else { return nil }
    return String(decoding: bytes, as: UTF8.self).split(whereSeparator: \.isNewline).map(String.init).filter {
      !$0.isEmpty && $0 != "." && !$0.hasPrefix("..") && $0.utf8.count < 256
        && !$0.contains { $0.isWhitespace || "?#".contains($0) }
    }
  }
}

extension MetadataError {
  init(_ error: HTTPError, _ title: String) {
    switch error.code {
    case .tooLarge, .redirected, .notHTTP, .invalidRequest: self.init(.invalid, "\(title) answers amiss: \(error)")
    default: self.init(.unavailable, "\(title) does not answer: \(error)")
    }
  }
}
