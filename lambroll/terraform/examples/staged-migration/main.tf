# From IAM users to SSO, team by team. Each team is on one of four steps. Moving it on means changing one word here,
# and so does moving it back, except from the last step.
#
#   iam     nothing has changed: the team has its IAM users and is not synced.
#   both    the team's Google group is synced and has its assignments; the IAM users work as before.
#   sso     the IAM group denies everything except looking at keys and deleting them. Nothing is deleted yet, and
#           whatever still depends on an IAM user shows up. Going back is one apply.
#   gone    the IAM users and the IAM group are deleted, in the configuration or the console that made them.
#
# Moving back from both to iam takes the team's group out of scope: the group is emptied in AWS, and filled again when
# the team returns.
#
# How to know when a team can move on:
#
#   both → sso   everybody in the team has signed in through SSO, and no key or password of the team has been used for 30
#                days. Sign-ins are in CloudTrail (event source sso.amazonaws.com, event Federate), and the use of keys
#                and passwords in the credential report (user, password_last_used, access_key_1/2_last_used_date):
#
#                  aws iam generate-credential-report
#                  aws iam get-credential-report --query Content --output text | base64 --decode |
#                    cut -d, -f1,5,11,16
#
#   sso → gone   90 days have passed, including the end of a quarter, and CloudTrail shows no denied call by the team's
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

# Use one of the two. INCLUDE_GROUPS is easier to read in a review; GROUP_MATCH asks Google for less.
output "include_groups" {
  description = "INCLUDE_GROUPS in function.json: exactly the teams that have left the step iam"
  value       = join(",", sort([for team in values(local.synced) : team.google_group]))
}

output "group_match" {
  description = "GROUP_MATCH in function.json, in its place: the same groups as Google queries"
  value       = join(",", sort([for team in values(local.synced) : "email=${team.google_group}"]))
}
