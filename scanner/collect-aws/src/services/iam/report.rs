//! The credential report: a CSV file that IAM makes on request and keeps for four hours.

use std::collections::BTreeMap;
use std::time::Duration;

use assay_collect_aws_base::{Called, Cx, Facet};
use assay_core::{Gap, GapState};
use aws_sdk_iam::Client;
use aws_sdk_iam::types::ReportStateType;
use serde_json::{Map, Value, json};

use crate::shape::time;

/// How often the state of the report is asked for, and with what pause.
const POLLS: usize = 30;
const PAUSE: Duration = Duration::from_secs(2);

/// The name of root's row.
const ROOT: &str = "<root_account>";

const BOOLEANS: &[&str] = &[
    "password_enabled",
    "mfa_active",
    "access_key_1_active",
    "access_key_2_active",
    "cert_1_active",
    "cert_2_active",
];

const TIMES: &[&str] = &[
    "user_creation_time",
    "password_last_used",
    "password_last_changed",
    "password_next_rotation",
    "access_key_1_last_rotated",
    "access_key_1_last_used_date",
    "access_key_2_last_rotated",
    "access_key_2_last_used_date",
];

/// The report, or why there is none.
#[derive(Debug)]
pub(super) struct Report {
    pub(super) rows: Result<Rows, Gap>,
}

/// The rows of a report, and where they come from.
#[derive(Debug, Default)]
pub(super) struct Rows {
    /// Id of the call.
    pub(super) call: String,
    /// When IAM made it.
    generated: String,
    /// By the user's ARN; root's by its own name.
    rows: BTreeMap<String, BTreeMap<String, String>>,
    /// Rows that do not have the header's columns.
    pub(super) broken: usize,
}

/// Makes the report (unless that is turned off) and reads it.
pub(super) async fn read(cx: &Cx, iam: &Client) -> Report {
    let made = if cx.options().credential_report { make(cx, iam).await } else { Ok(()) };
    let called = cx.call("iam:GetCredentialReport", &[], iam.get_credential_report().send()).await;
    let rows = match called.result.as_ref() {
        Ok(answer) => answer
            .content()
            .and_then(|b| std::str::from_utf8(b.as_ref()).ok())
            .zip(answer.generated_time().and_then(time))
            .and_then(|(text, generated)| Rows::parse(text, &called.id, generated))
            .ok_or_else(|| gap(&called, "the credential report cannot be read")),
        // An older report would do; without one, the cause is that none could be made.
        Err(e) => Err(made.err().unwrap_or_else(|| e.gap())),
    };
    Report { rows }
}

fn gap<T>(called: &Called<T>, detail: &str) -> Gap {
    let mut gap = Gap::new(GapState::Malformed, detail);
    gap.call = Some(called.id.clone());
    gap.operation = Some("iam:GetCredentialReport".to_owned());
    gap
}

async fn make(cx: &Cx, iam: &Client) -> Result<(), Gap> {
    for _ in 0..POLLS {
        let called = cx
            .call("iam:GenerateCredentialReport", &[], iam.generate_credential_report().send())
            .await;
        match called.result.as_ref() {
            Ok(a) if a.state() == Some(&ReportStateType::Complete) => return Ok(()),
            Ok(_) => tokio::time::sleep(PAUSE).await,
            Err(e) => return Err(e.gap()),
        }
        if cx.is_cancelled() {
            break;
        }
    }
    let seconds = PAUSE.as_secs() * POLLS as u64;
    let mut gap = Gap::new(GapState::Failed, format!("the report was not ready after {seconds} s"));
    gap.operation = Some("iam:GenerateCredentialReport".to_owned());
    Err(gap)
}

impl Report {
    /// The report's row of a user, as a facet.
    pub(super) fn user(&self, arn: &str) -> Facet {
        match &self.rows {
            Err(gap) => Facet::Unknown(gap.clone()),
            Ok(rows) => match rows.rows.get(arn) {
                Some(row) => Facet::known(rows.columns(row), &rows.call),
                None => Facet::Unknown(rows.missing("the report has no row for the user")),
            },
        }
    }

    /// Root's row, as a facet.
    pub(super) fn root(&self) -> Facet {
        match &self.rows {
            Err(gap) => Facet::Unknown(gap.clone()),
            Ok(rows) => match rows.rows.get(ROOT) {
                Some(row) => Facet::known(rows.columns(row), &rows.call),
                None => Facet::Unknown(rows.missing("the report has no row for the root user")),
            },
        }
    }

