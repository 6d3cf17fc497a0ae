# One message to whoever must act, when a run begins to need somebody or what waits has changed: which kind, how many,
# and the payload that approves it. Off unless `notify` is true; without names of people unless SSOSYNC_NOTIFY_NAMES=true.

resource "aws_cloudwatch_event_bus" "messages" {
  count = var.notify ? 1 : 0

  name = var.function_name
}

resource "aws_cloudwatch_event_rule" "messages" {
  count = var.notify ? 1 : 0

  name           = "${var.function_name}-needs-somebody"
  description    = "Every message of the function goes to the topic for what can wait until tomorrow"
  event_bus_name = aws_cloudwatch_event_bus.messages[0].name
  event_pattern  = jsonencode({ source = ["ssosync"] })
}

resource "aws_cloudwatch_event_target" "messages" {
  count = var.notify ? 1 : 0

  rule           = aws_cloudwatch_event_rule.messages[0].name
  event_bus_name = aws_cloudwatch_event_bus.messages[0].name
  arn            = aws_sns_topic.this["ticket"].arn

  # A topic with e-mail addresses sends it as it stands here.
  input_transformer {
    input_paths = {
      sentence = "$.detail.sentence"
      function = "$.detail.function"
      region   = "$.detail.region"
      request  = "$.detail.requestId"
    }
    input_template = "\"<sentence> Function <function> in <region>, request <request>: the lines of that request in the log say what waits, and with which payload it is approved.\""
  }
}

data "aws_iam_policy_document" "notify" {
  count = var.notify ? 1 : 0

  statement {
    sid       = "TellWhoeverMustAct"
    actions   = ["events:PutEvents"]
    resources = [aws_cloudwatch_event_bus.messages[0].arn]
  }
}

resource "aws_iam_role_policy" "notify" {
  count = var.notify ? 1 : 0

  name   = "notify"
  role   = aws_iam_role.function.id
  policy = data.aws_iam_policy_document.notify[0].json
}
