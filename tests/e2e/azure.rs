//! Azure without Azure: permissions, credentials, errors.

use serde_json::Value;

use crate::support::{assay, folder, run};

const SECRET: &str = "t0p~secret/of+a-test";

#[test]
fn the_role_and_the_application_permissions_only_read() {
    let dir = folder("azure-permissions");
    let id = "aaaaaaaa-0000-0000-0000-000000000001";
    let role = ["permissions", "azure", "--role", "--subscription", id];
    let out = run(assay(&dir).args(role)).expect(&[0]);
    let role: Value = serde_json::from_str(&out.stdout).expect("a role");
    assert_eq!(role["AssignableScopes"][0], format!("/subscriptions/{id}"));
    let actions = role["Actions"].as_array().expect("actions");
    assert!(actions.len() > 10, "{actions:?}");
    for action in actions {
        let text = action.as_str().expect("a name").to_lowercase();
        let lists = text.ends_with("/action") && text.contains("/list");
        assert!((text.ends_with("/read") || lists) && !text.contains('*'), "{text}");
    }
    let graph = run(assay(&dir).args(["permissions", "azure", "--graph"])).expect(&[0]).stdout;
    assert!(graph.lines().any(|l| l.contains(".Read")), "{graph}");
    assert!(!graph.contains("Write"), "{graph}");
    run(assay(&dir).args(["permissions", "azure", "--service", "nothing"]))
        .expect(&[2])
        .says(&["no collector for the service nothing", "known services: "]);
}

#[test]
fn a_secret_is_in_no_log_and_a_missing_network_is_not_its_fault() {
    let dir = folder("azure-network");
    let out = run(assay(&dir)
        .args(["scan", "azure", "--log", "trace"])
        .env("AZURE_TENANT_ID", "99999999-0000-0000-0000-000000000000")
        .env("AZURE_CLIENT_ID", "11111111-0000-0000-0000-000000000000")
        .env("AZURE_CLIENT_SECRET", SECRET)
        // Nobody listens there.
        .env("HTTPS_PROXY", "http://127.0.0.1:9"))
    .expect(&[2])
    .says(&["Azure cannot be reached at login.microsoftonline.com", "HTTPS_PROXY"]);
    for said in [&out.stdout, &out.stderr] {
        for form in [SECRET, "t0p%7Esecret", "t0p~secret%2Fof"] {
            assert!(!said.contains(form), "{form} is in the output");
        }
    }
    assert!(!dir.join("assay-out").exists());
}

#[test]
fn flags_stay_with_their_provider() {
    let dir = folder("azure-flags");
    run(assay(&dir).args(["scan", "azure", "--region", "x"])).expect(&[2]).says(&["--region"]);
    run(assay(&dir).args(["scan", "azure", "--subscription", "production"]))
        .expect(&[2])
        .says(&["no subscription id", "az account list"]);
    run(assay(&dir).args(["scan", "host", "azure", "--region", "eu-west-1"]))
        .expect(&[2])
        .says(&["--region belongs to a provider that is not scanned", "add `aws`"]);
    run(assay(&dir).args(["scan", "host", "azure", "--exclude-service", "nothing"]))
        .expect(&[2])
        .says(&["no collector for the service nothing"]);
    run(assay(&dir).args(["scan", "aws", "azure", "--help"])).expect(&[0]).says(&[
        "assay scan <PROVIDER> <PROVIDER>...",
        "--management-group",
        "--region",
    ]);
    std::fs::write(dir.join("assay.toml"), "[azure]\ncloud = \"mars\"\n").expect("write");
    run(assay(&dir).args(["scan", "azure"])).expect(&[2]).says(&["no cloud `mars`"]);
    std::fs::write(dir.join("assay.toml"), "[azure]\ncolour = 1\n").expect("write");
    run(assay(&dir).args(["collect", "azure"])).expect(&[2]).says(&["unknown field `colour`"]);
}
