internal import Metadata
internal import Site

/// The metadata service, where the firmware says that this is a guest of OpenStack or somebody wants it asked, and where the
/// network may be asked.
public struct MetadataServiceSource: OutsideSource {
  public init() {}

  /// On the kernel command line: `imprint.metadata-service=ask`. It is this boot's word, and goes before the site's.
  static let key = "imprint.metadata-service"

  public func ask(_ question: IdentityQuestion) -> SourceReport {
    guard let patience = question.patience, Self.isWanted(question) else { return .silent }
    let places = ServiceAddress.usual(root: question.root)
    // Without a link that is up there is no way to any of them.
    guard places.count > 1 else { return .silent }
    do throws(MetadataError) {
      let service = try MetadataService.find(places, patience: patience)
      return MetadataClaims.report(try Metadata(from: service), isCopied: false)
    } catch {
      return error.code == .absent ? .silent : .failed(error.description)
    }
  }

  static func isWanted(_ question: IdentityQuestion) -> Bool {
    let said = KernelCommandLineSource.value(key, question.files).flatMap {
      Site.Identity.MetadataService(rawValue: $0)
    }
    switch said ?? question.service ?? .openstack {
    case .ask: return true
    case .never: return false
    case .openstack: return Firmware(question.files).isOpenStack
    }
  }
}
