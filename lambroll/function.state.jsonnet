// function.json with the name, the role and the log group from Terraform's state, for a machine that may read the state:
//   lambroll --function lambroll/function.state.jsonnet --tfstate s3://BUCKET/KEY deploy --src dist
// lambroll knows `tfstate` only when it is given a state, so function.json itself does not use it.
(import '../function.json') + {
  FunctionName: '{{ tfstate `aws_iam_role.function.name` }}',
  Role: '{{ tfstate `aws_iam_role.function.arn` }}',
  LoggingConfig+: { LogGroup: '{{ tfstate `aws_cloudwatch_log_group.function.name` }}' },
}
