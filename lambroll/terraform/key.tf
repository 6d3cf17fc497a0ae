# Customer keys are optional, because AWS's own keys encrypt the same things. They let you see every use in CloudTrail,
# and lock the function out of its secrets by disabling one key. There are two, so that this does not silence the log and
# the alarms as well.

locals {
  keys = {
    secrets = "Secrets of ${var.function_name}"
    alarms  = "Log and alarms of ${var.function_name}"
  }

  made_keys = var.create_customer_keys ? local.keys : {}
  has_keys  = var.create_customer_keys || var.customer_key_arns != null
  key_arns = merge(
    { for name in keys(local.keys) : name => try(var.customer_key_arns[name], null) },
    { for name, key in aws_kms_key.this : name => key.arn },
  )
}

resource "aws_kms_key" "this" {
  for_each = local.made_keys

  description             = each.value
  enable_key_rotation     = true
  deletion_window_in_days = 30
  policy                  = data.aws_iam_policy_document.key[each.key].json
}

resource "aws_kms_alias" "this" {
  for_each = local.made_keys

  name          = "alias/${var.function_name}-${each.key}"
  target_key_id = aws_kms_key.this[each.key].key_id
}

data "aws_iam_policy_document" "key" {
  for_each = local.keys

  # Without this nobody could ever change the key again. It also makes the policy of the function's role count.
  statement {
    sid       = "AccountAdministersTheKey"
    actions   = ["kms:*"]
    resources = ["*"]

    principals {
      type        = "AWS"
      identifiers = ["arn:${local.partition}:iam::${local.account}:root"]
    }
  }

  dynamic "statement" {
    for_each = each.key == "alarms" ? ["logs.${local.region}.${data.aws_partition.current.dns_suffix}"] : []

    content {
      sid       = "LogGroupsAreEncrypted"
      actions   = ["kms:Decrypt*", "kms:Describe*", "kms:Encrypt*", "kms:GenerateDataKey*", "kms:ReEncrypt*"]
      resources = ["*"]

      principals {
        type        = "Service"
        identifiers = [statement.value]
      }

      condition {
        test     = "ArnEquals"
        variable = "kms:EncryptionContext:aws:logs:arn"
        values   = [local.log_group_arn, local.calls_log_group_arn]
      }
    }
  }

  dynamic "statement" {
    for_each = each.key == "alarms" ? ["cloudwatch.amazonaws.com"] : []

    content {
      sid       = "AlarmsReachTheTopics"
      actions   = ["kms:Decrypt", "kms:GenerateDataKey*"]
      resources = ["*"]

      principals {
        type        = "Service"
        identifiers = [statement.value]
      }

      condition {
        test     = "StringEquals"
        variable = "aws:SourceAccount"
        values   = [local.account]
      }
    }
  }

  # As for the topic itself: without a condition.
  dynamic "statement" {
    for_each = each.key == "alarms" && var.notify ? ["events.amazonaws.com"] : []

    content {
      sid       = "MessagesReachTheTopic"
      actions   = ["kms:Decrypt", "kms:GenerateDataKey*"]
      resources = ["*"]

      principals {
        type        = "Service"
        identifiers = [statement.value]
      }
    }
  }
}
