use std::path::Path;

use assay_core::{Gap, Resource};
use serde_json::{Value, json};

use super::*;
use crate::{Memory, Question, Standing};

#[derive(Default)]
struct Taken(Vec<Resource>);

impl Output for Taken {
    fn put(&mut self, document: Resource) {
        self.0.push(document);
    }
    fn listed(&mut self, _: &'static str, result: Result<(), Gap>) {
        result.unwrap();
    }
}

fn document(m: &Memory) -> Resource {
    let mut out = Taken::default();
    let host = Host::new(m, "h", "2026-01-01T00:00:00Z".parse().unwrap());
    (SUBJECT.collect)(&host, &mut out);
    out.0.remove(0)
}

/// A host on which these units start.
fn host(units: &[(&str, &str)]) -> Memory {
    let mut m = Memory::new(Standing::AtRest);
    m.file("/usr/lib/systemd/systemd", "x").symlink("/sbin/init", "/usr/lib/systemd/systemd");
    let dir = Path::new("/usr/lib/systemd/system");
    m.file(dir.join("default.target"), "[Unit]\n").file(dir.join("sysinit.target"), "[Unit]\n");
    for (name, text) in units {
        m.file(
            dir.join(name),
            format!("[Service]\nType=oneshot\nRemainAfterExit=yes\nExecStart={text}\n"),
        );
        m.symlink(Path::new("/etc/systemd/system/default.target.wants").join(name), dir.join(name));
    }
    for program in ["/usr/sbin/nft", "/usr/sbin/x"] {
        m.file(program, "x");
    }
    m
}

const NFT: &[(&str, &str)] = &[("nftables.service", "/usr/sbin/nft -f /etc/nftables.conf")];

/// `+` open, `-` denied: IPv4, IPv6; then what is looser.
fn seen(m: &Memory) -> String {
    let p = document(m).properties;
    let sign = |v: &Value| if v["denied"] == json!(true) { "-" } else { "+" };
    let looser = p["Looser6"].as_array().unwrap().len();
    format!(
        "{}{}{}",
        sign(&p["Inbound4"]),
        sign(&p["Inbound6"]),
        if looser > 0 { " looser" } else { "" }
    )
}

fn nft(text: &str) -> String {
    let mut m = host(NFT);
    m.file("/etc/nftables.conf", text);
    seen(&m)
}

