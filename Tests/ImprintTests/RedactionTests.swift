import Testing

@testable import imprint

@Suite("Secrets stay out of diffs")
struct RedactionTests {
  @Test(
    "a line is shown without what it must not show",
    arguments: [
      (
        "transport_url = rabbit://openstack:s3cret@controller:5672/",
        "transport_url = rabbit://(not shown)@controller:5672/"
      ),
      ("connection=mysql+pymysql://nova:p@ss@db/nova", "connection=mysql+pymysql://(not shown)@db/nova"),
      ("transport_url = rabbit://a:b@h1:5672,c:d@h2:5672/", "transport_url = rabbit://(not shown)@h2:5672/"),
      ("password = hunter2", "password = (not shown)"),
      ("metadata_proxy_shared_secret=x", "metadata_proxy_shared_secret= (not shown)"),
      ("memcache_secret_key : x", "memcache_secret_key : (not shown)"),
      ("#password = <None>", "#password = (not shown)"),
      ("password =", "password ="),
      ("my_ip = 192.168.10.20", "my_ip = 192.168.10.20"),
      ("auth_url = http://controller:5000/v3", "auth_url = http://controller:5000/v3"),
      ("WPA_PSK=abcdefgh", "WPA_PSK= (not shown)"),
      ("fixed_key = 0123deadbeef", "fixed_key = (not shown)"), ("pwd = x", "pwd = (not shown)"),
      ("KEY1=abcde", "KEY1= (not shown)"), ("private-key=abc", "private-key= (not shown)"),
      ("backend_argument = password:x", "backend_argument = (not shown)"),
      ("backend_url = redis://h:1?password=x&db=1", "backend_url = redis://h:1?password=(not shown)&db=1"),
      ("monkey = 1", "monkey = 1"), ("keyfile = /etc/x", "keyfile = /etc/x"),
    ])
  func lines(_ line: String, _ shown: String) {
    #expect(Redaction.line(line, of: "/etc/nova/nova.conf") == shown)
  }

  @Test("a hash in passwd itself is masked, an x is not")
  func passwd() {
    #expect(
      Redaction.line("nova:$6$salt$hash:162:162::/:/bin/sh", of: "/etc/passwd") == "nova:(not shown):162:162::/:/bin/sh"
    )
    #expect(Redaction.line("nova:x:162:162::/:/bin/sh", of: "/etc/passwd") == "nova:x:162:162::/:/bin/sh")
  }
}
