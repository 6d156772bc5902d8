import Foundation
import Testing

/// glibc itself, reading a file of ours as /etc/hosts or /etc/passwd: in a mount namespace that ends with the process.
enum GlibcOracle {
  struct Question: Encodable {
    /// The file, in hexadecimal.
    let file: String
    let names: [String]

    init(_ bytes: [UInt8], _ names: [String]) {
      file = bytes.map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
      self.names = names
    }
  }

  /// What getaddrinfo(3) finds for a name.
  struct Host: Decodable, Equatable {
    let addresses: [String]
    let canonical: String?
  }

  /// A name's addresses and canonical name, for each question and each of its names.
  static func hosts(_ questions: [Question]) throws -> [[Host]]? {
    try ask(
      "/etc/hosts", questions,
      """
      def answer(name):
        try: found = socket.getaddrinfo(name, None, type=socket.SOCK_STREAM, flags=socket.AI_CANONNAME)
        except (socket.gaierror, UnicodeError): return {"addresses": []}
        return {"addresses": [f[4][0] for f in found], "canonical": found[0][3]}
      """)
  }

  /// The fields of a name's record as getpwnam(3) returns them; nil where there is none.
  static func accounts(_ database: String, _ questions: [Question]) throws -> [[[String]?]]? {
    let call = ["passwd": "pwd.getpwnam(name)", "group": "grp.getgrnam(name)"][database] ?? "spwd.getspnam(name)"
    return try ask(
      "/etc/\(database)", questions,
      """
      import grp, pwd, warnings
      warnings.simplefilter("ignore")
      if "\(database)" == "shadow": import spwd
      def answer(name):
        try: return [f if isinstance(f, str) else ",".join(f) if isinstance(f, list) else str(f) for f in \(call)]
        except KeyError: return None
      """)
  }

  private static func ask<Answer: Decodable>(
    _ file: String, _ questions: [Question], _ answer: String
  ) throws -> [[Answer]]? {
    guard let unshare = RealProgram("unshare"), let python = RealProgram("python3") else { return nil }
    guard try unshare.run(["-m", "true"]).status == 0 else {
      RealProgram.missing("unshare -m (root)")
      return nil
    }
    let folder = try ScratchFolder()
    let copy = try folder.write([], to: "copy")
    let services = try folder.write(Array("hosts: files\npasswd: files\nshadow: files\ngroup: files\n".utf8), to: "nss")
    let script = """
      import json, socket, subprocess, sys
      for source, target in ((sys.argv[1], "\(file)"), (sys.argv[2], "/etc/nsswitch.conf")):
        subprocess.run(["mount", "--bind", source, target], check=True)
      \(answer)
      answers = []
      for question in json.load(sys.stdin):
        with open(sys.argv[1], "wb") as f: f.write(bytes.fromhex(question["file"]))
        answers.append([answer(name) for name in question["names"]])
      json.dump(answers, sys.stdout)
      """
    let input = String(decoding: try JSONEncoder().encode(questions), as: UTF8.self)
    let output = try unshare.run(["-m", python.path, "-c", script, copy, services], input: input)
    #expect(output.status == 0, "the oracle runs")
    return try JSONDecoder().decode([[Answer]].self, from: Data(output.text.utf8))
  }
}
