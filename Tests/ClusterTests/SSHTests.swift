import Foundation
import Live
import Site
import Support
import Testing

@testable import Cluster

@Suite struct SSHTests {
  /// As OpenSSH 7.4 and 9.2 say it.
  @Test(arguments: [
    ("ssh: connect to host compute3 port 22: No route to host", SSHFailure.Kind.unreachable),
    ("ssh: connect to host compute3 port 22: Connection timed out", .unreachable),
    ("ssh: connect to host compute3 port 22: Connection refused", .unreachable),
    ("ssh: Could not resolve hostname compute3: Name or service not known", .unreachable),
    ("kex_exchange_identification: Connection closed by remote host", .unreachable),
    (
      "No ED25519 host key is known for compute3 and you have requested strict checking.\nHost key verification failed.",
      .unknownHostKey
    ),
    ("Host key verification failed.", .unknownHostKey),
    (
      "@@@@@@@@@@@@@@@\n@    WARNING: REMOTE HOST IDENTIFICATION HAS CHANGED!     @\n@@@@@@@@@@@@@@@\nHost key verification failed.",
      .changedHostKey
    ),
    ("root@compute3: Permission denied (publickey,password).", .refused),
    ("Received disconnect from 192.168.10.22 port 22:2: Too many authentication failures", .refused),
    ("something else", .other), ("", .tooSlow),
  ])
  func `ssh's words are understood`(_ said: String, _ kind: SSHFailure.Kind) throws {
    let failure = SSHFailure(try SSHDestination("compute3"), lines: said.split(separator: "\n").map(String.init))
    #expect(failure.kind == kind)
    #expect(!failure.reason.isEmpty && !failure.reason.contains("@@"))
    #expect(kind == .other || failure.advice != nil)
  }

  @Test func `an ssh that ends without a word is told by its status, and as something to try again`() async throws {
    let scratch = try Scratch()
    for (script, words, kind) in [
      ("exit 255", "255 and without a word", SSHFailure.Kind.tooSlow as SSHFailure.Kind?),
      ("echo no route >&2; exit 255", "no route", .other), ("kill -9 $$", "", nil),
    ] {
      // Written by somebody else: a child of another test may hold what this process has open for writing, which none can run.
      let program = "\(scratch.path)/ssh"
      try await RealProgram.needed("sh").run(
        ["-c", "cat >\(program); chmod 755 \(program)"], input: "#!/bin/sh\n\(script)\n"
      ).succeeded("a stand-in for ssh")
      let ssh = SSH(program: program)
      let result = try await onThread { () -> Result<Command.Answer, any Error> in
        Result { try LiveActor.run { try await ssh.ask(try SSHDestination("compute3"), "true") } }
      }
      switch result {
      case .success(let answer): #expect(kind == nil && answer.status == 137 && answer.lastWords == "it ended with 137")
      case .failure(let error):
        let failure = try #require(error as? SSHFailure)
        #expect(failure.kind == kind && failure.reason.contains(words), "\(failure)")
      }
    }
  }

  @Test(
    "an sshd that turns the connection away before there is a session is asked again, and one that does not is not",
    arguments: [
      ("kex_exchange_identification: Connection closed by remote host\nConnection closed by 192.0.2.20 port 22", 3),
      ("ssh_exchange_identification: read: Connection reset by peer", 3),
      ("Connection reset by 192.0.2.20 port 22", 3), ("root@compute3: Permission denied (publickey).", 1),
      ("ssh: connect to host compute3 port 22: Connection refused", 1),
      ("Connection to compute3 closed by remote host.", 1),
    ])
  func turnedAway(_ said: String, _ tries: Int) async throws {
    let scratch = try Scratch()
    let (program, count) = ("\(scratch.path)/ssh", "\(scratch.path)/count")
    let script = """
      #!/bin/sh
      echo x >>\(count)
      [ $(wc -l <\(count)) -lt 3 ] || { cat; exit 0; }
      cat >/dev/null
      echo '\(said)' >&2
      exit 255
      """
    try await RealProgram.needed("sh").run(["-c", "cat >\(program); chmod 755 \(program)"], input: "\(script)\n")
      .succeeded("a stand-in for ssh")
    let ssh = SSH(program: program)
    let result = try await onThread { () -> Result<Command.Answer, any Error> in
      Result {
        try LiveActor.run { try await ssh.ask(try SSHDestination("compute3"), "true", input: Array("in".utf8)) }
      }
    }
    #expect(try String(contentsOfFile: count, encoding: .utf8).split(separator: "\n").count == tries)
    // Each try has the whole input.
    #expect((try? result.get().output) == (tries == 3 ? Array("in".utf8) : nil))
  }