#[test]
fn nft_denies_by_policy_or_by_its_last_rule() {
    let chain = |body: &str| {
        nft(&format!(
            "flush ruleset\ntable inet filter {{\n chain input {{\n type filter hook input priority 0; {body}\n }}\n}}\n"
        ))
    };
    for denied in [
        "policy drop; ct state established,related accept; iif lo accept; tcp dport 22 accept",
        "policy drop; ct state { established, related } accept\n iifname \"lo\" accept\n tcp dport { 22, 80-90, https } counter accept",
        "ct state vmap { established : accept, related: accept, invalid : drop }\n iifname lo accept\n reject with icmpx type admin-prohibited",
        "tcp dport ssh accept\n counter packets 0 bytes 0 log prefix \"in: \" level info drop",
        "policy accept; iif != lo jump rest\n } chain rest { tcp dport 22 accept; drop",
        "policy drop; ip saddr 10.0.0.0/8 accept; ip6 saddr fd00::/8 accept; ip saddr @ok accept\n } set ok { type ipv4_addr;",
        "policy drop; tcp dport 1024-1100 accept; udp sport 67 udp dport 68 accept; meta l4proto icmp accept; ip protocol icmp accept",
        "policy drop; iifname \"wg0\" accept; iifname { \"docker0\", \"br-*\" } accept",
        "policy drop; ip daddr 224.0.0.251 udp dport 5353 accept; icmpv6 type { nd-neighbor-solicit } accept",
        "policy drop; tcp flags & (fin|syn|rst|ack) != syn accept",
        "policy drop; fib saddr . iif oif missing drop\n fib daddr type != local accept",
    ] {
        assert_eq!(chain(denied), "--", "{denied}");
    }
    for open in [
        "",
        "policy accept; tcp dport 23 drop",
        "policy drop; ct state new accept",
        "policy drop; accept",
        "policy drop; meta l4proto { tcp, udp } accept",
        "policy drop; tcp dport 1-65535 accept",
        "policy drop; tcp dport != 23 accept",
        "policy drop; ct state != invalid accept",
        "policy drop; iifname \"eth0\" accept",
        "policy drop; iif != \"docker0\" counter accept",
        "policy drop; limit rate 10/second accept",
        "policy drop; jump other\n } chain other { tcp flags syn / fin,syn,rst,ack accept",
        "policy drop; udp dport > 1023 accept",
        "policy drop; ct state vmap { established : accept, new : accept }",
        "tcp dport vmap { 22 : accept, 0-65535 : accept }\n drop",
        "policy drop; ip saddr { 0.0.0.0/1, 128.0.0.0/1 } accept; ip6 saddr ::/0 accept",
        "iifname \"eth0\" drop",
        "policy drop; udp sport 53 accept",
        "policy drop; meta mark 0 accept",
        "policy drop; meta mark & 0xff == 0 accept",
        "policy drop; meta mark < 0x10 accept",
        "policy drop; meta length > 0 accept",
        "policy drop; meta iifgroup 0 accept",
        "policy drop; ct direction original accept",
        "policy drop; meta cpu >= 0 accept",
        "policy drop; @th,0,16 > 0 accept",
        "policy drop; meta pkttype vmap { host : accept }",
        "policy drop; ct state untracked accept\n } chain pre { type filter hook prerouting priority raw; notrack",
        "policy drop; meta l4proto { tcp, udp } queue flags bypass",
        "policy drop; iifname \"e*\" accept",
        "policy drop; ct protocol { tcp, udp } accept",
        "policy drop; ct l3proto ipv4 accept; ct l3proto ipv6 accept",
    ] {
        assert_eq!(chain(open), "++", "{open}");
    }
    for denied in [
        "policy drop; meta mark 0x1 accept; meta mark & 0xff == 1 accept; meta length < 20 accept",
        "policy drop; ip6 hoplimit 255 accept; ip ttl 255 accept; ct mark 0x2 accept",
        "policy drop; ct state untracked accept",
        "policy drop; meta l4proto { tcp, udp } queue num 1",
        "policy drop; meta mark vmap { 0x1 : accept }",
    ] {
        assert_eq!(chain(denied), "--", "{denied}");
    }
    assert_eq!(chain("policy drop; ip ttl > 1 accept; ip version 4 accept"), "+-");
    assert_eq!(chain("policy drop; ip6 nexthdr tcp accept"), "-+ looser");
    assert_eq!(chain("policy drop; meta nfproto ipv6 tcp dport 22 accept"), "-- looser");
    assert_eq!(chain("policy drop; ip saddr 0.0.0.0/1 accept"), "+-");
}

#[test]
fn a_file_that_nft_refuses_loads_nothing() {
    let file = |line: &str| {
        nft(&format!(
            "flush ruleset\ntable inet f {{\n set ok {{ type ipv4_addr; }}\n chain input {{\n type filter hook input priority 0; policy drop;\n {line}\n }}\n chain web {{ }}\n}}\n"
        ))
    };
    for refused in [
        "tcp dport 443 jump wbe",
        "ip saddr @oky accept",
        "tcp dport 70000 accept",
        "tcp dport $ports accept",
        "}\n}\nadd rule inet g input drop\ntable inet f {\n chain more {",
        "}\n}\nadd rule inet f inputs drop\ntable inet f {\n chain more {",
    ] {
        assert_eq!(file(refused), "++", "{refused}");
    }
    for taken in [
        "tcp dport 443 jump web",
        "ip saddr @ok goto web",
        "ip saddr 10.0.0.1 jump { tcp dport 80 accept; }",
        "tcp dport 65535 accept",
        "log prefix \"$jump @nowhere \"",
        "}\n flowtable fast { hook ingress priority 0; devices = { eth0 }; }\n chain more {\n flow add @fast",
        "}\n}\nadd chain inet f late\nadd rule inet f late drop\nadd rule inet f input jump late\ntable inet f {\n chain more {",
    ] {
        assert_eq!(file(taken), "--", "{taken}");
    }
}

