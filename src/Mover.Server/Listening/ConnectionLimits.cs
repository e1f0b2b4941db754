using System.Globalization;

namespace Mover.Server.Listening;

/// <summary>How many connections the server holds at once, so that it never runs out of files.</summary>
/// <param name="Files">Files that the process may open.</param>
/// <param name="Total">Connections at once. Further ones wait in the kernel until one ends.</param>
/// <param name="PerAddress">Connections at once from one address. Further ones are closed.</param>
internal sealed record ConnectionLimits(int Files, int Total, int PerAddress)
{
    /// <summary>No server needs more connections; each costs memory.</summary>
    public const int TotalMax = 10_000;

    /// <summary>Files that everything else needs; some 210 are open at a start, most of them the program's own assemblies.</summary>
    public const int FilesKept = 512;

    /// <summary>How long a client may take for the TLS handshake.</summary>
    public static readonly TimeSpan HandshakeMax = TimeSpan.FromSeconds(10);

    /// <summary>How long a client may take for the headers of a request.</summary>
    public static readonly TimeSpan HeadersMax = TimeSpan.FromSeconds(15);

    /// <summary>How long a connection may be idle between requests, and before the first.</summary>
    public static readonly TimeSpan IdleMax = TimeSpan.FromSeconds(90);

    /// <summary>The pause after a connection that could not be taken.</summary>
    public static readonly TimeSpan FaultPause = TimeSpan.FromMilliseconds(100);

    private const int TotalMin = 16;
    private const string LimitsFile = "/proc/self/limits";
    private const string FilesLine = "Max open files";

    /// <summary>The limits of this process. The runtime has raised the soft limit to the hard one when it started.</summary>
    public static ConnectionLimits OfProcess() => For(ReadFiles());

    /// <summary>The limits for a number of files.</summary>
    public static ConnectionLimits For(int files)
    {
        var total = Math.Clamp(files - FilesKept, TotalMin, TotalMax);
        return new(files, total, Math.Max(1, total / 2));
    }

    // "Max open files            1024                 524288               files": the first number is the soft limit.
    private static int ReadFiles()
    {
        var line = File.Exists(LimitsFile)
            ? File.ReadLines(LimitsFile).FirstOrDefault(line => line.StartsWith(FilesLine, StringComparison.Ordinal))
            : null;
        var soft = line?[FilesLine.Length..].Split(' ', StringSplitOptions.RemoveEmptyEntries)[0];
        return int.TryParse(soft, NumberStyles.None, CultureInfo.InvariantCulture, out var files) ? files : TotalMax + FilesKept;
    }
}