  @Test func `the real ssh takes what it is called with`() async throws {
    let ssh = try #require(SSH(knownHosts: "/nowhere/known_hosts", patience: 3))
    let command = ssh.command(try SSHDestination("root@192.0.2.1"), "true")
    let read = try await RealProgram(path: command.program).run(["-G"] + command.arguments).succeeded("ssh -G").output
    let lines = Set(read.split(separator: "\n").map { $0.lowercased() })
    let expected = [
      "batchmode yes", "connecttimeout 3", "forwardagent no", "clearallforwardings yes", "user root",
      "hostname 192.0.2.1",
      "globalknownhostsfile /etc/ssh/ssh_known_hosts /etc/ssh/ssh_known_hosts2 /nowhere/known_hosts",
    ]
    for line in expected { #expect(lines.contains(line), "\(line)") }
    let strict = lines.first { $0.hasPrefix("stricthostkeychecking ") }
    #expect(strict == "stricthostkeychecking ask" || strict == "stricthostkeychecking true")
  }

  @Test func `a peer's document comes through whole or not at all`() throws {
    let key = try #require(
      PeerFacts(
        node: NodeName("compute2"),
        hostKeyLines: [
          "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIDjTcPLeJTLnnA96eHSo+Cu/mkPtWHiYQXyEtG7Oh/uQ root@compute2"
        ],
        migrationKeyLines: [
          "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIAsFTSSPzSn4INZAEKfabM20NciqgJrNRl8z6TlWbEmG a\u{1B}[31mb"
        ]) as PeerFacts?)
    let request = PeerDocument.Request(receiver: try NodeName("compute"), facts: key, site: "[site]\nsite 3\nend\n")
    let bytes = request.bytes
    let read = try #require(PeerDocument.Request(bytes))
    #expect(read.facts == key && read.site == request.site && read.receiver == request.receiver)
    #expect(!bytes.contains(0x1B), "nothing that steers a terminal goes into another machine's files")
    for cut in 0..<bytes.count { #expect(PeerDocument.Request(Array(bytes[..<cut])) == nil, "\(cut)") }
    let answer = PeerDocument.Answer(facts: key, changed: ["/etc/hosts"], transaction: "1", remarks: ["a\nb"])
    let back = try #require(PeerDocument.Answer(answer.text))
    #expect(back.facts == key && back.changed == ["/etc/hosts"] && back.remarks == ["a; b"])
    #expect(PeerDocument.Answer(String(answer.text.dropLast(2))) == nil)
    #expect(
      PeerDocument.Answer(answer.text.replacing("host-key ssh-ed25519 AAAA", with: "host-key ssh-ed25519 AAAB")) == nil)
  }

  @Test func `what a child says is kept to the end, and a child that says too much is no answer`() async throws {
    let shell = try RealProgram.needed("sh").path
    let big = [UInt8](repeating: 65, count: 3 << 20)
    let echoed = try await onThread {
      try LiveActor.run {
        try await Command(shell, ["-c", "cat; echo why >&2; exit 3"]).answer(to: big, within: .seconds(60))
      }
    }
    #expect(echoed.status == 3 && echoed.output == big && echoed.lastLines == ["why"])
    await #expect(throws: CommandFailure.self) {
      try await onThread {
        try LiveActor.run {
          try await Command(shell, ["-c", "cat"]).answer(to: big, within: .seconds(60), upTo: 1 << 20)
        }
      }
    }
    let deaf = try await onThread {
      try LiveActor.run {
        try await Command(shell, ["-c", "exec <&-; echo done"]).answer(to: big, within: .seconds(60))
      }
    }
    #expect(deaf.output == Array("done\n".utf8))
    let slow = await #expect(throws: CommandFailure.self) {
      try await onThread {
        try LiveActor.run { try await Command(shell, ["-c", "sleep 60"]).answer(to: [], within: .milliseconds(200)) }
      }
    }
    guard case .tooSlow? = slow else {
      Issue.record("\(String(describing: slow))")
      return
    }
  }
}
