use super::*;
use crate::Fixed;

const ACCOUNT: &str = "111122223333";
const REGION: &str = "eu-west-1";
const ROOT: &str = "{ $.userIdentity.type = \"Root\" && $.userIdentity.invokedBy NOT EXISTS && \
                    $.eventType != \"AwsServiceEvent\" }";
const TOPIC: &str = "arn:aws:sns:eu-west-1:111122223333:alerts";

fn doc(kind: &str, id: &str, region: &str, properties: Value) -> Resource {
    let name = id.rsplit(':').next().unwrap();
    let mut r = Resource::new(kind, id, "aws", ACCOUNT, region, name);
    r.properties = properties.as_object().unwrap().clone();
    r
}

fn trail(change: Value) -> Resource {
    let mut properties = json!({
        "IsLogging": true, "IsMultiRegionTrail": true,
        "CloudWatchLogsLogGroupArn": "arn:aws:logs:eu-west-1:111122223333:log-group:trail:*",
        "EventSelectors": [{"ReadWriteType": "All", "IncludeManagementEvents": true,
                            "DataResources": [], "ExcludeManagementEventSources": []}],
        "AdvancedEventSelectors": null,
    });
    for (k, v) in change.as_object().unwrap() {
        properties[k] = v.clone();
    }
    doc(
        "AWS::CloudTrail::Trail",
        "arn:aws:cloudtrail:eu-west-1:111122223333:trail/t",
        REGION,
        properties,
    )
}

fn metric_filter(pattern: &str) -> Resource {
    doc(
        "AWS::Logs::MetricFilter",
        "f",
        REGION,
        json!({
        "LogGroupName": "trail", "FilterPattern": pattern, "FieldSelectionCriteria": null,
        "MetricTransformations": [{"MetricName": "m", "MetricNamespace": "ns", "MetricValue": "1", "Dimensions": []}]}),
    )
}

fn alarm(change: Value) -> Resource {
    let mut properties = json!({
        "AlarmName": "a", "ActionsEnabled": true, "AlarmActions": [TOPIC], "MetricName": "m",
        "Namespace": "ns", "ComparisonOperator": "GreaterThanOrEqualToThreshold",
        "Dimensions": [], "Metrics": null});
    for (k, v) in change.as_object().unwrap() {
        properties[k] = v.clone();
    }
    doc(
        "AWS::CloudWatch::Alarm",
        "arn:aws:cloudwatch:eu-west-1:111122223333:alarm:a",
        REGION,
        properties,
    )
}

fn topic(confirmed: i64) -> Resource {
    doc("AWS::SNS::Topic", TOPIC, REGION, json!({"SubscriptionsConfirmed": confirmed}))
}

fn regions() -> [Resource; 2] {
    ["eu-west-1", "us-east-1"].map(|r| {
        let mut d = doc("Assay::AWS::Region", "x", r, json!({}));
        d.name = r.to_owned();
        d.id = r.to_owned();
        d
    })
}

fn run(facet: &str, documents: Vec<Resource>) -> Result<Value, Gap> {
    let account = doc("Assay::AWS::Account", "account", "global", json!({}));
    let world = Fixed::around(&account, documents.into_iter().chain(regions()));
    let index = KINDS.iter().position(|k| k.facet == facet).unwrap();
    Alerts(index).derive(&account, &world)
}

fn chain(pattern: &str) -> Vec<Resource> {
    vec![trail(json!({})), metric_filter(pattern), alarm(json!({})), topic(1)]
}

fn heard(facet: &str, documents: Vec<Resource>) -> bool {
    run(facet, documents).unwrap().as_array().unwrap().iter().all(|g| g["heard"] == true)
}

#[test]
fn a_whole_chain_is_heard() {
    assert!(heard("alert_root_activity", chain(ROOT)));
    assert!(heard(
        "alert_key_loss",
        chain(
            "{($.eventSource=kms.amazonaws.com)&&(($.eventName=ScheduleKeyDeletion)||($.eventName=\"DisableKey\"))}"
        )
    ));
    assert!(heard(
        "alert_sign_in_without_mfa",
        chain(
            "{ ($.eventName = \"ConsoleLogin\") && ($.additionalEventData.MFAUsed != \"Yes\") && \
         ($.userIdentity.type = \"IAMUser\") && ($.responseElements.ConsoleLogin = \"Success\") }"
        )
    ));
    assert!(heard(
        "alert_denied_access",
        chain(
            "{ ($.errorCode = \"*UnauthorizedOperation\") || ($.errorCode = \"AccessDenied*\") || \
         (($.eventName = ConsoleLogin) && ($.errorMessage = \"Failed authentication\")) }"
        )
    ));
    assert!(heard(
        "alert_identity_policy_changes",
        chain("{ $.eventSource = iam.amazonaws.com && $.eventName = %Policy% }")
    ));
}

