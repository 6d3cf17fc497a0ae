# There are two urgencies. A page: access is not being taken away, or soon will not be. A ticket: somebody has to look,
# tomorrow. ../README.md says what each alarm means and what to do.

locals {
  run_seconds = var.every_minutes * 60

  # "ssosync" is the namespace of the function's own metrics. Every run that gets as far as its summary writes them.
  of_runs      = { Function = var.function_name }
  of_alias     = { FunctionName = var.function_name, Resource = "${var.function_name}:current" }
  of_function  = { FunctionName = var.function_name }
  of_queue     = { QueueName = aws_sqs_queue.undelivered.name }
  is_scheduled = var.schedule_state == "ENABLED"

  alarms = {
    failed = {
      urgency     = "page"
      description = "Runs fail, so access may not be taken away. The reason is in the log line with summary = true."
      namespace   = "ssosync"
      metric      = "RunFailed"
      dimensions  = local.of_runs
      statistic   = "Sum"
      comparison  = "GreaterThanOrEqualToThreshold"
      threshold   = 1
      period      = local.run_seconds
      periods     = var.failed_runs_to_page
      missing     = "notBreaching"
      enabled     = true
    }

    # Each run that ends counts here when the schedule started it; runs by hand do not hide that the schedule is off.
    # There are too few also when the function is killed, is throttled, cannot start, or is not called at all.
    missed = {
      urgency     = "page"
      description = "No scheduled run has ended for a while: the schedule is off or broken, or the function cannot start or finish."
      namespace   = "ssosync"
      metric      = "Scheduled"
      dimensions  = local.of_runs
      statistic   = "Sum"
      comparison  = "LessThanThreshold"
      threshold   = 1
      period      = local.run_seconds
      # One more, because runs do not start on the edges of periods.
      periods = var.missed_runs_to_page + 1
      missing = "breaching"
      enabled = local.is_scheduled
    }

    refused = {
      urgency     = "page"
      description = "Google or a setting cannot be right, so nothing but leavers was done, or leavers wait. Look at the plan, then approve it or correct it."
      namespace   = "ssosync"
      metric      = "RunRefused"
      dimensions  = local.of_runs
      statistic   = "Sum"
      comparison  = "GreaterThanOrEqualToThreshold"
      threshold   = 1
      period      = local.run_seconds
      periods     = 1
      missing     = "notBreaching"
      enabled     = true
    }

    # Ten silent minutes in a row, whether the looks are one minute apart or five.
    leavers-missed = {
      urgency     = "page"
      description = "For ten minutes, no look for leavers has succeeded, so somebody who left may still sign in."
      namespace   = "ssosync"
      metric      = "LeaversSucceeded"
      dimensions  = local.of_runs
      statistic   = "Sum"
      comparison  = "LessThanThreshold"
      threshold   = 1
      period      = 60
      periods     = 10
      missing     = "breaching"
      enabled     = local.is_scheduled && var.leavers_every_minutes > 0
    }

    # Every run and every look says how many there are, so the last word holds until the next.
    leavers-waiting = {
      urgency     = "page"
      description = "Somebody who left can still sign in: more have left in 24 hours than MAX_LEAVERS allows, or Google does not say. Look, then approve."
      namespace   = "ssosync"
      metric      = "LeaversWaiting"
      dimensions  = local.of_runs
      statistic   = "Maximum"
      comparison  = "GreaterThanOrEqualToThreshold"
      threshold   = 1
      period      = 60
      periods     = 1
      missing     = "ignore"
      enabled     = true
    }

    token-last-week = {
      urgency     = "page"
      description = "The SCIM access token expires within a week. After that no run can write."
      namespace   = "ssosync"
      metric      = "TokenAgeDays"
      dimensions  = local.of_runs
      statistic   = "Maximum"
      comparison  = "GreaterThanOrEqualToThreshold"
      threshold   = 358
      period      = 86400
      periods     = 1
      missing     = "ignore"
      enabled     = true
    }

    token-last-month = {
      urgency     = "ticket"
      description = "The SCIM access token expires within 30 days. Make a second one, store it, delete the first."
      namespace   = "ssosync"
      metric      = "TokenAgeDays"
      dimensions  = local.of_runs
      statistic   = "Maximum"
      comparison  = "GreaterThanOrEqualToThreshold"
      threshold   = 335
      period      = 86400
      periods     = 1
      missing     = "ignore"
      enabled     = true
    }

    # The minimum of an hour is 1 when every run in it ended so: one good run in a day, and there is no ticket.
    attention = {
      urgency     = "ticket"
      description = "For a day, every run has left something that waits for a person: an approval, a held removal, a conflict."
      namespace   = "ssosync"
      metric      = "RunAttention"
      dimensions  = local.of_runs
      statistic   = "Minimum"
      comparison  = "GreaterThanOrEqualToThreshold"
      threshold   = 1
      period      = max(3600, local.run_seconds)
      periods     = floor(86400 / max(3600, local.run_seconds))
      missing     = "ignore"
      enabled     = true
    }

    # An approval may come at night; what has waited for a whole day is forgotten.
    waiting = {
      urgency     = "ticket"
      description = "Something has been waiting for an approval for a day. The last summary has its id and a sentence."
      namespace   = "ssosync"
      metric      = "Waiting"
      dimensions  = local.of_runs
      statistic   = "Minimum"
      comparison  = "GreaterThanOrEqualToThreshold"
      threshold   = 1
      period      = max(3600, local.run_seconds)
      periods     = floor(86400 / max(3600, local.run_seconds))
      missing     = "ignore"
      enabled     = true
    }

    # Whoever is answerable for access learns of every exception, also when they did not make it.
    approvals-given = {
      urgency     = "ticket"
      description = "An approval was carried out. The audit line approval.given has what it let through, and the request id that leads to the caller."
      namespace   = "ssosync"
      metric      = "ApprovalsGiven"
      dimensions  = local.of_runs
      statistic   = "Sum"
      comparison  = "GreaterThanOrEqualToThreshold"
      threshold   = 1
      period      = 300
      periods     = 1
      missing     = "notBreaching"
      enabled     = true
    }

    # Within every budget, and still more than usual: somebody should know.
    removals = {
      urgency     = "ticket"
      description = "More access was taken away in a day than is usual here. The audit lines of the day say from whom."
      namespace   = "ssosync"
      metric      = "Removals"
      dimensions  = local.of_runs
      statistic   = "Sum"
      comparison  = "GreaterThanThreshold"
      threshold   = var.usual_removals_a_day
      period      = 86400
      periods     = 1
      missing     = "notBreaching"
      enabled     = true
    }

    incomplete = {
      urgency     = "ticket"
      description = "For three hours, no run has finished its work in the time it has."
      namespace   = "ssosync"
      metric      = "RunIncomplete"
      dimensions  = local.of_runs
      statistic   = "Minimum"
      comparison  = "GreaterThanOrEqualToThreshold"
      threshold   = 1
      period      = max(3600, local.run_seconds)
      periods     = 3
      missing     = "notBreaching"
      enabled     = true
    }

    unmanaged = {
      urgency     = "ticket"
      description = "For a day, there have been users made by hand, or ignored, who can sign in although Google has no active account for them."
      namespace   = "ssosync"
      metric      = "UnmanagedToLookAt"
      dimensions  = local.of_runs
      statistic   = "Minimum"
      comparison  = "GreaterThanOrEqualToThreshold"
      threshold   = 1
      period      = max(3600, local.run_seconds)
      periods     = floor(86400 / max(3600, local.run_seconds))
      missing     = "ignore"
      enabled     = true
    }

    slow = {
      urgency     = "ticket"
      description = "A run took more than four fifths of the time it has (Timeout in function.json)."
      namespace   = "AWS/Lambda"
      metric      = "Duration"
      dimensions  = local.of_alias
      statistic   = "Maximum"
      comparison  = "GreaterThanThreshold"
      threshold   = var.function_timeout_seconds * 1000 * 0.8
      period      = 3600
      periods     = 1
      missing     = "notBreaching"
      enabled     = true
    }

    # A run that is still busy when the next is due causes throttling for a while. All day long is another matter.
    throttled = {
      urgency     = "ticket"
      description = "For three hours, runs have had to wait for one another, or the account is out of concurrency."
      namespace   = "AWS/Lambda"
      metric      = "Throttles"
      dimensions  = local.of_function
      statistic   = "Sum"
      comparison  = "GreaterThanOrEqualToThreshold"
      threshold   = 1
      period      = 3600
      periods     = 3
      missing     = "notBreaching"
      enabled     = true
    }

    undelivered = {
      urgency     = "ticket"
      description = "The schedule could not hand an event to the function. The message in the queue has the reason."
      namespace   = "AWS/SQS"
      metric      = "ApproximateNumberOfMessagesVisible"
      dimensions  = local.of_queue
      statistic   = "Maximum"
      comparison  = "GreaterThanOrEqualToThreshold"
      threshold   = 1
      period      = 3600
      periods     = 1
      missing     = "notBreaching"
      enabled     = true
    }
  }
}

