# Ends what somebody who left still has open in accounts: roles they took on before a moment are denied everything there.
# Apply it by hand, in the management account or where the organization's policies are administered. Apply it today, with
# nobody listed: an attached policy is changed within minutes, and at night nobody wants to write a new one.
#
# It does not reach the management account (there, put the output into the inline policies of the permission sets that are
# assigned in it), other applications than AWS accounts, and whatever the person made: access keys, roles, key pairs.

terraform {
  required_version = ">= 1.11"

  required_providers {
    aws = {
      source  = "hashicorp/aws"
      version = ">= 6.45, < 7.0"
    }
  }
}

variable "user_ids" {
  description = "Whose sessions end, by their id in IAM Identity Center: targetId in the audit line. At most about 100."
  type        = set(string)
  default     = []

  validation {
    condition     = alltrue([for id in var.user_ids : can(regex("^([0-9a-f]{10}-)?[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$", id))])
    error_message = "Give ids of users as IAM Identity Center has them, not addresses."
  }
}

variable "began_before" {
  description = "Sessions that began before this moment end, such as 2026-11-28T14:00:00Z: when the last of them was disabled"
  type        = string
  default     = "2000-01-01T00:00:00Z"

  validation {
    condition     = can(timeadd(var.began_before, "0s"))
    error_message = "Give a time as 2026-11-28T14:00:00Z."
  }
}

variable "target_ids" {
  description = "Where it holds: the organization's root (r-…), or organizational units and accounts"
  type        = set(string)
}

locals {
  # A condition needs a value; nobody has this one.
  nobody   = "00000000-0000-0000-0000-000000000000"
  user_ids = length(var.user_ids) == 0 ? [local.nobody] : sort(var.user_ids)
}

data "aws_iam_policy_document" "end_sessions" {
  statement {
    sid       = "EndSessionsOfWhoeverLeft"
    effect    = "Deny"
    actions   = ["*"]
    resources = ["*"]

    # The id stays the same when a name or an address changes, and stands in every request of such a session.
    condition {
      test     = "StringEquals"
      variable = "identitystore:UserId"
      values   = local.user_ids
    }

    # Whoever comes back signs in again, and is not kept out by this.
    condition {
      test     = "DateLessThan"
      variable = "aws:TokenIssueTime"
      values   = [var.began_before]
    }
  }
}

resource "aws_organizations_policy" "end_sessions" {
  name        = "end-sessions"
  description = "Ends open role sessions of people who left"
  type        = "SERVICE_CONTROL_POLICY"
  content     = data.aws_iam_policy_document.end_sessions.minified_json
}

resource "aws_organizations_policy_attachment" "end_sessions" {
  for_each = var.target_ids

  policy_id = aws_organizations_policy.end_sessions.id
  target_id = each.value
}

output "inline_policy" {
  description = "The same, for the inline policies of permission sets that are assigned in the management account"
  value       = data.aws_iam_policy_document.end_sessions.minified_json
}
