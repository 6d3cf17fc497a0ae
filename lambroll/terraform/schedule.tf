# EventBridge Scheduler calls the function with a role of its own. So the function needs no permission, and the schedule
# can be made, switched off, before there is a function.

resource "aws_scheduler_schedule_group" "this" {
  name = var.function_name
}

data "aws_iam_policy_document" "scheduler_trust" {
  statement {
    actions = ["sts:AssumeRole"]

    principals {
      type        = "Service"
      identifiers = ["scheduler.amazonaws.com"]
    }

    # Only schedules of this account, and only of this group: a schedule elsewhere cannot use the role.
    condition {
      test     = "StringEquals"
      variable = "aws:SourceAccount"
      values   = [local.account]
    }

    condition {
      test     = "ArnEquals"
      variable = "aws:SourceArn"
      values   = [aws_scheduler_schedule_group.this.arn]
    }
  }
}

resource "aws_iam_role" "scheduler" {
  name               = "${var.function_name}-scheduler"
  description        = "Starts the function ${var.function_name} on schedule"
  assume_role_policy = data.aws_iam_policy_document.scheduler_trust.json
}

data "aws_iam_policy_document" "scheduler" {
  statement {
    sid       = "StartRuns"
    actions   = ["lambda:InvokeFunction"]
    resources = ["${local.function_arn}:current"]
  }

  statement {
    sid       = "KeepWhatCouldNotBeHandedOver"
    actions   = ["sqs:SendMessage"]
    resources = [aws_sqs_queue.undelivered.arn]
  }
}

resource "aws_iam_role_policy" "scheduler" {
  name   = "start"
  role   = aws_iam_role.scheduler.id
  policy = data.aws_iam_policy_document.scheduler.json
}

# Events that never reached Lambda, with the reason in the message's attributes. Failed runs are not here.
resource "aws_sqs_queue" "undelivered" {
  name                      = "${var.function_name}-undelivered"
  message_retention_seconds = 1209600
  sqs_managed_sse_enabled   = true
}

resource "aws_scheduler_schedule" "this" {
  name                = var.function_name
  description         = "Google Workspace to IAM Identity Center"
  group_name          = aws_scheduler_schedule_group.this.name
  schedule_expression = "rate(${var.every_minutes} minutes)"
  state               = var.schedule_state

  flexible_time_window {
    mode = "OFF"
  }

  target {
    arn      = "${local.function_arn}:current"
    role_arn = aws_iam_role.scheduler.arn
    # The trigger tells these runs from all others: the alarm about missed runs counts no others.
    input = jsonencode({ action = "sync", trigger = "schedule" })

    # This is about handing over, not about running: it is tried again for as long as an event may wait.
    retry_policy {
      maximum_retry_attempts       = 3
      maximum_event_age_in_seconds = var.event_age_seconds
    }

    dead_letter_config {
      arn = aws_sqs_queue.undelivered.arn
    }
  }

  depends_on = [aws_iam_role_policy.scheduler]
}

# Leavers have a schedule of their own, so that neither a long run nor a broken group keeps one of them in.
resource "aws_scheduler_schedule" "leavers" {
  count = var.leavers_every_minutes > 0 ? 1 : 0

  name                = "${var.function_name}-leavers"
  description         = "Whoever has left Google Workspace is disabled in IAM Identity Center"
  group_name          = aws_scheduler_schedule_group.this.name
  schedule_expression = "rate(${var.leavers_every_minutes} minute${var.leavers_every_minutes == 1 ? "" : "s"})"
  state               = var.schedule_state

  flexible_time_window {
    mode = "OFF"
  }

  target {
    arn      = "${local.function_arn}:current"
    role_arn = aws_iam_role.scheduler.arn
    input    = jsonencode({ action = "leavers", trigger = "schedule" })

    # The next one comes before a repetition would, and an alarm tells when none does.
    retry_policy {
      maximum_retry_attempts       = 0
      maximum_event_age_in_seconds = 60
    }
  }

  depends_on = [aws_iam_role_policy.scheduler]
}
