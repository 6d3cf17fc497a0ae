output "function_name" {
  description = "For FunctionName in function.json"
  value       = var.function_name
}

output "sync_env" {
  description = "The first lines of sync.env: which function, its role, its tally, and where its secrets are"
  value = join("\n", concat(
    ["FUNCTION_NAME=${var.function_name}", "FUNCTION_ROLE_ARN=${aws_iam_role.function.arn}"],
    ["SSOSYNC_TALLY=${aws_dynamodb_table.tally.name}"],
    [for bus in aws_cloudwatch_event_bus.messages : "SSOSYNC_NOTIFY=${bus.name}"],
    [
      for name, secret in aws_secretsmanager_secret.this : "SSOSYNC_${upper(name)}_ARN=${secret.arn}"
      if var.secret_prefix != "SSOSync"
    ],
    [""],
  ))
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

output "caller_role_arns" {
  description = "The roles that people assume: operator and approver, where somebody may assume them"
  value       = { for role, made in aws_iam_role.caller : role => made.arn }
}

output "deny_direct_calls" {
  description = "Text for a service control policy: only the function's own roles call it"
  value       = data.aws_iam_policy_document.deny_direct_calls.minified_json
}

output "deny_direct_calls_policy_arn" {
  description = "The same as an IAM policy, for administrators whom no service control policy reaches"
  value       = aws_iam_policy.deny_direct_calls.arn
}

output "tally_table_name" {
  description = "For TALLY in function.json"
  value       = aws_dynamodb_table.tally.name
}

output "customer_key_policies" {
  description = "What the policies of your own customer keys must contain"
  value       = { for name, policy in data.aws_iam_policy_document.key : name => policy.json }
}
