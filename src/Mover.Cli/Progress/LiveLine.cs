using Mover.Cli.Frame;

namespace Mover.Cli.Progress;

/// <summary>
/// One line of progress on stderr. On a terminal it is redrawn in place; elsewhere a line is written when <see cref="Pace"/> has passed,
/// so that a log stays readable. Used from one thread.
/// </summary>
internal sealed class LiveLine(Terminal terminal) : IDisposable
{
    /// <summary>How often a line is written where none can be redrawn.</summary>
    public static readonly TimeSpan Pace = TimeSpan.FromSeconds(10);

    private const string Redraw = "\r\u001b[K";
    private long? _written;
    private bool _isDrawn;

    public void Show(string line)
    {
        if (terminal.IsLive)
        {
            terminal.Error.Write(Redraw + Fit(line));
            terminal.Error.Flush();
            _isDrawn = true;
        }
        else if (_written is not { } last || terminal.Clock.GetElapsedTime(last) >= Pace)
        {
            terminal.Error.WriteLine(line);
            _written = terminal.Clock.GetTimestamp();
        }
    }

    /// <summary>Says something that stays, above the line.</summary>
    public void Say(string text)
    {
        Dispose();
        terminal.Error.WriteLine(text);
    }

    /// <summary>Takes the line away, so that other talk starts on a clean one.</summary>
    public void Dispose()
    {
        if (_isDrawn)
        {
            terminal.Error.Write(Redraw);
            terminal.Error.Flush();
            _isDrawn = false;
        }
    }

    private static string Fit(string line)
    {
        var width = Console.IsErrorRedirected || Console.WindowWidth <= 1 ? 120 : Console.WindowWidth - 1;
        return line.Length > width ? line[..width] : line;
    }
}
