//! Lists of algorithms: the defaults of each version, and the edits `+`, `-` and `^`.

use super::keyword::Algorithms;
use super::pattern::{self, Answer};

/// The version of OpenSSH: major and minor.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Version(pub(super) u32, pub(super) u32);

impl Version {
    /// From the name that the program carries in itself (`OpenSSH_9.2p1`). It also names older versions
    /// to whose faults it adapts, so the highest counts.
    pub(super) fn find(program: &[u8]) -> Option<Self> {
        const MARK: &[u8] = b"OpenSSH_";
        let mut from = 0;
        let mut highest = None;
        while let Some(at) = program.get(from..).and_then(|p| find(p, MARK)) {
            from += at + MARK.len();
            let text = program.get(from..)?;
            let text: String = text
                .iter()
                .take(8)
                .map(|b| char::from(*b))
                .take_while(|c| c.is_ascii_digit() || *c == '.')
                .collect();
            if let Some((major, minor)) = text.split_once('.')
                && let (Ok(major), Ok(minor)) = (major.parse(), minor.parse())
            {
                highest = highest.max(Some(Self(major, minor)));
            }
        }
        highest
    }
}

fn find(text: &[u8], mark: &[u8]) -> Option<usize> {
    let first = *mark.first()?;
    let mut from = 0;
    loop {
        let at = from + text.get(from..)?.iter().position(|b| *b == first)?;
        if text.get(at..)?.starts_with(mark) {
            return Some(at);
        }
        from = at + 1;
    }
}

const CIPHERS: &str = "chacha20-poly1305@openssh.com,aes128-ctr,aes192-ctr,aes256-ctr,\
    aes128-gcm@openssh.com,aes256-gcm@openssh.com";
const CIPHERS_10: &str = "chacha20-poly1305@openssh.com,aes128-gcm@openssh.com,\
    aes256-gcm@openssh.com,aes128-ctr,aes192-ctr,aes256-ctr";
const ALL_CIPHERS: &str = "3des-cbc,aes128-cbc,aes192-cbc,aes256-cbc,\
    rijndael-cbc@lysator.liu.se,aes128-ctr,aes192-ctr,aes256-ctr,aes128-gcm@openssh.com,\
    aes256-gcm@openssh.com,chacha20-poly1305@openssh.com,arcfour,arcfour128,arcfour256,\
    blowfish-cbc,cast128-cbc,none";
const MACS: &str = "umac-64-etm@openssh.com,umac-128-etm@openssh.com,\
    hmac-sha2-256-etm@openssh.com,hmac-sha2-512-etm@openssh.com,hmac-sha1-etm@openssh.com,\
    umac-64@openssh.com,umac-128@openssh.com,hmac-sha2-256,hmac-sha2-512,hmac-sha1";
const OTHER_MACS: &str = "hmac-sha1-96,hmac-md5,hmac-md5-96,hmac-sha1-96-etm@openssh.com,\
    hmac-md5-etm@openssh.com,hmac-md5-96-etm@openssh.com,hmac-ripemd160,\
    hmac-ripemd160@openssh.com,hmac-ripemd160-etm@openssh.com";
const CURVES: &str = "curve25519-sha256,curve25519-sha256@libssh.org,ecdh-sha2-nistp256,\
    ecdh-sha2-nistp384,ecdh-sha2-nistp521";
const GROUPS: &str = "diffie-hellman-group-exchange-sha256,diffie-hellman-group16-sha512,\
    diffie-hellman-group18-sha512,diffie-hellman-group14-sha256";
const OTHER_KEX: &str = "diffie-hellman-group14-sha1,diffie-hellman-group1-sha1,\
    diffie-hellman-group-exchange-sha1,sntrup4591761x25519-sha512@tinyssh.org";
const CERTIFICATES: &str = "ssh-ed25519-cert-v01@openssh.com,\
    ecdsa-sha2-nistp256-cert-v01@openssh.com,ecdsa-sha2-nistp384-cert-v01@openssh.com,\
    ecdsa-sha2-nistp521-cert-v01@openssh.com,sk-ssh-ed25519-cert-v01@openssh.com,\
    sk-ecdsa-sha2-nistp256-cert-v01@openssh.com,rsa-sha2-512-cert-v01@openssh.com,\
    rsa-sha2-256-cert-v01@openssh.com";
const CURVE_KEYS: &str = "ssh-ed25519,ecdsa-sha2-nistp256,ecdsa-sha2-nistp384,\
    ecdsa-sha2-nistp521,sk-ssh-ed25519@openssh.com,sk-ecdsa-sha2-nistp256@openssh.com";
const RSA_KEYS: &str = "rsa-sha2-512,rsa-sha2-256";
const OTHER_KEYS: &str = "ssh-rsa,ssh-rsa-cert-v01@openssh.com,ssh-dss,\
    ssh-dss-cert-v01@openssh.com,webauthn-sk-ecdsa-sha2-nistp256@openssh.com,\
    webauthn-sk-ecdsa-sha2-nistp256-cert-v01@openssh.com";

fn join(lists: &[&str]) -> Vec<String> {
    let all = lists.iter().flat_map(|l| l.split(','));
    all.filter(|a| !a.is_empty()).map(str::to_owned).collect()
}