#[test]
fn nft_files_of_other_shapes() {
    let drop = "add table ip filter\nadd chain ip filter input { type filter hook input priority filter; policy drop; }\n";
    assert_eq!(nft(drop), "-+ looser");
    assert_eq!(nft(&format!("{drop}insert rule filter input accept\n")), "++");
    assert_eq!(nft(&format!("{drop}flush ruleset\n")), "++");
    assert_eq!(nft(&format!("{drop}delete table ip filter\n")), "++");
    let two = "table inet a { chain i { type filter hook input priority 0; policy accept; accept; } }\ntable inet b { chain i { type filter hook input priority 10; policy drop; } }";
    assert_eq!(nft(two), "--", "a drop in any table is final");
    let dormant = "table inet b { flags dormant; chain i { type filter hook input priority 10; policy drop; } }";
    assert_eq!(nft(dormant), "++");
    let forward = "table inet b { chain i { type filter hook forward priority 10; policy drop; } }";
    assert_eq!(nft(forward), "++");
    let mut m = host(NFT);
    m.file("/etc/nftables.conf", "define wan = { eth0, eth1 }\ndefine ports = { 22, 443 }\ninclude \"/etc/nftables.d/*.nft\"\n");
    m.file("/etc/nftables.d/10.nft", "table inet f { set open { type inet_service; elements = { 22, 80 } }\n chain i { type filter hook input priority 0; policy drop; tcp dport @open accept; tcp dport $ports accept; include \"/etc/more\"\n } }");
    m.file("/etc/more", "iifname $wan udp dport 53 accept\n");
    assert_eq!(seen(&m), "--");
    m.file("/etc/more", "iifname $wan accept\n");
    assert_eq!(seen(&m), "++");
    let place = document(&m).properties["Inbound4"].clone();
    assert_eq!((&place["file"], &place["line"]), (&json!("/etc/more"), &json!(1)));
}

fn v4(text: &str) -> String {
    let mut m = host(&[("netfilter-persistent.service", "/usr/sbin/x start")]);
    m.file("/etc/iptables/rules.v4", text);
    m.file("/etc/iptables/rules.v6", "*filter\n:INPUT DROP [0:0]\nCOMMIT\n");
    seen(&m)
}

#[test]
fn saved_rules() {
    let rules = |policy: &str, body: &str| {
        v4(&format!("*filter\n:INPUT {policy} [0:0]\n:MINE - [0:0]\n{body}\nCOMMIT\n"))
    };
    for (policy, body) in [
        (
            "DROP",
            "-A INPUT -i lo -j ACCEPT\n-A INPUT -m state --state RELATED,ESTABLISHED -j ACCEPT\n-A INPUT -p tcp -m multiport --dports 22,80,8000:8010 -j ACCEPT",
        ),
        (
            "ACCEPT",
            "-A INPUT -p tcp --dport 22 -j ACCEPT\n-A INPUT -j REJECT --reject-with icmp-host-prohibited",
        ),
        ("ACCEPT", "-A INPUT -j MINE\n-A MINE -s 10.0.0.0/8 -j RETURN\n-A MINE -j DROP"),
        (
            "DROP",
            "-A INPUT ! -i eth0 -s 10.0.0.1 -j ACCEPT\n-A INPUT -m conntrack ! --ctstate NEW -j ACCEPT",
        ),
        ("DROP", "-A INPUT -p icmp -j ACCEPT\n[1:2] -A INPUT -s 192.0.2.0/255.255.255.0 -j ACCEPT"),
    ] {
        assert_eq!(rules(policy, body), "--", "{body}");
    }
    for (policy, body) in [
        ("ACCEPT", "-A INPUT -p tcp --dport 23 -j DROP"),
        ("DROP", "-A INPUT -m conntrack --ctstate NEW -j ACCEPT"),
        ("DROP", "-A INPUT -p tcp --syn -j ACCEPT"),
        ("DROP", "-A INPUT ! -s 10.0.0.0/8 -j ACCEPT"),
        ("DROP", "-A INPUT -p udp --dport 1024:65535 -j ACCEPT"),
        ("DROP", "-A INPUT -j MINE\n-A MINE -i eth+ -j ACCEPT"),
        ("DROP", "-I INPUT 1 -m comment --comment \"just for now\" -j ACCEPT"),
        ("DROP", "-A INPUT -p tcp -m tcp ! --dport 22 -j ACCEPT"),
        ("DROP", "-A INPUT -m addrtype --src-type UNICAST -j ACCEPT"),
        ("DROP", "-A INPUT -p udp --sport 53 -j ACCEPT"),
        ("DROP", "-A INPUT -m mark --mark 0x0/0xff -j ACCEPT"),
        ("DROP", "-A INPUT -m ttl --ttl-gt 1 -j ACCEPT"),
        ("DROP", "-A INPUT -p udp -m string --string x --algo bm -j ACCEPT"),
        ("DROP", "-A INPUT -j NFQUEUE --queue-num 0 --queue-bypass"),
    ] {
        assert_eq!(rules(policy, body), "+-", "{body}");
    }
    assert_eq!(v4("*filter\n:INPUT DROP [0:0]\n"), "+-", "nothing is loaded without COMMIT");
    let raw = "*raw\n:PREROUTING ACCEPT [0:0]\n-A PREROUTING -j CT --notrack\nCOMMIT\n";
    let rest =
        "*filter\n:INPUT DROP [0:0]\n-A INPUT -m conntrack --ctstate UNTRACKED -j ACCEPT\nCOMMIT\n";
    assert_eq!((v4(&format!("{raw}{rest}")), v4(rest)), ("+-".to_owned(), "--".to_owned()));
    assert_eq!(
        v4("*raw\n:PREROUTING DROP [0:0]\nCOMMIT\n*filter\n:INPUT ACCEPT [0:0]\nCOMMIT\n"),
        "-- looser".trim_end_matches(" looser")
    );
}

