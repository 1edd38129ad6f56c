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
#   limits: That the owner is fixed is judged, not that branch or environment are. Providers that run on an own domain (a self-hosted GitLab) are not judged.
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

# Claims of GitHub that fix the owner as well as the subject does, with what they must look like.
claims := {
	"token.actions.githubusercontent.com:repository": `^[^*?/]+/`,
	"token.actions.githubusercontent.com:repository_id": `^[^*?]+$`,
	"token.actions.githubusercontent.com:repository_owner": `^[^*?]+$`,
	"token.actions.githubusercontent.com:repository_owner_id": `^[^*?]+$`,
	"token.actions.githubusercontent.com:job_workflow_ref": `^[^*?/]+/`,
}

concerned := [{"host": host, "s": s} |
	some s in input.derived.trust
	s.effect == "allow"
	is_object(s.principals)
	"sts:assumerolewithwebidentity" in s.grants
	some provider in s.principals.federated
	some host, _ in owners
	lower(regex.replace(provider, `^.*oidc-provider/`, "")) == host
]

not_applicable contains {"reason": "the role trusts no shared CI provider"} if count(concerned) == 0

restricted(c) if {
	some condition in c.s.conditions
	condition.key == sprintf("%s:sub", [c.host])
	fixed(condition, owners[c.host])
}

restricted(c) if {
	some condition in c.s.conditions
	startswith(condition.key, sprintf("%s:", [c.host]))
	fixed(condition, claims[condition.key])
}

fixed(condition, pattern) if {
	condition.operator in {"stringequals", "stringequalsignorecase", "stringlike"}
	condition.if_exists == false
	condition.quantifier != "forallvalues"
	every v in condition.values { regex.match(pattern, v) }
}

bad := [c | some c in concerned; not restricted(c)]

pass if count(bad) == 0

fail contains {"message": sprintf("any pipeline on %s can assume the role: no condition fixes the owner of the subject", [b.host]), "at": b.s.at, "key": b.s.digest} if {
	some b in bad
}
