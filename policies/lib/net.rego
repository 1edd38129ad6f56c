# Ports, protocols and peers of network rules, as words.
package lib.net

import rego.v1

# span(line): the ports of a line of `exposure`: 22, 20-25, or all.
span(line) := "all" if line.from < 0

span(line) := sprintf("%d", [line.from]) if {
	line.from >= 0
	line.from == line.to
}

span(line) := sprintf("%d-%d", [line.from, line.to]) if {
	line.from >= 0
	line.from != line.to
}

# key(line): what tells a line from the others: tcp/20-25/0.0.0.0/0.
key(line) := concat("/", [line.protocol, span(line), line.cidr])

# port_key(line, port): the same for one port of it.
port_key(line, port) := sprintf("%s/%d/%s", [line.protocol, port, line.cidr])

# rule_key(rule): a rule of a security group: tcp/22/10.0.0.0/8, all/sg-1.
rule_key(rule) := concat("/", array.concat(array.concat([word], ports(word, rule)), [peer(rule)])) if {
	word := protocol(rule.IpProtocol)
}

names := {"-1": "all", "6": "tcp", "17": "udp", "1": "icmp", "58": "icmpv6"}

# protocol(text): one word for each protocol, however it is spelled.
protocol(text) := object.get(names, lower(text), lower(text))

ports(word, rule) := [span({"from": object.get(rule, "FromPort", -1), "to": object.get(rule, "ToPort", -1)})] if {
	word in {"tcp", "udp"}
}

ports(word, _) := [] if not word in {"tcp", "udp"}

peers := [
	"CidrIp", "CidrIpv6", "SourcePrefixListId", "SourceSecurityGroupId",
	"DestinationPrefixListId", "DestinationSecurityGroupId",
]

# A rule names one peer; the others are missing.
peer(rule) := concat("", [object.get(rule, name, "") | some name in peers])