resource "aws_cloudwatch_metric_alarm" "this" {
  for_each = local.alarms

  alarm_name          = "${var.function_name}-${each.key}"
  alarm_description   = each.value.description
  namespace           = each.value.namespace
  metric_name         = each.value.metric
  dimensions          = each.value.dimensions
  statistic           = each.value.statistic
  comparison_operator = each.value.comparison
  threshold           = each.value.threshold
  period              = each.value.period
  evaluation_periods  = each.value.periods
  treat_missing_data  = each.value.missing
  actions_enabled     = each.value.enabled
  alarm_actions       = [aws_sns_topic.this[each.value.urgency].arn]
  ok_actions          = each.value.urgency == "page" ? [aws_sns_topic.this["page"].arn] : []
}

# ------------------------------------------------------------------------------------------------------------ topics

locals {
  topics = {
    page   = "What cannot wait"
    ticket = "What can wait until tomorrow"
  }
}

resource "aws_sns_topic" "this" {
  for_each = local.topics

  name              = "${var.function_name}-${each.key}"
  display_name      = "${var.function_name}: ${each.value}"
  kms_master_key_id = local.key_arns.alarms
}

data "aws_iam_policy_document" "topic" {
  for_each = local.topics

  statement {
    sid       = "AlarmsOfThisAccount"
    actions   = ["sns:Publish"]
    resources = [aws_sns_topic.this[each.key].arn]

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

  # Without a condition, because EventBridge tells a topic nothing that one could ask about (its guide says so): with one,
  # no message would ever arrive.
  dynamic "statement" {
    for_each = each.key == "ticket" && var.notify ? [aws_sns_topic.this[each.key].arn] : []

    content {
      sid       = "MessagesOfTheFunction"
      actions   = ["sns:Publish"]
      resources = [statement.value]

      principals {
        type        = "Service"
        identifiers = ["events.amazonaws.com"]
      }
    }
  }
}

resource "aws_sns_topic_policy" "this" {
  for_each = local.topics

  arn    = aws_sns_topic.this[each.key].arn
  policy = data.aws_iam_policy_document.topic[each.key].json
}

resource "aws_sns_topic_subscription" "page" {
  for_each = var.page_emails

  topic_arn = aws_sns_topic.this["page"].arn
  protocol  = "email"
  endpoint  = each.value
}

resource "aws_sns_topic_subscription" "ticket" {
  for_each = var.ticket_emails

  topic_arn = aws_sns_topic.this["ticket"].arn
  protocol  = "email"
  endpoint  = each.value
}
