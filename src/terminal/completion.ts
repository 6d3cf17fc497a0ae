/** What may follow a word: commands after the program's name, options after a command's. */
interface Completed {
  readonly name: string;
  readonly words: readonly string[];
}

export const SHELLS = ["bash", "zsh"] as const;
export type Shell = (typeof SHELLS)[number];

/** zsh reads bash's way of completing, once it is told to. */
const FIRST: Readonly<Record<Shell, string>> = {
  bash: "",
  zsh: "autoload -Uz compinit bashcompinit\n(( $+functions[compdef] )) || compinit\nbashcompinit\n",
};

/**
 * What a shell sources in order to complete `ssosync` and `npx ssosync`: `first` are the words of the program itself.
 * Where nothing here fits, after `--html` say, files are offered.
 */
export const completionText = (
  shell: Shell,
  first: readonly string[],
  commands: readonly Completed[],
): string =>
  `${FIRST[shell]}_ssosync() {
  local command=1 offered=""
  COMPREPLY=()
  if [[ "\${COMP_WORDS[0]}" == npx ]]; then command=2; fi
  if (( COMP_CWORD < command )); then
    offered="ssosync"
  elif (( command == 2 )) && [[ "\${COMP_WORDS[1]}" != ssosync ]]; then
    return
  elif (( COMP_CWORD == command )); then
    offered="${first.join(" ")}"
  else
    case "\${COMP_WORDS[command]}" in
${commands.map(({ name, words }) => `      ${name}) offered="${words.join(" ")}" ;;`).join("\n")}
    esac
    case "\${COMP_WORDS[COMP_CWORD - 1]}" in
      --html | --out) offered="" ;;
    esac
  fi
  COMPREPLY=($(compgen -W "$offered" -- "\${COMP_WORDS[COMP_CWORD]}"))
}
complete -o default -F _ssosync ssosync npx
`;
