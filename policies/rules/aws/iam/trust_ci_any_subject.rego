# METADATA
# title: Web-identity role trusts a CI provider without restricting the subject
# description: All customers of such a provider get their tokens from one issuer. Unless the subject is restricted, a pipeline of anybody can assume the role.
# scope: package
# custom:
#   id: AWS-IAM-037
#   severity: critical
#   objective: identity.external_trust
#   resource: AWS::IAM::Role
#   remediation:
#     text: Ask for the subject of one repository and branch or environment.
#     terraform: |
#       data "aws_iam_policy_document" "trust" {
#         statement {
#           actions = ["sts:AssumeRoleWithWebIdentity"]
#           principals {
#             type        = "Federated"
#             identifiers = [aws_iam_openid_connect_provider.github.arn]
#           }
#           condition {
#             test     = "StringEquals"
#             variable = "token.actions.githubusercontent.com:aud"
#             values   = ["sts.amazonaws.com"]
#           }
#           condition {
#             test     = "StringEquals"
#             variable = "token.actions.githubusercontent.com:sub"
#             values   = ["repo:acme/app:ref:refs/heads/main"]
#           }
#         }
#       }
#   references:
#     - https://docs.aws.amazon.com/IAM/latest/UserGuide/id_roles_create_for-idp_oidc.html#idp_oidc_Create_GitHub
#     - https://docs.github.com/en/actions/how-tos/secure-your-work/security-harden-deployments/oidc-in-aws
#   limits: >-
#     That the owner is fixed is judged, not that branch or environment are. On a GitHub Enterprise
#     Server every user has an owner's name too. Other providers that run on an own domain (a
#     self-hosted GitLab) are not judged.
package rules.aws.iam.trust_ci_any_subject

import rego.v1

# Issuers that many organisations share, and what a subject must begin with so that its owner is
# fixed. Issuers with the owner in their address (Bitbucket, CircleCI, Azure DevOps) need no subject
# for that.
owners := {
	"agent.buildkite.com": `^organization:[^*?:]+:`,
	"app.terraform.io": `^organization:[^*?:]+:`,
	"gitlab.com": `^project_path:[^*?/]+/`,
	"oidc.codefresh.io": `^account:[^*?:]+:`,
	"oidc.vercel.com": `^owner:[^*?:]+:`,
	"token.actions.githubusercontent.com": `^(repo|repository|job_workflow_ref):[^*?/]+/|^repository_(id|owner|owner_id):[^*?:]+(:|$)`,
}

github := "token.actions.githubusercontent.com"

# What a subject must begin with; a GitHub Enterprise (on a server of its own, or as a tenant of
# ghe.com) writes subjects as github.com does.
subjects(host) := [pattern |
	some known, pattern in owners
	known == alike(host)
]

alike(host) := github if enterprise(host)

alike(host) := host if not enterprise(host)

enterprise(host) if regex.match(`^[^/]+/_services/token$`, host)

enterprise(host) if regex.match(`^token\.actions\.[^./]+\.ghe\.com$`, host)

# Claims of GitHub that fix the owner as well as the subject does, with what they must look like.
claims := {
	"repository": `^[^*?/]+/`,
	"repository_id": `^[^*?]+$`,
	"repository_owner": `^[^*?]+$`,
	"repository_owner_id": `^[^*?]+$`,
	"job_workflow_ref": `^[^*?/]+/`,
}

allowed := [s |
	some s in input.derived.trust
	s.effect == "allow"
	"sts:assumerolewithwebidentity" in s.grants
]

named := [{"host": host, "s": s} |
	some s in allowed
	is_object(s.principals)
	some provider in s.principals.federated
	host := lower(regex.replace(provider, `^.*oidc-provider/`, ""))
	count(subjects(host)) > 0
]

# Whoever is trusted with any provider is trusted with a shared one.
wild := [{"host": "any provider", "s": s} |
	some s in allowed
	any_provider(s)
]

any_provider(s) if s.public

any_provider(s) if {
	is_object(s.principals)
	"*" in s.principals.federated
	count(s.narrowed_by) == 0
}

concerned := array.concat(named, wild)

not_applicable contains {"reason": "the role trusts no shared CI provider"} if count(concerned) == 0

# A claim of an issuer that all customers share, or of another one, whose tokens only it can sign.
restricted(c) if {
	some condition in c.s.conditions
	positive(condition)
	[host, claim] := split_key(condition.key)
	spoken_of(c.host, host)
	some pattern in patterns(host, claim)
	every v in condition.values { regex.match(pattern, v) }
}

spoken_of(wanted, host) if wanted == host

spoken_of(wanted, host) if {
	wanted == "any provider"
	contains(host, ".")
}

# The name of an issuer may hold colons; that of a claim does not.
split_key(key) := [regex.replace(key, `:[^:]*$`, ""), regex.replace(key, `^.*:`, "")]

patterns(host, claim) := array.concat(
	[pattern | claim == "sub"; some pattern in subjects(host)],
	array.concat(
		[pattern | alike(host) == github; some known, pattern in claims; known == claim],
		[pattern | count(subjects(host)) == 0; pattern := `^[^*?$]`],
	),
)

positive(condition) if {
	condition.operator in {"stringequals", "stringequalsignorecase", "stringlike"}
	condition.if_exists == false
	condition.quantifier != "forallvalues"
}

bad := [c | some c in concerned; not restricted(c)]

pass if count(bad) == 0

fail contains {"message": sprintf("any pipeline on %s can assume the role: no condition fixes the owner of the subject", [b.host]), "at": b.s.at, "key": b.s.digest} if {
	some b in bad
}