#[test]
fn every_broken_link_is_a_failure() {
    let broken: Vec<(&str, Vec<Resource>)> = vec![
        ("no trail", chain(ROOT).split_off(1)),
        ("stopped", [vec![trail(json!({"IsLogging": false}))], chain(ROOT).split_off(1)].concat()),
        (
            "one region",
            [vec![trail(json!({"IsMultiRegionTrail": false}))], chain(ROOT).split_off(1)].concat(),
        ),
        (
            "no log group",
            [vec![trail(json!({"CloudWatchLogsLogGroupArn": null}))], chain(ROOT).split_off(1)]
                .concat(),
        ),
        ("nothing", vec![]),
        (
            "one user only",
            chain("{ $.userIdentity.type = Root && $.sourceIPAddress = \"198.51.100.14\" }"),
        ),
        ("one region only", chain("{ $.userIdentity.type = Root && $.awsRegion = eu-west-1 }")),
        ("everything", chain("")),
        ("everything too", chain("{ $.eventName = * }")),
        ("no alarm", vec![trail(json!({})), metric_filter(ROOT), topic(1)]),
        ("unconfirmed", vec![trail(json!({})), metric_filter(ROOT), alarm(json!({})), topic(0)]),
        (
            "off",
            vec![
                trail(json!({})),
                metric_filter(ROOT),
                alarm(json!({"ActionsEnabled": false})),
                topic(1),
            ],
        ),
        (
            "other metric",
            vec![
                trail(json!({})),
                metric_filter(ROOT),
                alarm(json!({"MetricName": "z"})),
                topic(1),
            ],
        ),
        (
            "downwards",
            vec![
                trail(json!({})),
                metric_filter(ROOT),
                alarm(json!({"ComparisonOperator": "LessThanThreshold"})),
                topic(1),
            ],
        ),
        (
            "scales",
            vec![
                trail(json!({})),
                metric_filter(ROOT),
                alarm(json!({"AlarmActions": ["arn:aws:autoscaling:x"]})),
                topic(1),
            ],
        ),
    ];
    for (why, documents) in broken {
        assert!(!heard("alert_root_activity", documents), "{why}");
    }
}

#[test]
fn writes_only_trails_do_not_hear_denied_reads() {
    let selectors = json!({"EventSelectors": [{"ReadWriteType": "WriteOnly", "IncludeManagementEvents": true,
        "DataResources": [], "ExcludeManagementEventSources": ["kms.amazonaws.com"]}]});
    let with =
        |pattern: &str| [vec![trail(selectors.clone())], chain(pattern).split_off(1)].concat();
    assert!(!heard("alert_denied_access", with("{ $.errorCode = * }")));
    assert!(!heard(
        "alert_key_loss",
        with("{ $.eventSource = kms.amazonaws.com && $.readOnly IS FALSE }")
    ));
    assert!(heard("alert_root_activity", with(ROOT)));
}

#[test]
fn a_group_names_what_nobody_hears() {
    let d = run("alert_key_loss", chain("{ $.eventName = DisableKey }")).unwrap();
    assert_eq!(
        d,
        json!([{"key": "key-loss", "heard": false, "missing": ["kms:ScheduleKeyDeletion"]}])
    );
}

#[test]
fn what_is_out_of_sight_is_unknown() {
    let elsewhere =
        json!({"CloudWatchLogsLogGroupArn": "arn:aws:logs:eu-west-1:999999999999:log-group:x:*"});
    assert!(run("alert_root_activity", vec![trail(elsewhere)]).is_err());
    assert!(run("alert_root_activity", chain("[plain, text]")).is_err());
    let foreign = json!({"AlarmActions": ["arn:aws:sns:eu-west-1:999999999999:x"]});
    let documents = vec![trail(json!({})), metric_filter(ROOT), alarm(foreign.clone())];
    assert!(run("alert_root_activity", documents.clone()).is_err());
    // Another way that is seen whole decides.
    let mut second = alarm(json!({}));
    second.id.push('2');
    assert!(heard("alert_root_activity", [documents, vec![second, topic(2)]].concat()));
}

