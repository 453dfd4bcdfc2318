/** Targets of `completion`: three shells, and kubectl, which completes plugins with a separate program. */
export const SHELLS = ["bash", "zsh", "fish", "kubectl"] as const;
export type Shell = (typeof SHELLS)[number];

/** The first word of a request for candidates; every shell's script calls the plugin with it. */
export const COMPLETE = "__complete";

const BASH = `# bash completion for kubectl-kollect
_kubectl_kollect() {
  local out directive word
  out=$(kubectl-kollect ${COMPLETE} "\${COMP_WORDS[@]:1:COMP_CWORD}" 2>/dev/null) || return
  directive=\${out##*:}
  COMPREPLY=()
  while IFS= read -r word; do
    case $word in :*) ;; *) COMPREPLY+=("$word") ;; esac
  done <<< "$out"
  if [ $((directive & 2)) -ne 0 ]; then compopt -o nospace 2>/dev/null; fi
  if [ $((directive & 4)) -eq 0 ] && [ \${#COMPREPLY[@]} -eq 0 ]; then
    while IFS= read -r word; do COMPREPLY+=("$word"); done < <(compgen -f -- "\${COMP_WORDS[COMP_CWORD]}")
  fi
}
complete -F _kubectl_kollect kubectl-kollect
`;

const ZSH = `#compdef kubectl-kollect
# zsh completion for kubectl-kollect
_kubectl_kollect() {
  local -a lines found
  local directive
  lines=("\${(@f)$(kubectl-kollect ${COMPLETE} "\${(@)words[2,CURRENT]}" 2>/dev/null)}")
  directive=\${lines[-1]#:}
  found=("\${(@)lines[1,-2]}")
  if (( directive & 2 )); then
    compadd -S '' -a found
  elif (( $#found )); then
    compadd -a found
  elif (( ! (directive & 4) )); then
    _files
  fi
}
# From a folder of fpath this file is itself the function that completes, and is called for the first word.
if [ "$funcstack[1]" = "_kubectl-kollect" ]; then
  _kubectl_kollect "$@"
else
  compdef _kubectl_kollect kubectl-kollect
fi
`;

const FISH = `# fish completion for kubectl-kollect
function __kubectl_kollect
  set -l tokens (commandline -opc) (commandline -ct)
  kubectl-kollect ${COMPLETE} $tokens[2..-1] 2>/dev/null | string match --invert ':*'
end
complete -c kubectl-kollect -f -a '(__kubectl_kollect)'
complete -c kubectl-kollect -s f -l filename -rF
complete -c kubectl-kollect -l output-file -rF
complete -c kubectl-kollect -l kubeconfig -rF
`;

const KUBECTL = `#!/bin/sh
# kubectl calls this file, kubectl_complete-kollect in PATH, to complete kubectl kollect.
exec kubectl-kollect ${COMPLETE} "$@"
`;

const SCRIPTS: Readonly<Record<Shell, string>> = { bash: BASH, zsh: ZSH, fish: FISH, kubectl: KUBECTL };

/** The script that a user loads into a shell. */
export function scriptFor(shell: Shell): string {
  return SCRIPTS[shell];
}