#[test]
fn ufw_and_its_switch() {
    let mut m = host(&[("ufw.service", "/usr/sbin/x start")]);
    m.file("/etc/ufw/ufw.conf", "# x\nENABLED=yes\n")
        .file("/etc/default/ufw", "IPV6=yes\nDEFAULT_INPUT_POLICY=\"DROP\"\n");
    m.file(
        "/etc/ufw/before.rules",
        "*filter\n:ufw-before-input - [0:0]\n-A ufw-before-input -i lo -j ACCEPT\nCOMMIT\n",
    );
    m.file("/etc/ufw/before6.rules", "*filter\n:ufw6-before-input - [0:0]\nCOMMIT\n");
    m.file(
        "/etc/ufw/user.rules",
        "*filter\n:ufw-user-input - [0:0]\n-A ufw-user-input -p tcp --dport 22 -j ACCEPT\nCOMMIT\n",
    );
    assert_eq!(seen(&m), "--");
    m.file(
        "/etc/ufw/user.rules",
        "*filter\n:ufw-user-input - [0:0]\n-A ufw-user-input -j ACCEPT\nCOMMIT\n",
    );
    assert_eq!(seen(&m), "+-");
    m.file("/etc/default/ufw", "IPV6=no\nDEFAULT_INPUT_POLICY=ACCEPT\n");
    assert_eq!(seen(&m), "+-", "without IPv6 rules only the loopback is let in");
    m.file("/etc/ufw/ufw.conf", "ENABLED=no\n");
    assert_eq!(seen(&m), "++");
    let managers = document(&m).properties["Managers"].clone();
    assert_eq!((&managers[0]["loads"], &managers[0]["line"]), (&json!(false), &json!(1)));
}

#[test]
fn zones_of_firewalld() {
    let mut m = host(&[("firewalld.service", "/usr/sbin/x")]);
    m.file("/etc/firewalld/firewalld.conf", "DefaultZone=home\n");
    m.file("/usr/lib/firewalld/zones/home.xml", "<?xml version='1.0'?>\n<zone>\n <service name=\"ssh\"/>\n <port port=\"80\" protocol=\"tcp\"/>\n</zone>");
    assert_eq!(seen(&m), "--");
    m.file("/etc/firewalld/zones/home.xml", "<zone target=\"ACCEPT\">\n</zone>");
    assert_eq!(seen(&m), "++");
    m.file(
        "/etc/firewalld/zones/home.xml",
        "<zone>\n<!-- <rule><accept/></rule> -->\n<rule family=\"ipv6\">\n<accept/></rule></zone>",
    );
    assert_eq!(seen(&m), "-+ looser");
    m.file(
        "/etc/firewalld/zones/home.xml",
        "<zone><rule><source address='10.0.0.0/8'/><accept/></rule></zone>",
    );
    assert_eq!(seen(&m), "--");
    m.file(
        "/etc/firewalld/zones/any.xml",
        "<zone target='ACCEPT'>\n<source address='0.0.0.0/0'/></zone>",
    );
    assert_eq!(seen(&m), "+-");
}

