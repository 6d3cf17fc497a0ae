#!/bin/sh
# Stands in for every program that a page calls, under that program's name. It records the words of the call, answers
# as far as a page goes on with the answer, and refuses what the program would refuse on this machine. Whether the
# program knows those words is judged from the record (calls.ts).
name=${0##*/}
printf '%s\0' "$name" "$@" >"$RECORD/$$.call"
PATH=$REAL_PATH

refuse() {
  echo "$name: $*" >&2
  echo "$name: $*" >>"$RECORD/refused"
  exit 1
}

# Waits for somebody at the terminal. Whatever is pasted below the command would be taken for their answer.
wait_for_answer() {
  read -r answer
  [ "$answer" = yes ] || refuse "waits for an answer, and takes this for one: $answer"
}

for word; do
  case $word in
  file:///dev/stdin) [ "$(cat)" = yes ] || refuse "was given something else than the value" ;;
  file://*) [ -s "${word#file://}" ] || refuse "finds no file: $word" ;;
  esac
done

case "$name" in
aws)
  case "$1 $2" in
  "cloudformation describe-stacks") echo '[]' ;;
  "cloudformation get-template") echo '{ "Resources": { "Token": { "Type": "AWS::SecretsManager::Secret" } } }' ;;
  "configure export-credentials") echo 'export AWS_ACCESS_KEY_ID=ASIA1' ;;
  "configure sso") wait_for_answer ;;
  "iam get-credential-report") echo dXNlcgo= ;;
  "iam list-access-keys") printf 'AKIA1\tAKIA2\n' ;;
  "secretsmanager get-secret-value") echo yes ;;
  esac
  ;;
terraform)
  case "$1" in -chdir=*) cd "${1#-chdir=}" && shift || refuse "there is no such folder: $1" ;; esac
  [ -n "$(find . -maxdepth 1 -name '*.tf')" ] || refuse "there is no configuration in $PWD"
  case "$1" in
  apply | destroy) wait_for_answer ;;
  output) [ "$2" != -raw ] || echo 'FUNCTION_ROLE_ARN=arn:aws:iam::111122223333:role/ssosync' ;;
  esac
  ;;
lambroll)
  # npm run deploy hands over what sync.env holds; every other call reads it itself.
  [ -n "$FUNCTION_ROLE_ARN" ] || [ -s "$LAMBROLL_ENVFILE" ] || refuse "does not know which function: $*"
  case "$*" in
  *--follow*) wait_for_answer ;;
  invoke*) echo '{ "message": "Nothing to do.", "status": "succeeded" }' ;;
  esac
  ;;
npm)
  case "$1 $2" in
  "run deploy")
    shift 2
    [ "$1" != -- ] || shift
    PATH=$STAND_INS:$REAL_PATH exec "$NODE" lambroll/deploy.ts "$@"
    ;;
  "run emulator") wait_for_answer ;;
  esac
  ;;
npx)
  case "$1 $2 $3" in
  *.json) ;;
  "ssosync apply "* | "ssosync leavers "*) wait_for_answer ;;
  esac
  ;;
gcloud | kubectl) ;;
mktemp) mkdir "$HOME/made" && echo "$HOME/made" ;;
*) exec "$name" "$@" ;;
esac
