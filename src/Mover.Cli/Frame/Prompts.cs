using System.CommandLine;

namespace Mover.Cli.Frame;

/// <summary>Questions to a person. Each has a flag that answers it, and without a person only the flag does.</summary>
internal static class Prompts
{
    public static Option<bool> YesFlag() => new("--yes", "-y") { Description = "Do not ask for confirmation." };

    /// <summary>Returns when the answer is yes; throws otherwise.</summary>
    public static void Confirm(Terminal terminal, bool yes, string question)
    {
        if (yes)
        {
            return;
        }

        if (!terminal.CanAsk)
        {
            throw CliException.Usage($"{question} Cannot prompt without a terminal.", "Use --yes.");
        }

        terminal.Error.Write($"{question} [y/N] ");
        var answer = terminal.In.ReadLine()?.Trim();
        if (answer is null || !(IsWord(answer, "y") || IsWord(answer, "yes")))
        {
            throw new OperationCanceledException("The answer was no.");
        }
    }

    private static bool IsWord(string answer, string word) => answer.Equals(word, StringComparison.OrdinalIgnoreCase);
}
