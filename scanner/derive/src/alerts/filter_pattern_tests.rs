use super::*;
use serde_json::json;

fn run(pattern: &str, event: &Value) -> bool {
    Pattern::parse(pattern).expect("parses").matches(event)
}

#[test]
fn spelling_does_not_matter() {
    let stop = json!({"eventName": "StopLogging", "eventSource": "cloudtrail.amazonaws.com"});
    for pattern in [
        "{ ($.eventName = StopLogging) || ($.eventName = DeleteTrail) }",
        "{($.eventName=DeleteTrail)||($.eventName=\"StopLogging\")}",
        "{ $.eventName = \"Stop*\" && $.eventSource = cloudtrail* }",
        "{ $.eventName = %^(Stop|Delete)Logging% || $.eventName = %Stop.ogging$% }",
        "{ (($.eventName = StopLogging)) && $.errorCode NOT EXISTS }",
        "{ $['eventName'] = StopLogging }",
        "  { $.eventName = * }  ",
    ] {
        assert!(run(pattern, &stop), "{pattern}");
    }
    for pattern in [
        "{ $.eventName = stoplogging }",
        "{ $.eventName != StopLogging }",
        "{ $.eventName = StopLogging && $.eventSource = kms.amazonaws.com }",
        "{ $.other != StopLogging }",
    ] {
        assert!(!run(pattern, &stop), "{pattern}");
    }
}

#[test]
fn and_binds_before_or() {
    let event = json!({"a": "1", "b": "x", "c": "y"});
    assert!(run("{ $.a = 1 || $.b = no && $.c = no }", &event));
    assert!(!run("{ ($.a = 1 || $.b = no) && $.c = no }", &event));
}

#[test]
fn values_of_every_kind() {
    let event = json!({"n": 5, "t": true, "z": null, "l": [{"x": "a"}, {"x": "b"}], "s": "5"});
    for pattern in [
        "{ $.n >= 5 }",
        "{ $.n < 6.5 }",
        "{ $.s = 5 }",
        "{ $.t IS TRUE }",
        "{ $.z IS NULL }",
        "{ $.l[1].x = b }",
        "{ $.l[*].x = \"b\" }",
        "{ $.q NOT EXISTS }",
    ] {
        assert!(run(pattern, &event), "{pattern}");
    }
    for pattern in ["{ $.n > 5 }", "{ $.t IS FALSE }", "{ $.n IS NULL }", "{ $.l[2].x = b }"] {
        assert!(!run(pattern, &event), "{pattern}");
    }
}

#[test]
fn what_is_not_understood_says_so() {
    for pattern in [
        "ERROR",
        "[ip, user, ...]",
        "{ $.a = }",
        "{ $.a = b",
        "{ ($.a = b }",
        "{ $.a = b ) }",
        "{ a = b }",
        "{ $.a ~ b }",
        "{ $.a > text }",
    ] {
        assert!(Pattern::parse(pattern).is_none(), "{pattern}");
    }
    let deep = format!("{{ {}$.a = b{} }}", "(".repeat(5000), ")".repeat(5000));
    assert!(Pattern::parse(&deep).is_none());
}

#[test]
fn wildcards() {
    for (pattern, text, expected) in [
        ("*UnauthorizedOperation", "Client.UnauthorizedOperation", true),
        ("AccessDenied*", "AccessDeniedException", true),
        ("AccessDenied", "AccessDeniedException", false),
        ("a*c*e", "abcde", true),
        ("a*c*e", "abcdf", false),
        ("aa", "aaa", false),
        ("a*a", "a", false),
        ("*", "", true),
    ] {
        assert_eq!(wildcard(pattern, text), expected, "{pattern} {text}");
    }
}
