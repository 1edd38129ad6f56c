//! What a call and an event say of each other: who asked, when, where, with which outcome.

use assay_core::manifest::CallResult;
use assay_core::{Call, GapState, Timestamp};

use super::event::{Event, Log};
use super::{Kind, names};

/// Milliseconds of a second: logs cut them off.
pub(super) const SECOND: i64 = 1000;

/// Who asked.
pub(super) enum Who {
    Scanner,
    /// The scanner's role in another session.
    Session,
    Else,
}

/// Whether an event is of the scanner's identity.
pub(super) fn who(caller: &str, event: &Event) -> Who {
    if event.identities.is_empty() {
        return Who::Else;
    }
    if event.log == Log::Activity {
        // The caller is written as words around the ids of the application.
        let named = event.identities.iter().any(|i| caller.contains(i.as_str()));
        return if named { Who::Scanner } else { Who::Else };
    }
    let role = |arn: &str| {
        let (head, _) = arn.rsplit_once('/')?;
        arn.contains(":assumed-role/").then(|| head.to_owned())
    };
    match event.identities.iter().any(|i| i == caller) {
        true => Who::Scanner,
        false => {
            match event.identities.iter().any(|i| role(i).is_some() && role(i) == role(caller)) {
                true => Who::Session,
                false => Who::Else,
            }
        }
    }
}

/// Whether an event lies where the call went.
pub(super) fn region_fits(call: &Call, event: &Event) -> bool {
    event.log == Log::Activity || call.region == event.region || names::is_global(&call.operation)
}

/// By how many seconds a time lies outside a call, the clocks' difference taken off.
pub(super) fn off(call: &Call, time: Timestamp, skew: u32) -> Option<i64> {
    let (time, skew) = (time.as_millisecond(), i64::from(skew) * SECOND);
    let before = call.started.as_millisecond() - SECOND - skew - time;
    let after = time - call.ended.as_millisecond() - SECOND - skew;
    let off = before.max(after);
    (off > 0).then_some((off + skew) / SECOND)
}

/// Where an event says something else than the call of the same request; `caller` is who made it, as
/// the snapshot says.
pub(super) fn differences(
    call: &Call,
    event: &Event,
    caller: Option<&str>,
    skew: u32,
) -> Vec<(Kind, String)> {
    let mut out = Vec::new();
    if !names::same(&call.operation, event) {
        let theirs = format!("{} {}", event.source, event.name);
        out.push((Kind::Operation, format!("the log says {}", theirs.trim())));
    }
    if call.account != event.account {
        out.push((Kind::Account, format!("the log says {}", event.account)));
    }
    if !region_fits(call, event) {
        out.push((Kind::Region, format!("the log says {}", event.region)));
    }
    if let Some(seconds) = off(call, event.time, skew) {
        let detail = format!("the log says {}, {seconds} s outside the call", event.time);
        out.push((Kind::Time, detail));
    }
    let outcome = match (&call.result, &event.error) {
        (CallResult::Ok, Some(error)) => {
            Some(format!("the snapshot says that an answer came, the log says {error}"))
        }
        (CallResult::Absent { code }, Some(error)) if refused(error) => Some(format!(
            "the snapshot says that the thing is not there ({code}), the log says {error}"
        )),
        (CallResult::Absent { code }, None) if event.log == Log::CloudTrail => Some(format!(
            "the snapshot says that the thing is not there ({code}), the log knows no error"
        )),
        (CallResult::Gap { gap }, None)
            if gap.state == GapState::Denied && event.log == Log::CloudTrail =>
        {
            Some("the snapshot says that it was denied, the log knows no error".to_owned())
        }
        _ => None,
    };
    out.extend(outcome.map(|o| (Kind::Outcome, o)));
    // Azure's log names people and applications in ways that the token does not.
    let named = event.log == Log::CloudTrail && !event.identities.is_empty();
    if let Some(caller) = caller.filter(|c| named && matches!(who(c, event), Who::Else)) {
        let theirs = event.identities.join(", ");
        let detail = format!("the snapshot says {caller}, the log says {theirs}");
        out.push((Kind::Identity, detail));
    }
    out
}

/// Whether an error code says that the caller may not.
fn refused(code: &str) -> bool {
    let code = code.to_lowercase();
    ["accessdenied", "unauthorized", "forbidden", "authfailure", "notauthorized"]
        .iter()
        .any(|w| code.contains(w))
}
