//! Rules of nftables against the kernel's own filter: generated rulesets, packets of strangers that
//! arrive in a network namespace, the same ports reached.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::print_stderr,
    reason = "tests may panic, and name what they skip"
)]

mod common;

use std::collections::BTreeSet;
use std::process::Command;

use assay_host::{Host, inbound_answer};
use common::{Dice, Scratch, skip, systemd, there};

/// Sends packets into the namespace that it runs in, and prints which reach the host: for each file,
/// `number protocol port source` of what passed, or `number refused` where nft takes no such file.
/// A last table notes what all others let through.
const SEND: &str = r#"
import json, os, socket, struct, subprocess, sys, time
folder, count, ports = sys.argv[1], int(sys.argv[2]), [int(p) for p in sys.argv[3].split(",")]
run = lambda *a: subprocess.run(a, check=True, capture_output=True)
run("ip", "link", "add", "v0", "type", "veth", "peer", "name", "v1")
run("ip", "link", "set", "lo", "up")
run("ip", "addr", "add", "198.51.100.1/24", "dev", "v0")
run("ip", "-6", "addr", "add", "2001:db8::1/64", "dev", "v0", "nodad")
for link in ("v0", "v1"):
    run("ip", "link", "set", link, "up")
    open(f"/proc/sys/net/ipv4/conf/{link}/rp_filter", "w").write("0")
open("/proc/sys/net/ipv4/conf/all/rp_filter", "w").write("0")
mac = lambda l: bytes.fromhex(open(f"/sys/class/net/{l}/address").read().strip().replace(":", "")) \
    if os.path.exists(f"/sys/class/net/{l}/address") else \
    bytes.fromhex(json.loads(subprocess.run(["ip", "-j", "link", "show", l], capture_output=True).stdout)[0]["address"].replace(":", ""))
wire = socket.socket(socket.AF_PACKET, socket.SOCK_RAW)
wire.bind(("v1", 0))
to, by = mac("v0"), mac("v1")

def total(data):
    data += b"\0" * (len(data) % 2)
    n = sum(struct.unpack(f"!{len(data) // 2}H", data))
    while n >> 16:
        n = (n & 0xffff) + (n >> 16)
    return ~n & 0xffff

def send(source, protocol, sport, port):
    six = ":" in source
    family, at = (socket.AF_INET6, "2001:db8::1") if six else (socket.AF_INET, "198.51.100.1")
    ends = socket.inet_pton(family, source) + socket.inet_pton(family, at)
    number = 6 if protocol == "tcp" else 17
    if number == 6:
        body = struct.pack("!HHLLBBHHH", sport, port, 1, 0, 0x50, 2, 1024, 0, 0)
        place = 16
    else:
        body = struct.pack("!HHHH", sport, port, 12, 0) + b"abcd"
        place = 6
    pseudo = ends + (struct.pack("!LL", len(body), number) if six else struct.pack("!BBH", 0, number, len(body)))
    body = body[:place] + struct.pack("!H", total(pseudo + body)) + body[place + 2:]
    if six:
        head = struct.pack("!LHBB", 6 << 28, len(body), number, 64) + ends
    else:
        head = struct.pack("!BBHHHBBH", 0x45, 0, 20 + len(body), 7, 0, 64, number, 0) + ends
        head = head[:10] + struct.pack("!H", total(head)) + head[12:]
    wire.send(to + by + (b"\x86\xdd" if six else b"\x08\x00") + head + body)

NOTE = """
table ip zz { set seen { type inet_proto . inet_service . ipv4_addr; flags dynamic; size 4096; }
 chain i { type filter hook input priority 2147483000; meta l4proto { tcp, udp } add @seen { meta l4proto . th dport . ip saddr }
 }
}
table ip6 zz { set seen { type inet_proto . inet_service . ipv6_addr; flags dynamic; size 4096; }
 chain i { type filter hook input priority 2147483000; meta l4proto { tcp, udp } add @seen { meta l4proto . th dport . ip6 saddr }
 }
}
"""
for n in range(count):
    run("nft", "flush", "ruleset")
    done = subprocess.run(["nft", "-f", f"{folder}/{n}.nft"], capture_output=True, text=True)
    if done.returncode:
        print(n, "refused", done.stderr.replace("\n", " "))
        continue
    subprocess.run(["nft", "-f", "-"], input=NOTE, text=True, check=True)
    for source in sys.argv[4].split(","):
        for protocol in ("tcp", "udp"):
            for port in ports:
                send(source, protocol, 20000 + n, port)
    time.sleep(0.3)
    for family in ("ip", "ip6"):
        listed = subprocess.run(["nft", "-j", "list", "set", family, "zz", "seen"], capture_output=True, text=True)
        for item in json.loads(listed.stdout)["nftables"]:
            for element in item.get("set", {}).get("elem", []):
                element = element.get("elem", {}).get("val", element) if "elem" in element else element
                print(n, *element["concat"])
    print(n, "done")
