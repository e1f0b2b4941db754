using System.Text;
using Mover.Cli.Frame;
using Mover.Files;

namespace Mover.Cli.Demo;

/// <summary>A variable that the demo's commands see.</summary>
/// <param name="Value">Its value.</param>
/// <param name="Typed">How a person would give it, as a shell reads it: a secret by the command that prints it.</param>
internal readonly record struct DemoVariable(string Value, string Typed)
{
    /// <summary>One that is no secret.</summary>
    public static DemoVariable Of(string value) => new(value, DemoShell.Quote(value));
}

/// <summary>
/// Runs the demo's commands in this process and shows each as it would be typed, so that it can be pasted into a shell while the demo stays
/// up. No secret stands in one: they come from files.
/// </summary>
/// <param name="terminal">Where commands are shown.</param>
/// <param name="folder">The demo's folder, which commands are shown with as <c>$demo</c>.</param>
/// <param name="environment">Variables that the commands see instead of the program's own.</param>
internal sealed class DemoShell(Terminal terminal, string folder, IReadOnlyDictionary<string, DemoVariable> environment)
{
    private const string SafeCharacters = "_@%+=:,./-";

    /// <summary>Variables of the user's that would send the commands elsewhere.</summary>
    private static readonly string[] Hidden =
        ["MOVER_SERVER", "MOVER_CA", "MOVER_TOKEN", "MOVER_SUBSCRIPTION", "MOVER_SAS", "MOVER_ACCOUNT_KEY"];

    /// <summary>Shows what the words <c>mover</c> and <c>$demo</c> of the commands stand for.</summary>
    public void ShowWords()
    {
        Show($"mover() {{ {Quote(Environment.ProcessPath ?? "mover")} \"$@\"; }}");
        terminal.Error.WriteLine($"      demo={Quote(folder)}");
    }

    /// <summary>Shows the variables that the commands see.</summary>
    public void ShowVariables() => Show($"export {string.Join(' ', environment.Select(one => $"{one.Key}={one.Value.Typed}"))}");

    /// <summary>Shows a command that the demo carries out in another way.</summary>
    public void Show(string line) => terminal.Error.WriteLine($"      {(IsSafe(folder) ? Shortened(line) : line)}");

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

    /// <summary>Makes the key ring that servers share.</summary>
    public async Task MakeRingAsync(string file, CancellationToken cancel)
    {
        Show($"mover identity new-key > {Quote(file)}; chmod 600 {Quote(file)}");
        PrivateFile.Replace(file, Encoding.ASCII.GetBytes(await RunQuietAsync(cancel, "identity", "new-key")));
    }

    private string? Find(string name) =>
        environment.TryGetValue(name, out var set) ? set.Value : Hidden.Contains(name) ? null : terminal.Environment(name);

    /// <summary>A word as a POSIX shell reads it.</summary>
    public static string Quote(string word) => IsSafe(word) ? word : $"'{word.Replace("'", "'\\''", StringComparison.Ordinal)}'";

    // Where nothing is quoted by what a variable would not be replaced in.
    private string Shortened(string line) => line.Replace(folder, "$demo", StringComparison.Ordinal);

    private static bool IsSafe(string word) => word.Length > 0 && word.All(c => char.IsAsciiLetterOrDigit(c) || SafeCharacters.Contains(c));
}
