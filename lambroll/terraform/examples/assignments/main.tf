# Who gets which permission set in which account, for the groups that ssosync brings.
#
# A group is looked up by its external id, which is its id at Google and stays when it is renamed: nobody's rights move.
# A group that was deleted at Google and made anew under the old name has another id, and the plan stops here instead of
# giving the new group the old one's rights. So it does for a group that ssosync has emptied and marked, since its
# external id then is a mark: take its assignments out.
#
# Both halves are in the Identity Store once ssosync has run:
#
#   aws identitystore list-groups --identity-store-id d-1234567890 \
#     --query 'Groups[].[DisplayName, ExternalIds[0].Id, ExternalIds[0].Issuer]' --output table
#
# The issuer is the Identity Store's own name for what came over SCIM. It looks like https://scim.aws.com/<text> and is
# the same for all groups of one store; the lookup finds nothing with another one.

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
  description = "Ids at Google, by team: the external ids"
  type        = map(string)

  validation {
    condition     = alltrue([for id in values(var.google_group_ids) : can(regex("^0[0-9a-z]{9,20}$", id))])
    error_message = "A Google group's id is a 0 and 9 to 20 small letters and digits, such as 01ab2cd3ef4gh5i."
  }
}

variable "permission_set_arns" {
  description = "By team, from the example permission-sets"
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

  # A key that says what it is for: adding a team or an account touches no other assignment.
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
  description = "What the groups are called today, to compare with what you mean"
  value       = { for team, group in data.aws_identitystore_group.team : team => group.display_name }
}