"#;

const PORTS: [u16; 12] = [22, 23, 80, 443, 999, 1000, 1500, 2000, 3000, 4987, 40_000, 65_535];
const SOURCES: [&str; 4] = ["62.115.7.9", "203.114.5.6", "2a01:4f8:c17::9", "2600:1f18::6"];

/// What a rule looks at.
const TESTS: [&str; 30] = [
    "",
    "tcp dport 22",
    "tcp dport { 22, 80, 1000-2000 }",
    "tcp dport != 23",
    "tcp dport != { 22, 443 }",
    "udp dport 1-1024",
    "tcp dport $WEB",
    "meta l4proto tcp",
    "meta l4proto { tcp, udp } th dport 1000-40000",
    "ip saddr 62.0.0.0/8",
    "ip saddr != 62.0.0.0/8",
    "ip saddr { 203.0.0.0/8, 10.0.0.0/8 } tcp dport >= 1000",
    "ip saddr $FRIENDS",
    "ip saddr @known",
    "ip6 saddr 2a01::/16",
    "ip6 saddr != 2600:1f18::/32 udp dport < 1000",
    "iifname \"lo\"",
    "iifname != \"lo\"",
    "iif \"lo\"",
    "ct state new",
    "ct state established,related",
    "ct state { new, invalid }",
    "ct state != new",
    "ip protocol udp",
    "ip6 nexthdr tcp",
    "meta nfproto ipv4",
    "meta nfproto { ipv4, ipv6 } tcp dport 0x50",
    "tcp flags syn",
    "tcp flags & (fin|syn|rst|ack) == syn",
    "ip saddr . tcp dport { 62.115.7.9 . 443, 203.114.5.6 . 1000-2000 }",
];
/// What it does then.
const VERDICTS: [&str; 12] = [
    "accept",
    "accept",
    "drop",
    "drop",
    "counter accept",
    "counter packets 0 bytes 0 drop comment \"x\"",
    "reject",
    "jump one",
    "goto one",
    "jump two",
    "return",
    "continue",
];
/// Rules that decide by maps.
const MAPS: [&str; 4] = [
    "tcp dport vmap { 22 : accept, 1000-2000 : drop, 3000 : jump one }",
    "ip saddr vmap { 62.0.0.0/8 : jump two, 203.114.5.6 : accept }",
    "meta l4proto vmap { tcp : jump one, udp : drop }",
    "ct state vmap { established : accept, related : accept, invalid : drop }",
];

fn rule(dice: &mut Dice, jumps: bool) -> String {
    let map = dice.pick(&MAPS);
    if dice.roll(6) == 0 && (jumps || !map.contains("jump")) {
        return map.to_owned();
    }
    let test = dice.pick(&TESTS);
    let mut verdict = dice.pick(&VERDICTS);
    while !jumps && (verdict.contains("jump") || verdict.contains("goto")) {
        verdict = dice.pick(&VERDICTS);
    }
    let glue = dice.pick(&[" ", "  ", "\t", " \\\n      "]);
    format!("{test}{glue}{verdict}")
}

fn chain(dice: &mut Dice, name: &str, jumps: bool, rules: usize, hook: &str) -> String {
    let mut out = format!("  chain {name} {{\n{hook}");
    for _ in 0..dice.roll(rules) {
        let end = dice.pick(&["\n", "; \n", " # accept\n"]);
        out.push_str(&format!("    {}{end}", rule(dice, jumps)));
    }
    out + "  }\n"
}

fn ruleset(dice: &mut Dice) -> String {
    let mut out = String::from(
        "#!/usr/sbin/nft -f\nflush ruleset\ndefine WEB = { 80, 443 }\n\
         define FRIENDS = { 203.114.0.0/16, \\\n  192.0.2.0/24 }\n",
    );
    out.push_str("table inet filter {\n  set known {\n    type ipv4_addr\n    flags interval\n");
    out.push_str("    elements = { 62.115.7.0-62.115.7.255, 10.1.2.3 }\n  }\n");
    out.push_str(&chain(dice, "one", false, 4, ""));
    out.push_str(&chain(dice, "two", false, 3, ""));
    let policy = dice.pick(&["policy drop;", "policy drop;", "policy accept;", ""]);
    let priority = dice.pick(&["filter", "0", "filter + 10", "-5"]);
    let hook = format!("    type filter hook input priority {priority}; {policy}\n");
    out.push_str(&chain(dice, "input", true, 8, &hook));
    if dice.roll(3) == 0 {
        let policy = dice.pick(&["accept", "drop"]);
        let hook = format!("    type filter hook input priority 50; policy {policy};\n");
        out.push_str(&chain(dice, "late", true, 4, &hook));
    }
    if dice.roll(4) == 0 {
        let hook = "    type filter hook prerouting priority raw; policy accept;\n";
        out.push_str(&chain(dice, "early", false, 3, hook));
    }
    out.push_str("}\n");
    if dice.roll(3) == 0 {
        let hook = "    type filter hook forward priority 0; policy drop;\n";
        let chain = chain(dice, "f", false, 3, hook)
            .replace("ip6", "ip")
            .replace("2a01::/16", "10.0.0.0/8");
        let chain =
            chain.replace("2600:1f18::/32", "10.0.0.0/8").replace("ip nexthdr", "ip protocol");
        out.push_str(&format!("table ip other {{\n{chain}}}\n"));
    }
    for _ in 0..dice.roll(3) {
        let rule = rule(dice, true);
        let line = match dice.roll(7) {
            0 => format!("add rule inet filter input {rule}\n"),
            1 => format!("insert rule inet filter input {rule}\n"),
            2 => "add element inet filter known { 203.114.5.6 }\n".to_owned(),
            3 => "flush chain inet filter one\n".to_owned(),
            4 => "add chain inet filter input { policy drop; }\n".to_owned(),
            5 => "table ip gone { chain i { type filter hook input priority 1; policy drop; }; }\ndelete table ip gone\n".to_owned(),
            _ => "delete element inet filter known { 10.1.2.3 }\n".to_owned(),
        };
        out.push_str(&line);
    }
    out
}

