# Who gets which permission set in which account, for the groups that ssosync syncs.
#
# A group is looked up by its external id, which is its Google id and stays the same when it is renamed, so nobody's
# rights change. A group that was deleted in Google and created again under the old name has another id, and the plan
# stops here instead of giving the new group the old one's rights. The plan also stops for a group that ssosync has
# emptied and marked, because its external id is then a mark: remove its assignments.
#
# Id and issuer are both in the Identity Store once ssosync has run:
#
#   aws identitystore list-groups --identity-store-id d-1234567890 \
#     --query 'Groups[].[DisplayName, ExternalIds[0].Id, ExternalIds[0].Issuer]' --output table
#
# The issuer is the Identity Store's own name for what came over SCIM. It looks like https://scim.aws.com/<text> and is
# the same for all groups of one store. The lookup finds nothing with another one.

terraform {
  required_version = ">= 1.11"

  required_providers {
    aws = {
      source  = "hashicorp/aws"
      version = ">= 6.0, < 7.0"
    }
  }
}

variable "scim_issuer" {
  description = "Issuer of the groups' external ids, as the command above shows it"
  type        = string

  validation {
    condition     = startswith(var.scim_issuer, "https://scim.aws.com/")
    error_message = "It starts with https://scim.aws.com/; see ExternalIds in aws identitystore list-groups."
  }
}

variable "google_group_ids" {
  description = "Google ids, which are the external ids, by team"
  type        = map(string)

  validation {
    condition     = alltrue([for id in values(var.google_group_ids) : can(regex("^0[0-9a-z]{9,20}$", id))])
    error_message = "A Google group's id is a 0 and 9 to 20 lower-case letters and digits, such as 01ab2cd3ef4gh5i."
  }
}

variable "permission_set_arns" {
  description = "ARNs of permission sets by team, from the example permission-sets"
  type        = map(string)
}

variable "accounts" {
  description = "Account ids, by team"
  type        = map(set(string))
}

data "aws_ssoadmin_instances" "this" {}

locals {
  instance_arn      = one(data.aws_ssoadmin_instances.this.arns)
  identity_store_id = one(data.aws_ssoadmin_instances.this.identity_store_ids)

  # The key says what the assignment is for, so adding a team or an account touches no other assignment.
  assignments = merge([
    for team, accounts in var.accounts : {
      for account in accounts : "${team}/${account}" => { team = team, account = account }
    }
  ]...)
}

data "aws_identitystore_group" "team" {
  for_each = var.google_group_ids

  identity_store_id = local.identity_store_id

  alternate_identifier {
    external_id {
      id     = each.value
      issuer = var.scim_issuer
    }
  }
}

resource "aws_ssoadmin_account_assignment" "team" {
  for_each = local.assignments

  instance_arn       = local.instance_arn
  permission_set_arn = var.permission_set_arns[each.value.team]
  principal_id       = data.aws_identitystore_group.team[each.value.team].group_id
  principal_type     = "GROUP"
  target_id          = each.value.account
  target_type        = "AWS_ACCOUNT"
}

output "group_names" {
  description = "What the groups are called today, to compare with the ones you mean"
  value       = { for team, group in data.aws_identitystore_group.team : team => group.display_name }
}
