# The role with which a pipeline deploys, without any key: GitHub's OpenID Connect, for one environment of one repository.
# It deploys and goes back, and calls nothing: that is for the operator. Whoever may deploy may have the function do
# anything that it can, so let the environment ask for a review. (`--keep-versions` needs lambda:DeleteFunction besides.)

terraform {
  required_version = ">= 1.11"

  required_providers {
    aws = {
      source  = "hashicorp/aws"
      version = ">= 6.45, < 7.0"
    }
  }
}

variable "oidc_provider_arn" {
  description = "ARN of the account's OpenID Connect provider for token.actions.githubusercontent.com"
  type        = string
}

variable "repository" {
  description = "The repository that deploys, as OWNER/NAME"
  type        = string

  validation {
    condition     = can(regex("^[\\w.-]+/[\\w.-]+$", var.repository))
    error_message = "Give OWNER/NAME, without wildcards."
  }
}

variable "environment" {
  description = "The repository's environment, whose reviewers let a deploy through"
  type        = string
  default     = "production"
}

variable "function_arn" {
  description = "The function, such as arn:aws:lambda:eu-west-1:111122223333:function:ssosync"
  type        = string
}

variable "function_role_arn" {
  description = "The function's role: the module's output role_arn"
  type        = string
}

data "aws_iam_policy_document" "trust" {
  statement {
    actions = ["sts:AssumeRoleWithWebIdentity"]

    principals {
      type        = "Federated"
      identifiers = [var.oidc_provider_arn]
    }

    condition {
      test     = "StringEquals"
      variable = "token.actions.githubusercontent.com:aud"
      values   = ["sts.amazonaws.com"]
    }

    condition {
      test     = "StringEquals"
      variable = "token.actions.githubusercontent.com:sub"
      values   = ["repo:${var.repository}:environment:${var.environment}"]
    }
  }
}

data "aws_iam_policy_document" "deploy" {
  statement {
    sid = "DeployTheFunction"
    actions = [
      "lambda:CreateAlias",
      "lambda:CreateFunction",
      "lambda:GetAlias",
      "lambda:GetFunction",
      "lambda:GetFunctionConfiguration",
      "lambda:ListAliases",
      "lambda:ListTags",
      "lambda:ListVersionsByFunction",
      "lambda:PublishVersion",
      "lambda:TagResource",
      "lambda:UntagResource",
      "lambda:UpdateAlias",
      "lambda:UpdateFunctionCode",
      "lambda:UpdateFunctionConfiguration",
    ]
    resources = [var.function_arn, "${var.function_arn}:*"]
  }

  statement {
    sid       = "GiveTheFunctionItsRole"
    actions   = ["iam:PassRole"]
    resources = [var.function_role_arn]

    condition {
      test     = "StringEquals"
      variable = "iam:PassedToService"
      values   = ["lambda.amazonaws.com"]
    }
  }
}

resource "aws_iam_role" "deploy" {
  name               = "ssosync-deploy"
  description        = "Deploys the function from ${var.repository}"
  assume_role_policy = data.aws_iam_policy_document.trust.json
}

resource "aws_iam_role_policy" "deploy" {
  name   = "deploy"
  role   = aws_iam_role.deploy.id
  policy = data.aws_iam_policy_document.deploy.json
}

output "role_arn" {
  description = "For role-to-assume in the workflow"
  value       = aws_iam_role.deploy.arn
}
