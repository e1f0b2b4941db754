using Spectre.Console;

namespace Mover.Cli.Frame;

/// <summary>Where the program speaks: results go to <see cref="Out"/>, talk to <see cref="Error"/>. Tests give their own.</summary>
internal sealed class Terminal
{
    private IAnsiConsole? _talk;
    private IAnsiConsole? _results;

    /// <summary>Results.</summary>
    public required TextWriter Out { get; init; }

    /// <summary>Talk, progress and errors.</summary>
    public required TextWriter Error { get; init; }

    /// <summary>Answers to prompts, and secrets that a flag says come this way.</summary>
    public required TextReader In { get; init; }

    /// <summary>Reads one environment variable; null when unset.</summary>
    public required Func<string, string?> Environment { get; init; }

    /// <summary>True when a person can answer a prompt.</summary>
    public bool CanAsk { get; init; }

    /// <summary>Asks a person for a secret, which does not show while it is typed; only where <see cref="CanAsk"/>.</summary>
    public Func<string, string> AskSecret { get; init; } = _ => string.Empty;

    /// <summary>True when <see cref="Error"/> is a terminal that can redraw lines.</summary>
    public bool IsLive { get; init; }

    /// <summary>True when <see cref="Out"/> is a terminal that can show colors.</summary>
    public bool IsOutLive { get; init; }

    /// <summary>Clock for waits, rates and times left.</summary>
    public TimeProvider Clock { get; init; } = TimeProvider.System;

    /// <summary>Rich talk on <see cref="Error"/>. Made on first use: most commands never need it.</summary>
    public IAnsiConsole Talk => _talk ??= CreateConsole(Error, IsLive);

    /// <summary>Rich results on <see cref="Out"/>, for summaries that people read.</summary>
    public IAnsiConsole ResultsConsole => _results ??= CreateConsole(Out, IsOutLive);

    /// <summary>The terminal of this process.</summary>
    public static Terminal OfProcess() => new()
    {
        Out = Console.Out,
        Error = Console.Error,
        In = Console.In,
        Environment = System.Environment.GetEnvironmentVariable,
        CanAsk = !Console.IsInputRedirected && !Console.IsErrorRedirected,
        AskSecret = ReadHidden,
        IsLive = !Console.IsErrorRedirected && HasTerminal(),
        IsOutLive = !Console.IsOutputRedirected && HasTerminal(),
    };

    private static string ReadHidden(string question)
    {
        Console.Error.Write(question);
        var typed = new System.Text.StringBuilder();
        while (Console.ReadKey(intercept: true) is var key && key.Key is not ConsoleKey.Enter)
        {
            if (key.Key is not ConsoleKey.Backspace)
            {
                typed.Append(char.IsControl(key.KeyChar) ? string.Empty : key.KeyChar.ToString());
            }
            else if (typed.Length > 0)
            {
                typed.Length--;
            }
        }

        Console.Error.WriteLine();
        return typed.ToString();
    }

    private static bool HasTerminal() => System.Environment.GetEnvironmentVariable("TERM") is not (null or "dumb");

    private IAnsiConsole CreateConsole(TextWriter writer, bool isLive)
    {
        var console = AnsiConsole.Create(new()
        {
            Out = new AnsiConsoleOutput(writer),
            Ansi = isLive ? AnsiSupport.Detect : AnsiSupport.No,
            ColorSystem = isLive && Environment("NO_COLOR") is null ? ColorSystemSupport.Detect : ColorSystemSupport.NoColors,
            Interactive = CanAsk ? InteractionSupport.Yes : InteractionSupport.No,
        });
        if (!isLive)
        {
            // Nothing to fit into: a file or a pipe has no edge to wrap at.
            console.Profile.Width = 200;
        }

        return console;
    }
}
