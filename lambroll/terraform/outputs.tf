output "function_name" {
  description = "For FunctionName in function.json"
  value       = var.function_name
}

output "role_arn" {
  description = "For Role in function.json"
  value       = aws_iam_role.function.arn
}

output "log_group_name" {
  description = "For LoggingConfig.LogGroup in function.json"
  value       = aws_cloudwatch_log_group.function.name
}

output "secret_arns" {
  description = "The four secrets, by setting"
  value       = { for name, secret in aws_secretsmanager_secret.this : name => secret.arn }
}

output "page_topic_arn" {
  description = "SNS topic for what cannot wait"
  value       = aws_sns_topic.this["page"].arn
}

output "ticket_topic_arn" {
  description = "SNS topic for what can wait until tomorrow"
  value       = aws_sns_topic.this["ticket"].arn
}

output "dashboard_url" {
  description = "A month of runs at a glance"
  value       = "https://${local.region}.console.aws.amazon.com/cloudwatch/home?region=${local.region}#dashboards/dashboard/${var.function_name}"
}

output "operate_policy_arn" {
  description = "IAM policy: start runs and plans, read the log, approve nothing"
  value       = aws_iam_policy.operate.arn
}

output "approver_role_arn" {
  description = "The one role that may approve; null when nobody may assume it"
  value       = one(aws_iam_role.approver[*].arn)
}

output "deny_other_approvers" {
  description = "Policy text for an SCP or permission sets: nobody but the approver approves"
  value       = data.aws_iam_policy_document.deny_other_approvers.minified_json
}

output "customer_key_policy" {
  description = "What the policy of your own customer key must contain"
  value       = data.aws_iam_policy_document.key.json
}
