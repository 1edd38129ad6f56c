//! Tables: security rules, and what they let in.

use assay_core::Resource;
use serde_json::{Value, json};

use super::{Exposure, Reachability};
use crate::{Deriver, Fixed};

const NET: &str = "/subscriptions/s/resourceGroups/g/providers/Microsoft.Network";

fn doc(kind: &str, id: &str, properties: Value) -> Resource {
    let mut r = Resource::new(kind, id, "azure", "s", "westeurope", "x");
    r.properties = properties.as_object().unwrap().clone();
    r
}

/// `100 allow tcp 22 from a,b to c` with optional `sport 53`.
fn rule(text: &str) -> Value {
    let words: Vec<&str> = text.split(' ').collect();
    let after = |name: &str| {
        let at = words.iter().position(|w| *w == name);
        at.map(|i| words[i + 1].split(',').collect::<Vec<_>>())
    };
    let mut p = json!({
        "priority": words[0].parse::<i64>().unwrap(),
        "access": if words[1] == "allow" { "Allow" } else { "Deny" },
        "direction": if text.contains(" out ") { "Outbound" } else { "Inbound" },
        "protocol": words[2],
        "sourcePortRange": after("sport").map_or("*", |s| s[0]),
        "destinationPortRanges": words[3].split(',').collect::<Vec<_>>(),
    });
    for (end, name) in [("source", "from"), ("destination", "to")] {
        let own = after(name).unwrap_or_else(|| vec!["*"]);
        let (groups, plain): (Vec<&str>, Vec<&str>) =
            own.into_iter().partition(|w| w.starts_with("asg:"));
        let groups: Vec<Value> = groups.iter().map(|g| json!({"id": g})).collect();
        match plain.as_slice() {
            [one] => p[format!("{end}AddressPrefix")] = json!(one),
            many => p[format!("{end}AddressPrefixes")] = json!(many),
        }
        p[format!("{end}ApplicationSecurityGroups")] = json!(groups);
    }
    json!({"name": text, "properties": p})
}

fn defaults() -> Value {
    json!([
        rule("65000 allow * * from VirtualNetwork to VirtualNetwork"),
        rule("65001 allow * * from AzureLoadBalancer to *"),
        rule("65500 deny * *"),
        rule("65001 allow * * from * to Internet out x")
    ])
}

fn group(id: &str, rules: &[&str]) -> Resource {
    let rules: Vec<Value> = rules.iter().map(|r| rule(r)).collect();
    let properties = json!({"securityRules": rules, "defaultSecurityRules": defaults()});
    doc("Microsoft.Network/networkSecurityGroups", id, properties)
}

fn lines(value: &Value) -> Vec<String> {
    let text = |l: &Value| {
        let s = |n: &str| l[n].to_string().replace('"', "");
        format!("{}/{}-{}/{}", s("protocol"), s("from"), s("to"), s("cidr"))
    };
    value["open"].as_array().unwrap().iter().map(text).collect()
}

fn open(rules: &[&str]) -> Result<Vec<String>, String> {
    let group = group("/x", rules);
    let world = Fixed::around(&group, []);
    Exposure.derive(&group, &world).map(|v| lines(&v)).map_err(|gap| gap.detail)
}