#[test]
fn managers_and_what_they_load() {
    let managers = |m: &Memory| document(m).properties["Managers"].clone();
    assert_eq!(managers(&host(&[])), json!([]));
    let m = host(NFT);
    assert_eq!(managers(&m)[0]["loads"], json!(false), "its file is not there");
    let mut m = host(&[("mine.service", "/usr/sbin/nft -f /etc/mine.nft")]);
    m.file(
        "/etc/mine.nft",
        "table inet b { chain i { type filter hook input priority 10; policy drop; } }",
    );
    assert_eq!(seen(&m), "--");
    assert_eq!(managers(&m)[0]["name"], json!("mine.service"));
    let m = host(&[("nftables.service", "/usr/sbin/nft -c -f /etc/nftables.conf")]);
    assert_eq!(managers(&m)[0]["loads"], json!(false), "only checked");
}

#[test]
fn services_of_firewalld_are_their_ports() {
    let mut m = host(&[("firewalld.service", "/usr/sbin/x")]);
    m.file("/etc/firewalld/firewalld.conf", "DefaultZone=home\n");
    m.file("/usr/lib/firewalld/zones/home.xml", "<zone><service name='all'/></zone>");
    m.file("/usr/lib/firewalld/services/all.xml", "<service><include service='more'/></service>");
    m.file(
        "/usr/lib/firewalld/services/more.xml",
        "<service><port protocol='tcp' port='22'/><include service='all'/></service>",
    );
    assert_eq!(seen(&m), "--");
    m.file(
        "/etc/firewalld/services/more.xml",
        "<service><port protocol='tcp' port='1-65535'/></service>",
    );
    assert_eq!(seen(&m), "++");
}

/// The table that denies, loaded at boot.
const DENIES: &str =
    "table inet f { chain input { type filter hook input priority 0; policy drop; } }\n";

#[test]
fn what_other_commands_make_of_the_rules() {
    let with = |command: &str| {
        let mut m = host(&[NFT[0], ("own.service", command)]);
        m.file("/etc/nftables.conf", DENIES).file("/bin/sh", "").file("/bin/systemctl", "");
        m.file("/etc/open.v4", "*filter\n:INPUT ACCEPT [0:0]\nCOMMIT\n");
        (seen(&m), document(&m).properties["Inbound4"]["file"].clone())
    };
    let own = json!("/usr/lib/systemd/system/own.service");
    for open in [
        "/usr/sbin/nft flush ruleset",
        "/usr/sbin/nft insert rule inet f input accept",
        "/usr/sbin/nft delete table inet f",
        "/bin/sh -c 'sleep 60; nft add chain inet f input \\{ policy accept\\; \\}'",
        "/bin/systemctl stop nftables.service",
        "/bin/systemctl disable --now nftables",
    ] {
        assert_eq!(with(open), ("++".to_owned(), own.clone()), "{open}");
    }
    for denied in [
        "/usr/sbin/nft list ruleset",
        "/usr/sbin/nft -c flush ruleset",
        "/bin/systemctl disable nftables.service",
        "/bin/sh -c 'iptables-restore < /etc/open.v4'",
        "/usr/sbin/nft add rule inet f input tcp dport 22 accept",
    ] {
        assert_eq!(with(denied).0, "--", "{denied}");
    }
    // Before the manager, which then loads all of its rules.
    let mut m = host(NFT);
    m.file("/etc/nftables.conf", DENIES);
    let unit = "[Unit]\nBefore=nftables.service\n[Service]\nType=oneshot\nExecStart=/usr/sbin/nft flush ruleset\n";
    m.file("/usr/lib/systemd/system/early.service", unit);
    m.symlink(
        "/etc/systemd/system/default.target.wants/early.service",
        "/usr/lib/systemd/system/early.service",
    );
    assert_eq!(seen(&m), "--");
    // Of its own unit.
    let mut m = host(NFT);
    m.file("/etc/nftables.conf", DENIES);
    m.file(
        "/etc/systemd/system/nftables.service.d/a.conf",
        "[Service]\nExecStartPost=/usr/sbin/nft flush ruleset\n",
    );
    assert_eq!(seen(&m), "++");
}

