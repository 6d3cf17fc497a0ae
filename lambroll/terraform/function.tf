# What the function needs. lambroll makes the function itself, its versions and its alias "current". Terraform only
# names them as text, so this can be applied before there is a function.

data "aws_caller_identity" "current" {}

data "aws_partition" "current" {}

data "aws_region" "current" {}

locals {
  account   = data.aws_caller_identity.current.account_id
  partition = data.aws_partition.current.partition
  region    = data.aws_region.current.region

  function_arn   = "arn:${local.partition}:lambda:${local.region}:${local.account}:function:${var.function_name}"
  log_group_name = "/aws/lambda/${var.function_name}"
  log_group_arn  = "arn:${local.partition}:logs:${local.region}:${local.account}:log-group:${local.log_group_name}"
}

resource "aws_cloudwatch_log_group" "function" {
  name              = local.log_group_name
  retention_in_days = var.log_retention_days
  kms_key_id        = local.key_arns.alarms

  # The record of every change outlives the function: `terraform destroy` leaves it, and nothing else can delete it.
  deletion_protection_enabled = true
  skip_destroy                = true
}

# ------------------------------------------------------------------------------------------------- the function's role

data "aws_iam_policy_document" "function_trust" {
  statement {
    actions = ["sts:AssumeRole"]

    principals {
      type        = "Service"
      identifiers = ["lambda.amazonaws.com"]
    }
  }
}

resource "aws_iam_role" "function" {
  name               = var.function_name
  description        = "Runs the function ${var.function_name}"
  assume_role_policy = data.aws_iam_policy_document.function_trust.json
}

# Exactly what the code calls; tally.tf has two more rights. Everything is written over SCIM, with the token and not with
# this role.
data "aws_iam_policy_document" "function" {
  # Somebody could give this role to a function of their own and read the secrets there. Lambda tells each service which
  # function a call comes from; a call that does not say it is denied too. The exceptions are what Lambda itself does
  # before a run, when it names no function: it decrypts the settings and, in a VPC, makes network interfaces.
  statement {
    sid         = "NoOtherFunctionUsesThisRole"
    effect      = "Deny"
    not_actions = ["ec2:*", "kms:Decrypt"]
    resources   = ["*"]

    condition {
      test     = "ArnNotEquals"
      variable = "lambda:SourceFunctionArn"
      values   = [local.function_arn]
    }
  }

  statement {
    sid       = "ReadTheFourSecrets"
    actions   = ["secretsmanager:GetSecretValue"]
    resources = values(aws_secretsmanager_secret.this)[*].arn
  }

  statement {
    sid       = "WriteTheLog"
    actions   = ["logs:CreateLogStream", "logs:PutLogEvents"]
    resources = ["${local.log_group_arn}:*"]
  }

  # "*", because the store is found at run time, and belongs to another account when this one is a delegated
  # administrator.
  statement {
    sid = "ReadIdentityCenter"
    actions = [
      "identitystore:DescribeGroup",
      "identitystore:DescribeUser",
      "identitystore:ListGroupMemberships",
      "identitystore:ListGroupMembershipsForMember",
      "identitystore:ListGroups",
      "identitystore:ListUsers",
      "sso:ListInstances",
    ]
    resources = ["*"]
  }

  # Reading alone: what users and groups may enter in which accounts is shown with a change, and never changed. "*" for
  # the same reasons; an application of account access manager is found at run time too.
  dynamic "statement" {
    for_each = var.read_assignments ? ["*"] : []

    content {
      sid = "ReadWhatIsAssigned"
      actions = [
        "account-access:ListApplications",
        "account-access:ListEntitlements",
        "organizations:ListAccounts",
        "sso:DescribePermissionSet",
        "sso:ListAccountAssignments",
        "sso:ListAccountAssignmentsForPrincipal",
        "sso:ListAccountsForProvisionedPermissionSet",
        "sso:ListManagedPoliciesInPermissionSet",
        "sso:ListPermissionSets",
      ]
      resources = ["*"]
    }
  }

  # The doctor compares the code behind the two aliases: whoever approves has to see what the schedule told.
  statement {
    sid       = "SeeWhatTheAliasesLeadTo"
    actions   = ["lambda:GetFunctionConfiguration"]
    resources = [for alias in ["current", var.approve_alias] : "${local.function_arn}:${alias}"]
  }

  dynamic "statement" {
    for_each = local.has_keys ? [local.key_arns.secrets] : []

    content {
      sid       = "DecryptTheSecrets"
      actions   = ["kms:Decrypt"]
      resources = [statement.value]

      condition {
        test     = "StringEquals"
        variable = "kms:ViaService"
        values = [
          "secretsmanager.${local.region}.${data.aws_partition.current.dns_suffix}",
          "ssm.${local.region}.${data.aws_partition.current.dns_suffix}",
        ]
      }
    }
  }

  dynamic "statement" {
    for_each = length(var.parameter_arns) == 0 ? [] : [var.parameter_arns]

    content {
      sid       = "ReadParameters"
      actions   = ["ssm:GetParameter"]
      resources = statement.value
    }
  }
}

resource "aws_iam_role_policy" "function" {
  name   = "run"
  role   = aws_iam_role.function.id
  policy = data.aws_iam_policy_document.function.json
}

# ---------------------------------------------------------------------------------- after the first lambroll deploy

# Lambda does not repeat a run that failed: the next one is minutes away, and starts from what it finds.
resource "aws_lambda_function_event_invoke_config" "current" {
  count = var.function_exists ? 1 : 0

  function_name                = var.function_name
  qualifier                    = "current"
  maximum_retry_attempts       = 0
  maximum_event_age_in_seconds = var.event_age_seconds
}