#[test]
fn composite_alarms_tell() {
    let silent = alarm(json!({"AlarmActions": []}));
    let composite = |rule: &str| {
        doc(
            "AWS::CloudWatch::CompositeAlarm",
            "c",
            REGION,
            json!({
            "AlarmRule": rule, "ActionsEnabled": true, "AlarmActions": [TOPIC], "ActionsSuppressor": null}),
        )
    };
    let with = |rule: &str| {
        vec![trail(json!({})), metric_filter(ROOT), silent.clone(), composite(rule), topic(1)]
    };
    assert!(heard("alert_root_activity", with("ALARM(\"x\") OR ALARM(a)")));
    assert!(!heard("alert_root_activity", with("ALARM(b)")));
    assert!(run("alert_root_activity", with("ALARM(a) AND NOT ALARM(b)")).is_err());
}

#[test]
fn event_rules_must_hear_it_wherever_it_arises() {
    let rule = |region: &str, pattern: Value| {
        doc(
            "AWS::Events::Rule",
            &format!("arn:aws:events:{region}:1:rule/r"),
            region,
            json!({
            "State": "ENABLED", "EventPattern": pattern,
            "Targets": [{"Id": "1", "Arn": format!("arn:aws:lambda:{region}:111122223333:function:page")}]}),
        )
    };
    let iam = json!({"source": ["aws.iam"], "detail": {"eventName": [{"suffix": "Policy"}, {"prefix": "CreatePolicy"}, {"prefix": "DeletePolicy"}]}});
    let kms = json!({"source": ["aws.kms"], "detail": {"eventName": ["DisableKey", "ScheduleKeyDeletion"]}});
    let quiet = trail(json!({"CloudWatchLogsLogGroupArn": null}));
    assert!(heard(
        "alert_identity_policy_changes",
        vec![quiet.clone(), rule("us-east-1", iam.clone())]
    ));
    assert!(!heard("alert_identity_policy_changes", vec![quiet.clone(), rule("eu-west-1", iam)]));
    assert!(heard(
        "alert_key_loss",
        vec![quiet.clone(), rule("us-east-1", kms.clone()), rule("eu-west-1", kms.clone())]
    ));
    assert!(!heard("alert_key_loss", vec![quiet, rule("us-east-1", kms)]));
}

#[test]
fn an_alarm_knows_who_hears_it() {
    let judge = |a: Resource, documents: Vec<Resource>| {
        let world = Fixed::around(&a, documents.into_iter().chain(regions()));
        Notification.derive(&a, &world).unwrap()
    };
    let base = || vec![trail(json!({})), metric_filter(ROOT), topic(1)];
    assert_eq!(judge(alarm(json!({})), base())["received"], true);
    assert_eq!(judge(alarm(json!({"ActionsEnabled": false})), base())["received"], false);
    assert_eq!(judge(alarm(json!({"MetricName": "cpu"})), base())["security"], false);
}

#[test]
fn each_value_of_a_dimension_is_a_metric_of_its_own() {
    let event = "{ $.eventName = DisableKey || $.eventName = ScheduleKeyDeletion }";
    let ask = |filter: Value, watched: Value| {
        let mut f = metric_filter(event);
        f.properties["MetricTransformations"][0]["Dimensions"] = filter;
        let mut documents = vec![trail(json!({})), f, alarm(json!({"Dimensions": watched}))];
        documents.extend([topic(1)].into_iter().chain(regions()));
        run("alert_key_loss", documents).ok().map(|v| v[0]["heard"].clone())
    };
    let (of_filter, of_alarm) = (json!(["user"]), json!([{"Name": "user", "Value": "bob"}]));
    assert_eq!(ask(json!([]), json!([])), Some(json!(true)));
    assert_eq!(ask(json!([]), of_alarm.clone()), Some(json!(false)));
    assert_eq!(ask(of_filter.clone(), json!([])), Some(json!(false)), "no such metric");
    assert_eq!(ask(of_filter, of_alarm), None, "bob's only");
}
