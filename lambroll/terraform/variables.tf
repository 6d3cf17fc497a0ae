# Three steps: apply this as it is; deploy the function with lambroll; set function_exists and schedule_state, and apply
# again. ../README.md walks you through them.

variable "function_name" {
  description = "FunctionName in function.json. Role, log group, schedule, alarms and dashboard are named after it."
  type        = string
  default     = "ssosync"
  nullable    = false

  validation {
    condition     = can(regex("^[A-Za-z0-9_-]{1,40}$", var.function_name))
    error_message = "Give 1 to 40 letters, digits, - and _, because other names are made by adding to this one."
  }
}

variable "function_exists" {
  description = "Set to true after the first lambroll deploy. It adds what can only be attached to a function that exists."
  type        = bool
  default     = false
  nullable    = false
}

variable "schedule_state" {
  description = "DISABLED until you have looked at a plan, then ENABLED."
  type        = string
  default     = "DISABLED"
  nullable    = false

  validation {
    condition     = contains(["ENABLED", "DISABLED"], var.schedule_state)
    error_message = "Give ENABLED or DISABLED."
  }
}

variable "every_minutes" {
  description = "Minutes from one run to the next: how long AWS may be behind Google."
  type        = number
  default     = 15
  nullable    = false

  validation {
    condition     = var.every_minutes >= 5 && var.every_minutes <= 1440 && floor(var.every_minutes) == var.every_minutes
    error_message = "Give a whole number of minutes from 5 to 1440."
  }
}

variable "leavers_every_minutes" {
  description = <<-EOT
    Minutes from one start of the looks for leavers to the next, and so how long at most one of them can still sign in. Up
    to 12,000 people each start looks twice, half a minute apart. 5 is enough above 50,000 people. 0 leaves it to the runs,
    every_minutes apart.
  EOT
  type        = number
  default     = 1
  nullable    = false

  validation {
    condition     = contains([0, 1, 2, 3, 4, 5], var.leavers_every_minutes)
    error_message = "Give a whole number of minutes from 1 to 5, or 0 for no schedule of their own."
  }
}

variable "event_age_seconds" {
  description = "How long an event may wait for its run. Older ones are dropped, because the next run does the same work."
  type        = number
  default     = 300
  nullable    = false

  validation {
    condition     = var.event_age_seconds >= 60 && var.event_age_seconds <= 21600
    error_message = "Lambda allows 60 to 21600 seconds."
  }
}

variable "function_timeout_seconds" {
  description = "Timeout in function.json, for the alarm about runs that come near it."
  type        = number
  default     = 900
  nullable    = false
}

variable "log_retention_days" {
  description = "Days for which the log, and with it the record of every change, is kept. 400 covers a yearly audit."
  type        = number
  default     = 400
  nullable    = false
}

# ------------------------------------------------------------------------------------------------------- secrets

variable "secret_prefix" {
  description = <<-EOT
    What the names of the four secrets begin with. A second installation in the same account and Region needs another
    one, besides another function_name; so does an account in which the older tool's secrets still are.
  EOT
  type        = string
  default     = "SSOSync"
  nullable    = false

  validation {
    condition     = can(regex("^[A-Za-z0-9/_-]{1,60}$", var.secret_prefix))
    error_message = "Give 1 to 60 letters, digits, /, _ and -."
  }
}

variable "parameter_arns" {
  description = "ARNs of SSM parameters that settings in function.json name in place of a secret."
  type        = list(string)
  default     = []
  nullable    = false
}

variable "break_glass_arns" {
  description = <<-EOT
    Roles and users that may read the secrets besides the function, for the day when nothing else works. Nobody else can
    read them while the secrets' policies stand, not even an administrator.
  EOT
  type        = set(string)
  default     = []
  nullable    = false

  validation {
    condition     = alltrue([for arn in var.break_glass_arns : can(regex("^arn:[\\w-]+:iam::\\d{12}:(?:role|user)/[^*?]+$", arn))])
    error_message = "Give whole ARNs of roles and users, without wildcards."
  }
}

variable "create_customer_keys" {
  description = "Whether to make two KMS keys: one for the secrets, one for the log groups and the alarm topics."
  type        = bool
  default     = false
  nullable    = false
}

