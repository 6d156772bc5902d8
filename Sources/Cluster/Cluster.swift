/// What other machines say and are told: the peers and the controller over ssh, the cloud over its own API.
///
/// The room knows the site and the documents, and changes nothing on this machine but what a caller's transaction writes.
public enum Cluster {}
