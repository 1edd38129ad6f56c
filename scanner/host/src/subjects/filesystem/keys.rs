//! Private keys, known by what their files hold.

use std::path::Path;

use crate::{Host, Miss};

/// Bytes that are looked at.
const HEAD: usize = 4096;
/// Larger files hold no key.
pub(super) const MAX_SIZE: u64 = 256 << 10;

/// Whether a file may hold a private key, by its name and place.
pub(super) fn candidate(path: &Path) -> bool {
    let name = path.file_name().map(|n| n.to_string_lossy().to_ascii_lowercase());
    let Some(name) = name else { return false };
    let ends = [
        ".key", ".pem", ".p12", ".pfx", ".ppk", ".jks", ".keytab", "_key", ".crt", ".cer", "_rsa",
        "_ecdsa", "_ed25519", "_dsa", ".priv", ".p8", ".ovpn",
    ];
    let folders = [
        "/.ssh/",
        "/etc/ssl/private/",
        "/etc/pki/tls/private/",
        "/private/",
        "/etc/wireguard/",
        "/etc/openvpn/",
        "/age/",
        "/sops/",
    ];
    (ends.iter().any(|e| name.ends_with(e))
        || name.starts_with("id_")
        || name.contains("privkey")
        || name.contains("private")
        || folders.iter().any(|f| path.to_string_lossy().contains(f)))
        && !name.ends_with(".pub")
}

/// What sort of key a file holds, and whether a passphrase protects it. `None`: it holds none.
pub(super) fn kind(host: &Host<'_>, path: &Path) -> Result<Option<(&'static str, bool)>, Miss> {
    Ok(sort(&host.root().head(path, HEAD)?))
}

fn sort(head: &[u8]) -> Option<(&'static str, bool)> {
    if head.starts_with(&[0x05, 0x02]) {
        return Some(("Kerberos keytab", false));
    }
    if head.starts_with(&[0xfe, 0xed, 0xfe, 0xed]) {
        return Some(("Java key store", true));
    }
    // A DER sequence whose first member is the number 3: PKCS #12.
    if let [0x30, 0x82, _, _, 0x02, 0x01, 0x03, ..] = head {
        return Some(("PKCS #12", true));
    }
    let text = String::from_utf8_lossy(head);
    if text.starts_with("PuTTY-User-Key-File-") {
        return Some(("PuTTY key", !text.contains("Encryption: none")));
    }
    let line = |fits: &dyn Fn(&str) -> bool| text.lines().map(str::trim).any(fits);
    if line(&|l| l.starts_with("AGE-SECRET-KEY-")) {
        return Some(("age key", false));
    }
    if line(&|l| l == "-----BEGIN OpenVPN Static key V1-----") {
        return Some(("OpenVPN key", false));
    }
    if line(&|l| {
        let value = l.split_once('=').filter(|(name, _)| name.trim() == "PrivateKey");
        value.is_some_and(|(_, v)| v.trim().len() == 44 && v.trim().ends_with('='))
    }) {
        return Some(("WireGuard key", false));
    }
    let begin = text.lines().map(str::trim).find(|l| {
        l.starts_with("-----BEGIN ")
            && (l.ends_with("PRIVATE KEY-----") || l.ends_with("PRIVATE KEY BLOCK-----"))
    })?;
    if begin.contains("OPENSSH") {
        // The first field after the magic is the cipher; `none` in base64.
        let open = text.contains("b3BlbnNzaC1rZXktdjEAAAAABG5vbmU");
        return Some(("OpenSSH key", !open));
    }
    let sealed = begin.contains("ENCRYPTED") || text.contains("Proc-Type: 4,ENCRYPTED");
    Some((if begin.contains("PGP") { "PGP key" } else { "PEM key" }, sealed))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_are_known_by_what_they_hold() {
        let pem = b"junk\n-----BEGIN RSA PRIVATE KEY-----\nMII";
        assert_eq!(sort(pem), Some(("PEM key", false)));
        assert_eq!(sort(b"-----BEGIN ENCRYPTED PRIVATE KEY-----\n"), Some(("PEM key", true)));
        assert_eq!(sort(b"-----BEGIN CERTIFICATE-----\n"), None);
        assert_eq!(sort(b"-----BEGIN PUBLIC KEY-----\n"), None);
        let ssh = "-----BEGIN OPENSSH PRIVATE KEY-----\nb3BlbnNzaC1rZXktdjEAAAAABG5vbmUAAAA";
        assert_eq!(sort(ssh.as_bytes()), Some(("OpenSSH key", false)));
        assert_eq!(sort(&[0x30, 0x82, 1, 2, 2, 1, 3, 0x30]), Some(("PKCS #12", true)));
        assert_eq!(sort(&[0xff; 4096]), None);
        let tunnel = "[Interface]\nPrivateKey = yAnz5TF+lXXJte14tji3zlMNq+hd2rYUIgJBgB3fBmk=\n";
        assert_eq!(sort(tunnel.as_bytes()), Some(("WireGuard key", false)));
        assert_eq!(sort(b"[Interface]\n#PrivateKey = \nPublicKey = x\n"), None);
        assert_eq!(
            sort(b"#\n-----BEGIN OpenVPN Static key V1-----\n"),
            Some(("OpenVPN key", false))
        );
        assert_eq!(sort(b"# x\nAGE-SECRET-KEY-1ABC\n"), Some(("age key", false)));
        assert!(candidate(Path::new("/home/a/.ssh/work")) && candidate(Path::new("/x/server.PEM")));
        assert!(
            !candidate(Path::new("/home/a/.ssh/id_rsa.pub")) && !candidate(Path::new("/etc/fstab"))
        );
    }
}
