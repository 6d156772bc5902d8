internal import Documents
public import Site
public import Tree

/// What nova-compute reads of a tree, for those who ask the cloud about the node.
public struct NovaFiles: Sendable {
  /// In the order in which it reads them.
  public let files: [FileSnapshot]
  /// CONF.host, where it is fixed; otherwise nova takes the host name.
  public let host: String?
  /// 32 hexadecimal digits; nil where there is no such file yet.
  public let computeID: String?

  public init(_ nova: Platform.Nova, in tree: any TreeReading) throws(TreeError) {
    var documents = OsloDocuments(ConfigurationCache())
    let order = try documents.open(nova.configFiles, nova.configDirectories, in: tree)
    files = order.compactMap { documents[$0]?.snapshot }
    host = documents.original("DEFAULT", "host", in: order).map(\.value).flatMap { $0.contains("$") ? nil : $0 }
    let place = try tree.places(ComputeID.paths(nova)).first { $0.isRemovable }
    computeID = try place.flatMap { place throws(TreeError) in try tree.file(place.path) }
      .flatMap { ComputeID.uuid(in: $0.bytes) }
  }
}
