import Documents
import Foundation
import Support
import Testing
import Tree

@testable import Fixups

/// What ssh and sshd refuse all of for one line of it, against OpenSSH's own programs.
@Suite struct SSHRefusalTests {
  private func proposal(_ files: [(String, String)]) throws -> Proposal {
    var tree = Clone.used
    for (path, text) in files { tree.write(path, text, owner: path.hasPrefix(Clone.ssh) ? 162 : 0, mode: 0o600) }
    return try MigrationAccess().propose(for: Clone.situation(tree))
  }

  /// The line of ~nova/.ssh/config that is said to be refused.
  private func refusedLine(_ proposal: Proposal) -> Int? {
    let texts = proposal.findings.map(\.text).filter { $0.contains("refuses the whole file") }
    return texts.first.flatMap { $0.split(separator: ":").dropFirst().first }.flatMap { Int($0) }
  }

  @Test(
    arguments: [
      ("Host *\n  UseKeychain yes\n", 2), ("IgnoreUnknown UseKeychain\nHost *\n  USEKEYCHAIN yes\n", nil),
      ("IgnoreUnknown Add*,Use*\nUseKeychain yes\n", nil), ("UseKeychain yes\nIgnoreUnknown *\n", 1),
      ("IgnoreUnknown Use*,!UseKey*\nUseKeychain yes\n", 2), ("Host elsewhere\n  Hostnme x\n", 2),
      ("User: nova\n", 1), ("\"User\" x\n", nil), ("User=x\nuser = x\n", nil), ("# Usre x\n\n\tUser x # Usre\n", nil),
      ("Match host elsewhere\nPermitRootLogin no\n", 2), ("Compression\n", 1),
      ("KexAlgorithms foo\n", 1), ("Host elsewhere\n  Ciphers aes128-ctr,3des\n", 2), ("Ciphers -3des\n", nil),
      ("MACs hmac-sha2-256,hmac-sha2\n", 1), ("Host *\n  HostKeyAlgorithms ssh-*\n", nil),
      ("PubkeyAcceptedKeyTypes ssh-ed448\n", 1),
      ("CASignatureAlgorithms +ssh-rsa\nKexAlgorithms ^curve25519-sha256\n", nil),
      ("Ciphers ,aes128-ctr\nMACs hmac-sha2-256,\nKexAlgorithms +,curve25519-sha256\n", nil),
      ("HostKeyAlgorithms ,ssh-ed25519\nCiphers -\n", nil), ("Host *\n  Ciphers +\n", 2), ("MACs x,\n", 1),
      ("Host a\nMatch host\n  User x\n", 2), ("Match all host x\n", 1),
      ("Match host x all\nMatch canonical all\n", nil),
      ("Match host x user y all\n", 1), ("Match !all # x\nMatch ALL\nMatch=all\n", nil), ("Match foo bar\n", 1),
      ("Match host x foo y\n", 1), ("Match host=\n", 1), ("Match host \"\"\n", 1), ("Match user x localuser # y\n", 1),
      ("Match host = x\nMatch host= x user =y\nMatch final\nMatch !final host x\n", nil), ("Match host x, y\n", 1),
      ("Match final=x\n", 1), ("Match all=x\n", 1), ("Match exec\n", 1), ("Match exec \"true && x=y\"\n", nil),
      ("Host a\n  IdentityFile a b\n", 2), ("Port 22 # 23\nUser \"a b\"\nHostName=x\n", nil),
      ("UserKnownHostsFile a b\nSendEnv A B\nProxyCommand a b\n", nil), ("StrictHostKeyChecking no yes\n", 1),
      ("Match \"\"\n", 1), ("Match !!host x\n", 1), ("Match host x \"foo\n", 1), ("Match host \"x y\"\n", nil),
      ("Host it's\n", 1), ("ProxyCommand nc 'x\n", 1), ("User a\\\"b\nUser a\"b c\"\n", nil),
      (
        "Protocol 2\nUseRoaming no\nCipher 3des\nGSSAPIKeyExchange no\nProtocolKeepAlives 3\nRSAAuthentication yes\n",
        nil
      ),
    ] as [(String, Int?)])
  func `an option that ssh does not know is said with its line`(_ text: String, _ line: Int?) async throws {
    let proposal = try proposal([("\(Clone.ssh)/config", text)])
    #expect(refusedLine(proposal) == line)
    #expect(proposal.claims.contains { !$0.holds && $0.seen.contains("ssh refuses line") } == (line != nil))
    guard let ssh = RealProgram.find("ssh") else { return }
    let config = try Scratch()
    let outcome = try await ssh.run(["-G", "-F", config.write(text, to: "config", mode: 0o600), "compute"])
    #expect((outcome.status == 0) == (line == nil), "\(outcome.said)")
  }

  @Test func `what newer versions may be asked is none that ssh refuses`() throws {
    let text = "Match localnetwork 10.0.0.0/8 tagged \"\"\nMatch version *10* command=x sessiontype exec\n  User x\n"
    #expect(refusedLine(try proposal([("\(Clone.ssh)/config", text)])) == nil)
  }

