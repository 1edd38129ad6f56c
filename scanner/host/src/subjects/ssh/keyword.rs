//! What sshd knows: its keywords, the form of their arguments, whether `Match` may set them, and what
//! holds where nobody sets them. From `sshd_config(5)` and the answers of `sshd -T`.

/// The form of a keyword's arguments, and how repeated lines combine.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    /// One of these words, whatever their case; the second is how it is written here.
    Choice(&'static [(&'static str, &'static str)]),
    /// A time, in seconds.
    Seconds,
    /// A whole number.
    Number,
    /// One word, as it is written.
    Word,
    /// One path; `none` for none.
    Path,
    /// All that follows on the line.
    Rest,
    /// Words; the first line wins.
    Words,
    /// Words that later lines add to.
    Gather,
    /// The same with one word for each line.
    Each,
    /// A name and what stands for it; later lines add names.
    Named,
    /// A list of algorithms, which may edit the default.
    Algorithms(Algorithms),
    /// `start:rate:full`.
    Startups,
    /// Read and ignored.
    Ignored,
}

/// Lists of algorithms that have a default.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Algorithms {
    /// Ciphers.
    Cipher,
    /// Message authentication.
    Mac,
    /// Key exchange.
    Kex,
    /// Signatures of host keys, users' keys and host-based keys.
    Signature,
    /// Signatures of certificate authorities.
    Authority,
}

/// What holds where nobody sets a keyword.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Default {
    /// A word.
    Text(&'static str),
    /// A number.
    Number(u64),
    /// A list of words.
    List(&'static [&'static str]),
    /// The list of the program's version.
    OfVersion,
}

/// A keyword.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Keyword {
    /// Its name as the manual writes it.
    pub(super) name: &'static str,
    /// Its form.
    pub(super) kind: Kind,
    /// Whether `Match` blocks may set it.
    pub(super) matchable: bool,
    /// Its default.
    pub(super) default: Default,
}

const FLAG: Kind = Kind::Choice(&[("yes", "yes"), ("no", "no")]);
const ROOT: Kind = Kind::Choice(&[
    ("without-password", "prohibit-password"),
    ("prohibit-password", "prohibit-password"),
    ("forced-commands-only", "forced-commands-only"),
    ("yes", "yes"),
    ("no", "no"),
]);
const TCP: Kind = Kind::Choice(&[
    ("yes", "yes"),
    ("all", "yes"),
    ("no", "no"),
    ("remote", "remote"),
    ("local", "local"),
]);
const LEVEL: Kind = Kind::Choice(&[
    ("silent", "QUIET"),
    ("quiet", "QUIET"),
    ("fatal", "FATAL"),
    ("error", "ERROR"),
    ("info", "INFO"),
    ("verbose", "VERBOSE"),
    ("debug", "DEBUG"),
    ("debug1", "DEBUG"),
    ("debug2", "DEBUG2"),
    ("debug3", "DEBUG3"),
]);
const FACILITY: Kind = Kind::Choice(&[
    ("daemon", "DAEMON"),
    ("user", "USER"),
    ("auth", "AUTH"),
    ("authpriv", "AUTHPRIV"),
    ("local0", "LOCAL0"),
    ("local1", "LOCAL1"),
    ("local2", "LOCAL2"),
    ("local3", "LOCAL3"),
    ("local4", "LOCAL4"),
    ("local5", "LOCAL5"),
    ("local6", "LOCAL6"),
    ("local7", "LOCAL7"),
]);
const TUNNEL: Kind = Kind::Choice(&[
    ("ethernet", "ethernet"),
    ("point-to-point", "point-to-point"),
    ("yes", "yes"),
    ("no", "no"),
]);
const RHOSTS: Kind = Kind::Choice(&[("yes", "yes"), ("no", "no"), ("shosts-only", "shosts-only")]);
const COMPRESSION: Kind = Kind::Choice(&[("yes", "yes"), ("delayed", "yes"), ("no", "no")]);
const GATEWAY: Kind =
    Kind::Choice(&[("clientspecified", "clientspecified"), ("yes", "yes"), ("no", "no")]);
const FAMILY: Kind = Kind::Choice(&[("inet", "inet"), ("inet6", "inet6"), ("any", "any")]);
const HASH: Kind = Kind::Choice(&[("md5", "MD5"), ("sha256", "SHA256")]);
const NONE: Default = Default::Text("none");
const YES: Default = Default::Text("yes");
const NO: Default = Default::Text("no");
const EMPTY: Default = Default::List(&[]);