/// The default list of a version. Where the version is not known, that of 9.2.
pub(super) fn default(of: Algorithms, version: Option<Version>) -> Vec<String> {
    let version = version.unwrap_or(Version(9, 2));
    match of {
        Algorithms::Cipher if version >= Version(10, 0) => join(&[CIPHERS_10]),
        Algorithms::Cipher => join(&[CIPHERS]),
        Algorithms::Mac => join(&[MACS]),
        Algorithms::Kex => {
            let both = "sntrup761x25519-sha512,sntrup761x25519-sha512@openssh.com";
            let mlkem = "mlkem768x25519-sha256";
            match version {
                v if v >= Version(10, 0) => join(&[mlkem, both, CURVES]),
                v if v >= Version(9, 9) => join(&[both, mlkem, CURVES, GROUPS]),
                v if v >= Version(9, 0) => join(&[both, CURVES, GROUPS]),
                v if v >= Version(8, 2) => join(&[CURVES, GROUPS]),
                _ => join(&[CURVES, GROUPS, "diffie-hellman-group14-sha1"]),
            }
        }
        // SHA-1 signatures left the defaults with 8.8, those of authorities with 8.2.
        Algorithms::Signature if version >= Version(8, 8) => {
            join(&[CERTIFICATES, CURVE_KEYS, RSA_KEYS])
        }
        Algorithms::Signature => {
            join(&[CERTIFICATES, "ssh-rsa-cert-v01@openssh.com", CURVE_KEYS, RSA_KEYS, "ssh-rsa"])
        }
        Algorithms::Authority if version >= Version(8, 2) => join(&[CURVE_KEYS, RSA_KEYS]),
        Algorithms::Authority => join(&[CURVE_KEYS, RSA_KEYS, "ssh-rsa"]),
    }
}

/// Every algorithm of a kind that some version knows.
fn all(of: Algorithms) -> Vec<String> {
    match of {
        Algorithms::Cipher => join(&[ALL_CIPHERS]),
        Algorithms::Mac => join(&[MACS, OTHER_MACS]),
        Algorithms::Kex => join(&[
            "mlkem768x25519-sha256,sntrup761x25519-sha512,sntrup761x25519-sha512@openssh.com",
            CURVES,
            GROUPS,
            OTHER_KEX,
        ]),
        Algorithms::Signature | Algorithms::Authority => {
            join(&[CERTIFICATES, CURVE_KEYS, RSA_KEYS, OTHER_KEYS])
        }
    }
}

/// The list that a written value stands for.
///
/// # Errors
/// sshd refuses the value: it names what no version knows.
pub(super) fn apply(
    of: Algorithms,
    written: &str,
    version: Option<Version>,
) -> Result<Vec<String>, String> {
    let default = || default(of, version);
    let (edit, names) = match written.chars().next() {
        Some(c @ ('+' | '-' | '^')) => (Some(c), written.get(1..).unwrap_or("")),
        _ => (None, written),
    };
    if edit == Some('-') {
        let kept = |a: &String| pattern::list(a, names) != Answer::Yes;
        return Ok(default().into_iter().filter(kept).collect());
    }
    let known = all(of);
    // Signature lists may hold wildcards, which stand for what is known.
    let wild = matches!(of, Algorithms::Signature | Algorithms::Authority);
    let mut named: Vec<String> = Vec::new();
    for name in names.split(',') {
        if wild && name.contains(['*', '?']) {
            let fits = known.iter().filter(|a| pattern::matches(a, name));
            let fits: Vec<String> = fits.filter(|a| !named.contains(a)).cloned().collect();
            named.extend(fits);
            continue;
        }
        if !known.iter().any(|a| a == name) {
            return Err(format!("{name:?} is not known"));
        }
        if !named.iter().any(|a| a == name) {
            named.push(name.to_owned());
        }
    }
    Ok(match edit {
        Some('+') => unite(default(), named),
        Some('^') => unite(named, default()),
        _ => named,
    })
}

fn unite(mut first: Vec<String>, then: Vec<String>) -> Vec<String> {
    for name in then {
        if !first.contains(&name) {
            first.push(name);
        }
    }
    first
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn edits_keep_the_rest_of_the_default() {
        let apply = |w: &str| apply(Algorithms::Cipher, w, Some(Version(9, 2)));
        assert_eq!(apply("aes128-ctr").unwrap(), ["aes128-ctr"]);
        let plus = apply("+3des-cbc").unwrap();
        assert_eq!((plus.len(), plus.last().unwrap().as_str()), (7, "3des-cbc"));
        assert_eq!(apply("-aes*").unwrap(), ["chacha20-poly1305@openssh.com"]);
        assert_eq!(apply("^aes256-ctr,3des-cbc").unwrap()[..2], ["aes256-ctr", "3des-cbc"]);
        assert!(apply("+nosuch").is_err());
        assert_eq!(apply("-nosuch").unwrap().len(), 6);
    }

    #[test]
    fn versions() {
        let program = b"\0OpenSSH_7.0*\0OpenSSH_\0OpenSSH_9.2p1 Debian\0OpenSSH_6.6\0";
        assert_eq!(Version::find(program), Some(Version(9, 2)));
        assert_eq!(Version::find(b"OpenSSH_for_Windows"), None);
        let kex = default(Algorithms::Kex, Some(Version(8, 0)));
        assert!(kex.contains(&"diffie-hellman-group14-sha1".to_owned()));
        assert!(Version(10, 0) > Version(9, 9));
    }
}