#[test]
fn rules_are_taken_by_priority() {
    let ssh = "tcp/22-22/0.0.0.0/0";
    let table: &[(&[&str], &[&str])] = &[
        (&[], &[]),
        // Spellings of the whole internet, of protocols, of ports.
        (&["100 allow Tcp 22 from *"], &[ssh]),
        (&["100 allow TCP 22 from Internet"], &[ssh]),
        (&["100 allow tcp 22 from internet"], &[ssh]),
        (&["100 allow tcp 22 from Any"], &[ssh]),
        (&["100 allow tcp 22 from 0.0.0.0/0"], &[ssh]),
        (&["100 allow tcp 22 from ::/0"], &["tcp/22-22/::/0"]),
        (&["100 allow tcp 22 from 0.0.0.0/1,128.0.0.0/1"], &[ssh]),
        (&["100 allow tcp 22 from 0.0.0.0/1", "101 allow tcp 22 from 128.0.0.0/1"], &[ssh]),
        (&["100 allow tcp 20-25 from *"], &["tcp/20-25/0.0.0.0/0"]),
        (&["100 allow tcp 22,443 from *"], &[ssh, "tcp/443-443/0.0.0.0/0"]),
        (&["100 allow udp * from *"], &["udp/0-65535/0.0.0.0/0"]),
        (&["100 allow Icmp * from *"], &["icmp/-1--1/0.0.0.0/0"]),
        (
            &["100 allow Esp * from *", "101 allow Ah * from *"],
            &["ah/-1--1/0.0.0.0/0", "esp/-1--1/0.0.0.0/0"],
        ),
        (
            &["100 allow * 22 from *"],
            &[
                "ah/-1--1/0.0.0.0/0",
                "esp/-1--1/0.0.0.0/0",
                "icmp/-1--1/0.0.0.0/0",
                ssh,
                "udp/22-22/0.0.0.0/0",
            ],
        ),
        // A denial before closes, one after does not, one for other traffic does not.
        (&["200 allow tcp 22 from *", "100 deny tcp 22 from *"], &[]),
        (&["200 allow tcp 22 from *", "100 deny * * from Internet"], &[]),
        (&["200 allow tcp 22 from *", "300 deny * *"], &[ssh]),
        (&["200 allow tcp 22 from *", "100 deny udp 22"], &[ssh]),
        (&["200 allow tcp 22 from *", "100 deny tcp 23"], &[ssh]),
        (
            &["200 allow tcp 20-25 from *", "100 deny tcp 22"],
            &["tcp/20-21/0.0.0.0/0", "tcp/23-25/0.0.0.0/0"],
        ),
        (
            &["200 allow tcp 22 from *", "100 deny tcp 22 from 128.0.0.0/1"],
            &["tcp/22-22/0.0.0.0/1"],
        ),
        (&["200 allow tcp 22 from *", "100 deny tcp 22 from 0.0.0.0/0"], &["tcp/22-22/::/0"]),
        (&["200 allow tcp 22 from *", "100 deny tcp 22 from 0.0.0.0/0,::/0"], &[]),
        (&["200 allow tcp 22 from *", "100 deny tcp 22 from Storage.WestEurope"], &[ssh]),
        // Denials that close a part only: of the destinations, of the source ports.
        (&["200 allow tcp 22 from *", "100 deny tcp 22 to 10.0.0.4"], &[ssh]),
        (&["200 allow tcp 22 from 0.0.0.0/0 to 10.0.0.4", "100 deny tcp 22 to 10.0.0.0/24"], &[]),
        (
            &[
                "200 allow tcp 22 from 0.0.0.0/0 to 10.0.0.0/24",
                "100 deny tcp 22 to 10.0.0.0/25",
                "101 deny tcp 22 to 10.0.0.128/25",
            ],
            &[],
        ),
        (&["200 allow tcp 22 from *", "100 deny tcp 22 from * sport 53"], &[ssh]),
        (&["200 allow tcp 22 from * sport 53", "100 deny tcp 22 from * sport 53"], &[]),
        (&["200 allow tcp 22 from * sport 53"], &[ssh]),
        (&["200 allow tcp 22 from * to VirtualNetwork"], &[ssh]),
        (&["200 allow tcp 22 from * to Internet"], &[]),
        (&["200 allow tcp 22 from *", "100 deny tcp 22 to VirtualNetwork"], &[]),
        // Who is not the internet.
        (&["100 allow * * from VirtualNetwork"], &[]),
        (&["100 allow * * from AzureLoadBalancer"], &[]),
        (&["100 allow * * from 10.0.0.0/8,172.16.0.0/12,192.168.0.0/16"], &[]),
        (&["100 allow tcp 22 from 203.0.113.7"], &[]),
        (&["100 allow tcp 22 from 52.1.0.0/16"], &[]),
        (&["100 allow tcp 65200-65535 from GatewayManager"], &[]),
        (&["100 allow tcp 443 from Storage.WestEurope"], &[]),
        (&["100 allow tcp 22 from asg:a"], &[]),
        (&["100 allow tcp 22 from * out x"], &[]),
        // Everybody who rents a machine.
        (&["100 allow tcp 22 from AzureCloud"], &["tcp/22-22/AzureCloud"]),
        (&["100 allow tcp 22 from AzureCloud.WestEurope"], &["tcp/22-22/AzureCloud.westeurope"]),
        (&["100 allow tcp 22 from AzureCloud", "101 allow tcp 22"], &[ssh]),
        (&["200 allow tcp 22 from AzureCloud.westeurope", "100 deny tcp 22 from AzureCloud"], &[]),
        (
            &["200 allow tcp 22 from AzureCloud", "100 deny tcp 22 from AzureCloud.westeurope"],
            &["tcp/22-22/AzureCloud"],
        ),
        (&["200 allow tcp 22 from AzureCloud", "100 deny tcp 22 from Internet"], &[]),
        // Application security groups at the destination: some machine may be in one.
        (&["100 allow tcp 22 from * to asg:a"], &[ssh]),
        (&["200 allow tcp 22 from * to asg:A", "100 deny tcp 22 to asg:a"], &[]),
        (&["200 allow tcp 22 from * to asg:a", "100 deny tcp 22 to asg:b"], &[ssh]),
        (&["200 allow tcp 22 from * to asg:a,asg:b", "100 deny tcp 22 to asg:b"], &[ssh]),
        (&["200 allow tcp 22 from *", "100 deny tcp 22 to asg:b"], &[ssh]),
    ];
    for (rules, wanted) in table {
        assert_eq!(open(rules).unwrap(), *wanted, "{rules:?}");
    }
}