    /// Whether the user has MFA, and the call that says so.
    pub(super) fn mfa(&self, arn: &str) -> Option<(bool, &str)> {
        let rows = self.rows.as_ref().ok()?;
        match rows.rows.get(arn)?.get("mfa_active")?.as_str() {
            "true" => Some((true, rows.call.as_str())),
            "false" => Some((false, rows.call.as_str())),
            _ => None,
        }
    }

    /// The access keys of a user: their number and facets. `None`: the report does not say.
    pub(super) fn keys(&self, arn: &str) -> Option<Vec<(u8, Map<String, Value>)>> {
        let rows = self.rows.as_ref().ok()?;
        let row = rows.rows.get(arn)?;
        let mut out = Vec::new();
        for n in [1, 2] {
            let column =
                |name: &str| row.get(&format!("access_key_{n}_{name}")).map(String::as_str);
            let status = match column("active")? {
                "true" => "Active",
                "false" => "Inactive",
                _ => return None,
            };
            let rotated = column("last_rotated")?;
            // No key was ever made, or it was deleted.
            if status == "Inactive" && none(rotated) {
                continue;
            }
            let mut facets = Map::new();
            facets.insert("UserName".to_owned(), json!(row.get("user")));
            facets.insert("UserArn".to_owned(), json!(arn));
            facets.insert("Number".to_owned(), json!(n));
            facets.insert("Status".to_owned(), json!(status));
            facets.insert("ReportGenerated".to_owned(), json!(rows.generated));
            for (facet, name) in [
                ("LastRotated", "last_rotated"),
                ("LastUsedDate", "last_used_date"),
                ("LastUsedRegion", "last_used_region"),
                ("LastUsedService", "last_used_service"),
            ] {
                if let Some(v) = column(name) {
                    facets.insert(facet.to_owned(), optional(v));
                }
            }
            out.push((n, facets));
        }
        Some(out)
    }
}

impl Rows {
    /// Reads the file. `None` if it lacks a column that is needed.
    fn parse(text: &str, call: &str, generated: String) -> Option<Self> {
        let mut lines = text.lines().filter(|l| !l.trim().is_empty());
        let header = fields(lines.next()?)?;
        let needed = ["user", "arn", "password_enabled", "mfa_active", "access_key_1_active"];
        if !needed.iter().all(|n| header.iter().any(|h| h == n)) {
            return None;
        }
        let mut out = Self { call: call.to_owned(), generated, ..Self::default() };
        for line in lines {
            let row = fields(line)
                .filter(|f| f.len() == header.len())
                .map(|f| header.iter().cloned().zip(f).collect::<BTreeMap<String, String>>());
            let Some(row) = row else {
                out.broken += 1;
                continue;
            };
            let user = row.get("user").map(String::as_str).unwrap_or_default();
            let id = if user == ROOT { Some(ROOT) } else { row.get("arn").map(String::as_str) };
            match id.map(ToOwned::to_owned) {
                Some(id) if !id.is_empty() => {
                    out.rows.insert(id, row);
                }
                _ => out.broken += 1,
            }
        }
        Some(out)
    }

    /// The columns with their types. One that does not fit is left out: the type file says so.
    fn columns(&self, row: &BTreeMap<String, String>) -> Value {
        let mut out = Map::new();
        out.insert("generated".to_owned(), json!(self.generated));
        for name in BOOLEANS {
            match row.get(*name).map(String::as_str) {
                Some("true") => out.insert((*name).to_owned(), json!(true)),
                Some("false") => out.insert((*name).to_owned(), json!(false)),
                _ => None,
            };
        }
        for name in TIMES {
            if let Some(v) = row.get(*name) {
                out.insert((*name).to_owned(), optional(v));
            }
        }
        Value::Object(out)
    }

    fn missing(&self, detail: &str) -> Gap {
        let mut gap = Gap::new(GapState::Malformed, detail);
        gap.call = Some(self.call.clone());
        gap.operation = Some("iam:GetCredentialReport".to_owned());
        gap
    }
}

/// `N/A`: there is nothing of the kind. `no_information`: it never happened since IAM began to keep
/// track in October 2014. `not_supported`: the column does not concern the user.
fn none(value: &str) -> bool {
    matches!(value, "N/A" | "no_information" | "not_supported")
}