/// Keyword of the main server or, where `matchable`, of `Match` blocks too.
const fn keyword(name: &'static str, kind: Kind, matchable: bool, default: Default) -> Keyword {
    Keyword { name, kind, matchable, default }
}

const GLOBAL: bool = false;
const MATCH: bool = true;

/// Every keyword, in order of their names.
pub(super) static KEYWORDS: &[Keyword] = &[
    keyword("AcceptEnv", Kind::Gather, MATCH, EMPTY),
    keyword("AddressFamily", FAMILY, GLOBAL, Default::Text("any")),
    keyword("AllowAgentForwarding", FLAG, MATCH, YES),
    keyword("AllowGroups", Kind::Gather, MATCH, EMPTY),
    keyword("AllowStreamLocalForwarding", TCP, MATCH, YES),
    keyword("AllowTcpForwarding", TCP, MATCH, YES),
    keyword("AllowUsers", Kind::Gather, MATCH, EMPTY),
    keyword("AuthenticationMethods", Kind::Words, MATCH, Default::List(&["any"])),
    keyword("AuthorizedKeysCommand", Kind::Rest, MATCH, NONE),
    keyword("AuthorizedKeysCommandUser", Kind::Word, MATCH, NONE),
    keyword(
        "AuthorizedKeysFile",
        Kind::Words,
        MATCH,
        Default::List(&[".ssh/authorized_keys", ".ssh/authorized_keys2"]),
    ),
    keyword("AuthorizedPrincipalsCommand", Kind::Rest, MATCH, NONE),
    keyword("AuthorizedPrincipalsCommandUser", Kind::Word, MATCH, NONE),
    keyword("AuthorizedPrincipalsFile", Kind::Word, MATCH, NONE),
    keyword("Banner", Kind::Path, MATCH, NONE),
    keyword(
        "CASignatureAlgorithms",
        Kind::Algorithms(Algorithms::Authority),
        MATCH,
        Default::OfVersion,
    ),
    keyword("ChannelTimeout", Kind::Words, MATCH, EMPTY),
    keyword("ChrootDirectory", Kind::Word, MATCH, NONE),
    keyword("Ciphers", Kind::Algorithms(Algorithms::Cipher), GLOBAL, Default::OfVersion),
    keyword("ClientAliveCountMax", Kind::Number, MATCH, Default::Number(3)),
    keyword("ClientAliveInterval", Kind::Seconds, MATCH, Default::Number(0)),
    keyword("Compression", COMPRESSION, GLOBAL, YES),
    keyword("DebianBanner", FLAG, GLOBAL, YES),
    keyword("DenyGroups", Kind::Gather, MATCH, EMPTY),
    keyword("DenyUsers", Kind::Gather, MATCH, EMPTY),
    keyword("DisableForwarding", FLAG, MATCH, NO),
    keyword("ExposeAuthInfo", FLAG, MATCH, NO),
    keyword("FingerprintHash", HASH, GLOBAL, Default::Text("SHA256")),
    keyword("ForceCommand", Kind::Rest, MATCH, NONE),
    keyword("GSSAPIAuthentication", FLAG, MATCH, NO),
    keyword("GSSAPICleanupCredentials", FLAG, GLOBAL, YES),
    keyword("GSSAPIEnablek5users", FLAG, MATCH, NO),
    keyword("GSSAPIKexAlgorithms", Kind::Word, GLOBAL, Default::Text("default")),
    keyword("GSSAPIKeyExchange", FLAG, GLOBAL, NO),
    keyword("GSSAPIStoreCredentialsOnRekey", FLAG, GLOBAL, NO),
    keyword("GSSAPIStrictAcceptorCheck", FLAG, GLOBAL, YES),
    keyword("GatewayPorts", GATEWAY, MATCH, NO),
    keyword(
        "HostbasedAcceptedAlgorithms",
        Kind::Algorithms(Algorithms::Signature),
        MATCH,
        Default::OfVersion,
    ),
    keyword("HostbasedAuthentication", FLAG, MATCH, NO),
    keyword("HostbasedUsesNameFromPacketOnly", FLAG, MATCH, NO),
    keyword("HostCertificate", Kind::Each, GLOBAL, EMPTY),
    keyword("HostKey", Kind::Each, GLOBAL, EMPTY),
    keyword("HostKeyAgent", Kind::Word, GLOBAL, NONE),
    keyword(
        "HostKeyAlgorithms",
        Kind::Algorithms(Algorithms::Signature),
        GLOBAL,
        Default::OfVersion,
    ),
    keyword("IgnoreRhosts", RHOSTS, MATCH, YES),
    keyword("IgnoreUserKnownHosts", FLAG, GLOBAL, NO),
    keyword("IPQoS", Kind::Words, MATCH, EMPTY),
    keyword("KbdInteractiveAuthentication", FLAG, MATCH, YES),
    keyword("KerberosAuthentication", FLAG, MATCH, NO),
    keyword("KerberosGetAFSToken", FLAG, GLOBAL, NO),
    keyword("KerberosOrLocalPasswd", FLAG, GLOBAL, YES),
    keyword("KerberosTicketCleanup", FLAG, GLOBAL, YES),
    keyword("KerberosUniqueCCache", FLAG, GLOBAL, NO),
    keyword("KerberosUseKuserok", FLAG, MATCH, YES),
    keyword("KexAlgorithms", Kind::Algorithms(Algorithms::Kex), GLOBAL, Default::OfVersion),
    keyword("ListenAddress", Kind::Each, GLOBAL, EMPTY),
    keyword("LoginGraceTime", Kind::Seconds, GLOBAL, Default::Number(120)),
    keyword("LogLevel", LEVEL, MATCH, Default::Text("INFO")),
    keyword("LogVerbose", Kind::Words, MATCH, EMPTY),
    keyword("MACs", Kind::Algorithms(Algorithms::Mac), GLOBAL, Default::OfVersion),
    keyword("MaxAuthTries", Kind::Number, MATCH, Default::Number(6)),
    keyword("MaxSessions", Kind::Number, MATCH, Default::Number(10)),
    keyword("MaxStartups", Kind::Startups, GLOBAL, Default::Text("10:30:100")),
    keyword("ModuliFile", Kind::Path, GLOBAL, Default::Text("/etc/ssh/moduli")),
    keyword("PAMServiceName", Kind::Word, MATCH, Default::Text("sshd")),
    keyword("PasswordAuthentication", FLAG, MATCH, YES),
    keyword("PermitEmptyPasswords", FLAG, MATCH, NO),
    keyword("PermitListen", Kind::Words, MATCH, Default::List(&["any"])),
    keyword("PermitOpen", Kind::Words, MATCH, Default::List(&["any"])),
    keyword("PermitRootLogin", ROOT, MATCH, Default::Text("prohibit-password")),
    keyword("PermitTTY", FLAG, MATCH, YES),
    keyword("PermitTunnel", TUNNEL, MATCH, NO),
    keyword("PermitUserEnvironment", Kind::Word, GLOBAL, NO),
    keyword("PermitUserRC", FLAG, MATCH, YES),
    keyword("PerSourceMaxStartups", Kind::Word, GLOBAL, NONE),
    keyword("PerSourceNetBlockSize", Kind::Word, GLOBAL, Default::Text("32:128")),
    keyword("PerSourcePenalties", Kind::Words, GLOBAL, EMPTY),
    keyword("PerSourcePenaltyExemptList", Kind::Word, GLOBAL, NONE),
    keyword("PidFile", Kind::Path, GLOBAL, Default::Text("/run/sshd.pid")),
    keyword("Port", Kind::Each, GLOBAL, EMPTY),
    keyword("PrintLastLog", FLAG, GLOBAL, YES),
    keyword("PrintMotd", FLAG, GLOBAL, YES),
    keyword(
        "PubkeyAcceptedAlgorithms",
        Kind::Algorithms(Algorithms::Signature),
        MATCH,
        Default::OfVersion,
    ),
    keyword("PubkeyAuthentication", FLAG, MATCH, YES),
    keyword("PubkeyAuthOptions", Kind::Words, MATCH, Default::List(&["none"])),
    keyword("RDomain", Kind::Word, MATCH, NONE),
    keyword("RefuseConnection", FLAG, MATCH, NO),
    keyword("RekeyLimit", Kind::Words, MATCH, Default::List(&["default", "none"])),
    keyword("RequiredRSASize", Kind::Number, MATCH, Default::Number(1024)),
    keyword("RevokedKeys", Kind::Path, MATCH, NONE),
    keyword("SecurityKeyProvider", Kind::Path, GLOBAL, Default::Text("internal")),
    keyword("SetEnv", Kind::Words, MATCH, EMPTY),
    keyword("SshdSessionPath", Kind::Path, GLOBAL, Default::Text("default")),
    keyword("SshdAuthPath", Kind::Path, GLOBAL, Default::Text("default")),
    keyword("StreamLocalBindMask", Kind::Word, MATCH, Default::Text("0177")),
    keyword("StreamLocalBindUnlink", FLAG, MATCH, NO),
    keyword("StrictModes", FLAG, GLOBAL, YES),
    keyword("Subsystem", Kind::Named, MATCH, EMPTY),
    keyword("SyslogFacility", FACILITY, GLOBAL, Default::Text("AUTH")),
    keyword("TCPKeepAlive", FLAG, GLOBAL, YES),
    keyword("TrustedUserCAKeys", Kind::Path, MATCH, NONE),
    keyword("UnusedConnectionTimeout", Kind::Word, MATCH, NONE),
    keyword("UseDNS", FLAG, GLOBAL, NO),
    keyword("UsePAM", FLAG, GLOBAL, NO),
    keyword("VersionAddendum", Kind::Rest, GLOBAL, NONE),
    keyword("X11DisplayOffset", Kind::Number, MATCH, Default::Number(10)),
    keyword("X11Forwarding", FLAG, MATCH, NO),
    keyword("X11MaxDisplays", Kind::Number, MATCH, Default::Number(1000)),
    keyword("X11UseLocalhost", FLAG, MATCH, YES),
    keyword("XAuthLocation", Kind::Path, GLOBAL, Default::Text("/usr/bin/xauth")),
];