#[test]
fn what_cannot_be_read_is_a_gap_where_it_decides() {
    for rules in [
        &["100 allow sctp 22 from *"][..],
        &["100 allow tcp x from *"],
        &["100 allow tcp 30-20 from *"],
        &["100 allow tcp 22 from 10.0.0.0/33"],
        &["100 allow tcp 22 from * to Sql.WestEurope"],
        &["200 allow tcp 22 from *", "100 deny tcp 22 to Sql"],
    ] {
        assert!(open(rules).is_err(), "{rules:?}");
    }
    assert_eq!(open(&["100 deny * *", "101 allow tcp 22 from * to Sql"]).unwrap(), [""; 0]);
    assert_eq!(open(&["100 deny tcp 22 to Sql", "101 deny * *"]).unwrap(), [""; 0]);
    assert_eq!(open(&["100 allow tcp 22 from VirtualNetwork to Sql"]).unwrap(), [""; 0]);
    let found = open(&["100 allow tcp 22 from *", "101 allow tcp 22 from * to Sql"]).unwrap();
    assert_eq!(found, ["tcp/22-22/0.0.0.0/0"]);
    let mut none = group("/x", &[]);
    none.properties["securityRules"] = json!([{"name": "a", "properties": {
        "priority": 100, "access": "Allow", "direction": "Inbound", "protocol": "Tcp",
        "sourcePortRange": "*", "destinationPortRange": "22", "destinationAddressPrefix": "*"}}]);
    assert!(Exposure.derive(&none, &Fixed::around(&none, [])).is_err(), "it names no source");
}

#[test]
fn the_rule_that_opens_is_named() {
    let group = group(
        "/x",
        &["300 allow tcp 80", "100 allow tcp 22 from 10.0.0.0/8", "200 allow tcp 20-30"],
    );
    let out = Exposure.derive(&group, &Fixed::around(&group, [])).unwrap();
    let at: Vec<&str> =
        out["open"].as_array().unwrap().iter().map(|l| l["at"].as_str().unwrap()).collect();
    assert_eq!(at, ["/securityRules/2", "/securityRules/0"]);
}

