# A month at a glance: how the runs of each day ended, what they changed, what waits, and the changes themselves.

locals {
  day        = 86400
  of_run     = ["Function", var.function_name]
  of_current = ["FunctionName", var.function_name, "Resource", "${var.function_name}:current"]

  widgets = [
    {
      title   = "Runs by how they ended, each day"
      stacked = true
      stat    = "Sum"
      metrics = [
        concat(["ssosync", "RunSucceeded"], local.of_run, [{ color = "#2ca02c" }]),
        concat(["ssosync", "RunAttention"], local.of_run, [{ color = "#bcbd22" }]),
        concat(["ssosync", "RunIncomplete"], local.of_run, [{ color = "#1f77b4" }]),
        concat(["ssosync", "RunRefused"], local.of_run, [{ color = "#ff7f0e" }]),
        concat(["ssosync", "RunFailed"], local.of_run, [{ color = "#d62728" }]),
      ]
    },
    {
      title   = "Changes each day, and those that took access away"
      stacked = false
      stat    = "Sum"
      metrics = [
        concat(["ssosync", "Applied"], local.of_run, [{}]),
        concat(["ssosync", "Removals"], local.of_run, [{}]),
        concat(["ssosync", "Failed"], local.of_run, [{}]),
        concat(["ssosync", "ApprovalsGiven"], local.of_run, [{}]),
      ]
    },
    {
      title   = "Leavers disabled each day, and the most who waited"
      stacked = false
      stat    = "Sum"
      metrics = [
        concat(["ssosync", "Leavers"], local.of_run, [{}]),
        concat(["ssosync", "LeaversWaiting"], local.of_run, [{ stat = "Maximum" }]),
      ]
    },
    {
      title   = "Looks for leavers each day, by how they ended"
      stacked = true
      stat    = "Sum"
      metrics = [
        concat(["ssosync", "LeaversSucceeded"], local.of_run, [{ color = "#2ca02c" }]),
        concat(["ssosync", "LeaversFailed"], local.of_run, [{ color = "#d62728" }]),
      ]
    },
    {
      title   = "Users and groups that are managed"
      stacked = false
      stat    = "Maximum"
      metrics = [
        concat(["ssosync", "Users"], local.of_run, [{}]),
        concat(["ssosync", "Groups"], local.of_run, [{ yAxis = "right" }]),
      ]
    },
    {
      title   = "What waits for a person"
      stacked = false
      stat    = "Maximum"
      metrics = [
        concat(["ssosync", "Held"], local.of_run, [{}]),
        concat(["ssosync", "Waiting"], local.of_run, [{}]),
        concat(["ssosync", "UnmanagedToLookAt"], local.of_run, [{}]),
      ]
    },
    {
      title   = "Longest run of the day, in milliseconds"
      stacked = false
      stat    = "Maximum"
      metrics = [
        concat(["ssosync", "Duration"], local.of_run, [{ label = "by its own clock" }]),
        concat(["AWS/Lambda", "Duration"], local.of_current, [{ label = "by Lambda's" }]),
      ]
    },
    {
      title   = "Age of the SCIM token in days; it is valid for 365"
      stacked = false
      stat    = "Maximum"
      metrics = [
        concat(["ssosync", "TokenAgeDays"], local.of_run, [{}]),
      ]
    },
    {
      title   = "Lambda: calls, errors, throttles, events dropped"
      stacked = false
      stat    = "Sum"
      metrics = [
        concat(["AWS/Lambda", "Invocations"], local.of_current, [{}]),
        concat(["AWS/Lambda", "Errors"], local.of_current, [{}]),
        ["AWS/Lambda", "Throttles", "FunctionName", var.function_name, {}],
        concat(["AWS/Lambda", "AsyncEventsDropped"], local.of_current, [{}]),
      ]
    },
    {
      title   = "Scheduler: attempts, errors, dropped events, and full runs that came of it"
      stacked = false
      stat    = "Sum"
      metrics = [
        ["AWS/Scheduler", "InvocationAttemptCount", "ScheduleGroup", aws_scheduler_schedule_group.this.name, {}],
        ["AWS/Scheduler", "TargetErrorCount", "ScheduleGroup", aws_scheduler_schedule_group.this.name, {}],
        ["AWS/Scheduler", "InvocationDroppedCount", "ScheduleGroup", aws_scheduler_schedule_group.this.name, {}],
        concat(["ssosync", "Scheduled"], local.of_run, [{}]),
      ]
    },
  ]

  queries = [
    {
      title = "The latest changes"
      query = "filter ispresent(audit) | fields @timestamp, status, action, subject, reason | sort @timestamp desc | limit 100"
    },
    {
      title = "Runs that did not simply succeed"
      query = "filter ispresent(summary) and status != 'succeeded' | fields @timestamp, status, message | sort @timestamp desc | limit 50"
    },
  ]
}

resource "aws_cloudwatch_dashboard" "this" {
  dashboard_name = var.function_name

  dashboard_body = jsonencode({
    start          = "-P30D"
    periodOverride = "inherit"

    widgets = concat(
      [{
        type   = "alarm"
        x      = 0
        y      = 0
        width  = 24
        height = 3
        properties = {
          title  = "Alarms"
          alarms = values(aws_cloudwatch_metric_alarm.this)[*].arn
        }
      }],
      [for at, widget in local.widgets : {
        type   = "metric"
        x      = (at % 2) * 12
        y      = 3 + floor(at / 2) * 6
        width  = 12
        height = 6
        properties = {
          title   = widget.title
          region  = local.region
          view    = "timeSeries"
          stacked = widget.stacked
          stat    = widget.stat
          period  = local.day
          metrics = widget.metrics
          yAxis   = { left = { min = 0 } }
        }
      }],
      [for at, query in local.queries : {
        type   = "log"
        x      = 0
        y      = 3 + ceil(length(local.widgets) / 2) * 6 + at * 6
        width  = 24
        height = 6
        properties = {
          title  = query.title
          region = local.region
          view   = "table"
          query  = "SOURCE '${local.log_group_name}' | ${query.query}"
        }
      }],
    )
  })
}
