# Google without a key: a service account that one role of one AWS account can become, and nobody else. This is Google's
# side, in a project of Google Cloud. The AWS side needs nothing: every role may say who it is (sts:GetCallerIdentity
# cannot be denied).
#
# What Terraform cannot do here is give the service account its right to read, in admin.google.com: lambroll/google.md.

terraform {
  required_version = ">= 1.11"

  required_providers {
    google = {
      source  = "hashicorp/google"
      version = ">= 6.0, < 8.0"
    }
  }
}

variable "project" {
  description = "ID of the Google Cloud project"
  type        = string
}

variable "aws_account_id" {
  description = "The AWS account in which the function runs"
  type        = string

  validation {
    condition     = can(regex("^\\d{12}$", var.aws_account_id))
    error_message = "An AWS account's ID has twelve digits."
  }
}

variable "aws_role" {
  description = "Name of the function's role, without a path"
  type        = string
  default     = "ssosync"
}

variable "acts_as_administrator" {
  description = "Whether it acts as an administrator, by domain-wide delegation, instead of having an admin role itself"
  type        = bool
  default     = false
}

locals {
  # admin reads the company, sts and iamcredentials are the way there, iam keeps pools and service accounts.
  apis = ["admin.googleapis.com", "iam.googleapis.com", "iamcredentials.googleapis.com", "sts.googleapis.com"]

  # To act as an administrator, it has a request signed; as itself, it gets a token.
  right = var.acts_as_administrator ? "roles/iam.serviceAccountTokenCreator" : "roles/iam.workloadIdentityUser"

  credentials = jsonencode({
    type                              = "external_account"
    audience                          = "//iam.googleapis.com/${google_iam_workload_identity_pool_provider.aws.name}"
    subject_token_type                = "urn:ietf:params:aws:token-type:aws4_request"
    token_url                         = "https://sts.googleapis.com/v1/token"
    service_account_impersonation_url = "https://iamcredentials.googleapis.com/v1/projects/-/serviceAccounts/${google_service_account.sync.email}:generateAccessToken"
    credential_source = {
      environment_id                 = "aws1"
      regional_cred_verification_url = "https://sts.{region}.amazonaws.com?Action=GetCallerIdentity&Version=2011-06-15"
    }
  })
}

resource "google_project_service" "needed" {
  for_each = toset(local.apis)

  project            = var.project
  service            = each.value
  disable_on_destroy = false
}

resource "google_service_account" "sync" {
  project      = var.project
  account_id   = "ssosync"
  display_name = "Reads users and groups for AWS"

  depends_on = [google_project_service.needed]
}

resource "google_iam_workload_identity_pool" "aws" {
  project                   = var.project
  workload_identity_pool_id = "aws-ssosync"
  display_name              = "ssosync in AWS"

  depends_on = [google_project_service.needed]
}

resource "google_iam_workload_identity_pool_provider" "aws" {
  project                            = var.project
  workload_identity_pool_id          = google_iam_workload_identity_pool.aws.workload_identity_pool_id
  workload_identity_pool_provider_id = "lambda"
  display_name                       = "One role of one account"

  # Without a mapping, google.subject is the whole ARN: 39 bytes, the role's name and the function's, and Google takes
  # 127 at most. The session's name, which is the function's, is in neither: it is not what decides.
  attribute_mapping = {
    "google.subject"     = "assertion.arn.extract('assumed-role/{role}/')"
    "attribute.account"  = "assertion.account"
    "attribute.aws_role" = "assertion.arn.extract('assumed-role/{role}/')"
  }
  attribute_condition = "attribute.account == '${var.aws_account_id}' && attribute.aws_role == '${var.aws_role}'"

  aws {
    account_id = var.aws_account_id
  }
}

resource "google_service_account_iam_member" "role" {
  service_account_id = google_service_account.sync.name
  role               = local.right
  member             = "principalSet://iam.googleapis.com/${google_iam_workload_identity_pool.aws.name}/attribute.aws_role/${var.aws_role}"
}

output "sync_env" {
  description = "The line for sync.env, which puts the credential file into function.json; there is no secret in it"
  value       = "SSOSYNC_GOOGLE_FEDERATION=${jsonencode(local.credentials)}\n"
}

output "credentials" {
  description = "The credential file itself, for GOOGLE_CREDENTIALS on a terminal that has this role"
  value       = local.credentials
}

output "service_account" {
  description = "Its address, to assign an admin role to, and its client ID, for domain-wide delegation"
  value = {
    email     = google_service_account.sync.email
    client_id = google_service_account.sync.unique_id
  }
}
