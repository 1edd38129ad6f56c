//! Mail transfer agents: where they listen.

mod agents;

#[cfg(test)]
mod tests;

use assay_core::Gap;

use super::units::placed;
use crate::systemd::{self, Starts};
use crate::{Host, Output, Setting, Subject};

/// Mail transfer agents.
pub(crate) static SUBJECT: Subject = Subject { name: "mail", types: &["linux.mail"], collect };

const KIND: &str = "linux.mail";

/// Where an agent listens: the value that decides, and whether it is this host alone.
pub(super) struct Listens {
    pub(super) setting: Setting,
    pub(super) local: bool,
}

type Reader = fn(&Host<'_>) -> Result<Option<Listens>, Gap>;

fn collect(host: &Host<'_>, out: &mut dyn Output) {
    let units = match systemd::units(host) {
        Ok(units) => units,
        Err(gap) => return out.listed(KIND, Err(gap)),
    };
    let all: [(&str, &[&str], Reader); 4] = [
        ("postfix", &["postfix.service", "postfix@-.service"], agents::postfix),
        ("exim", &["exim4.service", "exim.service", "exim4-base.service"], agents::exim),
        ("sendmail", &["sendmail.service"], agents::sendmail),
        ("opensmtpd", &["opensmtpd.service", "smtpd.service"], agents::opensmtpd),
    ];
    for (name, names, read) in all {
        let found = match read(host) {
            Ok(None) => continue,
            other => other,
        };
        let mut r = host.document(KIND, name);
        r.properties.insert("Name".to_owned(), name.into());
        match units.any_starts(names) {
            Starts::Unknown(gap) => r.lose("Starts", gap),
            known => {
                r.properties.insert("Starts".to_owned(), placed(known.as_str(), known.place()));
            }
        }
        match found {
            Ok(Some(listens)) => {
                r.properties.insert("Interfaces".to_owned(), listens.setting.json());
                r.properties.insert("LocalOnly".to_owned(), listens.local.into());
            }
            Ok(None) => {}
            Err(gap) => {
                r.lose("Interfaces", gap.clone());
                r.lose("LocalOnly", gap);
            }
        }
        out.put(r);
    }
    out.listed(KIND, Ok(()));
}
