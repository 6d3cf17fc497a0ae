terraform {
  # 1.11 has write-only arguments: secret values reach neither the plan nor the state.
  required_version = ">= 1.11"

  required_providers {
    aws = {
      source  = "hashicorp/aws"
      version = ">= 6.45, < 7.0"
    }
  }
}
