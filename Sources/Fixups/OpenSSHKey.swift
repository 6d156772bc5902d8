internal import Documents

/// A public key as files hold it. The site has a stricter type of the same name for what users write.
typealias OpenSSHKey = Documents.SSHPublicKey
