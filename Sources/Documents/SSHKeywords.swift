internal import Glibc

/// The options of ssh_config(5) and sshd_config(5), in lower case: every one that OpenSSH 6.6 to 10 knows, or has known and still accepts
/// (`keywords` in readconf.c and servconf.c), and what distributions add. One that is none of these makes the program refuse all
/// of its configuration: "Bad configuration option".
public enum SSHKeywords {
  /// Whether some ssh knows the option.
  public static func isClients(_ keyword: String) -> Bool { isKnown(keyword, client) }

  /// Whether some sshd knows the option.
  public static func isServers(_ keyword: String) -> Bool { isKnown(keyword, server) }

  /// Of GSSAPI and Kerberos there are as many as there are patches; what is quoted is not judged.
  private static func isKnown(_ keyword: String, _ keywords: [StaticString]) -> Bool {
    keywords.contains { has($0, keyword) } || keyword.hasPrefix("gssapi") || keyword.hasPrefix("kerberos")
      || keyword.contains("\"")
  }

  /// Whether a list with blanks between its words has one. It is looked through as it stands: making a set of it, at each start,
  /// would take longer than all that is asked.
  private static func has(_ words: StaticString, _ word: String) -> Bool {
    let isBlank = { (byte: UInt8) in byte == UInt8(ascii: " ") || byte == UInt8(ascii: "\n") }
    return words.withUTF8Buffer { words in
      var word = word
      return word.withUTF8 { word in
        guard let first = word.first, !word.contains(where: isBlank) else { return false }
        var place = 0
        while place + word.count <= words.count,
          let found = memchr(words.baseAddress! + place, CInt(first), words.count - place - word.count + 1)
        {
          let start = words.baseAddress!.distance(to: found.assumingMemoryBound(to: UInt8.self))
          let end = start + word.count
          if memcmp(found, word.baseAddress!, word.count) == 0, start == 0 || isBlank(words[start - 1]),
            end == words.count || isBlank(words[end])
          {
            return true
          }
          place = start + 1
        }
        return false
      }
    }
  }

  private static let client: [StaticString] = [
    """
    addkeystoagent addressfamily afstokenpassing batchmode bindaddress bindinterface canonicaldomains
    canonicalizefallbacklocal canonicalizehostname canonicalizemaxdots canonicalizepermittedcnames
    casignaturealgorithms certificatefile challengeresponseauthentication channeltimeout checkhostip cipher ciphers
    clearallforwardings compression compressionlevel connectionattempts connecttimeout controlmaster controlpath
    controlpersist dsaauthentication dynamicforward enableescapecommandline enablesshkeysign escapechar
    exitonforwardfailure fallbacktorsh fingerprinthash forkafterauthentication forwardagent forwardx11
    forwardx11timeout forwardx11trusted gatewayports globalknownhostsfile globalknownhostsfile2 hashknownhosts host
    hostbasedacceptedalgorithms hostbasedalgorithms hostbasedauthentication hostbasedkeytypes hostkeyalgorithms
    hostkeyalias hostname identitiesonly identityagent identityfile identityfile2 ignoreunknown include ipqos
    kbdinteractiveauthentication kbdinteractivedevices keepalive kexalgorithms knownhostscommand localcommand
    localforward loglevel logverbose macs match nohostauthenticationforlocalhost numberofpasswordprompts
    obscurekeystroketiming passwordauthentication permitlocalcommand permitremoteopen pkcs11provider port
    preferredauthentications protocol proxycommand proxyjump proxyusefdpass pubkeyacceptedalgorithms
    pubkeyacceptedkeytypes pubkeyauthentication refuseconnection rekeylimit remotecommand remoteforward requesttty
    requiredrsasize revokedhostkeys rhostsauthentication rhostsrsaauthentication rsaauthentication
    securitykeyprovider sendenv serveralivecountmax serveraliveinterval sessiontype setenv skeyauthentication
    smartcarddevice stdinnull streamlocalbindmask streamlocalbindunlink stricthostkeychecking syslogfacility tag
    tcpkeepalive tisauthentication tunnel tunneldevice updatehostkeys useprivilegedport user userknownhostsfile
    userknownhostsfile2 useroaming usersh verifyhostkeydns versionaddendum visualhostkey warnweakcrypto
    xauthlocation
    """,
    // Debian: protocolkeepalives, setuptimeout, useblacklistedkeys. Red Hat: rsaminsize, canonicalmatchuser.
    "protocolkeepalives setuptimeout useblacklistedkeys rsaminsize canonicalmatchuser", highPerformance,
  ]

  private static let server: [StaticString] = [
    """
    acceptenv addressfamily afstokenpassing allowagentforwarding allowgroups allowstreamlocalforwarding
    allowtcpforwarding allowusers authenticationmethods authorizedkeyscommand authorizedkeyscommanduser
    authorizedkeysfile authorizedkeysfile2 authorizedprincipalscommand authorizedprincipalscommanduser
    authorizedprincipalsfile banner casignaturealgorithms challengeresponseauthentication channeltimeout checkmail
    chrootdirectory ciphers clientalivecountmax clientaliveinterval compression denygroups denyusers
    disableforwarding dsaauthentication exposeauthinfo fingerprinthash forcecommand gatewayports
    hostbasedacceptedalgorithms hostbasedacceptedkeytypes hostbasedauthentication hostbasedusesnamefrompacketonly
    hostcertificate hostdsakey hostkey hostkeyagent hostkeyalgorithms ignorerhosts ignoreuserknownhosts include
    ipqos kbdinteractiveauthentication keepalive kexalgorithms keyregenerationinterval listenaddress logingracetime
    loglevel logverbose macs match maxauthtries maxsessions maxstartups modulifile pamauthenticationviakbdint
    pamservicename passwordauthentication permitemptypasswords permitlisten permitopen permitrootlogin permittty
    permittunnel permituserenvironment permituserrc persourcemaxstartups persourcenetblocksize persourcepenalties
    persourcepenaltyexemptlist pidfile port printlastlog printmotd protocol pubkeyacceptedalgorithms
    pubkeyacceptedkeytypes pubkeyauthentication pubkeyauthoptions rdomain refuseconnection rekeylimit
    requiredrsasize reversemappingcheck revokedkeys rhostsauthentication rhostsrsaauthentication rsaauthentication
    securitykeyprovider serverkeybits setenv skeyauthentication sshdauthpath sshdsessionpath streamlocalbindmask
    streamlocalbindunlink strictmodes subsystem syslogfacility tcpkeepalive trustedusercakeys
    unusedconnectiontimeout usedns uselogin usepam useprivilegeseparation verifyreversemapping versionaddendum
    x11displayoffset x11forwarding x11uselocalhost xauthlocation
    """,
    // Debian: debianbanner, permitblacklistedkeys. Red Hat: the others.
    """
    debianbanner permitblacklistedkeys gssusesessionccache rsaminsize canonicalmatchuser x11maxdisplays showpatchlevel
    exposeauthenticationmethods authorizedkeyscommandrunas requiredauthentications1 requiredauthentications2
    """, highPerformance,
  ]

  /// HPN-SSH, which some build.
  private static let highPerformance: StaticString =
    "hpndisabled hpnbuffersize tcprcvbuf tcprcvbufpoll noneenabled noneswitch nonemacenabled disablemtaes"
}
