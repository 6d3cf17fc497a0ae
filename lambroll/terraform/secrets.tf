locals {
  # The names that the function looks for when no setting says otherwise.
  secrets = {
    google_credentials = "SSOSyncGoogleCredentials"
    google_admin       = "SSOSyncGoogleAdminEmail"
    scim_endpoint      = "SSOSyncSCIMEndpointUrl"
    scim_access_token  = "SSOSyncSCIMAccessToken"
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
  kms_key_id              = local.key_arn
  recovery_window_in_days = 30
}

# Write-only: the value goes to AWS and is kept in neither the plan nor the state, which everybody who deploys may read.
resource "aws_secretsmanager_secret_version" "this" {
  for_each = var.secret_versions

  secret_id                = aws_secretsmanager_secret.this[each.key].id
  secret_string_wo         = try(var.secret_values[each.key], null)
  secret_string_wo_version = each.value
}
