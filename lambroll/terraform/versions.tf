terraform {
  # 1.11 has write-only arguments: secret values that reach neither plan nor state.
  required_version = ">= 1.11"

  required_providers {
    aws = {
      source  = "hashicorp/aws"
      version = ">= 6.0, < 7.0"
    }
  }
}
