# A customer key is optional, because AWS's own keys encrypt the same things. It lets you see every use in CloudTrail,
# and lock the function out by disabling one key.

locals {
  has_key = var.create_customer_key || var.customer_key_arn != null
  key_arn = var.create_customer_key ? one(aws_kms_key.this[*].arn) : var.customer_key_arn
}

resource "aws_kms_key" "this" {
  count = var.create_customer_key ? 1 : 0

  description             = "Secrets, log and alarms of ${var.function_name}"
  enable_key_rotation     = true
  deletion_window_in_days = 30
  policy                  = data.aws_iam_policy_document.key.json
}

resource "aws_kms_alias" "this" {
  count = var.create_customer_key ? 1 : 0

  name          = "alias/${var.function_name}"
  target_key_id = one(aws_kms_key.this[*].key_id)
}

data "aws_iam_policy_document" "key" {
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

  statement {
    sid       = "LogGroupIsEncrypted"
    actions   = ["kms:Decrypt*", "kms:Describe*", "kms:Encrypt*", "kms:GenerateDataKey*", "kms:ReEncrypt*"]
    resources = ["*"]

    principals {
      type        = "Service"
      identifiers = ["logs.${local.region}.${data.aws_partition.current.dns_suffix}"]
    }

    condition {
      test     = "ArnEquals"
      variable = "kms:EncryptionContext:aws:logs:arn"
      values   = [local.log_group_arn]
    }
  }

  statement {
    sid       = "AlarmsReachTheTopics"
    actions   = ["kms:Decrypt", "kms:GenerateDataKey*"]
    resources = ["*"]

    principals {
      type        = "Service"
      identifiers = ["cloudwatch.amazonaws.com"]
    }

    condition {
      test     = "StringEquals"
      variable = "aws:SourceAccount"
      values   = [local.account]
    }
  }
}