variable "customer_key_arns" {
  description = "Your own KMS keys for the same. Their policies must contain those of the output customer_key_policies."
  type        = object({ secrets = string, alarms = string })
  default     = null

  validation {
    condition     = var.customer_key_arns == null || !var.create_customer_keys
    error_message = "Give the ARNs of two keys or have them made, not both."
  }

  validation {
    condition     = var.customer_key_arns == null || try(var.customer_key_arns.secrets != var.customer_key_arns.alarms, true)
    error_message = "Give two different keys: disabling the one of the secrets must not silence the alarms."
  }

  validation {
    condition     = try(alltrue([for arn in values(var.customer_key_arns) : strcontains(arn, ":key/")]), true)
    error_message = "Give the ARN of each key itself, with key/ in it: a right to an alias is no right to its key."
  }
}

# ------------------------------------------------------------------------------------------------- who may do what

variable "approve_alias" {
  description = "The only Lambda alias through which approvals are accepted: APPROVE_QUALIFIER in function.json."
  type        = string
  default     = "approve"
  nullable    = false

  validation {
    condition     = var.approve_alias != "current" && can(regex("^[A-Za-z0-9_-]*[A-Za-z_-][A-Za-z0-9_-]*$", var.approve_alias))
    error_message = "Give the name of an alias, not all digits, and not current, which everyday calls use."
  }
}

variable "operators" {
  description = <<-EOT
    Who may start runs and plans, but approve nothing, by assuming the role FUNCTION-operator: permission sets as
    ACCOUNT/NAME, such as 111122223333/Platform, and ARNs of other roles.
  EOT
  type = object({
    permission_sets = optional(set(string), [])
    role_arns       = optional(set(string), [])
  })
  default  = {}
  nullable = false

  validation {
    condition     = alltrue([for set in var.operators.permission_sets : can(regex("^\\d{12}/[\\w+=,.@-]{1,32}$", set))])
    error_message = "Give permission sets as ACCOUNT/NAME, such as 111122223333/Platform."
  }

  validation {
    condition     = alltrue([for arn in var.operators.role_arns : can(regex("^arn:[\\w-]+:iam::\\d{12}:role/[^*?]+$", arn))])
    error_message = "Give whole ARNs of roles, without wildcards."
  }
}

variable "approvers" {
  description = <<-EOT
    Who may approve, by assuming the role FUNCTION-approver, in the same form. An approval is worth as much as the second
    pair of eyes, so choose other people than the operators.
  EOT
  type = object({
    permission_sets = optional(set(string), [])
    role_arns       = optional(set(string), [])
  })
  default  = {}
  nullable = false

  validation {
    condition     = alltrue([for set in var.approvers.permission_sets : can(regex("^\\d{12}/[\\w+=,.@-]{1,32}$", set))])
    error_message = "Give permission sets as ACCOUNT/NAME, such as 111122223333/SecurityLead."
  }

  validation {
    condition     = alltrue([for arn in var.approvers.role_arns : can(regex("^arn:[\\w-]+:iam::\\d{12}:role/[^*?]+$", arn))])
    error_message = "Give whole ARNs of roles, without wildcards."
  }
}

variable "read_assignments" {
  description = <<-EOT
    Whether the function may read account assignments, permission sets, entitlements of account access manager and the
    names of accounts. Without it no plan says what a change opens, and what is due for deletion waits for an approval.
  EOT
  type        = bool
  default     = true
  nullable    = false
}

variable "record_calls" {
  description = "Whether CloudTrail records who calls the function, into a bucket and a log group of its own."
  type        = bool
  default     = false
  nullable    = false
}

# ------------------------------------------------------------------------------------------------------------ alarms

variable "failed_runs_to_page" {
  description = "How many failed runs in a row page somebody. Within a run, each request has already been repeated."
  type        = number
  default     = 1
  nullable    = false
}

variable "missed_runs_to_page" {
  description = "How many runs in a row may fail to start or to end before somebody is paged."
  type        = number
  default     = 2
  nullable    = false
}

variable "usual_removals_a_day" {
  description = "How many removals a day are usual: users disabled, groups emptied, memberships taken. More is a ticket."
  type        = number
  default     = 100
  nullable    = false
}

variable "page_emails" {
  description = "E-mail addresses for what cannot wait. Anything else can subscribe to the topic in the output page_topic_arn."
  type        = set(string)
  default     = []
  nullable    = false
}

variable "ticket_emails" {
  description = "E-mail addresses for what can wait until tomorrow. Anything else: the topic in the output ticket_topic_arn."
  type        = set(string)
  default     = []
  nullable    = false
}

variable "notify" {
  description = "Whether one message is sent to the ticket topic when a run needs somebody"
  type        = bool
  default     = false
  nullable    = false
}