type Reached = BTreeSet<(String, u16, String)>;

/// What reaches the host by our reading. `None`: it cannot be told.
fn ours(text: &str) -> Option<Reached> {
    let mut m = systemd();
    m.file("/usr/sbin/nft", "x").file("/etc/nftables.conf", text);
    m.file("/usr/lib/systemd/system/default.target", "[Unit]\nWants=nftables.service\n");
    m.file(
        "/usr/lib/systemd/system/nftables.service",
        "[Unit]\nDefaultDependencies=no\n[Service]\nType=oneshot\nRemainAfterExit=yes\n\
         ExecStart=/usr/sbin/nft -f /etc/nftables.conf\n",
    );
    let host = Host::new(&m, "h", "2026-01-01T00:00:00Z".parse().unwrap());
    let mut out = Reached::new();
    for source in SOURCES {
        for protocol in ["tcp", "udp"] {
            for port in PORTS {
                if inbound_answer(&host, source.parse().unwrap(), protocol, port).ok()? {
                    out.insert((protocol.to_owned(), port, source.to_owned()));
                }
            }
        }
    }
    Some(out)
}

#[test]
fn ports_are_those_that_the_kernel_lets_packets_reach() {
    let test = "ports_are_those_that_the_kernel_lets_packets_reach";
    let tools = ["nft", "ip", "python3", "unshare"];
    if let Some(none) =
        tools.iter().find(|t| !there(t) && Command::new(t).arg("-V").output().is_err())
    {
        return skip(test, &format!("no {none}"));
    }
    let at = Scratch::new("nft");
    let mut dice = Dice(7);
    let all: Vec<String> = (0..60).map(|_| ruleset(&mut dice)).collect();
    for (n, text) in all.iter().enumerate() {
        at.put(&format!("{n}.nft"), text);
    }
    at.put("send.py", SEND);
    let ports = PORTS.map(|p| p.to_string()).join(",");
    let out = Command::new("unshare")
        .args(["--user", "--map-root-user", "--net", "python3"])
        .arg(at.0.join("send.py"))
        .arg(&at.0)
        .args([all.len().to_string(), ports, SOURCES.join(",")])
        .output()
        .unwrap();
    let error = String::from_utf8_lossy(&out.stderr);
    if !out.status.success() {
        return skip(
            test,
            &format!("no namespace of its own: {}", error.lines().last().unwrap_or("")),
        );
    }
    let said = String::from_utf8(out.stdout).unwrap();
    let refused: BTreeSet<String> =
        said.lines().filter_map(|l| l.split_once(" refused").map(|(n, _)| n.to_owned())).collect();
    let mut compared = 0;
    for (n, text) in all.iter().enumerate() {
        let lines = said.lines().filter_map(|l| l.strip_prefix(&format!("{n} ")));
        let mut theirs = Reached::new();
        for line in lines {
            let words: Vec<&str> = line.split(' ').collect();
            if let [protocol, port, source] = words.as_slice() {
                let port = port.parse().unwrap();
                theirs.insert(((*protocol).to_owned(), port, (*source).to_owned()));
            }
        }
        // What nft finds at fault beyond its grammar is not looked for.
        if refused.contains(&n.to_string()) {
            continue;
        }
        let ours = ours(text);
        let Some(ours) = ours else { continue };
        compared += 1;
        let more: Vec<_> = ours.difference(&theirs).collect();
        let less: Vec<_> = theirs.difference(&ours).collect();
        assert!(
            more.is_empty() && less.is_empty(),
            "{text}\nonly ours: {more:?}\nonly the kernel: {less:?}"
        );
    }
    assert!(compared > all.len() / 2, "{compared} of {} compared", all.len());
}
