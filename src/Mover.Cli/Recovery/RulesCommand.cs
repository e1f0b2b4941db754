using System.CommandLine;
using Mover.Cli.Frame;
using Mover.Recovery.Rules;

namespace Mover.Cli.Recovery;

/// <summary><c>mover recovery rules</c>: the built-in rules, as a file that a person can start from.</summary>
internal static class RulesCommand
{
    public static Command Create(Terminal terminal)
    {
        var command = new Command("rules", "Print the built-in rules as a rule file.");
        command.SetAction(_ =>
        {
            terminal.Out.Write(RuleFile.BuiltInText);
            return ExitCodes.Ok;
        });
        return command;
    }
}
