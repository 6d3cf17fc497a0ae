# Who called the function: an option, because not everybody wants another trail. CloudTrail writes one event for each
# call, with the caller and the request id that is also in every audit line. The query that joins the two is in
# ../README.md. A trail needs a bucket; the query needs a log group.

locals {
  trail_name = "${var.function_name}-calls"
  trail      = var.record_calls ? { calls = local.trail_name } : {}
  trail_arn  = "arn:${local.partition}:cloudtrail:${local.region}:${local.account}:trail/${local.trail_name}"

  calls_log_group_name = "/aws/cloudtrail/${local.trail_name}"
  calls_log_group_arn  = "arn:${local.partition}:logs:${local.region}:${local.account}:log-group:${local.calls_log_group_name}"
}

resource "aws_cloudtrail" "this" {
  for_each = local.trail

  name                          = each.value
  s3_bucket_name                = aws_s3_bucket.calls[each.key].id
  cloud_watch_logs_group_arn    = "${aws_cloudwatch_log_group.calls[each.key].arn}:*"
  cloud_watch_logs_role_arn     = aws_iam_role.trail[each.key].arn
  enable_log_file_validation    = true
  include_global_service_events = false
  is_multi_region_trail         = false

  advanced_event_selector {
    name = "Calls of ${var.function_name}"

    field_selector {
      field  = "eventCategory"
      equals = ["Data"]
    }

    field_selector {
      field  = "resources.type"
      equals = ["AWS::Lambda::Function"]
    }

    # Without a version or an alias: CloudTrail names the function, whatever it was called through.
    field_selector {
      field  = "resources.ARN"
      equals = [local.function_arn]
    }
  }

  depends_on = [aws_s3_bucket_policy.calls, aws_iam_role_policy.trail]
}

# ------------------------------------------------------------------------------------------------------- the log group

resource "aws_cloudwatch_log_group" "calls" {
  for_each = local.trail

  name                        = local.calls_log_group_name
  retention_in_days           = var.log_retention_days
  kms_key_id                  = local.key_arns.alarms
  deletion_protection_enabled = true
  skip_destroy                = true
}

data "aws_iam_policy_document" "trail_trust" {
  statement {
    actions = ["sts:AssumeRole"]

    principals {
      type        = "Service"
      identifiers = ["cloudtrail.amazonaws.com"]
    }

    condition {
      test     = "ArnEquals"
      variable = "aws:SourceArn"
      values   = [local.trail_arn]
    }
  }
}

data "aws_iam_policy_document" "trail" {
  for_each = local.trail

  statement {
    sid       = "WriteTheCalls"
    actions   = ["logs:CreateLogStream", "logs:PutLogEvents"]
    resources = ["${aws_cloudwatch_log_group.calls[each.key].arn}:*"]
  }
}

resource "aws_iam_role" "trail" {
  for_each = local.trail

  name               = "${var.function_name}-trail"
  description        = "Writes who called ${var.function_name} into a log group"
  assume_role_policy = data.aws_iam_policy_document.trail_trust.json
}

resource "aws_iam_role_policy" "trail" {
  for_each = local.trail

  name   = "write"
  role   = aws_iam_role.trail[each.key].id
  policy = data.aws_iam_policy_document.trail[each.key].json
}

# ---------------------------------------------------------------------------------------------------------- the bucket

resource "aws_s3_bucket" "calls" {
  for_each = local.trail

  # A bucket's name has no capitals and no underscores; AWS completes it so that it is the only one of its name.
  bucket_prefix = "${substr(lower(replace(each.value, "_", "-")), 0, 36)}-"
}

resource "aws_s3_bucket_public_access_block" "calls" {
  for_each = local.trail

  bucket                  = aws_s3_bucket.calls[each.key].id
  block_public_acls       = true
  block_public_policy     = true
  ignore_public_acls      = true
  restrict_public_buckets = true
}

resource "aws_s3_bucket_lifecycle_configuration" "calls" {
  for_each = local.trail

  bucket = aws_s3_bucket.calls[each.key].id

  rule {
    id     = "as-long-as-the-log"
    status = "Enabled"

    filter {}

    expiration {
      days = var.log_retention_days
    }
  }
}

data "aws_iam_policy_document" "bucket" {
  for_each = local.trail

  statement {
    sid       = "TheTrailChecksTheBucket"
    actions   = ["s3:GetBucketAcl"]
    resources = [aws_s3_bucket.calls[each.key].arn]

    principals {
      type        = "Service"
      identifiers = ["cloudtrail.amazonaws.com"]
    }

    condition {
      test     = "ArnEquals"
      variable = "aws:SourceArn"
      values   = [local.trail_arn]
    }
  }

  statement {
    sid       = "TheTrailWrites"
    actions   = ["s3:PutObject"]
    resources = ["${aws_s3_bucket.calls[each.key].arn}/AWSLogs/${local.account}/*"]

    principals {
      type        = "Service"
      identifiers = ["cloudtrail.amazonaws.com"]
    }

    condition {
      test     = "ArnEquals"
      variable = "aws:SourceArn"
      values   = [local.trail_arn]
    }

    condition {
      test     = "StringEquals"
      variable = "s3:x-amz-acl"
      values   = ["bucket-owner-full-control"]
    }
  }
}

resource "aws_s3_bucket_policy" "calls" {
  for_each = local.trail

  bucket = aws_s3_bucket.calls[each.key].id
  policy = data.aws_iam_policy_document.bucket[each.key].json

  depends_on = [aws_s3_bucket_public_access_block.calls]
}