#[test]
fn what_runs_later_opens_too_and_hooks_load() {
    let mut m = host(&[NFT[0], ("cron.service", "/usr/sbin/x")]);
    m.file("/etc/nftables.conf", DENIES);
    m.file("/etc/cron.d/x", "# a\n0 3 * * * root nft flush ruleset\n");
    assert_eq!(seen(&m), "++");
    assert_eq!(document(&m).properties["Inbound4"]["line"], json!(2));
    // A schedule that denies leaves the host open until it runs.
    let mut m = host(&[("cron.service", "/usr/sbin/x")]);
    m.file("/etc/deny", DENIES).file("/etc/cron.d/x", "0 3 * * * root nft -f /etc/deny\n");
    assert_eq!(seen(&m), "++");
    let mut m = host(&[]);
    m.file("/sbin/ifup", "").file(
        "/etc/network/if-pre-up.d/fw",
        "#!/bin/sh\niptables-restore < /etc/v4\nip6tables -P INPUT DROP\n",
    );
    m.owned("/etc/network/if-pre-up.d/fw", 0, 0, 0o755);
    m.file("/etc/v4", "*filter\n:INPUT DROP [0:0]\nCOMMIT\n");
    assert_eq!(seen(&m), "--");
    assert_eq!(document(&m).properties["Managers"][0]["name"], json!("networking.service"));
    m.file("/etc/network/if-pre-up.d/fw", "#!/bin/sh\ncurl x | iptables-restore\n").owned(
        "/etc/network/if-pre-up.d/fw",
        0,
        0,
        0o755,
    );
    assert!(document(&m).gaps.contains_key("/Inbound4"), "what it loads is not known");
}

/// A running host whose configuration denies, and what its kernel holds.
fn running(now: &str) -> Resource {
    let mut m = Memory::new(Standing::Running);
    m.file("/usr/lib/systemd/systemd", "x").symlink("/sbin/init", "/usr/lib/systemd/systemd");
    m.file("/usr/lib/systemd/system/default.target", "[Unit]\nWants=nftables.service\n");
    m.file(
        "/usr/lib/systemd/system/nftables.service",
        "[Service]\nType=oneshot\nExecStart=/usr/sbin/nft -f /etc/nftables.conf\n",
    );
    m.file("/usr/sbin/nft", "").file("/etc/nftables.conf", DENIES);
    for question in Question::ALL {
        m.answer(question, Ok(Vec::new()));
    }
    m.answer(Question::Nftables, Ok(now.as_bytes().to_vec()));
    document(&m)
}

#[test]
fn rules_in_the_kernel_are_read_beside_the_configured_ones() {
    let drift = |now: &str| {
        let r = running(now);
        let all = r.properties["RunningDrift"].as_array().unwrap().clone();
        let one =
            |d: &Value| format!("{} {} {} {}", d["Looser"], d["Family"], d["Protocol"], d["Port"]);
        all.iter().map(one).collect::<Vec<_>>().join("; ")
    };
    assert_eq!(drift(DENIES), "");
    assert_eq!(drift(""), "true \"IPv4\" \"tcp\" null; true \"IPv6\" \"tcp\" null");
    let one = "table inet f {\n chain input {\n  type filter hook input priority filter; policy drop;\n  tcp dport 8080 accept\n }\n}\n";
    assert_eq!(drift(one), "true \"IPv4\" \"tcp\" 8080; true \"IPv6\" \"tcp\" 8080");
    let r = running(one);
    assert_eq!(r.properties["RunningDrift"][0]["Rule"], "tcp dport 8080 accept");
    assert_eq!(r.properties["RunningInbound4"]["denied"], true);
    let open = running(
        "table ip f {\n chain input {\n  type filter hook input priority 0; policy accept;\n  counter packets 3 bytes 9 accept\n }\n}\n",
    );
    assert_eq!(open.properties["RunningInbound4"]["rule"], "counter packets 3 bytes 9 accept");
    assert_eq!(open.properties["RunningInbound6"]["denied"], false);
}

