import Site
import Testing

@Suite("A secret shows nowhere")
struct SecretTests {
  let hash = "$6$saltsalt$qFmFH.bQmmtXzyBY0s9v7Oicd2z4XSIecDzlB5KiA2/jctKu9YterLp8wwnSq.qc"

  @Test func `not in a description, a dump or a mirror of anything that holds it`() throws {
    let site = try Site.parse(Array((lab + "[migration]\npassword-hash = \"\(hash)\"\n").utf8), file: "")
    let secret = try #require(site.migration.passwordHash)
    var dumped = ""
    dump(site, to: &dumped)
    for text in ["\(secret)", String(reflecting: secret), "\(site)", String(reflecting: site), dumped] {
      #expect(!text.contains("qFmFH"))
    }
    #expect(Mirror(reflecting: secret).children.isEmpty)
    #expect(secret.reveal == hash)
  }

  @Test(arguments: [
    "hunter2", "$6$", "$6$salt$short", "", "$6$salt$with:colon.in.it.somewhere", "x$6$saltsalt$qFmFHbQmmtXzy",
    "$6$salt\n$qFmFHbQmmtXzy",
  ])
  func `what is no hash is refused without being repeated`(_ text: String) {
    #expect {
      _ = try Secret(passwordHash: text)
    } throws: { error in
      text.isEmpty || !"\(error)".contains("\"\(text)") && !"\(error)".contains("hunter2")
    }
  }

  @Test(arguments: [
    "!", "*", "!!", "$y$j9T$saltsaltsalt$qFmFHbQmmtXzyBY0s9v7Oicd2z4X", "$1$salt$qFmFHbQmmtXzyBY0s9v7O.",
  ])
  func `what crypt makes is taken`(_ text: String) throws {
    #expect(try Secret(passwordHash: text).reveal == text)
  }
}
