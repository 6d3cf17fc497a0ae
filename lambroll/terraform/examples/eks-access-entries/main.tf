# A cluster with access entries (authentication mode API or API_AND_CONFIG_MAP), which is the way for new clusters.
#
# Here EKS wants the role's whole ARN, with its path, which is the opposite of aws-auth. Where the mode is
# API_AND_CONFIG_MAP and a role is in both, the access entry counts. When the role of a permission set is replaced (its
# last assignment in the account was removed, and a new one made), apply this again, because the entry has to be new
# too.

terraform {
  required_version = ">= 1.11"

  required_providers {
    aws = {
      source  = "hashicorp/aws"
      version = ">= 6.0, < 7.0"
    }
  }
}

variable "cluster_name" {
  description = "Name of the EKS cluster"
  type        = string
}

variable "teams" {
  description = "By permission set: Kubernetes groups, or one of EKS's access policies, for some namespaces or (none given) for all"
  type = map(object({
    kubernetes_groups = optional(list(string), [])
    access_policy     = optional(string)
    namespaces        = optional(list(string), [])
  }))
  default = {
    backend  = { access_policy = "AmazonEKSEditPolicy", namespaces = ["backend"] }
    platform = { access_policy = "AmazonEKSClusterAdminPolicy" }
    support  = { kubernetes_groups = ["read-only"] }
  }
}

data "aws_partition" "current" {}

data "aws_iam_roles" "team" {
  for_each = var.teams

  name_regex  = "^AWSReservedSSO_${each.key}_[0-9a-f]{16}$"
  path_prefix = "/aws-reserved/sso.amazonaws.com/"
}

locals {
  # one() fails the plan when the permission set has no role in this account.
  role_arns = { for team, roles in data.aws_iam_roles.team : team => one(roles.arns) }

  with_policy = { for team, access in var.teams : team => access if access.access_policy != null }
}

resource "aws_eks_access_entry" "team" {
  for_each = var.teams

  cluster_name      = var.cluster_name
  principal_arn     = local.role_arns[each.key]
  type              = "STANDARD"
  kubernetes_groups = each.value.kubernetes_groups
}

resource "aws_eks_access_policy_association" "team" {
  for_each = local.with_policy

  cluster_name  = var.cluster_name
  principal_arn = aws_eks_access_entry.team[each.key].principal_arn
  policy_arn    = "arn:${data.aws_partition.current.partition}:eks::aws:cluster-access-policy/${each.value.access_policy}"

  access_scope {
    type       = length(each.value.namespaces) == 0 ? "cluster" : "namespace"
    namespaces = length(each.value.namespaces) == 0 ? null : each.value.namespaces
  }
}
