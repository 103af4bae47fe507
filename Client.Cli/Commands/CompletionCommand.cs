using System.CommandLine;
using DlqCluster.Cli.Running;

namespace DlqCluster.Cli.Commands;

/// <summary><c>completion</c>: prints a script that lets a shell complete commands and options.</summary>
internal static class CompletionCommand
{
    private const string Bash = """
        # eval "$(dlq completion bash)"
        _dlq_complete() {
          local IFS=$'\n'
          COMPREPLY=($(dlq "[suggest:${COMP_POINT}]" "${COMP_LINE}" 2>/dev/null))
          COMPREPLY=($(compgen -W "${COMPREPLY[*]}" -- "${COMP_WORDS[COMP_CWORD]}"))
        }
        complete -o default -F _dlq_complete dlq
        """;

    private const string Zsh = """
        # eval "$(dlq completion zsh)"
        _dlq() {
          local -a found
          found=("${(@f)$(dlq "[suggest:${CURSOR}]" "${BUFFER}" 2>/dev/null)}")
          compadd -- ${found}
        }
        compdef _dlq dlq
        """;

    private const string Fish = """
        # dlq completion fish | source
        complete -c dlq -f -a '(dlq "[suggest:"(commandline -C)"]" (commandline -cp) 2>/dev/null)'
        """;

    private const string PowerShell = """
        # dlq completion pwsh | Out-String | Invoke-Expression
        Register-ArgumentCompleter -Native -CommandName dlq -ScriptBlock {
          param($word, $line, $position)
          dlq "[suggest:$position]" "$line" 2>$null | ForEach-Object { [System.Management.Automation.CompletionResult]::new($_) }
        }
        """;

    /// <summary>Makes it.</summary>
    /// <param name="runner">The maker.</param>
    public static IEnumerable<Command> Make(Runner runner)
    {
        var shell = new Argument<string>("shell") { Description = "bash, zsh, fish or pwsh" };
        shell.AcceptOnlyFromAmong("bash", "zsh", "fish", "pwsh");
        yield return runner.Make("completion", "Print a completion script for a shell", session =>
        {
            session.Around.Out.WriteLine(session.Get(shell) switch
            {
                "bash" => Bash,
                "zsh" => Zsh,
                "fish" => Fish,
                _ => PowerShell,
            });
            return Task.CompletedTask;
        }, shell);
    }
}
