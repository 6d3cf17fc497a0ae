# A permission set for each team, whose one inline policy is merged from the policies of the team's IAM group.
#
# An IAM group can have ten managed policies and any number of inline ones; a permission set has a single inline policy.
# So the documents are merged:
#
# - source_policy_documents are put together. Two statements with the same Sid among them are an error.
# - override_policy_documents are put on top, in order. A later statement REPLACES an earlier one with the same Sid,
#   completely and silently; the two are not joined. Statements without a Sid are always added.
#
# Beware of Sids that nobody chose: the console's visual editor calls its statements VisualEditor0, VisualEditor1, … in
# every policy, so two such policies lose rights when merged. The check below counts statements, and fails the plan.
#
# AWS allows 10,240 characters without white space (32,768 with it), so the policy is written minified. What does not
# fit goes into customer managed policies (aws_ssoadmin_customer_managed_policy_attachment; they must exist under the
# same name in every account) or AWS managed ones: ten per permission set, or up to twenty after a quota increase.

terraform {
  required_version = ">= 1.11"

  required_providers {
    aws = {
      source  = "hashicorp/aws"
      version = ">= 6.0, < 7.0"
    }
  }
}

variable "session_duration" {
  description = "How long a session lasts, and so how long somebody who was revoked can go on at worst: PT1H to PT12H."
  type        = string
  default     = "PT2H"
}

data "aws_ssoadmin_instances" "this" {}

locals {
  instance_arn = one(data.aws_ssoadmin_instances.this.arns)

  # Each team's documents. Where two have a statement with the same Sid, the later one wins.
  teams = {
    backend = [
      data.aws_iam_policy_document.everybody.json,
      data.aws_iam_policy_document.queues.json,
      data.aws_iam_policy_document.logs.json,
    ]
    frontend = [
      data.aws_iam_policy_document.everybody.json,
      data.aws_iam_policy_document.website.json,
      data.aws_iam_policy_document.logs.json,
    ]
  }

  # Teams in which one document is meant to replace a statement of another.
  may_replace = []
}

data "aws_iam_policy_document" "everybody" {
  statement {
    sid       = "SeeWhatThereIs"
    actions   = ["cloudwatch:GetMetricData", "cloudwatch:ListMetrics", "tag:GetResources"]
    resources = ["*"]
  }
}

data "aws_iam_policy_document" "queues" {
  statement {
    sid       = "WorkTheQueues"
    actions   = ["sqs:GetQueueAttributes", "sqs:ListQueues", "sqs:ReceiveMessage", "sqs:SendMessage"]
    resources = ["*"]
  }
}

data "aws_iam_policy_document" "website" {
  statement {
    sid       = "PublishTheWebsite"
    actions   = ["s3:DeleteObject", "s3:GetObject", "s3:ListBucket", "s3:PutObject"]
    resources = ["arn:aws:s3:::www.example.com", "arn:aws:s3:::www.example.com/*"]
  }
}

data "aws_iam_policy_document" "logs" {
  statement {
    sid       = "ReadLogs"
    actions   = ["logs:FilterLogEvents", "logs:GetQueryResults", "logs:StartQuery"]
    resources = ["*"]
  }
}

data "aws_iam_policy_document" "team" {
  for_each = local.teams

  override_policy_documents = each.value
}

resource "aws_ssoadmin_permission_set" "team" {
  for_each = local.teams

  instance_arn     = local.instance_arn
  name             = each.key
  description      = "What the team ${each.key} may do"
  session_duration = var.session_duration
}

resource "aws_ssoadmin_permission_set_inline_policy" "team" {
  for_each = local.teams

  instance_arn       = local.instance_arn
  permission_set_arn = aws_ssoadmin_permission_set.team[each.key].arn
  inline_policy      = data.aws_iam_policy_document.team[each.key].minified_json

  lifecycle {
    precondition {
      condition     = length(replace(data.aws_iam_policy_document.team[each.key].minified_json, "/\\s/", "")) <= 10240
      error_message = "The merged policy of ${each.key} has more than 10,240 characters: move a part into a customer managed policy."
    }

    # flatten, because a document with a single statement may have it without a list around it.
    precondition {
      condition = contains(local.may_replace, each.key) || (
        length(flatten([jsondecode(data.aws_iam_policy_document.team[each.key].json).Statement])) ==
        length(flatten([for document in each.value : jsondecode(document).Statement]))
      )
      error_message = "Two documents of ${each.key} have a statement with the same Sid, and one would be lost: rename one, or list the team in may_replace."
    }
  }
}

# AWS managed policies are attached beside the inline one.
resource "aws_ssoadmin_managed_policy_attachment" "support" {
  for_each = local.teams

  instance_arn       = local.instance_arn
  permission_set_arn = aws_ssoadmin_permission_set.team[each.key].arn
  managed_policy_arn = "arn:aws:iam::aws:policy/AWSSupportAccess"
}

output "permission_set_arns" {
  description = "ARNs of the permission sets by team, for the account assignments"
  value       = { for team, set in aws_ssoadmin_permission_set.team : team => set.arn }
}