#[test]
fn rules_of_iptables_in_the_kernel_are_asked_for_where_there_are_some() {
    let base = || {
        let mut m = Memory::new(Standing::Running);
        m.file("/usr/lib/systemd/systemd", "x").symlink("/sbin/init", "/usr/lib/systemd/systemd");
        m.file("/usr/lib/systemd/system/default.target", "[Unit]\n");
        for question in Question::ALL {
            m.answer(question, Ok(Vec::new()));
        }
        m
    };
    let denied = |m: &Memory| {
        let p = document(m).properties;
        (p["RunningInbound4"]["denied"].clone(), p["RunningInbound6"]["denied"].clone())
    };
    let mut m = base();
    m.answer(Question::LegacyIptables, Ok(b"*filter\n:INPUT DROP [0:0]\nCOMMIT\n".to_vec()));
    assert_eq!(denied(&m), (json!(true), json!(false)));
    let mut m = base();
    m.answer(Question::Nftables, Ok(b"# Warning: table ip filter is managed by iptables-nft, do not touch!\ntable ip filter {\n chain INPUT {\n type filter hook input priority filter; policy accept;\n xt match \"x\" drop\n }\n}\n".to_vec()));
    m.answer(
        Question::Iptables,
        Ok(b"*filter\n:INPUT DROP [0:0]\n-A INPUT -p tcp --dport 22 -j ACCEPT\nCOMMIT\n".to_vec()),
    );
    assert_eq!(denied(&m), (json!(true), json!(false)));
    // A program that is not there, or may not look, leaves the running part open; the other stays.
    for miss in [crate::Miss::Absent, crate::Miss::Denied] {
        let mut m = base();
        m.answer(Question::Nftables, Err(miss));
        let r = document(&m);
        assert!(r.gaps.contains_key("/RunningDrift") && r.gaps.contains_key("/RunningInbound4"));
        assert!(r.properties.contains_key("Inbound4"));
    }
}

#[test]
fn more_rules_than_any_host_has_are_a_gap_in_time() {
    let mut text =
        "table inet f { chain i { type filter hook input priority 0; policy drop;\n".to_owned();
    for n in 0..15_000 {
        text.push_str(&format!(
            "ip saddr 10.{}.{}.1 tcp dport {} drop\n",
            n / 250 % 250,
            n % 250,
            n % 65_000 + 1
        ));
    }
    text.push_str("} }\n");
    let start = crate::timing::cpu();
    let mut m = host(NFT);
    m.file("/etc/nftables.conf", &text);
    let r = document(&m);
    assert!(r.gaps.contains_key("/Looser6"), "{:?}", r.gaps.keys());
    let open = format!("{}set a {{ elements = {{", "table inet f {\n").repeat(20_000);
    m.file("/etc/nftables.conf", open);
    document(&m);
    let many = format!(
        "table inet f {{ set s {{ type ipv4_addr; elements = {{ {} }} }}\n chain i {{\n{} }} }}",
        "10.0.0.1, ".repeat(5_000),
        "ip saddr @s accept\n".repeat(5_000)
    );
    m.file("/etc/nftables.conf", many);
    assert!(document(&m).gaps.contains_key("/Inbound4"));
    assert!(crate::timing::cpu() - start < 300.0);
}

/// Loads a text as every manager's; includes in a circle are a gap.
fn loaded(text: &str) {
    let mut m = host(NFT);
    for path in ["/etc/nftables.conf", "/etc/iptables/rules.v4", "/etc/ufw/before.rules"] {
        m.file(path, text);
    }
    assert!(document(&m).properties.contains_key("Ipv6"));
}

#[test]
fn anything_at_all_is_taken() {
    let valid = "define a = { 1, 2 }\ntable inet f { set s { type x; elements = { 1 : accept, 2 } } chain i { type filter hook input priority -1; policy drop; ct state vmap { new: jump i } tcp flags & (a|b) == c ip saddr . tcp dport { 1 . 2 } limit rate over 1/second drop } }";
    for end in 0..valid.len() {
        loaded(&valid[..end]);
    }
    let mut seed = 3_u64;
    let pieces: Vec<&str> = "{ } ; , table chain inet f i type hook input priority policy drop accept jump goto vmap @s == != & ip saddr tcp dport flags ct state \n \" . - : $a define = include add rule flush limit fib meta".split(' ').collect();
    for _ in 0..400 {
        let mut text = String::new();
        for _ in 0..60 {
            seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
            text.push_str(pieces[(seed >> 33) as usize % pieces.len()]);
            text.push(' ');
        }
        loaded(&text);
    }
}
