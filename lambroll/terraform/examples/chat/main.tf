# The messages of the function (`notify = true`) in a Slack channel, through Amazon Q Developer in chat applications. Invite
# it to the channel first, and authorize the workspace once in its console: neither has an API.

terraform {
  required_version = ">= 1.11"

  required_providers {
    aws = {
      source  = "hashicorp/aws"
      version = ">= 6.45, < 7.0"
    }
  }
}

variable "bus_name" {
  description = "The bus that the function sends to: SSOSYNC_NOTIFY in the output sync_env"
  type        = string
  default     = "ssosync"
}

variable "slack_team_id" {
  description = "The workspace, as the console shows it: T…"
  type        = string
}

variable "slack_channel_id" {
  description = "The channel, as the end of its link: C…"
  type        = string
}

resource "aws_cloudwatch_event_rule" "chat" {
  name           = "${var.bus_name}-chat"
  description    = "Every message of the function goes to the chat"
  event_bus_name = var.bus_name
  event_pattern  = jsonencode({ source = ["ssosync"] })
}

resource "aws_cloudwatch_event_target" "chat" {
  rule           = aws_cloudwatch_event_rule.chat.name
  event_bus_name = var.bus_name
  arn            = aws_sns_topic.chat.arn

  # The form of a custom notification; of any other the chat shows nothing.
  input_transformer {
    input_paths = {
      status   = "$.detail.status"
      sentence = "$.detail.sentence"
      function = "$.detail.function"
      region   = "$.detail.region"
      request  = "$.detail.requestId"
    }
    input_template = <<-EOT
      {
        "version": "1.0",
        "source": "custom",
        "content": {
          "textType": "client-markdown",
          "title": "<function> in <region>: <status>",
          "description": "<sentence>",
          "nextSteps": ["The lines of request <request> in the log say what waits, and with which payload it is approved."]
        }
      }
    EOT
  }
}

# Not encrypted with a key of yours: the messages name no people unless SSOSYNC_NOTIFY_NAMES=true.
resource "aws_sns_topic" "chat" {
  name = "${var.bus_name}-chat"
}

data "aws_iam_policy_document" "topic" {
  statement {
    sid       = "MessagesOfTheFunction"
    actions   = ["sns:Publish"]
    resources = [aws_sns_topic.chat.arn]

    principals {
      type        = "Service"
      identifiers = ["events.amazonaws.com"]
    }
  }
}

resource "aws_sns_topic_policy" "chat" {
  arn    = aws_sns_topic.chat.arn
  policy = data.aws_iam_policy_document.topic.json
}

data "aws_iam_policy_document" "assume" {
  statement {
    actions = ["sts:AssumeRole"]

    principals {
      type        = "Service"
      identifiers = ["chatbot.amazonaws.com"]
    }
  }
}

# It shows messages, and may do nothing else: no command that somebody types in the channel is carried out.
resource "aws_iam_role" "chat" {
  name               = "${var.bus_name}-chat"
  assume_role_policy = data.aws_iam_policy_document.assume.json
}

resource "aws_chatbot_slack_channel_configuration" "chat" {
  configuration_name    = "${var.bus_name}-chat"
  iam_role_arn          = aws_iam_role.chat.arn
  slack_team_id         = var.slack_team_id
  slack_channel_id      = var.slack_channel_id
  sns_topic_arns        = [aws_sns_topic.chat.arn]
  guardrail_policy_arns = ["arn:aws:iam::aws:policy/AWSDenyAll"]
}
