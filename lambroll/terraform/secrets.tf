# Terraform makes the secrets and never sees their values: whoever may read its state must not be able to join a group.

locals {
  # With the usual prefix, these are the names that the function looks for when no setting says otherwise.
  secrets = {
    google_credentials = "${var.secret_prefix}GoogleCredentials"
    google_admin       = "${var.secret_prefix}GoogleAdminEmail"
    scim_endpoint      = "${var.secret_prefix}SCIMEndpointUrl"
    scim_access_token  = "${var.secret_prefix}SCIMAccessToken"
  }

  secret_descriptions = {
    google_credentials = "Key of the Google service account: the JSON file as it was downloaded"
    google_admin       = "Address of the Google administrator that the service account acts as"
    scim_endpoint      = "SCIM endpoint, from IAM Identity Center, Settings, Automatic provisioning"
    scim_access_token  = "SCIM access token, from the same page; valid for a year"
  }
}

resource "aws_secretsmanager_secret" "this" {
  for_each = local.secrets

  name                    = each.value
  description             = local.secret_descriptions[each.key]
  kms_key_id              = local.key_arns.secrets
  recovery_window_in_days = 30
}

# The token alone lets its holder join any group, so the right to read secrets in general must not be enough. Reading is
# all that this forbids: whoever manages secrets can still store a new value, and can remove this policy in an emergency.
data "aws_iam_policy_document" "secret" {
  statement {
    sid       = "OnlyTheFunctionAndBreakGlassRead"
    effect    = "Deny"
    actions   = ["secretsmanager:GetSecretValue"]
    resources = ["*"]

    principals {
      type        = "*"
      identifiers = ["*"]
    }

    condition {
      test     = "ArnNotEquals"
      variable = "aws:PrincipalArn"
      values   = concat([aws_iam_role.function.arn], sort(var.break_glass_arns))
    }
  }
}

resource "aws_secretsmanager_secret_policy" "this" {
  for_each = local.secrets

  secret_arn          = aws_secretsmanager_secret.this[each.key].arn
  policy              = data.aws_iam_policy_document.secret.json
  block_public_policy = true
}
