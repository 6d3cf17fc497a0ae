# What the function remembers of the last 24 hours, so that a budget holds for a day and not only for a run. One item,
# whose key is the id of the Identity Store. It holds ids and counts, no names and no secrets.

resource "aws_dynamodb_table" "tally" {
  name                        = "${var.function_name}-tally"
  billing_mode                = "PAY_PER_REQUEST"
  hash_key                    = "id"
  deletion_protection_enabled = true

  attribute {
    name = "id"
    type = "S"
  }

  point_in_time_recovery {
    enabled = true
  }
}

# Two rights and no more. Whoever else may write here can make a day look emptier than it was: see ../README.md.
data "aws_iam_policy_document" "tally" {
  statement {
    sid       = "ReadAndWriteTheTally"
    actions   = ["dynamodb:GetItem", "dynamodb:PutItem"]
    resources = [aws_dynamodb_table.tally.arn]
  }
}

resource "aws_iam_role_policy" "tally" {
  name   = "remember"
  role   = aws_iam_role.function.id
  policy = data.aws_iam_policy_document.tally.json
}
