# METADATA
# title: Secrets appear in instance user data
# description: >-
#   User data is read by every process of the host through the metadata service and by everyone
#   who may describe instances or templates. A secret in it is no secret.
# scope: package
# custom:
#   id: AWS-EC2-018
#   severity: critical
#   objective: identity.no_plaintext_secrets
#   resource: [AWS::EC2::Instance, AWS::EC2::LaunchTemplate]
#   remediation:
#     text: >-
#       Change the secret now. Keep it in Secrets Manager or Parameter Store and let the
#       instance's role read it at start. User data of an instance can only be changed while it is
#       stopped; of a launch template a new version is needed, and the old ones must be deleted.
#     terraform: |
#       resource "aws_instance" "this" {
#         ami                  = data.aws_ami.this.id
#         instance_type        = "t3.small"
#         iam_instance_profile = aws_iam_instance_profile.this.name
#         user_data            = <<-EOF
#           #!/bin/sh
#           password=$(aws secretsmanager get-secret-value --secret-id app/db --query SecretString --output text)
#         EOF
#       }
#   aliases:
#     prowler: [ec2_instance_secrets_user_data]
#     trivy: [AVD-AWS-0029]
#   references:
#     - https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/instancedata-add-user-data.html
#     - https://docs.aws.amazon.com/secretsmanager/latest/userguide/intro.html
#   limits: >-
#     Finds what has the form of a key, token or password. Of a launch template the default and
#     the latest version are searched. Compressed or encrypted user data is not searched.
package rules.aws.ec2.user_data_secrets

import rego.v1

secrets := input.derived.secrets

pass if {
	is_array(secrets)
	count(secrets) == 0
}

fail contains {"message": sprintf("user data holds a secret: %s", [secret.kind]), "at": secret.pointer, "key": concat(" ", [secret.kind, object.get(secret, "digest", secret.pointer)])} if {
	some secret in secrets
}