  @Test func `everybody's configuration and what is included count, wherever it stands`() throws {
    let everybodys = ("/etc/ssh/ssh_config", "Include /etc/ssh/ssh_config.d/*.conf\nHost *\n  SendEnv LANG\n")
    let dropIn = "/etc/ssh/ssh_config.d/50-site.conf"
    #expect(
      try proposal([everybodys, (dropIn, "Match final all\n  ServerAliveIntervall 3\n")])
        .warns("\(dropIn):2: ssh knows no option serveraliveintervall"))
    #expect(
      try proposal([everybodys, (dropIn, "Match host\n  Compression yes\n")])
        .warns("\(dropIn):1: ssh refuses the whole file"))
    #expect(
      try proposal([everybodys, (dropIn, "Host elsewhere\n  Include site\n"), ("/etc/ssh/site", "Foo x\n")])
        .warns("/etc/ssh/site:1: ssh knows no option foo"))
    #expect(
      try proposal([("\(Clone.ssh)/config", "Host a\nInclude conf.d/*\n"), ("\(Clone.ssh)/conf.d/x", "Foo x\n")])
        .warns("\(Clone.ssh)/conf.d/x:1: ssh knows no option foo"))
    // What the account says first counts for all that follows.
    let lenient = ("\(Clone.ssh)/config", "IgnoreUnknown Foo\n")
    #expect(try !proposal([lenient, everybodys, (dropIn, "Foo x\n")]).warns("knows no option"))
    #expect(try !proposal([("/etc/ssh/ssh_config", "Include ssh_config\nInclude %d/x\n")]).warns("refuses the whole"))
  }

  @Test func `files that include each other are refused, and read once`() throws {
    var files = [("/etc/ssh/ssh_config", "Include /etc/ssh/ssh_config.d/*.conf\n")]
    for name in 1...6 { files.append(("/etc/ssh/ssh_config.d/\(name).conf", "Include /etc/ssh/ssh_config.d/*.conf\n")) }
    let proposal = try proposal(files)
    #expect(proposal.warns("/etc/ssh/ssh_config.d/1.conf:1: what ssh includes here includes this file"))
    #expect(proposal.claims.contains { !$0.holds && $0.seen.contains("ssh refuses line 1") })
    // sshd's own the same way: it has to end.
    _ = try self.proposal(
      (1...6).map { ("/etc/ssh/sshd_config.d/\($0).conf", "Include /etc/ssh/sshd_config.d/*.conf\n") }
        + [("/etc/ssh/sshd_config", "Include /etc/ssh/sshd_config.d/*.conf\n")])
  }

  @Test func `an option that sshd does not know is said with its file and line`() throws {
    let main = ("/etc/ssh/sshd_config", "Include /etc/ssh/sshd_config.d/*.conf\nUsePAM yes\nMatch User x\n  Foo bar\n")
    let found = try proposal([main, ("/etc/ssh/sshd_config.d/a.conf", "# x\nPermitRootLogn no\nPort\nAcceptEnv\n")])
    #expect(found.warns("sshd knows no option foo and does not start (/etc/ssh/sshd_config, line 4)"))
    #expect(
      found.warns("sshd knows no option permitrootlogn and does not start (/etc/ssh/sshd_config.d/a.conf, line 2)"))
    #expect(found.warns("sshd does not start, since port says nothing (/etc/ssh/sshd_config.d/a.conf, line 3)"))
    #expect(!found.warns("acceptenv"))
    #expect(found.claims.contains { $0.subject.hasPrefix("sshd and") && $0.seen.contains("foo") && !$0.holds })
    // What nobody includes is read by nobody.
    let alone = try proposal([("/etc/ssh/sshd_config", "UsePAM yes\n"), ("/etc/ssh/sshd_config.d/a.conf", "Foo x\n")])
    #expect(!alone.warns("sshd knows no option"))
  }

  /// As the distributions have them, their patches' options and all.
  @Test func `what the distributions write is known`() throws {
    let client = """
      Host *
      #   ForwardAgent no
          SendEnv LANG LC_*
          HashKnownHosts yes
          GSSAPIAuthentication yes
          GSSAPIDelegateCredentials no
      Match final all
        Ciphers aes256-gcm@openssh.com
        MACs hmac-sha2-256
        GSSAPIKexAlgorithms gss-curve25519-sha256-
        KexAlgorithms curve25519-sha256
        PubkeyAcceptedAlgorithms ssh-ed25519
        PubkeyAcceptedKeyTypes ssh-ed25519
        HostKeyAlgorithms ssh-ed25519
        CASignatureAlgorithms ssh-ed25519
        RequiredRSASize 2048
        RSAMinSize 2048
      ForwardX11Trusted yes
      """
    let server = """
      Protocol 2
      UsePrivilegeSeparation sandbox
      KeyRegenerationInterval 3600
      ServerKeyBits 1024
      RSAAuthentication yes
      RhostsRSAAuthentication no
      ShowPatchLevel no
      KerberosUseKuserok yes
      GSSAPIEnablek5users no
      GSSAPIKeyExchange no
      UseLogin no
      DebianBanner no
      KbdInteractiveAuthentication no
      ChallengeResponseAuthentication no
      RSAMinSize 2048
      RequiredRSASize 2048
      PubkeyAuthOptions none
      AuthorizedKeysCommand none
      AcceptEnv LANG LC_*
      Subsystem sftp /usr/lib/openssh/sftp-server
      """
    let found = try proposal([("/etc/ssh/ssh_config", client), ("/etc/ssh/sshd_config", server)])
    #expect(!found.warns("refuses the whole") && !found.warns("sshd knows no") && !found.warns("does not start"))
  }

  // MARK: OpenSSH's own tables

  @Test func `every algorithm of this machine's ssh is known`() async throws {
    guard let ssh = RealProgram.find("ssh") else { return }
    for keyword in ["Ciphers", "MACs", "KexAlgorithms", "HostKeyAlgorithms", "PubkeyAcceptedAlgorithms"] {
      let names = try await ssh.run(["-Q", keyword]).succeeded("ssh -Q \(keyword)").output.split(separator: "\n")
      #expect(!names.isEmpty)
      let list = names.joined(separator: ",")
      #expect(SSHAlgorithms.unknown(in: [list], of: keyword.lowercased()) == nil)
    }
  }

  /// Each word in a program that it takes for an option is one of ours.
  private static let taken = """
    program=$1; shift
    tr -c '[:print:]' '\\n' <"$program" | LC_ALL=C grep -xE '[A-Za-z][A-Za-z0-9]{3,45}' | tr A-Z a-z | sort -u |
      while read -r word; do
        said=$("$@" -o "$word=x" h 2>&1 </dev/null)
        case $said in *"Bad configuration option"*) ;; *) echo "$word" ;; esac
      done
    """

  @Test func `every option of this machine's ssh is known`() async throws {
    guard let ssh = RealProgram.find("ssh") else { return }
    let words = try await RealProgram.needed("bash").run(
      ["-c", Self.taken, "bash", ssh.path, ssh.path, "-G"], seconds: 300
    )
    .succeeded("asking ssh").output.split(separator: "\n").map(String.init)
    #expect(words.contains("hostname") && !words.contains("hostnames"))
    #expect(words.filter { !SSHKeywords.isClients($0) } == [])
  }

  @Test func `every option of Debian's sshd is known, and sshd refuses what is said to be refused`() async throws {
    let scratch = try Scratch()
    do {
      try await DebianPackages.shared.lay(["openssh-server", "libwrap0"], over: scratch.path)
    } catch let unavailable as DebianPackages.Unavailable {
      return RealProgram.missing(unavailable.description)
    }
    let library = try #require(
      FileManager.default.enumerator(atPath: scratch.path)?.compactMap { $0 as? String }
        .first { $0.hasSuffix("/libwrap.so.0") })
    let folder = "\(scratch.path)/\(library.dropLast("/libwrap.so.0".count))"
    let sshd = ["env", "LD_LIBRARY_PATH=\(folder)", "\(scratch.path)/usr/sbin/sshd", "-t", "-f"]
    let empty = try scratch.write("", to: "empty")
    let words = try await RealProgram.needed("bash")
      .run(["-c", Self.taken, "bash", "\(scratch.path)/usr/sbin/sshd"] + sshd + [empty], seconds: 300)
      .succeeded("asking sshd").output.split(separator: "\n").map(String.init)
    #expect(words.contains("usepam") && !words.contains("hostname"))
    #expect(words.filter { !SSHKeywords.isServers($0) } == [])
    for (text, isRefused) in [
      ("PermitRootLogn no\n", true), ("Port\n", true), ("Ciphers aes128-ctr,3des\n", true),
      ("HostKeyAlgorithms ssh-*\nCiphers aes128-ctr\nKexAlgorithms -foo\n", false), ("Match User x\n  Foo bar\n", true),
      ("Port: 22\n", true), ("Match User\n", true), ("Match all User x\n", true), ("Match User x all\n", true),
      ("Match foo bar\n", true), ("Match !User x\n", true),
      ("Match all\nMatch user=x Group y\nMatch host = z\n", false),
      ("UsePrivilegeSeparation sandbox\nDebianBanner no\n", false), ("permitrootlogin=no\n# Foo\n", false),
    ] {
      let said = try await RealProgram.needed("env").run(Array(sshd.dropFirst()) + [scratch.write(text, to: "config")])
        .error
      #expect(
        ["Bad configuration option", "no argument", "Bad SSH2", "Bad Match"].contains { said.contains($0) }
          == isRefused,
        "\(text): \(said)")
      #expect(try proposal([("/etc/ssh/sshd_config", text)]).warns("does not start") == isRefused, "\(text)")
    }
  }
}
