# Approving is a right of its own. With APPROVE_QUALIFIER=approve in function.json, the function accepts an approval
# only when it was called through this alias, and IAM decides who may call it.
#
# The alias points at $LATEST, which is what lambroll deployed last, so it follows every deploy. If it pointed at a
# version it would stay behind: approvals would be judged by older code, and `lambroll deploy --keep-versions` could
# not remove that version. After `lambroll rollback`, $LATEST is still the newer code: deploy the older commit as well.

resource "aws_lambda_alias" "approve" {
  count = var.function_exists ? 1 : 0

  name             = var.approve_alias
  description      = "For approvals only: whoever may call it is the approver"
  function_name    = var.function_name
  function_version = "$LATEST"
}

# ------------------------------------------------------------------------------------------------ the everyday right

data "aws_iam_policy_document" "operate" {
  statement {
    sid       = "StartRunsAndPlans"
    actions   = ["lambda:InvokeFunction"]
    resources = ["${local.function_arn}:current"]
  }

  statement {
    sid       = "ReadTheLog"
    actions   = ["logs:FilterLogEvents"]
    resources = ["${local.log_group_arn}:*"]
  }
}

resource "aws_iam_policy" "operate" {
  name        = "${var.function_name}-operate"
  description = "Start runs and plans of ${var.function_name}, read its log, approve nothing"
  policy      = data.aws_iam_policy_document.operate.json
}

resource "aws_iam_role_policy_attachment" "operate" {
  for_each = var.operator_role_names

  role       = each.value
  policy_arn = aws_iam_policy.operate.arn
}

# ------------------------------------------------------------------------------------------------------ the approver

locals {
  approver_role_name = "${var.function_name}-approver"
  approver_role_arn  = "arn:${local.partition}:iam::${local.account}:role/${local.approver_role_name}"
  has_approver       = length(var.approver_principal_arns) > 0
}

data "aws_iam_policy_document" "approver_trust" {
  count = local.has_approver ? 1 : 0

  # An account alone would let everybody in it become the approver, so the condition names the roles.
  statement {
    actions = ["sts:AssumeRole"]

    principals {
      type = "AWS"
      identifiers = distinct([
        for arn in var.approver_principal_arns : "arn:${local.partition}:iam::${split(":", arn)[4]}:root"
      ])
    }

    condition {
      test     = "ArnLike"
      variable = "aws:PrincipalArn"
      values   = var.approver_principal_arns
    }
  }
}

data "aws_iam_policy_document" "approve" {
  statement {
    sid       = "Approve"
    actions   = ["lambda:InvokeFunction"]
    resources = ["${local.function_arn}:${var.approve_alias}"]
  }
}

resource "aws_iam_role" "approver" {
  count = local.has_approver ? 1 : 0

  name                 = local.approver_role_name
  description          = "Approves what waits in ${var.function_name}, and nothing else"
  assume_role_policy   = one(data.aws_iam_policy_document.approver_trust[*].json)
  max_session_duration = 3600
}

resource "aws_iam_role_policy" "approver" {
  count = local.has_approver ? 1 : 0

  name   = "approve"
  role   = one(aws_iam_role.approver[*].id)
  policy = data.aws_iam_policy_document.approve.json
}

# Administrators may call any function, and so this alias too. As a service control policy, or as a statement in their
# permission sets, this leaves the right to the approver alone. The output deny_other_approvers is its text.
data "aws_iam_policy_document" "deny_other_approvers" {
  statement {
    sid       = "OnlyTheApproverApproves"
    effect    = "Deny"
    actions   = ["lambda:InvokeFunction"]
    resources = ["${local.function_arn}:${var.approve_alias}"]

    condition {
      test     = "ArnNotEquals"
      variable = "aws:PrincipalArn"
      values   = [local.approver_role_arn]
    }
  }
}
