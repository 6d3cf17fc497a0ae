# Who may call the function, and through which alias. Three roles may, each through one alias and no other way:
#
#   <function>-scheduler   current   EventBridge Scheduler
#   <function>-operator    current   people, every day: plans, runs, doctor, explain
#   <function>-approver    approve   approvals
#
# Unless APPROVE_QUALIFIER says otherwise, the function accepts an approval only when it was called through that
# alias. So whoever can become the approver can approve, and nobody else.
#
# The alias points at $LATEST, which is what lambroll deployed last, so it follows every deploy. If it pointed at a
# version it would stay behind: approvals would be judged by older code, and `lambroll deploy --keep-versions` could not
# remove that version. After `lambroll rollback`, $LATEST is still the newer code: deploy the older commit as well.

resource "aws_lambda_alias" "approve" {
  count = var.function_exists ? 1 : 0

  name             = var.approve_alias
  description      = "For approvals only: whoever may call it is the approver"
  function_name    = var.function_name
  function_version = "$LATEST"
}

locals {
  callers = {
    operator = {
      alias = "current"
      who   = var.operators
      may   = "Starts runs and plans of ${var.function_name} and reads its log, but approves nothing"
    }
    approver = {
      alias = var.approve_alias
      who   = var.approvers
      may   = "Approves what waits in ${var.function_name}, through an alias of its own"
    }
  }

  # Which roles may become each of them. The role of a permission set has a Region in its path, unless IAM Identity
  # Center is in us-east-1, and ends in 16 characters that cannot be predicted. 16 question marks fit no other
  # permission set whose name merely begins the same: its role would have more characters there.
  principal_arns = {
    for role, caller in local.callers : role => concat(
      sort(caller.who.role_arns),
      flatten([
        for set in sort(caller.who.permission_sets) : [
          for path in ["", "*/"] : format(
            "arn:%s:iam::%s:role/aws-reserved/sso.amazonaws.com/%sAWSReservedSSO_%s_????????????????",
            local.partition, split("/", set)[0], path, split("/", set)[1],
          )
        ]
      ]),
    )
  }

  caller_roles = { for role, arns in local.principal_arns : role => local.callers[role] if length(arns) > 0 }
}

# ------------------------------------------------------------------------------------- the operator and the approver

data "aws_iam_policy_document" "caller_trust" {
  for_each = local.caller_roles

  # An account alone would let everybody in it take on the role, so the condition names the roles.
  statement {
    actions = ["sts:AssumeRole"]

    principals {
      type = "AWS"
      identifiers = distinct([
        for arn in local.principal_arns[each.key] : "arn:${local.partition}:iam::${split(":", arn)[4]}:root"
      ])
    }

    condition {
      test     = "ArnLike"
      variable = "aws:PrincipalArn"
      values   = local.principal_arns[each.key]
    }
  }
}

data "aws_iam_policy_document" "caller" {
  for_each = local.caller_roles

  statement {
    sid       = "CallThroughOneAlias"
    actions   = ["lambda:InvokeFunction"]
    resources = ["${local.function_arn}:${each.value.alias}"]
  }

  # An old version has older code and settings, and may accept approvals from anybody. So does another alias. This also
  # holds when somebody gives the role more rights, and in the management account, where no service control policy does.
  statement {
    sid           = "CallNothingElse"
    effect        = "Deny"
    actions       = ["lambda:InvokeAsync", "lambda:InvokeFunction", "lambda:InvokeFunctionUrl"]
    not_resources = ["${local.function_arn}:${each.value.alias}"]
  }

  dynamic "statement" {
    for_each = each.key == "operator" ? [local.log_group_arn] : []

    content {
      sid       = "ReadTheLog"
      actions   = ["logs:FilterLogEvents"]
      resources = ["${statement.value}:*"]
    }
  }
}

resource "aws_iam_role" "caller" {
  for_each = local.caller_roles

  name                 = "${var.function_name}-${each.key}"
  description          = each.value.may
  assume_role_policy   = data.aws_iam_policy_document.caller_trust[each.key].json
  max_session_duration = 3600
}

resource "aws_iam_role_policy" "caller" {
  for_each = local.caller_roles

  name   = "call"
  role   = aws_iam_role.caller[each.key].id
  policy = data.aws_iam_policy_document.caller[each.key].json
}

# ------------------------------------------------------------------------------------------------- everybody else

# Administrators may call any function through any alias and any version. This takes it away from everybody but the
# three roles. Its text is the output deny_direct_calls, for a service control policy. Service control policies do not
# reach the management account: there, attach the policy to the administrators' roles, and put its text into the inline
# policies of their permission sets.
data "aws_iam_policy_document" "deny_direct_calls" {
  statement {
    sid       = "OnlyItsRolesCallTheFunction"
    effect    = "Deny"
    actions   = ["lambda:InvokeAsync", "lambda:InvokeFunction", "lambda:InvokeFunctionUrl"]
    resources = [local.function_arn, "${local.function_arn}:*"]

    condition {
      test     = "ArnNotEquals"
      variable = "aws:PrincipalArn"
      values = concat([aws_iam_role.scheduler.arn], [
        for role in sort(keys(local.callers)) : "arn:${local.partition}:iam::${local.account}:role/${var.function_name}-${role}"
      ])
    }
  }
}

resource "aws_iam_policy" "deny_direct_calls" {
  name        = "${var.function_name}-deny-direct-calls"
  description = "Nobody calls ${var.function_name} directly, only through its operator and approver roles"
  policy      = data.aws_iam_policy_document.deny_direct_calls.json
}
