#compdef loftbox

_loftbox_completion() {
  eval $(env _TYPER_COMPLETE_ARGS="${words[1,$CURRENT]}" _LOFTBOX_COMPLETE=complete_zsh loftbox)
}

compdef _loftbox_completion loftbox

if [[ $funcstack[1] == _loftbox ]]; then
  _loftbox_completion "$@"
fi