fn optional(value: &str) -> Value {
    if none(value) { Value::Null } else { json!(value) }
}

/// The fields of a line: user names may hold commas, and are then quoted. `None` for a quote that
/// does not end.
fn fields(line: &str) -> Option<Vec<String>> {
    let mut out = vec![String::new()];
    let mut quoted = false;
    let mut chars = line.trim_end_matches('\r').chars().peekable();
    while let Some(c) = chars.next() {
        match c {
            '"' if quoted && chars.peek() == Some(&'"') => {
                chars.next();
                out.last_mut()?.push('"');
            }
            '"' => quoted = !quoted,
            ',' if !quoted => out.push(String::new()),
            c => out.last_mut()?.push(c),
        }
    }
    (!quoted).then_some(out)
}

#[cfg(test)]
mod tests {
    use super::*;

    const HEADER: &str = "user,arn,user_creation_time,password_enabled,password_last_used,\
password_last_changed,password_next_rotation,mfa_active,access_key_1_active,\
access_key_1_last_rotated,access_key_1_last_used_date,access_key_1_last_used_region,\
access_key_1_last_used_service,access_key_2_active,access_key_2_last_rotated,\
access_key_2_last_used_date,access_key_2_last_used_region,access_key_2_last_used_service,\
cert_1_active,cert_1_last_rotated,cert_2_active,cert_2_last_rotated,something_new";

    fn report(rows: &[&str]) -> Report {
        let text = format!("{HEADER}\n{}\n", rows.join("\n"));
        Report { rows: Ok(Rows::parse(&text, "c1", "2026-11-01T00:00:00Z".into()).unwrap()) }
    }

    #[test]
    fn a_user_and_root() {
        let r = report(&[
            "<root_account>,arn:aws:iam::1:root,2020-01-01T00:00:00+00:00,not_supported,\
no_information,not_supported,not_supported,true,false,N/A,N/A,N/A,N/A,false,N/A,N/A,N/A,N/A,false,\
N/A,false,N/A,x",
            "\"a,b\",arn:aws:iam::1:user/ab,2021-01-01T00:00:00+00:00,true,\
2026-01-01T00:00:00+00:00,2021-01-01T00:00:00+00:00,N/A,false,true,2022-01-01T00:00:00+00:00,N/A,\
N/A,N/A,false,2023-01-01T00:00:00+00:00,2023-02-01T00:00:00+00:00,eu-west-1,s3,false,N/A,false,N/A,x",
        ]);
        let Facet::Known { value, .. } = r.root() else { panic!() };
        assert_eq!(value["mfa_active"], json!(true));
        assert_eq!(value["password_last_used"], Value::Null);
        assert!(value.get("password_enabled").is_none(), "not_supported is no boolean");
        let arn = "arn:aws:iam::1:user/ab";
        assert_eq!(r.mfa(arn), Some((false, "c1")));
        let keys = r.keys(arn).unwrap();
        assert_eq!(keys.len(), 2);
        assert_eq!(keys[0].1["LastUsedDate"], Value::Null, "never used");
        assert_eq!(keys[1].1["Status"], json!("Inactive"));
        assert_eq!(keys[1].1["LastUsedService"], json!("s3"));
        assert_eq!(keys[1].1["UserName"], json!("a,b"));
        assert!(r.keys("arn:aws:iam::1:user/other").is_none());
        assert!(matches!(r.user("arn:aws:iam::1:user/other"), Facet::Unknown(_)));
    }

    #[test]
    fn what_is_not_there_is_a_gap() {
        let r = report(&[]);
        assert!(matches!(r.root(), Facet::Unknown(g) if g.state == GapState::Malformed));
        assert!(Rows::parse("user,arn\n", "c", String::new()).is_none(), "columns are missing");
        assert!(Rows::parse("", "c", String::new()).is_none());
        let broken = report(&["bob,arn:aws:iam::1:user/bob,too,few"]);
        assert_eq!(broken.rows.unwrap().broken, 1);
    }

    #[test]
    fn no_key_is_no_document() {
        let r =
            report(&["bob,arn:aws:iam::1:user/bob,2021-01-01T00:00:00+00:00,false,N/A,N/A,N/A,\
false,false,N/A,N/A,N/A,N/A,false,N/A,N/A,N/A,N/A,false,N/A,false,N/A,x"]);
        assert_eq!(r.keys("arn:aws:iam::1:user/bob").unwrap(), vec![]);
    }
}
