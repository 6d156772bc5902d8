internal import Metadata

/// The metadata service, where the firmware says that this is a guest of OpenStack, and where the network may be asked.
public struct MetadataServiceSource: OutsideSource {
  public init() {}

  public func ask(_ question: IdentityQuestion) -> SourceReport {
    guard let patience = question.patience, Firmware(question.files).isOpenStack else { return .silent }
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
}
