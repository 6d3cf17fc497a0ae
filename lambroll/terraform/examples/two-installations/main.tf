# Two installations in one account and Region, such as one for each of two Google customers. Each calls the module, and has
# names of its own for the function and for its secrets; everything else is named after these. From another repository,
# the source is
#
#   git::https://github.com/OWNER/ssosync.git//lambroll/terraform?ref=v1.0.0
#
# Each is deployed with a file of its own:
#
#   terraform -chdir=lambroll/terraform/examples/two-installations output -raw second > second.env
#   echo 'SSOSYNC_GROUP_MATCH=email:aws-*' >> second.env
#   npm run deploy -- --envfile second.env

terraform {
  required_version = ">= 1.11"

  required_providers {
    aws = {
      source  = "hashicorp/aws"
      version = ">= 6.45, < 7.0"
    }
  }
}

variable "page_emails" {
  description = "Who is told what cannot wait, of both"
  type        = set(string)
}

module "first" {
  source = "../.."

  page_emails = var.page_emails
}

module "second" {
  source = "../.."

  function_name = "ssosync-second"
  secret_prefix = "SSOSyncSecond"
  page_emails   = var.page_emails
}

output "first" {
  description = "The first lines of the first one's settings"
  value       = module.first.sync_env
}

output "second" {
  description = "The first lines of the second one's settings"
  value       = module.second.sync_env
}