/// A machine with one interface, in a subnet, with a public address.
fn machine(
    sku: &str,
    subnet: Option<&[&str]>,
    nic: Option<&[&str]>,
    config: Value,
) -> Result<Vec<String>, String> {
    let vm = doc(
        "Microsoft.Compute/virtualMachines",
        "/vm",
        json!({"networkProfile": {"networkInterfaces": [{"id": format!("{NET}/networkInterfaces/NIC")}]}}),
    );
    let id = |of: Option<&[&str]>, name: &str| {
        of.map(|_| json!({"id": format!("{NET}/networkSecurityGroups/{name}")}))
    };
    let mut own = json!({
        "privateIPAddress": "10.0.0.4",
        "subnet": {"id": format!("{NET}/virtualNetworks/v/subnets/S")},
        "publicIPAddress": {"id": format!("{NET}/publicIPAddresses/P")},
    });
    own.as_object_mut().unwrap().extend(config.as_object().unwrap().clone());
    let mut others = vec![
        doc(
            "Microsoft.Network/networkInterfaces",
            &format!("{NET}/networkInterfaces/nic"),
            json!({"networkSecurityGroup": id(nic, "N"), "ipConfigurations": [{"properties": own}]}),
        ),
        doc(
            "Microsoft.Network/virtualNetworks/subnets",
            &format!("{NET}/virtualNetworks/V/subnets/s"),
            json!({"networkSecurityGroup": id(subnet, "S")}),
        ),
        doc(
            "Microsoft.Network/publicIPAddresses",
            &format!("{NET}/publicIPAddresses/p"),
            json!({"sku": {"name": sku}, "publicIPAddressVersion": "IPv4"}),
        ),
    ];
    others.extend(subnet.map(|r| group(&format!("{NET}/networkSecurityGroups/s"), r)));
    others.extend(nic.map(|r| group(&format!("{NET}/networkSecurityGroups/n"), r)));
    let world = Fixed::around(&vm, others);
    Reachability.derive(&vm, &world).map(|v| lines(&v)).map_err(|gap| gap.detail)
}

#[test]
fn both_groups_must_let_it_in() {
    let (ssh, web) = (&["100 allow tcp 22 from *"][..], &["100 allow tcp 443 from *"][..]);
    let open = ["tcp/22-22/0.0.0.0/0"];
    let none = [""; 0];
    let plain = || json!({});
    assert_eq!(machine("Standard", Some(ssh), Some(ssh), plain()).unwrap(), open);
    assert_eq!(machine("Standard", Some(ssh), Some(web), plain()).unwrap(), none);
    assert_eq!(machine("Standard", Some(ssh), None, plain()).unwrap(), open);
    assert_eq!(machine("Standard", None, Some(ssh), plain()).unwrap(), open);
    assert_eq!(machine("Standard", None, None, plain()).unwrap(), none);
    assert_eq!(machine("Basic", None, None, plain()).unwrap().len(), 5);
    assert_eq!(machine("basic", None, None, plain()).unwrap().len(), 5);
    assert_eq!(machine("STANDARDV2", None, None, plain()).unwrap(), none);
    assert!(machine("Premium", None, None, plain()).is_err());
    assert_eq!(machine("Basic", Some(&[]), None, plain()).unwrap(), none);
    assert_eq!(machine("Basic", Some(&[]), None, json!({"publicIPAddress": null})).unwrap(), none);
    let halves =
        (&["100 allow tcp 22 from 0.0.0.0/1"][..], &["100 allow tcp 22 from 128.0.0.0/1"][..]);
    assert_eq!(machine("Standard", Some(halves.0), Some(halves.1), plain()).unwrap(), none);
}

#[test]
fn the_machine_is_one_destination() {
    let other = &["100 allow tcp 22 from * to 10.0.0.5"][..];
    let own = &["100 allow tcp 22 from * to 10.0.0.0/29"][..];
    let role = &["100 allow tcp 22 from * to asg:a"][..];
    let member = || json!({"applicationSecurityGroups": [{"id": "asg:A"}]});
    assert_eq!(machine("Standard", Some(other), None, json!({})).unwrap(), [""; 0]);
    assert_eq!(machine("Standard", Some(own), None, json!({})).unwrap().len(), 1);
    assert_eq!(machine("Standard", Some(role), None, json!({})).unwrap(), [""; 0]);
    assert_eq!(machine("Standard", Some(role), None, member()).unwrap().len(), 1);
}

#[test]
fn what_is_in_front_or_missing_is_a_gap() {
    let pool = json!({"loadBalancerBackendAddressPools": [{"id": "x"}]});
    assert!(machine("Standard", None, None, pool).is_err());
    let lost = json!({"publicIPAddress": {"id": "/elsewhere"}});
    assert!(machine("Standard", None, None, lost).is_err());
    let lost = json!({"subnet": {"id": "/elsewhere"}});
    assert!(machine("Standard", None, None, lost).is_err());
    for profile in [json!(null), json!({}), json!({"networkInterfaces": []})] {
        let vm =
            doc("Microsoft.Compute/virtualMachines", "/vm", json!({"networkProfile": profile}));
        assert!(Reachability.derive(&vm, &Fixed::around(&vm, Vec::new())).is_err());
    }
}