/// Other spellings that still work.
const ALIASES: &[(&str, &str)] = &[
    ("challengeresponseauthentication", "kbdinteractiveauthentication"),
    ("skeyauthentication", "kbdinteractiveauthentication"),
    ("dsaauthentication", "pubkeyauthentication"),
    ("hostbasedacceptedkeytypes", "hostbasedacceptedalgorithms"),
    ("hostdsakey", "hostkey"),
    ("keepalive", "tcpkeepalive"),
    ("pubkeyacceptedkeytypes", "pubkeyacceptedalgorithms"),
    ("gssusesessionccache", "gssapicleanupcredentials"),
    ("gssapiusesessioncredcache", "gssapicleanupcredentials"),
];

/// Keywords that sshd reads and ignores.
const IGNORED: &[&str] = &[
    "afstokenpassing",
    "authorizedkeysfile2",
    "checkmail",
    "kerberostgtpassing",
    "keyregenerationinterval",
    "pamauthenticationviakbdint",
    "protocol",
    "reversemappingcheck",
    "rhostsauthentication",
    "rhostsrsaauthentication",
    "rsaauthentication",
    "serverkeybits",
    "showpatchlevel",
    "uselogin",
    "useprivilegeseparation",
    "verifyreversemapping",
];

/// Those of them that `Match` blocks may hold.
const IGNORED_IN_MATCH: &[&str] =
    &["authorizedkeysfile2", "rhostsrsaauthentication", "rsaauthentication"];

