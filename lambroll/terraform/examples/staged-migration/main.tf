# From IAM users to SSO, team by team. Each team stands on one of four steps; moving it on is a change of one word here,
# and moving it back is too, up to the last.
#
#   iam     nothing has changed: the team has its IAM users and is not synced.
#   both    the team's Google group is synced and has its assignments; the IAM users work as before.
#   sso     the IAM group denies everything but looking at and deleting one's own keys: nothing is deleted yet, and
#           whatever still hangs on an IAM user shows itself. Going back is one apply.
#   gone    IAM users and group are deleted; take them out of the configuration or the console that made them.
#
# Back from both to iam takes the team's group out of scope: it is emptied in AWS, and filled again on the team's return.
#
# How to know when a team may move on:
#
#   both → sso   everybody in the team has signed in through SSO, and no key or password of the team was used for 30
#                days. Sign-ins are in CloudTrail (event source sso.amazonaws.com, event Federate), use of the old way
#                in the credential report:
#
#                  aws iam generate-credential-report
#                  aws iam get-credential-report --query Content --output text | base64 -d |
#                    cut -d, -f1,5,11,16            # user, password_last_used, access_key_1/2_last_used_date
#
#   sso → gone   90 days have passed (a quarter's end among them), and CloudTrail shows no denied call of the team's
#                users. What does show up is a program: give it a role of its own, not a person's key.

terraform {
  required_version = ">= 1.11"

  required_providers {
    aws = {
      source  = "hashicorp/aws"
      version = ">= 6.0, < 7.0"
    }
  }
}

variable "teams" {
  description = "By team: its step, its Google group, its IAM group"
  type = map(object({
    step         = string
    google_group = string
    iam_group    = string
  }))
  default = {
    platform = { step = "sso", google_group = "aws-platform@example.com", iam_group = "platform" }
    backend  = { step = "both", google_group = "aws-backend@example.com", iam_group = "backend" }
    frontend = { step = "iam", google_group = "aws-frontend@example.com", iam_group = "frontend" }
  }

  validation {
    condition     = alltrue([for team in values(var.teams) : contains(["iam", "both", "sso", "gone"], team.step)])
    error_message = "A team's step is iam, both, sso or gone."
  }
}

locals {
  synced = { for name, team in var.teams : name => team if team.step != "iam" }
  denied = { for name, team in var.teams : name => team if team.step == "sso" }
}

data "aws_iam_policy_document" "moved" {
  statement {
    sid    = "MovedToSso"
    effect = "Deny"
    not_actions = [
      "iam:DeleteAccessKey",
      "iam:GetAccessKeyLastUsed",
      "iam:ListAccessKeys",
      "iam:UpdateAccessKey",
    ]
    resources = ["*"]
  }
}

resource "aws_iam_group_policy" "moved" {
  for_each = local.denied

  name   = "moved-to-sso"
  group  = each.value.iam_group
  policy = data.aws_iam_policy_document.moved.json
}

# Both narrow what is synced. INCLUDE_GROUPS is the easier one to read in a review; GROUP_MATCH asks Google for less,
# and needs a common beginning that only groups of finished teams have.
output "include_groups" {
  description = "INCLUDE_GROUPS in function.json: exactly the teams that are on their way"
  value       = join(",", sort([for team in values(local.synced) : team.google_group]))
}

output "group_match" {
  description = "GROUP_MATCH in function.json, in place of it: the same groups as Google queries"
  value       = join(",", sort([for team in values(local.synced) : "email=${team.google_group}"]))
}
