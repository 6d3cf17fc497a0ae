# A cluster that still reads the config map aws-auth: mapRoles lists the roles of permission sets.
#
# A permission set becomes a role in each account, with a path and an end that cannot be predicted:
#
#   arn:aws:iam::111122223333:role/aws-reserved/sso.amazonaws.com/eu-west-1/AWSReservedSSO_backend_0123456789abcdef
#
# (There is no Region in the path when IAM Identity Center is in us-east-1.) EKS compares the ARN of a session, which
# has no path, so aws-auth needs the ARN without it. With the path, everybody gets "You must be logged in to the
# server". When the last assignment of a permission set in an account is removed and a new one made, the role has a new
# end: apply this again.
#
# This writes the whole of mapRoles, so the nodes' roles must be in the list, or the nodes leave the cluster.

terraform {
  required_version = ">= 1.11"

  required_providers {
    aws = {
      source  = "hashicorp/aws"
      version = ">= 6.0, < 7.0"
    }
    kubernetes = {
      source  = "hashicorp/kubernetes"
      version = ">= 2.30, < 4.0"
    }
  }
}

variable "node_role_arns" {
  description = "The roles of all nodes of the cluster: see kubectl -n kube-system get configmap aws-auth -o yaml"
  type        = set(string)

  validation {
    condition     = length(var.node_role_arns) > 0
    error_message = "Without the nodes' roles in mapRoles the nodes leave the cluster."
  }
}

variable "teams" {
  description = "Kubernetes groups, by permission set"
  type        = map(list(string))
  default = {
    backend = ["backend-developers"]
  }
}

data "aws_iam_roles" "team" {
  for_each = var.teams

  name_regex  = "^AWSReservedSSO_${each.key}_[0-9a-f]{16}$"
  path_prefix = "/aws-reserved/sso.amazonaws.com/"
}

locals {
  # one() fails the plan when the permission set has no role in this account, which is better than an empty line.
  role_arns = { for team, roles in data.aws_iam_roles.team : team => one(roles.arns) }

  # The path is cut off, with a Region in it or without.
  mapped_arns = {
    for team, arn in local.role_arns :
    team => replace(arn, "/:role\\/aws-reserved\\/sso\\.amazonaws\\.com\\/([a-z0-9-]+\\/)?/", ":role/")
  }

  map_roles = concat(
    [for arn in sort(var.node_role_arns) : {
      rolearn  = arn
      username = "system:node:{{EC2PrivateDNSName}}"
      groups   = ["system:bootstrappers", "system:nodes"]
    }],
    [for team, groups in var.teams : {
      rolearn = local.mapped_arns[team]
      # SessionName is the person's address, so the audit log names people.
      username = "${team}:{{SessionName}}"
      groups   = groups
    }],
  )
}

resource "kubernetes_config_map_v1_data" "aws_auth" {
  metadata {
    name      = "aws-auth"
    namespace = "kube-system"
  }

  data = {
    mapRoles = yamlencode(local.map_roles)
  }

  # The config map exists already; without force the first apply is refused.
  force = true
}