static NOTHING: Keyword = keyword("An ignored keyword", Kind::Ignored, GLOBAL, EMPTY);
static NOTHING_IN_MATCH: Keyword = keyword("An ignored keyword", Kind::Ignored, MATCH, EMPTY);

/// The keyword of this name in any case, aliases included. An ignored one is [`Kind::Ignored`].
pub(super) fn find(name: &str) -> Option<&'static Keyword> {
    let lower = name.to_ascii_lowercase();
    let lower = ALIASES.iter().find(|(a, _)| *a == lower).map_or(lower.as_str(), |(_, n)| n);
    if IGNORED_IN_MATCH.contains(&lower) {
        return Some(&NOTHING_IN_MATCH);
    }
    if IGNORED.contains(&lower) {
        return Some(&NOTHING);
    }
    KEYWORDS.iter().find(|k| k.name.eq_ignore_ascii_case(lower))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn any_case_and_old_names() {
        assert_eq!(find("PERMITROOTLOGIN").unwrap().name, "PermitRootLogin");
        let old = find("ChallengeResponseAuthentication").unwrap();
        assert_eq!(old.name, "KbdInteractiveAuthentication");
        assert_eq!(find("Protocol").unwrap().kind, Kind::Ignored);
        assert!(find("PermitRoot").is_none());
        for (alias, name) in ALIASES {
            assert!(find(name).is_some(), "{alias}");
        }
    }
}
