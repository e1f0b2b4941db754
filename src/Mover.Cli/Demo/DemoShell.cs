using Mover.Cli.Frame;

namespace Mover.Cli.Demo;

/// <summary>
/// Runs the demo's commands in this process and shows each as it would be typed, so that it can be pasted into a shell while the demo stays
/// up. No secret stands in one: they come from files.
/// </summary>
/// <param name="terminal">Where commands are shown.</param>
/// <param name="environment">Variables that the commands see instead of the program's own.</param>
internal sealed class DemoShell(Terminal terminal, IReadOnlyDictionary<string, string> environment)
{
    private const string SafeCharacters = "_@%+=:,./-";

    /// <summary>Variables of the user's that would send the commands elsewhere.</summary>
    private static readonly string[] Hidden =
        ["MOVER_SERVER", "MOVER_CA", "MOVER_TOKEN", "MOVER_SUBSCRIPTION", "MOVER_SAS", "MOVER_ACCOUNT_KEY"];

    /// <summary>Shows what the word <c>mover</c> of the commands stands for, and the variables that they see.</summary>
    public void ShowEnvironment()
    {
        Show($"mover() {{ {Quote(Environment.ProcessPath ?? "mover")} \"$@\"; }}");
        Show($"export {string.Join(' ', environment.Select(one => $"{one.Key}={Quote(one.Value)}"))}");
    }

    /// <summary>Shows a command that the demo carries out in another way.</summary>
    public void Show(string line) => terminal.Error.WriteLine($"      {line}");

    /// <summary>Shows and runs a command of the program, and answers what it wrote; a failure ends the demo with its message.</summary>
    public Task<string> RunAsync(CancellationToken cancel, params string[] args)
    {
        Show($"mover {string.Join(' ', args.Select(Quote))}");
        return RunQuietAsync(cancel, args);
    }

    /// <summary>The same without showing it: what only the demo itself needs to know.</summary>
    public async Task<string> RunQuietAsync(CancellationToken cancel, params string[] args)
    {
        using var output = new StringWriter();
        using var error = new StringWriter();
        var quiet = new Terminal
        {
            Out = output,
            Error = error,
            In = TextReader.Null,
            Environment = Find,
            Clock = terminal.Clock,
        };
        var exitCode = await MoverApp.RunAsync([.. args], quiet, cancel);
        cancel.ThrowIfCancellationRequested();
        return exitCode == ExitCodes.Ok ? output.ToString() : throw new CliException(
            exitCode, "DemoCommandFailed", $"`mover {args[0]}` ended with exit code {exitCode}: {error.ToString().Trim()}");
    }

    private string? Find(string name) =>
        environment.TryGetValue(name, out var set) ? set : Hidden.Contains(name) ? null : terminal.Environment(name);

    /// <summary>A word as a POSIX shell reads it.</summary>
    public static string Quote(string word) => word.Length > 0 && word.All(c => char.IsAsciiLetterOrDigit(c) || SafeCharacters.Contains(c))
        ? word
        : $"'{word.Replace("'", "'\\''", StringComparison.Ordinal)}'";
}
